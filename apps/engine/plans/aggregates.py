"""One number of the rows of a period: sums, counts, averages and their ratios."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.engine.attribute import Attribute
from apps.engine.conversion import Conversion
from apps.engine.misfits import issue, side_issues
from apps.engine.plan import RATIOS, Aggregation, How, Planned, Reach, Reading, Tables, Types, in_words_of
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain, Period, Span


@dataclass(frozen=True)
class MeasurePlan(Planned):
    """One metric at one grain: numerator, and for a ratio denominator, over periods of a calendar.

    `trailing` is the number of periods that each value covers, ending with its own. With `to_date` it covers the days
    from the start of the enclosing period of that grain to the period's end instead.
    """

    id: str
    grain: Grain
    trailing: int
    numerator: Aggregation
    denominator: Aggregation | None = None
    split_by: str | None = None
    first: date | None = None
    last: date | None = None
    to_date: Grain | None = None
    money: tuple[Conversion, ...] = ()
    attribute: Attribute | None = None

    @property
    def lookback(self) -> Reach:
        if self.to_date is None:
            return Reach(periods=self.trailing - 1)
        return Reach(periods=_MOST_INSIDE.get((self.grain, self.to_date), 1) - 1)

    def conversions(self) -> tuple[Conversion, ...]:
        return self.money

    def readings(self, table: str = "") -> tuple[Reading, ...]:
        return () if table else tuple(Reading(side.where, side.columns()) for side in self.sides())

    @property
    def is_windowed(self) -> bool:
        """Whether a value covers more than its own period."""
        return self.trailing > 1 or self.to_date is not None

    @property
    def spans_periods(self) -> bool:
        return self.is_windowed

    def touched(self, changed: Span, calendar: Calendar, table: str = "") -> Span:
        """As of any plan; with `to_date` no further than to the end of the enclosing period."""
        span = super().touched(changed, calendar, table)
        if self.to_date is None or span.end == date.max:
            return span
        last = max(changed.end.toordinal() - 1, 1)
        return Span(span.start, calendar.period_of(date.fromordinal(last), self.to_date).end)

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        words = self.numerator.in_words(translate)
        if self.denominator is not None:
            sides = {"numerator": words, "denominator": self.denominator.in_words(translate)}
            words = translate(N_("%(numerator)s divided by %(denominator)s")) % sides
        window = trailing_in_words(self.trailing, translate)
        if self.to_date is not None:
            window = (translate(_SINCE.get(self.to_date, "")),)
        return in_words_of(self, words, translate, *window)

    def sides(self) -> tuple[Aggregation, ...]:
        """Numerator, then denominator where there is one."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """What does not fit in window and sides."""
        found = trailing_issues(self.id, self.trailing)
        if self.to_date is not None:
            found += self._to_date_issues(self.to_date)
        hows = {side.how for side in self.sides()} & RATIOS
        if self.denominator is not None and How.AVG in hows:
            found.append(issue(self.id, N_("An average already is a ratio: it takes no denominator and is none.")))
        if self.denominator is not None and How.NPS in hows:
            message = N_("A net promoter score already is a ratio: it takes no denominator and is none.")
            found.append(issue(self.id, message))
        return found + [found for side in self.sides() for found in side_issues(self.id, side, types)]

    def _to_date_issues(self, to_date: Grain) -> list[Issue]:
        found = []
        if self.trailing != 1:
            message = N_("A value covers the last periods or the time since the start of one, not both.")
            found.append(issue(self.id, message))
        if (self.grain, to_date) not in _MOST_INSIDE:
            message = N_("A value by %(grain)s cannot run since the start of the %(to_date)s.")
            found.append(issue(self.id, message, grain=self.grain.value, to_date=to_date.value))
        return found


def window_of(period: Period, trailing: int, to_date: Grain | None, calendar: Calendar) -> Span:
    """The days that the value of a period covers."""
    if to_date is None:
        return calendar.trailing(period, trailing)
    return Span(calendar.period_of(period.start, to_date).start, period.end)


_SINCE = {
    Grain.MONTH: N_("since the start of the month"),
    Grain.QUARTER: N_("since the start of the quarter"),
    Grain.HALF: N_("since the start of the half-year"),
    Grain.YEAR: N_("since the start of the year"),
}
_MOST_INSIDE = {
    (Grain.DAY, Grain.MONTH): 31, (Grain.DAY, Grain.QUARTER): 92, (Grain.DAY, Grain.HALF): 184,
    (Grain.DAY, Grain.YEAR): 366, (Grain.MONTH, Grain.QUARTER): 3, (Grain.MONTH, Grain.HALF): 6,
    (Grain.MONTH, Grain.YEAR): 12, (Grain.QUARTER, Grain.HALF): 2, (Grain.QUARTER, Grain.YEAR): 4,
    (Grain.HALF, Grain.YEAR): 2,
}  # fmt: skip
"""How many periods of a grain another one holds whole. Weeks lie in no month, quarter or year."""


def trailing_in_words(trailing: int, translate: Translate) -> tuple[str, ...]:
    """A window of more than one period as a phrase."""
    return (translate(N_("over the last %(n)s periods")) % {"n": trailing},) if trailing > 1 else ()


def trailing_issues(plan_id: str, trailing: int) -> list[Issue]:
    """A window has at least one period."""
    if trailing >= 1:
        return []
    return [issue(plan_id, N_("A window covers 1 or more periods, not %(n)s."), n=trailing)]
