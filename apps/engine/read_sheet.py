"""Workbooks, row by row, through calamine; what calamine would hide is looked up in the file first.

Calamine reads the cells that are there whatever dimension the sheet declares, but gives errors (#DIV/0!) and formulas
without a stored result as empty cells. Those must not become "no value" in silence: `SheetFacts` finds them, and they
are read as the text that stands in `NO_VALUE` or the error itself, so that a number column rejects them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import islice

import python_calamine

from apps.engine import read_ods, read_xls, read_xlsx
from apps.engine.cells import strip
from apps.engine.headings import LOOKED_AT, Merge, heading_of, recognised
from apps.engine.requests import AS_FOUND, Reading, RejectCode
from apps.engine.sheet_facts import MOST_CELLS, SheetFacts, SheetTooLarge
from apps.engine.source import LONGEST_RECORD, MOST_BLANK, Record, line_writer
from apps.engine.unreadable import Damaged, unharmed

DELIMITER = ","
_LAST_HEADER = 10_000
_SCALE = Decimal(1).scaleb(-18)
_CONTEXT = Context(prec=400, rounding=ROUND_HALF_EVEN)

OF_ALL: dict[str, Callable[[str], dict[str, SheetFacts]]] = {
    "xls": read_xls.facts_of_all,
    "ods": read_ods.facts_of_all,
}
"""Where all sheets lie in one stream: calamine opens them all at once, and so do we."""


class SheetSource:
    """One sheet of a workbook that `apps.engine.contents` has found sound: the named one, or the first visible one
    that has rows. Raises SheetTooLarge, and KeyError when there is no such sheet."""

    delimiter = DELIMITER
    encoding = ""

    def __init__(self, path: str, kind: str, sheet: str = "", reading: Reading = AS_FOUND) -> None:
        self.kind = kind
        known = OF_ALL[kind](path) if kind in OF_ALL else {}
        if sum(facts.cells() for facts in known.values()) > MOST_CELLS:
            raise SheetTooLarge(*max(known.items(), key=lambda entry: entry[1].cells()))
        with unharmed():
            workbook = python_calamine.CalamineWorkbook.from_path(path)
        self.sheets, self.hidden_sheets = sheets_of(workbook)
        if not workbook.sheet_names:
            raise Damaged("no sheet")
        if sheet and sheet not in workbook.sheet_names:
            raise KeyError(sheet)
        for name in (sheet,) if sheet else self.sheets or tuple(workbook.sheet_names):
            self.sheet = name
            self.facts = known.get(name, SheetFacts()) if kind in OF_ALL else read_xlsx.facts_of(path, name)
            if self.facts.cells() > MOST_CELLS:
                raise SheetTooLarge(name, self.facts)
            with unharmed():
                self._sheet = workbook.get_sheet_by_name(name)
            if self._sheet.height:
                break
        self._first_column = (self._sheet.start or (0, 0))[1] + 1
        self._write = line_writer(DELIMITER)
        self._keep = reading.keep
        self.size = self._sheet.height if self._sheet.start is None else self._sheet.total_height
        self.position = 0
        self.blank: list[int] = []
        first = list(islice(self._rows(), max(LOOKED_AT, min(reading.header_row, _LAST_HEADER))))
        found = heading_of(first, reading.header_row, self._merges())
        self.header, self.header_row = [strip(name) for name in found.names], found.row
        self.titles, self.joined = found.titles, found.joined
        last = [self._write(cells[: len(self.header)]) for row, cells in first if row == found.row]
        self._header_lines = [*last, self._write(self.header)] if self.header else []

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not blank, in order."""
        self.blank.clear()
        return recognised(self._records(), self._header_lines, DELIMITER, self._keep)

    def _records(self) -> Iterator[Record]:
        width = len(self.header)
        for row, cells in self._rows():
            if row <= self.header_row:
                continue
            self.position = row
            beyond = any(strip(cell) for cell in cells[width:])
            line = self._write(cells if beyond else cells[:width] + [""] * (width - len(cells)))
            if len(line) > LONGEST_RECORD:
                yield Record(row, line[:LONGEST_RECORD], RejectCode.TOO_LONG)
            elif b"\0" in line:
                yield Record(row, line, RejectCode.BAD_CHARACTER)
            else:
                yield Record(row, line, RejectCode.TOO_MANY_CELLS if beyond else None)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank, with their number in the sheet."""
        with unharmed():
            yield from self._all_rows()

    def _all_rows(self) -> Iterator[tuple[int, list[str]]]:
        odd_rows = {row for row, _ in self.facts.odd}
        for row, cells in enumerate(self._sheet.iter_rows(), start=1):
            texts = [text_of(cell) for cell in cells]
            if row in odd_rows:
                self._put_odd(row, texts)
            if any(texts) and any(strip(text) for text in texts):
                yield row, texts
            elif len(self.blank) < MOST_BLANK:
                self.blank.append(row)

    def _put_odd(self, row: int, texts: list[str]) -> None:
        for index, text in enumerate(texts):
            if not text:
                texts[index] = self.facts.odd.get((row, index + self._first_column), "")

    def _merges(self) -> list[Merge]:
        """Merged cells, counted in the rows and columns that `_rows` gives."""
        shift = self._first_column - 1
        found = self._sheet.merged_cell_ranges or ()
        return [(top + 1, left + 1 - shift, low + 1, right + 1 - shift) for (top, left), (low, right) in found]


def sheets_of(workbook: python_calamine.CalamineWorkbook) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the worksheets that a person sees, and of the hidden ones, in order."""
    shown: list[str] = []
    hidden: list[str] = []
    for sheet in workbook.sheets_metadata:
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            (shown if sheet.visible == python_calamine.SheetVisibleEnum.Visible else hidden).append(sheet.name)
    return tuple(shown), tuple(hidden)


def text_of(cell: object) -> str:
    """A cell as text that loads back to the same value: a number in full digits, a day or moment in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return _number(cell.total_seconds() / 86400)
    return str(cell)


def _number(value: float) -> str:
    """The shortest digits that mean this double, without an exponent, to 18 decimals (noise of 1e-17 is kept, beyond
    that a double of this size has nothing to say)."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    exact = Decimal(repr(value))
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -18:
        exact = exact.quantize(_SCALE, context=_CONTEXT)
    text = format(exact, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
