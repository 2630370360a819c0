"""An upload, whatever it was, as slabs: files of canonical CSV that DuckDB reads on all threads, one after the other.

A row that cannot be loaded is listed at once, and its place in the slab is held by a line that says so, as is that of
a blank row. So a row's number is its place in the slab, and none has to be written beside it.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from apps.engine.cells import LONGEST_TEXT, strip
from apps.engine.failure import EngineFailure
from apps.engine.inspect import header_issues
from apps.engine.limits import MIB
from apps.engine.opening import damaged_later, open_source
from apps.engine.read_csv import CsvSource
from apps.engine.read_sheet import SheetSource
from apps.engine.requests import Load, RejectCode, Role
from apps.engine.scan import DAY
from apps.engine.source import GONE, Block, Days, Record, Source, cells_of
from apps.engine.unreadable import Unreadable
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

_GONE = GONE.encode()
_BUFFER = 1 << 20
_LARGEST = 96 * MIB
_LARGEST_ORDERED = 32 * MIB
_LEAST = 2 * MIB
_MONTH = len("2026-01")
_MOST_SINGLE = 1000
_SHARE = 6
_NEWS_EVERY = 100_000
_MOST_HELD = 10_000


@dataclass(frozen=True)
class Slab:
    """Lines at `path`, of which the first is row `first` of the file; `rows` of them, `held` of which hold the place of
    another. In the columns `loose` (from 0; None: any) a cell may begin or end with a blank. `ordered`: as far as the
    signs of their days tell, its rows are of one month and in the order of their days."""

    path: str
    first: int
    rows: int
    held: int
    loose: frozenset[int] | None
    ordered: bool


class _Draft:
    """A slab that is being written: the row behind it, its rows, what is loose, and how its days go on."""

    def __init__(self, first: int) -> None:
        self.first = self.row = first
        self.written = self.single = 0
        self.loose: frozenset[int] | None = frozenset()
        self.ordered = True
        self._last = b""

    def goes_on(self, days: Days | None) -> bool:
        """Whether rows of these days follow in the same month."""
        if days is None:
            return False
        return not self._last or (days[0][:_MONTH] == self._last[:_MONTH] and days[0] >= self._last)

    def add(self, rows: int, loose: frozenset[int] | None, days: Days | None) -> None:
        """So many rows were written."""
        self.row += rows
        self.written += rows
        self.ordered = self.ordered and self.goes_on(days)
        self._last = days[1] if days else b""
        self.loose = None if self.loose is None or loose is None else self.loose | loose


def open_for_load(request: Load, desk: Desk) -> Source:
    """The upload, if nothing blocking is wrong with it. Raises EngineFailure with every issue."""
    try:
        source = open_source(request.path, request.filename, desk, request.sheet, request.reading).source
    except Unreadable as error:
        raise refused(error.issues) from error
    issues = [issue for issue in header_issues(source.header, request.filename) if issue.blocking]
    if issues:
        raise refused(issues)
    return source


def refused(issues: Iterator[Issue] | tuple[Issue, ...] | list[Issue]) -> EngineFailure:
    """The failure of an upload that a person has to mend."""
    return EngineFailure(N_("The file cannot be loaded as it is."), issues=tuple(issues))


class Slabs:
    """The slabs of a source, as they are iterated over; then `rows` good rows were seen, and `odd` others by
    code, which stand at `odd_path` as CSV (row, code, text)."""

    def __init__(self, source: Source, request: Load, desk: Desk) -> None:
        self._source, self._request, self._desk = source, request, desk
        self._most = min(_LARGEST, desk.limits.duckdb_memory() // _SHARE)
        self._most_ordered = min(_LARGEST_ORDERED, self._most)
        self._time = next((column.source for column in request.mapping.columns if column.role == Role.TIME), "")
        self._place = _GONE + source.delimiter.encode() * (len(source.header) - 1) + b"\n"
        self._news = 0
        self.odd_path = os.path.join(desk.work_dir, "odd.csv")
        self.rows = 0
        self.odd = Counter[str]()

    def __iter__(self) -> Iterator[Slab]:
        source, request = self._source, self._request
        pieces = source.pieces(self._time) if isinstance(source, CsvSource | SheetSource) else source.records()
        try:
            with open(self.odd_path, "w", encoding="utf-8", newline="") as other:
                yield from self._written(pieces, csv.writer(other, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC))
        except Exception as error:
            if (said := damaged_later(source.kind, request.filename, error)) is None:
                raise
            raise refused(said.issues) from error
        if isinstance(source, CsvSource) and source.position != source.size:
            raise EngineFailure(N_("The file was not read to its end; nothing was loaded."), retry=True)
        if not self.rows + self.odd.total():
            raise refused([Issue(request.filename, N_("There is a header and no row below it."))])

    def _written(self, pieces: Iterator[Block | Record], other: Any) -> Iterator[Slab]:
        number, piece = 0, next(pieces, None)
        while piece is not None:
            number += 1
            path = os.path.join(self._desk.work_dir, f"slab-{number}.csv")
            draft = _Draft(piece.row)
            with open(path, "wb", _BUFFER) as file:
                piece = self._fill(file, draft, piece, pieces, other)
            rows = draft.row - draft.first
            yield Slab(path, draft.first, rows, rows - draft.written, draft.loose, draft.ordered)

    def _fill(
        self, file: IO[bytes], draft: _Draft, piece: Block | Record | None, pieces: Iterator[Block | Record], other: Any
    ) -> Block | Record | None:
        """Write one slab from `piece` on; the piece that begins the next."""
        while piece is not None:
            if piece.row - draft.row > _MOST_HELD or self._is_full(file.tell(), draft, piece):
                break
            file.write(self._place * (piece.row - draft.row))
            draft.row = piece.row
            if isinstance(piece, Block):
                file.write(piece.lines)
                self.rows += piece.rows
                draft.add(piece.rows, piece.loose, piece.days)
            else:
                self._put(file, draft, piece, other)
            if (seen := (self.rows + self.odd.total()) // _NEWS_EVERY) > self._news:
                self._news = seen
                self._desk.progress(self._source.position, self._source.size, N_("Reading the file"))
            piece = next(pieces, None)
        return piece

    def _is_full(self, size: int, draft: _Draft, piece: Block | Record) -> bool:
        """Whether the next piece begins another slab: the months of a file in order are slabs of their own, unless they
        are small."""
        if not draft.ordered:
            return size >= self._most
        ends = isinstance(piece, Block) and draft.written > 0 and not draft.goes_on(piece.days)
        return size >= (_LEAST if ends else self._most_ordered)

    def _put(self, file: IO[bytes], draft: _Draft, record: Record, other: Any) -> None:
        """Write a single record, or hold its place and list it."""
        line, code = record.line, record.code
        if code is None and _GONE in line:
            code = RejectCode.BAD_CHARACTER
        if code is None:
            file.write(line + b"\n")
            self.rows += 1
            draft.add(1, *self._single(draft, line))
            return
        draft.row += 1
        file.write(self._place)
        text = line[: LONGEST_TEXT * 4].replace(b"\0", b"?").decode(errors="replace")
        other.writerow([record.row, code.value, text[:LONGEST_TEXT]])
        self.odd[code.value] += 1

    def _single(self, draft: _Draft, line: bytes) -> tuple[frozenset[int] | None, Days | None]:
        """The columns of a row with blanks at the ends of a cell, and its day; not told where all rows come singly."""
        draft.single += 1
        if draft.single > _MOST_SINGLE or not isinstance(self._source, CsvSource | SheetSource):
            return None, None
        cells = cells_of(line, self._source.delimiter)
        loose = frozenset(at for at, cell in enumerate(cells) if strip(cell) != cell)
        day = cells[self._source.header.index(self._time)].encode()[:DAY] if self._time else b""
        return loose, (day, day) if day else None
