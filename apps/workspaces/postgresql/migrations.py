"""Which migrations a schema has, and how one is brought up to date."""

import hashlib
import inspect
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from importlib import import_module

from django.db import connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from psycopg.sql import SQL, Identifier, Literal

Names = frozenset[str]
SCHEMAS_PER_QUERY = 100
_NOT_REPLAYED = ("SELECT", "SHOW", "SET SEARCH_PATH", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")


def key_of(names: Iterable[str]) -> str:
    """One word for a set of migrations."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def wanted() -> Names:
    """The migrations the running code has, as `app.name`. Every schema records all; it gets the tables it should."""
    return frozenset(f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes)


def sources() -> dict[str, str]:
    """A digest of each of our migrations' files, to notice one that was changed after it had been applied."""
    nodes = MigrationLoader(None).disk_migrations.values()
    ours = [migration for migration in nodes if type(migration).__module__.startswith("apps.")]
    return {
        f"{migration.app_label}.{migration.name}": hashlib.sha256(
            inspect.getsource(import_module(type(migration).__module__)).encode()
        ).hexdigest()[:16]
        for migration in ours
    }


def applied() -> dict[str, Names]:
    """The migrations each schema has, for every schema that records any: one query for a hundred schemas."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
            "WHERE relname = 'django_migrations' AND relkind = 'r'"
        )
        schemas = [name for (name,) in cursor.fetchall()]
        found: dict[str, Names] = {}
        for start in range(0, len(schemas), SCHEMAS_PER_QUERY):
            cursor.execute(SQL(" UNION ALL ").join(map(_applied_in, schemas[start : start + SCHEMAS_PER_QUERY])))
            found |= {schema: frozenset(names or ()) for schema, names in cursor.fetchall()}
    return found


def _applied_in(schema: str) -> SQL:
    query = "SELECT {}, array_agg(app || '.' || name) FROM {}.django_migrations"
    return SQL(query).format(Literal(schema), Identifier(schema))


@contextmanager
def in_schema(schema: str):
    """Let the owner's connection work in one schema for a block."""
    before = connection.tenant
    connection.set_schema(schema, include_public=False)
    try:
        yield
    finally:
        connection.set_tenant(before, include_public=False)


def migrate_by_django(schema: str, lock_timeout: str = "0") -> None:
    """Apply what is missing in one schema with Django's own executor, each migration in its own transaction."""
    with in_schema(schema), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [lock_timeout])
        try:
            MigrationRecorder(connection).ensure_schema()
            executor = MigrationExecutor(connection)
            executor.migrate(executor.loader.graph.leaf_nodes())
        finally:
            cursor.execute("SELECT set_config('lock_timeout', '0', false)")


def plan_for(schema: str) -> list[Migration]:
    """The migrations Django would apply to a schema, in order."""
    with in_schema(schema):
        executor = MigrationExecutor(connection)
        return [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def is_replayable(migrations: Iterable[Migration]) -> bool:
    """Whether what these do depends on nothing but the tables: then one schema's SQL is every schema's SQL."""
    return all(migration.atomic and all(map(_is_structural, migration.operations)) for migration in migrations)


def _is_structural(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(map(_is_structural, operation.database_operations))
    builtin = type(operation).__module__.startswith("django.")
    return builtin and not isinstance(operation, RunPython | RunSQL)


@contextmanager
def capturing(statements: list[str]):
    """Collect, as plain SQL, what changes the schema while the block runs."""

    def note(execute: Callable, sql: object, params: object, many: bool, context: dict) -> object:
        text = context["cursor"].cursor.mogrify(sql, params) if params else str(sql)
        if not text.lstrip().upper().startswith(_NOT_REPLAYED):
            statements.append(text.rstrip().rstrip(";"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


def replay(schema: str, sql: str, lock_timeout: str) -> None:
    """Run captured SQL in one schema, all or nothing."""
    with in_schema(schema), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [lock_timeout])
        cursor.execute(sql)
