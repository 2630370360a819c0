"""The XML of an OpenDocument spreadsheet, read in pieces: how far a sheet reaches, errors, formulas without a value."""

from __future__ import annotations

import re
import zipfile
from xml.parsers import expat

from apps.engine.sheet_facts import NO_VALUE, SheetFacts
from apps.engine.sheet_grammar import NO_XML
from apps.engine.unreadable import Damaged

_CONTENT = "content.xml"
_CHUNK = 1 << 20
_NUMBERS = ("float", "percentage", "currency")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_CELLS = ("table:table-cell", "table:covered-table-cell")


def facts_of_all(path: str) -> dict[str, SheetFacts]:
    """What the XML, read once, says of each sheet."""
    reader = _Reader()
    with zipfile.ZipFile(path) as book:
        with book.open(_CONTENT) as stream:
            while chunk := stream.read(_CHUNK):
                reader.take(chunk)
        reader.take(b"", last=True)
        macros = any(name.startswith("Basic/") for name in book.namelist())
    for facts in reader.found.values():
        facts.macros = macros
    return reader.found


class _Reader:
    """Takes note of the cells of every sheet."""

    def __init__(self) -> None:
        self.found: dict[str, SheetFacts] = {}
        self.facts = SheetFacts()
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = _refuse
        self._inside = 0
        self._row = self._repeat_row = self._column = self._repeat = 0
        self._cell: dict[str, str] | None = None
        self._words = ""
        self._hidden = self._filled = False

    def take(self, xml: bytes, *, last: bool = False) -> None:
        """The next piece. Raises Damaged."""
        try:
            self.parser.Parse(xml, last)
        except NO_XML as error:
            raise Damaged("no XML", row=self._row) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._inside += 1
            if self._inside == 1:
                self._row = self._repeat_row = 0
                self.facts = self.found.setdefault(attributes.get("table:name", ""), SheetFacts())
        elif not self._inside:
            return
        elif tag == "table:table-row":
            self._row += self._repeat_row
            self._repeat_row, self._column, self._repeat = _times(attributes, "table:number-rows-repeated"), 1, 0
            self._hidden = attributes.get("table:visibility", "visible") != "visible"
            self._filled = False
        elif tag in _CELLS:
            self._column += self._repeat
            self._repeat = _times(attributes, "table:number-columns-repeated")
            self._cell, self._words = attributes, ""

    def _text(self, words: str) -> None:
        if self._cell is not None and len(self._words) < 40:
            self._words += words

    def _end(self, tag: str) -> None:
        if tag == "table:table" and self._inside:
            self._inside -= 1
        elif not self._inside:
            return
        elif tag in _CELLS and self._cell is not None:
            self._note(self._cell, self._words.strip())
            self._cell = None
        elif tag == "table:table-row" and self._filled and self._hidden:
            self.facts.hide(range(self._row + 1, self._row + 1 + self._repeat_row))

    def _note(self, cell: dict[str, str], words: str) -> None:
        if not words and "office:value-type" not in cell and "table:formula" not in cell:
            return
        facts, self._filled = self.facts, True
        facts.last_row = max(facts.last_row, self._row + self._repeat_row)
        facts.last_column = max(facts.last_column, self._column + self._repeat - 1)
        if _NUMBER.fullmatch(cell.get("office:value", "")) and cell.get("office:value-type") in _NUMBERS:
            facts.holds(self._row + 1, self._repeat_row)
        formula = "table:formula" in cell
        if cell.get("calcext:value-type") == "error" or (formula and words.startswith(("#", "Err:"))):
            self._odd(words or "#ERROR")
        elif formula and "office:value-type" not in cell and not words:
            self._odd(NO_VALUE)

    def _odd(self, text: str) -> None:
        for row in range(self._row + 1, self._row + 1 + min(self._repeat_row, 1000)):
            for column in range(self._column, self._column + min(self._repeat, 100)):
                self.facts.keep(row, column, text)


def _times(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "1")
    return min(int(value), 1 << 24) if value.isdigit() else 1


def _refuse(*_: object) -> None:
    raise ValueError("entities")
