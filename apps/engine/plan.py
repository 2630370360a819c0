"""The words that plans are made of, frozen and typed: no SQL text, no expression to evaluate.

The plans themselves are in `apps.engine.plans`, one module for each family.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from apps.engine import expression as arithmetic
from apps.engine.attribute import Attribute
from apps.engine.codec import Message
from apps.engine.conversion import Conversion
from apps.engine.expression import Expression
from apps.engine.words import Translate, same
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain, Span

Scalar = str | int | bool | Decimal | date | datetime


class ColumnType(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


class Op(StrEnum):
    """How a cell is compared; `gt` is not `ge`."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    NOT_IN = "not_in"
    IS_NULL = "is_null"
    NOT_NULL = "not_null"


class How(StrEnum):
    """How matching rows become one number."""

    SUM = "sum"
    COUNT = "count"
    DISTINCT = "distinct"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    NPS = "nps"


Types = Mapping[str, ColumnType]
"""Column types by name."""

Tables = Mapping[str, Types]
"""Column types of the further data sets, by their key."""

NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
NEEDS_NUMBER = frozenset({How.SUM, How.AVG, How.MIN, How.MAX, How.MEDIAN, How.PERCENTILE, How.NPS})
RATIOS = frozenset({How.AVG, How.NPS})
"""What comes as numerator and denominator by itself."""

ORDERING = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})

_OP_WORDS = {
    Op.EQ: N_("%(column)s is %(values)s"),
    Op.NE: N_("%(column)s is not %(values)s"),
    Op.LT: N_("%(column)s is less than %(values)s"),
    Op.LE: N_("%(column)s is at most %(values)s"),
    Op.GT: N_("%(column)s is more than %(values)s"),
    Op.GE: N_("%(column)s is at least %(values)s"),
    Op.IN: N_("%(column)s is one of %(values)s"),
    Op.NOT_IN: N_("%(column)s is none of %(values)s"),
    Op.IS_NULL: N_("%(column)s is empty"),
    Op.NOT_NULL: N_("%(column)s is not empty"),
}
_HOW_WORDS = {
    How.SUM: N_("sum of %(column)s"),
    How.COUNT: N_("number of rows with %(column)s"),
    How.DISTINCT: N_("number of different %(column)s"),
    How.AVG: N_("average of %(column)s"),
    How.MIN: N_("smallest %(column)s"),
    How.MAX: N_("largest %(column)s"),
    How.MEDIAN: N_("median of %(column)s"),
    How.PERCENTILE: N_("percentile %(percent)s of %(column)s"),
    How.NPS: N_("net promoter score of %(column)s"),
}
GRAIN_WORDS = {
    Grain.DAY: N_("by day"),
    Grain.WEEK: N_("by week"),
    Grain.MONTH: N_("by month"),
    Grain.QUARTER: N_("by quarter"),
    Grain.HALF: N_("by half-year"),
    Grain.YEAR: N_("by year"),
}


@dataclass(frozen=True)
class Condition(Message):
    """One comparison of a column's cell with values of the column's type.

    An empty cell satisfies `ne`, `not_in` and `is_null`, and no other comparison. `eq` and the ordering ones take
    exactly one value, `in` and `not_in` one or more, `is_null` and `not_null` none.
    """

    column: str
    op: Op
    values: tuple[Scalar, ...] = ()

    def in_words(self, translate: Translate = same) -> str:
        """The condition as a phrase."""
        values = ", ".join(str(value) for value in self.values)
        return translate(_OP_WORDS[self.op]) % {"column": self.column, "values": values}


@dataclass(frozen=True)
class Aggregation(Message):
    """One number from the rows that satisfy every condition of `where`.

    Of a `column`, or of an `expression` over columns, row by row. `count` without either counts rows, with one the rows
    that have a value; `distinct` counts different values of a column exactly, empty cells left out. `percentile` is
    the smallest value such that at least `share` (more than 0, less than 1) of the values are at or below it. `nps` is
    100 times the answers 9 to 10 less those 0 to 6, over all answers 0 to 10; other numbers are no answers.
    """

    how: How
    column: str | None = None
    where: tuple[Condition, ...] = ()
    share: Decimal | None = None
    expression: Expression | None = None

    def columns(self) -> tuple[str, ...]:
        """The columns whose cells make the number."""
        named = () if self.column is None else (self.column,)
        return named + (arithmetic.columns(self.expression) if self.expression is not None else ())

    def of(self) -> str | None:
        """The column or expression as text, None where rows are counted."""
        return self.column if self.expression is None else arithmetic.in_text(self.expression)

    def in_words(self, translate: Translate = same) -> str:
        """The aggregation with its conditions as a phrase."""
        of = self.of()
        if of is None:
            words = translate(N_("number of rows"))
        else:
            percent = "" if self.share is None else format((self.share * 100).normalize(), "f")
            words = translate(_HOW_WORDS[self.how]) % {"column": of, "percent": percent}
        if not self.where:
            return words
        conditions = all_in_words(self.where, translate)
        return translate(N_("%(what)s where %(conditions)s")) % {"what": words, "conditions": conditions}


@dataclass(frozen=True)
class Reach(Message):
    """How far rows outside a period matter to its value: whole `periods` of the plan's grain and `days` on top, or
    `ever`, however far."""

    periods: int = 0
    days: int = 0
    ever: bool = False


HERE = Reach()


@dataclass(frozen=True)
class Reading:
    """Rows that a plan takes numbers of: those that satisfy `where` and have a cell in each of `present`."""

    where: tuple[Condition, ...]
    columns: tuple[str, ...]
    present: tuple[str, ...] = ()


class Planned(Message):
    """What every family of plans has. `id` names the answers; `split_by` gives one value for each member of that
    column, `attribute` for each member that another data set says (neither: the total); `first` and `last` limit the
    plan to the periods that touch those days."""

    tagged: ClassVar[bool] = True

    id: str
    grain: Grain
    split_by: str | None
    first: date | None
    last: date | None
    attribute: Attribute | None

    @property
    def lookback(self) -> Reach:
        """How far before a period's start rows matter to its value."""
        return HERE

    @property
    def lookahead(self) -> Reach:
        """How far after a period's end rows matter to its value: until then it may still change."""
        return HERE

    @property
    def spans_periods(self) -> bool:
        """Whether rows of other periods than a value's own may make it."""
        return False

    @property
    def members_ahead(self) -> Reach:
        """How far after a period's end the members of rows matter to its value."""
        return self.lookahead

    def table_keys(self) -> tuple[str, ...]:
        """The further data sets that the plan reads, by their key in `Measure.tables`."""
        named = (*self.further(), *([self.attribute.table] if self.attribute is not None else []))
        return tuple(dict.fromkeys(named))

    def further(self) -> tuple[str, ...]:
        """Those of `table_keys` whose rows make the values, not only say a member."""
        return ()

    def timeless(self) -> tuple[str, ...]:
        """Those of `table_keys` of which the rows of any day matter to any period."""
        return ()

    def conversions(self) -> tuple[Conversion, ...]:
        """How amounts of several currencies are taken in one, for each data set that has some."""
        return ()

    def readings(self, table: str = "") -> tuple[Reading, ...]:
        """The rows of a data set that the plan takes numbers of; families that convert no amounts tell none."""
        return ()

    def in_words(self, translate: Translate = same) -> str:
        """The plan as a sentence without a full stop."""
        raise NotImplementedError

    def issues(self, types: Types, tables: Tables) -> list[Issue]:
        """Everything that does not fit columns of these types, but for what `issues_of` finds in any plan."""
        raise NotImplementedError

    def touched(self, changed: Span, calendar: Calendar, table: str = "") -> Span:
        """The days of the periods whose values rows of the days `changed` can alter, rows of the plan's own data set or
        of the further one `table`. From `date.min` or until `date.max` where that goes on for ever."""
        held = [conversion.days for conversion in self.conversions() if table and conversion.rates == table]
        if held:
            last = min(changed.end.toordinal() + max(held), date.max.toordinal())
            changed = Span(changed.start, date.fromordinal(last))
        start, end, ahead = date.min, date.max, self.lookahead
        if table in self.timeless():
            return Span(start, end)
        if self.attribute is not None and table == self.attribute.table:
            changed = self.attribute.changed(changed, calendar, self.grain)
            ahead = ahead if table in self.further() else self.members_ahead
            if changed.start == date.min:
                return changed
        if not ahead.ever:
            day = max(changed.start.toordinal() - ahead.days, 1)
            period = calendar.period_of(date.fromordinal(day), self.grain)
            start = calendar.shift(period, -ahead.periods).start
        if not self.lookback.ever and changed.end < date.max:
            day = min(changed.end.toordinal() - 1 + self.lookback.days, date.max.toordinal() - 400)
            period = calendar.period_of(date.fromordinal(day), self.grain)
            end = calendar.shift(period, self.lookback.periods).end
        return Span(start, end)


def in_words_of(plan: Planned, what: str, translate: Translate, *more: str) -> str:
    """A sentence: what is measured, by which periods, what else, for which members."""
    parts = [what, translate(GRAIN_WORDS[plan.grain]), *more]
    if plan.split_by:
        parts.append(translate(N_("for each %(column)s")) % {"column": plan.split_by})
    for home, days in dict.fromkeys((conversion.home, conversion.days) for conversion in plan.conversions()):
        words = translate(N_("amounts in %(home)s by the last rate of up to %(days)s days before"))
        parts.append(words % {"home": home, "days": days})
    if plan.attribute is not None:
        parts.append(plan.attribute.in_words(translate))
    return ", ".join(parts)


def all_in_words(conditions: tuple[Condition, ...], translate: Translate) -> str:
    """Conditions joined by “and”."""
    return translate(N_(" and ")).join(condition.in_words(translate) for condition in conditions)
