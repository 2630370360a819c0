"""From slabs of text to typed rows on disk: a slab of one month becomes its file, of any other a table is made in
memory, and of that a file for each month.

The next slab is read while those before are worked on.
"""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import gc
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

import duckdb

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

WRITTEN = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 5000"
"""How Parquet is written: a level more costs a fifth of the time and saves a tenth of the room. Version 2 and an early
end of the search for values that repeat take a sixth less time, and a third less room, than none of it; what reads them
(DuckDB, Spark, Arrow) takes no longer."""

_BUFFER = 8 << 20
_AHEAD = 2
"""Slabs that wait or are worked on while the next is read."""


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
    with ThreadPoolExecutor(max(desk.limits.threads, 1)) as pool:
        pending = deque[Future[list[Part]]]()
        for slab in slabs:
            if len(pending) == _AHEAD:
                stager.parts += pending.popleft().result()
            pending.append(pool.submit(stager.take, slab))
        for future in pending:
            stager.parts += future.result()
    if is_book:
        gc.collect()  # a workbook is large, and DuckDB wants the room
    stager.finish(slabs.odd_path)
    return Stage(stager.parts, slabs.rows + slabs.odd.total())


class _Stager:
    def __init__(self, connection: Connection, request: Load, desk: Desk, header: list[str], delimiter: str) -> None:
        self._connection, self._request, self._desk = connection, request, desk
        self._header, self._delimiter = header, delimiter
        self._cells = typed.cells_of(request.mapping, request.time_zone)
        self._nulls = request.reading.nulls or ()
        self._time = next((column.name for column in request.mapping.columns if column.role == Role.TIME), "")
        self._reading_table = Lock()
        self._plain = True
        self.parts: list[Part] = []

    def take(self, slab: Slab) -> list[Part]:
        """Read a slab, list its bad cells, and write its months. Slabs of rows that are written plainly become files at
        once; of others a table is made first, one at a time."""
        with self._connection.cursor() as cursor:
            part = self._plainly(cursor, slab) if slab.ordered and self._plain else None
            if part is not None:
                parts = [part]
            else:
                with self._reading_table:
                    parts = self._by_table(cursor, slab)
        os.unlink(slab.path)
        return parts

    def _plainly(self, cursor: Connection, slab: Slab) -> Part | None:
        """The slab as the file of a month; None, and nothing is left of it, if that is not what it is."""
        select = typed.plain_select(
            self._cells, self._header, self._lines(slab), self._time, self._nulls, slab.loose, slab.first,
            holds=slab.held > 0,
        )  # fmt: skip
        path = os.path.join(self._desk.work_dir, f"part-{slab.first}.parquet")
        if select:
            rows = f"SELECT * EXCLUDE (_row), {literal(self._request.upload_id)} AS _upload, _row FROM ({select})"
            try:
                found = cursor.execute(f"COPY ({rows}) TO {literal(path)} ({WRITTEN}, RETURN_STATS)").fetchone()
            except duckdb.Error:  # what is more than a row that is not plain shows again
                found = None
            if found is not None and found[1] == slab.rows - slab.held > 0:
                first, last = (date.fromisoformat(found[4]['"d"'][end]) for end in ("min", "max"))
                if (first.year, first.month) == (last.year, last.month):
                    return Part(path, f"{first:%Y-%m}", found[1], first, last)
        self._plain = False
        return None

    def _by_table(self, cursor: Connection, slab: Slab) -> list[Part]:
        select = typed.slab_select(self._cells, self._header, self._lines(slab), self._time, self._nulls, slab.loose)
        cursor.execute(f"CREATE OR REPLACE TABLE slab AS {select}")
        decimals = [cell for cell in self._cells if cell.wide]
        counts = ["count(*)", f"count(*) FILTER (_state = {BAD})", *map(typed.narrow_select, decimals)]
        found = one(cursor, f"SELECT {', '.join(counts)} FROM slab")
        if found[0] != slab.rows:
            message = N_("The file has %(rows)s rows, but %(found)s were read; nothing was loaded.")
            raise EngineFailure(message, {"rows": slab.rows, "found": found[0]}, retry=True)
        if found[1]:
            for cell in self._cells:
                cursor.execute(f"INSERT INTO rejects BY NAME {typed.bad_cells_select(cell, slab.first)}")
        widths = {cell.number: found[2 + 2 * at : 4 + 2 * at] for at, cell in enumerate(decimals)}
        self._plain = not found[1] and not any(others for others, _ in widths.values())
        columns = [typed.published(cell, *widths.get(cell.number, (0, True))) for cell in self._cells]
        return self._write(cursor, columns, slab.first)

    def _lines(self, slab: Slab) -> str:
        kinds = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(1, len(self._header) + 1))
        return (
            f"read_csv({literal(slab.path)}, auto_detect = false, header = false, delim = {literal(self._delimiter)},"
            " quote = '\"', escape = '\"', new_line = '\\n', encoding = 'utf-8',"
            f" max_line_size = {4 * LONGEST_RECORD}, buffer_size = {_BUFFER}, columns = {{{kinds}}})"
        )

    def _write(self, cursor: Connection, columns: list[str], first: int) -> list[Part]:
        select = (
            f"SELECT {', '.join(columns)}, d, {literal(self._request.upload_id)} AS _upload, rowid + {first} AS _row"
            f" FROM slab WHERE _state = {SOUND}"
        )
        cursor.execute(f"CREATE OR REPLACE VIEW sound AS {select}")
        backwards = f"SELECT d < lag(d) OVER () AS back FROM slab WHERE _state = {SOUND}"
        (unordered,) = one(cursor, f"SELECT count(*) FROM ({backwards}) WHERE back")
        months = cursor.execute(
            f"SELECT date_trunc('month', d)::DATE, count(*), min(d), max(d) FROM slab WHERE _state = {SOUND}"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()
        order = " ORDER BY d, _row" if unordered else ""
        parts = []
        for number, (start, rows, begin, end) in enumerate(months):
            path = os.path.join(self._desk.work_dir, f"part-{first}-{number}.parquet")
            inside = f" WHERE d >= DATE '{start}' AND d < DATE '{start}' + INTERVAL 1 MONTH" if start else ""
            cursor.execute(f"COPY (SELECT * FROM sound{inside}{order}) TO {literal(path)} ({WRITTEN})")
            parts.append(Part(path, f"{start:%Y-%m}" if start else "", rows, begin, end))
        return parts

    def finish(self, odd_path: str) -> None:
        """List the rows that are none, and make view `staged`."""
        self._connection.execute(
            "INSERT INTO rejects BY NAME SELECT *, '' AS \"column\" FROM read_csv("
            f"{literal(odd_path)}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
            f" new_line = '\\n', max_line_size = {1 << 20},"
            f" columns = {{'row': 'BIGINT', 'code': 'VARCHAR', 'text': 'VARCHAR'}})"
        )
        rows = f"SELECT * FROM {parquet([part.path for part in self.parts])}" if self.parts else "SELECT * FROM none"
        if self.parts:
            self._connection.execute("DROP VIEW IF EXISTS sound")
            self._connection.execute("DROP TABLE IF EXISTS slab")
        else:
            self._connection.execute("CREATE TABLE none AS SELECT * FROM sound")
            self._connection.execute("DROP VIEW sound")
        self._connection.execute(f"CREATE VIEW staged AS {rows}")
