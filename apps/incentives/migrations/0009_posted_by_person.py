"""What is posted is looked up by its person, so that posting takes twice as long for twice as many people.

The same refusals as before (0003). Results are looked up right after they were written, when the database has no
statistics of them yet: the two indexes that begin with run and revision then seem as good as one another, and the wrong
one reads everybody's rows for each of them. A condition that no index serves leaves the one by person.
"""

from django.db import migrations

BY_PERSON = """
CREATE OR REPLACE FUNCTION pay_ledger_chain() RETURNS trigger LANGUAGE plpgsql AS $$
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
            SELECT 1 FROM incentives_participant i JOIN incentives_runresult p ON p.participant_id = i.id
            WHERE i.plan_id = r.plan_id AND i.key = NEW.participant
            AND (p.run_id, p.revision) IS NOT DISTINCT FROM (r.id, of_revision)
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

CREATE OR REPLACE FUNCTION pay_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM incentives_run r WHERE r.id = NEW.run_id AND r.revision = NEW.revision AND r.state = 'locked'
    ) OR NOT EXISTS (
        SELECT 1 FROM incentives_runresult p WHERE p.participant_id = NEW.participant_id
        AND (p.run_id, p.revision) IS NOT DISTINCT FROM (NEW.run_id, NEW.revision)
        AND p.currency = NEW.currency AND p.due = NEW.earned
    ) THEN
        PERFORM pay_refuse('What is settled is what was posted.');
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    """Functions only."""

    dependencies = [
        ("incentives", "0008_waivers"),
    ]

    operations = [
        migrations.RunSQL(BY_PERSON, migrations.RunSQL.noop),
    ]
