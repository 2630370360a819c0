"""Tables as the files a company would send: CSV as a spreadsheet writes it, or a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import xlsxwriter  # type: ignore[import-untyped]

BOM = b"\xef\xbb\xbf"
ROWS_AT_ONCE = 4_000
BYTES_AT_ONCE = 256 * 1024

Cell = str | int | float | bool | date | None
Row = Sequence[Cell]


@dataclass(frozen=True)
class Column:
    """A column: the header people see, the key it is known by, its type and what part it plays."""

    source: str
    name: str
    type: str
    role: str
    required: bool = True


@dataclass(frozen=True)
class Table:
    """A file to upload: its name, its data set (key, name), its columns, those that identify a row, and its rows."""

    filename: str
    key: str
    name: str
    columns: tuple[Column, ...]
    row_key: tuple[str, ...]
    rows: Iterable[Row] = field(compare=False, repr=False)

    def chunks(self) -> Iterator[bytes]:
        """The file's bytes, piece by piece; the rows are used up by it."""
        headers = [column.source for column in self.columns]
        return as_xlsx(headers, self.rows) if self.filename.endswith(".xlsx") else as_csv(headers, self.rows)


def as_csv(headers: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, as Excel saves it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(headers)
    yield BOM
    for number, row in enumerate(rows, 1):
        writer.writerow(row)
        if number % ROWS_AT_ONCE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def as_xlsx(headers: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A workbook with one sheet; the same rows give the same bytes."""
    target = io.BytesIO()
    options = {"constant_memory": True, "in_memory": True, "default_date_format": "yyyy-mm-dd"}
    workbook = xlsxwriter.Workbook(target, options)
    workbook.set_properties({"created": datetime(2020, 1, 1, tzinfo=UTC)})
    sheet = workbook.add_worksheet("问卷")
    sheet.write_row(0, 0, headers)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    workbook.close()
    target.seek(0)
    while piece := target.read(BYTES_AT_ONCE):
        yield piece


def yuan(cents: int) -> str:
    """Fen as an amount is written in a file: 123456 -> "1234.56"."""
    return f"{cents // 100}.{cents % 100:02d}"


def clock(second: int) -> str:
    """Seconds after midnight as a time of day."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
