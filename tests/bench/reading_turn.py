"""One measurement of `reading`, in a process of its own; or one of its files made."""

# ruff: noqa: S608 - nothing a stranger wrote is in these queries

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import python_calamine

from apps import engine
from tests.bench.usage import heard

COLUMNS = (
    ("订单号", "order_no", "VARCHAR", "text", "key"),
    ("下单时间", "at", "TIMESTAMP", "datetime", "time"),
    ("客户编号", "customer", "VARCHAR", "text", "entity"),
    ("门店", "store", "VARCHAR", "text", "dimension"),
    ("渠道", "channel", "VARCHAR", "text", "dimension"),
    ("商品", "product", "VARCHAR", "text", "dimension"),
    ("数量", "quantity", "BIGINT", "integer", "measure"),
    ("金额", "amount", "DECIMAL(18,6)", "decimal", "measure"),
    ("成本", "cost", "DECIMAL(18,6)", "decimal", "measure"),
    ("备注", "note", "VARCHAR", "text", "attribute"),
)
_ROWS = """
SELECT 'SO' || (100000000 + i) AS "订单号",
  strftime(TIMESTAMP '2023-01-01' + to_seconds((i * 94608000) // {rows}), '%Y-%m-%d %H:%M:%S') AS "下单时间",
  'C' || lpad((hash(i) % 500000)::VARCHAR, 7, '0') AS "客户编号",
  ['北京朝阳店', '上海徐汇店', '广州天河店', '深圳南山店', '成都武侯店'][1 + (hash(i + 1) % 5)::INT]
    || (hash(i + 2) % 60) AS "门店",
  ['线上商城', '到店', '电话', '合作渠道'][1 + (hash(i + 3) % 4)::INT] AS "渠道",
  'SKU-' || (hash(i + 4) % 3000) AS "商品",
  (1 + hash(i + 5) % 9)::INT AS "数量",
  ((hash(i + 6) % 9999900) / 100)::DECIMAL(18, 2) AS "金额",
  ((hash(i + 7) % 5999900) / 100)::DECIMAL(18, 2) AS "成本",
  CASE WHEN hash(i + 8) % 50 = 0 THEN '客户备注, 含逗号' WHEN hash(i + 8) % 3 = 0 THEN '老客户复购' END AS "备注"
FROM ({numbers}) ORDER BY n
"""


class Turn(NamedTuple):
    """Seconds of CPU and on the wall, MiB at most; `look`: CPU of the first look that came before."""

    cpu: float
    wall: float
    peak: float
    look: float = 0.0


def main(side: str, kind: str, rows: int, folder: Path, memory: int) -> Turn:
    """Make a file, or read it by `side`."""
    path = folder / {"xlsx": "xlsx.xlsx", "keyed": "csv.csv"}.get(kind, f"{kind}.csv")
    if side == "make":
        return _make(kind, rows, path)
    if side == "ours":
        return _ours(path, folder, ("order_no",) if kind == "keyed" else (), memory)
    return _bare_sheet(path) if kind == "xlsx" else _bare(path, folder)


def _make(kind: str, rows: int, path: Path) -> Turn:
    numbers = f"SELECT i, i AS n FROM range({rows}) t(i)"
    if kind == "shuffled":
        numbers = f"SELECT (i * 7368787) % {rows} AS i, i AS n FROM range({rows}) t(i)"
    query = _ROWS.format(rows=rows, numbers=numbers)
    with duckdb.connect(config={"threads": "2", "memory_limit": "1GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        if kind == "xlsx":
            _make_sheet(connection.execute(query), path)
        else:
            connection.execute(f"COPY ({query}) TO '{path}' (HEADER, DELIMITER ',')")
    if kind == "gb18030":
        utf8 = path.with_suffix(".utf8")
        path.rename(utf8)
        with utf8.open(encoding="utf-8", newline="") as source, path.open("w", encoding="gb18030", newline="") as out:
            while text := source.read(1 << 22):
                out.write(text)
        utf8.unlink()
    return Turn(0, 0, 0)


def _make_sheet(found: duckdb.DuckDBPyConnection, path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column[0] for column in COLUMNS])
        row = 1
        while chunk := found.fetchmany(10_000):
            for cells in chunk:
                sheet.write_row(row, 0, [cell if cell is not None else "" for cell in cells])
                row += 1


def _bare(path: Path, folder: Path) -> Turn:
    """What somebody would do who is sure of every cell."""
    kinds = ", ".join(f"'{source}': '{kind}'" for source, _, kind, _, _ in COLUMNS)
    out = folder / "bare.parquet"
    begun, used = time.perf_counter(), time.process_time()
    with duckdb.connect(config={"threads": "2"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{path}', auto_detect = false, header = true, delim = ',', quote = '\"',"
            f" columns = {{{kinds}}})) TO '{out}' (FORMAT parquet)"
        )
    turn = Turn(time.process_time() - used, time.perf_counter() - begun, _peak())
    out.unlink()
    return turn


def _bare_sheet(path: Path) -> Turn:
    begun, used = time.perf_counter(), time.process_time()
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    count = sum(1 for _ in sheet.iter_rows())
    if count < 2:
        raise RuntimeError("nothing was read")
    return Turn(time.process_time() - used, time.perf_counter() - begun, _peak())


def _ours(path: Path, folder: Path, key: tuple[str, ...], memory: int) -> Turn:
    """A first look, and the load that makes a version of it."""
    limits = engine.Limits(memory=memory * 1024 * 1024)
    out = folder / "version"
    out.mkdir()
    small = folder / "small.csv"
    small.write_text("a,b\n1,2\n")
    engine.run(engine.Inspect(str(small), small.name))
    with heard() as looked:
        shape = engine.run(engine.Inspect(str(path), path.name), limits=limits)
    columns = tuple(
        engine.ColumnMapping(source, name, engine.ColumnType(kind), engine.Role(role))
        for source, name, _, kind, role in COLUMNS
    )
    mapping = engine.Mapping(columns, key)
    begun = time.perf_counter()
    load = engine.Load(
        str(path), path.name, "", mapping, "u", (), "append", str(out), "Asia/Shanghai", shape.reading
    )  # fmt: skip
    with heard() as taken:
        loaded = engine.run(load, limits=limits)
    wall = time.perf_counter() - begun
    if not loaded.rows_in == loaded.rows_loaded == shape.rows:
        raise RuntimeError(f"{loaded.rows_loaded} of {shape.rows} rows were loaded")
    for file in out.iterdir():
        file.unlink()
    out.rmdir()
    (look,), (whole,) = looked, taken
    return Turn(whole["cpu_s"], wall, max(look["peak_mib"], whole["peak_mib"]), look["cpu_s"])


def _peak() -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    _, side, kind, rows, folder, memory = sys.argv
    print(json.dumps(main(side, kind, int(rows), Path(folder), int(memory))._asdict()))
