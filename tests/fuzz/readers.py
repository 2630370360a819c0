"""What any bytes are put through, in this very process: the look at a file, and the reader it names.

Whatever the bytes, they are refused or read; the ways to read them tell the same cells; and the rows that somebody else
sees in them (ElementTree, pyarrow, a count of lines) are among those told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pyarrow
import pyarrow.parquet
import python_calamine

from apps.engine import contents, read_xlsx
from apps.engine.cells import strip
from apps.engine.child import Desk
from apps.engine.encodings import NotText
from apps.engine.limits import Limits
from apps.engine.opening import damaged_later, open_source
from apps.engine.read_csv import CsvSource
from apps.engine.read_jsonl import JsonLinesSource
from apps.engine.read_parquet import ParquetSource
from apps.engine.read_sheet import SheetSource
from apps.engine.source import Block, Source, cells_of, rows_of
from apps.engine.unreadable import Damaged, Unreadable

Told = list[tuple[int, str, list[str]]]
"""The number of each row, why it is set aside ("" for good ones), and its cells."""

_SAYS_SOMETHING = re.compile(r"[0-9A-Za-z]")
_A_NUMBER = re.compile(r"[0-9]{1,15}")


class Readers:
    """Read bytes as a file in `folder`, every way there is. Raises AssertionError where two ways tell of different
    rows, and whatever no reader may raise."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "file"
        self._desk = Desk(Limits(threads=1), str(folder / "work"), lambda *_: None)
        Path(self._desk.work_dir).mkdir()

    def one(self, data: bytes, must: Iterable[int] = ()) -> None:
        """Put these bytes through; rows `must` are in them."""
        self._path.write_bytes(data)
        kind = ""
        try:
            source = open_source(str(self._path), "file", self._desk).source
            kind = source.kind
            told = _singly(source)
            if isinstance(source, CsvSource | SheetSource):
                _same(_several(source), told, "many at a time and one by one")
        except (NotText, Unreadable):
            return
        except Exception as error:
            if damaged_later(kind, "file", error) is None:
                raise
            return
        if isinstance(source, SheetSource) and kind == contents.XLSX:
            self._as_calamine(source, told)
        there = {row for row, *_ in told}
        for row in (*must, *self._seen_by_others(source)):
            if row > source.header_row and row not in there:
                raise AssertionError(f"row {row} of {source.kind} is lost")

    def _as_calamine(self, source: SheetSource, told: Told) -> None:
        plain_of = read_xlsx.plain_of
        read_xlsx.plain_of = lambda *_: None
        try:
            other = SheetSource(str(self._path), contents.XLSX, source.sheet)
            _same(_singly(other), told, "calamine and a pattern")
        except python_calamine.CalamineError:
            return
        except Damaged as error:
            if str(error) != "no XML":  # signs that XML does not have are read where nothing else is unusual
                raise AssertionError(f"not refused: {error}") from error
            return
        finally:
            read_xlsx.plain_of = plain_of

    def _seen_by_others(self, source: Source) -> Iterable[int]:
        """The numbers of rows in which somebody else sees something."""
        if isinstance(source, CsvSource | JsonLinesSource):
            return _lines(Path(source.path))
        if isinstance(source, ParquetSource):
            return _rows_of_parquet(self._path, set(source.blank))
        return ()


def rows_of_sheet(xml: bytes) -> Iterable[int]:
    """The rows of a worksheet in which ElementTree finds a number; none if it finds no XML."""
    try:
        rows = ElementTree.fromstring(xml).iterfind(".//{*}row")  # noqa: S314 - what may take memory is ours to try
    except (ElementTree.ParseError, ValueError, LookupError):
        return
    for row in rows:
        for value in row.iter():
            if value.tag.rpartition("}")[2] == "v" and _A_NUMBER.fullmatch(value.text or "") and row.get("r"):
                yield int(row.get("r", ""))


def _lines(path: Path) -> Iterable[int]:
    """Lines in which something stands, where no cell can go over several."""
    text = path.read_bytes().decode(errors="replace")
    if '"' in text:
        return ()
    lines = enumerate(text.split("\n" if "\n" in text else "\r"), start=1)
    return [number for number, line in lines if _SAYS_SOMETHING.search(line)]


def _rows_of_parquet(path: Path, blank: set[int]) -> Iterable[int]:
    try:
        rows = pyarrow.parquet.read_table(path).num_rows
    except (pyarrow.ArrowException, OSError, ValueError):
        return ()
    return [row for row in range(1, rows + 1) if row not in blank]


def _same(one: Told, other: Told, ways: str) -> None:
    if one == other:
        return
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    raise AssertionError(f"{ways} differ: {len(one)} and {len(other)} rows, {one[at : at + 1]}, {other[at : at + 1]}")


def _several(source: CsvSource | SheetSource) -> Told:
    told: Told = []
    for piece in source.pieces():
        if not isinstance(piece, Block):
            told.append(_row(source, piece.row, piece.line, piece.code))
            continue
        rows = list(rows_of(piece.lines, source.delimiter))
        if len(rows) != piece.rows:
            raise AssertionError("a block has other rows than it says")
        told += [(piece.row + at, "", [strip(cell) for cell in cells]) for at, cells in enumerate(rows)]
    return told


def _singly(source: Source) -> Told:
    return [_row(source, record.row, record.line, record.code) for record in source.records()]


def _row(source: Source, row: int, line: bytes, code: object) -> tuple[int, str, list[str]]:
    if code is not None:
        return row, str(code), [line.decode(errors="replace")]
    return row, "", [strip(cell) for cell in cells_of(line, source.delimiter)]
