"""Files into data sets, beside bare DuckDB and bare calamine doing the least that could be called reading them.

Every turn is a process of its own; CPU is user + system of it and all it started, the peak that of the child that
read. Before a turn of ours the nursery has done a request, as in a worker; the other side's libraries are loaded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.reading_turn import Turn
from tests.bench.report import Figure

ROWS = 9_600_000
"""About 1 GB."""

MEMORY = 800
SHEET = 20
ROUNDS = 3


def run(rows: int = ROWS, rounds: int = ROUNDS, large: int = 0) -> list[Figure]:
    """CPU and time of each, as multiples of the bare reader's on the same rows in the same run; peaks of the child.
    `large`: so many times the rows, once, as a UTF-8 file."""
    with TemporaryDirectory(dir=os.environ.get("LODESTAR_BENCH_DATA")) as folder:
        return list(_figures(rows, rounds, large, Path(folder)))


def _figures(rows: int, rounds: int, large: int, folder: Path) -> Iterator[Figure]:
    yield Figure(
        "a file as it comes",
        "CPU s",
        ("wall s", "x CPU", "x wall", "MiB at most", "with a first look, x CPU"),
        head=True,
    )
    for part in (rows // 10, rows, *([rows * large] if large else ())):
        times = rounds if part <= rows else 1
        _take("make", "csv", part, folder)
        bare = _least("bare", "csv", part, folder, times)
        size = (folder / "csv.csv").stat().st_size / 1e6
        yield Figure(
            f"{size:,.0f} MB of CSV, bare DuckDB",
            f"{bare.cpu:.1f}",
            (f"{bare.wall:.1f}", "", "", f"{bare.peak:.0f}", ""),
        )
        kinds = (
            ("csv", "keyed", "shuffled", "gb18030") if part == rows else ("csv", "keyed") if part < rows else ("csv",)
        )
        for kind in kinds:
            if kind not in ("csv", "keyed"):
                (folder / "csv.csv").unlink(missing_ok=True)
                _take("make", kind, part, folder)
            yield _figure(f"{size:,.0f} MB, {_WORDS[kind]}", _least("ours", kind, part, folder, times), bare)
            if kind not in ("csv", "keyed"):
                (folder / f"{kind}.csv").unlink()
    sheet = max(rows // SHEET, 1000)
    _take("make", "xlsx", sheet, folder)
    bare = _least("bare", "xlsx", sheet, folder, rounds)
    yield Figure(
        f"{sheet:,} rows of XLSX, bare calamine",
        f"{bare.cpu:.1f}",
        (f"{bare.wall:.1f}", "", "", f"{bare.peak:.0f}", ""),
    )
    yield _figure(f"{sheet:,} rows of XLSX", _least("ours", "xlsx", sheet, folder, rounds), bare)


_WORDS = {
    "csv": "UTF-8",
    "keyed": "UTF-8, with a row key",
    "shuffled": "UTF-8, days in no order",
    "gb18030": "the same rows in GB18030",
}


def _figure(what: str, ours: Turn, bare: Turn) -> Figure:
    more = (
        f"{ours.wall:.1f}", f"{ours.cpu / bare.cpu:.2f}", f"{ours.wall / bare.wall:.2f}", f"{ours.peak:.0f}",
        f"{(ours.cpu + ours.look) / bare.cpu:.2f}",
    )  # fmt: skip
    return Figure(what, f"{ours.cpu:.1f}", more)


def _least(side: str, kind: str, rows: int, folder: Path, rounds: int) -> Turn:
    turns = [_take(side, kind, rows, folder) for _ in range(rounds)]
    return Turn(*(min(parts) for parts in zip(*turns, strict=True)))


def _take(side: str, kind: str, rows: int, folder: Path) -> Turn:
    argv = [sys.executable, "-m", "tests.bench.reading_turn", side, kind, str(rows), str(folder), str(MEMORY)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    found = re.search(r"^\{.*\}$", done.stdout, re.M)
    if done.returncode or not found:
        raise RuntimeError(f"{side} {kind}: {done.stderr[-2000:]}")
    return Turn(**json.loads(found[0]))
