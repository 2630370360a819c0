"""PostgreSQL, through psycopg: read-only, one statement, from one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.types.string import TextLoader

from apps.kernel.issue import N_
from apps.sources.domain.choice import Choice, Rises
from apps.sources.domain.connection import Database, Tls
from apps.sources.fetch.asking import Ask
from apps.sources.fetch.guard import must_be_trusted, resolve
from apps.sources.fetch.table import (
    TIMES,
    Field,
    Writer,
    checked,
    decimals,
    mark_of,
    rising_field,
    shown,
    value_of,
)  # fmt: skip
from apps.sources.fetch.trouble import Trouble

CONNECT_SECONDS = 15
MOST_TABLES = 2000
_AT_ONCE = 2000
_MODES = {Tls.VERIFY.value: "verify-full", Tls.ENCRYPT.value: "require", Tls.OFF.value: "disable"}
_SIMPLE: Mapping[str, tuple[pa.DataType, Rises | None]] = {
    "bool": (pa.bool_(), None),
    "int2": (pa.int64(), Rises.INTEGER), "int4": (pa.int64(), Rises.INTEGER), "int8": (pa.int64(), Rises.INTEGER),
    "oid": (pa.int64(), Rises.INTEGER),
    "float4": (pa.float64(), None), "float8": (pa.float64(), None),
    "date": (pa.date32(), Rises.DATE),
    "timestamp": (pa.timestamp("us"), Rises.MOMENT), "timestamptz": (pa.timestamp("us", tz="UTC"), Rises.INSTANT),
}  # fmt: skip
_TABLES = """
SELECT n.nspname, c.relname, c.relkind::text, greatest(c.reltuples, 0)::bigint
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
 ORDER BY n.nspname, c.relname LIMIT %s
"""

PASSWORD = N_("The server does not let %(user)s in. Check the name and the password.")
NOT_LET_IN = N_("The server does not let this service in: %(said)s")
NO_DATABASE = N_("The server has no database %(database)s.")
SILENT = N_("%(host)s does not answer at port %(port)s. Check both, and that the server lets this service in.")
TLS = N_("No encrypted connection could be made that shows who the server is: %(said)s")
MAY_NOT = N_("%(user)s may not read this: %(said)s")
GONE = N_("What is read is not there any more: %(said)s")
SLOW = N_("The database took longer than %(seconds)s seconds. Choose fewer rows, or index the column that rises.")
BAD_SELECT = N_("The database does not understand the SELECT: %(said)s")
READ_ONLY = N_("Only reading is allowed, and this would write: %(said)s")
BUSY = N_("The database could not do it now: %(said)s")
LOST = N_("The connection broke off while reading.")
OTHER = N_("The database says: %(said)s")
OUT_OF_RANGE = N_("A date lies before the year 1, after 9999, or at infinity. Leave such rows out with a SELECT.")


@contextmanager
def connected(where: Database, ask: Ask) -> Iterator[psycopg.Connection[Any]]:
    """A connection in a transaction that can only read. Raises Trouble for everything that goes wrong inside."""
    addresses = resolve(where.host, where.port, ask.allowed)
    if where.tls == Tls.OFF.value:
        must_be_trusted(addresses, ask.allowed)
    try:
        with psycopg.connect(**_parts(where, ask, str(addresses[0]))) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield connection
            connection.rollback()
    except psycopg.Error as error:
        raise _trouble(error, where, ask) from None


def _parts(where: Database, ask: Ask, address: str) -> dict[str, Any]:
    """Nothing comes from the environment or from files of this machine: all of it is said here."""
    options = (
        "-c default_transaction_read_only=on -c idle_in_transaction_session_timeout=0 "
        f"-c statement_timeout={ask.statement_seconds * 1000} -c lock_timeout=15000"
    )
    parts = {
        "host": where.host.strip("[]"),
        "hostaddr": address,
        "port": where.port,
        "dbname": where.database,
        "user": where.user,
        "password": ask.secret,
        "sslmode": _MODES[where.tls],
        "sslcertmode": "disable",
        "gssencmode": "disable",
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 30,
        "tcp_user_timeout": 60_000,
        "client_encoding": "utf8",
        "application_name": "lodestar",
        "options": options,
        "autocommit": False,
    }
    if where.tls == Tls.VERIFY.value:
        parts["sslrootcert"] = ask.ca_file or "system"
    return parts


def look(where: Database, ask: Ask) -> dict[str, object]:
    """Who answers, and which tables this login may read."""
    with connected(where, ask) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        version = connection.info.server_version
        cursor.execute(_TABLES, [MOST_TABLES + 1])
        found = cursor.fetchall()
    kinds = {"v": "view", "m": "view"}
    tables = [
        {"schema": schema, "name": name, "kind": kinds.get(kind, "table"), "rows": rows}
        for schema, name, kind, rows in found[:MOST_TABLES]
    ]
    server = f"PostgreSQL {version // 10000}.{version % 10000}"
    return {"server": server, "tables": tables, "more": len(found) > MOST_TABLES}


def preview(where: Database, choice: Choice, ask: Ask) -> dict[str, object]:
    """The columns of what is chosen, and its first rows."""
    with connected(where, ask) as connection, _reading(connection, _query(choice)) as (cursor, fields):
        rows = [shown(row) for row in cursor.fetchmany(ask.preview_rows)]
    return {"columns": [field.to_json() for field in fields], "rows": rows}


def pull(where: Database, choice: Choice, ask: Ask, path: Path) -> dict[str, object]:
    """Read what is chosen (behind the mark, if one is known) into a Parquet file."""
    with connected(where, ask) as connection:
        rising = _rising(connection, choice)
        query = _behind(_query(choice), choice, rising, ask)
        with _reading(connection, query) as (cursor, fields):
            at = rising_field(fields, choice.rising)[0] if rising else None
            writer = Writer(path, fields, most_rows=ask.most_rows, most_bytes=ask.most_bytes, rising=at)
            writer.write(_rows(cursor), ask.tell)
    mark = mark_of(writer.mark, rising) if rising and writer.mark is not None else ask.mark
    return {"rows": writer.rows, "mark": mark, "more": writer.more}


def _query(choice: Choice) -> sql.Composable:
    if choice.table:
        name = sql.Identifier(choice.schema, choice.table) if choice.schema else sql.Identifier(choice.table)
        return sql.SQL("SELECT * FROM ") + name
    return sql.SQL("SELECT * FROM (") + sql.SQL(choice.select) + sql.SQL("\n) AS chosen")  # type: ignore[arg-type]


def _rising(connection: psycopg.Connection[Any], choice: Choice) -> Rises | None:
    if not choice.rising:
        return None
    return rising_field(_described(connection, _query(choice)), choice.rising)[1].rises


def _behind(query: sql.Composable, choice: Choice, rises: Rises | None, ask: Ask) -> sql.Composable:
    """Only rows behind the mark, in the order of the column that rises; those that have no value in it never come."""
    if rises is None:
        return query
    column = sql.SQL("all_rows.") + sql.Identifier(choice.rising)
    conditions = [column + sql.SQL(" IS NOT NULL")]
    if ask.mark:
        value: Any = value_of(ask.mark)
        again = ask.keyed and (choice.overlap > 0 or rises is Rises.DATE)
        if again:
            value -= timedelta(days=choice.overlap) if rises in TIMES else choice.overlap
        conditions.append(column + sql.SQL(" >= " if again else " > ") + sql.Literal(value))
    if rises is Rises.DATE and not ask.keyed:  # of a day that is not over, more rows may come
        conditions.append(column + sql.SQL(" < ") + sql.Literal(date.fromisoformat(ask.today)))
    return (
        sql.SQL("SELECT * FROM (") + query + sql.SQL("\n) AS all_rows WHERE ")
        + sql.SQL(" AND ").join(conditions) + sql.SQL(" ORDER BY ") + column
    )  # fmt: skip


@contextmanager
def _reading(connection: psycopg.Connection[Any], query: sql.Composable) -> Iterator[tuple[Any, list[Field]]]:
    """A cursor of the server over one query, and its columns."""
    fields = _described(connection, query)
    with connection.cursor(name="lodestar_rows") as cursor:
        cursor.execute(query)  # type: ignore[arg-type]
        yield cursor, fields


def _described(connection: psycopg.Connection[Any], query: sql.Composable) -> list[Field]:
    """The columns of a query; what is kept as text will come as the server writes it, exact.

    DECLARE takes one SELECT and nothing else.
    """
    with connection.cursor() as session:
        session.execute("SET TIME ZONE 'UTC'")
        session.execute("SET datestyle = 'ISO'")
    with connection.cursor(name="lodestar_columns") as cursor:
        cursor.execute(query)  # type: ignore[arg-type]
        columns = cursor.description or []
        fields = checked([_field(connection, column) for column in columns])
    for column, field in zip(columns, fields, strict=True):
        if field.type == pa.string():
            connection.adapters.register_loader(column.type_code, TextLoader)
    return fields


def _field(connection: psycopg.Connection[Any], column: Any) -> Field:
    info = connection.adapters.types.get(column.type_code)
    said = info.name if info else str(column.type_code)
    if info is not None and info.array_oid == column.type_code:
        return Field(column.name, f"{said}[]", pa.string())
    if said == "numeric":
        told = "numeric" if column.precision is None else f"numeric({column.precision},{column.scale})"
        return decimals(told, column.name, column.precision, column.scale)
    kind, rises = _SIMPLE.get(said, (pa.string(), None))
    return Field(column.name, said if info else "text", kind, rises)


def _rows(cursor: Any) -> Iterator[Any]:
    while batch := cursor.fetchmany(_AT_ONCE):
        yield from batch


def _trouble(error: psycopg.Error, where: Database, ask: Ask) -> Trouble:
    """What happened, in a sentence; of what the server says its first line, and never the password."""
    said = ask.without_secret(error.diag.message_primary or str(error))
    state = error.sqlstate or ""
    about = {"user": where.user, "said": said, "database": where.database, "host": where.host, "port": where.port}
    if isinstance(error, psycopg.DataError) and not state:
        return Trouble(OUT_OF_RANGE)
    for codes, message, retry in _STATES:
        if state and state.startswith(codes):
            return Trouble(message, about | {"seconds": ask.statement_seconds}, retry=retry)
    if state:
        return Trouble(OTHER, about)
    text = str(error).lower()
    if any(sign in text for sign in ("password authentication failed", "no password supplied", 'role "')):
        return Trouble(PASSWORD, about)
    if "does not exist" in text and "database" in text:
        return Trouble(NO_DATABASE, about)
    if "no pg_hba.conf entry" in text or "pg_hba" in text:
        return Trouble(NOT_LET_IN, about)
    if any(sign in text for sign in ("ssl", "certificate", "tls")):
        return Trouble(TLS, about)
    if "connection" in text and ("closed" in text or "lost" in text):
        return Trouble(LOST, about, retry=True)
    return Trouble(SILENT, about, retry=True)


_STATES: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("28",), PASSWORD, False),
    (("3D",), NO_DATABASE, False),
    (("42501",), MAY_NOT, False),
    (("42P01", "3F"), GONE, False),
    (("57014", "55P03"), SLOW, True),
    (("25006",), READ_ONLY, False),
    (("42", "0A", "22", "21"), BAD_SELECT, False),
    (("08", "57P"), LOST, True),
    (("53", "55", "40", "57", "58", "XX"), BUSY, True),
)
