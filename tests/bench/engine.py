"""CPU of each kind from plan to answers, beside the same figures in SQL written by hand, turn by turn in one run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from config.devstack.benches import bench_packages
from tests.bench import engine_data, engine_postgres
from tests.bench.engine_hand import KINDS
from tests.bench.engine_postgres import Postgres
from tests.bench.engine_turn import Turn, digest_of, take
from tests.bench.report import Figure

ROWS, TINY, ROUNDS = 10_000_000, 4_000, 3
OTHERS = ("pandas", "polars", "PostgreSQL")


def run(rows: int = ROWS, rounds: int = ROUNDS, by: Sequence[str] = ()) -> list[Figure]:
    """Every kind in total, or by each of some dimensions."""
    with data(rows) as folder, data(TINY) as tiny, _postgres(rows, folder, by) as postgres:
        return list(_kinds(rows, rounds, folder, tiny, by, postgres))


@contextmanager
def _postgres(rows: int, folder: str, by: Sequence[str]) -> Iterator[Postgres | None]:
    """A PostgreSQL with the rows, where others are compared."""
    if by:
        yield None
        return
    files = engine_data.write(Path(folder), rows)
    with TemporaryDirectory() as server, engine_postgres.filled(Path(server), files) as postgres:
        yield postgres


@contextmanager
def data(rows: int) -> Iterator[str]:
    """A folder for that many rows; it stays for the next run below LODESTAR_BENCH_DATA, if that is set."""
    if kept := os.environ.get("LODESTAR_BENCH_DATA"):
        yield str(Path(kept, f"rows-{rows}"))
        return
    with TemporaryDirectory() as folder:
        yield folder


def _kinds(
    rows: int, rounds: int, folder: str, tiny: str, by: Sequence[str], postgres: Postgres | None
) -> Iterator[Figure]:
    where = f"{rows:,} rows, {'by five dimensions' if by else 'in total'}"
    rounds_told = f"{rounds} round{'s' if rounds > 1 else ''}"
    where = f"{where}, {rounds_told}"
    heads = (
        "by hand",
        "share",
        "without the start",
        "MiB at most",
        "figures",
        "pandas (MiB)",
        "polars (MiB)",
        "PostgreSQL",
    )
    yield Figure(where, "CPU s", heads, head=True)
    sums = [0.0] * 4
    for kind in KINDS:
        turns: dict[str, list[Turn]] = {}
        for _ in range(rounds):
            for way in ("ours", "hand"):
                turns.setdefault(way, []).append(take(way, kind, by=tuple(by), rows=rows, folder=folder))
                turns.setdefault(f"{way} start", []).append(take(way, kind, by=tuple(by), rows=TINY, folder=tiny))
        others = _others(kind, rows, folder, postgres, turns["hand"][0].digest)
        ours, hand, our_start, hand_start = (
            median(turn.cpu for turn in turns[way]) for way in ("ours", "hand", "ours start", "hand start")
        )
        assert len({turn.digest for way in ("ours", "hand") for turn in turns[way]}) == 1, f"{kind}: other figures"
        sums = [total + part for total, part in zip(sums, (ours, hand, our_start, hand_start), strict=True)]
        yield _row(kind, ours, hand, our_start, hand_start, (
            f"{max(turn.peak for turn in turns['ours']):,.0f}", f"{turns['ours'][0].figures:,}", *others,
        ))  # fmt: skip
    yield _row("all of them, one by one", *sums, ("", "", *("" for _ in OTHERS)))


def _others(kind: str, rows: int, folder: str, postgres: Postgres | None, digest: str) -> tuple[str, ...]:
    """CPU seconds of pandas, polars and PostgreSQL, once each; they have to give the same figures. In brackets the MiB
    that a process took at most."""
    if postgres is None:
        return tuple("" for _ in OTHERS)
    pandas = take("pandas", kind, rows=rows, folder=folder)
    polars = take("polars", kind, rows=rows, folder=folder, packages=str(bench_packages()))
    server, told = postgres.take(kind)
    given = dict(zip(OTHERS, (pandas.digest, polars.digest, digest_of(told)), strict=True))
    assert set(given.values()) == {digest}, f"{kind}: other figures by {[way for way in given if given[way] != digest]}"
    return (*(f"{turn.cpu:.2f} ({turn.peak:,.0f})" for turn in (pandas, polars)), f"{server:.2f}")


def _row(what: str, ours: float, hand: float, our_start: float, hand_start: float, more: tuple[str, ...]) -> Figure:
    net = (ours - our_start) / max(hand - hand_start, 0.01)
    return Figure(what, f"{ours:.2f}", (f"{hand:.2f}", f"{ours / hand:.2f}", f"{net:.2f}", *more))
