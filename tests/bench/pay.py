"""Pay: 1,000, 10,000 and 20,000 people with 5 components and 4 slices each, calculated, hashed and chained.

Pure Python, one core, seconds of CPU: what a worker needs before anything is stored. 300 teams, a gate, a multiplier,
other coefficients and targets in each slice.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from time import process_time

from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.canonical import fingerprint
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.ledger import Posting, PostingKind, chained, verify
from apps.incentives.domain.plan import Component, Condition, Gate, Kind, Multiplier, Plan
from apps.incentives.domain.proration import Days
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Participant, Run, Slice, Snapshot
from tests.bench.report import Figure

SIZES = (1_000, 10_000, 20_000)
TEAMS = 300
QUARTER = Days(date(2026, 7, 1), date(2026, 9, 30))
KEYS = ("active", "csat", "cost", "visits", "nps")
CURVE = Curve(tuple(Point(Fraction(x, 10), Fraction(y, 10)) for x, y in ((8, 5), (10, 10), (12, 20))))
PLAN = Plan(
    key="bench",
    version="1",
    name="Bench",
    currency="CNY",
    components=tuple(Component(key, key, key, Fraction(1, 5), curve=CURVE) for key in KEYS),
    gates=(Gate("safety", "Safety", Condition("safety", Fraction(0), at_least=False), Fraction(1, 2)),),
    multipliers=(Multiplier("profit", "Profit", Fraction(11, 10)),),
)


def run() -> list[Figure]:
    """Individual target bonuses and pools, each at every size."""
    columns = ("results hashed", "snapshot hashed", "chained and verified", "all, for each 1,000")
    found = [Figure("people, CPU seconds", "calculated", columns, head=True)]
    for kind, name in ((Kind.INDIVIDUAL, "target bonuses"), (Kind.POOL, "pools of 300 teams")):
        for size in SIZES:
            times = _measured(company(size, kind))
            whole = f"{sum(times) * 1_000 / size:.2f}"
            found.append(
                Figure(f"{size:,}, {name}", f"{times[0]:.1f}", (*(f"{each:.1f}" for each in times[1:]), whole))
            )
    return found


def company(size: int, kind: Kind) -> Snapshot:
    """Made up, the same each time."""
    luck = random.Random(7)
    readings = {
        (key, f"t{team}"): Reading(Fraction(luck.randint(7_000, 13_000)), Fraction(10_007))
        for team in range(TEAMS)
        for key in KEYS
    }
    readings |= {("safety", f"t{team}"): Reading(Fraction(luck.randint(0, 1))) for team in range(TEAMS)}
    people = tuple(Participant(f"E{number:05}", _slices(luck)) for number in range(size))
    return Snapshot(replace(PLAN, kind=kind), QUARTER, people, readings)


def _slices(luck: random.Random) -> tuple[Slice, ...]:
    bounds = [0, *sorted(luck.sample(range(1, QUARTER.count), 3)), QUARTER.count]
    return tuple(
        Slice(
            Days(QUARTER.first + timedelta(days=first), QUARTER.first + timedelta(days=after - 1)),
            f"t{luck.randrange(TEAMS)}",
            Fraction(luck.randint(1_000, 90_000)),
            Fraction(luck.randint(5, 15), 10),
        )
        for first, after in pairwise(bounds)
    )


def _measured(snapshot: Snapshot) -> list[float]:
    results: list[Run] = []
    hashes: list[str] = []
    return [
        _seconds(lambda: results.append(calculate(snapshot))),
        _seconds(lambda: hashes.extend(fingerprint(each) for each in results[0].results)),
        _seconds(lambda: fingerprint(snapshot)),
        _seconds(lambda: _chain(results[0], hashes)),
    ]


def _chain(done: Run, hashes: list[str]) -> None:
    lines = (
        Posting(each.participant, "bench", "2026-Q3", "r1", PostingKind.ORIGINAL, each.total, each.currency, text)
        for each, text in zip(done.results, hashes, strict=True)
    )
    entries = list(chained(None, lines))
    assert verify(entries, entries[-1].hash) == []


def _seconds(act: Callable[[], object]) -> float:
    before = process_time()
    act()
    return process_time() - before
