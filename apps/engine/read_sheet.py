"""Workbooks, row by row, through calamine; what calamine would hide is looked up in the file first.

Calamine reads the cells that are there whatever dimension the sheet declares, but gives errors (#DIV/0!) and formulas
without a stored result as empty cells. Those must not become "no value" in silence: `SheetFacts` finds them, and they
are read as the text that stands in `NO_VALUE` or the error itself, so that a number column rejects them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import islice, pairwise

import python_calamine

from apps.engine import read_ods, read_xls, read_xlsx
from apps.engine.blocks import blocks_of
from apps.engine.cells import strip
from apps.engine.headings import LOOKED_AT, Merge, heading_of, recognised, recogniser
from apps.engine.read_plain import Rows
from apps.engine.requests import AS_FOUND, Reading, RejectCode
from apps.engine.scan import scan
from apps.engine.sheet_facts import MOST_CELLS, SheetFacts, SheetTooLarge
from apps.engine.source import GONE, LONGEST_RECORD, MOST_BLANK, Block, Record, line_writer, lines_of
from apps.engine.unreadable import Damaged, unharmed

DELIMITER = ","
_LAST_HEADER = 10_000
_TOGETHER = 1000
_GONE = GONE.encode()
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
                self._plain = read_xlsx.plain_of(path, name, self.facts, text_of) if kind not in OF_ALL else None
                if self._plain is None and kind not in OF_ALL:
                    self.facts = read_xlsx.strict_facts_of(path, name)
                    if self.facts.cells() > MOST_CELLS:
                        raise SheetTooLarge(name, self.facts)
                self._sheet = None if self._plain else workbook.get_sheet_by_name(name)
            if self._sheet is None or self._sheet.height:
                break
        self._first_column = 1
        self.size = self.facts.last_row
        if self._sheet is not None and self._sheet.start is not None:
            self._first_column = self._sheet.start[1] + 1
            self.size = self._sheet.total_height
        self._write = line_writer(DELIMITER)
        self._keep = reading.keep
        self._shown_only = reading.shown_only and bool(self.facts.hidden)
        self.position = 0
        self.blank: list[int] = []
        self._waiting: list[int] = []
        rows = ((row, cells) for row, cells in self._rows() if not self._is_left_out(row))
        first = list(islice(rows, max(LOOKED_AT, min(reading.header_row, _LAST_HEADER))))
        found = heading_of([(row, list(cells)) for row, cells in first], reading.header_row, self._merges())
        self.header, self.header_row = [strip(name) for name in found.names], found.row
        self.titles, self.joined = found.titles, found.joined
        last = [self._write(cells[: len(self.header)]) for row, cells in first if row == found.row]
        self._header_lines = [*last, self._write(self.header)] if self.header else []

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not blank, in order."""
        self.blank.clear()
        return recognised(self._records(), self._header_lines, DELIMITER, self._keep)

    def pieces(self, time: str = "") -> Iterator[Block | Record]:
        """The same rows, those of the usual kind many at a time, and cut where the days of column `time` turn."""
        self.blank.clear()
        self._waiting.clear()
        marked = recogniser(self._header_lines, DELIMITER, self._keep)
        column = self.header.index(time) if time in self.header else -1
        for first, rows in self._runs():
            for piece in self._pieces_of(first, rows, column):
                self._flush()
                yield piece if isinstance(piece, Block) else marked(piece)
            self.position = first + len(rows) - 1

    def _pieces_of(self, first: int, rows: list[Sequence[str]], column: int) -> Iterator[Block | Record]:
        width = len(self.header)

        def single(at: int, _start: int = 0, _end: int = 0) -> Record | None:
            return None if self._is_blank(first + at, rows[at]) else self._record(first + at, rows[at])

        usual = set(map(len, rows)) == {width} != {0}
        text = lines_of(rows, DELIMITER) if usual else b""
        found = None
        if 0 < len(text) <= LONGEST_RECORD and b"\0" not in text and _GONE not in text:
            found = scan(text, ord(DELIMITER), width, self._header_lines, column)
        if found is not None and len(found.ends) == len(rows):
            if self._shown_only:
                left_out = [at for at in range(len(rows)) if self.facts.is_hidden(first + at)]
                found = found._replace(odd=sorted({*found.odd, *left_out}))
            yield from blocks_of(text, found, first - 1, single)
        elif len(rows) > _TOGETHER:
            for at in range(0, len(rows), _TOGETHER):
                yield from self._pieces_of(first + at, rows[at : at + _TOGETHER], column)
        else:
            yield from filter(None, map(single, range(len(rows))))

    def _runs(self) -> Iterator[tuple[int, list[Sequence[str]]]]:
        """The rows below the header, those together that come one right after the other."""
        width, before = len(self.header), self.header_row
        for numbers, rows in self._chunks():
            if numbers and numbers[0] <= self.header_row:
                below = [at for at, number in enumerate(numbers) if number > self.header_row]
                numbers, rows = [numbers[at] for at in below], [rows[at] for at in below]
            if set(map(len, rows)) != {width}:
                rows = [self._fitted(cells) for cells in rows]
            gaps = [at for at, (one, other) in enumerate(pairwise(numbers), start=1) if other - one != 1]
            for begin, end in pairwise([0, *gaps, len(numbers)]) if numbers else ():
                self._wait(range(before + 1, numbers[begin]))
                yield numbers[begin], rows[begin:end]
                before = numbers[end - 1]

    def _fitted(self, cells: Sequence[str]) -> Sequence[str]:
        """The cells of a row, as many as there are columns, unless there is something in more."""
        width = len(self.header)
        if len(cells) <= width:
            return [*cells, *[""] * (width - len(cells))]
        last = max((at for at, cell in enumerate(cells) if strip(cell)), default=0)
        return cells[: max(last + 1, width)]

    def _records(self) -> Iterator[Record]:
        for row, cells in self._rows():
            if row > self.header_row:
                self.position = row
                yield self._record(row, cells)

    def _record(self, row: int, cells: Sequence[str]) -> Record:
        fitted = self._fitted(cells)
        line = self._write(fitted)
        if self._is_left_out(row):
            return Record(row, line[:LONGEST_RECORD], RejectCode.HIDDEN_ROW)
        if len(line) > LONGEST_RECORD:
            return Record(row, line[:LONGEST_RECORD], RejectCode.TOO_LONG)
        if b"\0" in line:
            return Record(row, line, RejectCode.BAD_CHARACTER)
        return Record(row, line, RejectCode.TOO_MANY_CELLS if len(fitted) > len(self.header) else None)

    def _is_left_out(self, row: int) -> bool:
        return self._shown_only and self.facts.is_hidden(row)

    def _rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Rows that are not blank, with their number in the sheet."""
        self._waiting.clear()
        before = 0
        for numbers, rows in self._chunks():
            for row, cells in zip(numbers, rows, strict=True):
                self._wait(range(before + 1, row))
                before = row
                if not self._is_blank(row, cells):
                    self._flush()
                    yield row, cells

    def _is_blank(self, row: int, cells: Sequence[str]) -> bool:
        """Whether there is nothing in a row, which is noted: at once if there are blanks in it, and else when something
        follows."""
        if any(cells):
            if any(map(strip, cells)):
                return False
            self._flush()
            self._wait((row,))
            self._flush()
            return True
        self._wait((row,))
        return True

    def _wait(self, rows: Sequence[int]) -> None:
        self._waiting += rows[: max(MOST_BLANK - len(self._waiting), 0)]

    def _flush(self) -> None:
        if self._waiting:
            self.blank += self._waiting[: max(MOST_BLANK - len(self.blank), 0)]
            self._waiting.clear()

    def _chunks(self) -> Iterator[Rows]:
        """All rows, many at a time."""
        with unharmed():
            chunks = self._plain.pieces() if self._plain is not None else self._by_calamine()
            odd_rows = {row for row, _ in self.facts.odd}
            for chunk in chunks:
                for at, row in enumerate(chunk.numbers) if odd_rows else ():
                    if row in odd_rows:
                        texts = list(chunk.cells[at])
                        texts += [""] * (self.facts.last_column - self._first_column + 1 - len(texts))
                        self._put_odd(row, texts)
                        chunk.cells[at] = texts
                yield chunk

    def _by_calamine(self) -> Iterator[Rows]:
        if self._sheet is None:
            return
        rows, first, held = self._sheet.iter_rows(), 1, self.facts.held
        while together := list(islice(rows, _TOGETHER)):
            columns = [_texts_of(column) for column in zip(*together, strict=True)]
            read: list[Sequence[str]] = list(zip(*columns, strict=True))
            row = held.find(1, first, first + len(read))
            while row >= 0:
                if not any(read[row - first]):
                    raise Damaged("a row that is lost", row=row)
                row = held.find(1, row + 1, first + len(read))
            yield Rows(list(range(first, first + len(read))), read)
            first += len(together)
        if (lost := held.find(1, first)) >= 0:
            raise Damaged("a row that is lost", row=lost)

    def _put_odd(self, row: int, texts: list[str]) -> None:
        for index, text in enumerate(texts):
            if not text:
                texts[index] = self.facts.odd.get((row, index + self._first_column), "")

    def _merges(self) -> list[Merge]:
        """Merged cells, counted in the rows and columns that `_rows` gives."""
        shift = self._first_column - 1
        if self._sheet is None:
            return self.facts.merges
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


def _texts_of(column: Sequence[object]) -> list[str]:
    """The cells of a column as text."""
    kinds = set(map(type, column))
    if kinds == {str}:
        return list(column)  # type: ignore[arg-type]
    if kinds == {float}:
        return list(map(_number, column))  # type: ignore[arg-type]
    return list(map(text_of, column))


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
