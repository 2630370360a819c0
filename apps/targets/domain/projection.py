"""Where a total ends if it goes on as it did, and what is still to be made on each working day that is left.

Run rate: P = actual / F(t), with the same F that says what is due; where that stands still between some days (whole
periods, steps, milestones), what is made goes on, so there F grows evenly from one to the next. Its range comes from
the past: had one projected each former cycle at this same place, P would have been off by these factors. Levels are
forecast elsewhere, by damped trend (room evidence); what they need is told per period that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.targets.domain.calendars import Workdays
from apps.targets.domain.kinds import Kind
from apps.targets.domain.pace import Course, as_decimal
from apps.targets.domain.seasons import LEAST_CYCLES, Seasonal
from apps.targets.domain.shapes import Milestones, Steps

LEAST_SHARE = Fraction(1, 20)
"""Below this share due, a projection would multiply chance by more than twenty."""


@dataclass(frozen=True)
class Projection:
    """The total at the end as things go, in the metric's unit; `low` to `high` from the errors of `cycles` former
    ones.
    """

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    cycles: int = 0


@dataclass(frozen=True)
class Needed:
    """What is left to the goal and how much of it each of `steps` days or periods to come has to add.

    `left` is 0 or below where nothing is left to make; of a budget it is what may still be spent, below 0 if overspent.
    `each` is None where no step is left.
    """

    left: Decimal
    steps: int
    by_day: bool
    each: Decimal | None


def project(course: Course, actual: Decimal, as_of: date) -> Projection | None:
    """The run rate of a flow; None for others, when it is over, and before enough is due."""
    if course.kind is not Kind.FLOW or as_of >= course.due:
        return None
    share = running_share(course, as_of)
    if share < LEAST_SHARE:
        return None
    value = Fraction(actual) / share
    factors = errors(course, as_of)
    if len(factors) < LEAST_CYCLES:
        return Projection(as_decimal(value))
    ends = sorted([value * min(*factors, Fraction(1)), value * max(*factors, Fraction(1))])
    return Projection(as_decimal(value), as_decimal(ends[0]), as_decimal(ends[1]), len(factors))


def running_share(course: Course, day: date) -> Fraction:
    """The share that is made when `day` is over by who is on the line: as due, but nothing stands still in between."""
    before, made = course.start - timedelta(days=1), Fraction(0)
    for on in _jumps(course):
        due = course.share_after(on)
        if day < on:
            return made + (due - made) * max((day - before).days, 0) / (on - before).days
        before, made = on, due
    return course.share_after(day)


def _jumps(course: Course) -> list[date]:
    """The days on which the line steps up, in order; none where it grows from day to day."""
    if isinstance(course.spread, Steps):
        return list(course.spread.days)
    if isinstance(course.spread, Milestones):
        return sorted({*(on for on, _share in course.spread.agreed), course.due})
    return [period.end - timedelta(days=1) for period in course.periods] if course.spread is None else []


def errors(course: Course, day: date) -> list[Fraction]:
    """For each former cycle: its real total over the one that would have been projected at the place of `day`.

    A shape learnt from the cycles is judged on each by what the others say.
    """
    if course.record is None:
        return []
    shares = course.record.shares(day)
    learnt = isinstance(course.spread, Seasonal)
    said = [
        (sum(shares, Fraction(0)) - own) / (len(shares) - 1)
        if learnt and len(shares) > 1
        else running_share(course, day)
        for own in shares
    ]
    return [ours / own for ours, own in zip(said, shares, strict=True) if own > 0 and ours > 0]


def needed(course: Course, actual: Decimal, as_of: date, workdays: Workdays) -> Needed | None:
    """What each remaining working day (a flow) or period (a level) has to add; None for limits and when it is over."""
    if not course.has_way or course.goal is None or as_of >= course.due:
        return None
    left = course.goal - actual
    if course.kind is Kind.FLOW:
        steps = workdays.count(max(as_of + timedelta(days=1), course.start), course.due)
    else:
        steps = sum(1 for period in course.periods if period.end - timedelta(days=1) > as_of)
    each = as_decimal(Fraction(left) / steps) if steps else None
    return Needed(left, steps, course.kind is Kind.FLOW, each)
