"""What the file of a workbook says of a sheet beside the values that calamine gives."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

NO_VALUE = "#NO_VALUE"
"""How a formula that was never calculated is read."""

MOST_CELLS = 25_000_000
"""Cells of the rectangle around a sheet's contents; calamine holds them all, at 32 bytes and more."""

_KEPT_ODD_CELLS = 100_000
_MOST_HELD = 1 << 21


@dataclass
class SheetFacts:
    """How far a sheet reaches, and the cells without a value of their own.

    `odd` maps (row, column), both counted from 1, to the text they are read as. `hidden` are the rows that are not
    shown, in order. `plain`: the rows are numbered, in order, and nothing else stands among
    them, so that each can be read by itself; then `merges` are the merged cells (first row, first column, last row,
    last column). `passed` is the row that was read last. `held` says by row, where it is not empty, that a value stands
    in it, so that it cannot be blank.
    """

    last_row: int = 0
    last_column: int = 0
    odd: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: int = 0
    uncalculated: int = 0
    hidden: list[range] = field(default_factory=list)
    passed: int = 0
    macros: bool = False
    plain: bool = False
    held: bytearray = field(default_factory=bytearray, repr=False)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)

    def cells(self) -> int:
        """Cells of the rectangle that holds everything."""
        return self.last_row * self.last_column

    def hide(self, rows: range) -> None:
        """Note rows that are not shown; they come behind all that were noted."""
        if self.hidden and self.hidden[-1].stop >= rows.start:
            self.hidden[-1] = range(self.hidden[-1].start, max(self.hidden[-1].stop, rows.stop))
        else:
            self.hidden.append(rows)

    def is_hidden(self, row: int) -> bool:
        """Whether this row is not shown."""
        at = bisect_right(self.hidden, row, key=lambda rows: rows.start) - 1
        return at >= 0 and row in self.hidden[at]

    def holds(self, row: int, rows: int = 1) -> None:
        """Note that a value stands in a row, and in those that repeat it."""
        if row + rows > _MOST_HELD:
            return
        if len(self.held) < row + rows:
            self.held.extend(bytes(max(row + rows - len(self.held), 4096)))
        self.held[row : row + rows] = b"\1" * rows

    def keep(self, row: int, column: int, text: str) -> None:
        """Note an error, or (`NO_VALUE`) a formula without a value."""
        if text == NO_VALUE:
            self.uncalculated += 1
        else:
            self.errors += 1
        if len(self.odd) < _KEPT_ODD_CELLS:
            self.odd[row, column] = text


class SheetTooLarge(Exception):
    """A sheet reaches so far, by a stray cell perhaps, that reading it would take all memory."""

    def __init__(self, sheet: str, facts: SheetFacts) -> None:
        super().__init__(sheet)
        self.sheet = sheet
        self.facts = facts
