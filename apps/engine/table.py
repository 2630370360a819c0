"""The rows of a data set as a whole, a page at a time."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from apps.engine.checks import types_in
from apps.engine.duck import connect, name, parquet
from apps.engine.failure import EngineFailure
from apps.engine.requests import FileEntry, RowPage, TableRows, UploadedRow
from apps.engine.values import cell_text
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

MOST_ROWS = 500
OWN = ("_upload", "_row")
DAY = "d"


def work(request: TableRows, desk: Desk) -> RowPage:
    """One page. How many rows each file has is known, so only those that the page reaches into are read."""
    if not 0 < request.limit <= MOST_ROWS or request.offset < 0:
        raise EngineFailure(N_("A page has 1 to %(most)s rows."), {"most": MOST_ROWS})
    files = sorted(request.files, key=lambda entry: entry.month)
    if not files:
        return RowPage((), (), 0, request.offset)
    paths = [entry.path for entry in files]
    connection = connect(desk, paths)
    columns = [column for column in types_in(connection, paths) if column != DAY]
    rows: list[UploadedRow] = []
    for entry, skipped, wanted in slices(files, request.offset, request.limit):
        there = types_in(connection, [entry.path])
        chosen = ", ".join(name(each) if each in there else f"NULL AS {name(each)}" for each in columns)
        page = connection.execute(
            f"SELECT {', '.join(OWN)}, {chosen} FROM {parquet([entry.path])} "
            f"ORDER BY {', '.join(OWN)} LIMIT {wanted} OFFSET {skipped}"
        )
        rows += (UploadedRow(upload, row, tuple(map(cell_text, cells))) for upload, row, *cells in page.fetchall())
    return RowPage(tuple(columns), tuple(rows), sum(entry.rows for entry in files), request.offset)


def slices(files: Sequence[FileEntry], offset: int, limit: int) -> Iterator[tuple[FileEntry, int, int]]:
    """Which rows of which files are rows `offset` to `offset + limit` of all: the file, how many to skip, to take."""
    for entry in files:
        taken = min(limit, entry.rows - offset)
        if taken > 0:
            yield entry, offset, taken
            limit -= taken
        offset = max(0, offset - entry.rows)
        if not limit:
            return
