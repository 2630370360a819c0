"""Why somebody is paid another amount: the difference of two snapshots, split by cause, to the cent.

Between two snapshots up to six things changed. Every mixture of old and new is calculated by the code that pays. A
cause gets its Shapley value: what it adds, averaged over every order in which the causes could have come, so that no
cause is favoured by standing first; only causes that changed take part. The parts make the difference exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import combinations

from apps.incentives.domain.attainment import ZERO, Reading
from apps.incentives.domain.components import Readings
from apps.incentives.domain.run import calculate, calculate_one
from apps.incentives.domain.snapshot import Blocked, Snapshot
from apps.kernel.issue import N_, Refusal


class Cause(StrEnum):
    """What changed."""

    PLAN = "plan"  # the plan itself
    ROSTER = "roster"  # who takes part: assignments, target bonuses, coefficients, leave, pools, working days
    TARGET = "target"  # what metrics should have been: targets, starts, ranges
    DATA = "data"  # what they were, and decisions about what is missing
    RATE = "rate"  # rates of currencies
    ADJUSTMENT = "adjustment"  # amounts added by hand
    TOGETHER = "together"  # several of these, where a mixture of old and new cannot be calculated


@dataclass(frozen=True)
class Why:
    """`before` and `after` in minor units; `parts` in the order of `Cause`, only causes that changed.

    Each part is exact, and in minor units so that `sum(minor) == after - before`.
    """

    before: int
    after: int
    parts: tuple[Share, ...]


@dataclass(frozen=True)
class Share:
    """What one cause did."""

    cause: Cause
    exact: Fraction
    minor: int


Value = Callable[[Snapshot], int]


def why(before: Snapshot, after: Snapshot, key: str) -> Why:
    """Why the participant `key` is due another total. Not in one of the two means 0 there.

    Refusal if one of the two cannot be calculated, or if they pay in different currencies.
    """
    currencies = sorted(
        {
            person.currency or snapshot.plan.currency
            for snapshot in (before, after)
            for person in snapshot.participants
            if person.key == key
        }
    )
    if len(currencies) > 1:
        raise Refusal(_CURRENCIES, {"one": currencies[0], "other": currencies[1]})
    return split_by_cause(before, after, lambda snapshot: _due(snapshot, key))


def why_each(
    before: Snapshot, after: Snapshot, *, each: Callable[[int, int], None] = lambda _done, _all: None
) -> dict[tuple[str, str], Why]:
    """Why everybody of two runs is due another total, by key and currency: every row adds up by its causes, and so
    every cause over all rows. As many calculations as for one person; `each` is told after every one of them.

    Not in one of the two means 0 there. Whoever is paid in another currency than before stands in both. What cannot be
    calculated for somebody in a mixture of old and new is all of it `TOGETHER`; who is blocked in one of the two is
    left out.
    """
    causes = _changed(before, after)
    mixtures = [frozenset(some) for size in range(len(causes) + 1) for some in combinations(causes, size)]
    due: dict[frozenset[Cause], dict[str, tuple[str, int] | None]] = {}
    for done, switched in enumerate(mixtures, 1):
        run = calculate(mixed(before, after, switched))
        due[switched] = {result.participant: (result.currency, result.total) for result in run.results}
        due[switched] |= {blocked.participant: None for blocked in run.blocked}
        each(done, len(mixtures))
    was, now = due[mixtures[0]], due[mixtures[-1]]
    found: dict[tuple[str, str], Why] = {}
    for key in sorted({*was, *now}):
        ends = was.get(key, _NOTHING), now.get(key, _NOTHING)
        if None in ends:
            continue
        currencies = {end[0] for end in ends if end and end[0]}
        totals = {switched: mixture.get(key, _NOTHING) for switched, mixture in due.items()}
        for currency in sorted(currencies):
            found[key, currency] = _of_one(causes, totals, currency, alone=len(currencies) == 1)
    return found


_NOTHING = ("", 0)


def _of_one(
    causes: Sequence[Cause], totals: Mapping[frozenset[Cause], tuple[str, int] | None], currency: str, *, alone: bool
) -> Why:
    low, high = (told[1] if (told := totals[frozenset(some)]) and told[0] == currency else 0 for some in ((), causes))
    known = {switched: told[1] for switched, told in totals.items() if told is not None}
    if alone and len(known) == len(totals):
        exact = _shapley(causes, known.__getitem__)
    else:
        exact = {Cause.TOGETHER: Fraction(high - low)}
    minor = _rounded(exact, high - low)
    return Why(low, high, tuple(Share(cause, exact[cause], minor[cause]) for cause in exact))


def _changed(before: Snapshot, after: Snapshot) -> list[Cause]:
    return [cause for cause in Cause if cause is not Cause.TOGETHER and _differs(before, after, cause)]


def split_by_cause(before: Snapshot, after: Snapshot, value: Value) -> Why:
    """Split `value(after) - value(before)` by what changed."""
    low, high = value(before), value(after)
    causes = _changed(before, after)
    known: dict[frozenset[Cause], int] = {frozenset(): low, frozenset(causes): high}

    def at(switched: frozenset[Cause]) -> int:
        if switched not in known:
            known[switched] = value(mixed(before, after, switched))
        return known[switched]

    try:
        exact = _shapley(causes, at)
    except Refusal:
        exact = {Cause.TOGETHER: Fraction(high - low)}
    minor = _rounded(exact, high - low)
    return Why(low, high, tuple(Share(cause, exact[cause], minor[cause]) for cause in exact))


def mixed(before: Snapshot, after: Snapshot, switched: frozenset[Cause]) -> Snapshot:
    """`before` with the causes of `switched` as they are in `after`.

    What only one of the two knows (a component that a new plan brings) is taken from that one.
    """
    plan, roster, targets, data, rates, by_hand = (
        after if cause in switched else before for cause in Cause if cause is not Cause.TOGETHER
    )
    return replace(
        before,
        plan=plan.plan,
        period=roster.period,
        participants=roster.participants,
        pools=roster.pools,
        working_days=roster.working_days,
        readings=_readings(targets, data, before, after),
        decisions=data.decisions,
        rates=rates.rates,
        adjustments=by_hand.adjustments,
    )


def _readings(targets: Snapshot, data: Snapshot, before: Snapshot, after: Snapshot) -> Readings:
    everything: Mapping[tuple[str, str], Reading] = {**before.readings, **after.readings}
    found = {}
    for key, either in everything.items():
        aim, been = targets.readings.get(key, either), data.readings.get(key, either)
        found[key] = replace(aim, actual=been.actual, inside=been.inside, due=been.due, source=been.source)
    return found


def _roster(snapshot: Snapshot) -> object:
    people = {each.key: each for each in snapshot.participants}
    return snapshot.period, people, dict(snapshot.pools), snapshot.working_days


def _targets(snapshot: Snapshot) -> object:
    return {
        key: (each.target, each.start, each.low, each.high, each.tolerance) for key, each in snapshot.readings.items()
    }


def _data(snapshot: Snapshot) -> object:
    values = {key: (each.actual, each.inside, each.due) for key, each in snapshot.readings.items()}
    return values, set(snapshot.decisions)


_FACTS: Mapping[Cause, Callable[[Snapshot], object]] = {
    Cause.PLAN: lambda snapshot: snapshot.plan,
    Cause.ROSTER: _roster,
    Cause.TARGET: _targets,
    Cause.DATA: _data,
    Cause.RATE: lambda snapshot: dict(snapshot.rates),
    Cause.ADJUSTMENT: lambda snapshot: set(snapshot.adjustments),
}
"""What a cause is about. Where a figure comes from (`Reading.source`) is none: the same value pays the same."""


def _differs(before: Snapshot, after: Snapshot, cause: Cause) -> bool:
    return _FACTS[cause](before) != _FACTS[cause](after)


def _due(snapshot: Snapshot, key: str) -> int:
    if all(each.key != key for each in snapshot.participants):
        return 0
    found = calculate_one(snapshot, key)
    if isinstance(found, Blocked):
        raise Refusal(_BLOCKED, issues=found.issues)
    return found.total


_CURRENCIES = N_("The amounts cannot be compared: one is in %(one)s, the other in %(other)s.")
_BLOCKED = N_("The amounts cannot be compared: one of the two cannot be calculated.")


def _shapley(causes: Sequence[Cause], at: Callable[[frozenset[Cause]], int]) -> dict[Cause, Fraction]:
    """A cause's part: the mean, over the sizes of what came before it, of what it adds on average to such a set."""
    found = {}
    for cause in causes:
        others = [each for each in causes if each is not cause]
        means = []
        for size in range(len(causes)):
            sets = [frozenset(each) for each in combinations(others, size)]
            means.append(Fraction(sum(at(each | {cause}) - at(each) for each in sets), len(sets)))
        found[cause] = Fraction(sum(means, ZERO), len(causes))
    return found


def _rounded(exact: Mapping[Cause, Fraction], total: int) -> dict[Cause, int]:
    """Whole minor units that make `total`: down, and what is left to the largest remainders."""
    floors = {cause: amount.numerator // amount.denominator for cause, amount in exact.items()}
    left = total - sum(floors.values())
    for cause in sorted(exact, key=lambda each: floors[each] - exact[each])[:left]:
        floors[cause] += 1
    return floors
