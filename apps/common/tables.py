"""Tables as files for spreadsheets: text stays text, whatever it begins with; figures and days are what they are.

Every CSV file and every workbook that leaves the product is written here (`tests/architecture/test_tables.py`), but for
those that the engine's child writes; both take `kernel.harmless` for what a text has to become in CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO

import xlsxwriter  # type: ignore[import-untyped]
from django.http import HttpResponse
from django.utils import timezone

from apps.common import formats

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Sheet = tuple[str, Sequence[Sequence[object]]]
"""A name, and rows of which the first is the head."""
WIDEST = 48
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def table_file(sheets: Sequence[Sheet], *, name: str, kind: str) -> HttpResponse:
    """A file to keep: `kind` "xlsx" has all sheets, anything else is the first one as CSV. `name` is in ASCII."""
    xlsx = kind == "xlsx"
    body = workbook(sheets) if xlsx else comma_separated(sheets[0][1])
    return attached(body, name=name, kind="xlsx" if xlsx else "csv")


def comma_separated(rows: Iterable[Sequence[object]]) -> str:
    """CSV that a spreadsheet opens as UTF-8. Text that it would take for a formula gets a leading apostrophe."""
    buffer = io.StringIO()
    write = line_writer(buffer)
    for row in rows:
        write(row)
    return "\ufeff" + buffer.getvalue()


def line_writer(file: IO[str]) -> Callable[[Iterable[object]], object]:
    """What writes a row to a CSV file. Text that a spreadsheet would take for a formula gets a leading apostrophe."""
    writer = csv.writer(file)

    def write(row: Iterable[object]) -> None:
        writer.writerow([formats.as_cell(cell) if isinstance(cell, str) else _plain(cell) for cell in row])

    return write


def attached(body: bytes | str, *, name: str, kind: str) -> HttpResponse:
    """A file to keep: `kind` "xlsx" or "csv". `name` is in ASCII, without its ending."""
    response = HttpResponse(body, content_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _plain(cell: object) -> object:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(timespec="minutes")
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else cell


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """XLSX. Text is written as text: no formula, no link."""
    file = io.BytesIO()
    with new_workbook(file) as book:
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        }
        for name, rows in sheets:
            _sheet(book.add_worksheet(name.translate(FORBIDDEN)[:31]), rows, styles)
    return file.getvalue()


def new_workbook(file: IO[bytes]) -> xlsxwriter.Workbook:
    """An empty workbook in which text stays text, to be closed by whoever asks."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(file, options)


def _sheet(sheet: xlsxwriter.worksheet.Worksheet, rows: Sequence[Sequence[object]], styles: dict) -> None:
    widths: list[int] = []
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            _cell(sheet, at, column, cell, styles, head=at == 0)
            size = 12 if isinstance(cell, date) else len(str(cell)) + 2 if cell is not None else 0
            widths += [8] * (column + 1 - len(widths))
            widths[column] = min(WIDEST, max(widths[column], size))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    if rows:
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows) - 1), max(0, len(widths) - 1))


def _cell(
    sheet: xlsxwriter.worksheet.Worksheet, at: int, column: int, cell: object, styles: dict, *, head: bool
) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(at, column, timezone.localtime(cell).replace(tzinfo=None), styles["moment"])
    elif isinstance(cell, date):
        sheet.write_datetime(at, column, cell, styles["day"])
    elif isinstance(cell, bool):
        sheet.write_boolean(at, column, cell)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(at, column, float(cell))
    else:
        sheet.write_string(at, column, str(cell)[:32767], styles["head"] if head else None)
