"""What any bytes are put through, in this very process: the look at a file, and the reader it names."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import python_calamine

from apps.engine import contents, read_xlsx
from apps.engine.child import Desk
from apps.engine.encodings import NotText, encoding_of
from apps.engine.limits import Limits
from apps.engine.opening import damaged_later, open_source
from apps.engine.read_csv import CsvSource
from apps.engine.read_sheet import SheetSource
from apps.engine.source import Block, rows_of
from apps.engine.unreadable import Damaged, Unreadable

Told = tuple[list[int], int]


_SHEET = "xl/worksheets/sheet1.xml"


def sheets_of(content: bytes) -> list[bytes]:
    """The XML of a workbook's sheets, if it is one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        return []


class Readers:
    """Read bytes as a file in `folder`, every way there is. The XML of a sheet is put into `book`, a workbook: what is
    packed cannot be changed a byte at a time."""

    def __init__(self, folder: Path, book: bytes) -> None:
        self._path, self._book_of = folder / "file", book
        self._desk = Desk(Limits(threads=1), str(folder / "work"), lambda *_: None)
        Path(self._desk.work_dir).mkdir()

    def one(self, data: bytes) -> None:
        """Raises AssertionError where two ways tell of different rows, and whatever no reader may raise."""
        if b"<worksheet" in data[:1000]:
            data = self._packed(data)
        self._path.write_bytes(data)
        encoding = encoding_of(str(self._path), "") if data else ""
        kind, _ = contents.look(str(self._path), "file")
        if kind == contents.XLSX:
            self._book()
        elif kind in (contents.CSV, contents.JSONL) and encoding:
            self._text(kind)

    def _packed(self, sheet: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self._book_of)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                new.writestr(name, sheet if name == _SHEET else old.read(name))
        return out.getvalue()

    def _text(self, kind: str) -> None:
        try:
            source = open_source(str(self._path), "file", self._desk).source
            if isinstance(source, CsvSource):
                _same(_several(source), _singly(source))
            else:
                _singly(source)
        except (NotText, Unreadable):
            return

    def _book(self) -> None:
        try:
            source = open_source(str(self._path), "file", self._desk).source
        except Unreadable:
            return
        if not isinstance(source, SheetSource):
            raise AssertionError("a workbook is no sheet")
        try:
            ours = _several(source)
            _same(ours, _singly(source))
        except Exception as error:
            if damaged_later(contents.XLSX, "file", error) is None:
                raise
            return
        plain_of = read_xlsx.plain_of
        read_xlsx.plain_of = lambda *_: None
        try:
            other = SheetSource(str(self._path), contents.XLSX, source.sheet)
            if other.header == source.header and _several(other) != ours:
                raise AssertionError("calamine reads other rows")
        except (python_calamine.CalamineError, Damaged):
            return
        finally:
            read_xlsx.plain_of = plain_of


def _same(many: Told, singly: Told) -> None:
    if many != singly:
        raise AssertionError(f"{len(many[0])} rows many at a time, {len(singly[0])} one by one")


def _several(source: CsvSource | SheetSource) -> Told:
    rows: list[int] = []
    odd = 0
    for piece in source.pieces():
        if not isinstance(piece, Block):
            rows.append(piece.row)
            odd += piece.code is not None
            continue
        if len(list(rows_of(piece.lines, source.delimiter))) != piece.rows:
            raise AssertionError("a block has other rows than it says")
        rows += range(piece.row, piece.row + piece.rows)
    return rows, odd


def _singly(source: CsvSource | SheetSource) -> Told:
    records = list(source.records())
    return [record.row for record in records], sum(record.code is not None for record in records)
