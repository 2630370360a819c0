"""When rows of a dataset are expected, whether they are late, and which periods have none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.kernel.issue import N_, Issue

IsWorking = Callable[[date], bool]
LAST_SAFE_DAY = 28
_DAY = timedelta(days=1)

NO_RHYTHM = N_("Choose how often rows are expected.")
NO_HOUR = N_("Choose an hour from 0 to 23.")
NO_WEEKDAY = N_("Choose a day of the week, 1 (Monday) to 7.")
NO_DAY = N_("Choose a day of the month from 1 to 28.")
NO_ZONE = N_("There is no time zone “%(zone)s”.")


class Every(StrEnum):
    """How often rows are expected. Each time those of the period that ended last: the working day, day, week (Monday
    to Sunday) or month before."""

    WORKDAY = "workday"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Rhythm:
    """Rows are expected at `hour` o'clock in `time_zone`: on each (working) day, on `weekday` (1 is Monday) of each
    week, or on the `day` of each month."""

    every: str
    hour: int
    time_zone: str
    weekday: int = 1
    day: int = 1


@dataclass(frozen=True)
class Due:
    """By `at` there should be at least one row of the days from `first` to `last`, or of a later one."""

    at: datetime
    first: date
    last: date


def faults_of(rhythm: Rhythm) -> list[Issue]:
    """Everything wrong with a rhythm, each with its field."""
    found = []
    if rhythm.every not in set(Every):
        found.append(Issue("every", NO_RHYTHM))
    if not 0 <= rhythm.hour <= 23:
        found.append(Issue("hour", NO_HOUR))
    if not 1 <= rhythm.weekday <= 7:
        found.append(Issue("weekday", NO_WEEKDAY))
    if not 1 <= rhythm.day <= LAST_SAFE_DAY:
        found.append(Issue("day", NO_DAY))
    try:
        ZoneInfo(rhythm.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.append(Issue("time_zone", NO_ZONE, {"zone": rhythm.time_zone[:64]}))
    return found


def last_due(rhythm: Rhythm, now: datetime, is_working: IsWorking) -> Due:
    """The newest moment, at or before `now`, by which rows were expected. `now` knows its time zone."""
    day = now.astimezone(ZoneInfo(rhythm.time_zone)).date()
    while not _falls_on(rhythm, day, is_working) or _moment(rhythm, day) > now:
        day -= _DAY
    return _due(rhythm, day, is_working)


def next_due(rhythm: Rhythm, now: datetime, is_working: IsWorking) -> Due:
    """The first moment after `now` by which rows are expected."""
    day = now.astimezone(ZoneInfo(rhythm.time_zone)).date()
    while not _falls_on(rhythm, day, is_working) or _moment(rhythm, day) <= now:
        day += _DAY
    return _due(rhythm, day, is_working)


def is_late(last_day: date | None, due: Due) -> bool:
    """Whether rows that reach to `last_day` (None: there are none) are less than was expected."""
    return last_day is None or last_day < due.first


def _moment(rhythm: Rhythm, day: date) -> datetime:
    return datetime.combine(day, time(rhythm.hour), ZoneInfo(rhythm.time_zone)).astimezone(UTC)


def _falls_on(rhythm: Rhythm, day: date, is_working: IsWorking) -> bool:
    if rhythm.every == Every.WORKDAY:
        return is_working(day)
    if rhythm.every == Every.WEEK:
        return day.isoweekday() == rhythm.weekday
    return day.day == rhythm.day if rhythm.every == Every.MONTH else True


def _due(rhythm: Rhythm, day: date, is_working: IsWorking) -> Due:
    """What was to be there on a day on which rows are expected."""
    at = _moment(rhythm, day)
    if rhythm.every == Every.WEEK:
        monday = day - _DAY * (day.isoweekday() - 1)
        return Due(at, monday - 7 * _DAY, monday - _DAY)
    if rhythm.every == Every.MONTH:
        last = day.replace(day=1) - _DAY
        return Due(at, last.replace(day=1), last)
    before = day - _DAY
    while rhythm.every == Every.WORKDAY and not is_working(before):
        before -= _DAY
    return Due(at, before, before)


@dataclass(frozen=True)
class Gap:
    """Days from `first` to `last` that should have rows and have none: `periods` of the rhythm."""

    first: date
    last: date
    periods: int


def gaps(days: Collection[date], first: date, last: date, every: str, is_working: IsWorking) -> list[Gap]:
    """The periods between `first` and `last` without a row, next to each other as one, the newest first.

    `days` are those with rows. A period that `first` or `last` cuts counts as a whole one. Weekends and holidays
    between two missing working days are inside of one gap.
    """
    filled = {_start_of(day, every) for day in days}
    found: list[Gap] = []
    open_gap: Gap | None = None
    for start, end in _periods(first, last, every):
        if every == Every.WORKDAY and not is_working(start):
            continue
        if start in filled:
            open_gap = None
        elif open_gap is None:
            open_gap = Gap(start, end, 1)
            found.append(open_gap)
        else:
            open_gap = found[-1] = Gap(open_gap.first, end, open_gap.periods + 1)
    return found[::-1]


def _start_of(day: date, every: str) -> date:
    if every == Every.WEEK:
        return day - _DAY * (day.isoweekday() - 1)
    return day.replace(day=1) if every == Every.MONTH else day


def _periods(first: date, last: date, every: str) -> Iterator[tuple[date, date]]:
    """First and last day of each period from that of `first` to that of `last`."""
    starts, start = [], _start_of(first, every)
    while start <= last:
        starts.append(start)
        if every == Every.MONTH:
            start = (start.replace(day=LAST_SAFE_DAY) + 4 * _DAY).replace(day=1)
        else:
            start += (7 if every == Every.WEEK else 1) * _DAY
    for one, following in pairwise([*starts, start]):
        yield one, following - _DAY
