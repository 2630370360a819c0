"""What the page refuses, the database refuses too: who begins, calculates, comments, lets a check be, decides a dispute.

Also what is net of what: of a year that is paid to date, nothing is taken back behind a later run.
"""

from django.db import migrations, models

KEPT = """
-- What was calculated before this day was kept: the first day that anybody in it is paid for.
UPDATE incentives_calculation c SET since = least(r.first, (
    SELECT min((part #>> '{days,first}')::date) FROM incentives_runresult p,
    LATERAL jsonb_array_elements(p.inputs::jsonb -> 'slices') AS part
    WHERE p.run_id = c.run_id AND p.revision = c.revision
)) FROM incentives_run r, incentives_planversion v
WHERE r.id = c.run_id AND v.id = r.version_id AND v.document::jsonb ->> 'measured' = 'cumulative';
"""

RUNS = """
-- Whoever begins a run, or a correction of one, prepares pay; the version holds on all of its days.
CREATE FUNCTION pay_run_is_begun() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pay_trusted(NEW.created_by, ARRAY['bonus_admin'], NULL) THEN
        PERFORM pay_refuse('Whoever begins a run is not trusted with it.');
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM incentives_planversion v LEFT JOIN incentives_run r ON r.id = NEW.corrects_id
        WHERE v.id = NEW.version_id AND v.plan_id = NEW.plan_id AND CASE NEW.kind
            WHEN 'regular' THEN v.status IN ('published', 'ended') AND v.effective_from <= NEW.first
                AND coalesce(v.effective_until, 'infinity') >= NEW.last
            WHEN 'adjustment' THEN v.id = r.version_id
            ELSE true END
    ) THEN
        PERFORM pay_refuse('A run is of a published version that holds on all of its days.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_run_is_begun BEFORE INSERT ON incentives_run FOR EACH ROW EXECUTE FUNCTION pay_run_is_begun();

CREATE FUNCTION pay_calculation_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.whole OR NEW.published_at IS NOT NULL OR NEW.superseded_at IS NOT NULL
       OR NOT pay_trusted(NEW."by", ARRAY['bonus_admin'], NEW.run_id)
       OR NOT EXISTS (SELECT 1 FROM incentives_run r WHERE r.id = NEW.run_id
                      AND r.state IN ('draft', 'calculated', 'reopened') AND r.revision < NEW.revision) THEN
        PERFORM pay_refuse('Whoever prepares pay calculates, before a run goes into review.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_calculation_begins BEFORE INSERT ON incentives_calculation
    FOR EACH ROW EXECUTE FUNCTION pay_calculation_begins();
CREATE TRIGGER pay_calculation_is_since BEFORE UPDATE ON incentives_calculation FOR EACH ROW
    WHEN (OLD.whole AND NEW.since IS DISTINCT FROM OLD.since) EXECUTE FUNCTION pay_stands();

CREATE FUNCTION pay_comment_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.note = '' OR NOT EXISTS (SELECT 1 FROM incentives_run r WHERE r.id = NEW.run_id AND r.state = 'in_review')
       OR NOT pay_trusted(NEW."by", ARRAY['bonus_admin', 'reviewer', 'approver', 'hr_admin'], NEW.run_id) THEN
        PERFORM pay_refuse('Whoever reviews a run comments on it, while it is in review.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_comment_written BEFORE INSERT ON incentives_runevent FOR EACH ROW
    WHEN (NEW.act = 'comment') EXECUTE FUNCTION pay_comment_written();

-- A run is paid by a file that was taken out of this very revision.
CREATE FUNCTION pay_paid_by_a_known_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM incentives_runexport e WHERE e.run_id = NEW.id AND e.revision = NEW.revision
                   AND e.name = NEW.payroll_file) THEN
        PERFORM pay_refuse('No payroll file of this run has this id.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_paid_by_a_known_file BEFORE UPDATE ON incentives_run FOR EACH ROW
    WHEN (OLD.state = 'locked' AND NEW.state = 'paid') EXECUTE FUNCTION pay_paid_by_a_known_file();
"""

YEAR = """
-- Of a plan that pays the year to date, runs are posted one after the other, and taken back the other way round.
CREATE FUNCTION pay_year_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    begins date;
    later boolean;
BEGIN
    PERFORM 1 FROM incentives_incentiveplan WHERE id = NEW.plan_id FOR NO KEY UPDATE;  -- one at a time
    SELECT c.since INTO begins FROM incentives_calculation c WHERE c.run_id = NEW.id AND c.revision = NEW.revision;
    later := EXISTS (
        SELECT 1 FROM incentives_run r JOIN incentives_calculation c ON c.run_id = r.id AND c.revision = r.revision
        WHERE r.plan_id = NEW.plan_id AND r.id <> NEW.id AND r.kind <> 'dry' AND r.state IN ('locked', 'paid')
        AND r.first > NEW.first AND c.since <= NEW.first
    );
    IF later AND (NEW.state <> 'locked' OR NEW.kind = 'regular') THEN
        PERFORM pay_refuse('A later run paid the year to date, net of this one.');
    END IF;
    IF NEW.state = 'locked' AND EXISTS (
        SELECT 1 FROM incentives_run r
        WHERE r.plan_id = NEW.plan_id AND r.id <> NEW.id AND r.kind <> 'dry' AND r.state <> 'void'
        AND r.first >= begins AND r.first < NEW.first
        AND NOT (r.state IN ('locked', 'paid') AND pay_is_posted(r.id))
    ) THEN
        PERFORM pay_refuse('What comes before in the year is posted first.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_year_in_order BEFORE UPDATE ON incentives_run FOR EACH ROW
    WHEN (
        (OLD.state = 'approved' AND NEW.state = 'locked')
        OR (OLD.state = 'locked' AND (NEW.state = 'reopened' OR NEW.state = 'void'))
    )
    EXECUTE FUNCTION pay_year_in_order();
"""

BY_HAND = """
-- An amount by hand is for somebody of the plan, in what they are paid in, and not approved by whom it is for.
CREATE FUNCTION pay_adjustment_is_for() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person record;
BEGIN
    SELECT i.person_id, i.plan_id = r.plan_id AND coalesce(nullif(i.currency, ''), p.currency) = NEW.currency AS fits
    INTO person FROM incentives_participant i, incentives_run r JOIN incentives_incentiveplan p ON p.id = r.plan_id
    WHERE i.id = NEW.participant_id AND r.id = NEW.run_id;
    IF TG_OP = 'INSERT' AND NOT person.fits THEN
        PERFORM pay_refuse('An amount is for somebody who takes part in the plan, in what they are paid in.');
    END IF;
    IF NEW.approved_by = person.person_id THEN
        PERFORM pay_refuse('Nobody approves an amount for themselves.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_adjustment_is_for BEFORE INSERT OR UPDATE ON incentives_runadjustment
    FOR EACH ROW EXECUTE FUNCTION pay_adjustment_is_for();

CREATE FUNCTION pay_rate_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pay_trusted(NEW."by", ARRAY['bonus_admin'], NEW.run_id) THEN
        PERFORM pay_refuse('Whoever gives a rate is not trusted with it.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_rate_given BEFORE INSERT OR UPDATE ON incentives_runrate
    FOR EACH ROW EXECUTE FUNCTION pay_rate_given();

CREATE FUNCTION pay_check_let() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pay_trusted(NEW."by", ARRAY['approver'], NEW.run_id) OR NOT EXISTS (
        SELECT 1 FROM incentives_run r WHERE r.id = NEW.run_id AND r.state IN ('calculated', 'in_review')
        AND r.calculated_by <> NEW."by"
    ) THEN
        PERFORM pay_refuse('A check is let be by an approver who did not calculate the run.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_check_let BEFORE INSERT ON incentives_runacceptance
    FOR EACH ROW EXECUTE FUNCTION pay_check_let();
CREATE TRIGGER pay_check_stays_let BEFORE UPDATE OR TRUNCATE ON incentives_runacceptance
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
CREATE TRIGGER pay_check_was_let BEFORE DELETE ON incentives_runacceptance
    FOR EACH ROW EXECUTE FUNCTION pay_event_ends();

CREATE FUNCTION pay_correction_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' AND NEW.state <> OLD.state OR (to_jsonb(NEW) - ARRAY['state', 'adjustment_id', 'reason',
        'ended_by', 'ended_by_name', 'ended_at']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state', 'adjustment_id',
        'reason', 'ended_by', 'ended_by_name', 'ended_at']) THEN
        PERFORM pay_refuse('A correction is taken or left once, and stays what was found.');
    END IF;
    IF NEW.state = 'left' AND (NEW.ended_by IS NULL OR NOT pay_trusted(NEW.ended_by, ARRAY['approver'], NEW.run_id)) THEN
        PERFORM pay_refuse('An approver leaves a correction, and says why.');
    END IF;
    IF (NEW.state = 'taken') <> (NEW.adjustment_id IS NOT NULL) OR NEW.adjustment_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM incentives_run r WHERE r.id = NEW.adjustment_id AND r.corrects_id = NEW.run_id
    ) THEN
        PERFORM pay_refuse('A correction is taken by a run that corrects.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_correction_ends BEFORE UPDATE ON incentives_correction
    FOR EACH ROW EXECUTE FUNCTION pay_correction_ends();
CREATE TRIGGER pay_correction_stands BEFORE DELETE OR TRUNCATE ON incentives_correction
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

-- What is forgiven is all that is owed, where the plan says so.
CREATE FUNCTION pay_waiver_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owed bigint;
BEGIN
    SELECT coalesce(sum(s.pay - s.earned - s.waived), 0) INTO owed
    FROM incentives_settlement s JOIN incentives_run r ON r.id = s.run_id AND r.revision = s.revision
    WHERE s.participant_id = NEW.participant_id AND s.currency = NEW.currency AND r.state IN ('locked', 'paid');
    SELECT owed - coalesce(sum(w.minor), 0) INTO owed
    FROM incentives_balancewaiver w JOIN incentives_run r ON r.id = w.run_id AND r.revision = w.revision
    WHERE w.participant_id = NEW.participant_id AND w.currency = NEW.currency AND w.id <> NEW.id
    AND w.approved_by IS NOT NULL AND w.withdrawn_at IS NULL AND r.state IN ('locked', 'paid');
    IF NEW.minor <> owed OR NOT EXISTS (
        SELECT 1 FROM incentives_run r JOIN incentives_planversion v ON v.id = r.version_id
        WHERE r.id = NEW.run_id AND v.document::jsonb #>> '{negative,rule}' = 'waive'
    ) THEN
        PERFORM pay_refuse('What is waived is what is owed, and where the plan says so.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_waiver_is_owed BEFORE UPDATE ON incentives_balancewaiver FOR EACH ROW
    WHEN (OLD.approved_by IS NULL AND NEW.approved_by IS NOT NULL) EXECUTE FUNCTION pay_waiver_is_owed();
"""

STATEMENTS = """
CREATE FUNCTION pay_statement_says() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh n JOIN incentives_runresult p ON p.id = n.result_id
        LEFT JOIN incentives_settlement s ON s.participant_id = n.participant_id  -- by person: see 0009
        AND (s.run_id, s.revision) IS NOT DISTINCT FROM (n.run_id, n.revision)
        WHERE (n.run_id, n.revision, n.participant_id, n.currency, n.due, n.posted, n.before, n.pay, n.balance)
            IS DISTINCT FROM
            (p.run_id, p.revision, p.participant_id, p.currency, p.due, p.posted, s.before, s.pay, s.balance)
    ) THEN
        PERFORM pay_refuse('A statement says what was posted and settled.');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER pay_statement_says AFTER INSERT ON incentives_statement REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION pay_statement_says();

CREATE FUNCTION pay_statement_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM incentives_statement s JOIN incentives_participant i ON i.id = s.participant_id
        WHERE s.id = NEW.statement_id AND i.person_id = NEW.person_id AND s.fingerprint = NEW.fingerprint
        AND s.superseded_at IS NULL
    ) THEN
        PERFORM pay_refuse('Everybody receives their own statement, as it stands.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_statement_received BEFORE INSERT ON incentives_statementacknowledgement
    FOR EACH ROW EXECUTE FUNCTION pay_statement_received();

-- A day of grace: the last day is the company's, and not that of UTC.
CREATE FUNCTION pay_dispute_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'open' OR NEW.remedy <> '' OR NEW.decided_by IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM incentives_statement s JOIN incentives_participant i ON i.id = s.participant_id
        WHERE s.id = NEW.statement_id AND i.person_id = NEW.raised_by AND s.superseded_at IS NULL
        AND (NEW.raised_at AT TIME ZONE 'UTC')::date <= s.dispute_until + 1
    ) THEN
        PERFORM pay_refuse('Everybody disputes their own statement, as it stands and in time.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_dispute_begins BEFORE INSERT ON incentives_dispute
    FOR EACH ROW EXECUTE FUNCTION pay_dispute_begins();

CREATE FUNCTION pay_dispute_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decides boolean := NEW.state IN ('accepted', 'refused') AND NEW.state <> OLD.state;
BEGIN
    IF NEW.state <> OLD.state AND OLD.state || ' ' || NEW.state <> ALL (ARRAY['open answered', 'open accepted',
        'open refused', 'answered open', 'answered accepted', 'answered refused', 'answered closed', 'accepted closed',
        'refused closed']) THEN
        PERFORM pay_refuse('There is no step from ' || OLD.state || ' to ' || NEW.state || '.');
    END IF;
    IF NEW.component <> OLD.component OR (NEW.decided_by, NEW.decided_at, NEW.remedy) IS DISTINCT FROM
       (OLD.decided_by, OLD.decided_at, OLD.remedy) AND NOT decides THEN
        PERFORM pay_refuse('A dispute is decided once.');
    END IF;
    IF decides AND (NEW.decided_by IS NULL OR NEW.decided_by = NEW.raised_by
        OR NOT pay_trusted(NEW.decided_by, ARRAY['bonus_admin'], NULL)
        OR (NEW.remedy <> '') <> (NEW.state = 'accepted')) THEN
        PERFORM pay_refuse('A dispute is decided by who looks after pay, and how it is made good is said.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_dispute_steps BEFORE UPDATE ON incentives_dispute
    FOR EACH ROW EXECUTE FUNCTION pay_dispute_steps();

CREATE FUNCTION pay_dispute_said() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    d record;
    may boolean;
BEGIN
    SELECT state, raised_by = NEW."by" AS own INTO d FROM incentives_dispute WHERE id = NEW.dispute_id;
    may := d.own OR pay_trusted(NEW."by", ARRAY['bonus_admin'], NULL);
    IF NEW.act IN ('raise', 'say') AND NOT d.own OR NEW.act IN ('answer', 'accept', 'refuse') AND d.own OR NOT may
       OR NEW.act IN ('accept', 'refuse', 'close') AND EXISTS (
            SELECT 1 FROM incentives_disputenote n WHERE n.dispute_id = NEW.dispute_id AND n.act = NEW.act)
       OR d.state <> (CASE NEW.act WHEN 'answer' THEN 'answered' WHEN 'accept' THEN 'accepted'
                      WHEN 'refuse' THEN 'refused' WHEN 'close' THEN 'closed' ELSE 'open' END) THEN
        PERFORM pay_refuse('Each side says its own part of a dispute.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_dispute_said BEFORE INSERT ON incentives_disputenote
    FOR EACH ROW EXECUTE FUNCTION pay_dispute_said();
"""

PLANS = """
CREATE FUNCTION pay_plan_by_trusted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT pay_trusted(NEW.author_id, ARRAY['bonus_admin'], NULL) THEN
        PERFORM pay_refuse('Whoever writes a plan is not trusted with it.');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status <> OLD.status AND (
        NEW.status = 'proposed' AND NOT (NEW.proposed_by = ANY (NEW.authors)
            AND pay_trusted(NEW.proposed_by, ARRAY['bonus_admin'], NULL))
        OR NEW.status = 'published' AND NOT pay_trusted(NEW.approved_by, ARRAY['approver'], NULL)
    ) THEN
        PERFORM pay_refuse('Whoever proposes or publishes a plan is not trusted with it.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_plan_by_trusted BEFORE INSERT OR UPDATE ON incentives_planversion
    FOR EACH ROW EXECUTE FUNCTION pay_plan_by_trusted();

CREATE FUNCTION pay_plan_acknowledged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM incentives_planversion v JOIN incentives_participant i ON i.plan_id = v.plan_id
        WHERE v.id = NEW.version_id AND v.status IN ('published', 'ended') AND v.content = NEW.content
        AND i.person_id = NEW.person_id
    ) THEN
        PERFORM pay_refuse('Who takes part acknowledges a published plan.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_plan_acknowledged BEFORE INSERT ON incentives_planacknowledgement
    FOR EACH ROW EXECUTE FUNCTION pay_plan_acknowledged();

-- The ledger and every snapshot name plans and people by their keys.
CREATE FUNCTION pay_plan_is_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.key, NEW.currency, NEW.period) IS DISTINCT FROM (OLD.id, OLD.key, OLD.currency, OLD.period)
       OR NEW.name <> OLD.name AND EXISTS (SELECT 1 FROM incentives_planversion v
                                           WHERE v.plan_id = OLD.id AND v.status IN ('published', 'ended')) THEN
        PERFORM pay_refuse('What a plan is, stands; its name, once it is published.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_plan_is_named BEFORE UPDATE ON incentives_incentiveplan
    FOR EACH ROW EXECUTE FUNCTION pay_plan_is_named();
CREATE TRIGGER pay_participant_is_named BEFORE UPDATE ON incentives_participant FOR EACH ROW
    WHEN (
        NEW.id IS DISTINCT FROM OLD.id OR NEW.key IS DISTINCT FROM OLD.key OR NEW.plan_id IS DISTINCT FROM OLD.plan_id
    )
    EXECUTE FUNCTION pay_stands();
"""

FUNCTIONS = (
    "pay_run_is_begun", "pay_calculation_begins", "pay_comment_written", "pay_paid_by_a_known_file",
    "pay_year_in_order", "pay_adjustment_is_for", "pay_rate_given", "pay_check_let", "pay_correction_ends",
    "pay_waiver_is_owed", "pay_statement_says", "pay_statement_received", "pay_dispute_begins", "pay_dispute_steps",
    "pay_dispute_said", "pay_plan_by_trusted", "pay_plan_acknowledged", "pay_plan_is_named",
)  # fmt: skip
FALLS = "".join(f"DROP FUNCTION {each}() CASCADE;\n" for each in FUNCTIONS) + """
DROP TRIGGER pay_calculation_is_since ON incentives_calculation;
DROP TRIGGER pay_check_stays_let ON incentives_runacceptance;
DROP TRIGGER pay_check_was_let ON incentives_runacceptance;
DROP TRIGGER pay_correction_stands ON incentives_correction;
DROP TRIGGER pay_participant_is_named ON incentives_participant;
"""


class Migration(migrations.Migration):
    """Two columns, by which the database can judge, and its functions and triggers."""

    dependencies = [
        ("incentives", "0010_period_budgets"),
    ]

    operations = [
        migrations.AddField(
            "calculation", "since", models.DateField(help_text="The first day that it pays for.", null=True)
        ),
        migrations.AddField("correction", "ended_by", models.UUIDField(null=True)),
        migrations.RunSQL("".join((KEPT, RUNS, YEAR, BY_HAND, STATEMENTS, PLANS)), FALLS),
    ]
