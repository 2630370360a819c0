"""What moves somebody's pay: what one step of a metric adds, what another attainment would pay, what is likely.

Everything is worked out by `calculate` itself on a snapshot in which figures were moved, so that what is foreseen and
what is paid can never follow two rules. An estimate is a range, and never more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product

from apps.incentives.domain.attainment import ONE, ZERO, Basis, Direction, Lower, RangeRule, Reading
from apps.incentives.domain.plan import Component, Plan, Scope
from apps.incentives.domain.proration import Days
from apps.incentives.domain.run import calculate_one
from apps.incentives.domain.snapshot import Participant, Result, Snapshot
from apps.kernel.issue import Issue

Place = tuple[str, str]
"""A reading's place: the key of a component, gate or multiplier, and a team ("" for the company)."""

STEP_SHARE = Fraction(1, 100)
MOST_COMBINED = 5
"""With more metrics than this, a range is taken from all low and all high ends alone (2^n calculations else)."""


@dataclass(frozen=True)
class Expected:
    """What a metric is likely to be at the end of the period, in its unit; the ends may lie either way round."""

    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(frozen=True)
class Estimate:
    """Minor units of `currency`: with the expected values, and the least and most with their ranges."""

    currency: str
    likely: int
    low: int
    high: int

    @property
    def ranged(self) -> bool:
        return self.low != self.high


@dataclass(frozen=True)
class Lever:
    """What `step` more of a metric (of which less is better: less) adds to the pay of one person, and of the team.

    `gap` is what is missing to the next point of the curve, in the metric's unit, and `gap_pays` what reaching it adds
    for the person. `own` and `team` are minor units; None where a team cannot be calculated.
    """

    component: Component
    team: str
    step: Fraction
    own: int
    everybody: int | None
    people: int
    gap: Fraction | None = None
    gap_pays: int | None = None


@dataclass(frozen=True)
class WhatIf:
    """What would be paid if one component reached `share` of its target: `actual` is the value that makes."""

    component: Component
    share: Fraction
    actual: Fraction
    total: int
    change: int


class Unclear(Exception):
    """Somebody cannot be calculated; `issues` say why."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        super().__init__()
        self.issues = issues


def pay_of(snapshot: Snapshot, key: str) -> Result:
    """Somebody's result. Unclear, with all reasons, if there is none."""
    answer = calculate_one(snapshot, key)
    if not isinstance(answer, Result):
        raise Unclear(answer.issues)
    return answer


# --- figures that are moved ------------------------------------------------------------------------------------------


def metric_of(plan: Plan, key: str) -> str:
    """The metric behind the key of a component, gate or multiplier; "" for one without."""
    for component in plan.components:
        if component.key == key:
            return component.metric
    for gate in plan.gates:
        if gate.key == key:
            return gate.condition.metric
    for each in plan.multipliers:
        if each.key == key:
            return each.condition.metric if each.condition is not None else each.metric
    return ""


def moved(snapshot: Snapshot, values: Mapping[Place, Fraction]) -> Snapshot:
    """The snapshot with other actual values. A metric read in several places moves in all of them, for its team."""
    wanted = {(metric_of(snapshot.plan, key), team): value for (key, team), value in values.items()}
    found = dict(snapshot.readings)
    for (key, team), reading in snapshot.readings.items():
        value = wanted.get((metric_of(snapshot.plan, key), team))
        if value is not None:
            found[key, team] = replace(reading, actual=value)
    for place, value in values.items():
        found.setdefault(place, Reading(actual=value))
    return replace(snapshot, readings=found)


def better(component: Component) -> int:
    """1 where more of the metric pays more, -1 where less does."""
    if component.attaining.basis is Basis.ACTUAL:
        return -1 if component.curve.falling else 1
    return -1 if component.attaining.direction is Direction.LOWER else 1


def nice_step(reference: Fraction) -> Fraction:
    """About a hundredth of a value, as 1, 2 or 5 with zeros, so that people can picture it: 100 of 10,000."""
    wanted = abs(reference) * STEP_SHARE
    if not wanted:
        return ONE
    power = ONE
    while power > wanted:
        power = Fraction(power, 10)
    while power * 10 <= wanted:
        power = power * 10
    return next(power * times for times in (5, 2, 1) if power * times <= wanted)


def reaching(component: Component, reading: Reading, share: Fraction) -> Fraction | None:
    """The actual value at which attainment is `share`; None where there is none (ranges, reciprocals of nothing).

    With a curve on actual values, and where a target is reached or not: that share of the target, turned round where
    less is better. Of a target of 0 there is no share.
    """
    rule, target = component.attaining, reading.target
    if target is None or rule.basis is Basis.RANGE:
        return None
    if rule.basis is Basis.BINARY and not target and share < ONE:
        return None
    if rule.basis is Basis.BASELINE:
        return None if reading.start is None else reading.start + share * (target - reading.start)
    if rule.basis is Basis.RATIO and rule.direction is Direction.LOWER and rule.lower is Lower.RECIPROCAL:
        return Fraction(target, share) if share else None
    return target + better(component) * (share - ONE) * abs(target)


def place_of(component: Component, team: str) -> Place:
    """Where a component's reading for a team is."""
    return component.key, team if component.scope is Scope.TEAM else ""


# --- levers ----------------------------------------------------------------------------------------------------------


def levers(snapshot: Snapshot, key: str, team: str) -> tuple[Lever, ...]:
    """What one step of each component's metric adds, the strongest first. Unclear if the person has no result."""
    now, everybody = pay_of(snapshot, key), _of_team(snapshot, team)
    found = []
    for component in snapshot.plan.components:
        place = place_of(component, team)
        reading = snapshot.readings.get(place, Reading())
        if reading.actual is None or component.attaining.range_rule is RangeRule.SHARE:
            continue
        step = nice_step(reading.target if reading.target else reading.actual)
        further = moved(snapshot, {place: reading.actual + better(component) * step})
        own = pay_of(further, key).total - now.total
        gap, pays = _next_point(snapshot, key, component, place, now)
        found.append(
            Lever(component, team, step, own, _difference(snapshot, further, everybody), len(everybody), gap, pays)
        )
    return tuple(sorted(found, key=lambda each: (-each.own, each.component.key)))


def _of_team(snapshot: Snapshot, team: str) -> tuple[Participant, ...]:
    return tuple(each for each in snapshot.participants if any(part.team == team for part in each.slices))


def _difference(before: Snapshot, after: Snapshot, people: Iterable[Participant]) -> int | None:
    try:
        return sum(pay_of(after, each.key).total - pay_of(before, each.key).total for each in people)
    except Unclear:
        return None


def _next_point(
    snapshot: Snapshot, key: str, component: Component, place: Place, now: Result
) -> tuple[Fraction | None, int | None]:
    """How far it is to the next point of the curve, and what reaching it adds."""
    reading = snapshot.readings[place]
    on_values = component.attaining.basis is Basis.ACTUAL
    for point in component.curve.points:
        value = point.x if on_values else reaching(component, reading, point.x)
        if value is None or reading.actual is None:
            continue
        gap = (value - reading.actual) * better(component)
        if gap > ZERO:
            return gap, pay_of(moved(snapshot, {place: value}), key).total - now.total
    return None, None


# --- what if ---------------------------------------------------------------------------------------------------------


def what_if(snapshot: Snapshot, key: str, team: str, shares: Mapping[str, Fraction]) -> tuple[int, tuple[WhatIf, ...]]:
    """What would be paid with the components of `shares` at that attainment, all at once; and what each alone changes.

    Components that cannot be put at an attainment are left as they are. Unclear if that cannot be calculated.
    """
    now = pay_of(snapshot, key)
    values = _values_at(snapshot, team, shares)
    found = []
    for component in snapshot.plan.components:
        place = place_of(component, team)
        if place in values:
            alone = pay_of(moved(snapshot, {place: values[place]}), key).total
            found.append(WhatIf(component, shares[component.key], values[place], alone, alone - now.total))
    return pay_of(moved(snapshot, values), key).total, tuple(found)


def ladder(snapshot: Snapshot, key: str, team: str, levels: Sequence[Fraction]) -> tuple[int, ...]:
    """What would be paid with every component at each of these attainments. Components that cannot be put at one are
    left as they are; nothing where that holds for all of them. Unclear if it cannot be calculated.
    """
    found = []
    for level in levels:
        values = _values_at(snapshot, team, {each.key: level for each in snapshot.plan.components})
        if values:
            found.append(pay_of(moved(snapshot, values), key).total)
    return tuple(found)


def _values_at(snapshot: Snapshot, team: str, shares: Mapping[str, Fraction]) -> dict[Place, Fraction]:
    """The actual values at which components are at their `shares`, where there are such values."""
    values = {}
    for component in snapshot.plan.components:
        place = place_of(component, team)
        share = shares.get(component.key)
        reading = snapshot.readings.get(place, Reading())
        value = None if share is None else reaching(component, reading, share)
        if value is not None:
            values[place] = value
    return values


# --- an estimate -----------------------------------------------------------------------------------------------------


def estimate(snapshot: Snapshot, key: str, expected: Mapping[Place, Expected]) -> Estimate:
    """What somebody is likely to be paid, and between which bounds. Unclear if even that cannot be calculated.

    Each metric may end at either of its ends, whatever the others do; the least and the most of it are the bounds.
    """
    likely = pay_of(moved(snapshot, {place: each.value for place, each in expected.items()}), key)
    totals = [likely.total]
    for values in _ends(expected):
        totals.append(pay_of(moved(snapshot, values), key).total)
    return Estimate(likely.currency, likely.total, min(totals), max(totals))


LEAST_SHARE = Fraction(1, 20)
"""Before this share of a period is over, going on as it goes would multiply chance by more than twenty."""


def run_rate(actual: Fraction, days: Days, until: date) -> Fraction | None:
    """What a value that adds up comes to at the end of `days` if it goes on as it did until the day `until`, that day
    included: `actual / share of the days`. None before a twentieth of them is over; the value itself once all are.
    """
    over = min((until - days.first).days + 1, days.count)
    share = Fraction(over, days.count)
    return None if share < LEAST_SHARE else Fraction(actual, share)


def _ends(expected: Mapping[Place, Expected]) -> Iterable[Mapping[Place, Fraction]]:
    ranged = {place: each for place, each in expected.items() if each.low is not None and each.high is not None}
    fixed = {place: each.value for place, each in expected.items() if place not in ranged}
    ends = {place: (each.low, each.high) for place, each in ranged.items()}
    if len(ranged) > MOST_COMBINED:
        return [{**fixed, **{place: pair[side] for place, pair in ends.items()}} for side in (0, 1)]  # type: ignore[misc]
    chosen = product(*ends.values())
    return [{**fixed, **dict(zip(ends, values, strict=True))} for values in chosen] if ends else []  # type: ignore[arg-type]
