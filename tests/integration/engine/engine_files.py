"""Mappings, files and what came of them, for the tests of the engine."""

import os
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from apps.engine import ColumnMapping, ColumnType, Loaded, Mapping, Role

ROOT = Path(__file__).parents[3]
SALES = (
    ("order", "order_no", "text", "key"),
    ("customer", "customer", "text", "entity"),
    ("day", "day", "date", "time"),
    ("store", "store", "text", "dimension"),
    ("amount", "amount", "decimal", "measure"),
)


def mapping(columns=SALES, key: tuple[str, ...] = ()) -> Mapping:
    """A mapping from (source, name, type, role) tuples."""
    made = [ColumnMapping(source, name, ColumnType(kind), Role(role)) for source, name, kind, role in columns]
    return Mapping(tuple(made), key)


def write_csv(path: Path, *lines: str) -> Path:
    """A UTF-8 file of these lines."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_xlsx(path: Path, rows, sheet: str = "Sheet1") -> Path:
    """A workbook with one sheet of these rows; days and moments are formatted as such."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return path


def table(loaded: Loaded, columns: str = "* EXCLUDE (_upload, _row)", order: str = "ALL") -> list[tuple]:
    """The rows of a dataset version, read without the engine."""
    if not loaded.files:
        return []
    paths = [entry.path for entry in loaded.files]
    query = f"SELECT {columns} FROM read_parquet(?, union_by_name=true, hive_partitioning=false) ORDER BY {order}"  # noqa: S608
    return duckdb.execute(query, [paths]).fetchall()


def rejects(loaded: Loaded) -> list[tuple]:
    """The reject list as (row, column, code, text)."""
    query = 'SELECT "row", "column", code, "text" FROM read_parquet(?) ORDER BY ALL'
    return duckdb.execute(query, [loaded.rejects_path]).fetchall()


def data_sets() -> Path:
    """Where the real data sets are; skips the test where they are not."""
    folder = Path(os.environ.get("LODESTAR_DATA_SETS") or ROOT.parent / "shared" / "data")
    if not (folder / "cdnow" / "cdnow_transactions.csv").exists():
        pytest.skip(f"no data sets in {folder}; LODESTAR_DATA_SETS names the folder that holds cdnow/")
    return folder
