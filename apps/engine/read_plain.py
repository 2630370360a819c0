"""A worksheet of Excel read without calamine where it is written plainly, row by row, in pieces of a megabyte.

Programs write a sheet's rows all alike: the cells of a column have the same attributes and the same kind of content. So
one pattern, made from the first rows, matches nearly all others as a whole (its cells as groups), and what it does not
match is as it would be without it: the XML of those rows goes to calamine, in a workbook made of nothing else. Numbers
whose style may mean a day go the same way, each different one once. So calamine still says what every unusual cell
means; a row that the pattern matches holds nothing but text, whole or short decimal numbers, and truth values, of which
nothing is to be said. A test holds the two ways equal.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from io import BytesIO
from itertools import islice
from typing import NamedTuple

import python_calamine

from apps.engine.unreadable import Damaged

CHUNK = 1 << 20
LONGEST_STRINGS = 64 << 20
"""Bytes of shared strings up to which they are held a second time, beside calamine's."""

_SAMPLE = 100
_MOST_KINDS = 3
_MOST_COLUMNS = 500
_MOST_KEPT = 100_000
_DIGITS = 15

_TEXT = r"([^<&_\r]*(?=<)|[^<&_\r]*(?:(?:&(?:amp|lt|gt|quot|apos);|_(?!x))[^<&_\r]*)*)"  # “_x000D_” is a sign
_TRIMMED = rf"(?!\s){_TEXT}(?<!\s)"
_FORMULA = r"<f(?: [^>]*)?(?:/>|>[^<]*</f>)"
_NUMBER = r"(-?[0-9]+(?:\.[0-9]+|)(?:[eE][+-]?[0-9]+|))"
_BEHIND = {
    "inline": rf' t="inlineStr"><is><t(?: xml:space="preserve"|)>{_TRIMMED}</t></is></c>',
    "shared": r' t="s"><v>([0-9]+)</v></c>',
    "number": rf"(?: t=\"n\"|)><v>{_NUMBER}</v></c>",
    "computed": rf"(?: t=\"n\"|)>{_FORMULA}<v>{_NUMBER}</v></c>",
    "truth": rf' t="b">(?:{_FORMULA})?<v>([01])</v></c>',
    "result": rf' t="str">(?:{_FORMULA})?<v>{_TEXT}</v></c>',
}
_NUMBERS = ("number", "computed")
_KINDS = {
    (kind, styled): ((r' s="([0-9]+)"' if kind in _NUMBERS else r' s="[0-9]+"') if styled else "") + behind
    for kind, behind in _BEHIND.items()
    for styled in (False, True)
}
"""What stands behind a cell's place, by kind and whether it has a style: a group, or two for numbers with a style.
Alternatives with nothing in them are quicker than what may be there or not."""

_ROW = re.compile(r'<row r="([0-9]+)"[^>]*(?<!/)>(.*?)</row>', re.S)
_CELL = re.compile(r'<c r="([A-Z]{1,3})[0-9]+"((?:[^>]*[^/])?>.*?</c>)?', re.S)
_MATCHES = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_USUAL = re.compile(r"(?:(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]+)\n)*")
"""Numbers, each before a line end, that are the shortest of their value but for zeros at the end if they have no more
than 15 signs."""

_SHARED = re.compile(rb' t="s"([^>]*)><v>([0-9]+)</v>')
_STILL_SHARED = re.compile(rb"""t=["']s["']""")
_ROWS = re.compile(rb'<row [^>]*?r="([0-9]{1,7})"')
_ITEM = re.compile(
    rf'<si><t>{_TRIMMED}</t></si>|<si><t xml:space="preserve">{_TEXT}</t></si>|<si>(.*?)</si>|<si/>', re.S
)
_SIGNS = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_SIGN = re.compile("|".join(_SIGNS))

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Kind = tuple[str, bool]


class Rows(NamedTuple):
    """Rows of a sheet in their order: their numbers, and the cells of each from the sheet's first column on."""

    numbers: list[int]
    cells: list[Sequence[str]]


class Look(NamedTuple):
    """How a workbook is to be understood: the bytes of its styles, the styles of plain numbers, whether its days are
    counted from 1904, and its shared strings."""

    styles: bytes
    plain: frozenset[str]
    from_1904: bool
    strings: list[str]


class PlainSheet:
    """The rows of one part of a workbook. `text_of` says what a value of calamine's is as text."""

    def __init__(self, path: str, part: str, look: Look, text_of: Callable[[object], str]) -> None:
        self._path, self._part, self._look, self._text_of = path, part, look, text_of
        self._known: dict[tuple[str, str], str] = {}
        self._pattern: _Pattern | None = None
        self._has_signs = False

    def begins_in_first_column(self) -> bool:
        """Whether a cell of the first rows below the first has a value in column A, as cells are counted from the first
        column that has one."""
        next(self.pieces(), None)
        return self._pattern is not None and bool(self._pattern.columns) and bool(self._pattern.columns[0])

    def pieces(self) -> Iterator[Rows]:
        """All rows that the sheet tells of, those without a cell with a value included."""
        rest, inside = b"", False
        with zipfile.ZipFile(self._path) as book, book.open(self._part) as stream:
            while chunk := stream.read(CHUNK):
                rest += chunk
                if not inside:
                    head = rest.find(b"<sheetData>")
                    if head < 0:
                        continue
                    rest = rest[head + len(b"<sheetData>") :]
                    inside = True
                cut = rest.rfind(b"</row>") + 6
                if cut > 6:
                    self._pattern = self._pattern or _Pattern(_columns(rest[:cut]))
                    yield self._rows(rest[:cut], self._pattern)
                    rest = rest[cut:]

    def _rows(self, xml: bytes, pattern: _Pattern) -> Rows:
        try:
            text = xml.decode()
        except UnicodeDecodeError:
            return self._by_calamine(xml)
        self._has_signs = "&" in text
        found: list[tuple[str | None, ...]] = []
        strange: list[str] = []
        at, match = 0, pattern.match
        while at < len(text):
            scanner = match.scanner(text, at)  # type: ignore[attr-defined]
            take = scanner.match
            last = None
            while (row := take()) is not None:
                found.append(row.groups())
                last = row
            if last is not None:
                at = last.end()
            if at < len(text):
                end = text.index("</row>", at) + 6
                strange.append(text[at:end])
                at = end
        rows = self._understood(pattern, found)
        numbers = [int(groups[0] or 0) for groups in found]
        if not strange:
            return Rows(numbers, rows)
        return self._joined(numbers, rows, strange)

    def _joined(self, numbers: list[int], rows: list[Sequence[str]], strange: list[str]) -> Rows:
        """The rows and the strange ones, which are as calamine reads them, in order."""
        others = self._by_calamine("".join(strange).encode())
        every = sorted([*zip(numbers, rows, strict=True), *zip(*others, strict=True)], key=lambda row: row[0])
        return Rows([number for number, _ in every], [cells for _, cells in every])

    def _understood(self, pattern: _Pattern, found: list[tuple[str | None, ...]]) -> list[Sequence[str]]:
        """The texts of the cells that the pattern's groups hold."""
        if not found:
            return []
        groups = list(zip(*found, strict=True))
        columns: list[Iterable[str]] = []
        at = 1
        for kinds in pattern.columns:
            parts: list[Sequence[str]] = []
            for kind, styled in kinds:
                if kind not in _NUMBERS:
                    parts.append(self._texts(kind, groups[at]))
                elif styled:
                    parts.append(self._numbers(groups[at + 1], groups[at]))
                else:
                    parts.append(self._numbers(groups[at]))
                at += 2 if kind in _NUMBERS and styled else 1
            if len(parts) == 1:
                columns.append(parts[0])
            else:
                columns.append(list(map("".join, zip(*parts, strict=True))) if parts else [""] * len(found))
        return list(zip(*columns, strict=True))

    def _texts(self, kind: str, cells: Sequence[str | None]) -> Sequence[str]:
        if kind == "shared":
            strings = self._look.strings
            try:
                return [strings[int(cell)] if cell is not None else "" for cell in cells]
            except IndexError as error:
                raise Damaged("there is no such shared string") from error
        if kind == "truth":
            return [{"1": "true", "0": "false"}.get(cell or "", "") for cell in cells]
        texts = _filled(cells)
        if self._has_signs:
            return [plain(text) if "&" in text else text for text in texts]
        return texts

    def _numbers(self, cells: Sequence[str | None], styles: Sequence[str | None] = ()) -> Sequence[str]:
        texts = _filled(cells)
        if other := set(styles) - self._look.plain - {None}:
            return self._styled(styles, texts, other)
        filled = "\n".join([text for text in texts if 0 < len(text) <= _DIGITS]) + "\n"
        if filled != "\n" and not _USUAL.fullmatch(filled):
            return [self._number(text) if text else "" for text in texts]
        if "0\n" in filled or len(max(texts, key=len)) > _DIGITS:
            text_of = self._text_of
            return [
                text
                if len(text) <= _DIGITS and text[-1:] != "0"
                else _tidy(text)
                if len(text) <= _DIGITS
                else text_of(float(text))
                for text in texts
            ]
        return texts

    def _number(self, text: str) -> str:
        if len(text) <= _DIGITS and _USUAL.fullmatch(text + "\n"):
            return _tidy(text)
        return self._text_of(float(text))

    def _styled(self, styles: Sequence[str | None], texts: Sequence[str], other: set[str | None]) -> list[str]:
        """Numbers of which some have a style that may say more: those as calamine reads them."""
        known = self._known
        pairs = list(zip(styles, texts, strict=True))
        wanted = [pair for pair in dict.fromkeys(pairs) if pair[1] and pair[0] in other and pair not in known]
        if wanted:
            if len(known) > _MOST_KEPT:
                known.clear()
                wanted = [pair for pair in dict.fromkeys(pairs) if pair[1] and pair[0] in other]
            cells = "".join(
                f'<row r="{row}"><c r="A{row}" s="{style}"><v>{text}</v></c></row>'
                for row, (style, text) in enumerate(wanted, start=1)
            )
            read = self._by_calamine(cells.encode()).cells
            for (style, text), row in zip(wanted, read, strict=True):
                known[style or "", text] = row[0]
        return [
            (known[style or "", text] if style in other else self._number(text)) if text else ""
            for style, text in pairs
        ]

    def _by_calamine(self, rows: bytes) -> Rows:
        """Rows of XML as calamine reads them, in a workbook of their own with the styles of theirs."""
        strings = self._look.strings

        def inline(match: re.Match[bytes]) -> bytes:
            at = int(match[2])
            if at >= len(strings):
                raise Damaged("there is no such shared string")
            return b' t="inlineStr"%b><is><t xml:space="preserve">%b</t></is>' % (match[1], _written(strings[at]))

        if b"sheetData" in rows:
            raise Damaged("rows are not where rows are")
        sheet = _SHARED.sub(inline, rows)
        wanted = set(map(int, _ROWS.findall(rows)))
        found = [
            (number, [self._text_of(cell) for cell in row])
            for number, row in by_calamine(sheet, self._look, strings=_STILL_SHARED.search(sheet) is not None)
            if number in wanted
        ]
        return Rows([number for number, _ in found], [cells for _, cells in found])


class _Pattern:
    """One pattern for a whole row; `columns` are the kinds of each column's cells, in the order of their groups."""

    def __init__(self, columns: Sequence[tuple[Kind, ...]]) -> None:
        self.columns = columns
        cells = []
        for at, kinds in enumerate(columns, start=1):
            behind = "|".join(_KINDS[kind] for kind in kinds)
            empty = r'(?: s="[0-9]+"|)/>'
            inside = f"(?:{behind}|{empty})" if kinds else empty
            cells.append(rf'(?:<c r="{letters(at)}\1"{inside}|)')
        self.match = re.compile(rf'<row r="([0-9]+)"[^>]*(?<!/)>{"".join(cells)}</row>')


def _columns(xml: bytes) -> tuple[tuple[Kind, ...], ...]:
    """The kinds of the cells in each column of the first rows."""
    kinds: dict[int, dict[Kind, None]] = {}
    for row in islice(_ROW.finditer(xml.decode(errors="replace")), 1, _SAMPLE):
        for letter, behind in _CELL.findall(row[2]):
            at = number_of(letter)
            if at <= _MOST_COLUMNS:
                of = kinds.setdefault(at, {})
                kind = next((kind for kind, pattern in _MATCHES.items() if pattern.fullmatch(behind)), None)
                if kind is not None and len(of) < _MOST_KINDS:
                    of[kind] = None
    return tuple(tuple(kinds.get(at, ())) for at in range(1, max(kinds, default=0) + 1))


def _filled(cells: Sequence[str | None]) -> Sequence[str]:
    return [cell or "" for cell in cells] if None in cells else cells  # type: ignore[return-value]


def _tidy(text: str) -> str:
    """A usual number without zeros at the end of its decimals."""
    if "." not in text:
        return text
    short = text.rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def plain(text: str) -> str:
    """A text of XML without the five references that every XML knows."""
    return _SIGN.sub(lambda sign: _SIGNS[sign[0]], text)


def letters(number: int) -> str:
    """A for 1, AA for 27."""
    text = ""
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(65 + letter) + text
    return text


def number_of(text: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


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
        items = "".join(f'<si><t xml:space="preserve">{_written(text).decode()}</t></si>' for text in look.strings)
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


def _written(text: str) -> bytes:
    """A text as it stands in XML, from which calamine reads it again; “_x000D_” stays a text."""
    return escape(text).replace("_x", "_x005F_x").replace("\r", "_x000D_").encode()
