"""Levels: balances, head counts, recurring contracts. They add up over entities and never over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from apps.engine.attribute import Attribute
from apps.engine.conversion import Conversion
from apps.engine.misfits import column_issues, issue, number_issues, where_issues
from apps.engine.plan import Condition, Planned, Reach, Reading, Tables, Types, all_in_words, in_words_of
from apps.engine.plans.repeats import days_issues
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain, Period, Span


class At(StrEnum):
    """Of which days the level is: the period's last one, the one before its first, or all of its days."""

    CLOSING = "closing"
    OPENING = "opening"
    AVERAGE = "average"


_WORDS = {
    At.CLOSING: N_("sum of %(column)s of each %(entity)s at the end of the period"),
    At.OPENING: N_("sum of %(column)s of each %(entity)s at the start of the period"),
    At.AVERAGE: N_("sum of %(column)s of each %(entity)s on an average day of the period"),
}


@dataclass(frozen=True)
class StockPlan(Planned):
    """The level on a day: for each entity its last known value, added over entities.

    An entity is one combination of the cells of `entity`; a row without one of them does not count. Known is what a row
    of that day or up to `carry_days` before it says that satisfies `where` and has a value in `column`; several rows of
    an entity on its last known day are added, so that what is told part by part counts whole. `closing` is the level
    at the end of the period's last day, `opening` that at the end of the day before its first; both have no
    denominator. `average` has the sum over the period's days as numerator, and as denominator the number of its days
    on which the value of any entity is known. A split takes the members from the rows of the last known day. `n` counts
    the rows whose values count.
    """

    id: str
    grain: Grain
    entity: tuple[str, ...]
    column: str
    at: At = At.CLOSING
    carry_days: int = 0
    where: tuple[Condition, ...] = ()
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    money: tuple[Conversion, ...] = ()
    attribute: Attribute | None = None

    @property
    def lookback(self) -> Reach:
        """A value holds for `carry_days`; an opening level is that of the day before."""
        return Reach(days=self.carry_days + (self.at == At.OPENING))

    def conversions(self) -> tuple[Conversion, ...]:
        return self.money

    def readings(self, table: str = "") -> tuple[Reading, ...]:
        return () if table else (Reading(self.where, (self.column,), self.entity),)

    @property
    def spans_periods(self) -> bool:
        """A value may be of a day before."""
        return True

    def days(self, period: Period) -> Span:
        """The days whose level the value of a period is made of."""
        day = timedelta(days=1)
        if self.at == At.CLOSING:
            return Span(period.end - day, period.end)
        return Span(period.start - day, period.start) if self.at == At.OPENING else Span(period.start, period.end)

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        words = translate(_WORDS[self.at]) % {"column": self.column, "entity": ", ".join(self.entity)}
        if self.where:
            conditions = all_in_words(self.where, translate)
            words = translate(N_("%(what)s where %(conditions)s")) % {"what": words, "conditions": conditions}
        carry = translate(N_("a value holds for %(days)s days after its own")) % {"days": self.carry_days}
        return in_words_of(self, words, translate, carry)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in entity, column, conditions and days."""
        found = [] if self.entity else [issue(self.id, N_("Say whose level it is: at least one column."))]
        found += column_issues(self.id, self.entity, types) + number_issues(self.id, "sum", self.column, types)
        return found + where_issues(self.id, self.where, types) + days_issues(self.id, self.carry_days, 0)
