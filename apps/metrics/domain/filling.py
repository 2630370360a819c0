"""From what the rows gave to cells: which periods and members have one, and what stands where nothing came back."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.kernel.period import Calendar, Grain, Period
from apps.metrics.domain.definition import (
    AggregateDefinition,
    CumulativeDefinition,
    Definition,
    StockDefinition,
    built_in_of,
    is_zero_when_empty,
)
from apps.metrics.domain.money import Gap, gap_reason
from apps.metrics.domain.sheet import Place
from apps.metrics.domain.values import NO_DATA, UNDEFINED, Cell, Coverage, Frame, Measurement, Verdict, measured

LONGEST_MEMBER = 200
"""Members with longer names have no cells of their own; their rows count in the total."""

MOST_MEMBERS = 500
"""A dimension with more members than this is no breakdown that a person reads; its metric keeps its total."""

_ZERO = Decimal(0)


@dataclass
class Findings:
    """What the rows of one metric gave at one grain and dimension.

    `sides` by first day and member (None: the total); `alive` the members that have any row in a period, whether it
    counts or not. `crowded`: there were too many members to ask for. `gaps`: amounts that have no exchange rate.
    """

    sides: dict[tuple[date, str | None], Measurement] = field(default_factory=dict)
    alive: dict[date, set[str]] = field(default_factory=dict)
    crowded: bool = False
    gaps: dict[tuple[date, str | None], list[Gap]] = field(default_factory=dict)


def nothing_found(definition: Definition) -> Measurement:
    """What a covered period without a matching row gives: 0 for sums and counts, no value for anything else."""
    if is_zero_when_empty(definition):
        return Measurement(_ZERO, None, 0)
    if isinstance(definition, AggregateDefinition | CumulativeDefinition | StockDefinition):
        return Measurement(None, None, 0)
    return Measurement(_ZERO, _ZERO, 0)


def horizon(calendar: Calendar, coverages: Collection[Coverage], grain: Grain) -> list[Period]:
    """The periods a metric has values for: from the first to the last day that any of its data covers."""
    firsts = [coverage.first for coverage in coverages if coverage.first]
    lasts = [coverage.last for coverage in coverages if coverage.last]
    return calendar.between(min(firsts), max(lasts), grain) if firsts and lasts else []


def cells(
    definition: Definition, frame: Frame, periods: Collection[Period], dimension: str, found: Findings
) -> Iterator[tuple[Place, Cell]]:
    """The cells of `periods`: one for each in the total, or one for each member alive in it."""
    empty = nothing_found(definition)
    for period in periods:
        built_in = dimension == built_in_of(definition) != ""
        verdict = frame.judge(period)
        for place, member in _places(period, dimension, verdict, found):
            own = frame.judge(period, member or "") if built_in else verdict
            own = _without_rate(definition, frame, own, (period, member), found)
            if not (built_in and own.blank):
                yield place, measured(own, found.sides.get((period.start, member), empty))


def _without_rate(
    definition: Definition, frame: Frame, verdict: Verdict, place: tuple[Period, str | None], found: Findings
) -> Verdict:
    """No value where an amount that it is made of has no exchange rate: neither left out nor taken as it is."""
    if not found.gaps or verdict.state == NO_DATA:
        return verdict
    reason = gap_reason(definition, frame.money, frame.calendar, frame.look, place, found.gaps)
    return Verdict(UNDEFINED, reason) if reason is not None else verdict


def _places(period: Period, dimension: str, verdict: Verdict, found: Findings) -> Iterator[tuple[Place, str | None]]:
    grain = period.grain.value
    if not dimension:
        yield Place(grain, period.start), None
    elif verdict.state != NO_DATA:
        for member in sorted(found.alive.get(period.start, ())):
            if len(member) <= LONGEST_MEMBER:
                yield Place(grain, period.start, dimension, member), member


def joined(numerator: Findings, denominator: Findings) -> Findings:
    """The two sides of a ratio that were read from two data sets, by period and member.

    A side that found nothing is 0: whether its data covers the period is judged elsewhere.
    """
    sides = {
        place: Measurement(
            _side(numerator, place), _side(denominator, place), _n(numerator, place) + _n(denominator, place)
        )
        for place in numerator.sides.keys() | denominator.sides.keys()
    }
    days = numerator.alive.keys() | denominator.alive.keys()
    alive = {day: numerator.alive.get(day, set()) | denominator.alive.get(day, set()) for day in days}
    gaps = {
        place: [*numerator.gaps.get(place, ()), *denominator.gaps.get(place, ())]
        for place in numerator.gaps.keys() | denominator.gaps.keys()
    }
    return Findings(sides, alive, gaps=gaps)


def _side(found: Findings, place: tuple[date, str | None]) -> Decimal | None:
    return found.sides[place].numerator if place in found.sides else _ZERO


def _n(found: Findings, place: tuple[date, str | None]) -> int:
    return found.sides[place].n if place in found.sides else 0
