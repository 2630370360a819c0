"""The reject list that a load left, a page at a time."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.engine.duck import connect, literal, one
from apps.engine.failure import EngineFailure
from apps.engine.requests import Reject, RejectCode, RejectPage, Rejects
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

MOST_ROWS = 1000
COLUMNS = '"row", "column", code, "text"'
ORDER = '"row", "column", code'


def work(request: Rejects, desk: Desk) -> RejectPage:
    """A page of the list at `request.path`."""
    if not 0 < request.limit <= MOST_ROWS or request.offset < 0:
        raise EngineFailure(N_("A page has 1 to %(most)s rows."), {"most": MOST_ROWS})
    connection = connect(desk, [request.path])
    source = f"read_parquet({literal(request.path)}, hive_partitioning = false)"
    total, rows = one(connection, f'SELECT count(*), count(DISTINCT "row") FROM {source}')
    page = connection.execute(
        f"SELECT {COLUMNS} FROM {source} ORDER BY {ORDER} LIMIT {request.limit} OFFSET {request.offset}"
    ).fetchall()
    rejects = tuple(Reject(row, column, RejectCode(code), text) for row, column, code, text in page)
    return RejectPage(rejects, total, rows, request.offset)
