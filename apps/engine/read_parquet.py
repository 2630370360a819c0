"""Parquet as rows of text, through DuckDB: each value as text that loads back to the same value."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import duckdb

from apps.engine.cells import strip
from apps.engine.duck import connect, literal, name, one
from apps.engine.headings import recognised
from apps.engine.read_sheet import text_of
from apps.engine.requests import AS_FOUND, Reading, RejectCode
from apps.engine.source import LONGEST_RECORD, Record, line_writer

if TYPE_CHECKING:
    from apps.engine.child import Desk

DELIMITER = ","
_BATCH = 2000
_FLOATS = ("FLOAT", "DOUBLE")


class ParquetSource:
    """A Parquet file; its rows are counted from 1, for there is no row of headers. Raises duckdb.Error."""

    kind = "parquet"
    delimiter = DELIMITER
    encoding = ""
    header_row = 0
    joined = False

    def __init__(self, path: str, desk: Desk, reading: Reading = AS_FOUND) -> None:
        self._desk = desk
        self._from = f"read_parquet({literal(path)}, hive_partitioning = false)"
        self._path = path
        self._write = line_writer(DELIMITER)
        self._keep = reading.keep
        connection = connect(desk, [path], keep_order=True)
        columns = connection.execute(f"DESCRIBE SELECT * FROM {self._from}").fetchall()
        (self.size,) = one(connection, f"SELECT count(*) FROM {self._from}")
        connection.close()
        self.header = [strip(column) for column, *_ in columns]
        self._columns = [(column, str(kind)) for column, kind, *_ in columns]
        self.titles: list[tuple[int, str]] = []
        self.blank: list[int] = []
        self.position = 0

    def records(self) -> Iterator[Record]:
        """Every row in which something stands, in order. Raises duckdb.Error where the file is damaged."""
        self.blank.clear()
        return recognised(self._records(), (), DELIMITER, self._keep)

    def _records(self) -> Iterator[Record]:
        connection = connect(self._desk, [self._path], keep_order=True)
        picked = ", ".join(_as_text(column, kind) for column, kind in self._columns)
        cursor = connection.execute(f"SELECT {picked} FROM {self._from}")
        row = 0
        try:
            while batch := cursor.fetchmany(_BATCH):
                for values in batch:
                    row += 1
                    self.position = row
                    cells = ["" if value is None else text_of(value) for value in values]
                    if not any(strip(cell) for cell in cells):
                        self.blank.append(row)
                        continue
                    line = self._write(cells)
                    if len(line) > LONGEST_RECORD:
                        yield Record(row, line[:LONGEST_RECORD], RejectCode.TOO_LONG)
                    else:
                        yield Record(row, line, RejectCode.BAD_CHARACTER if b"\0" in line else None)
        finally:
            connection.close()


def _as_text(column: str, kind: str) -> str:
    """The column as text, but for binary numbers, whose shortest digits Python knows."""
    if kind in _FLOATS:
        return name(column)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({name(column)} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f') || 'Z'"
    return f"CAST({name(column)} AS VARCHAR)"


DAMAGED = duckdb.Error
"""What a damaged or lying file makes DuckDB raise."""
