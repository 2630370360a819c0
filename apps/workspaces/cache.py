"""Cache keys carry their workspace."""

from django.db import connection


def workspace_key(key: str, prefix: str, version: int) -> str:
    """The stored key of `key`: the schema it belongs to stands first, so that no two workspaces can meet."""
    return f"{connection.schema_name}:{prefix}:{version}:{key}"
