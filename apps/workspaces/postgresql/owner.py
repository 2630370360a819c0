"""The owner's login: migrations, new schemas and roles. Everything else runs under the login that owns nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from apps.workspaces.postgresql.base import DatabaseWrapper

# New schemas wait for a migration run to end and the other way round: no schema is made from half a template.
MIGRATION_LOCK = 0x4C6F6465_73746172


@contextmanager
def as_owner() -> Iterator[DatabaseWrapper]:
    """Let this thread's database connection be one of the owner's, in the public schema, for a block.

    It is a session of its own: it neither sees nor belongs to a transaction the caller has open. Entered twice, the
    inner block shares the outer one's session.
    """
    before = connections[DEFAULT_DB_ALIAS]
    if not before.settings_dict.get("ROLE_WALL", True):
        yield before
        return
    owner = DatabaseWrapper(owner_settings(before.settings_dict), DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        yield owner
    finally:
        connections[DEFAULT_DB_ALIAS] = before
        owner.close()


def owner_settings(settings_dict: dict) -> dict:
    """The settings of a connection under the owner's login, made from those of another."""
    own = deepcopy({name: value for name, value in settings_dict.items() if name != "OPTIONS"})
    return {**own, **deepcopy(settings.OWNER_DATABASE_URL), "ROLE_WALL": False, "CONN_MAX_AGE": 0}


@contextmanager
def migration_lock(connection: DatabaseWrapper) -> Iterator[None]:
    """Hold the lock of a migration run, in a session of the owner's; waits for another run to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
