"""The rows in which two versions of a data set differ, as Parquet; files that both have are not read."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.engine.changes import columns_in, count, net
from apps.engine.checks import type_of
from apps.engine.duck import Connection, connect, literal, name, one, parquet
from apps.engine.entries import entries_of
from apps.engine.finishing import finished
from apps.engine.requests import Compare, Compared
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

BEFORE, AFTER = "before_", "after_"
"""What stands in front of a column's name, as it was and as it is."""

_SIDES = ((BEFORE, "-_n"), (AFTER, "_n"))


def work(request: Compare, desk: Desk) -> Compared:
    """Write the differences to `request.out_path`, whole or not at all."""
    only = [
        [path for path in paths if path not in other]
        for paths, other in ((request.before, request.after), (request.after, request.before))
    ]
    connection = connect(desk, {*request.before, *request.after})
    desk.progress(0, 2, N_("Looking for rows that differ"))
    counts = [sum(entry.rows for entry in entries_of(connection, paths)) for paths in only]
    before, after = (_query(paths, request.before or request.after) for paths in only)
    columns = net(connection, before, after, sum(counts))
    key = request.key if _both_have(connection, before, after, request.key) else ()
    changes = count(connection, key, *counts)
    desk.progress(1, 2, N_("Writing them"))
    draft = os.path.join(desk.work_dir, "differences.parquet")
    connection.execute(f"COPY ({_paired(columns, key)}) TO {literal(draft)} (FORMAT parquet, COMPRESSION zstd)")
    first, last = one(connection, "SELECT min(d), max(d) FROM net")
    with finished(request.out_path, desk) as path:
        shutil.move(draft, path)
    return Compared(request.out_path, changes.added, changes.changed, changes.removed, first, last)


def _query(paths: Sequence[str], like: Sequence[str]) -> str:
    """The rows of these files; of none of them, no row with the columns that others have."""
    return f"SELECT * FROM {parquet(paths)}" if paths else f"SELECT * FROM {parquet(like)} LIMIT 0"


def _both_have(connection: Connection, before: str, after: str, key: Sequence[str]) -> bool:
    was, now = columns_in(connection, before), columns_in(connection, after)
    return all(column in was and column in now and type_of(was[column]) == type_of(now[column]) for column in key)


def _paired(columns: Sequence[str], key: Sequence[str]) -> str:
    """A row for each difference, by day: how it was and how it is, joined by key; of rows that share one, in order."""
    listed = ", ".join(map(name, columns))
    parted = ", ".join(map(name, key or columns))
    numbered = f"row_number() OVER (PARTITION BY {parted} ORDER BY {listed})"
    was, now = (
        f"SELECT *, {numbered} AS _at FROM (SELECT {listed}, d, unnest(range({copies})) AS _copy FROM net"
        f" WHERE {copies} > 0)"
        for _, copies in _SIDES
    )
    if not key:
        return (
            f"SELECT 'removed' AS _kind, {_cells(columns, gone=True)}, d FROM ({was}) UNION ALL"
            f" SELECT 'added', {_cells(columns, gone=False)}, d FROM ({now}) ORDER BY d, 1"
        )
    met = " AND ".join(f"b.{name(column)} = a.{name(column)}" for column in (*key, "_at"))
    cells = [
        f"{side}.{name(c)} AS {name(prefix + c)}" for prefix, side in ((BEFORE, "b"), (AFTER, "a")) for c in columns
    ]
    kind = "CASE WHEN b._at IS NULL THEN 'added' WHEN a._at IS NULL THEN 'removed' ELSE 'changed' END"
    order = ["coalesce(a.d, b.d)", *(f"coalesce(a.{name(c)}, b.{name(c)})" for c in key), "a._at", "b._at"]
    return (
        f"SELECT {kind} AS _kind, {', '.join(cells)}, coalesce(a.d, b.d) AS d FROM ({was}) b FULL OUTER JOIN ({now}) a"
        f" ON {met} ORDER BY {', '.join(order)}"
    )


def _cells(columns: Sequence[str], *, gone: bool) -> str:
    was = [f"{name(column) if gone else 'NULL'} AS {name(BEFORE + column)}" for column in columns]
    now = [f"{'NULL' if gone else name(column)} AS {name(AFTER + column)}" for column in columns]
    return ", ".join(was + now)
