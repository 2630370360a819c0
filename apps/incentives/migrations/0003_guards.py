"""What the database itself refuses of runs, their results and the ledger, whoever asks and by whatever code.

The same table as `domain.states`: a test tries every step by every person on the page, in the service and here.
"""

from django.db import migrations

RUNS = """
-- One regular run of a plan for a day; a range of one number stands for equality of ids, as in 0001.
ALTER TABLE incentives_run ADD CONSTRAINT pay_runs_do_not_overlap EXCLUDE USING gist (
    int8range(uuid_hash_extended(plan_id, 0), uuid_hash_extended(plan_id, 0), '[]') WITH &&,
    daterange(first, last, '[]') WITH &&
) WHERE (kind = 'regular' AND state <> 'void');

CREATE FUNCTION pay_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never rewritten.', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION pay_refuse(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'check_violation';
END
$$;

-- Who is trusted with what: the permissions pay.* by role. A manager reviews only where the plan lets leads see their
-- team, and they lead one that is in the run.
CREATE FUNCTION pay_trusted(person uuid, parts text[], run uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    held text[];
BEGIN
    SELECT u.roles::text[] INTO held FROM accounts_user u WHERE u.id = person AND u.is_active;
    IF EXISTS (
        SELECT 1 FROM (VALUES
            ('bonus_admin', ARRAY['hr']),
            ('reviewer', ARRAY['hr']),
            ('approver', ARRAY['owner', 'admin']),
            ('hr_admin', ARRAY['hr', 'admin', 'owner']),
            ('payroll', ARRAY['hr'])
        ) AS trust(part, roles) WHERE trust.part = ANY(parts) AND trust.roles && held
    ) THEN
        RETURN true;
    END IF;
    RETURN 'reviewer' = ANY(parts) AND 'manager' = ANY(held) AND EXISTS (
        SELECT 1 FROM incentives_run r
        JOIN incentives_planversion v ON v.id = r.version_id AND v.lead_sees_team
        JOIN incentives_runresult p ON p.run_id = r.id AND p.revision = r.revision
        JOIN accounts_team t ON t.id::text = ANY(p.teams) AND t.lead_id = person
        WHERE r.id = run
    );
END
$$;

CREATE FUNCTION pay_content(run uuid, of_revision integer) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    told text;
BEGIN
    SELECT '[' || coalesce(string_agg('["' || fingerprint || '",' || due || ']', ',' ORDER BY key COLLATE "C"), '') || ']'
    INTO told FROM incentives_runresult WHERE run_id = run AND revision = of_revision;
    RETURN encode(sha256(convert_to(told, 'UTF8')), 'hex');
END
$$;

-- What somebody has to do with a run already.
CREATE FUNCTION pay_relations(person uuid, run uuid) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    r record;
    found text[] := '{}';
BEGIN
    SELECT * INTO r FROM incentives_run WHERE id = run;
    IF r.calculated_by = person THEN found := found || 'calculator'::text; END IF;
    IF EXISTS (SELECT 1 FROM incentives_runadjustment a
               WHERE a.run_id = r.id AND a."by" = person AND a.withdrawn_at IS NULL)
        THEN found := found || 'adjuster'::text; END IF;
    IF EXISTS (SELECT 1 FROM incentives_calculation c
               WHERE c.run_id = r.id AND c.revision = r.revision AND person = ANY(c.uploaders))
        THEN found := found || 'uploader'::text; END IF;
    IF EXISTS (SELECT 1 FROM incentives_runapproval a
               WHERE a.run_id = r.id AND a.revision = r.revision AND a.content = r.content AND a."by" = person)
        THEN found := found || 'approver'::text; END IF;
    IF EXISTS (SELECT 1 FROM incentives_runexport e WHERE e.run_id = r.id AND e."by" = person)
        THEN found := found || 'exporter'::text; END IF;
    IF EXISTS (SELECT 1 FROM incentives_runresult p JOIN incentives_participant i ON i.id = p.participant_id
               WHERE p.run_id = r.id AND p.revision = r.revision AND i.person_id = person)
       AND NOT EXISTS (SELECT 1 FROM incentives_runresult p JOIN incentives_participant i ON i.id = p.participant_id
                       WHERE p.run_id = r.id AND p.revision = r.revision AND i.person_id IS DISTINCT FROM person)
        THEN found := found || 'only_payee'::text; END IF;
    RETURN found;
END
$$;

CREATE FUNCTION pay_run_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft' OR NEW.revision <> 0 OR NEW.content <> '' OR NEW.stale THEN
        PERFORM pay_refuse('A run begins as a draft.');
    END IF;
    IF NEW.kind = 'adjustment' THEN
        PERFORM 1 FROM incentives_run r WHERE r.id = NEW.corrects_id AND r.state IN ('locked', 'paid')
        AND r.kind = 'regular' AND (r.plan_id, r.first, r.last) = (NEW.plan_id, NEW.first, NEW.last) FOR SHARE;
        IF NOT FOUND THEN
            PERFORM pay_refuse('Only a locked or paid run of the same plan and period is corrected.');
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION pay_run_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parts text[];
    never text[] := '{}';
    step text := OLD.state || ' ' || NEW.state;
    asked integer;
    given integer;
BEGIN
    IF OLD.state IN ('paid', 'void') THEN
        PERFORM pay_refuse('What is paid or void stays as it is.');
    END IF;
    IF (NEW.id, NEW.plan_id, NEW.version_id, NEW.first, NEW.last, NEW.kind, NEW.corrects_id, NEW.created_by,
        NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.plan_id, OLD.version_id, OLD.first, OLD.last, OLD.kind,
        OLD.corrects_id, OLD.created_by, OLD.created_at) THEN
        PERFORM pay_refuse('What a run is of is never changed.');
    END IF;
    IF NEW.state = OLD.state AND NEW.revision = OLD.revision THEN
        IF (NEW.content, NEW.calculated_by, NEW.calculated_at, NEW.head, NEW.payroll_file, NEW.paid_on, NEW.reason,
            NEW.ticket, NEW.acted_by) IS DISTINCT FROM (OLD.content, OLD.calculated_by, OLD.calculated_at, OLD.head,
            OLD.payroll_file, OLD.paid_on, OLD.reason, OLD.ticket, OLD.acted_by)
           OR (OLD.stale AND NOT NEW.stale)
           OR (NEW.budget IS DISTINCT FROM OLD.budget AND OLD.state NOT IN ('draft', 'calculated', 'reopened'))
           OR (OLD.state = 'locked' AND NEW IS DISTINCT FROM OLD) THEN
            PERFORM pay_refuse('A run only changes by a step.');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.budget IS DISTINCT FROM OLD.budget THEN
        PERFORM pay_refuse('A budget is set before, not along with a step.');
    END IF;
    parts := CASE
        WHEN NEW.state = 'calculated' AND OLD.state IN ('draft', 'calculated', 'reopened') THEN ARRAY['bonus_admin']
        WHEN step = 'calculated in_review' THEN ARRAY['bonus_admin']
        WHEN step = 'in_review draft' THEN ARRAY['reviewer', 'approver', 'hr_admin']
        WHEN step = 'in_review approved' THEN ARRAY['approver']
        WHEN step = 'approved draft' THEN ARRAY['approver', 'hr_admin']
        WHEN step = 'approved locked' THEN ARRAY['hr_admin']
        WHEN step = 'locked paid' THEN ARRAY['payroll']
        WHEN step = 'locked reopened' THEN ARRAY['hr_admin']
        WHEN NEW.state = 'void' THEN ARRAY['bonus_admin', 'hr_admin']
    END;
    IF parts IS NULL THEN
        PERFORM pay_refuse('There is no step from ' || OLD.state || ' to ' || NEW.state || '.');
    END IF;
    IF NEW.kind = 'dry' AND NEW.state <> 'calculated' THEN
        PERFORM pay_refuse('A dry run is calculated and nothing else.');
    END IF;
    IF NEW.acted_by IS NULL OR NOT pay_trusted(NEW.acted_by, parts, OLD.id) THEN
        PERFORM pay_refuse('Whoever acts is not trusted with this step.');
    END IF;

    IF NEW.state = 'calculated' THEN
        IF NEW.revision <= OLD.revision OR NEW.stale OR NEW.calculated_by IS DISTINCT FROM NEW.acted_by OR NOT EXISTS (
            SELECT 1 FROM incentives_calculation c
            WHERE c.run_id = NEW.id AND c.revision = NEW.revision AND c.whole AND c.content = NEW.content
        ) OR NEW.content <> pay_content(NEW.id, NEW.revision) THEN
            PERFORM pay_refuse('What was calculated is not whole.');
        END IF;
        IF (NEW.head, NEW.payroll_file, NEW.paid_on) IS DISTINCT FROM (OLD.head, OLD.payroll_file, OLD.paid_on) THEN
            PERFORM pay_refuse('A step sets what belongs to it.');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.revision, NEW.content, NEW.calculated_by, NEW.calculated_at, NEW.stale)
        IS DISTINCT FROM (OLD.revision, OLD.content, OLD.calculated_by, OLD.calculated_at, OLD.stale) THEN
        PERFORM pay_refuse('Only a calculation changes what was calculated.');
    END IF;
    IF NEW.state <> 'paid' AND (NEW.payroll_file, NEW.paid_on) IS DISTINCT FROM (OLD.payroll_file, OLD.paid_on)
       OR NEW.state <> 'locked' AND NEW.head IS DISTINCT FROM OLD.head THEN
        PERFORM pay_refuse('A step sets what belongs to it.');
    END IF;

    IF NEW.state IN ('in_review', 'approved', 'locked') THEN
        IF OLD.stale THEN
            PERFORM pay_refuse('Something changed since the run was calculated.');
        END IF;
        IF EXISTS (SELECT 1 FROM incentives_runblocked b WHERE b.run_id = NEW.id AND b.revision = NEW.revision)
           OR EXISTS (SELECT 1 FROM incentives_runadjustment a
                      WHERE a.run_id = NEW.id AND a.withdrawn_at IS NULL AND a.approved_by IS NULL) THEN
            PERFORM pay_refuse('Something stands in the way of this run.');
        END IF;
    END IF;
    IF NEW.state = 'approved' THEN
        SELECT v.approval_steps INTO asked FROM incentives_planversion v WHERE v.id = NEW.version_id;
        SELECT count(DISTINCT a."by") INTO given FROM incentives_runapproval a
        WHERE a.run_id = NEW.id AND a.revision = NEW.revision AND a.content = NEW.content;
        IF given < greatest(asked, 1) OR NOT 'approver' = ANY(pay_relations(NEW.acted_by, OLD.id)) THEN
            PERFORM pay_refuse('This content was not approved by enough people.');
        END IF;
        never := ARRAY['calculator', 'adjuster', 'uploader', 'exporter', 'only_payee'];
    END IF;
    IF NEW.state = 'locked' THEN
        never := ARRAY['approver', 'calculator', 'only_payee'];
    END IF;
    IF never && pay_relations(NEW.acted_by, OLD.id) THEN
        PERFORM pay_refuse('Whoever acts has had a part in this run.');
    END IF;
    IF (step IN ('in_review draft', 'approved draft', 'locked reopened') OR NEW.state = 'void') AND NEW.reason = '' THEN
        PERFORM pay_refuse('This step takes a reason.');
    END IF;
    IF NEW.state = 'reopened' AND NEW.ticket = '' THEN
        PERFORM pay_refuse('This step takes a ticket.');
    END IF;
    IF NEW.state IN ('reopened', 'void') AND EXISTS (
        SELECT 1 FROM incentives_run c WHERE c.corrects_id = NEW.id AND c.state <> 'void'
    ) THEN
        PERFORM pay_refuse('A correction is net of what this run posted.');
    END IF;
    IF NEW.state IN ('reopened', 'void') AND NOT EXISTS (
        SELECT 1 FROM incentives_runproposal p WHERE p.run_id = NEW.id AND p."by" <> NEW.acted_by
        AND p.confirmed_by = NEW.acted_by AND p.act = CASE NEW.state WHEN 'void' THEN 'void' ELSE 'reopen' END
        AND p.ended_at >= transaction_timestamp()
    ) THEN
        PERFORM pay_refuse('This step takes two people.');
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION pay_run_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.kind <> 'dry' THEN
        PERFORM pay_refuse('A run is made void, never deleted.');
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER pay_run_begins BEFORE INSERT ON incentives_run FOR EACH ROW EXECUTE FUNCTION pay_run_begins();
CREATE TRIGGER pay_run_steps BEFORE UPDATE ON incentives_run FOR EACH ROW EXECUTE FUNCTION pay_run_steps();
CREATE TRIGGER pay_run_ends BEFORE DELETE ON incentives_run FOR EACH ROW EXECUTE FUNCTION pay_run_ends();
CREATE TRIGGER pay_run_stands BEFORE TRUNCATE ON incentives_run FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
"""

APPROVALS = """
CREATE FUNCTION pay_approval_given() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    SELECT * INTO r FROM incentives_run WHERE id = NEW.run_id FOR UPDATE;
    IF r.state <> 'in_review' OR r.stale OR NEW.revision <> r.revision OR NEW.content <> r.content THEN
        PERFORM pay_refuse('What stands in review is approved, and nothing else.');
    END IF;
    IF NOT pay_trusted(NEW."by", ARRAY['approver'], r.id) THEN
        PERFORM pay_refuse('Whoever approves is not trusted with it.');
    END IF;
    IF ARRAY['calculator', 'adjuster', 'uploader', 'approver', 'exporter', 'only_payee'] && pay_relations(NEW."by", r.id) THEN
        PERFORM pay_refuse('Whoever approves has had a part in this run.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_approval_given BEFORE INSERT ON incentives_runapproval
    FOR EACH ROW EXECUTE FUNCTION pay_approval_given();
CREATE TRIGGER pay_approval_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON incentives_runapproval
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

CREATE FUNCTION pay_export_taken() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    SELECT * INTO r FROM incentives_run WHERE id = NEW.run_id FOR UPDATE;
    IF r.state <> 'locked' OR NEW.revision <> r.revision OR NOT pay_trusted(NEW."by", ARRAY['payroll'], r.id)
       OR 'approver' = ANY(pay_relations(NEW."by", r.id)) THEN
        PERFORM pay_refuse('Payroll takes its file out of a locked run, and nobody who approved it.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_export_taken BEFORE INSERT ON incentives_runexport
    FOR EACH ROW EXECUTE FUNCTION pay_export_taken();
CREATE TRIGGER pay_export_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON incentives_runexport
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

CREATE FUNCTION pay_proposal_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR (NEW.run_id, NEW.act, NEW."by", NEW.reason, NEW.ticket, NEW."at")
        IS DISTINCT FROM (OLD.run_id, OLD.act, OLD."by", OLD.reason, OLD.ticket, OLD."at") THEN
        PERFORM pay_refuse('A proposal is confirmed or withdrawn, and never changed.');
    END IF;
    IF NEW.ended_at IS NOT NULL THEN
        NEW.ended_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_proposal_steps BEFORE UPDATE ON incentives_runproposal
    FOR EACH ROW EXECUTE FUNCTION pay_proposal_steps();
CREATE TRIGGER pay_proposal_stands BEFORE DELETE OR TRUNCATE ON incentives_runproposal
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

CREATE FUNCTION pay_adjustment_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    SELECT * INTO r FROM incentives_run WHERE id = NEW.run_id FOR UPDATE;
    IF r.state NOT IN ('draft', 'calculated', 'reopened') THEN
        PERFORM pay_refuse('Amounts are added by hand before a run goes into review.');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_by IS NOT NULL OR NEW.withdrawn_at IS NOT NULL
           OR NOT pay_trusted(NEW."by", ARRAY['bonus_admin'], r.id) THEN
            PERFORM pay_refuse('An adjustment begins as a proposal.');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR (NEW.run_id, NEW.participant_id, NEW.minor, NEW.currency, NEW.reason, NEW."by")
        IS DISTINCT FROM (OLD.run_id, OLD.participant_id, OLD.minor, OLD.currency, OLD.reason, OLD."by")
       OR OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by THEN
        PERFORM pay_refuse('An adjustment is approved or withdrawn, and never changed.');
    END IF;
    IF NEW.approved_by IS DISTINCT FROM OLD.approved_by
       AND NOT pay_trusted(NEW.approved_by, ARRAY['hr_admin', 'approver'], r.id) THEN
        PERFORM pay_refuse('Whoever approves is not trusted with it.');
    END IF;
    UPDATE incentives_run SET stale = true, stale_because = 'An amount was added or taken back by hand.'
    WHERE id = r.id AND state = 'calculated' AND NOT stale
      AND (OLD.approved_by IS NOT NULL OR NEW.approved_by IS NOT NULL);
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_adjustment_steps BEFORE INSERT OR UPDATE ON incentives_runadjustment
    FOR EACH ROW EXECUTE FUNCTION pay_adjustment_steps();
CREATE TRIGGER pay_adjustment_stands BEFORE DELETE OR TRUNCATE ON incentives_runadjustment
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

CREATE FUNCTION pay_decision_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT * INTO r FROM incentives_run WHERE id = OLD.run_id FOR UPDATE;
    ELSE
        SELECT * INTO r FROM incentives_run WHERE id = NEW.run_id FOR UPDATE;
    END IF;
    IF r.state NOT IN ('draft', 'calculated', 'reopened') THEN
        PERFORM pay_refuse('What counts instead of a missing value is decided before a run goes into review.');
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.approved_by IS NOT NULL
       AND NOT pay_trusted(NEW.approved_by, ARRAY['hr_admin', 'approver'], r.id) THEN
        PERFORM pay_refuse('Whoever approves is not trusted with it.');
    END IF;
    UPDATE incentives_run SET stale = true, stale_because = 'It was decided anew what counts for a missing value.'
    WHERE id = r.id AND state = 'calculated' AND NOT stale;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_decision_steps BEFORE INSERT OR UPDATE OR DELETE ON incentives_rundecision
    FOR EACH ROW EXECUTE FUNCTION pay_decision_steps();

CREATE FUNCTION pay_rate_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT * INTO r FROM incentives_run WHERE id = OLD.run_id FOR UPDATE;
    ELSE
        SELECT * INTO r FROM incentives_run WHERE id = NEW.run_id FOR UPDATE;
    END IF;
    IF r.state NOT IN ('draft', 'calculated', 'reopened') THEN
        PERFORM pay_refuse('Rates are given before a run goes into review.');
    END IF;
    UPDATE incentives_run SET stale = true, stale_because = 'A rate was changed.'
    WHERE id = r.id AND state = 'calculated' AND NOT stale;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_rate_steps BEFORE INSERT OR UPDATE OR DELETE ON incentives_runrate
    FOR EACH ROW EXECUTE FUNCTION pay_rate_steps();

CREATE TRIGGER pay_event_stands BEFORE UPDATE OR TRUNCATE ON incentives_runevent
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
CREATE FUNCTION pay_event_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM incentives_run r WHERE r.id = OLD.run_id AND r.kind <> 'dry') THEN
        PERFORM pay_refuse('What was done to a run is never forgotten.');
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER pay_event_ends BEFORE DELETE ON incentives_runevent FOR EACH ROW EXECUTE FUNCTION pay_event_ends();

CREATE FUNCTION pay_look_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.run_id IS NULL AND (NEW.participant_id, NEW."where", NEW."by", NEW.by_name, NEW."at")
        IS NOT DISTINCT FROM (OLD.participant_id, OLD."where", OLD."by", OLD.by_name, OLD."at") THEN
        RETURN NEW;  -- a dry run is gone; that somebody looked stays
    END IF;
    RAISE EXCEPTION 'Who looked at pay is never rewritten.' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER pay_look_stands BEFORE UPDATE OR DELETE ON incentives_look
    FOR EACH ROW EXECUTE FUNCTION pay_look_stands();
CREATE TRIGGER pay_look_is_kept BEFORE TRUNCATE ON incentives_look
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
"""

RESULTS = """
ALTER TABLE incentives_runresult ADD CONSTRAINT pay_result_is_its_document
    CHECK (fingerprint = encode(sha256(convert_to(document, 'UTF8')), 'hex'));

-- Rows of a revision are written while it is being calculated, and go while nobody has published it.
CREATE FUNCTION pay_rows_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh n JOIN incentives_run r ON r.id = n.run_id
        WHERE r.state NOT IN ('draft', 'calculated', 'reopened') OR n.revision <= r.revision
    ) THEN
        PERFORM pay_refuse('What was calculated is never added to.');
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION pay_rows_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone o JOIN incentives_run r ON r.id = o.run_id
        LEFT JOIN incentives_calculation c ON c.run_id = o.run_id AND c.revision = o.revision
        WHERE r.kind <> 'dry'
          AND (r.state NOT IN ('draft', 'calculated', 'reopened') OR c.published_at IS NOT NULL)
    ) THEN
        PERFORM pay_refuse('What was calculated stands.');
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION pay_lines_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh n JOIN incentives_runresult p ON p.id = n.result_id JOIN incentives_run r ON r.id = p.run_id
        WHERE r.state NOT IN ('draft', 'calculated', 'reopened') OR p.revision <= r.revision
    ) THEN
        PERFORM pay_refuse('What was calculated is never added to.');
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION pay_lines_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone o JOIN incentives_runresult p ON p.id = o.result_id JOIN incentives_run r ON r.id = p.run_id
        LEFT JOIN incentives_calculation c ON c.run_id = p.run_id AND c.revision = p.revision
        WHERE r.kind <> 'dry'
          AND (r.state NOT IN ('draft', 'calculated', 'reopened') OR c.published_at IS NOT NULL)
    ) THEN
        PERFORM pay_refuse('What was calculated stands.');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION pay_calculation_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.whole AND NOT EXISTS (SELECT 1 FROM incentives_run r WHERE r.id = OLD.run_id AND r.kind = 'dry') THEN
            PERFORM pay_refuse('What a run was calculated from is kept.');
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.whole AND (
        (NEW.run_id, NEW.revision, NEW.snapshot, NEW.inputs, NEW.content, NEW.engine, NEW.totals, NEW.people,
         NEW.blocked, NEW.uploaders, NEW.whole, NEW."by", NEW."at") IS DISTINCT FROM
        (OLD.run_id, OLD.revision, OLD.snapshot, OLD.inputs, OLD.content, OLD.engine, OLD.totals, OLD.people,
         OLD.blocked, OLD.uploaders, OLD.whole, OLD."by", OLD."at")
        OR OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at
        OR OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at
    ) THEN
        PERFORM pay_refuse('What a run was calculated from is never changed.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_calculation_steps BEFORE UPDATE OR DELETE ON incentives_calculation
    FOR EACH ROW EXECUTE FUNCTION pay_calculation_steps();
CREATE TRIGGER pay_calculation_stands BEFORE TRUNCATE ON incentives_calculation
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
CREATE TRIGGER pay_line_written AFTER INSERT ON incentives_resultline REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION pay_lines_written();
CREATE TRIGGER pay_line_gone AFTER DELETE ON incentives_resultline REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION pay_lines_gone();
CREATE TRIGGER pay_line_stands BEFORE UPDATE OR TRUNCATE ON incentives_resultline
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
"""

ROWS = "".join(
    f"""
CREATE TRIGGER pay_{name}_written AFTER INSERT ON incentives_{name} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION pay_rows_written();
CREATE TRIGGER pay_{name}_gone AFTER DELETE ON incentives_{name} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION pay_rows_gone();
CREATE TRIGGER pay_{name}_stands BEFORE UPDATE OR TRUNCATE ON incentives_{name}
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
"""
    for name in ("runresult", "runblocked", "runpool", "runreading")
)

LEDGER = """
-- The chain: number, hash and the hash before are set here, whatever was given. The text is the canonical JSON of
-- domain.ledger: keys in order, no blanks.
CREATE FUNCTION pay_ledger_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_number bigint;
    last_hash text;
    r record;
    of_revision integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || ':pay_ledger', 0));
    SELECT * INTO r FROM incentives_run WHERE id = split_part(NEW.run, ':', 1)::uuid;
    of_revision := split_part(NEW.run, ':', 2)::integer;
    IF r.id IS NULL OR of_revision <> r.revision
       OR r.state <> ALL (CASE NEW.kind WHEN 'reversal' THEN ARRAY['reopened', 'void'] ELSE ARRAY['locked'] END)
       OR NEW.period <> to_char(r.first, 'YYYY-MM-DD') || '/' || to_char(r.last, 'YYYY-MM-DD')
       OR NEW.plan <> (SELECT p.key FROM incentives_incentiveplan p WHERE p.id = r.plan_id) THEN
        PERFORM pay_refuse('A locked run is posted, and one that was opened again is taken back.');
    END IF;
    IF NEW.kind = 'reversal' THEN
        IF NEW.minor IS DISTINCT FROM (SELECT -sum(e.minor) FROM incentives_ledgerentry e
            WHERE e.run = NEW.run AND e.participant = NEW.participant AND e.currency = NEW.currency) THEN
            PERFORM pay_refuse('A reversal takes back what was posted, all of it, once.');
        END IF;
    ELSE
        IF NOT EXISTS (
            SELECT 1 FROM incentives_runresult p WHERE p.run_id = r.id AND p.revision = of_revision
            AND p.key = NEW.participant AND p.fingerprint = NEW.result AND p.currency = NEW.currency
            AND NEW.minor = CASE NEW.kind WHEN 'original' THEN p.minor - p.earlier WHEN 'adjustment' THEN p.adjusted
                            ELSE p.due END
        ) OR (NEW.kind = 'delta') <> (r.kind = 'adjustment') THEN
            PERFORM pay_refuse('What is posted is what was calculated.');
        END IF;
        IF NEW.kind = 'original' AND EXISTS (
            SELECT 1 FROM incentives_ledgerentry e
            WHERE e.plan = NEW.plan AND e.period = NEW.period AND e.participant = NEW.participant
            AND e.kind = 'original' AND NOT EXISTS (
                SELECT 1 FROM incentives_ledgerentry b
                WHERE b.run = e.run AND b.participant = e.participant AND b.kind = 'reversal')
        ) THEN
            PERFORM pay_refuse('Nobody is paid twice for a period.');
        END IF;
    END IF;
    SELECT e.number, e.hash INTO last_number, last_hash FROM incentives_ledgerentry e ORDER BY e.number DESC LIMIT 1;
    NEW.number := coalesce(last_number, 0) + 1;
    NEW.before := coalesce(last_hash, repeat('0', 64));
    NEW.hash := encode(sha256(convert_to(
        '{"before":' || to_json(NEW.before::text)::text
        || ',"number":' || NEW.number
        || ',"posting":{"cause":' || to_json(NEW.cause::text)::text
        || ',"currency":' || to_json(NEW.currency::text)::text
        || ',"kind":' || to_json(NEW.kind::text)::text
        || ',"minor":' || NEW.minor
        || ',"participant":' || to_json(NEW.participant::text)::text
        || ',"period":' || to_json(NEW.period::text)::text
        || ',"plan":' || to_json(NEW.plan::text)::text
        || ',"result":' || to_json(NEW.result::text)::text
        || ',"run":' || to_json(NEW.run::text)::text || '}}', 'UTF8')), 'hex');
    NEW.posted_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_ledger_chain BEFORE INSERT ON incentives_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION pay_ledger_chain();
CREATE TRIGGER pay_ledger_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON incentives_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

CREATE FUNCTION pay_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM incentives_run r JOIN incentives_runresult p ON p.run_id = r.id AND p.revision = r.revision
        WHERE r.id = NEW.run_id AND r.revision = NEW.revision AND r.state = 'locked'
        AND p.participant_id = NEW.participant_id AND p.currency = NEW.currency AND p.due = NEW.earned
    ) THEN
        PERFORM pay_refuse('What is settled is what was posted.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_settled BEFORE INSERT ON incentives_settlement FOR EACH ROW EXECUTE FUNCTION pay_settled();
CREATE TRIGGER pay_settlement_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON incentives_settlement
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();

DO $$
DECLARE
    place text := current_schema();
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = place) THEN
        EXECUTE format('REVOKE UPDATE, DELETE ON incentives_ledgerentry, incentives_settlement FROM %I', place);
    END IF;
END
$$;
"""

STALE = """
CREATE FUNCTION pay_roster_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE incentives_run r SET stale = true, stale_because = 'Who takes part was changed.'
        FROM incentives_participant p WHERE p.id = OLD.participant_id AND r.plan_id = p.plan_id
        AND r.kind <> 'adjustment' AND r.state IN ('calculated', 'in_review', 'approved') AND NOT r.stale
        AND r.last >= OLD.first AND r.first <= coalesce(OLD.last, 'infinity'::date);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE incentives_run r SET stale = true, stale_because = 'Who takes part was changed.'
        FROM incentives_participant p WHERE p.id = NEW.participant_id AND r.plan_id = p.plan_id
        AND r.kind <> 'adjustment' AND r.state IN ('calculated', 'in_review', 'approved') AND NOT r.stale
        AND r.last >= NEW.first AND r.first <= coalesce(NEW.last, 'infinity'::date);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION pay_participant_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.key, NEW.cap, NEW.currency, NEW.joined, NEW.left_on, NEW.forfeits, NEW.leaving_reason) IS DISTINCT FROM
       (OLD.key, OLD.cap, OLD.currency, OLD.joined, OLD.left_on, OLD.forfeits, OLD.leaving_reason) THEN
        UPDATE incentives_run r SET stale = true, stale_because = 'Who takes part was changed.'
        WHERE r.plan_id = NEW.plan_id AND r.kind <> 'adjustment' AND r.state IN ('calculated', 'in_review', 'approved')
        AND NOT r.stale;
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION pay_pool_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE incentives_run r SET stale = true, stale_because = 'What is in a pool was changed.'
    WHERE r.plan_id IN (OLD.plan_id, NEW.plan_id) AND r.kind <> 'adjustment'
    AND r.state IN ('calculated', 'in_review', 'approved') AND NOT r.stale;
    RETURN NULL;
END
$$;
CREATE TRIGGER pay_pool_moved AFTER INSERT OR UPDATE OR DELETE ON incentives_teampool
    FOR EACH ROW EXECUTE FUNCTION pay_pool_moved();
CREATE TRIGGER pay_assignment_moved AFTER INSERT OR UPDATE OR DELETE ON incentives_assignment
    FOR EACH ROW EXECUTE FUNCTION pay_roster_moved();
CREATE TRIGGER pay_leave_moved AFTER INSERT OR UPDATE OR DELETE ON incentives_leave
    FOR EACH ROW EXECUTE FUNCTION pay_roster_moved();
CREATE TRIGGER pay_participant_moved AFTER UPDATE ON incentives_participant
    FOR EACH ROW EXECUTE FUNCTION pay_participant_moved();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("incentives", "0002_runs"),
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(text, migrations.RunSQL.noop) for text in (RUNS, APPROVALS, RESULTS, ROWS, LEDGER, STALE)
    ]
