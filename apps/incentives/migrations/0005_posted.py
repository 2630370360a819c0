"""A large run is posted after it was locked, in portions: until all of it is in the ledger, nothing follows from it."""

from django.db import migrations

POSTED = """
-- Whether everybody of a locked run is settled. What a run that is not locked posted was checked when it was taken back.
CREATE FUNCTION pay_is_posted(run uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM incentives_run r JOIN incentives_calculation c ON c.run_id = r.id AND c.revision = r.revision
        WHERE r.id = run AND c.published_at IS NOT NULL
    );
END
$$;

CREATE FUNCTION pay_is_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM incentives_run r WHERE r.id = NEW.run_id AND r.revision = NEW.revision
                   AND r.state = 'locked')
       OR EXISTS (
        SELECT 1 FROM incentives_runresult p WHERE p.run_id = NEW.run_id AND p.revision = NEW.revision
        AND (NOT EXISTS (SELECT 1 FROM incentives_settlement s WHERE s.run_id = p.run_id AND s.revision = p.revision
                         AND s.participant_id = p.participant_id)
             OR NOT EXISTS (SELECT 1 FROM incentives_ledgerentry e WHERE e.run = p.run_id || ':' || p.revision
                            AND e.participant = p.key AND e.kind IN ('original', 'delta')))
    ) THEN
        PERFORM pay_refuse('What is published is in the ledger, all of it.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_is_published BEFORE UPDATE ON incentives_calculation FOR EACH ROW
    WHEN (OLD.published_at IS NULL AND NEW.published_at IS NOT NULL) EXECUTE FUNCTION pay_is_published();

CREATE FUNCTION pay_waits_for_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run uuid := CASE TG_ARGV[0] WHEN 'id' THEN to_jsonb(NEW) ->> 'id' WHEN 'corrects' THEN to_jsonb(NEW) ->> 'corrects_id'
                ELSE to_jsonb(NEW) ->> 'run_id' END;
BEGIN
    IF NOT pay_is_posted(run) THEN
        PERFORM pay_refuse('The run is still being entered in the ledger.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_leaves_when_posted BEFORE UPDATE ON incentives_run FOR EACH ROW
    WHEN (OLD.state = 'locked' AND NEW.state <> 'locked') EXECUTE FUNCTION pay_waits_for_posting('id');
CREATE TRIGGER pay_corrects_what_is_posted BEFORE INSERT ON incentives_run FOR EACH ROW
    WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION pay_waits_for_posting('corrects');
CREATE TRIGGER pay_exports_what_is_posted BEFORE INSERT ON incentives_runexport FOR EACH ROW
    EXECUTE FUNCTION pay_waits_for_posting('run');
"""


class Migration(migrations.Migration):
    """Functions and triggers only."""

    dependencies = [
        ("incentives", "0004_statements"),
    ]

    operations = [
        migrations.RunSQL(POSTED, migrations.RunSQL.noop),
    ]
