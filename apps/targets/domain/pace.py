"""How far a metric has come from its baseline to its goal, and how far it should have come by now.

Four measures, never mixed, all exact fractions:

* `progress`: the share of the way from baseline to goal; 0 at the baseline, 1 at the goal, beyond both outside them.
* elapsed: the share of the way that is due (`Course.share_at`), between 0 and 1; how it grows is the target's shape.
* `expected`: where the line from baseline to goal stands after that share.
* `attainment`: of the way that should have been made by now, how much was made. The status comes from it alone.

A level goes from its baseline to its goal: a goal below the baseline turns every sign at once. A flow begins at nothing
(`flow.py`). What is to stay within limits has no way to make (`limits.py`). `judging.py` puts them together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from apps.kernel.numbers import divide
from apps.kernel.period import Calendar, Grain, Period
from apps.targets.domain.kinds import WITH_A_WAY, Kind, Shape
from apps.targets.domain.seasons import Seasonal
from apps.targets.domain.shapes import Spread

GOOD_FROM = Fraction(95, 100)
WARN_FROM = Fraction(85, 100)
LEAST_DUE = Fraction(1, 200)
"""Before this share of the way is due, a quotient of two small numbers would say anything."""

Exact = Decimal | Fraction | int


class Status(StrEnum):
    """Half-open bands of attainment: good from 95 %, warn from 85 %, bad below; none where nothing can be said."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    NONE = "none"


def progress(baseline: Exact, goal: Exact, value: Exact) -> Fraction:
    """The share of the way from `baseline` to `goal` that `value` has made; ValueError if there is no way to make."""
    return (Fraction(value) - Fraction(baseline)) / _way(baseline, goal)


def elapsed_share(done: int, whole: int) -> Fraction:
    """`done` of `whole` periods as a share, no less than 0 and no more than 1."""
    if whole < 1:
        raise ValueError(f"a target has 1 or more periods, not {whole}")
    return min(max(Fraction(done, whole), Fraction(0)), Fraction(1))


def expected(baseline: Exact, goal: Exact, share: Exact) -> Fraction:
    """Where a straight line from `baseline` to `goal` stands when `share` (0 to 1) of the time is over."""
    return Fraction(baseline) + (Fraction(goal) - Fraction(baseline)) * Fraction(share)


def attainment(baseline: Exact, goal: Exact, share: Exact, value: Exact) -> Fraction | None:
    """Way made over way due, (actual - B) / (E - B); None before anything is due."""
    due = expected(baseline, goal, share) - Fraction(baseline)
    return None if due == 0 else (Fraction(value) - Fraction(baseline)) / due


def status(attained: Fraction | None) -> Status:
    """The band an attainment falls into."""
    if attained is None:
        return Status.NONE
    if attained >= GOOD_FROM:
        return Status.GOOD
    return Status.WARN if attained >= WARN_FROM else Status.BAD


def change(baseline: Exact, goal: Exact) -> Fraction | None:
    """How much more (or, negative, less) the goal is than the baseline, as a share of it; None from a baseline of 0."""
    start = Fraction(baseline)
    return None if start == 0 else (Fraction(goal) - start) / abs(start)


def as_decimal(exact: Fraction) -> Decimal:
    """A fraction for the screen and the database: 38 significant digits."""
    value = divide(exact.numerator, exact.denominator)
    assert value is not None  # noqa: S101  (a fraction has no denominator of 0)
    return value


@dataclass(frozen=True)
class Course:
    """A target laid over its calendar. Without a `spread` its way is one equal step at the end of each whole period.

    `baseline` is the value of the period `before` the first one, None where there is none; `goal` is due at the end of
    the last (None for a band, which lies from `low` to `high`). `record` is what former cycles had made by each day:
    where it is known, a projection says how far such projections were off.
    """

    baseline: Decimal | None
    goal: Decimal | None
    before: Period
    periods: tuple[Period, ...]
    kind: Kind = Kind.LEVEL
    shape: Shape = Shape.PERIODS
    up: bool = True
    low: Decimal | None = None
    high: Decimal | None = None
    tolerance: Decimal | None = None
    spread: Spread | None = None
    record: Seasonal | None = None

    @property
    def first(self) -> Period:
        return self.periods[0]

    @property
    def last(self) -> Period:
        return self.periods[-1]

    @property
    def start(self) -> date:
        return self.first.start

    @property
    def due(self) -> date:
        """The last day."""
        return self.last.end - timedelta(days=1)

    @property
    def has_way(self) -> bool:
        return self.kind in WITH_A_WAY

    @property
    def within_periods(self) -> bool:
        """Whether something is due in the middle of a period too, so that the running one can be judged."""
        return self.spread is not None and self.shape not in (Shape.PERIODS, Shape.STEPS)

    def share_after(self, day: date) -> Fraction:
        """The share of the way that is due when `day` is over."""
        if self.spread is not None:
            return self.spread.after(day)
        over = bisect_left(self.periods, day.toordinal() + 2, key=lambda own: own.end.toordinal())
        return elapsed_share(over, len(self.periods))

    def time_after(self, day: date) -> Fraction:
        """The share of the days that are over when `day` is, whatever the shape."""
        whole = (self.last.end - self.start).days
        return elapsed_share((day - self.start).days + 1, whole)

    def share_at(self, period: Period) -> Fraction:
        """The share of the way that is due at the end of `period`: 0 before the start, 1 from the due date on."""
        return self.share_after(period.end - timedelta(days=1))

    def expected_after(self, day: date) -> Fraction:
        """Where the line stands when `day` is over; ValueError for what has no way to make."""
        if not self.has_way or self.goal is None:
            raise ValueError(f"a target to stay within limits ({self.kind}) expects nothing of a day")
        begin = Decimal(0) if self.kind is Kind.FLOW or self.baseline is None else self.baseline
        return expected(begin, self.goal, self.share_after(day))

    def expected_at(self, period: Period) -> Fraction:
        """Where the line stands at the end of `period`."""
        return self.expected_after(period.end - timedelta(days=1))

    def points(self) -> Iterator[tuple[Period, Decimal]]:
        """The line for a chart of the periods' values.

        A level: the baseline at the period before, then each period's expected value. A flow: what each period is to
        add. Limits: the same in each, the lower of a band.
        """
        if self.kind is Kind.LEVEL and self.baseline is not None:
            yield self.before, self.baseline
        made = Fraction(0)
        for period in self.periods:
            if not self.has_way:
                limit = self.low if self.kind is Kind.BAND else self.goal
                if limit is not None:
                    yield period, limit
                continue
            due = self.expected_at(period)
            yield period, as_decimal(due - made)
            made = due if self.kind is Kind.FLOW else Fraction(0)


def course(
    calendar: Calendar,
    *,
    grain: Grain,
    baseline: Decimal | None,
    goal: Decimal | None,
    start: date,
    due: date,
    kind: Kind = Kind.LEVEL,
) -> Course:
    """Lay a target over `calendar`: the periods from the one that holds `start` to the one that holds `due`.

    ValueError if a level has no way from its baseline to its goal, or `due` lies before `start`.
    """
    if kind is Kind.LEVEL:
        if baseline is None or goal is None:
            raise ValueError("a level goes from a baseline to a goal")
        _way(baseline, goal)
    before, periods = _laid(calendar, start, due, grain)
    if not periods:
        raise ValueError(f"a target ends after it starts, not {start} to {due}")
    return Course(baseline, goal, before, periods, kind)


@lru_cache(maxsize=512)
def _laid(calendar: Calendar, start: date, due: date, grain: Grain) -> tuple[Period, tuple[Period, ...]]:
    """The period before, and all from `start` to `due`: the same for most targets of a company."""
    periods = tuple(calendar.between(start, due, grain))
    return calendar.shift(periods[0] if periods else calendar.period_of(start, grain), -1), periods


def whole_periods(calendar: Calendar, *, grain: Grain, start: date, due: date) -> tuple[date, date]:
    """`start` and `due` widened to the first and the last day of the periods that hold them."""
    return calendar.period_of(start, grain).start, calendar.period_of(due, grain).end - timedelta(days=1)


def _way(baseline: Exact, goal: Exact) -> Fraction:
    way = Fraction(goal) - Fraction(baseline)
    if way == 0:
        raise ValueError("baseline and goal are equal: there is nothing to reach")
    return way
