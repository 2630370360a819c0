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
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from apps.engine.sheet_facts import SheetFacts
from apps.engine.sheet_grammar import Grammar
from apps.engine.small_book import TEXT, TRIMMED, Look, by_calamine, plain, written
from apps.engine.unreadable import Damaged

CHUNK = 1 << 20

_SAMPLE = 100
_LONGEST_ROW = 1 << 16
_MOST_KINDS = 3
_MOST_COLUMNS = 500
_MOST_KEPT = 100_000
_DIGITS = 15

_FORMULA = r"<f(?: [^>]*)?(?:/>|>[^<]*</f>)"
_NUMBER = r"(-?[0-9]+(?:\.[0-9]+|)(?:[eE][+-]?[0-9]+|))"
_BEHIND = {
    "inline": rf' t="inlineStr"><is><t(?: xml:space="preserve"|)>{TRIMMED}</t></is></c>',
    "shared": r' t="s"><v>([0-9]+)</v></c>',
    "number": rf"(?: t=\"n\"|)><v>{_NUMBER}</v></c>",
    "computed": rf"(?: t=\"n\"|)>{_FORMULA}<v>{_NUMBER}</v></c>",
    "truth": rf' t="b">(?:{_FORMULA})?<v>([01])</v></c>',
    "result": rf' t="str">(?:{_FORMULA})?<v>{TEXT}</v></c>',
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

_LOOSE = re.compile(r"\.[0-9]*0\n")
"""Such a number with zeros at the end."""

_SHARED = re.compile(rb' t="s"([^>]*)><v>([0-9]+)</v>')
_STILL_SHARED = re.compile(rb"""t=["']s["']""")
_ROWS = re.compile(rb'<row [^>]*?\br="([0-9]{1,7})"')
_BEFORE_ROWS, _BEHIND_ROWS = b"<worksheet><sheetData>", b"</sheetData></worksheet>"

Kind = tuple[str, bool]


class Rows(NamedTuple):
    """Rows of a sheet in their order: their numbers, and the cells of each from the sheet's first column on."""

    numbers: list[int]
    cells: list[Sequence[str]]


class PlainSheet:
    """The rows of one part of a workbook. `text_of` says what a value of calamine's is as text. Raises Damaged."""

    def __init__(self, path: str, part: str, look: Look, facts: SheetFacts, text_of: Callable[[object], str]) -> None:
        self._path, self._part, self._look, self._facts, self._text_of = path, part, look, facts, text_of
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
        rest, around, inside = b"", Grammar(), False
        with zipfile.ZipFile(self._path) as book, book.open(self._part) as stream:
            while chunk := stream.read(CHUNK):
                rest += chunk
                if not inside:
                    head = rest.find(b"<sheetData>")
                    if head < 0:
                        continue
                    inside, cut = True, head + len(b"<sheetData>")
                    around.feed(rest[:cut])
                    rest = rest[cut:]
                cut = rest.rfind(b"</row>") + 6
                if cut > 6:
                    self._pattern = self._pattern or _Pattern(_columns(rest[:cut]))
                    yield self._rows(rest[:cut], self._pattern)
                    rest = rest[cut:]
        around.feed(rest, last=True)
        if around.facts.last_column:
            raise Damaged("a row that does not end", row=around.rows[-1])

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
        return list(zip(*columns, strict=True)) if columns else [() for _ in found]

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
        longest = len(max(texts, key=len))
        whole = longest <= _DIGITS and "" not in texts
        filled = "\n".join(texts if whole else [text for text in texts if 0 < len(text) <= _DIGITS]) + "\n"
        if filled != "\n" and not _USUAL.fullmatch(filled):
            return [self._number(text) if text else "" for text in texts]
        if longest > _DIGITS or _LOOSE.search(filled):
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
            read = self._read(cells.encode(), range(1, len(wanted) + 1)).cells
            for (style, text), row in zip(wanted, read, strict=True):
                known[style or "", text] = row[0]
        return [
            (known[style or "", text] if style in other else self._number(text)) if text else ""
            for style, text in pairs
        ]

    def _by_calamine(self, rows: bytes) -> Rows:
        """Rows of XML as calamine reads them, which must be rows to the letter, and told of by the sheet's facts."""
        grammar = Grammar()
        grammar.feed(_BEFORE_ROWS + rows + _BEHIND_ROWS, last=True)
        known = self._facts
        unseen = next((row for (row, column) in grammar.facts.odd if (row, column) not in known.odd), 0)
        if unseen or grammar.facts.last_column > known.last_column or grammar.rows != [*map(int, _ROWS.findall(rows))]:
            raise Damaged("cells that are written in several ways", row=unseen or grammar.rows[-1])
        read = self._read(rows, set(grammar.rows))
        filled = {number for number, cells in zip(*read, strict=True) if any(cells)}
        if lost := [row for row in grammar.rows if grammar.facts.held[row : row + 1] == b"\1" and row not in filled]:
            raise Damaged("a row that is lost", row=lost[0])
        return read

    def _read(self, rows: bytes, wanted: Container[int]) -> Rows:
        """Rows of XML by calamine, in a workbook of their own with the styles of theirs."""
        strings = self._look.strings

        def inline(match: re.Match[bytes]) -> bytes:
            at = int(match[2])
            if at >= len(strings):
                raise Damaged("there is no such shared string")
            return b' t="inlineStr"%b><is><t xml:space="preserve">%b</t></is>' % (match[1], written(strings[at]))

        sheet = _SHARED.sub(inline, rows)
        read = by_calamine(sheet, self._look, strings=_STILL_SHARED.search(sheet) is not None)
        found = [(number, [self._text_of(cell) for cell in row]) for number, row in read if number in wanted]
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
        self.match = re.compile(rf'<row r="([0-9]+)"[^<>]*(?<!/)>{"".join(cells)}</row>')


def _columns(xml: bytes) -> tuple[tuple[Kind, ...], ...]:
    """The kinds of the cells in each column of the first rows."""
    kinds: dict[int, dict[Kind, None]] = {}
    for row in islice(_ROW.finditer(xml.decode(errors="replace")), 1, _SAMPLE):
        for letter, behind in _CELL.findall(row[2]) if len(row[2]) <= _LONGEST_ROW else ():
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
