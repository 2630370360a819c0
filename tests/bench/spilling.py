"""The kinds that take the most memory, on more rows than it holds."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.engine import data
from tests.bench.engine_turn import take
from tests.bench.report import Figure

ROWS, MEMORY = 50_000_000, 512
KINDS = ("lifecycle", "retention", "recurring", "repeat", "aggregate")


def run(rows: int = ROWS, rounds: int = 1) -> list[Figure]:
    """CPU, time and the most memory of the engine's child with a `memory_limit` of 512 MB."""
    with data(rows) as folder:
        return list(_kinds(rows, folder))


def _kinds(rows: int, folder: str) -> Iterator[Figure]:
    yield Figure(f"{rows:,} rows, memory_limit {MEMORY} MB", "CPU s", ("wall s", "MiB at most"), head=True)
    for kind in KINDS:
        turn = take("ours", kind, rows=rows, folder=folder, memory=MEMORY)
        yield Figure(kind, f"{turn.cpu:.1f}", (f"{turn.wall:.0f}", f"{turn.peak:,.0f}"))
