"""A workbook made of some rows of another, for calamine to say what their cells mean; and shared strings."""

from __future__ import annotations

import re
import zipfile
from html import escape
from io import BytesIO
from typing import NamedTuple

import python_calamine

from apps.engine.sheet_grammar import must_be_xml

LONGEST_STRINGS = 64 << 20
"""Bytes of shared strings up to which they are held a second time, beside calamine's."""

TEXT = r"([^<&_\r]*(?=<)|[^<&_\r]*(?:(?:&(?:amp|lt|gt|quot|apos);|_(?!x))[^<&_\r]*)*)"  # “_x000D_” is a sign
TRIMMED = rf"(?!\s){TEXT}(?<!\s)"
"""What stands between the tags of a plain text, and of one of which calamine takes no blanks from the ends."""

_ITEM = re.compile(rf'<si><t>{TRIMMED}</t></si>|<si><t xml:space="preserve">{TEXT}</t></si>|<si>(.*?)</si>|<si/>', re.S)
_SIGNS = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_SIGN = re.compile("|".join(_SIGNS))

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


class Look(NamedTuple):
    """How a workbook is to be understood: the bytes of its styles, the styles of plain numbers, whether its days are
    counted from 1904, and its shared strings."""

    styles: bytes
    plain: frozenset[str]
    from_1904: bool
    strings: list[str]


def strings_of(xml: bytes, look: Look) -> list[str] | None:
    """The shared strings of a workbook; None if they are not written plainly."""
    try:
        text = xml.decode()
    except UnicodeDecodeError:
        return None
    begin, end = text.find("<si"), text.rfind("</sst>")
    if begin < 0 or "<!" in text:
        return None
    strings: list[str] = []
    strange: list[tuple[int, str]] = []
    at = begin
    scanner = _ITEM.scanner(text, begin)  # type: ignore[attr-defined]
    while (item := scanner.match()) is not None:
        string = item[1] if item[1] is not None else item[2]
        if string is None:
            strange.append((len(strings), item[3] or ""))
        strings.append(string or "")
        at = item.end()
    if text[at:end].strip():
        return None
    must_be_xml([xml] if strange else [text[:begin].encode(), text[at:].encode()])
    if "&" in text:
        strings = [plain(string) if "&" in string else string for string in strings]
    if strange:
        cells = "".join(
            f'<row r="{row}"><c r="A{row}" t="inlineStr"><is>{inner}</is></c><c r="B{row}"><v>1</v></c></row>'
            for row, (_, inner) in enumerate(strange, start=1)
        )
        for (at, _), (_, row) in zip(strange, by_calamine(cells.encode(), look), strict=True):
            strings[at] = str(row[0])
    return strings


def by_calamine(rows: bytes, look: Look, *, strings: bool = False) -> list[tuple[int, list[object]]]:
    """The numbers and the values of rows of XML, from column A on, by calamine. Rows at the end that hold nothing, and
    those ahead of the first that holds something, are left out. `strings`: they refer to the shared strings."""
    since = "true" if look.from_1904 else "false"
    parts = {
        "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{since}"/>'
        '<sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
    }
    if strings:
        items = "".join(f'<si><t xml:space="preserve">{written(text).decode()}</t></si>' for text in look.strings)
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{items}</sst>'
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as book:
        for name, xml in parts.items():
            book.writestr(name, f"{_HEAD}{xml}")
        if look.styles:
            book.writestr("xl/styles.xml", look.styles)
        sheet = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
        book.writestr("xl/worksheets/sheet1.xml", b"%b%b</sheetData></worksheet>" % (sheet, rows))
    out.seek(0)
    found = python_calamine.load_workbook(out).get_sheet_by_index(0)
    if found.start is None:
        return []
    top, left = found.start
    cells = found.to_python(skip_empty_area=True)
    return [(top + 1 + at, [*[""] * left, *row]) for at, row in enumerate(cells)]


def _relations(kind: str, target: str) -> str:
    of = f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_PACKAGE}">{of}</Relationships>'


def written(text: str) -> bytes:
    """A text as it stands in XML, from which calamine reads it again; “_x000D_” stays a text."""
    return escape(text).replace("_x", "_x005F_x").replace("\r", "_x000D_").encode()


def plain(text: str) -> str:
    """A text of XML without the five references that every XML knows."""
    return _SIGN.sub(lambda sign: _SIGNS[sign[0]], text)
