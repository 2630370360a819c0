"""From slabs of text to typed rows on disk: each slab becomes a table in memory, and that a file for each month.

The next slab is read while the one before is worked on.
"""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import gc
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from apps.engine import contents, typed
from apps.engine.checks import check_request
from apps.engine.duck import Connection, literal, one, parquet
from apps.engine.failure import EngineFailure
from apps.engine.requests import Load, Role
from apps.engine.slabs import Slab, Slabs, open_for_load
from apps.engine.source import LONGEST_RECORD
from apps.engine.typed import BAD, SOUND
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

WRITTEN = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
"""How Parquet is written: a level more costs a fifth of the time and saves a tenth of the room."""

_BUFFER = 8 << 20


@dataclass(frozen=True)
class Part:
    """Sound rows of one slab in one month ("2026-06"; "" where rows have no day), in order of day and row."""

    path: str
    month: str
    rows: int
    first: date | None
    last: date | None


@dataclass
class Stage:
    """The upload as typed rows. View `staged` has the sound ones (`parts`), table `rejects` the bad cells of others
    and the rows that are none."""

    parts: list[Part] = field(default_factory=list)
    rows_in: int = 0


def stage(connection: Connection, request: Load, desk: Desk) -> Stage:
    """Write the upload as typed values to the desk's directory. Raises EngineFailure."""
    source = open_for_load(request, desk)
    check_request(request, source.header)
    connection.execute('CREATE TABLE rejects ("row" BIGINT, "column" VARCHAR, code VARCHAR, "text" VARCHAR)')
    stager = _Stager(connection, request, desk, source.header, source.delimiter)
    slabs = Slabs(source, request, desk)
    is_book = source.kind in contents.WORKBOOKS
    del source
    pending: Future[None] | None = None
    with ThreadPoolExecutor(1) as pool:
        for slab in slabs:
            if pending is not None:
                pending.result()
            pending = pool.submit(stager.take, slab)
        if pending is not None:
            pending.result()
    if is_book:
        gc.collect()  # a workbook is large, and DuckDB wants the room
    stager.finish(slabs.odd_path)
    return Stage(stager.parts, slabs.rows + slabs.odd.total())


class _Stager:
    def __init__(self, connection: Connection, request: Load, desk: Desk, header: list[str], delimiter: str) -> None:
        self._connection, self._request, self._desk = connection, request, desk
        self._header, self._delimiter = header, delimiter
        self._cells = typed.cells_of(request.mapping, request.time_zone)
        self._time = next((column.name for column in request.mapping.columns if column.role == Role.TIME), "")
        self.parts: list[Part] = []

    def take(self, slab: Slab) -> None:
        """Read a slab, list its bad cells, and write its months."""
        select = typed.slab_select(
            self._cells, self._header, self._lines(slab), self._time, self._request.reading.nulls or (), slab.loose
        )
        self._connection.execute(f"CREATE OR REPLACE TABLE slab AS {select}")
        os.unlink(slab.path)
        decimals = [cell for cell in self._cells if cell.wide]
        counts = ["count(*)", f"count(*) FILTER (_state = {BAD})", *map(typed.narrow_select, decimals)]
        found = one(self._connection, f"SELECT {', '.join(counts)} FROM slab")
        if found[0] != slab.rows:
            message = N_("The file has %(rows)s rows, but %(found)s were read; nothing was loaded.")
            raise EngineFailure(message, {"rows": slab.rows, "found": found[0]}, retry=True)
        if found[1]:
            for cell in self._cells:
                self._connection.execute(f"INSERT INTO rejects BY NAME {typed.bad_cells_select(cell, slab.first)}")
        widths = {cell.number: found[2 + 2 * at : 4 + 2 * at] for at, cell in enumerate(decimals)}
        columns = [typed.published(cell, *widths.get(cell.number, (0, True))) for cell in self._cells]
        self._write(columns, slab.first)

    def _lines(self, slab: Slab) -> str:
        kinds = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(1, len(self._header) + 1))
        return (
            f"read_csv({literal(slab.path)}, auto_detect = false, header = false, delim = {literal(self._delimiter)},"
            " quote = '\"', escape = '\"', new_line = '\\n', encoding = 'utf-8',"
            f" max_line_size = {4 * LONGEST_RECORD}, buffer_size = {_BUFFER}, columns = {{{kinds}}})"
        )

    def _write(self, columns: list[str], first: int) -> None:
        select = (
            f"SELECT {', '.join(columns)}, d, {literal(self._request.upload_id)} AS _upload, rowid + {first} AS _row"
            f" FROM slab WHERE _state = {SOUND}"
        )
        self._connection.execute(f"CREATE OR REPLACE VIEW sound AS {select}")
        backwards = f"SELECT d < lag(d) OVER () AS back FROM slab WHERE _state = {SOUND}"
        (unordered,) = one(self._connection, f"SELECT count(*) FROM ({backwards}) WHERE back")
        months = self._connection.execute(
            f"SELECT date_trunc('month', d)::DATE, count(*), min(d), max(d) FROM slab WHERE _state = {SOUND}"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()
        order = " ORDER BY d, _row" if unordered else ""
        for start, rows, begin, end in months:
            path = os.path.join(self._desk.work_dir, f"part-{len(self.parts)}.parquet")
            inside = f" WHERE d >= DATE '{start}' AND d < DATE '{start}' + INTERVAL 1 MONTH" if start else ""
            self._connection.execute(f"COPY (SELECT * FROM sound{inside}{order}) TO {literal(path)} ({WRITTEN})")
            self.parts.append(Part(path, f"{start:%Y-%m}" if start else "", rows, begin, end))

    def finish(self, odd_path: str) -> None:
        """List the rows that are none, and make view `staged`."""
        self._connection.execute(
            "INSERT INTO rejects BY NAME SELECT *, '' AS \"column\" FROM read_csv("
            f"{literal(odd_path)}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
            f" max_line_size = {1 << 20}, columns = {{'row': 'BIGINT', 'code': 'VARCHAR', 'text': 'VARCHAR'}})"
        )
        rows = f"SELECT * FROM {parquet([part.path for part in self.parts])}" if self.parts else "SELECT * FROM none"
        if self.parts:
            self._connection.execute("DROP VIEW sound")
            self._connection.execute("DROP TABLE slab")
        else:
            self._connection.execute("CREATE TABLE none AS SELECT * FROM sound")
            self._connection.execute("DROP VIEW sound")
        self._connection.execute(f"CREATE VIEW staged AS {rows}")
