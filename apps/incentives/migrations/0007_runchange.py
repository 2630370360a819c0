"""Why a run pays other amounts than the one before, kept for two revisions."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """A table of its own: it goes with either run, and a new revision of either is not what it is about."""

    dependencies = [
        ("incentives", "0006_second_person"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField()),
                ("former_revision", models.PositiveIntegerField()),
                ("totals", models.JSONField()),
                ("people", models.BinaryField()),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="incentives.run"
                    ),
                ),
                (
                    "former",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incentives.run"
                    ),
                ),
            ],
            options={
                "ordering": ("-at",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "revision", "former", "former_revision"), name="pay_change_once"
                    )
                ],
            },
        ),
    ]
