"""How a metric stands against its target on a day: a status, or a grey one with the reason why there is none.

Grey is a status of its own: no data, not started, too early (the first fifth of a time that is judged by its days, or
nothing due yet), undefined, stale, too few things counted. What has ended keeps the status it ended with; a value that
was corrected later shows both, the one from before in `Standing.former`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.kernel.period import Calendar, Grain, Period
from apps.targets.domain import flow, limits, pace
from apps.targets.domain.calendars import Workdays
from apps.targets.domain.kinds import Kind
from apps.targets.domain.pace import Course, Status, as_decimal
from apps.targets.domain.projection import Needed, Projection, needed, project
from apps.targets.domain.seasons import Seasonal

EARLY = Fraction(1, 5)
"""No status in this first share of a time judged by its days: on day 3 even a perfect month looks late."""
LATE_DAYS = 7
"""So many days without a value make a running total stale."""


class Grey(StrEnum):
    """Why there is no status."""

    NO_DATA = "no_data"
    NOT_STARTED = "not_started"
    TOO_EARLY = "too_early"
    UNDEFINED = "undefined"
    STALE = "stale"
    TOO_FEW = "too_few"


class Basis(StrEnum):
    """What a value that is judged is made of."""

    CLOSED = "closed"
    DAYS = "days"
    RUNNING = "running"


@dataclass(frozen=True)
class Reading:
    """A value to be judged, of all days up to `as_of`, the last one with data in `period`.

    A flow adds up what its periods have made so far. `former` is what it was before a correction. The sides are those
    of a share.
    """

    value: Decimal
    period: Period
    as_of: date
    basis: Basis = Basis.CLOSED
    former: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    others: date | None = None
    """To which day there are values of others, where these are further: this one's are late."""


@dataclass(frozen=True)
class Former:
    """What stood before a value was corrected."""

    value: Decimal
    status: Status


@dataclass(frozen=True)
class Standing:
    """How a metric stands against its target, read at the end of `as_of` in `period` (None: there is no value yet).

    `progress`, `elapsed` (the share that is due; for limits, of the time) and `attainment` are shares (0.4615…),
    `expected`, `projection` and `needed` are in the metric's unit, `interval` is that of a share. Without a status,
    `grey` says why.
    """

    course: Course
    status: Status
    period: Period | None = None
    value: Decimal | None = None
    progress: Decimal | None = None
    elapsed: Decimal = Decimal(0)
    expected: Decimal | None = None
    attainment: Decimal | None = None
    grey: Grey | None = None
    as_of: date | None = None
    basis: Basis = Basis.CLOSED
    projection: Projection | None = None
    needed: Needed | None = None
    interval: tuple[Decimal, Decimal] | None = None
    former: Former | None = None
    reached: bool = False
    others: date | None = None
    """To which day others have values, where this one has none for those days yet."""

    @property
    def started(self) -> bool:
        """Whether something of its time is over: a whole period, or days where days are judged."""
        return self.as_of is not None and self.as_of >= self.course.start

    @property
    def over(self) -> bool:
        """Whether the last period has a value: what is seen is how it ended."""
        return self.as_of is not None and self.as_of >= self.course.due


def stand(line: Course, period: Period | None, value: Decimal | None) -> Standing:
    """Compare the value of a closed `period` with the line. Before the start and without a value the status is none."""
    if period is None or value is None:
        return judge(line, None)
    return judge(line, Reading(value, period, period.end - timedelta(days=1)))


def judge(
    course: Course,
    reading: Reading | None,
    *,
    today: date | None = None,
    workdays: Workdays | None = None,
    calendar: Calendar | None = None,
) -> Standing:
    """How `reading` stands against `course`. With `today` and `calendar` an old value is called stale.

    `workdays` are those that are left to a flow; without them every weekday counts.
    """
    if reading is None:
        return Standing(course, Status.NONE, grey=Grey.NO_DATA)
    if course.kind is Kind.FLOW and reading.as_of < course.start:
        return Standing(course, Status.NONE, reading.period, grey=Grey.NOT_STARTED, as_of=reading.as_of)
    status, grey, attained, interval = _verdict(course, reading)
    if grey is None and _is_stale(course, reading, today, calendar):
        status, grey = Status.NONE, Grey.STALE
    over = reading.as_of >= course.due
    way = _progress(course, reading.value)
    return Standing(
        course=course,
        status=status,
        period=reading.period,
        value=reading.value,
        progress=None if way is None else as_decimal(way),
        elapsed=as_decimal(course.share_after(reading.as_of) if course.has_way else course.time_after(reading.as_of)),
        expected=as_decimal(course.expected_after(reading.as_of)) if course.has_way else None,
        attainment=None if attained is None else as_decimal(attained),
        grey=grey,
        as_of=reading.as_of,
        basis=reading.basis,
        projection=project(course, reading.value, reading.as_of),
        needed=needed(course, reading.value, reading.as_of, workdays or Workdays()),
        interval=None if interval is None else (as_decimal(interval.low), as_decimal(interval.high)),
        former=_former(course, reading),
        reached=_is_reached(course, reading.value, way, over),
        others=None if over else reading.others,
    )


def attained(course: Course, reading: Reading) -> Decimal | None:
    """What `judge` would tell as attainment; None where it gives no status. For many at once: it tells nothing else."""
    if course.kind is Kind.FLOW and reading.as_of < course.start:
        return None
    _status, grey, share, _interval = _verdict(course, reading)
    return None if grey is not None or share is None else as_decimal(share)


_Verdict = tuple[Status, Grey | None, Fraction | None, limits.Interval | None]


def _verdict(course: Course, reading: Reading) -> _Verdict:
    """Status, or why there is none; attainment; interval of a share."""
    if reading.as_of < course.start:
        return Status.NONE, Grey.NOT_STARTED, None, None
    if not course.has_way:
        return _within(course, reading)
    attained = attainment(course, reading.value, reading.as_of)
    if attained is None:
        return Status.NONE, Grey.TOO_EARLY, None, None
    early = course.within_periods and course.time_after(reading.as_of) < EARLY and reading.as_of < course.due
    if early:
        return Status.NONE, Grey.TOO_EARLY, attained, None
    lenient = attainment(course, reading.value, reading.as_of, lenient=True) if _learnt(course) else None
    return pace.status(attained if lenient is None else max(attained, lenient)), None, attained, None


def _learnt(course: Course) -> bool:
    """Whether its line is a mean of former cycles, which may itself be off."""
    return isinstance(course.spread, Seasonal)


def attainment(course: Course, value: Decimal, day: date, *, lenient: bool = False) -> Fraction | None:
    """Way made over way due after `day`; None while (next to) nothing is due.

    `lenient` takes from what is due what a shape learnt from few cycles may be off by: one standard error.
    """
    share = course.share_after(day)
    if share < pace.LEAST_DUE or course.goal is None:
        return None
    if course.kind is Kind.FLOW:
        doubt = course.spread.error(day) if lenient and isinstance(course.spread, Seasonal) else Fraction(0)
        due = share - doubt if course.up else share + doubt
        return flow.attainment(course.goal, due, value, up=course.up, baseline=course.baseline)
    if course.baseline is None:
        return None
    return pace.attainment(course.baseline, course.goal, share, value)


def _within(course: Course, reading: Reading) -> _Verdict:
    low, high = bounds(course)
    value = reading.value
    attained = limits.attainment(value, low, high, course.tolerance)
    if attained == 1:
        return Status.GOOD, None, attained, _interval(course, reading)
    if course.kind is Kind.RATE:
        return _rate(course, reading, attained, low, high)
    return (Status.WARN if attained > 0 else Status.BAD), None, attained, None


def _interval(course: Course, reading: Reading) -> limits.Interval | None:
    if course.kind is not Kind.RATE:
        return None
    return limits.interval_of(reading.value, reading.numerator, reading.denominator)


def _rate(course: Course, reading: Reading, attained: Fraction, low: Decimal | None, high: Decimal | None) -> _Verdict:
    """A share that misses its limit: by chance, perhaps, if the limit lies in its interval."""
    interval = _interval(course, reading)
    if interval is None:
        return (Status.WARN if attained > 0 else Status.BAD), None, attained, None
    if reading.denominator is not None and reading.denominator < limits.LEAST_COUNTED:
        return Status.NONE, Grey.TOO_FEW, attained, interval
    chance = interval.high >= low if low is not None else high is not None and interval.low <= high
    return (Status.WARN if chance or attained > 0 else Status.BAD), None, attained, interval


def bounds(course: Course) -> tuple[Decimal | None, Decimal | None]:
    """From where to where a value is fine; None: no bound on this side."""
    if course.kind is Kind.BAND:
        return course.low, course.high
    upward = course.kind is Kind.ABOVE or (course.kind is Kind.RATE and course.up)
    return (course.goal, None) if upward else (None, course.goal)


def _progress(course: Course, value: Decimal) -> Fraction | None:
    if not course.has_way or course.goal is None:
        return None
    if course.kind is Kind.FLOW:
        return flow.progress(course.goal, value)
    return None if course.baseline is None else pace.progress(course.baseline, course.goal, value)


def _is_reached(course: Course, value: Decimal, way: Fraction | None, over: bool) -> bool:
    if course.kind is Kind.FLOW and course.goal is not None:
        return flow.is_reached(course.goal, value, up=course.up, over=over)
    return way is not None and way >= 1


def _former(course: Course, reading: Reading) -> Former | None:
    """What stood before a correction; only where it was another value."""
    if reading.former is None or reading.former == reading.value:
        return None
    before = Reading(
        reading.former, reading.period, reading.as_of, reading.basis, None, reading.numerator, reading.denominator
    )
    status, _, _, _ = _verdict(course, before)
    return Former(reading.former, status)


def _is_stale(course: Course, reading: Reading, today: date | None, calendar: Calendar | None) -> bool:
    """Whether a value is too old to say how things stand: two whole periods, or a week of days, are missing."""
    if today is None or calendar is None or reading.as_of >= course.due:
        return False
    if reading.basis is not Basis.CLOSED or reading.period.grain is Grain.DAY:
        return (min(today, course.due) - reading.as_of).days > LATE_DAYS
    return calendar.shift(reading.period, 2).end <= today
