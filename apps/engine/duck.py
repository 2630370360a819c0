"""A DuckDB connection that can touch nothing but what a request is about, and does not forget it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

if TYPE_CHECKING:
    from apps.engine.child import Desk

Connection: TypeAlias = duckdb.DuckDBPyConnection

_ALWAYS = (
    "enable_progress_bar = false",
    "parquet_metadata_cache = true",
    "GLOBAL TimeZone = 'UTC'",
    "enable_external_file_cache = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
)
_WAITING = "8"  # threads that wait for files, beside those that compute: DuckDB's own figure


def connect(
    desk: Desk, readable: Iterable[str] = (), *, directories: Iterable[str] = (), keep_order: bool = False
) -> Connection:
    """A connection that reads the files `readable` and those in `directories`, and reads and writes the desk's own
    directory, nothing else.

    With `keep_order` results keep the order of their input, at the price of memory. Raises FileNotFoundError.
    """
    readable = [os.path.abspath(path) for path in readable]
    for path in readable:
        os.stat(path)  # of a file that is gone DuckDB only says that it is not allowed
    connection, _Laid.connection = _Laid.connection or _opened(), None
    for setting, value in _settings(desk, keep_order=keep_order).items():
        connection.execute(f"SET {setting} = {literal(value)}")
    paths = ", ".join(literal(path) for path in readable)
    connection.execute(f"SET allowed_paths = [{paths}]")
    folders = ", ".join(literal(os.path.abspath(path)) for path in [desk.work_dir, *directories])
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def lay_ready() -> None:
    """Have open what `connect` gives next: an empty DuckDB. It has no threads before that, so that a process may be
    forked meanwhile."""
    if _Laid.connection is None:
        _Laid.connection = _opened()
        _Laid.connection.execute("SELECT n % 7, sum(n), count(DISTINCT n) FROM range(9) AS t(n) GROUP BY 1").fetchall()


class _Laid:
    """The connection that is laid ready, if any."""

    connection: Connection | None = None


def _opened() -> Connection:
    connection: Connection = duckdb.connect(config={"threads": "1", "async_threads": "0"})
    for setting in _ALWAYS:
        connection.execute(f"SET {setting}")
    return connection


def _settings(desk: Desk, *, keep_order: bool) -> dict[str, str]:
    return {
        "threads": str(desk.limits.threads),
        "async_threads": _WAITING,
        "memory_limit": f"{desk.limits.duckdb_memory() // 1024}KiB",
        "temp_directory": os.path.join(desk.work_dir, "spill"),
        "preserve_insertion_order": "true" if keep_order else "false",
    }


def literal(text: str) -> str:
    """`text` as a string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """`identifier` as a quoted name."""
    return '"' + identifier.replace('"', '""') + '"'


def parquet(paths: Sequence[str], *, filename: bool = False) -> str:
    """A table expression over Parquet files, whose columns may differ from file to file."""
    listed = ", ".join(literal(os.path.abspath(path)) for path in paths)
    named = ", filename = true" if filename else ""
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false{named})"


def one(connection: Connection, sql: str) -> tuple[Any, ...]:
    """The only row of a query."""
    row = connection.execute(sql).fetchone()
    if row is None:
        raise LookupError("a query for one row gave none")
    found: tuple[Any, ...] = row
    return found
