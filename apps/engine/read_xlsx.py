"""Excel workbooks, row by row, through calamine; what calamine would hide is looked up in the sheet's XML first.

Calamine reads the cells that are there whatever dimension the sheet declares, but gives errors (#DIV/0!) and formulas
without a stored result as empty cells. Those must not become "no value" in silence: `SheetFacts` finds them, and they
are read as the text that stands in `NO_VALUE` or the error itself, so that a number column rejects them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from xml.etree import ElementTree

import python_calamine

from apps.engine.cells import strip
from apps.engine.requests import RejectCode
from apps.engine.source import LONGEST_RECORD, Record, line_writer

NO_VALUE = "#NO_VALUE"
"""How a formula that was never calculated is read."""

MOST_CELLS = 30_000_000
"""Cells of the rectangle around a sheet's contents; calamine holds them all, at 32 bytes and more."""

DELIMITER = ","
_CHUNK = 1 << 20
_KEPT_ODD_CELLS = 100_000
_LONGEST_XML = 4 << 20
_SCALE = Decimal(1).scaleb(-18)
_CONTEXT = Context(prec=400, rounding=ROUND_HALF_EVEN)

_COLUMNS = re.compile(rb'<c r="([A-Z]{1,3})[0-9]')
_ROW = re.compile(rb'<row [^>]*?r="([0-9]{1,7})"')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*? t="e"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]{1,20})')
_FORMULA_WITHOUT_VALUE = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v></v>|<v ?/>)?</c>'
)
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f[ />]')
_KEPT_FORMULAS = 1000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class SheetFacts:
    """What the XML of a sheet says: how far it reaches, and the cells without a value of their own.

    `odd` maps (row, column), both counted from 1, to the text they are read as.
    """

    last_row: int = 0
    last_column: int = 0
    odd: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: int = 0
    uncalculated: int = 0

    def cells(self) -> int:
        """Cells of the rectangle that holds everything."""
        return self.last_row * self.last_column


class SheetTooLarge(Exception):
    """A sheet reaches so far, by a stray cell perhaps, that reading it would take all memory."""

    def __init__(self, sheet: str, facts: SheetFacts) -> None:
        super().__init__(sheet)
        self.sheet = sheet
        self.facts = facts


class XlsxSource:
    """One sheet of a workbook that `apps.engine.contents` has found sound: the named one, or the first visible one
    that has rows. Raises SheetTooLarge, and KeyError when there is no such sheet."""

    delimiter = DELIMITER
    encoding = ""

    def __init__(self, path: str, sheet: str = "") -> None:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        self.sheets = visible_sheets(workbook)
        if sheet and sheet not in workbook.sheet_names:
            raise KeyError(sheet)
        candidates = (sheet,) if sheet else self.sheets or tuple(workbook.sheet_names)
        for name in candidates:
            self.sheet = name
            self.facts = facts_of(path, name)
            if self.facts.cells() > MOST_CELLS:
                raise SheetTooLarge(name, self.facts)
            self._sheet = workbook.get_sheet_by_name(name)
            if self._sheet.height:
                break
        self._first_column = (self._sheet.start or (0, 0))[1] + 1
        self._write = line_writer(DELIMITER)
        self.size = self._sheet.height if self._sheet.start is None else self._sheet.total_height
        self.position = 0
        self.header: list[str] = []
        self.header_row = 0
        for row, cells in self._rows():
            self.header = [strip(cell) for cell in _without_tail(cells)]
            self.header_row = row
            break

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not blank, in order."""
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
        odd_rows = {row for row, _ in self.facts.odd}
        for row, cells in enumerate(self._sheet.iter_rows(), start=1):
            texts = [text_of(cell) for cell in cells]
            if row in odd_rows:
                self._put_odd(row, texts)
            if any(texts) and any(strip(text) for text in texts):
                yield row, texts

    def _put_odd(self, row: int, texts: list[str]) -> None:
        for index, text in enumerate(texts):
            if not text:
                texts[index] = self.facts.odd.get((row, index + self._first_column), "")


def visible_sheets(workbook: python_calamine.CalamineWorkbook) -> tuple[str, ...]:
    """Names of the worksheets that a person sees, in order."""
    return tuple(
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        and sheet.visible == python_calamine.SheetVisibleEnum.Visible
    )


def facts_of(path: str, sheet: str) -> SheetFacts:
    """Read the XML of `sheet` once, in pieces."""
    facts = SheetFacts()
    with zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        if part is None:
            return facts
        rest = b""
        with book.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                piece, rest = _at_row_end(rest + chunk)
                _note(facts, piece)
        _note(facts, rest)
    return facts


def formulas_of(path: str, sheet: str) -> list[str]:
    """The cells (“B5”) of a sheet that hold a formula, whether it has a value or not; no more than a page of them."""
    found: list[str] = []
    with zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        if part is None:
            return found
        rest = b""
        with book.open(part) as stream:
            while (chunk := stream.read(_CHUNK)) and len(found) < _KEPT_FORMULAS:
                piece, rest = _at_row_end(rest + chunk)
                found += [cell.decode() for cell in _FORMULA.findall(piece)]
        found += [cell.decode() for cell in _FORMULA.findall(rest)]
    return found[:_KEPT_FORMULAS]


def _at_row_end(text: bytes) -> tuple[bytes, bytes]:
    cut = text.rfind(b"</row>")
    if cut >= 0:
        return text[: cut + 6], text[cut + 6 :]
    return (text, b"") if len(text) > 64 * _CHUNK else (b"", text)


def _note(facts: SheetFacts, xml: bytes) -> None:
    facts.last_row = max([facts.last_row, *map(int, set(_ROW.findall(xml)))])
    facts.last_column = max([facts.last_column, *map(column_number, set(_COLUMNS.findall(xml)))])
    if b't="e"' in xml:
        for column, row, text in _ERROR.findall(xml):
            facts.errors += 1
            _keep(facts, row, column, text.decode())
    if b"</f></c>" in xml or b"/></c>" in xml or b"<v></v>" in xml:
        for column, row in _FORMULA_WITHOUT_VALUE.findall(xml):
            facts.uncalculated += 1
            _keep(facts, row, column, NO_VALUE)


def _keep(facts: SheetFacts, row: bytes, column: bytes, text: str) -> None:
    if len(facts.odd) < _KEPT_ODD_CELLS:
        facts.odd[int(row), column_number(column)] = text


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the XML part that holds `sheet`."""
    relations = {node.get("Id"): node.get("Target", "") for node in _xml(book, "xl/_rels/workbook.xml.rels").iter()}
    for node in _xml(book, "xl/workbook.xml").iter():
        if node.tag.endswith("}sheet") and node.get("name") == sheet:
            target = relations.get(node.get(_RELATION), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in book.NameToInfo else None
    return None


def _xml(book: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """A small part of the workbook; one with a document type (entities) or of a large size counts as empty."""
    info = book.NameToInfo.get(part)
    if info is None or info.file_size > _LONGEST_XML:
        return ElementTree.Element("none")
    text = book.read(info)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return ElementTree.Element("none")
    return ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entity, and 4 MiB at most


def column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _without_tail(cells: list[str]) -> list[str]:
    """The cells up to the last that is not blank."""
    width = max((index + 1 for index, cell in enumerate(cells) if strip(cell)), default=0)
    return cells[:width]


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
