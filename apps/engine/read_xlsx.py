"""The XML of an Excel workbook, read in pieces: what calamine does not tell of a sheet."""

from __future__ import annotations

import re
import zipfile
from xml.etree import ElementTree

from apps.engine.sheet_facts import NO_VALUE, SheetFacts

_CHUNK = 1 << 20
_LONGEST_XML = 4 << 20

_COLUMNS = re.compile(rb'<c r="([A-Z]{1,3})[0-9]')
_ROW = re.compile(rb'<row [^>]*?r="([0-9]{1,7})"')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*? t="e"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]{1,20})')
_FORMULA_WITHOUT_VALUE = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v></v>|<v ?/>)?</c>'
)
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f[ />]')
_HIDDEN = re.compile(rb'<row [^>]*?hidden="(?:1|true)"[^>]*>')
_ROW_NUMBER = re.compile(rb' r="([0-9]{1,7})"')
_KEPT_FORMULAS = 1000
_MACROS = "xl/vbaProject.bin"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def facts_of(path: str, sheet: str) -> SheetFacts:
    """Read the XML of `sheet` once, in pieces."""
    facts = SheetFacts()
    with zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        facts.macros = _MACROS in book.NameToInfo
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
            facts.keep(int(row), column_number(column), text.decode())
    if b"</f></c>" in xml or b"/></c>" in xml or b"<v></v>" in xml:
        for column, row in _FORMULA_WITHOUT_VALUE.findall(xml):
            facts.keep(int(row), column_number(column), NO_VALUE)
    if b"hidden=" in xml:
        for tag in _HIDDEN.findall(xml):
            facts.hidden_rows += 1
            number = _ROW_NUMBER.search(tag)
            facts.first_hidden = facts.first_hidden or (int(number[1]) if number else 0)


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
