"""Periods of a company's calendar: half-open, tiling time without gap or overlap, named by a stable key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import total_ordering
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.kernel.issue import N_, Refusal


class Grain(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


class Span(NamedTuple):
    """Days from `start` up to but without `end`."""

    start: date
    end: date


_DAY = timedelta(days=1)
_KEYS = {
    Grain.DAY: re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII),
    Grain.WEEK: re.compile(r"(\d{4})-W(\d{2})", re.ASCII),
    Grain.MONTH: re.compile(r"(\d{4})-(\d{2})", re.ASCII),
    Grain.QUARTER: re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
    Grain.HALF: re.compile(r"(\d{4})-H([12])", re.ASCII),
    Grain.YEAR: re.compile(r"(\d{4})", re.ASCII),
}
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF: 6, Grain.YEAR: 12}
_LETTERS = {Grain.QUARTER: "Q", Grain.HALF: "H"}


def _index(day: date) -> int:
    """Months since year 0: the arithmetic of months without the traps of days."""
    return day.year * 12 + day.month - 1


def _first_of(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


@total_ordering
@dataclass(frozen=True)
class Period:
    """The days from `start` up to but without `end`, one unit of `grain`.

    Ordered by time. `fiscal_year_start` (a month) is only there to name a quarter or half; two periods of the same days
    are equal whatever it says.
    """

    grain: Grain
    start: date
    end: date
    fiscal_year_start: int = field(default=1, compare=False, repr=False)

    @property
    def key(self) -> str:
        """ "2026-06-30", "2026-W23", "2026-06", "2026-Q2", "2026-H1" or "2026".

        A week belongs to the year of its fourth day (with weeks from Monday this is the ISO week); a quarter, half and
        year are those of the fiscal year, which is named by the calendar year in which it ends.
        """
        if self.grain is Grain.DAY:
            return self.start.isoformat()
        if self.grain is Grain.WEEK:
            middle = self.start + 3 * _DAY
            return f"{middle.year:04d}-W{(middle.timetuple().tm_yday - 1) // 7 + 1:02d}"
        if self.grain is Grain.MONTH:
            return f"{self.start.year:04d}-{self.start.month:02d}"
        if self.grain is Grain.YEAR:
            return f"{(self.end - _DAY).year:04d}"
        months = _index(self.start) - (self.fiscal_year_start - 1)
        number = months % 12 // _MONTHS[self.grain] + 1
        return f"{months // 12 + (self.fiscal_year_start > 1):04d}-{_LETTERS[self.grain]}{number}"

    def __lt__(self, other: Period) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True)
class Calendar:
    """How a company cuts time: its zone, the first day of its week (ISO: 1 Monday to 7 Sunday), the first month of
    its fiscal year. Raises ValueError for a zone, day or month that does not exist."""

    time_zone: str
    week_start: int = 1
    fiscal_year_start: int = 1

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {self.time_zone!r}") from error
        if not 1 <= self.week_start <= 7:
            raise ValueError(f"week_start is 1 (Monday) to 7 (Sunday), not {self.week_start}")
        if not 1 <= self.fiscal_year_start <= 12:
            raise ValueError(f"fiscal_year_start is a month 1 to 12, not {self.fiscal_year_start}")

    def today(self, now: datetime) -> date:
        """The company's day at the instant `now`, which must carry a zone."""
        if now.tzinfo is None:
            raise ValueError("now needs a time zone")
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def period_of(self, day: date, grain: Grain) -> Period:
        """The period of `grain` that holds `day`."""
        if grain is Grain.DAY:
            return self._period(grain, day, day + _DAY)
        if grain is Grain.WEEK:
            start = day - ((day.isoweekday() - self.week_start) % 7) * _DAY
            return self._period(grain, start, start + 7 * _DAY)
        months = _MONTHS[grain]
        index = _index(day)
        index -= (index - (self.fiscal_year_start - 1)) % months
        return self._period(grain, _first_of(index), _first_of(index + months))

    def parse(self, key: str, grain: Grain) -> Period:
        """The period that `key` names; raises Refusal for a key of another form or a date that does not exist."""
        match = _KEYS[grain].fullmatch(key)
        try:
            period = self._read(grain, [int(part) for part in match.groups()]) if match else None
        except (ValueError, OverflowError):
            period = None
        if period is None or period.key != key:
            message = N_("“%(key)s” does not name a period of this calendar (expected, for example, %(example)s).")
            example = self.period_of(date(2026, 6, 30), grain).key
            raise Refusal(message, {"key": key[:40], "example": example}, status=404)
        return period

    def shift(self, period: Period, n: int) -> Period:
        """The period `n` after (negative: before) `period`, counted in periods, not days.

        Raises ValueError beyond the years 1 to 9999.
        """
        try:
            if period.grain is Grain.DAY or period.grain is Grain.WEEK:
                return self.period_of(period.start + n * (period.end - period.start), period.grain)
            return self.period_of(_first_of(_index(period.start) + n * _MONTHS[period.grain]), period.grain)
        except (OverflowError, ValueError) as error:
            raise ValueError(f"{n} periods from {period.key} is outside the calendar") from error

    def between(self, first_day: date, last_day: date, grain: Grain) -> list[Period]:
        """All periods that touch the days from `first_day` to `last_day`, both included, in order."""
        if first_day > last_day:
            return []
        periods = [self.period_of(first_day, grain)]
        while periods[-1].end <= last_day:
            periods.append(self.period_of(periods[-1].end, grain))
        return periods

    def trailing(self, period: Period, n: int) -> Span:
        """The days of the `n` periods that end with `period` (n = 1: the period's own days)."""
        if n < 1:
            raise ValueError(f"a trailing window has 1 or more periods, not {n}")
        return Span(self.shift(period, 1 - n).start, period.end)

    def _period(self, grain: Grain, start: date, end: date) -> Period:
        return Period(grain, start, end, self.fiscal_year_start)

    def _read(self, grain: Grain, parts: list[int]) -> Period:
        if grain is Grain.DAY:
            return self.period_of(date(*parts), grain)
        if grain is Grain.WEEK:
            first = self.period_of(date(parts[0], 1, 4), grain)
            return self.shift(first, parts[1] - 1)
        if grain is Grain.MONTH:
            return self.period_of(date(parts[0], parts[1], 1), grain)
        year = parts[0] - (self.fiscal_year_start > 1)
        months = (parts[1] - 1) * _MONTHS[grain] if grain in _LETTERS else 0
        return self.period_of(_first_of(year * 12 + self.fiscal_year_start - 1 + months), grain)
