"""One day more: a file of 50,000 rows into a large data set, beside the same file into an empty one.

The data set is made by the engine itself, in five files and then ten days, so that its last month has small files as
it has in life. It lies in `LODESTAR_BENCH_DATA` for the next time, if that is set. Every load is a child of its own,
turn by turn; CPU is user + system of the child, the clock is the caller's.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb

from apps import engine
from tests.bench.report import Figure
from tests.bench.usage import Usage, heard

ROWS = 10_000_000
ROUNDS = 7
DAY = 50_000
DAYS = 1_000
FILES = 5
FRESH = 10
"""Days that came one by one."""

COLUMNS = (
    ("订单号", "order_no", "text", "key"),
    ("凭证", "ticket", "text", "attribute"),
    ("下单时间", "at", "datetime", "time"),
    ("客户编号", "customer", "text", "entity"),
    ("门店", "store", "text", "dimension"),
    ("渠道", "channel", "text", "dimension"),
    ("数量", "quantity", "integer", "measure"),
    ("金额", "amount", "decimal", "measure"),
)
_QUERY = """
SELECT 'SO' || (1000000000 + i) AS "订单号",
  substr(md5(i::VARCHAR), 1, 20) AS "凭证",
  strftime(TIMESTAMP '2023-01-01' + to_microseconds(({of_day} * 86400000000)::BIGINT), '%Y-%m-%d %H:%M:%S')
    AS "下单时间",
  'C' || lpad((hash(i) % 500000)::VARCHAR, 7, '0') AS "客户编号",
  '门店' || (hash(i + 2) % 60) AS "门店",
  ['线上商城', '到店', '电话', '合作渠道'][1 + (hash(i + 3) % 4)::INT] AS "渠道",
  (1 + hash(i + 5) % 9)::INT AS "数量",
  ((hash(i + 6) % 9999900) / 100)::DECIMAL(18, 2) AS "金额"
FROM range({first}, {after}) t(i) ORDER BY i
"""
KEYS = {"no row key": (), "order numbers": ("order_no",), "random row keys": ("ticket",)}


class Turn(NamedTuple):
    """Seconds of CPU and on the wall, MiB at most, of one load."""

    cpu: float
    wall: float
    peak: float


def run(rows: int = ROWS, rounds: int = ROUNDS) -> list[Figure]:
    """CPU and time into the large data set, as multiples of those into an empty one."""
    kept = os.environ.get("LODESTAR_BENCH_DATA")
    with TemporaryDirectory(dir=kept) as folder:
        home = Path(kept) / f"appending-{rows}" if kept else Path(folder) / "data"
        return list(_figures(rows, rounds, home, Path(folder)))


def _figures(rows: int, rounds: int, home: Path, folder: Path) -> Iterator[Figure]:
    with heard() as usage:
        files = _data(rows, home)
        day = folder / "day.csv"
        _write(day, rows, DAY, DAYS)
        yield Figure(
            f"{DAY:,} rows, {day.stat().st_size / 1e6:.1f} MB, more for {rows:,} in {len(files)} files",
            "CPU s",
            ("into an empty one", "x CPU", "wall s", "into an empty one", "x wall", "MiB at most"),
            head=True,
        )
        for what, key in KEYS.items():
            turns: dict[bool, list[Turn]] = {True: [], False: []}
            for number in range(rounds + 1):
                for large in turns:
                    turn = _take(day, files if large else (), key, folder / "out", usage)
                    turns[large] += [turn] if number else []  # the first of each finds nothing in the machine's memory
            yield _figure(what, _middle(turns[True]), _middle(turns[False]))


def _figure(what: str, large: Turn, empty: Turn) -> Figure:
    more = (
        f"{empty.cpu:.2f}", f"{large.cpu / empty.cpu:.2f}", f"{large.wall:.2f}", f"{empty.wall:.2f}",
        f"{large.wall / empty.wall:.2f}", f"{max(large.peak, empty.peak):.0f}",
    )  # fmt: skip
    return Figure(what, f"{large.cpu:.2f}", more)


def _middle(turns: list[Turn]) -> Turn:
    return Turn(*map(statistics.median, zip(*turns, strict=True)))


def _data(rows: int, home: Path) -> tuple[str, ...]:
    """The files of the data set: made once, by its random row key."""
    list_of = home / "files.json"
    if list_of.exists():
        return tuple(json.loads(list_of.read_text()))
    rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    fresh = rows // DAYS
    edges = [(rows - fresh * FRESH) * part // FILES for part in range(FILES + 1)]
    edges += [edges[-1] + fresh * day for day in range(1, FRESH + 1)]
    paths: tuple[str, ...] = ()
    for first, after in pairwise(edges):
        csv = home / "some.csv"
        with duckdb.connect(config={"threads": "2", "memory_limit": "1GB"}) as connection:
            connection.execute("SET enable_progress_bar = false")
            of_day = f"(i * {DAYS}::DECIMAL(18, 6) / {rows}::DECIMAL(18, 6))::DOUBLE"
            query = _QUERY.format(of_day=of_day, first=first, after=after)
            connection.execute(f"COPY ({query}) TO '{csv}' (HEADER, DELIMITER ',')")
        loaded = engine.run(_load(csv, paths, ("ticket",), home))
        paths = tuple(entry.path for entry in loaded.files)
        csv.unlink()
    list_of.write_text(json.dumps(paths))
    return paths


def _write(path: Path, first: int, count: int, day: int) -> None:
    query = _QUERY.format(of_day=f"({day} + (i - {first}) / {count})", first=first, after=first + count)
    with duckdb.connect(config={"threads": "2"}) as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (HEADER, DELIMITER ',')")


def _load(path: Path, before: tuple[str, ...], key: tuple[str, ...], out: Path) -> engine.Load:
    columns = tuple(
        engine.ColumnMapping(source, name, engine.ColumnType(kind), engine.Role(role))
        for source, name, kind, role in COLUMNS
    )
    mapping = engine.Mapping(columns, key)
    return engine.Load(str(path), path.name, "", mapping, "u", before, "append", str(out), "Asia/Shanghai")


def _take(day: Path, before: tuple[str, ...], key: tuple[str, ...], out: Path, usage: list[Usage]) -> Turn:
    out.mkdir()
    begun = time.perf_counter()
    loaded = engine.run(_load(day, before, key, out))
    wall = time.perf_counter() - begun
    if loaded.rows_loaded != DAY or loaded.rows_replaced or not set(before) <= {entry.path for entry in loaded.files}:
        raise RuntimeError(f"{loaded.rows_loaded} rows were loaded, {loaded.rows_replaced} replaced")
    rmtree(out)
    return Turn(usage[-1]["cpu_s"], wall, usage[-1]["peak_mib"])
