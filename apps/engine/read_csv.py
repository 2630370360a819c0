"""CSV as people send it, read once from end to end; every row is either good or listed with a reason.

This reader, and not DuckDB's, decides what a row is: physical lines, quotes and blank lines are counted in one place,
so that a row number is the one that a spreadsheet shows, and in = loaded + rejected. Lines without a quote (nearly
all) are only counted and passed on, at memory speed.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import chain, dropwhile, islice, repeat
from pathlib import Path
from typing import IO

from apps.engine.blocks import blocks_of
from apps.engine.cells import strip
from apps.engine.encodings import NotText
from apps.engine.headings import LOOKED_AT, heading_of, recognised, recogniser
from apps.engine.requests import AS_FOUND, Reading, RejectCode
from apps.engine.scan import LONGEST_QUOTE, scan
from apps.engine.shape import DELIMITERS
from apps.engine.source import GONE, LONGEST_RECORD, MOST_BLANK, Block, Record, cells_of, line_writer

_BOM = b"\xef\xbb\xbf"
_SAMPLE = 1 << 16
_SAMPLE_RECORDS = 100
_CHUNK = 1 << 20
_PIECE = 1 << 19
_LAST_HEADER = 10_000

csv.field_size_limit(2 * LONGEST_RECORD)


class CsvSource:
    """A CSV file in UTF-8. Opening it finds the header; raises NotText here or in `records`."""

    kind = "csv"

    def __init__(self, path: str, reading: Reading = AS_FOUND, encoding: str = "") -> None:
        self.path = path
        self.size = Path(path).stat().st_size
        self.position = 0
        with open(path, "rb") as file:
            start = file.read(_SAMPLE)
        self.has_bom = start.startswith(_BOM)
        self.encoding = encoding or ("UTF-8 with BOM" if self.has_bom else "UTF-8")
        self._line_end = b"\r" if b"\r" in start and b"\n" not in start else b"\n"
        sample = start.removeprefix(_BOM).decode("utf-8", errors="replace")
        self.delimiter = reading.delimiter or find_delimiter(sample)
        self._keep = reading.keep
        self._separator = self.delimiter.encode()
        self._blanks = self._separator + b" \t"
        self._write = line_writer(self.delimiter)
        self._row = 0
        self.blank: list[int] = []
        self._read_header(reading.header_row)

    def records(self) -> Iterator[Record]:
        """Every row below the header that is not blank, in order."""
        self.blank.clear()
        below = dropwhile(lambda record: record.row <= self.header_row, self._records(len(self.header)))
        return recognised(below, self._header_lines, self.delimiter, self._keep)

    def pieces(self, time: str = "") -> Iterator[Block | Record]:
        """The same rows, those of the usual kind many at a time, and cut where the days of column `time` turn."""
        if self._line_end != b"\n" or not self.header:
            yield from self.records()
            return
        self.blank.clear()
        marked = recogniser(self._header_lines, self.delimiter, self._keep)
        width, column = len(self.header), self.header.index(time) if time in self.header else -1
        with open(self.path, "rb") as file, open(self.path, "rb") as again:
            lines = _Lines(file, self._line_end, len(_BOM) if self.has_bom else 0)
            next(dropwhile(lambda record: record.row < self.header_row, self._read(lines, 0, width)), None)
            self.blank.clear()
            self.position = at = lines.position
            row = self._row
            while at < self.size:
                file.seek(at)
                size, text, bare = _whole_lines(file.read(_PIECE), at, self.size)
                found = scan(text, ord(self.delimiter), width, self._header_lines, column) if text else None
                if found is None:
                    lines = _Lines(again, self._line_end, at)
                    yield from map(marked, self._read(lines, row, width, at + size))
                    at, row = lines.position, self._row
                else:

                    def single(at: int, start: int, end: int, text: bytes = text, row: int = row) -> Record | None:
                        record = self._single(row + at + 1, text[start:end], width)
                        return marked(record) if record is not None else None

                    yield from blocks_of(text, found, row, single)
                    end = int(found.ends[-1]) + 1
                    at += size if end == len(text) else end if bare else end + text.count(b"\n", 0, end)
                    row += len(found.ends)
                self.position = at

    def _single(self, row: int, text: bytes, width: int) -> Record | None:
        """A record that may take several lines, from its text."""
        if b'"' not in text:
            return self._plain(row, text, width)
        first, _, rest = text.partition(b"\n")
        return self._quoted(row, first, _Lines(io.BytesIO(rest), self._line_end, 0), width)

    def _read_header(self, wanted: int) -> None:
        first = list(islice(self._records(0), max(LOOKED_AT, min(wanted, _LAST_HEADER))))
        rows = [(record.row, self._cells_of(record)) for record in first]
        found = heading_of(rows, wanted)
        self.header, self.header_row = [strip(name) for name in found.names], found.row
        self.titles, self.joined = found.titles, found.joined
        if self.header_row and (cells := dict(rows)[self.header_row])[len(self.header) :]:
            self.header += [""] * (len(cells) - len(self.header))  # cells without a name are columns all the same
        lines = (record.line for record in first if record.row == self.header_row)
        self._header_lines = [*lines, self._write(self.header)] if self.header else []

    def _cells_of(self, record: Record) -> list[str]:
        if record.code in (None, RejectCode.TOO_MANY_CELLS):
            return cells_of(record.line, self.delimiter)
        return [record.line.decode(errors="replace")]

    def _records(self, width: int) -> Iterator[Record]:
        with open(self.path, "rb") as file:
            yield from self._read(_Lines(file, self._line_end, len(_BOM) if self.has_bom else 0), 0, width)

    def _read(self, lines: _Lines, row: int, width: int, stop: int | None = None) -> Iterator[Record]:
        """The records of `lines` that begin before byte `stop`; the first one is that behind `row`. Blank ones are
        noted."""
        self._row = row
        for line in lines:
            if not line:
                return
            self._row = row = row + 1
            self.position = lines.position
            if not line.isascii():
                _check_utf8(line, lines.position - len(line), row)
            line = line.rstrip(b"\r\n")
            record = self._quoted(row, line, lines, width) if b'"' in line else self._plain(row, line, width)
            if record is not None:
                yield record
            if stop is not None and lines.position >= stop:
                return

    def _plain(self, row: int, line: bytes, width: int) -> Record | None:
        """A line without quotes; None for a blank one, which is noted."""
        if not line.strip(self._blanks):
            self._note_blank(row)
            return None
        if b"\r" in line or b"\0" in line or len(line) > LONGEST_RECORD:
            return self._odd(row, line, width)
        found = line.count(self._separator)
        return Record(row, line, None if found == width - 1 else _ragged(found, width - 1))

    def _note_blank(self, row: int) -> None:
        if len(self.blank) < MOST_BLANK:
            self.blank.append(row)

    def _quoted(self, row: int, first: bytes, lines: _Lines, width: int) -> Record | None:
        """The record that starts with line `first`, over as many lines as its quotes hold together."""
        taken: list[bytes] = []

        def continued() -> Iterator[str]:
            yield _text(first) + "\n"
            size = len(first)
            for line in lines:
                if not line:
                    return
                taken.append(line)
                size += len(line)
                if len(taken) >= LONGEST_QUOTE or size > LONGEST_RECORD:
                    return
                yield _text(line.rstrip(b"\r\n")) + "\n"

        if b"\0" in first:
            return Record(row, first, RejectCode.BAD_CHARACTER)
        reader = csv.reader(continued(), delimiter=self.delimiter, strict=True, skipinitialspace=True)
        try:
            cells = next(reader)
        except (csv.Error, UnicodeDecodeError):
            lines.push_back(taken)
            return Record(row, first, RejectCode.BAD_QUOTE)
        if not any(strip(cell) for cell in cells):
            self._note_blank(row)
            return None
        return self._record(row, cells, width)

    def _odd(self, row: int, line: bytes, width: int) -> Record:
        """A line without quotes that has something else unusual in it."""
        if len(line) > LONGEST_RECORD:
            return Record(row, line[:LONGEST_RECORD], RejectCode.TOO_LONG)
        if b"\0" in line:
            return Record(row, line, RejectCode.BAD_CHARACTER)
        return self._record(row, cells_of(line.replace(b"\r", b" "), self.delimiter), width)

    def _record(self, row: int, cells: list[str], width: int) -> Record:
        line = self._write(cells)
        if len(line) > LONGEST_RECORD:
            return Record(row, line[:LONGEST_RECORD], RejectCode.TOO_LONG)
        if b"\0" in line:
            return Record(row, line, RejectCode.BAD_CHARACTER)
        return Record(row, line, None if len(cells) == width else _ragged(len(cells), width))


class _Lines:
    """Lines of a file with their ends, then empty ones without end. Lines can be handed back, even after the last.

    `position` is that of the next line.
    """

    def __init__(self, file: IO[bytes], end: bytes, position: int) -> None:
        self.position = position
        file.seek(self.position)
        self._again: deque[bytes] = deque()
        self._lines = self._all(file if end == b"\n" else _split(file, end))

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def _all(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        again = self._again
        for new in chain(lines, repeat(b"")):
            self.position += len(new)
            yield new
            while again:
                line = again.popleft()
                self.position += len(line)
                yield line

    def push_back(self, lines: list[bytes]) -> None:
        """Give these lines again."""
        self._again.extendleft(reversed(lines))
        self.position -= sum(len(line) for line in lines)


def find_delimiter(sample: str) -> str:
    """The delimiter that cuts most of the sample's records into the same number of cells, more than one."""
    lines = list(io.StringIO(sample, newline=""))
    if len(lines) > 1 and len(sample) >= _SAMPLE // 4:
        lines.pop()  # it may be cut
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        widths: list[int] = []
        try:
            for cells in csv.reader(lines, delimiter=delimiter):
                if any(cells):
                    widths.append(len(cells))
                if len(widths) == _SAMPLE_RECORDS:
                    break
        except csv.Error:
            pass  # judged by the records before
        wide = Counter(width for width in widths if width > 1)
        if wide:
            usual = max(wide, key=lambda width: (wide[width], width))
            score = (wide[usual] / len(widths), usual)
            best, best_score = max((best, best_score), (delimiter, score), key=lambda pair: pair[1])
    return best


def _whole_lines(text: bytes, at: int, size: int) -> tuple[int, bytes, bool]:
    """How many bytes from place `at` of a file of `size` bytes are whole lines; those, with LF at their ends (empty if
    they have to be read one by one); and whether they end so in the file."""
    if at + len(text) < size:
        text = text[: text.rfind(b"\n") + 1] or text
    length, bare = len(text), b"\r" not in text
    if b"\0" in text or not _is_usual(text):
        return length, b"", bare
    if not bare:
        if not text.count(b"\r") == text.count(b"\r\n") == text.count(b"\n"):
            return length, b"", bare
        text = text.replace(b"\r\n", b"\n")
    if not text.endswith(b"\n"):
        if at + length < size:
            return length, b"", bare
        text += b"\n"
    return length, text, bare


def _is_usual(text: bytes) -> bool:
    """Whether this is UTF-8, without the sign that holds places."""
    try:
        return text.isascii() or GONE not in text.decode()
    except UnicodeDecodeError:
        return False


def _split(file: IO[bytes], end: bytes) -> Iterator[bytes]:
    """Lines of a file whose lines end in something else than LF."""
    rest = b""
    while chunk := file.read(_CHUNK):
        *lines, rest = (rest + chunk).split(end)
        yield from (line + end for line in lines)
    if rest:
        yield rest


def _check_utf8(line: bytes, position: int, row: int) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise NotText("utf-8", position + error.start, row) from error


def _text(line: bytes) -> str:
    return line.decode().replace("\r", " ")


def _ragged(found: int, expected: int) -> RejectCode:
    return RejectCode.TOO_MANY_CELLS if found > expected else RejectCode.TOO_FEW_CELLS
