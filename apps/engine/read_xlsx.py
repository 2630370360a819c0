"""The XML of an Excel workbook, read in pieces: what calamine does not tell of a sheet."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import lt
from xml.etree import ElementTree

from apps.engine.read_plain import PlainSheet, letters
from apps.engine.scan import holds_pair
from apps.engine.sheet_facts import MOST_CELLS, NO_VALUE, SheetFacts
from apps.engine.sheet_grammar import MOST_COLUMNS, Grammar, must_be_xml
from apps.engine.small_book import LONGEST_STRINGS, Look, strings_of
from apps.engine.unpack import sound
from apps.engine.unreadable import Damaged

_CHUNK = 1 << 20
_LONGEST_XML = 4 << 20

_COLUMNS = re.compile(rb'<c r="([A-Z]{1,4})[A-Z]*[0-9]')
_ROW = re.compile(rb"<row[ >/][^>]*>?")
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*? t="e"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]{1,20})')
_FORMULA_WITHOUT_VALUE = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(<v></v>|<v ?/>)?</c>'
)
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f[ />]')
_HIDDEN = re.compile(rb'<row [^>]*?hidden="(?:1|true)"[^>]*>')
_ROW_NUMBER = re.compile(rb' r="([0-9]{1,7})"')
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_UTF8 = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*<(?:\?xml (?![^>]*encoding=)|\?xml [^>]*encoding=["\'](?i:utf-8)["\']|[a-zA-Z])'
)
_PLAIN_FORMATS = frozenset({"0", "1", "2", "3", "4", "9", "10", "11", "12", "13", "37", "38", "39", "40", "48", "49"})
"""Formats that have a number and no code: whole and decimal numbers, shares, exponents, fractions, money, text."""

_PLAIN_FORMAT = re.compile(r"General|[#0?,.% ()+*/;_@￥¥$€£-]+")
_MOST_STEPS = 64
_KEPT_FORMULAS = 1000
_MACROS = "xl/vbaProject.bin"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def facts_of(path: str, sheet: str) -> SheetFacts:
    """Read the XML of `sheet` once, in pieces, as quickly as can be. What is told is true if it is `plain`: that its
    rows are written as is taken for granted here, `PlainSheet` proves. Of all others `strict_facts_of` tells."""
    facts = SheetFacts()
    with sound(), zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        facts.macros = _MACROS in book.NameToInfo
        if part is None:
            return facts
        rest, facts.plain = b"", True
        with book.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                piece, rest = _at_row_end(rest + chunk)
                _note(facts, piece)
                if not facts.plain:
                    return facts
        _note(facts, rest, last=True)
    return facts


def strict_facts_of(path: str, sheet: str) -> SheetFacts:
    """What is true of `sheet`, by everything that stands in it. Raises Damaged where calamine would read something
    else than what stands there: in the sheet, or in the texts and styles that all sheets share."""
    grammar = Grammar()
    with sound(), zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        for shared in ("xl/sharedStrings.xml", "xl/styles.xml"):
            if shared in book.NameToInfo:
                must_be_xml(_pieces(book, shared))
        rest = b""
        for piece in _pieces(book, part) if part is not None else ():
            rest += piece
            cut = rest.rfind(b">") + 1
            grammar.feed(rest[:cut])
            rest = rest[cut:]
            if grammar.facts.cells() > MOST_CELLS:
                return grammar.facts
        if part is not None:
            grammar.feed(rest, last=True)
        grammar.facts.macros = _MACROS in book.NameToInfo
    return grammar.facts


def _pieces(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with book.open(part) as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def plain_of(path: str, sheet: str, facts: SheetFacts, text_of: Callable[[object], str]) -> PlainSheet | None:
    """The rows of a sheet whose `facts` say that it is written plainly; None if it is not, or its first rows do not
    look alike."""
    if not facts.plain:
        return None
    with zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        if part is None or (look := _look_of(book)) is None:
            return None
        found = PlainSheet(path, part, look, facts, text_of)
        return found if found.begins_in_first_column() else None


def _look_of(book: zipfile.ZipFile) -> Look | None:
    """How the cells of a workbook are to be understood; None if that is not written plainly."""
    names = book.NameToInfo
    strings = names.get("xl/sharedStrings.xml")
    if (strings is not None and strings.file_size > LONGEST_STRINGS) or any(
        name.lower() == "xl/sharedstrings.xml" and name != "xl/sharedStrings.xml" for name in names
    ):
        return None
    styles = book.read("xl/styles.xml") if "xl/styles.xml" in names else b""
    if len(styles) > _LONGEST_XML:
        return None
    since = any(
        node.get("date1904") in ("1", "true")
        for node in _xml(book, "xl/workbook.xml").iter()
        if node.tag.endswith("}workbookPr")
    )
    look = Look(styles, _plain_styles(_xml(book, "xl/styles.xml")), since, [])
    if styles and "0" not in look.plain:
        return None
    if strings is None:
        return look
    found = strings_of(book.read(strings), look)
    return None if found is None else look._replace(strings=found)


def _plain_styles(styles: ElementTree.Element) -> frozenset[str]:
    """The numbers of styles under which a number can be nothing else."""
    codes = {node.get("numFmtId"): node.get("formatCode", "") for node in styles.iter() if node.tag.endswith("}numFmt")}
    cells = next((node for node in styles.iter() if node.tag.endswith("}cellXfs")), ())
    formats = [node.get("numFmtId", "0") for node in cells]
    return frozenset(
        str(at)
        for at, number in enumerate(formats)
        if (_PLAIN_FORMAT.fullmatch(codes[number]) if number in codes else number in _PLAIN_FORMATS)
    )


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


def _note(facts: SheetFacts, xml: bytes, *, last: bool = False) -> None:
    tags = b"".join(_ROW.findall(xml))
    rows = list(map(int, _ROW_NUMBER.findall(tags)))
    facts.plain = facts.plain and tags.count(b">") == len(rows) and _is_plain(facts, xml, rows, last=last)
    if last and tags.count(b"/>") != len(rows):
        facts.plain = False  # a row that is not closed
    facts.last_row = max([facts.last_row, *rows])
    facts.last_column = _farthest(xml, facts.last_column)
    if facts.last_column > MOST_COLUMNS:
        raise Damaged("a cell stands in a column that no sheet has")  # calamine would ask for all memory there is
    if last:
        facts.merges = [
            (int(top), column_number(left), int(low), column_number(right))
            for left, top, right, low in _MERGE.findall(xml)
        ]
    if holds_pair(xml, b'e"') and b't="e"' in xml:
        for column, row, text in _ERROR.findall(xml):
            facts.keep(int(row), column_number(column), text.decode())
    if holds_pair(xml, b"<f"):
        for column, row, attributes, value in _FORMULA_WITHOUT_VALUE.findall(xml):
            if not value or b' t="str"' not in attributes:  # whose value is the empty text
                facts.keep(int(row), column_number(column), NO_VALUE)
    _note_hidden(facts, tags, rows)


def _note_hidden(facts: SheetFacts, tags: bytes, rows: list[int]) -> None:
    """Take note of the rows that are not shown; one without a number comes right behind the one before."""
    if b"hidden=" not in tags and tags.count(b"<row") == len(rows):
        facts.passed = rows[-1] if rows else facts.passed
        return
    for tag in _ROW.findall(tags):
        number = _ROW_NUMBER.search(tag)
        facts.passed = int(number[1]) if number else facts.passed + 1
        if _HIDDEN.match(tag):
            facts.hide(range(facts.passed, facts.passed + 1))


def _is_plain(facts: SheetFacts, xml: bytes, rows: list[int], *, last: bool) -> bool:
    """Whether the rows of this piece of a sheet can be read one by one."""
    if (b"!" in xml and b"<!" in xml) or not all(map(lt, rows, rows[1:])) or (rows and rows[0] <= facts.last_row):
        return False
    if not facts.last_row and not (xml.count(b"<sheetData>") == 1 and _UTF8.match(xml)):
        return False
    return not last or b"</sheetData>" in xml


def _farthest(xml: bytes, most: int) -> int:
    """The number of the last column in which a cell stands, or `most`."""
    at = xml.find(b"</row>")
    most = max([most, *map(column_number, set(_COLUMNS.findall(xml[: at + 1])))])
    for _ in range(_MOST_STEPS):
        found = _beyond(most).search(xml, max(at, 0))
        if found is None:
            return most
        most, at = column_number(found[1]), found.start()
    return max([most, *map(column_number, set(_COLUMNS.findall(xml)))])


@lru_cache(_MOST_STEPS)
def _beyond(column: int) -> re.Pattern[bytes]:
    """What finds a cell that stands in a column behind this one."""
    name = letters(column)
    cases = [f"[A-Z]{{{len(name) + 1},4}}"] if len(name) < 4 else []
    cases += [
        f"{name[:at]}[{chr(ord(name[at]) + 1)}-Z][A-Z]{{{len(name) - at - 1}}}"
        for at in range(len(name))
        if name[at] < "Z"
    ]
    return re.compile(rf'<c r="({"|".join(cases) or "(?!)"})[A-Z]*[0-9]'.encode())


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
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entity, and 4 MiB at most
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Damaged("no XML") from error


def column_number(letters: bytes) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
