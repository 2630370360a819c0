"""The embedded logins, and docker/postgres/logins.sql on a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from config.devstack.paths import ROOT
from config.devstack.postgres import find_programs
from config.devstack.problems import DevstackError
from config.devstack.stack import Stack, stack


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with stack(tmp_path_factory.mktemp("logins")) as running:
        yield running


def attributes(connection: psycopg.Connection, role: str) -> tuple[bool, ...]:
    columns = "rolcanlogin, rolcreaterole, rolinherit, rolsuper, rolbypassrls"
    return connection.execute(f"SELECT {columns} FROM pg_roles WHERE rolname = %s", [role]).fetchone()  # noqa: S608


def test_two_logins_and_only_one_owns_the_database(servers: Stack):
    with psycopg.connect(servers.migration_database_url) as owner:
        assert attributes(owner, "lodestar_owner") == (True, True, True, False, False)
        assert attributes(owner, "lodestar_app") == (True, False, False, False, False)
        assert owner.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = 'lodestar'").fetchone() == (
            "lodestar_owner",
        )
        owner.execute("CREATE TABLE mine ()")
        owner.rollback()
    with psycopg.connect(servers.database_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE mine ()")


def test_the_superuser_needs_its_password(servers: Stack):
    url = servers.superuser_database_url
    psycopg.connect(url).close()
    bare = url.replace(url.split("postgres:")[2].split("@")[0], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(bare)


def test_the_servers_listen_on_loopback_alone(servers: Stack):
    with psycopg.connect(servers.superuser_database_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
        assert connection.execute("SHOW max_locks_per_transaction").fetchone() == ("256",)


def test_lower_case_knows_more_than_ascii(servers: Stack):
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT lower('ÄÉ'), 'é' ~ '[[:alpha:]]'").fetchone() == ("äé", True)


def test_data_of_another_version_is_refused_and_left_alone(tmp_path: Path):
    with stack(tmp_path):
        pass
    version = tmp_path / "postgres" / "cluster" / "PG_VERSION"
    version.write_text("16\n")
    with (
        pytest.raises(DevstackError, match="belongs to PostgreSQL 16, but the programs are") as caught,
        stack(tmp_path),
    ):
        pass
    assert "Nothing was changed" in caught.value.hint
    assert version.read_text() == "16\n"


def test_a_broken_off_first_start_is_done_again(tmp_path: Path):
    half = tmp_path / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "half").write_text("")
    with stack(tmp_path) as running:
        psycopg.connect(running.database_url).close()
    assert not half.exists()


def test_killed_servers_come_back_with_what_was_committed(servers: Stack):
    with psycopg.connect(servers.migration_database_url) as owner:
        owner.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    for name in ("postgres", "valkey"):
        assert servers.pids(name)
        servers.kill(name)
        assert servers.pids(name) == [] or servers.children[name].pid not in servers.pids(name)
        servers.restart(name)
    with psycopg.connect(servers.migration_database_url) as owner:
        assert owner.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_the_production_logins(servers: Stack, tmp_path: Path):
    """logins.sql as its container runs it: psql as superuser, passwords from the environment."""
    with psycopg.connect(servers.superuser_database_url, autocommit=True) as superuser:
        superuser.execute("DROP DATABASE lodestar WITH (FORCE)")
        superuser.execute("DROP ROLE lodestar_owner")
        superuser.execute("DROP ROLE lodestar_app")
    env = {**os.environ, "LODESTAR_OWNER_PASSWORD": "owner's secret", "LODESTAR_APP_PASSWORD": "app secret"}
    script = ROOT / "docker" / "postgres" / "logins.sql"
    argv = [find_programs() / "psql", "-v", "ON_ERROR_STOP=1", "-X", "-q", servers.superuser_database_url, "-f", script]
    result = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    with psycopg.connect(servers.migration_database_url) as owner:  # the embedded server trusts loopback
        assert attributes(owner, "lodestar_owner") == (True, True, True, False, False)
        assert attributes(owner, "lodestar_app") == (True, False, False, False, False)
    with psycopg.connect(servers.superuser_database_url) as superuser:
        stored = dict(superuser.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolname ~ '^lodestar_'"))
        assert all(secret.startswith("SCRAM-SHA-256$") for secret in stored.values())
        assert superuser.execute(
            "SELECT has_database_privilege('lodestar_app', 'lodestar', 'CONNECT'),"
            " has_database_privilege('lodestar_app', 'lodestar', 'CREATE')"
        ).fetchone() == (True, False)
    assert "Nothing to migrate" not in servers.manage("migrate_workspaces")
    assert "Nothing to migrate" in servers.manage("migrate_workspaces")
    made = servers.manage("create_operator", "olga@example.com", LODESTAR_OPERATOR_PASSWORD="a-long-enough-secret")
    assert "olga@example.com may use the console now" in made
