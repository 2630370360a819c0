"""What takes two people takes two who may: what is proposed or decided is by somebody trusted, and stays as it was.

A decision about a missing value was replaced by the service, but could be rewritten by SQL after it was approved.
"""

from django.db import migrations

SECOND = """
CREATE FUNCTION pay_proposal_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.confirmed_by IS NOT NULL OR NEW.ended_at IS NOT NULL OR NOT pay_trusted(NEW."by",
        CASE NEW.act WHEN 'void' THEN ARRAY['bonus_admin', 'hr_admin'] ELSE ARRAY['hr_admin'] END, NEW.run_id) THEN
        PERFORM pay_refuse('Whoever proposes is trusted with it, and somebody else confirms it later.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_proposal_begins BEFORE INSERT ON incentives_runproposal
    FOR EACH ROW EXECUTE FUNCTION pay_proposal_begins();

CREATE FUNCTION pay_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_by IS NOT NULL OR NOT pay_trusted(NEW."by", ARRAY['bonus_admin'], NEW.run_id) THEN
            PERFORM pay_refuse('A decision begins as a proposal.');
        END IF;
    ELSIF OLD.approved_by IS NOT NULL OR (NEW.id, NEW.run_id, NEW.component, NEW.team, NEW.verdict, NEW.reason,
        NEW."by", NEW."at") IS DISTINCT FROM (OLD.id, OLD.run_id, OLD.component, OLD.team, OLD.verdict, OLD.reason,
        OLD."by", OLD."at") THEN
        PERFORM pay_refuse('A decision is approved or taken back, and never changed.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_decision_stands BEFORE INSERT OR UPDATE ON incentives_rundecision
    FOR EACH ROW EXECUTE FUNCTION pay_decision_stands();
"""


class Migration(migrations.Migration):
    """Functions and triggers only."""

    dependencies = [
        ("incentives", "0005_posted"),
    ]

    operations = [
        migrations.RunSQL(SECOND, migrations.RunSQL.noop),
    ]
