"""What the database itself refuses, whatever the code above it does."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from apps.accounts.models import Team
from apps.audit.models import Entry
from apps.workspaces.models import Workspace, new_schema_name
from apps.workspaces.postgresql import roles
from apps.workspaces.postgresql.owner import as_owner
from apps.workspaces.scope import in_public, inside

User = get_user_model()


# ruff: noqa: PT012, S608
def query(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall()


def refused(sql: str, match: str) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        query(sql)


@pytest.mark.django_db
class TestInsideAWorkspace:
    def test_each_sees_its_own(self, in_acme, borealis):
        assert User.objects.count() == 7
        with inside(borealis):
            assert [user.email for user in User.objects.all()] == ["dora@borealis.test"]
        assert User.objects.count() == 7

    def test_statements_run_under_the_workspaces_role(self, in_acme):
        role, login, path = query("SELECT current_user, session_user, current_setting('search_path')")[0]
        assert (role, login, path) == (in_acme.schema_name, "lodestar_app", in_acme.schema_name)

    @pytest.mark.parametrize(
        "table", ["accounts_user", "django_session", "django_migrations", "workspaces_workspace", "workspaces_signup"]
    )
    def test_public_tables_are_out_of_reach(self, in_acme, table):
        refused(f"SELECT * FROM public.{table}", "permission denied for schema public")

    def test_a_public_table_is_not_found_by_its_name(self, in_acme):
        refused("SELECT * FROM workspaces_workspace", "does not exist")
        with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
            Workspace.objects.count()

    def test_another_workspace_is_out_of_reach(self, in_acme, borealis):
        refused(f"SELECT * FROM {borealis.schema_name}.accounts_user", "permission denied for schema")
        refused(f"DELETE FROM {borealis.schema_name}.accounts_user RETURNING id", "permission denied for schema")

    def test_the_template_is_out_of_reach(self, in_acme):
        refused("SELECT * FROM template.accounts_user", "permission denied for schema template")

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE loot (id int)",
            "ALTER TABLE accounts_user ADD COLUMN loot text",
            "DROP TABLE accounts_team CASCADE",
            "TRUNCATE accounts_team",
            "CREATE SCHEMA loot",
            "CREATE ROLE loot",
            "COPY accounts_user TO PROGRAM 'cat'",
        ],
    )
    def test_tables_cannot_be_changed(self, in_acme, statement):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
            query(statement)

    def test_which_migrations_were_applied_cannot_be_forged(self, in_acme):
        assert MigrationRecorder(connection).migration_qs.exists()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            MigrationRecorder(connection).record_applied("accounts", "9999_forged")

    def test_an_object_of_one_workspace_saved_in_another_changes_nothing_there(self, in_acme, borealis):
        """Same table, other schema: the row is not there, so an update finds nothing and an error says so."""
        team = Team.objects.create(name="Sales")
        with inside(borealis):
            with pytest.raises(DatabaseError, match="did not affect any rows"), transaction.atomic():
                team.save(force_update=True)
            assert not Team.objects.exists()


@pytest.mark.django_db
class TestOnThePublicHost:
    def test_workspaces_are_out_of_reach(self, acme):
        refused(f"SELECT * FROM {acme.schema_name}.accounts_user", "permission denied for schema")

    def test_people_of_workspaces_are_not_there(self, acme):
        assert not User.objects.exists()
        with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
            Team.objects.count()

    def test_the_login_alone_reaches_nothing(self, acme):
        """Before a role is set, and when code resets it: the login owns nothing and inherits nothing."""
        query("SELECT 1")
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        try:
            refused("SELECT * FROM public.workspaces_workspace", "permission denied for schema public")
            refused(f"SELECT * FROM {acme.schema_name}.accounts_user", "permission denied for schema")
        finally:
            connection.set_schema_to_public()


@pytest.mark.django_db
class TestSwitching:
    def test_a_rollback_does_not_leave_us_in_the_other_workspace(self, in_acme, borealis):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), inside(borealis):
            assert User.objects.count() == 1
            raise ZeroDivisionError
        assert User.objects.count() == 7
        with inside(borealis):
            with pytest.raises(ZeroDivisionError), transaction.atomic(), in_public():
                assert not User.objects.exists()
                raise ZeroDivisionError
            assert User.objects.count() == 1

    def test_an_error_in_the_database_does_not_either(self, in_acme, borealis):
        with pytest.raises(DatabaseError), transaction.atomic(), inside(borealis):
            query("SELECT 1/0")
        assert query("SELECT current_user")[0][0] == in_acme.schema_name
        assert User.objects.count() == 7

    def test_a_lazy_query_answers_for_where_it_is_asked(self, in_acme, borealis):
        people = User.objects.all()
        with inside(borealis):
            assert [user.email for user in people] == ["dora@borealis.test"]

    def test_named_cursors_are_walled_too(self, in_acme, borealis):
        with inside(borealis):
            assert len(list(User.objects.iterator(chunk_size=2))) == 1
        assert len(list(User.objects.iterator(chunk_size=2))) == 7

    def test_a_role_that_is_missing_is_an_error(self, acme):
        nobody = Workspace(schema_name=new_schema_name())
        with inside(nobody), pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
            User.objects.count()


@pytest.mark.django_db(transaction=True)
class TestWhatIsMissing:
    """Never another's rows instead, by the ORM and by SQL."""

    def owner(self, statement: str, *names: str) -> None:
        with as_owner(), connection.cursor() as cursor:
            roles.run(cursor, statement, *names)

    def test_a_dropped_table_is_an_error(self, acme, borealis):
        self.owner("DROP TABLE {}.audit_entry CASCADE", acme.schema_name)
        with inside(acme):
            for ask in (Entry.objects.count, lambda: query("SELECT * FROM audit_entry")):
                with pytest.raises(ProgrammingError, match="does not exist"):
                    ask()
        with inside(borealis):
            assert Entry.objects.count() >= 0

    @pytest.mark.parametrize("table", ["accounts_user", "django_session", "django_migrations"])
    def test_a_dropped_table_that_public_has_too_is_an_error(self, acme, table):
        """The tables of `TABLES_IN_BOTH`: here a search path with `public` in it would read the operators' rows."""
        with in_public():
            User.objects.create_superuser("operator@lodestar.test", "north-star-2026")
        self.owner("DROP TABLE {}.{} CASCADE", acme.schema_name, table)
        model = {"accounts_user": User, "django_session": Session}.get(table, MigrationRecorder(connection).Migration)
        with inside(acme):
            for ask in (model.objects.count, lambda: query(f"SELECT count(*) FROM {table}")):
                with pytest.raises(ProgrammingError, match="does not exist"):
                    ask()

    def test_a_dropped_schema_is_an_error(self, acme):
        self.owner("DROP SCHEMA {} CASCADE", acme.schema_name)
        with inside(acme), pytest.raises(ProgrammingError, match="does not exist"):
            User.objects.count()

    def test_a_role_without_its_rights_is_an_error(self, acme):
        self.owner("REVOKE USAGE ON SCHEMA {} FROM {}", acme.schema_name, acme.schema_name)
        with inside(acme), pytest.raises(ProgrammingError, match=r"does not exist|permission denied"):
            User.objects.count()

    def test_a_role_the_login_may_not_become_is_an_error(self, acme):
        self.owner("REVOKE {} FROM {}", acme.schema_name, roles.app_login())
        with inside(acme), pytest.raises(ProgrammingError, match="permission denied to set role"):
            User.objects.count()

    def test_a_page_of_a_broken_workspace_is_an_error_not_anothers_page(self, acme, borealis, client_on):
        self.owner("DROP TABLE {}.accounts_user CASCADE", acme.schema_name)
        client = client_on(acme, raise_request_exception=False)
        answer = client.post("/account/login/", {"login": "dora@borealis.test", "password": "north-star-2026"})
        assert answer.status_code == 500
        body = answer.content.decode()
        assert "Traceback" not in body
        assert "borealis" not in body.lower()
        assert client_on(borealis).get("/account/login/").status_code == 200
