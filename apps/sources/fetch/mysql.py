"""MySQL and MariaDB, through PyMySQL: read-only, one statement, from one moment."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pymysql
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.converters import conversions, escape_string

from apps.kernel.issue import N_
from apps.sources.domain.choice import Choice, Rises
from apps.sources.domain.connection import Database, Tls
from apps.sources.fetch import postgresql as alike
from apps.sources.fetch.asking import Ask
from apps.sources.fetch.guard import must_be_trusted, resolve
from apps.sources.fetch.table import TIMES, Field, Writer, checked, decimals, mark_of, rising_field, shown, value_of
from apps.sources.fetch.trouble import Trouble

CONNECT_SECONDS = 15
MOST_TABLES = 2000
_AT_ONCE = 2000
_BINARY = 63
"""The "character set" of bytes."""
_WHOLE = frozenset({FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG})
_NAMES: Mapping[int, str] = {
    value: name.lower()
    for name, value in reversed(vars(FIELD_TYPE).items())
    if isinstance(value, int) and name.isupper()
}
_TABLES = """
SELECT table_schema, table_name, table_type, COALESCE(table_rows, 0) FROM information_schema.tables
 WHERE table_schema = DATABASE() ORDER BY table_name LIMIT %s
"""

NO_DAY = N_("%(name)s holds a day or time that is none (such as 0000-00-00). Leave such rows out, or use NULLIF.")


@contextmanager
def connected(where: Database, ask: Ask) -> Iterator[pymysql.Connection[Any]]:
    """A connection in a transaction that can only read. Raises Trouble for everything that goes wrong inside."""
    addresses = resolve(where.host, where.port, ask.allowed)
    if where.tls == Tls.OFF.value:
        must_be_trusted(addresses, ask.allowed)
    try:
        connection = _open(where, ask, str(addresses[0]))
        try:
            with connection.cursor() as cursor:
                _limit(cursor, ask)
                cursor.execute("SET SESSION time_zone = '+00:00'")
                cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            yield connection
        finally:
            connection.close()
    except (pymysql.Error, OSError, UnicodeError) as error:
        raise _trouble(error, where, ask) from None


def _open(where: Database, ask: Ask, address: str) -> pymysql.Connection[Any]:
    """Connect to exactly this address; the certificate is that of the name."""
    connection = pymysql.connect(
        host=where.host.strip("[]"), port=where.port, user=where.user, password=ask.secret, database=where.database,
        charset="utf8mb4", conv=_CONVERSIONS, cursorclass=pymysql.cursors.SSCursor, ssl=_tls(where, ask),
        connect_timeout=CONNECT_SECONDS, read_timeout=ask.statement_seconds + 30, local_infile=False,
        defer_connect=True,
    )  # fmt: skip
    opened = socket.create_connection((address, where.port), CONNECT_SECONDS)
    try:
        connection.connect(opened)
    except BaseException:
        opened.close()
        raise
    return connection


def _tls(where: Database, ask: Ask) -> ssl.SSLContext | None:
    if where.tls == Tls.OFF.value:
        return None
    context = ssl.create_default_context(cafile=ask.ca_file or None)
    if where.tls == Tls.ENCRYPT.value:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _limit(cursor: Any, ask: Ask) -> None:
    """MySQL and MariaDB call the limit of a statement differently, in milliseconds and seconds."""
    for statement in (
        f"SET SESSION max_execution_time = {ask.statement_seconds * 1000}",
        f"SET SESSION max_statement_time = {ask.statement_seconds}",
    ):
        try:
            cursor.execute(statement)
        except pymysql.Error:
            continue


def look(where: Database, ask: Ask) -> dict[str, object]:
    """Who answers, and which tables this login may read."""
    with connected(where, ask) as connection, connection.cursor() as cursor:
        version = connection.get_server_info()
        cursor.execute(_TABLES, [MOST_TABLES + 1])
        found = cursor.fetchall()
    tables = [
        {"schema": schema, "name": name, "kind": "view" if "VIEW" in kind else "table", "rows": int(rows)}
        for schema, name, kind, rows in found[:MOST_TABLES]
    ]
    kind = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    return {
        "server": f"{kind} {version.removeprefix('5.5.5-').split('-')[0]}",
        "tables": tables,
        "more": len(found) > MOST_TABLES,
    }


def preview(where: Database, choice: Choice, ask: Ask) -> dict[str, object]:
    """The columns of what is chosen, and its first rows."""
    with connected(where, ask) as connection:
        query = f"SELECT * FROM ({_query(choice)}\n) AS chosen LIMIT {ask.preview_rows}"  # noqa: S608
        with _reading(connection, query) as (cursor, fields):
            rows = [shown(row) for row in cursor.fetchall()]
    return {"columns": [field.to_json() for field in fields], "rows": rows}


def pull(where: Database, choice: Choice, ask: Ask, path: Path) -> dict[str, object]:
    """Read what is chosen (behind the mark, if one is known) into a Parquet file."""
    with connected(where, ask) as connection:
        rising = _rising(connection, choice)
        with _reading(connection, _behind(_query(choice), choice, rising, ask)) as (cursor, fields):
            at = rising_field(fields, choice.rising)[0] if rising else None
            writer = Writer(path, fields, most_rows=ask.most_rows, most_bytes=ask.most_bytes, rising=at)
            writer.write(_rows(cursor, fields), ask.tell)
    mark = mark_of(writer.mark, rising) if rising and writer.mark is not None else ask.mark
    return {"rows": writer.rows, "mark": mark, "more": writer.more}


def _name(*parts: str) -> str:
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts if part)


def _query(choice: Choice) -> str:
    """What is chosen, as something that can only be read: a derived table takes one SELECT and nothing else."""
    if choice.table:
        return f"SELECT * FROM {_name(choice.schema, choice.table)}"  # noqa: S608 - quoted above
    return f"SELECT * FROM ({choice.select}\n) AS chosen_rows"  # noqa: S608 - theirs to write, in a transaction that reads


def _rising(connection: Any, choice: Choice) -> Rises | None:
    if not choice.rising:
        return None
    with _reading(connection, f"SELECT * FROM ({_query(choice)}\n) AS chosen LIMIT 0") as (_cursor, fields):  # noqa: S608
        return rising_field(fields, choice.rising)[1].rises


def _behind(query: str, choice: Choice, rises: Rises | None, ask: Ask) -> str:
    """Only rows behind the mark, in the order of the column that rises; those that have no value in it never come."""
    if rises is None:
        return query
    column = _name("all_rows", choice.rising)
    conditions = [f"{column} IS NOT NULL"]
    if ask.mark:
        value: Any = value_of(ask.mark)
        again = ask.keyed and (choice.overlap > 0 or rises is Rises.DATE)
        if again:
            value -= timedelta(days=choice.overlap) if rises in TIMES else choice.overlap
        conditions.append(f"{column} {'>=' if again else '>'} {_literal(value, rises)}")
    if rises is Rises.DATE and not ask.keyed:
        conditions.append(f"{column} < {_literal(date.fromisoformat(ask.today), rises)}")
    return f"SELECT * FROM ({query}\n) AS all_rows WHERE {' AND '.join(conditions)} ORDER BY {column}"  # noqa: S608


def _literal(value: Any, rises: Rises) -> str:
    if rises in (Rises.INTEGER, Rises.DECIMAL):
        return str(value)
    text = value.isoformat() if rises is Rises.DATE else value.replace(tzinfo=None).isoformat(" ")
    return f"'{escape_string(text)}'"


@contextmanager
def _reading(connection: Any, query: str) -> Iterator[tuple[Any, list[Field]]]:
    """Rows of one query as they come, and its columns."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        fields = checked([_field(each) for each in cursor._result.fields])
        yield cursor, fields


def _field(said: Any) -> Field:
    """A column by what the server says of it."""
    kind, unsigned = said.type_code, bool(said.flags & FLAG.UNSIGNED)
    called = _NAMES.get(kind, str(kind)) + (" unsigned" if unsigned else "")
    if kind in _WHOLE or kind == FIELD_TYPE.YEAR:
        wide = kind == FIELD_TYPE.LONGLONG and unsigned
        return Field(said.name, called, pa.decimal128(20, 0) if wide else pa.int64(), Rises.INTEGER)
    if kind in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        precision = said.length - (said.scale > 0) - (not unsigned)
        return decimals(f"decimal({precision},{said.scale})", said.name, precision, said.scale)
    if kind in (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE):
        return Field(said.name, called, pa.float64())
    if kind in (FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE):
        return Field(said.name, "date", pa.date32(), Rises.DATE)
    if kind == FIELD_TYPE.DATETIME:
        return Field(said.name, "datetime", pa.timestamp("us"), Rises.MOMENT)
    if kind == FIELD_TYPE.TIMESTAMP:
        return Field(said.name, "timestamp", pa.timestamp("us", tz="UTC"), Rises.INSTANT)
    return Field(said.name, called, pa.string())


_CONVERSIONS = {key: value for key, value in conversions.items() if key not in (FIELD_TYPE.TIME, FIELD_TYPE.BIT)}
"""A time of day and bits stay as the server writes them."""


def _rows(cursor: Any, fields: list[Field]) -> Iterator[Any]:
    """Rows, none with a day that is none: PyMySQL leaves those as text."""
    dated = [at for at, field in enumerate(fields) if pa.types.is_temporal(field.type)]
    while batch := cursor.fetchmany(_AT_ONCE):
        for row in batch:
            for at in dated:
                if isinstance(row[at], str):
                    raise Trouble(NO_DAY, {"name": fields[at].name})
            yield row


def _trouble(error: Exception, where: Database, ask: Ask) -> Trouble:
    """What happened, in a sentence; of what the server says one line, and never the password."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    said = ask.without_secret(str(error.args[1]) if len(error.args) > 1 else str(error))
    about = {"user": where.user, "said": said, "database": where.database, "host": where.host, "port": where.port}
    about["seconds"] = ask.statement_seconds
    for codes, message, retry in _CODES:
        if code in codes:
            return Trouble(message, about, retry=retry)
    if isinstance(error, ssl.SSLError) or "ssl" in said.lower() or "certificate" in said.lower():
        return Trouble(alike.TLS, about)
    if code in (0, 2003) or isinstance(error, OSError):
        return Trouble(alike.SILENT, about, retry=True)
    return Trouble(alike.OTHER, about)


_CODES: tuple[tuple[frozenset[int], str, bool], ...] = (
    (frozenset({1045, 1698, 1862}), alike.PASSWORD, False),
    (frozenset({1130, 1129}), alike.NOT_LET_IN, False),
    (frozenset({1049, 1044}), alike.NO_DATABASE, False),
    (frozenset({1142, 1143, 1227, 1370}), alike.MAY_NOT, False),
    (frozenset({1146, 1051, 1356}), alike.GONE, False),
    (frozenset({3024, 1969, 1205, 1317}), alike.SLOW, True),
    (frozenset({1792, 1290}), alike.READ_ONLY, False),
    (frozenset({1064, 1054, 1052, 1060, 1248, 1305, 1630}), alike.BAD_SELECT, False),
    (frozenset({2006, 2013, 2014, 1053, 1077}), alike.LOST, True),
    (frozenset({1040, 1203, 1206, 1213, 1037, 1041, 1114}), alike.BUSY, True),
)
