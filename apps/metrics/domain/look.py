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

    `trailing` periods are covered, ending with its own, or all since the start of the `to_date` one. `previous`
    periods before have to be known, or the value means nothing. `ahead` periods or `ahead_days` days after its end the
    value is mature. Rows up to `carry_days` before count; with `history`, all before do.
    """

    trailing: int = 1
    to_date: Grain | None = None
    previous: int = 0
    ahead: int = 0
    ahead_days: int = 0
    carry_days: int = 0
    history: bool = False

    def start(self, calendar: Calendar, period: Period) -> date:
        """The first day that a value of `period` covers."""
        if self.to_date is not None:
            return calendar.period_of(period.start, self.to_date).start
        return calendar.trailing(period, self.trailing).start

    def needed(self, calendar: Calendar, period: Period) -> list[Period]:
        """The periods before `period` that have to be covered."""
        first = self.start(calendar, period)
        if self.previous:
            first = min(first, calendar.shift(period, -self.previous).start)
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
        last = calendar.shift(calendar.period_of(day, grain), max(self.trailing - 1, self.previous))
        return last.end - timedelta(days=1)


def look_of(definition: Definition, interval: int | None = None) -> Look:
    """How far rows around a period matter to its value, or to that of `interval` of a retention curve."""
    if isinstance(definition, CumulativeDefinition):
        return Look(trailing=definition.trailing or 1, to_date=definition.to_date)
    if isinstance(definition, LifecycleDefinition):
        known = definition.figure == "active" or definition.known_since is not None
        return Look(previous=0 if known else 1, history=definition.figure != "active")
    if isinstance(definition, RecurringDefinition):
        return Look(previous=0 if definition.figure == "mrr" else 1, history=definition.figure != "mrr")
    if isinstance(definition, RetentionDefinition):
        at = definition.interval if interval is None else interval
        ahead = definition.intervals if definition.variant == "unbounded" else at
        return Look(ahead=ahead, history=definition.cohort == "first")
    if isinstance(definition, RepeatDefinition | ConversionDefinition | FunnelDefinition):
        return Look(ahead_days=definition.within_days)
    if isinstance(definition, StockDefinition):
        return Look(carry_days=definition.carry_days + 1)
    return Look(trailing=trailing_of(definition))


def widest(definition: Definition) -> Look:
    """The look that holds for everything a metric stores: of a retention curve, for its last interval."""
    return (
        look_of(definition, definition.intervals)
        if isinstance(definition, RetentionDefinition)
        else look_of(definition)
    )
