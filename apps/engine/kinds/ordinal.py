"""Periods as consecutive whole numbers, in Python and in expressions: the next period is one more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis

from apps.engine.compile import Expr
from apps.kernel.period import Calendar, Grain, Period

_MONDAY = date(1800, 1, 6)
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF: 6, Grain.YEAR: 12}


@dataclass(frozen=True)
class Ordinals:
    """The numbers of the periods of one grain of a calendar."""

    grain: Grain
    calendar: Calendar

    def of(self, day: date) -> int:
        """The number of the period that holds `day`."""
        if self.grain in _MONTHS:
            return (day.year * 12 + day.month - self.calendar.fiscal_year_start) // _MONTHS[self.grain]
        days = (day - _MONDAY).days
        return days if self.grain == Grain.DAY else (days - (self.calendar.week_start - 1)) // 7

    def period(self, number: int) -> Period:
        """The period of that number."""
        if self.grain in _MONTHS:
            months = number * _MONTHS[self.grain] + self.calendar.fiscal_year_start - 1
            return self.calendar.period_of(date(months // 12, months % 12 + 1, 1), self.grain)
        days = number if self.grain == Grain.DAY else number * 7 + self.calendar.week_start - 1
        return self.calendar.period_of(_MONDAY + timedelta(days=days), self.grain)

    def expression(self, day: Expr) -> Expr:
        """`of` as an expression."""
        if self.grain in _MONTHS:
            number = day.year() * 12 + day.month() - self.calendar.fiscal_year_start
            months = _MONTHS[self.grain]
            return (number // months if months > 1 else number).cast("int32")
        days = day.delta(ibis.date(_MONDAY.year, _MONDAY.month, _MONDAY.day), unit="day")
        return (days if self.grain == Grain.DAY else (days - (self.calendar.week_start - 1)) // 7).cast("int32")

    @property
    def holds_months(self) -> bool:
        """Whether a month always lies within one period."""
        return self.grain in _MONTHS
