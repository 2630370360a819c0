"""Runs as the tests look at them."""

from __future__ import annotations

from dataclasses import replace

from apps.incentives.domain.run import calculate_one
from apps.incentives.domain.snapshot import Blocked, Result, Run, Slice, Snapshot
from tests.unit.incentives.messages import spoken
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import (
    ACTIVE,
    BEFORE,
    BY_RATIO,
    COST,
    CSAT,
    JOINED,
    POOL,
    person,
    reading,
    readings,
)

POOLED = replace(BY_RATIO, kind=POOL.kind)


MOVED = person("E1", slices=(Slice(BEFORE, "a", F(3_000)), Slice(JOINED, "b", F(3_600))))


TWO_TEAMS = readings("a") | {
    (ACTIVE, "b"): reading(10_000, 10_000),
    (CSAT, "b"): reading("4.5", "4.5"),
    (COST, "b"): reading(720_000, 800_000),
}
"""Team a as in the worked example; b: 100 %, 100 %, and 110 % on cost."""


def one(snap: Snapshot, key: str = "E1") -> Result:
    found = calculate_one(snap, key)
    assert isinstance(found, Result), found
    return found


def amounts(run: Run) -> list[int]:
    return [result.minor for result in run.results]


def stopped(snap: Snapshot, key: str = "E1") -> list[str]:
    found = calculate_one(snap, key)
    assert isinstance(found, Blocked), found
    return [spoken(issue) for issue in found.issues]
