"""Where the header of a table is, and which rows below it are no data: titles above, headers again, totals.

Everything found here is shown to a person and can be said otherwise (`Reading`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from apps.engine.cells import looks_like, strip
from apps.engine.plan import ColumnType
from apps.engine.requests import Aside, RejectCode
from apps.engine.source import Record, cells_of

LOOKED_AT = 100
"""Rows that are not blank, from the top of the file, among which the header is looked for."""

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column, counted from 1

_MOST_TITLES = 30
_WORDS = "合计|合計|总计|總計|小计|小計|总合计|本页合计|本月合计|本日合计|当页合计|累计"
_TOTAL = re.compile(
    rf"(?:{_WORDS}|(?:grand|sub|sum)?[ -]?totals?|totale?s?|(?:gesamt)?summe|gesamt)[ :：]*",
    re.IGNORECASE,
)
_FIRST = sorted({word[0] for word in _WORDS.split("|")})
_MAYBE_TOTAL = re.compile(rf'(?:[\s",;|]|　)*(?:{"|".join(_FIRST)}|[Tt][Oo]|[Gg][RrEe]|[Ss][Uu])'.encode())
"""What the bytes of a total's line begin with: nearly every other line is told apart by this alone."""

TOTAL_SIGNS = tuple(sign.encode() for sign in _FIRST)
TOTAL_PAIRS = tuple(
    bytes(pair) for a, b in ((b"Tt", b"Oo"), (b"Gg", b"RrEe"), (b"Ss", b"Uu")) for pair in product(a, b)
)
"""The same two or three bytes, where no blank, quote or empty cell stands before them."""


@dataclass(frozen=True)
class Heading:
    """The names of the columns; `row` is the number of the row they end in, `titles` the rows above them."""

    names: list[str]
    row: int = 0
    titles: list[tuple[int, str]] = field(default_factory=list)
    joined: bool = False


def heading_of(rows: Sequence[tuple[int, list[str]]], wanted: int = 0, merges: Sequence[Merge] = ()) -> Heading:
    """The header among the first `rows` (number, cells) that are not blank; row `wanted` where somebody chose it.

    Titles are rows above the first one that is about as wide as the table. If that one holds values, the first row
    is taken as ever: then it is the header, or there is none, which is said elsewhere. A header over merged cells
    goes on in the row below, and the names of both are joined.
    """
    if not rows:
        return Heading([])
    spread = [(row, _spread(row, cells, merges)) for row, cells in rows]
    found = _heading(spread, _position(spread), merges)
    if not wanted or found.row == wanted:
        return found
    return _heading(spread, next((at for at, (row, _) in enumerate(spread) if row >= wanted), 0), merges)


def _heading(spread: Sequence[tuple[int, list[str]]], at: int, merges: Sequence[Merge]) -> Heading:
    """The header that begins with the row at position `at`."""
    titles = [(row, " ".join(dict.fromkeys(filter(None, map(strip, cells))))) for row, cells in spread[:at]]
    last = at
    bottom = _bottom(spread, at, merges)
    while last + 1 < len(spread) and spread[last + 1][0] <= bottom:
        last += 1
    width = max(_width(cells) for _, cells in spread[at : last + 1])
    names = [
        _joined([cells[column] for _, cells in spread[at : last + 1] if column < len(cells)]) for column in range(width)
    ]
    return Heading(names, spread[last][0], titles, joined=last > at)


def _position(rows: Sequence[tuple[int, list[str]]]) -> int:
    widths = Counter(width for _, cells in rows if (width := _width(cells)) > 1)
    if not widths:
        return 0
    usual = max(widths, key=lambda width: (widths[width], width))
    enough = max(2, -(-usual // 2))
    for at, (_, cells) in enumerate(rows[:_MOST_TITLES]):
        named = {strip(cell) for cell in cells} - {""}
        if len(named) >= enough:
            return 0 if any(is_value(cell) for cell in named) else at
    return 0


def _spread(row: int, cells: list[str], merges: Sequence[Merge]) -> list[str]:
    """The cells with what is merged over several of them in each."""
    if not any(first <= row <= last for first, _, last, _ in merges):
        return cells
    filled = list(cells)
    for first, left, last, right in merges:
        if first <= row <= last and first == row and left <= len(filled):
            text = filled[left - 1]
            filled += [""] * (right - len(filled))
            filled[left - 1 : right] = [text] * (right - left + 1)
    return filled


def _bottom(rows: Sequence[tuple[int, list[str]]], at: int, merges: Sequence[Merge]) -> int:
    """The last row of a header that begins in row `at`: below cells merged side by side stand the names of each."""
    top, _ = rows[at]
    here = [merge for merge in merges if merge[0] == top and merge[3] > 0]
    bottom = max([last for _, _, last, _ in here if last - top < 4], default=top)
    across = [merge for merge in here if merge[3] > merge[1] and merge[2] == top]
    if across and bottom == top and at + 1 < len(rows) and rows[at + 1][0] == top + 1:
        below = rows[at + 1][1]
        named = [cell for _, left, _, right in across for cell in below[left - 1 : right] if strip(cell)]
        if named and not any(is_value(cell) for cell in below if strip(cell)):
            bottom = top + 1
    return bottom if bottom == top or across else top


def _joined(parts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(name for part in parts if (name := " ".join(strip(part).split()))))


def _width(cells: Sequence[str]) -> int:
    """The position of the last cell that is not blank."""
    return max((index + 1 for index, cell in enumerate(cells) if strip(cell)), default=0)


def is_value(name: str) -> bool:
    """Whether a header is written like a number or a day; a year may be a header."""
    name = strip(name)
    if not name or (len(name) == 4 and name.isdigit()):
        return False
    return looks_like(name, ColumnType.DECIMAL) or looks_like(name, ColumnType.DATE)


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row says that it is a total, and holds nothing but numbers besides."""
    filled = [text for cell in cells if (text := strip(cell))]
    if not filled or not _TOTAL.fullmatch("".join(filled[0].split()) if not filled[0].isascii() else filled[0]):
        return False
    return all(looks_like(text, ColumnType.DECIMAL) or _TOTAL.fullmatch(text) for text in filled[1:])


def recognised(
    records: Iterator[Record], header: Sequence[bytes], delimiter: str, keep: Sequence[str]
) -> Iterator[Record]:
    """The records, with those that repeat a line of the `header` or are totals marked so, but for kinds to `keep`."""
    return map(recogniser(header, delimiter, keep), records)


def recogniser(header: Sequence[bytes], delimiter: str, keep: Sequence[str]) -> Callable[[Record], Record]:
    """A function that marks a record that repeats a line of the `header` or is a total, but for kinds to `keep`."""
    repeated, totals = Aside.REPEATED_HEADER not in keep, Aside.TOTAL_ROW not in keep
    lines = tuple(header)
    maybe_total = _MAYBE_TOTAL.match

    def marked(record: Record) -> Record:
        line = record.line
        if repeated and line in lines:
            return replace_code(record, RejectCode.REPEATED_HEADER)
        if totals and maybe_total(line) and record.code in _RAGGED and is_total(_cells(line, delimiter)):
            return replace_code(record, RejectCode.TOTAL_ROW)
        return record

    return marked


_RAGGED = (None, RejectCode.TOO_FEW_CELLS, RejectCode.TOO_MANY_CELLS)


def replace_code(record: Record, code: RejectCode) -> Record:
    """The record as one that is set aside for `code`."""
    return Record(record.row, record.line, code)


def _cells(line: bytes, delimiter: str) -> list[str]:
    return cells_of(line, delimiter) if line else []
