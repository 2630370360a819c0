"""Bringing public, template and workspaces up to date: quickly, each on its own, and told when it fails."""

import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

from apps.workspaces import services
from apps.workspaces.models import SchemaUpgrade, TemplateSnapshot, Workspace
from apps.workspaces.postgresql import roles
from apps.workspaces.postgresql.owner import as_owner
from apps.workspaces.services import migrating
from apps.workspaces.services.migrating import migrate_everything
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


def add_column(name: str = "shade") -> migrations.AddField:
    return migrations.AddField("team", name, models.CharField(max_length=20, default="blue"))


def fill(apps, schema_editor) -> None:
    apps.get_model("accounts", "Team").objects.update(name="renamed")


@pytest.fixture
def extra(monkeypatch):
    """`extra(operations)`: a new migration in the running code; what it did is gone with the database afterwards."""
    added: dict = {}
    load = MigrationLoader.load_disk

    def load_with_extra(self: MigrationLoader) -> None:
        load(self)
        self.disk_migrations.update(added)

    monkeypatch.setattr(MigrationLoader, "load_disk", load_with_extra)

    def make(operations: list, *, atomic: bool = True) -> None:
        number = 9001 + len(added)
        last = ("accounts", f"{number - 1}_extra") if added else ("accounts", "0001_initial")
        body = {"operations": operations, "dependencies": [last], "atomic": atomic}
        added["accounts", f"{number}_extra"] = type("Migration", (migrations.Migration,), body)(
            f"{number}_extra", "accounts"
        )

    return make


def columns_of(workspace: Workspace) -> set[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
            [workspace.schema_name, "accounts_team"],
        )
        return {name for (name,) in cursor.fetchall()}


def recorded_in(schema: str) -> list[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM {schema}.django_migrations WHERE name LIKE '90%' ORDER BY id")  # noqa: S608
        return [name for (name,) in cursor.fetchall()]


def test_nothing_to_do_asks_one_query_for_all(acme, borealis, django_assert_max_num_queries):
    report = migrate_everything()
    assert (report.public, report.template, report.replayed, report.by_django) == (False, False, 0, 0)
    assert report.workspaces == 2
    assert not report.failed
    assert not report.warnings
    assert report.seconds < 1.0


def test_a_change_of_tables_is_replayed_everywhere(extra, acme, borealis):
    extra([add_column()])
    report = migrate_everything()
    assert (report.template, report.replayed, report.by_django) == (True, 2, 0)
    for workspace in (acme, borealis):
        assert "shade" in columns_of(workspace)
        assert recorded_in(workspace.schema_name) == ["9001_extra"]
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT has_table_privilege(%s, %s, 'SELECT, INSERT, UPDATE, DELETE')",
                [workspace.schema_name, f"{workspace.schema_name}.accounts_team"],
            )
            assert cursor.fetchone()[0]
    assert migrate_everything().replayed == 0


def test_a_new_table_can_be_used_by_the_workspace_alone(extra, acme, borealis):
    extra(
        [migrations.CreateModel("Extra", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())])]
    )
    migrate_everything()
    from apps.workspaces.scope import inside

    with inside(acme), connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_extra (n) VALUES (1)")
        cursor.execute("SELECT count(*) FROM accounts_extra")
        assert cursor.fetchone() == (1,)
    with inside(borealis), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_extra")
        assert cursor.fetchone() == (0,)


def test_replay_and_a_new_workspace_end_alike(extra, acme):
    from tests.integration.workspaces.test_provisioning import _schema_dump, differences

    extra([add_column(), migrations.AddIndex("team", models.Index(fields=["shade"], name="team_shade"))])
    migrate_everything()
    new = services.open_workspace(wanted=cast.new_company("nova"))
    with as_owner(), connection.cursor():
        assert not differences(_schema_dump(new.schema_name), _schema_dump(acme.schema_name))


def test_one_that_fails_is_told_and_stops_nobody(extra, acme, borealis, client_on, public_client):
    with as_owner(), connection.cursor() as cursor:
        roles.run(cursor, "ALTER TABLE {}.accounts_team ADD COLUMN shade text", acme.schema_name)
    extra([add_column()])
    report = migrate_everything()
    assert list(report.failed) == ["acme"]
    assert "accounts.9001_extra" in report.failed["acme"]
    assert "already exists" in report.failed["acme"]
    assert "shade" in columns_of(borealis)
    assert recorded_in(acme.schema_name) == []
    acme.refresh_from_db()
    assert acme.is_behind
    assert "already exists" in acme.behind_reason
    page = client_on(acme).get("/")
    assert page.status_code == 503
    assert "being updated" in page.content.decode()
    assert "already exists" not in page.content.decode()
    assert public_client.get("/").status_code == 200

    with as_owner(), connection.cursor() as cursor:
        roles.run(cursor, "ALTER TABLE {}.accounts_team DROP COLUMN shade", acme.schema_name)
    again = migrate_everything()
    assert (again.replayed, again.failed) == (1, {}), "the kept upgrade is replayed, though the template is done"
    acme.refresh_from_db()
    assert not acme.is_behind
    assert acme.behind_reason == ""


def test_a_missing_schema_is_told(acme):
    with as_owner(), connection.cursor() as cursor:
        roles.run(cursor, "DROP SCHEMA {} CASCADE", acme.schema_name)
    report = migrate_everything()
    assert report.failed == {"acme": "Its schema is missing."}


def test_two_steps_behind_is_brought_up_by_both(extra, acme):
    extra([add_column("one")])
    Workspace.objects.filter(pk=acme.pk).update(status="provisioning", schema_name="w_" + "1" * 32)  # out of the way
    migrate_everything()
    extra([add_column("two")])
    Workspace.objects.filter(pk=acme.pk).update(status="active", schema_name=acme.schema_name)
    report = migrate_everything()
    assert not report.failed
    assert {"one", "two"} <= columns_of(acme)
    assert recorded_in(acme.schema_name) == ["9001_extra", "9002_extra"]
    assert report.by_django == 0


def test_python_in_a_migration_runs_in_each_workspace(extra, acme, borealis):
    from apps.accounts.models import Team
    from apps.workspaces.scope import inside

    with inside(acme):
        Team.objects.create(name="Sales")
    extra([migrations.RunPython(fill, migrations.RunPython.noop)])
    report = migrate_everything()
    assert (report.replayed, report.by_django) == (0, 2)
    with inside(acme):
        assert [team.name for team in Team.objects.all()] == ["renamed"]
    with inside(borealis):
        assert not Team.objects.exists()


def test_a_lock_is_waited_for_and_given_up_in_time(extra, acme, borealis, monkeypatch):
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "200ms")
    extra([add_column()])
    owner = settings.OWNER_DATABASE_URL
    address = f"host={owner['HOST']} port={owner['PORT']} user={owner['USER']} dbname={owner['NAME']}"
    with psycopg.connect(address) as busy:
        busy.execute(f"LOCK TABLE {acme.schema_name}.accounts_team IN ACCESS SHARE MODE")
        report = migrate_everything()
        assert list(report.failed) == ["acme"]
        assert "lock timeout" in report.failed["acme"]
        release = threading.Timer(0.3, busy.rollback)
        release.start()
        assert not migrate_everything().failed, "the second try finds the lock free"
        release.join()


def test_the_command_ends_with_3_when_one_failed(acme, tmp_path):
    def run() -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", "migrate_workspaces"],
            cwd=settings.BASE_DIR, env=_plain_environment(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    fine = run()
    assert fine.returncode == 0, fine.stderr
    assert "Nothing to migrate (2 workspaces" in fine.stdout
    with as_owner(), connection.cursor() as cursor:
        roles.run(cursor, "DROP SCHEMA {} CASCADE", acme.schema_name)
    broken = run()
    assert broken.returncode == 3
    assert "acme: Its schema is missing." in broken.stderr


def test_two_runs_at_once_wait_for_each_other(extra):
    extra([add_column()])
    from tests.integration.workspaces.test_provisioning import _at_once

    reports = _at_once(migrate_everything)
    assert sorted(report.replayed for report in reports) == [0, 2]
    assert not any(report.failed for report in reports)


def test_a_changed_migration_file_is_warned_of(monkeypatch):
    with as_owner():
        kept = TemplateSnapshot.objects.get()
        TemplateSnapshot.objects.update(sources={**kept.sources, "accounts.0001_initial": "another"})
        try:
            report = migrate_everything()
        finally:
            TemplateSnapshot.objects.update(sources=kept.sources)
    assert len(report.warnings) == 1
    assert "accounts.0001_initial" in report.warnings[0]


def test_the_app_login_cannot_write_what_is_run_as_owner(acme):
    """The template's SQL runs with the owner's rights, so only the owner may write it."""
    from django.db import ProgrammingError

    for model in (TemplateSnapshot, SchemaUpgrade):
        with pytest.raises(ProgrammingError, match="permission denied"):
            model.objects.update(sql="DROP TABLE x")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER ROLE lodestar_app INHERIT", "NOINHERIT"),
        ("ALTER ROLE lodestar_app CREATEROLE", "NOCREATEROLE"),
    ],
)
def test_logins_that_cannot_keep_the_wall_are_refused(servers, statement, said):
    with servers.postgres.connect("lodestar") as superuser:
        superuser.execute(statement)
        try:
            with pytest.raises(roles.WrongLogins, match=said):
                migrate_everything()
        finally:
            superuser.execute("ALTER ROLE lodestar_app NOINHERIT NOCREATEROLE")
    assert not migrate_everything().failed


def test_behind_workspaces_do_no_work(acme):
    from apps.workspaces.selectors import open_workspaces

    assert acme in list(open_workspaces())
    Workspace.objects.filter(pk=acme.pk).update(behind_since=Now())
    assert acme not in list(open_workspaces())


def _plain_environment() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}


def test_time_is_on_the_clock():
    """A run with nothing to do must not grow dear: it is part of every start."""
    started = time.monotonic()
    migrate_everything()
    assert time.monotonic() - started < 1.5
