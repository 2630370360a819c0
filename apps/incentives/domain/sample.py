"""Readings and people made up to show what a plan pays: for the worked example beside the form, and for golden vectors.

Figures are chosen from the plan itself: one level for each point of a curve, between them, just before the threshold
and past the end. They are examples and say so; nobody is paid by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from apps.incentives.domain.attainment import ONE, ZERO, Attaining, Basis, Direction, Lower, RangeRule, Reading
from apps.incentives.domain.curve import Curve
from apps.incentives.domain.plan import Combine, Component, Condition, Plan, Scope, TargetOf
from apps.incentives.domain.pool import Funding
from apps.incentives.domain.proration import Days
from apps.incentives.domain.snapshot import POOL_METRIC, TARGET_METRIC, Participant, Slice, Snapshot

TEAM = "team"
TARGET = Fraction(1000)
BEFORE = Fraction(1, 10_000)
"""A hundredth of a percentage point."""
USUAL = tuple(Fraction(each, 100) for each in (50, 80, 90, 100, 110, 120, 150))


def months_from(first: date, months: int) -> Days:
    """A period of whole months from the first of one."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return Days(first, date(year, month + 1, 1) - timedelta(days=1))


QUARTER = months_from(date(2026, 1, 1), 3)
LENGTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def levels_of(curve: Curve) -> tuple[Fraction, ...]:
    """Values of x worth a look: just short of the first point, each point, between two, past the last one."""
    xs = [point.x for point in curve.points]
    if not xs:
        return USUAL
    step = BEFORE if not curve.falling else -BEFORE
    span = xs[-1] - xs[0] or xs[0] or ONE
    middles = [Fraction(low + high, 2) for low, high in pairwise(xs)]
    return tuple(sorted({xs[0] - step, *xs, *middles, xs[-1] + Fraction(span, 4)}, reverse=curve.falling))


def spread(plan: Plan, component: Component) -> tuple[Reading, ...]:
    """Readings of one line over its curve (or over bands of its tiers)."""
    if component.tiers is not None:
        starts = [band.start for band in component.tiers.bands]
        values = {value for start in starts for value in (start - 1, start, start + Fraction(start or ONE, 3))}
        return tuple(Reading(actual=value) for value in sorted(values))
    curve = plan.total_curve if plan.combine is Combine.ON_TOTAL and plan.total_curve else component.curve
    if component.attaining.basis is Basis.ACTUAL:
        return tuple(Reading(actual=value, target=TARGET) for value in levels_of(curve))
    return tuple(reading_at(component.attaining, level) for level in levels_of(curve))


def reading_at(rule: Attaining, level: Fraction, target: Fraction = TARGET) -> Reading:
    """A reading that attains `level` (or, where only reached or not counts, does or does not reach)."""
    return _READINGS[rule.basis](rule, level, target)


def _by_ratio(rule: Attaining, level: Fraction, target: Fraction) -> Reading:
    if rule.direction is Direction.HIGHER:
        return Reading(actual=target * level, target=target)
    if rule.lower is Lower.RECIPROCAL:
        return Reading(actual=Fraction(target, level) if level else target * 100, target=target)
    return Reading(actual=target * (2 - level), target=target)


def _by_way(rule: Attaining, level: Fraction, target: Fraction) -> Reading:
    start = ZERO if rule.direction is Direction.HIGHER else target * 2
    return Reading(actual=start + (target - start) * level, target=target, start=start)


def _by_value(rule: Attaining, level: Fraction, target: Fraction) -> Reading:
    return Reading(actual=level, target=target)


def _reached(rule: Attaining, level: Fraction, target: Fraction) -> Reading:
    return Reading(actual=target * (level if rule.direction is Direction.HIGHER else 2 - level), target=target)


def _in_range(rule: Attaining, level: Fraction, target: Fraction) -> Reading:
    away = max(ONE - level, ZERO)
    if rule.range_rule is RangeRule.SHARE:
        return Reading(actual=target, low=target, high=target, inside=min(int(level * 10), 10), due=10)
    if rule.range_rule is RangeRule.MIRRORED:
        return Reading(actual=target * (ONE - away), target=target)
    return Reading(actual=target * (ONE - away), low=target, high=target * 2, tolerance=target)


_READINGS = {
    Basis.RATIO: _by_ratio,
    Basis.BASELINE: _by_way,
    Basis.ACTUAL: _by_value,
    Basis.BINARY: _reached,
    Basis.RANGE: _in_range,
}


def key_of(key: str, scope: Scope) -> tuple[str, str]:
    """Under which a reading is kept."""
    return key, TEAM if scope is Scope.TEAM else ""


def met(condition: Condition, *, holds: bool) -> Reading:
    """A value that keeps to a condition, or does not."""
    upward = condition.at_least is holds
    return Reading(actual=condition.bound + (ONE if upward else -ONE))


def around(plan: Plan, *, gates_hold: bool = True) -> dict[tuple[str, str], Reading]:
    """Readings of gates, multipliers and metrics that money is a share of."""
    found: dict[tuple[str, str], Reading] = {}
    for gate in plan.gates:
        found[key_of(gate.key, gate.condition.scope)] = met(gate.condition, holds=gates_hold)
    for each in plan.multipliers:
        if each.curve is not None and each.curve.points:
            found[key_of(each.key, each.scope)] = Reading(actual=each.curve.points[-1].x)
        elif each.condition is not None:
            found[key_of(each.key, each.condition.scope)] = met(each.condition, holds=gates_hold)
    if plan.target is TargetOf.METRIC:
        found[TARGET_METRIC, ""] = Reading(actual=Fraction(1_000_000))
    if plan.pool.funding is Funding.SHARE_OF_METRIC:
        found[POOL_METRIC, ""] = Reading(actual=Fraction(1_000_000))
    return found


def amount_for(plan: Plan, money: Fraction) -> tuple[Fraction, Fraction | None]:
    """An assignment's amount, and salary, that make a target bonus of `money`."""
    if plan.target is TargetOf.FIXED:
        return money, None
    share = Fraction(1, 10)
    return (share, money * 10) if plan.target is TargetOf.SALARY else (Fraction(money, 1_000_000), None)


def people(plan: Plan, period: Days, money: Fraction) -> tuple[Participant, ...]:
    """Three people of one team: one there all the time, one with a higher coefficient, one who joins half-way."""
    middle = date.fromordinal((period.first.toordinal() + period.last.toordinal()) // 2)
    told = (
        ("a", period, money, ONE),
        ("b", period, money * Fraction(2, 3), Fraction(6, 5)),
        ("c", Days(middle, period.last), money * Fraction(2, 3), Fraction(4, 5)),
    )
    found = []
    for key, days, target, coefficient in told:
        amount, salary = amount_for(plan, target)
        found.append(Participant(key, (Slice(days, TEAM, amount, coefficient, salary),)))
    return tuple(found)


def working_days(period: Days) -> tuple[date, ...]:
    """Mondays to Fridays: holidays belong to real runs."""
    every = (date.fromordinal(day) for day in range(period.first.toordinal(), period.last.toordinal() + 1))
    return tuple(day for day in every if day.weekday() < 5)


def example(
    plan: Plan,
    readings: Mapping[tuple[str, str], Reading],
    *,
    period: Days = QUARTER,
    money: Fraction = Fraction(30_000),
    everybody: Sequence[Participant] | None = None,
) -> Snapshot:
    """A snapshot of made-up people with these readings."""
    persons = tuple(everybody) if everybody is not None else people(plan, period, money)
    pools = {TEAM: money * 2} if plan.pool.funding is Funding.FIXED else {}
    return Snapshot(plan, period, persons, dict(readings), pools=pools, working_days=working_days(period))
