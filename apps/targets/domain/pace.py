"""How far a metric has come from its baseline to its goal, and how far it should have come by now.

Four measures, never mixed, all exact fractions:

* `progress`: the share of the way from baseline to goal; 0 at the baseline, 1 at the goal, beyond both outside them.
* elapsed: the share of the target's periods that are over (`Course.share_at`), between 0 and 1.
* `expected`: where a straight line from baseline to goal stands after that share.
* `attainment`: of the way that should have been made by now, how much was made. The status comes from it alone.

Lower-is-better needs no special case: a goal below its baseline turns every sign at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.kernel.numbers import divide
from apps.kernel.period import Calendar, Grain, Period

GOOD_FROM = Fraction(95, 100)
WARN_FROM = Fraction(85, 100)

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
    """A target laid over its calendar: a straight line through whole periods, one step at the end of each.

    `baseline` is the value of the period `before` the first one; `goal` is due at the end of the last.
    """

    baseline: Decimal
    goal: Decimal
    before: Period
    periods: tuple[Period, ...]

    @property
    def first(self) -> Period:
        return self.periods[0]

    @property
    def last(self) -> Period:
        return self.periods[-1]

    def share_at(self, period: Period) -> Fraction:
        """The share of the time that is over at the end of `period`: 0 before the start, 1 from the due date on."""
        return elapsed_share(sum(1 for own in self.periods if own.end <= period.end), len(self.periods))

    def expected_at(self, period: Period) -> Fraction:
        """Where the line stands at the end of `period`."""
        return expected(self.baseline, self.goal, self.share_at(period))

    def points(self) -> Iterator[tuple[Period, Decimal]]:
        """The line for a chart: the baseline at the period before, then each period's expected value."""
        yield self.before, self.baseline
        for index, period in enumerate(self.periods, start=1):
            share = elapsed_share(index, len(self.periods))
            yield period, as_decimal(expected(self.baseline, self.goal, share))


def course(calendar: Calendar, *, grain: Grain, baseline: Decimal, goal: Decimal, start: date, due: date) -> Course:
    """Lay a target over `calendar`: the periods from the one that holds `start` to the one that holds `due`.

    ValueError if goal and baseline are equal or `due` lies before `start`.
    """
    _way(baseline, goal)
    periods = tuple(calendar.between(start, due, grain))
    if not periods:
        raise ValueError(f"a target ends after it starts, not {start} to {due}")
    return Course(baseline, goal, calendar.shift(periods[0], -1), periods)


def whole_periods(calendar: Calendar, *, grain: Grain, start: date, due: date) -> tuple[date, date]:
    """`start` and `due` widened to the first and the last day of the periods that hold them."""
    return calendar.period_of(start, grain).start, calendar.period_of(due, grain).end - timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """How a metric stands against its target, read at the end of `period` (None: there is no value yet).

    `progress`, `elapsed` and `attainment` are shares (0.4615…), `expected` is in the metric's unit.
    """

    course: Course
    status: Status
    period: Period | None = None
    value: Decimal | None = None
    progress: Decimal | None = None
    elapsed: Decimal = Decimal(0)
    expected: Decimal | None = None
    attainment: Decimal | None = None

    @property
    def started(self) -> bool:
        """Whether the first period that counts is over."""
        return self.period is not None and self.period >= self.course.first

    @property
    def over(self) -> bool:
        """Whether the last period has a value: what is seen is how it ended."""
        return self.period is not None and self.period >= self.course.last

    @property
    def reached(self) -> bool:
        """Whether the value is at the goal or beyond it."""
        return self.progress is not None and self.progress >= 1


def stand(line: Course, period: Period | None, value: Decimal | None) -> Standing:
    """Compare the value of a closed `period` with the line. Before the start and without a value the status is none."""
    if period is None or value is None:
        return Standing(line, Status.NONE)
    share = line.share_at(period)
    attained = attainment(line.baseline, line.goal, share, value)
    return Standing(
        course=line,
        status=status(attained),
        period=period,
        value=value,
        progress=as_decimal(progress(line.baseline, line.goal, value)),
        elapsed=as_decimal(share),
        expected=as_decimal(line.expected_at(period)),
        attainment=None if attained is None else as_decimal(attained),
    )


def _way(baseline: Exact, goal: Exact) -> Fraction:
    way = Fraction(goal) - Fraction(baseline)
    if way == 0:
        raise ValueError("baseline and goal are equal: there is nothing to reach")
    return way
