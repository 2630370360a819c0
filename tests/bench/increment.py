"""What a month more costs beside all 36: each kind by itself, and all metrics of a data set in one request, as after an
upload; and what several metrics cost together beside one by one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.engine import ROUNDS, ROWS, TINY, data
from tests.bench.engine_data import MONTHS
from tests.bench.engine_hand import KINDS
from tests.bench.engine_plans import HISTORIES, SEVERAL, plans_of
from tests.bench.engine_turn import take
from tests.bench.report import Figure

STORED = (*HISTORIES, "cumulative", "local", "histories", "all")
"""What looks back for ever, or over many months: what months come to is kept between requests."""
UPLOADS = {"local": "all local kinds", "histories": "movements, cohorts and revenue", "all": "all kinds"}


def run(rows: int = ROWS, rounds: int = ROUNDS) -> list[Figure]:
    """Shares of CPU, with the start of the child and without."""
    with data(rows) as folder, data(TINY) as tiny:
        return [*_months(rows, rounds, folder, tiny), *_together(rows, rounds, folder, tiny)]


def _months(rows: int, rounds: int, folder: str, tiny: str) -> Iterator[Figure]:
    heads = ("the last month, CPU s", "share", "without the start")
    yield Figure(f"one month more, {rows:,} rows, a request each", "all months, CPU s", heads, head=True)
    for kind in KINDS:
        yield _month(kind, kind, rows, rounds, folder, tiny)
    yield Figure("one month more, one request for all metrics", "all months, CPU s", heads, head=True)
    for kind, what in UPLOADS.items():
        yield _month(kind, f"{what} ({len(SEVERAL[kind])} metrics)", rows, rounds, folder, tiny)


def _month(kind: str, what: str, rows: int, rounds: int, folder: str, tiny: str) -> Figure:
    whole, part, start = [], [], []
    with TemporaryDirectory() as kept:
        before = _before(kind, rows, folder, Path(kept, "before")) if kind in STORED else None
        for at in range(rounds):
            rollups = str(shutil.copytree(before, Path(kept, str(at)))) if before else ""
            whole.append(take("ours", kind, rows=rows, folder=folder).cpu)
            part.append(take("ours", kind, rows=rows, folder=folder, after_a_month=True, rollups=rollups).cpu)
            start.append(take("ours", kind, rows=TINY, folder=tiny, after_a_month=True).cpu)
    full, month, least = median(whole), median(part), median(start)
    net = max(month - least, 0) / max(full - least, 0.01)
    return Figure(what, f"{full:.2f}", (f"{month:.2f}", f"{month / full:.1%}", f"{net:.1%}"))


def _before(kind: str, rows: int, folder: str, rollups: Path) -> Path:
    """What is kept of the months before the last one."""
    rollups.mkdir()
    take("ours", kind, rows=rows, folder=folder, rollups=str(rollups), months=len(MONTHS) - 1)
    return rollups


def _together(rows: int, rounds: int, folder: str, tiny: str) -> Iterator[Figure]:
    heads = ("one by one, CPU s", "share", "without the start")
    yield Figure("several metrics of one data set", "together, CPU s", heads, head=True)
    for kind in ("additive", "entity"):
        together, start, alone = [], [], []
        for _ in range(rounds):
            together.append(take("ours", kind, rows=rows, folder=folder).cpu)
            start.append(take("ours", kind, rows=TINY, folder=tiny).cpu)
            each = [take("ours", kind, rows=rows, folder=folder, only=plan.id).cpu for plan in plans_of(kind, ())]
            alone.append(sum(each))
        both, least, apart, count = median(together), median(start), median(alone), len(SEVERAL[kind])
        net = (both - least) / max(apart - least * count, 0.01)
        more = (f"{apart:.2f}", f"{both / apart:.0%}", f"{net:.0%}")
        yield Figure(f"{count} {kind} metrics", f"{both:.2f}", more)
