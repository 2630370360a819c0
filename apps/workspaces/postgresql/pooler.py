"""Refuse a transaction pooler: behind one, a statement may run under another workspace's search path and role."""

import logging

import psycopg
from django.conf import settings

log = logging.getLogger(__name__)


class TransactionPooler(Exception):
    """The database is reached through a pooler that changes the server session between statements."""


def refuse_transaction_pooler() -> None:
    """Raise `TransactionPooler` if two connections that are both open can be given the same server process.

    A direct connection, or a pooler in session mode, keeps one process for each. Raises psycopg.OperationalError if
    the server cannot be reached.
    """
    with _connect() as one, _connect() as other:
        seen = [(_process(one), _process(other)) for _ in range(2)]
    steady = seen[0] == seen[1]
    if not steady or seen[0][0] == seen[0][1]:
        raise TransactionPooler(
            "DATABASE_URL leads to a connection pooler in transaction mode. There, statements of one workspace can run "
            "in the session of another. Connect directly, or set the pooler to session mode."
        )


def refuse_at_start() -> None:
    """End the process (exit code 1) behind a transaction pooler. A server that does not answer yet is not refused."""
    try:
        refuse_transaction_pooler()
    except TransactionPooler as problem:
        raise SystemExit(str(problem)) from None
    except psycopg.OperationalError as error:
        log.warning("Whether there is a transaction pooler could not be told: %s", error)


def _connect() -> psycopg.Connection:
    app = settings.APP_DATABASE_URL
    return psycopg.connect(
        host=app["HOST"], port=app["PORT"], user=app["USER"], password=app["PASSWORD"], dbname=app["NAME"],
        autocommit=True, prepare_threshold=None, **{"connect_timeout": 10, **app["OPTIONS"]},
    )  # fmt: skip


def _process(connection: psycopg.Connection) -> int:
    return connection.execute("SELECT pg_backend_pid()").fetchone()[0]
