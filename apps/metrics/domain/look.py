"""How far around a period the rows matter to its value: what has to be known, and what changes when rows do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from apps.kernel.period import Calendar, Grain, Period
from apps.metrics.domain.definition import (
    ConversionDefinition,
    CumulativeDefinition,
    Definition,
    FunnelDefinition,
    LifecycleDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    StockDefinition,
    trailing_of,
)

LAST_DAY = date(9990, 12, 31)
"""Stands for "ever after"."""


@dataclass(frozen=True)
class Look:
    """What of the rows around a period its value depends on.

    `trailing` periods are covered, ending with its own, or all since the start of the `to_date` one. `ahead` periods
    or `ahead_days` days after its end the value is mature; before the period `awaits` periods later begins there is
    none. Rows up to `carry_days` before count; with `history`, all before do, of which those up to `known_since` are
    not known.
    """

    trailing: int = 1
    to_date: Grain | None = None
    ahead: int = 0
    awaits: int = 0
    ahead_days: int = 0
    carry_days: int = 0
    history: bool = False
    known_since: date | None = None

    def start(self, calendar: Calendar, period: Period) -> date:
        """The first day that a value of `period` covers."""
        if self.to_date is not None:
            return calendar.period_of(period.start, self.to_date).start
        return calendar.trailing(period, self.trailing).start

    def needed(self, calendar: Calendar, period: Period) -> list[Period]:
        """The periods before `period` that have to be covered."""
        first = self.start(calendar, period)
        return calendar.between(first, period.start - timedelta(days=1), period.grain) if first < period.start else []

    def matures(self, calendar: Calendar, period: Period) -> date:
        """The day from which the value is complete: the day after the last one whose rows can change it."""
        return calendar.shift(period, self.ahead).end + timedelta(days=self.ahead_days)

    def reach(self, calendar: Calendar, span: tuple[date, date], grain: Grain) -> tuple[date, date]:
        """The first and last day of the periods whose values can change when rows of `span` do."""
        back = calendar.period_of(span[0] - timedelta(days=self.ahead_days), grain)
        first = calendar.shift(back, -self.ahead)
        return first.start, LAST_DAY if self.history else self._last(calendar, span[1], grain)

    def _last(self, calendar: Calendar, day: date, grain: Grain) -> date:
        day += timedelta(days=self.carry_days)
        if self.to_date is not None:
            day = calendar.period_of(day, self.to_date).end - timedelta(days=1)
        last = calendar.shift(calendar.period_of(day, grain), self.trailing - 1)
        return last.end - timedelta(days=1)


def look_of(definition: Definition, interval: int | None = None) -> Look:
    """How far rows around a period matter to its value, or to that of `interval` of a retention curve."""
    if isinstance(definition, CumulativeDefinition):
        return Look(trailing=definition.trailing or 1, to_date=definition.to_date)
    if isinstance(definition, LifecycleDefinition):
        return Look(history=True, known_since=None if definition.figure == "active" else definition.known_since)
    if isinstance(definition, RecurringDefinition):
        return Look(history=True)
    if isinstance(definition, RetentionDefinition):
        at = definition.interval if interval is None else interval
        ahead = definition.intervals if definition.variant == "unbounded" else at
        return Look(ahead=ahead if at else 0, awaits=at, history=definition.cohort == "first")
    if isinstance(definition, RepeatDefinition | ConversionDefinition | FunnelDefinition):
        return Look(ahead_days=definition.within_days - 1)
    if isinstance(definition, StockDefinition):
        return Look(carry_days=definition.carry_days + 1)
    return Look(trailing=trailing_of(definition))


def parts_of(definition: Definition) -> dict[str, Look]:
    """How far the values look that are kept as members of the built-in dimension `interval`; none for other kinds."""
    if not isinstance(definition, RetentionDefinition):
        return {}
    return {str(interval): look_of(definition, interval) for interval in range(definition.intervals + 1)}


def widest(definition: Definition) -> Look:
    """The look that holds for everything a metric stores: of a retention curve, for its last interval."""
    return (
        look_of(definition, definition.intervals)
        if isinstance(definition, RetentionDefinition)
        else look_of(definition)
    )
