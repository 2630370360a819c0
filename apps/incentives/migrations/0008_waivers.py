"""What somebody owes back may be waived, by two people; the database sees to it that it takes two."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import F, Q

GUARDS = """
CREATE FUNCTION pay_waiver_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    SELECT * INTO r FROM incentives_run WHERE id = NEW.run_id FOR SHARE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_by IS NOT NULL OR NEW.withdrawn_at IS NOT NULL
           OR NOT pay_trusted(NEW."by", ARRAY['bonus_admin'], r.id) THEN
            PERFORM pay_refuse('A waiver begins as a proposal.');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR OLD.approved_by IS NOT NULL
       OR (NEW.id, NEW.run_id, NEW.revision, NEW.participant_id, NEW.currency, NEW.minor, NEW.reason, NEW."by")
          IS DISTINCT FROM
          (OLD.id, OLD.run_id, OLD.revision, OLD.participant_id, OLD.currency, OLD.minor, OLD.reason, OLD."by") THEN
        PERFORM pay_refuse('A waiver is approved or withdrawn once, and never changed.');
    END IF;
    IF NEW.approved_by IS NOT NULL AND (
        NOT pay_trusted(NEW.approved_by, ARRAY['approver'], r.id) OR r.revision <> NEW.revision
        OR r.state NOT IN ('locked', 'paid')
        OR EXISTS (SELECT 1 FROM incentives_participant p WHERE p.id = NEW.participant_id
                   AND p.person_id = NEW.approved_by)
        OR NOT EXISTS (SELECT 1 FROM incentives_settlement s WHERE s.run_id = r.id AND s.revision = r.revision
                       AND s.participant_id = NEW.participant_id AND s.currency = NEW.currency)
    ) THEN
        PERFORM pay_refuse('A waiver is approved by somebody who is trusted with it, for what a run left owed.');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pay_waiver_steps BEFORE INSERT OR UPDATE ON incentives_balancewaiver
    FOR EACH ROW EXECUTE FUNCTION pay_waiver_steps();
CREATE TRIGGER pay_waiver_stands BEFORE DELETE OR TRUNCATE ON incentives_balancewaiver
    FOR EACH STATEMENT EXECUTE FUNCTION pay_stands();
"""


class Migration(migrations.Migration):
    """A table with its triggers."""

    dependencies = [
        ("incentives", "0007_runchange"),
    ]

    operations = [
        migrations.CreateModel(
            name="BalanceWaiver",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("revision", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                ("reason", models.CharField(max_length=300)),
                ("by", models.UUIDField()),
                ("by_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("approved_by", models.UUIDField(null=True)),
                ("approved_by_name", models.CharField(blank=True, max_length=120)),
                ("approved_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by_name", models.CharField(blank=True, max_length=120)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waivers",
                        to="incentives.participant",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waivers", to="incentives.run"
                    ),
                ),
            ],
            options={
                "ordering": ("-at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("minor__gt", 0), ~Q(reason="")), name="pay_waiver_is_something"
                    ),
                    models.CheckConstraint(
                        condition=Q(("approved_by__isnull", True), ~Q(approved_by=F("by")), _connector="OR"),
                        name="nobody_approves_their_own_waiver",
                    ),
                    models.UniqueConstraint(
                        condition=Q(("approved_by__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=("participant", "currency"),
                        name="pay_waiver_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
