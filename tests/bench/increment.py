"""What a month more costs beside all 36, for each kind; and what several metrics cost together beside one by one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.engine import ROUNDS, ROWS, TINY, data
from tests.bench.engine_data import MONTHS
from tests.bench.engine_hand import KINDS
from tests.bench.engine_plans import ADDITIVE, ENTITY, plans_of
from tests.bench.engine_turn import take
from tests.bench.report import Figure

STORED = ("recurring", "lifecycle", "retention", "cumulative")
"""Kinds that look back for ever, or over many months: what months come to is kept between requests."""
BACK = {"retention": 12, "repeat": 1, "funnel": 1}
"""Periods before the last one whose values its rows can change."""


def run(rows: int = ROWS, rounds: int = ROUNDS) -> list[Figure]:
    """Shares of CPU, with the start of the child and without."""
    with data(rows) as folder, data(TINY) as tiny:
        return [*_months(rows, rounds, folder, tiny), *_together(rows, rounds, folder, tiny)]


def _months(rows: int, rounds: int, folder: str, tiny: str) -> Iterator[Figure]:
    heads = ("the last month, CPU s", "share", "without the start")
    yield Figure(f"one month more, {rows:,} rows", "all months, CPU s", heads, head=True)
    for kind in KINDS:
        first = MONTHS[-1 - BACK.get(kind, 0)].isoformat()
        whole, part, start = [], [], []
        with TemporaryDirectory() as kept:
            before = _before(kind, rows, folder, Path(kept, "before")) if kind in STORED else None
            for at in range(rounds):
                rollups = shutil.copytree(before, Path(kept, str(at))) if before else ""
                whole.append(take("ours", kind, rows=rows, folder=folder).cpu)
                part.append(take("ours", kind, rows=rows, folder=folder, first=first, rollups=str(rollups)).cpu)
                start.append(take("ours", kind, rows=TINY, folder=tiny, first=first).cpu)
        full, month, least = median(whole), median(part), median(start)
        net = max(month - least, 0) / max(full - least, 0.01)
        yield Figure(kind, f"{full:.2f}", (f"{month:.2f}", f"{month / full:.0%}", f"{net:.1%}"))


def _before(kind: str, rows: int, folder: str, rollups: Path) -> Path:
    """What is kept of the months before the last one."""
    rollups.mkdir()
    take("ours", kind, rows=rows, folder=folder, rollups=str(rollups), months=len(MONTHS) - 1)
    return rollups


def _together(rows: int, rounds: int, folder: str, tiny: str) -> Iterator[Figure]:
    heads = ("one by one, CPU s", "share", "without the start")
    yield Figure("several metrics of one data set", "together, CPU s", heads, head=True)
    for kind, plans in (("additive", ADDITIVE), ("entity", ENTITY)):
        together = median(take("ours", kind, rows=rows, folder=folder).cpu for _ in range(rounds))
        start = median(take("ours", kind, rows=TINY, folder=tiny).cpu for _ in range(rounds))
        alone = [take("ours", kind, rows=rows, folder=folder, only=plan.id).cpu for plan in plans_of(kind, ())]
        net = (together - start) / max(sum(alone) - start * len(plans), 0.01)
        what = f"{len(plans)} {'additive' if kind == 'additive' else 'entity'} metrics"
        yield Figure(what, f"{together:.2f}", (f"{sum(alone):.2f}", f"{together / sum(alone):.0%}", f"{net:.0%}"))
