"""What a running period is likely to pay in all and by team, and between which bounds: what a budget is held against.

Everybody is calculated by `calculate` itself, with what each metric is expected to be at the end; and once more with
every metric at the end of its range that pays less, and at the one that pays more. Where more never pays less, nothing
in between pays less than the least or more than the most. Amounts are minor units; what is missing is left out, counted
and named, and never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.incentives.domain.levers import Expected, Place, better, moved
from apps.incentives.domain.pool import apportion
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Blocked, Result, Run, Snapshot

Sums = dict[tuple[str, str], int]
"""Minor units by (currency, team); "" for everybody."""


@dataclass(frozen=True)
class Bounds:
    """What is likely, the least and the most, in minor units."""

    likely: int
    low: int
    high: int


@dataclass(frozen=True)
class Forecast:
    """`sums` by (currency, team; "" for everybody): the teams of a currency make its sum, `likely` to the cent.

    `people` were calculated, `blocked` could not be.
    """

    sums: Mapping[tuple[str, str], Bounds]
    people: int
    blocked: tuple[Blocked, ...]


def forecast(snapshot: Snapshot, expected: Mapping[Place, Expected]) -> Forecast:
    """The forecast of a period. `expected` is by the place of a component; what is not in it stays as it is."""
    likely = calculate(moved(snapshot, {place: each.value for place, each in expected.items()}))
    found = [_sums(likely)]
    if any(None not in (each.low, each.high) for each in expected.values()):
        found += [_sums(calculate(moved(snapshot, ends))) for ends in _ends(snapshot, expected)]
    bounds = {
        place: Bounds(sum_, min(each.get(place, 0) for each in found), max(each.get(place, 0) for each in found))
        for place, sum_ in found[0].items()
    }
    return Forecast(bounds, len(likely.results), likely.blocked)


def _ends(snapshot: Snapshot, expected: Mapping[Place, Expected]) -> Iterator[dict[Place, Fraction]]:
    """Every metric at the end that pays less, then every one at the end that pays more."""
    rising = {component.key: better(component) == 1 for component in snapshot.plan.components}
    for most in (False, True):
        yield {place: _end(each, upper=rising[place[0]] is most) for place, each in expected.items()}


def _end(each: Expected, *, upper: bool) -> Fraction:
    if each.low is None or each.high is None:
        return each.value
    return max(each.low, each.high) if upper else min(each.low, each.high)


def _sums(done: Run) -> Sums:
    sums: Sums = {}
    for result in done.results:
        for team, minor in _by_team(result).items():
            for place in ((result.currency, ""), (result.currency, team)):
                sums[place] = sums.get(place, 0) + minor
    return sums


def _by_team(result: Result) -> dict[str, int]:
    """What somebody is paid by the teams they were in: by what each slice came to, to the cent; where no slice came to
    anything, what was added by hand stands with the last team.
    """
    weights: dict[str, Fraction] = {}
    for part in result.slices:
        weights[part.team] = weights.get(part.team, Fraction(0)) + part.money
    if any(weights.values()):
        return apportion(result.total, list(weights.items()))
    return {result.slices[-1].team: result.total}
