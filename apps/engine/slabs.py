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

from apps.engine.cells import LONGEST_TEXT
from apps.engine.failure import EngineFailure
from apps.engine.inspect import header_issues
from apps.engine.limits import MIB
from apps.engine.opening import damaged_later, open_source
from apps.engine.read_csv import CsvSource
from apps.engine.requests import Load, RejectCode
from apps.engine.source import GONE, Block, Record, Source
from apps.engine.unreadable import Unreadable
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

_GONE = GONE.encode()
_BUFFER = 1 << 20
_LARGEST = 96 * MIB
_SHARE = 6
_NEWS_EVERY = 100_000
_MOST_HELD = 10_000


@dataclass(frozen=True)
class Slab:
    """Lines at `path`, of which the first is row `first` of the file. In the columns `loose` (from 0; None: any) a cell
    may begin or end with a blank."""

    path: str
    first: int
    rows: int
    loose: frozenset[int] | None


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
        self._place = _GONE + source.delimiter.encode() * (len(source.header) - 1) + b"\n"
        self._news = 0
        self.odd_path = os.path.join(desk.work_dir, "odd.csv")
        self.rows = 0
        self.odd = Counter[str]()

    def __iter__(self) -> Iterator[Slab]:
        source, request = self._source, self._request
        pieces = source.pieces() if isinstance(source, CsvSource) else source.records()
        try:
            with open(self.odd_path, "w", encoding="utf-8", newline="") as other:
                yield from self._written(pieces, csv.writer(other))
        except Exception as error:
            if (said := damaged_later(source.kind, request.filename, error)) is None:
                raise
            raise refused(said.issues) from error
        if isinstance(source, CsvSource) and source.position != source.size:
            raise EngineFailure(N_("The file was not read to its end; nothing was loaded."), retry=True)
        if not self.rows + self.odd.total():
            raise refused([Issue(request.filename, N_("There is a header and no row below it."))])

    def _written(self, pieces: Iterator[Block | Record], other: Any) -> Iterator[Slab]:
        number, begun = 0, next(pieces, None)
        while begun is not None:
            number += 1
            path = os.path.join(self._desk.work_dir, f"slab-{number}.csv")
            first = begun.row
            with open(path, "wb", _BUFFER) as file:
                begun, behind, loose = self._fill(file, begun, pieces, other)
            yield Slab(path, first, behind - first, loose)

    def _fill(
        self, file: IO[bytes], piece: Block | Record | None, pieces: Iterator[Block | Record], other: Any
    ) -> tuple[Block | Record | None, int, frozenset[int] | None]:
        """Write one slab from `piece` on; the piece that begins the next, the row behind this one, what is loose."""
        row = piece.row if piece is not None else 0
        loose: frozenset[int] | None = frozenset()
        while piece is not None:
            if file.tell() >= self._most or piece.row - row > _MOST_HELD:
                break
            file.write(self._place * (piece.row - row))
            row = piece.row
            if isinstance(piece, Block):
                file.write(piece.lines)
                row += piece.rows
                self.rows += piece.rows
                loose = loose | piece.loose if loose is not None else None
            else:
                row += 1
                if self._put(file, piece, other):
                    loose = None
            if (seen := (self.rows + self.odd.total()) // _NEWS_EVERY) > self._news:
                self._news = seen
                self._desk.progress(self._source.position, self._source.size, N_("Reading the file"))
            piece = next(pieces, None)
        return piece, row, loose

    def _put(self, file: IO[bytes], record: Record, other: Any) -> bool:
        """Write a single record, or hold its place and list it; whether it was written."""
        line, code = record.line, record.code
        if code is None and _GONE in line:
            code = RejectCode.BAD_CHARACTER
        if code is None:
            file.write(line + b"\n")
            self.rows += 1
            return True
        file.write(self._place)
        text = line[: LONGEST_TEXT * 4].replace(b"\0", b"?").decode(errors="replace")
        other.writerow([record.row, code.value, text[:LONGEST_TEXT]])
        self.odd[code.value] += 1
        return False
