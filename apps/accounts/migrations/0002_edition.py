import uuid

from django.db import migrations, models

# Whatever statement changes what pages show of people, teams or memberships leaves a new mark, whoever sends it. Marks
# of transactions that are done are taken away on the way, those that others hold are left: nobody waits for anybody.
# Names are spelled out, so that it holds whatever the search path of who writes.
WATCHED = """
CREATE FUNCTION accounts_new_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'DELETE FROM %1$I.accounts_edition WHERE mark IN '
        '(SELECT mark FROM %1$I.accounts_edition FOR UPDATE SKIP LOCKED)', TG_TABLE_SCHEMA);
    EXECUTE format('INSERT INTO %1$I.accounts_edition (mark) VALUES (gen_random_uuid())', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;
CREATE TRIGGER accounts_user_edition
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF id, email, name, roles, is_active ON accounts_user
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_new_edition();
CREATE TRIGGER accounts_team_edition
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON accounts_team
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_new_edition();
CREATE TRIGGER accounts_membership_edition
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON accounts_membership
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_new_edition();
"""
UNWATCHED = """
DROP TRIGGER accounts_user_edition ON accounts_user;
DROP TRIGGER accounts_team_edition ON accounts_team;
DROP TRIGGER accounts_membership_edition ON accounts_membership;
DROP FUNCTION accounts_new_edition();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[("mark", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False))],
        ),
        migrations.RunSQL(WATCHED, UNWATCHED),
    ]
