"""System checks that ask the database: `manage.py check --database default`."""

import psycopg
from django.core.checks import CheckMessage, Critical, Tags, register

from apps.workspaces.postgresql.pooler import TransactionPooler, refuse_transaction_pooler


@register(Tags.database)
def no_transaction_pooler(databases: list[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Two workspaces must never share a server session."""
    if not databases:
        return []
    try:
        refuse_transaction_pooler()
    except TransactionPooler as problem:
        return [Critical(str(problem), id="workspaces.C001")]
    except psycopg.OperationalError:
        return []  # it will be told when the database is used
    return []
