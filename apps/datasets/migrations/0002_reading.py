from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="reading",
            field=models.JSONField(
                default=dict,
                db_default={},
                help_text="What was said of the last file and holds for the next: keep, nulls, twins.",
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="reading",
            field=models.JSONField(
                default=dict, db_default={}, help_text="engine Reading, as JSON: what somebody said of the file."
            ),
        ),
    ]
