"""How the way to a goal is spread over the days: the share that is due when a day is over.

A spread answers one question, `after(day)`: 0 before the first day, 1 from the last one on. All shares are exact
fractions. What is learnt from former cycles is in `seasons.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Protocol

from apps.kernel.period import Calendar, Grain
from apps.targets.domain.calendars import Workdays
from apps.targets.domain.kinds import SHAPE_WORDS, Kind, Shape

NONE_DUE, ALL_DUE = Fraction(0), Fraction(1)
_DAY = timedelta(days=1)


class Spread(Protocol):
    """The share of the way that is due when `day` is over, between 0 and 1."""

    def after(self, day: date) -> Fraction: ...


@dataclass(frozen=True)
class CalendarDays:
    """The same for each day from `start` to `due`, both included."""

    start: date
    due: date

    def after(self, day: date) -> Fraction:
        whole = (self.due - self.start).days + 1
        return _bounded(Fraction((day - self.start).days + 1, whole))


@dataclass(frozen=True)
class WorkingDays:
    """The same for each working day; on a weekend nothing is due. A time without working days is spread over all."""

    start: date
    due: date
    workdays: Workdays

    def after(self, day: date) -> Fraction:
        whole = self.workdays.count(self.start, self.due)
        if whole == 0:
            return CalendarDays(self.start, self.due).after(day)
        return _bounded(Fraction(self.workdays.count(self.start, min(day, self.due)), whole))


@dataclass(frozen=True)
class Steps:
    """The same on each of some days (the last of each month, as a rule), nothing between them; all of it when due."""

    days: tuple[date, ...]

    def after(self, day: date) -> Fraction:
        return Fraction(bisect_right(self.days, day), len(self.days))


@dataclass(frozen=True)
class Milestones:
    """What was agreed for certain days, as shares of the way, in the order of time; nothing more is due between
    them.
    """

    due: date
    agreed: tuple[tuple[date, Fraction], ...]

    def after(self, day: date) -> Fraction:
        if day >= self.due:
            return ALL_DUE
        reached = [share for on, share in self.agreed if on <= day]
        return reached[-1] if reached else NONE_DUE


def update_days(calendar: Calendar, start: date, due: date) -> tuple[date, ...]:
    """The last day of each month from `start` to `due`, and `due` itself."""
    ends = {period.end - _DAY for period in calendar.between(start, due, Grain.MONTH)}
    return tuple(sorted({min(end, due) for end in ends}))


def milestones(due: date, baseline: Fraction, goal: Fraction, agreed: Iterable[tuple[date, Fraction]]) -> Milestones:
    """Milestones from values: each as its share of the way from `baseline` to `goal`; ValueError if there is no way."""
    if goal == baseline:
        raise ValueError("baseline and goal are equal: there is nothing to reach")
    ordered = sorted(agreed)
    return Milestones(due, tuple((on, (value - baseline) / (goal - baseline)) for on, value in ordered if on < due))


def choices(kind: Kind) -> Sequence[tuple[Shape, str]]:
    """The shapes a target of this kind can have, the usual one first, with English words (gettext) for a form."""
    return [(shape, SHAPE_WORDS[shape]) for shape in SHAPES_OF[kind]]


SHAPES_OF: dict[Kind, tuple[Shape, ...]] = {
    Kind.FLOW: (
        Shape.WORKING_DAYS, Shape.CALENDAR_DAYS, Shape.SEASONAL, Shape.STEPS, Shape.MILESTONES, Shape.PERIODS,
    ),
    Kind.LEVEL: (Shape.PERIODS, Shape.CALENDAR_DAYS, Shape.WORKING_DAYS, Shape.STEPS, Shape.MILESTONES),
    Kind.ABOVE: (), Kind.BELOW: (), Kind.BAND: (), Kind.RATE: (),
}  # fmt: skip
"""A level has no seasonal shape: how a total was made in former years says nothing of where a level stands."""


def _bounded(share: Fraction) -> Fraction:
    return min(max(share, NONE_DUE), ALL_DUE)
