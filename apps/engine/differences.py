"""What a comparison of two versions found, a page at a time."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.engine.compare import AFTER, BEFORE
from apps.engine.duck import Connection, connect, literal, name, one
from apps.engine.failure import EngineFailure
from apps.engine.requests import Difference, DifferencePage, Differences
from apps.engine.values import cell_text
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

MOST_ROWS = 500
KINDS = ("added", "changed", "removed")


def work(request: Differences, desk: Desk) -> DifferencePage:
    """One page, in the order in which they were written."""
    if not 0 < request.limit <= MOST_ROWS or request.offset < 0 or request.kind not in ("", *KINDS):
        raise EngineFailure(N_("A page has 1 to %(most)s rows."), {"most": MOST_ROWS})
    connection = connect(desk, [request.path], keep_order=True)
    source = source_of(request.path)
    columns = compared_columns(connection, source)
    where = f" WHERE _kind = {literal(request.kind)}" if request.kind else ""
    (total,) = one(connection, f"SELECT count(*) FROM {source}{where}")
    found = connection.execute(
        f"SELECT {selected(columns)} FROM {source}{where} LIMIT {request.limit} OFFSET {request.offset}"
    ).fetchall()
    rows = []
    for kind, *cells in found:
        texts = tuple(map(cell_text, cells))
        before, after = texts[: len(columns)], texts[len(columns) :]
        rows.append(Difference(kind, () if kind == "added" else before, () if kind == "removed" else after))
    return DifferencePage(tuple(columns), tuple(rows), total, request.offset)


def source_of(path: str) -> str:
    """The file as a table expression."""
    return f"read_parquet({literal(path)}, hive_partitioning = false)"


def compared_columns(connection: Connection, source: str) -> list[str]:
    """The columns that were compared."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return [column.removeprefix(BEFORE) for column, *_ in described if column.startswith(BEFORE)]


def selected(columns: list[str]) -> str:
    """What happened to a row, its cells before, its cells after."""
    return ", ".join(["_kind", *(name(BEFORE + column) for column in columns), *(name(AFTER + c) for c in columns)])
