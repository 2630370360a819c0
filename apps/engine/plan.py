"""What to measure, frozen and in typed parts: no SQL text, no expression to evaluate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from apps.engine.codec import Message
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain

Scalar = str | int | bool | Decimal | date | datetime
Translate = Callable[[str], str]


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


NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
NEEDS_NUMBER = frozenset({How.SUM, How.AVG, How.MIN, How.MAX, How.MEDIAN})
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
}
_GRAIN_WORDS = {
    Grain.DAY: N_("by day"),
    Grain.WEEK: N_("by week"),
    Grain.MONTH: N_("by month"),
    Grain.QUARTER: N_("by quarter"),
    Grain.HALF: N_("by half-year"),
    Grain.YEAR: N_("by year"),
}


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Condition(Message):
    """One comparison of a column's cell with values of the column's type.

    An empty cell satisfies `ne`, `not_in` and `is_null`, and no other comparison. `eq` and the ordering ones take
    exactly one value, `in` and `not_in` one or more, `is_null` and `not_null` none.
    """

    column: str
    op: Op
    values: tuple[Scalar, ...] = ()

    def in_words(self, translate: Translate = _same) -> str:
        """The condition as a phrase."""
        values = ", ".join(str(value) for value in self.values)
        return translate(_OP_WORDS[self.op]) % {"column": self.column, "values": values}


@dataclass(frozen=True)
class Aggregation(Message):
    """One number from the rows that satisfy every condition of `where`.

    `count` without a column counts rows, with one the rows whose cell is not empty; `distinct` counts different
    values exactly, empty cells left out.
    """

    how: How
    column: str | None = None
    where: tuple[Condition, ...] = ()

    def in_words(self, translate: Translate = _same) -> str:
        """The aggregation with its conditions as a phrase."""
        if self.column is None:
            words = translate(N_("number of rows"))
        else:
            words = translate(_HOW_WORDS[self.how]) % {"column": self.column}
        if not self.where:
            return words
        conditions = translate(N_(" and ")).join(condition.in_words(translate) for condition in self.where)
        return translate(N_("%(what)s where %(conditions)s")) % {"what": words, "conditions": conditions}


@dataclass(frozen=True)
class MeasurePlan(Message):
    """One metric at one grain: numerator, and for a ratio denominator, over periods of a calendar.

    `trailing` is the number of periods that each value covers, ending with its own. With `split_by` there is one
    value for each member of that column; without, the total. `first` and `last` limit the plan to the periods that
    touch those days.
    """

    id: str
    grain: Grain
    trailing: int
    numerator: Aggregation
    denominator: Aggregation | None = None
    split_by: str | None = None
    first: date | None = None
    last: date | None = None

    def in_words(self, translate: Translate = _same) -> str:
        """The plan as a sentence without a full stop."""
        words = self.numerator.in_words(translate)
        if self.denominator is not None:
            sides = {"numerator": words, "denominator": self.denominator.in_words(translate)}
            words = translate(N_("%(numerator)s divided by %(denominator)s")) % sides
        parts = [words, translate(_GRAIN_WORDS[self.grain])]
        if self.trailing > 1:
            parts.append(translate(N_("over the last %(n)s periods")) % {"n": self.trailing})
        if self.split_by:
            parts.append(translate(N_("for each %(column)s")) % {"column": self.split_by})
        return ", ".join(parts)

    def sides(self) -> tuple[Aggregation, ...]:
        """Numerator, then denominator where there is one."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)


def issues_of(plan: MeasurePlan, types: Mapping[str, ColumnType]) -> list[Issue]:
    """Everything in `plan` that does not fit columns of these `types`; empty when it can be measured."""
    found: list[Issue] = []
    if plan.trailing < 1:
        found.append(_issue(plan, N_("A window covers 1 or more periods, not %(n)s."), n=plan.trailing))
    if plan.split_by is not None and plan.split_by not in types:
        found.append(_unknown(plan, plan.split_by, types))
    if plan.denominator is not None and How.AVG in {side.how for side in plan.sides()}:
        found.append(_issue(plan, N_("An average already is a ratio: it takes no denominator and is none.")))
    for side in plan.sides():
        found += _side_issues(plan, side, types)
    return found


def _issue(plan: MeasurePlan, message: str, **params: object) -> Issue:
    return Issue(plan.id, message, params)


def _unknown(plan: MeasurePlan, column: str, types: Mapping[str, ColumnType]) -> Issue:
    message = N_("There is no column “%(column)s”; the data has %(columns)s.")
    return _issue(plan, message, column=column, columns=", ".join(types))


def _side_issues(plan: MeasurePlan, side: Aggregation, types: Mapping[str, ColumnType]) -> list[Issue]:
    found: list[Issue] = []
    if side.column is None:
        if side.how != How.COUNT:
            found.append(_issue(plan, N_("“%(how)s” needs a column."), how=side.how.value))
    elif side.column not in types:
        found.append(_unknown(plan, side.column, types))
    elif side.how in NEEDS_NUMBER and types[side.column] not in NUMERIC:
        message = N_("“%(how)s” needs a column of numbers; “%(column)s” is %(type)s.")
        found.append(_issue(plan, message, how=side.how.value, column=side.column, type=types[side.column].value))
    for condition in side.where:
        found += _condition_issues(plan, condition, types)
    return found


def _condition_issues(plan: MeasurePlan, condition: Condition, types: Mapping[str, ColumnType]) -> list[Issue]:
    if condition.column not in types:
        return [_unknown(plan, condition.column, types)]
    kind = types[condition.column]
    words = {"column": condition.column, "op": condition.op.value, "type": kind.value, "n": len(condition.values)}
    if condition.op in (Op.IS_NULL, Op.NOT_NULL):
        right_number = not condition.values
    elif condition.op in (Op.IN, Op.NOT_IN):
        right_number = len(condition.values) >= 1
    else:
        right_number = len(condition.values) == 1
    found: list[Issue] = []
    if not right_number:
        found.append(_issue(plan, N_("“%(op)s” on “%(column)s” does not take %(n)s values."), **words))
    if condition.op in ORDERING and kind in (ColumnType.TEXT, ColumnType.BOOLEAN):
        found.append(_issue(plan, N_("“%(column)s” is %(type)s and has no order for “%(op)s”."), **words))
    for value in condition.values:
        if not _fits(value, kind):
            message = N_("“%(value)s” is not of the type of “%(column)s” (%(type)s).")
            found.append(_issue(plan, message, value=value, **words))
    return found


def _fits(value: Scalar, kind: ColumnType) -> bool:
    if isinstance(value, bool) or kind == ColumnType.BOOLEAN:
        return isinstance(value, bool) and kind == ColumnType.BOOLEAN
    if kind in NUMERIC:
        return isinstance(value, int | Decimal) and _is_in_range(Decimal(value))
    if kind == ColumnType.TEXT:
        return isinstance(value, str)
    if kind == ColumnType.DATE:
        return isinstance(value, date) and not isinstance(value, datetime)
    return isinstance(value, date)


def _is_in_range(value: Decimal) -> bool:
    """Whether a decimal column could hold it: 20 digits before the point and 18 after it."""
    if not value.is_finite() or value.adjusted() >= 20:
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -18
