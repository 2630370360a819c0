"""What the XML of an Excel worksheet must be, to the letter, before anybody reads a row of it.

Where a sheet is no XML, has a cell twice, or a number with a comment in it, calamine takes what it can and says
nothing: rows or digits are lost. No program writes such sheets, so they are refused, with the row, and calamine is only
given what it cannot misread. Expat looks at what `read_plain` does not match as a whole: rows that are unlike the
others, and sheets that are not written plainly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

from apps.engine.sheet_facts import NO_VALUE, SheetFacts
from apps.engine.unreadable import Damaged

MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14

NO_XML = (expat.ExpatError, LookupError)
"""What expat raises, the latter for an encoding that there is not."""

_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_DIGITS = re.compile(r"[0-9]{0,9}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_ABOVE = {"row": "sheetData", "c": "row", "v": "c", "f": "c", "is": "c"}
"""What an element of a sheet's rows stands in."""

_IN_ONE_PIECE = frozenset((None, "n", "s", "b", "e"))
"""Kinds of cells whose value is written without references, comments or sections."""

_KINDS = frozenset((*_IN_ONE_PIECE, "str", "inlineStr", "d"))
_TRUE = ("1", "true")
_TRUTHS = frozenset(("", "0", "false", *_TRUE))
_LONGEST_ERROR = 20


class Grammar:
    """Takes the XML of a worksheet in pieces that end with a tag. Raises Damaged.

    `facts` comes to be what is true of the rows, `rows` their numbers in order.
    """

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self.rows: list[int] = []
        self._hidden: list[int] = []
        self._known = bytearray(MOST_ROWS + 1)
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.CommentHandler = self._interrupt
        self._parser.ProcessingInstructionHandler = self._interrupt
        self._parser.StartCdataSectionHandler = self._interrupt
        self._parser.StartDoctypeDeclHandler = _refuse
        self._above: list[str] = []
        self._sheets = self._row = self._column = 0
        self._inside = False
        self._columns: set[int] = set()
        self._kind: str | None = None
        self._parts: dict[str, str] = {}
        self._words: list[str] | None = None

    def feed(self, xml: bytes, *, last: bool = False) -> None:
        """The next piece."""
        try:
            self._parser.Parse(xml, last)
        except NO_XML as error:
            raise self._damaged("no XML") from error
        if last and self._sheets != 1:
            raise Damaged("a worksheet without a place for rows")
        for row in sorted(self._hidden) if last else ():
            self.facts.hide(range(row, row + 1))

    def _damaged(self, what: str) -> Damaged:
        return Damaged(what, row=self._row if self._inside else 0)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name, above = tag.rpartition(":")[2], self._above[-1] if self._above else ""
        self._above.append(name)
        if name == "sheetData":
            self._sheets += 1
            self._inside = True
            if self._above != ["worksheet", "sheetData"]:
                raise self._damaged("rows are not where rows are")
        if not self._inside:
            return
        if (name in _ABOVE and above != _ABOVE[name]) or above in ("v", "f"):
            raise self._damaged(f"{name} inside {above}")
        if name == "row":
            self._begin_row(attributes)
        elif name == "c":
            self._begin_cell(attributes)
        elif above == "c":
            if name in self._parts or name not in _ABOVE:
                raise self._damaged(f"{name} in a cell, or twice")
            self._parts[name], self._words = "", [] if name != "is" else None

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        if number is not None and not _ROW_NUMBER.fullmatch(number):
            raise self._damaged("a row whose number is none")
        self._row = row = int(number) if number is not None else self._row + 1
        if row > MOST_ROWS or self._known[row]:
            raise self._damaged("a row that no sheet has, or that is there twice")
        self._known[row], self._column = 1, 0
        self._columns.clear()
        self.rows.append(row)
        facts = self.facts
        facts.last_row = max(facts.last_row, row)
        if attributes.get("hidden") in _TRUE:
            self._hidden.append(row)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place, column = attributes.get("r"), self._column + 1
        if place is not None:
            found = _PLACE.fullmatch(place)
            if found is None or int(found[2]) != self._row:
                raise self._damaged("a cell is not in the row that it names")
            column = _number_of(found[1])
        if column > MOST_COLUMNS or column in self._columns:
            raise self._damaged("a cell that no row has, or that is there twice")
        self._columns.add(column)
        self._column, self._kind = column, attributes.get("t")
        self._parts.clear()
        if self._kind not in _KINDS or not _DIGITS.fullmatch(attributes.get("s", "")):
            raise self._damaged("a kind of cell that there is not")
        self.facts.last_column = max(self.facts.last_column, column)

    def _end(self, _: str) -> None:
        name = self._above.pop()
        if not self._inside:
            return
        if self._words is not None and self._above[-1] == "c":
            pieces, self._words = self._words, None
            if name == "v" and len(pieces) > 1 and self._kind in _IN_ONE_PIECE:
                raise self._damaged("a value in pieces")
            self._parts[name] = "".join(pieces)
        elif name == "c":
            self._end_cell(self._parts)
        elif name == "sheetData":
            self._inside = False

    def _end_cell(self, parts: dict[str, str]) -> None:
        kind, value = self._kind, parts.get("v", "")
        if value and ("is" in parts or (kind == "s" and not _DIGITS.fullmatch(value))):
            raise self._damaged("two values, or a number of a text that is none")
        if kind == "b" and value not in _TRUTHS:
            raise self._damaged("neither true nor false")
        if kind == "e":
            self.facts.keep(self._row, self._column, value[:_LONGEST_ERROR] or "#ERROR")
        elif "f" in parts and not value and "is" not in parts and not (kind == "str" and "v" in parts):
            self.facts.keep(self._row, self._column, NO_VALUE)
        elif (kind == "b" and value) or (kind in (None, "n") and _NUMBER.fullmatch(value)):
            self.facts.holds(self._row)

    def _text(self, words: str) -> None:
        if self._words is not None:
            self._words.append(words)
        elif self._inside and self._above[-1] in ("sheetData", "row", "c") and words.strip():
            raise self._damaged("words between cells")

    def _interrupt(self, *_: object) -> None:
        if self._words is not None:
            self._words += ["", ""]


def must_be_xml(pieces: Iterable[bytes]) -> None:
    """Damaged if these are not the pieces of an XML document without a document type."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except NO_XML as error:
        raise Damaged("no XML") from error


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _refuse(*_: object) -> None:
    raise Damaged("a document type")
