"""From plans to SQL, by way of Ibis expressions: typed all the way, and nothing of a user's text is ever SQL.

The table is called `rows`; whoever runs the SQL says which files and which days that is. Nothing is divided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import add, and_, mul, or_, sub
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.dialects import written
from apps.engine.expression import COLUMN_DECIMALS, Cell, Expression, Number, Sign
from apps.engine.plan import NEEDS_NUMBER, Aggregation, ColumnType, Condition, How, Op, Scalar, Types
from apps.engine.plans import MeasurePlan
from apps.kernel.period import Calendar, Grain

Expr = Any  # Ibis builds its expressions dynamically

TABLE = "rows"
PERIOD, MEMBER = "period_start", "member"
_IBIS_TYPES = {
    ColumnType.TEXT: dt.String(),
    ColumnType.INTEGER: dt.Int64(),
    ColumnType.DECIMAL: dt.Decimal(38, 18),
    ColumnType.DATE: dt.Date(),
    ColumnType.DATETIME: dt.Timestamp(),
    ColumnType.BOOLEAN: dt.Boolean(),
}
_SQL_TYPES = {
    dt.String: "VARCHAR",
    dt.Int32: "INTEGER",
    dt.Int64: "BIGINT",
    dt.Date: "DATE",
    dt.Timestamp: "TIMESTAMP",
    dt.Boolean: "BOOLEAN",
}
_HALF = Decimal("0.5")
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF: 6, Grain.YEAR: 12}


@ibis.udf.agg.builtin(name="quantile_disc")  # type: ignore[untyped-decorator]
def _percentile(values: dt.Decimal(38, 18), share: dt.Decimal(38, 18)) -> dt.Decimal(38, 18):  # type: ignore[valid-type]
    """The smallest value such that at least `share` of the values are at or below it. Never one between two: that would
    round. The share is a decimal, because with a float n times the share may miss a whole number."""


@dataclass
class Measures:
    """The columns that a query computes, each once however many plans need it."""

    table: Expr
    types: Types
    prefix: str = "v"
    columns: dict[str, Expr] = field(default_factory=dict)
    parts: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """What each column is: the word of an aggregation, or a part of one, and the column of the table that it is of."""

    _names: dict[object, str] = field(default_factory=dict)

    def matched(self, sides: Iterable[Aggregation]) -> str:
        """The column that counts the rows satisfying all conditions of any of the sides."""
        wheres = {frozenset(side.where): side.where for side in sides}
        if frozenset() in wheres or len(wheres) == 1:  # then it is what a side that counts rows takes
            (column,) = self.values(Aggregation(How.COUNT, where=() if frozenset() in wheres else wheres.popitem()[1]))
            return column
        either = [all_of(self.table, where, self.types) for where in wheres.values()]
        return self._add(("rows", frozenset(wheres)), lambda: self.table.count(where=reduce(or_, either)))

    def is_of_all(self, column: str) -> bool:
        """Whether a column counts every row."""
        return column == self._names.get(_key(How.COUNT, Aggregation(How.COUNT)))

    def values(self, side: Aggregation) -> tuple[str, ...]:
        """The columns of one side: two for an average (sum, count), a net promoter score (balance, answers) and a
        median (both middles), else one."""
        parts = {
            How.AVG: (How.SUM, How.COUNT),
            How.MEDIAN: ("lower", "upper"),
            How.NPS: ("balance", "answers"),
        }.get(side.how, (side.how,))
        return tuple(self._add(_key(part, side), self._maker(part, side), part, side.column) for part in parts)

    def _maker(self, part: str, side: Aggregation) -> Any:
        return lambda: _reduce(self.table, part, side, all_of(self.table, side.where, self.types))

    def _add(self, key: object, make: Any, part: str = How.COUNT, column: str | None = None) -> str:
        if key not in self._names:
            name = self._names[key] = f"{self.prefix}{len(self._names)}"
            self.columns[name], self.parts[name] = make(), (part, column)
        return self._names[key]


def _key(part: str, side: Aggregation) -> object:
    """What makes two columns the same."""
    return part, side.column, side.expression, side.share, frozenset(side.where)


def _reduce(table: Expr, part: str, side: Aggregation, where: Expr | None) -> Expr:
    column = value_of(table, side)
    if column is None:
        return table.count(where=where)
    if part == How.COUNT:
        return column.count(where=where)
    if part == How.DISTINCT:
        return column.nunique(where=where)
    if part in ("lower", How.PERCENTILE):
        return _percentile(column, literal(side.share or _HALF), where=where)
    if part == "upper":
        return -_percentile(-column, literal(_HALF), where=where)
    if part in ("balance", "answers"):
        return _score(table, column, part, where)
    return {How.SUM: column.sum, How.MIN: column.min, How.MAX: column.max}[How(part)](where=where)


def _score(table: Expr, column: Expr, part: str, where: Expr | None) -> Expr:
    """The parts of a net promoter score: answers, and 100 times those that promote less those that detract."""
    within = [] if where is None else [where]
    if part == "answers":
        return table.count(where=reduce(and_, [column.between(0, 10), *within]))
    promoters = table.count(where=reduce(and_, [column.between(9, 10), *within]))
    detractors = table.count(where=reduce(and_, [column.between(0, 6), *within]))
    return (promoters - detractors) * 100


def value_of(table: Expr, side: Aggregation) -> Expr | None:
    """What a side takes of a row: its column or expression; None where it counts rows."""
    if side.expression is not None:
        return _arithmetic(table, side.expression)
    return None if side.column is None else table[side.column]


_SIGNS = {Sign.PLUS: add, Sign.MINUS: sub, Sign.TIMES: mul}


def _arithmetic(table: Expr, expression: Expression) -> Expr:
    """The expression for a row: empty where any of its cells is.

    Decimals of up to 18 digits give products that have no more either, and overflow. So the right side is made wider by
    adding a zero of 19 digits: that loses nothing, whatever the column's own decimals are.
    """
    if isinstance(expression, Cell):
        return table[expression.column]
    if isinstance(expression, Number):
        return literal(Decimal(expression.value))
    left, right = _arithmetic(table, expression.left), _arithmetic(table, expression.right)
    zero = ibis.literal(Decimal(0), dt.Decimal(19, 0 if right.type().is_integer() else COLUMN_DECIMALS))
    return _SIGNS[expression.sign](left, right + zero)


def rows_of(types: Types, table: str = TABLE, more: Mapping[str, dt.DataType] | None = None) -> Expr:
    """The table that expressions are about: the mapped columns, `d`, `_upload` and `_row`, and `more` of ours."""
    schema = {name: _IBIS_TYPES[kind] for name, kind in types.items()}
    own = {"d": dt.Date(), "_upload": dt.String(), "_row": dt.Int64()}
    return ibis.table({**schema, **own, **(more or {})}, name=table)


def ibis_type(kind: ColumnType) -> dt.DataType:
    """The type that cells of a column have in expressions."""
    return _IBIS_TYPES[kind]


def sql_type(kind: dt.DataType) -> str:
    """The name of a type in SQL of the engine."""
    return _SQL_TYPES.get(type(kind)) or f"DECIMAL({kind.precision}, {kind.scale})"


def to_sql(expression: Expr) -> str:
    """The expression as SQL of the engine."""
    return written(expression)


def aggregate(measures: Measures, grain: Grain | None, split_by: str | None, calendar: Calendar) -> Expr:
    """One row for each period (unless `grain` is None) and member (if split), with the columns of `measures`."""
    keys = {}
    if grain is not None:
        keys[PERIOD] = period_start(measures.table.d, grain, calendar)
    if split_by is not None:
        keys[MEMBER] = measures.table[split_by]
    grouped = measures.table.group_by(**keys) if keys else measures.table
    return grouped.aggregate(**measures.columns)


def period_start(day: Expr, grain: Grain, calendar: Calendar) -> Expr:
    """The first day of the period that holds `day`: what `Calendar.period_of` says, as an expression."""
    if grain == Grain.DAY:
        return day
    if grain == Grain.WEEK:
        late = ibis.interval(days=calendar.week_start - 1)
        return ((day - late).truncate("W") + late).cast("date") if calendar.week_start > 1 else day.truncate("W")
    if grain == Grain.MONTH:
        return day.truncate("M")
    months, first = _MONTHS[grain], calendar.fiscal_year_start - 1
    index = day.year() * 12 + day.month() - 1 - first
    index = (index // months) * months + first
    return ibis.date(index // 12, index % 12 + 1, 1)


def all_of(table: Expr, conditions: Iterable[Condition], types: Types) -> Expr | None:
    """The conjunction of the conditions; None where there is none."""
    terms = [_condition(table, condition, types[condition.column]) for condition in conditions]
    return reduce(and_, terms) if terms else None


def _condition(table: Expr, condition: Condition, kind: ColumnType) -> Expr:
    """A comparison in which an empty cell is never equal to, below or above anything."""
    column = table[condition.column]
    if condition.op == Op.IS_NULL:
        return column.isnull()
    if condition.op == Op.NOT_NULL:
        return column.notnull()
    compared = column
    if kind == ColumnType.DATETIME and not any(isinstance(value, datetime) for value in condition.values):
        compared = column.date()  # a moment is compared with a day as a day
    values = [literal(value) for value in condition.values]
    if condition.op in (Op.IN, Op.EQ):
        return compared.isin(values) if condition.op == Op.IN else compared == values[0]
    if condition.op in (Op.NOT_IN, Op.NE):
        return column.isnull() | ~compared.isin(values)
    below, equal = condition.op in (Op.LT, Op.LE), condition.op in (Op.LE, Op.GE)
    if below:
        return compared <= values[0] if equal else compared < values[0]
    return compared >= values[0] if equal else compared > values[0]


def literal(value: Scalar) -> Expr:
    """A value of a plan as a typed expression."""
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        scale = max(0, -int(exponent))
        return ibis.literal(value, dt.Decimal(max(len(digits) + max(0, int(exponent)), scale, 1), scale))
    if isinstance(value, datetime):
        return ibis.literal(value, dt.Timestamp())
    if isinstance(value, date):
        return ibis.literal(value, dt.Date())
    return ibis.literal(value)


def sql_of(plan: MeasurePlan, types: Types | None = None, calendar: Calendar | None = None) -> str:
    """The SQL of one plan, for display. Without `types` they are guessed from how the plan uses its columns."""
    known = types or guessed_types(plan)
    measures = Measures(rows_of(known), known)
    for side in plan.sides():
        measures.values(side)
    grain = None if plan.is_windowed else plan.grain
    return to_sql(aggregate(measures, grain, plan.split_by, calendar or Calendar("UTC")))


def guessed_types(plan: MeasurePlan) -> dict[str, ColumnType]:
    """A type for each column that a plan names."""
    types: dict[str, ColumnType] = {plan.split_by: ColumnType.TEXT} if plan.split_by else {}
    for side in plan.sides():
        numeric = side.how in NEEDS_NUMBER or side.expression is not None
        for column in side.columns():
            types.setdefault(column, ColumnType.DECIMAL if numeric else ColumnType.TEXT)
        for condition in side.where:
            types[condition.column] = _type_of(condition.values)
    return types


def _type_of(values: tuple[Scalar, ...]) -> ColumnType:
    kinds = (
        (bool, ColumnType.BOOLEAN),
        ((int, Decimal), ColumnType.DECIMAL),
        (datetime, ColumnType.DATETIME),
        (date, ColumnType.DATE),
    )
    value = values[0] if values else ""
    return next((kind for python, kind in kinds if isinstance(value, python)), ColumnType.TEXT)
