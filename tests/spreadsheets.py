"""What a spreadsheet would make of a file: the cells it holds, and those that it would run."""

import csv
import io
import zipfile

import python_calamine


def cells_of(content: bytes) -> list[list[str]]:
    """The cells of a CSV file or a workbook."""
    if content.startswith(b"PK"):
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
        return [[str(cell) for cell in row] for sheet in sheets for row in sheet]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def formulas_in(content: bytes) -> list[str]:
    """Cells that a spreadsheet takes for a formula; in CSV with comma and with semicolon between them. No numbers."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
        return [sheet for sheet in sheets if "<f" in sheet or "<hyperlink" in sheet]
    found = [cell for line in cells_of(content) for cell in line]
    found += [part for line in content.decode("utf-8-sig").splitlines() for part in line.split(";")]
    return [
        cell
        for cell in found
        if cell.startswith(("=", "+", "@", "\t", "\r")) or (cell[:1] == "-" and not _is_number(cell))
    ]


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()
