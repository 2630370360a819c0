"""Event rows as the files of a data set: 36 months, customers by a power law, five dimensions."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import duckdb

from apps.engine import FileEntry

MONTHS = [date(2023 + at // 12, at % 12 + 1, 1) for at in range(36)]
DIMENSIONS = ("region", "brand", "channel", "tier", "store")
LAST = date(2025, 12, 31)
AT_ONCE = 10_000_000
"""Rows that are made at a time: of more, months have several files, as after several uploads."""

# Customer n * u^2.2 lives from a day of their own for some months; every value is a function of a hash of the row.
ROWS = """
WITH raw AS (SELECT i, floor({customers} * pow({u1}, 2.2))::BIGINT AS c FROM range({start}, {stop}) r(i)),
placed AS (
  SELECT *, greatest(0, {c1} * 1246 - 250) AS born, {c2} AS luck FROM raw
), dated AS (
  SELECT *, born + {u2} * (least(1095.9999, born + 15 - ln(1 - luck * 0.999999) * 320) - born) AS days FROM placed
)
SELECT (DATE '2023-01-01' + floor(days)::INTEGER) AS d,
  (DATE '2023-01-01' + floor(days)::INTEGER) + to_microseconds(28800000000 + ({u3} * 50399999999)::BIGINT) AS moment,
  CASE WHEN {u4} < 0.002 THEN NULL ELSE 'C' || lpad(((c * 7919) % {customers})::VARCHAR, 9, '0') END AS customer,
  'R' || floor(8 * pow({c3}, 1.6))::INTEGER AS region, 'B' || floor(12 * pow({c4}, 1.4))::INTEGER AS brand,
  'K' || floor(6 * {u5})::INTEGER AS channel, 'T' || floor(4 * pow({c5}, 2))::INTEGER AS tier,
  'S' || lpad(floor(200 * {c6})::INTEGER::VARCHAR, 3, '0') AS store,
  (60 + exp(5.5 + 1.54 * ({u6} + {u7} + {u8} - 1.5)))::DECIMAL(18, 2)::DECIMAL(18, 6) AS amount,
  floor(11 * pow({u9}, 0.4))::BIGINT AS score,
  CASE WHEN {u10} < 0.5 THEN 'visit' WHEN {u10} < 0.8 THEN 'signup' ELSE 'paid' END AS step,
  {u11} < 0.7 AS paid, 'upload' AS _upload, i::BIGINT AS _row
FROM dated
"""


def write(folder: Path, rows: int) -> tuple[FileEntry, ...]:
    """The files of a data set of that many rows, one for each month and `AT_ONCE` rows; made once in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(folder / "spill"), "threads": "2"})
    connection.execute("SET enable_progress_bar = false")
    entries = []
    for part, start in enumerate(range(0, rows, AT_ONCE)):
        paths = [folder / f"{month:%Y-%m}{f'-{part}' if part else ''}.parquet" for month in MONTHS]
        if not all(path.exists() for path in paths):
            _make(connection, _sql(rows, start, min(start + AT_ONCE, rows)), paths)
        entries += [_entry(connection, month, path) for month, path in zip(MONTHS, paths, strict=True)]
    connection.close()
    return tuple(entries)


def write_rates(folder: Path) -> FileEntry:
    """A rate of each channel to the first one on each Monday: channels stand in for currencies."""
    path = folder / "rates.parquet"
    mondays = [date(2022, 12, 26) + timedelta(weeks=at) for at in range(158)]
    rows = [
        f"(DATE '{day}', 'K{at}', {day.year % 100 + at}.{day.month:02}{day.day:02}, 'upload', {at})"
        for day in mondays
        for at in range(1, 6)
    ]
    listed = f"(VALUES {', '.join(rows)}) AS listed(d, currency, rate, _upload, _row)"
    select = f"SELECT d, currency, rate::DECIMAL(18, 6) AS rate, _upload, _row::BIGINT AS _row FROM {listed}"  # noqa: S608
    if not path.exists():
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return FileEntry(str(path), "2023-01", len(rows), os.path.getsize(path), mondays[0], mondays[-1])


def _make(connection: duckdb.DuckDBPyConnection, sql: str, paths: list[Path]) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {sql}")
    for month, path in zip(MONTHS, paths, strict=True):
        connection.execute(
            f"COPY (SELECT * FROM made WHERE d >= DATE '{month}' AND d < DATE '{month}' + INTERVAL 1 MONTH "  # noqa: S608
            f"ORDER BY moment) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
    connection.execute("DROP TABLE made")


def _entry(connection: duckdb.DuckDBPyConnection, month: date, path: Path) -> FileEntry:
    count, first, last = connection.execute(f"SELECT count(*), min(d), max(d) FROM '{path}'").fetchone()  # noqa: S608
    first, last = first or month, last or month + timedelta(days=1)
    return FileEntry(str(path), f"{month:%Y-%m}", count, os.path.getsize(path), first, last)


def _sql(rows: int, start: int, stop: int) -> str:
    unit = "((hash(({0} * 251 + {1})::BIGINT) >> 11)::DOUBLE / 9007199254740992.0)"
    of_row = {f"u{number}": unit.format("i", number) for number in range(1, 12)}
    of_customer = {f"c{number}": unit.format("c", 100 + number) for number in range(1, 7)}
    return ROWS.format(start=start, stop=stop, customers=max(rows // 20, 20), **of_row, **of_customer)
