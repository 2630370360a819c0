"""Roles and rights: the wall between workspaces.

Each schema has a role of its own that may read and write its rows and nothing else. The login of the web and the
workers owns nothing, inherits nothing, and may only become one of these roles (`SET ROLE`, in `base`).
"""

from django.conf import settings
from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composed, Identifier

from apps.workspaces.postgresql.base import public_role

# Only the owner's login writes these: what they hold is run as SQL, or says which migrations a schema has.
OWNERS_TABLES = ("django_migrations", "workspaces_templatesnapshot", "workspaces_schemaupgrade")
# Rows are added here and never changed: triggers refuse it too.
ADDED_TO_ONLY = ("incentives_ledgerentry", "incentives_settlement")


class WrongLogins(Exception):
    """The two database logins cannot keep workspaces apart; the text says what to change."""


def app_login() -> str:
    """The login of the web and the workers, as DATABASE_URL names it."""
    return settings.APP_DATABASE_URL["USER"]


def check_logins(cursor: CursorWrapper) -> None:
    """Raise `WrongLogins` unless the two logins are such that the wall can hold."""
    cursor.execute("SELECT current_user, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    owner, may_create_roles = cursor.fetchone()
    app = app_login()
    if owner == app:
        raise WrongLogins(
            f"DATABASE_URL and MIGRATION_DATABASE_URL both sign in as {owner}. Workspaces are kept apart by a login "
            "that owns nothing: make a second one (CREATE ROLE lodestar_app LOGIN NOINHERIT PASSWORD '…') and name "
            "it in DATABASE_URL."
        )
    if not may_create_roles:
        raise WrongLogins(f"MIGRATION_DATABASE_URL: {owner} may not create roles. Run: ALTER ROLE {owner} CREATEROLE")
    powers = "rolsuper OR rolcreaterole OR rolbypassrls, rolinherit"
    cursor.execute(f"SELECT {powers} FROM pg_roles WHERE rolname = %s", [app])  # noqa: S608
    row = cursor.fetchone()
    if row is None:
        raise WrongLogins(f"DATABASE_URL: there is no login {app}. Run: CREATE ROLE {app} LOGIN NOINHERIT PASSWORD '…'")
    powerful, inherits = row
    if powerful or inherits:
        raise WrongLogins(
            f"DATABASE_URL: {app} may do more than the product needs. Run: "
            f"ALTER ROLE {app} NOINHERIT NOSUPERUSER NOCREATEROLE NOBYPASSRLS"
        )


def ensure_role(cursor: CursorWrapper, role: str) -> None:
    """Make `role` if it is missing, and let the application's login become it."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        run(cursor, "CREATE ROLE {} NOLOGIN NOINHERIT", role)
    cursor.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [app_login(), role])
    if not cursor.fetchone()[0]:
        how = " WITH INHERIT FALSE, SET TRUE" if cursor.connection.info.server_version >= 160000 else ""
        run(cursor, "GRANT {} TO {}" + how, role, app_login())


def open_schema(cursor: CursorWrapper, schema: str, role: str) -> None:
    """Let `role` read and write the rows of `schema`, also of tables that are made later; no right to change tables."""
    rows, numbers = "SELECT, INSERT, UPDATE, DELETE ON", "USAGE, SELECT ON"
    run(cursor, "GRANT USAGE ON SCHEMA {} TO {}", schema, role)
    run(cursor, f"GRANT {rows} ALL TABLES IN SCHEMA {{}} TO {{}}", schema, role)
    run(cursor, f"GRANT {numbers} ALL SEQUENCES IN SCHEMA {{}} TO {{}}", schema, role)
    run(cursor, f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{}} GRANT {rows} TABLES TO {{}}", schema, role)
    run(cursor, f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{}} GRANT {numbers} SEQUENCES TO {{}}", schema, role)
    for table in OWNERS_TABLES:
        cursor.execute("SELECT to_regclass(%s)", [f"{schema}.{table}"])
        if cursor.fetchone()[0]:
            run(cursor, "REVOKE INSERT, UPDATE, DELETE ON {}.{} FROM {}", schema, table, role)
    for table in ADDED_TO_ONLY:
        cursor.execute("SELECT to_regclass(%s)", [f"{schema}.{table}"])
        if cursor.fetchone()[0]:
            run(cursor, "REVOKE UPDATE, DELETE ON {}.{} FROM {}", schema, table, role)


def open_public(cursor: CursorWrapper) -> None:
    """Close the public schema to everybody but the role of the public pages."""
    role = public_role(settings.APP_DATABASE_URL["NAME"])
    ensure_role(cursor, role)
    cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    open_schema(cursor, "public", role)
    cursor.execute("SELECT has_schema_privilege(%s, 'public', 'USAGE')", [app_login()])
    if cursor.fetchone()[0]:
        raise WrongLogins(
            "Every login can still reach the public schema. Run once as the database's superuser: "
            "REVOKE ALL ON SCHEMA public FROM PUBLIC"
        )


def drop_schema(cursor: CursorWrapper, schema: str) -> None:
    """Drop a workspace's schema with everything in it, and its role. Nothing happens to what is not there."""
    run(cursor, "DROP SCHEMA IF EXISTS {} CASCADE", schema)
    run(cursor, "DROP ROLE IF EXISTS {}", schema)


def run(cursor: CursorWrapper, statement: str, *names: str) -> None:
    """Execute a statement whose `{}` are names of schemas, tables and roles."""
    composed: Composed = SQL(statement).format(*(Identifier(name) for name in names))
    cursor.execute(composed)
