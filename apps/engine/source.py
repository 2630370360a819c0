"""What both readers give: a header, and one record after the other, each good one as a line of canonical CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from apps.engine.requests import RejectCode

LONGEST_RECORD = 1 << 20
"""Bytes of one row; a longer one is rejected."""


GONE = "\uffff"
"""The first cell of a line that only holds a row's place: no sign of any text, for Unicode keeps it free."""

MOST_BLANK = 100_000
"""Blank rows that a source remembers."""


Days = tuple[bytes, bytes]


class Record(NamedTuple):
    """One row of a file; `row` is its number as a person counts it, the first row being 1, blank ones included.

    Good (`code` empty): `line` holds its cells as CSV in the source's delimiter, without a line end. Rejected:
    `line` holds what stood there.
    """

    row: int
    line: bytes
    code: RejectCode | None = None


class Block(NamedTuple):
    """Good rows one right after the other: `rows` of them, the first being number `row`, as lines of CSV that end in
    LF. `loose` are the columns, from 0, in which a cell may begin or end with a blank. `days` are the texts of the
    first and the last day where days were looked at, in order and of one month: told by their signs, not proved."""

    row: int
    rows: int
    lines: bytes
    loose: frozenset[int]
    days: Days | None = None


class Source(Protocol):
    """A file that can be read as rows. `header` is stripped, and ends in row `header_row` (0: it is in no row), below
    `titles`; `joined` if it was put together from several rows. `blank` are the rows without a cell that were passed
    so far; `position` of `size` says how far `records` is."""

    kind: str
    encoding: str
    header: list[str]
    header_row: int
    titles: list[tuple[int, str]]
    joined: bool
    blank: list[int]
    delimiter: str
    size: int
    position: int

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not blank, in order."""
        ...


def line_writer(delimiter: str) -> Callable[[Sequence[str]], bytes]:
    """A function that writes cells as one line of CSV without a line end; line breaks in cells become LF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)

    def write(cells: Sequence[str]) -> bytes:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell for cell in cells])
        return buffer.getvalue()[:-1].encode()

    return write


def lines_of(rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    """The cells of rows of one width as lines of CSV that end in LF; nothing if one holds a CR."""
    lines, between, write = list(map(delimiter.join, rows)), len(rows[0]) - 1, line_writer(delimiter)
    if any("\r" in line for line in lines):
        return b""
    for at, line in enumerate(lines):
        if line.count(delimiter) != between or '"' in line or "\n" in line or not line:
            lines[at] = write(rows[at]).decode()
    return "\n".join([*lines, ""]).encode()


def cells_of(line: bytes, delimiter: str) -> list[str]:
    """The cells of a good record's line."""
    return next(csv.reader(io.StringIO(line.decode(), newline=""), delimiter=delimiter, skipinitialspace=True))


def rows_of(lines: bytes, delimiter: str) -> Iterator[list[str]]:
    """The cells of each of the lines of a block."""
    return csv.reader(io.StringIO(lines.decode(), newline=""), delimiter=delimiter, skipinitialspace=True)
