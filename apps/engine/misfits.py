"""What of a plan does not fit the columns of its data: numbers, conditions, expressions; all that is wrong, at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from apps.engine import expression as arithmetic
from apps.engine.expression import Expression
from apps.engine.plan import (
    NEEDS_NUMBER,
    NUMERIC,
    ORDERING,
    Aggregation,
    ColumnType,
    Condition,
    How,
    Op,
    Scalar,
    Types,
)
from apps.kernel.issue import N_, Issue


def issue(plan_id: str, message: str, **params: object) -> Issue:
    """An issue of a plan."""
    return Issue(plan_id, message, params)


def unknown(plan_id: str, column: str, types: Types) -> Issue:
    """There is no such column."""
    message = N_("There is no column “%(column)s”; the data has %(columns)s.")
    return issue(plan_id, message, column=column, columns=", ".join(types))


def column_issues(plan_id: str, columns: Iterable[str], types: Types) -> list[Issue]:
    """One issue for each of the columns that is not there."""
    return [unknown(plan_id, column, types) for column in columns if column not in types]


def number_issues(plan_id: str, how: str, column: str, types: Types) -> list[Issue]:
    """What is wrong with taking numbers from this column."""
    if column not in types:
        return [unknown(plan_id, column, types)]
    if types[column] in NUMERIC:
        return []
    message = N_("“%(how)s” needs a column of numbers; “%(column)s” is %(type)s.")
    return [issue(plan_id, message, how=how, column=column, type=types[column].value)]


def side_issues(plan_id: str, side: Aggregation, types: Types) -> list[Issue]:
    """What is wrong with a side: its column or expression, its share, and each condition."""
    found: list[Issue] = []
    if side.expression is not None:
        found += _expression_issues(plan_id, side, side.expression, types)
    elif side.column is None:
        if side.how != How.COUNT:
            found.append(issue(plan_id, N_("“%(how)s” needs a column."), how=side.how.value))
    elif side.how in NEEDS_NUMBER:
        found += number_issues(plan_id, side.how.value, side.column, types)
    else:
        found += column_issues(plan_id, [side.column], types)
    if side.how == How.PERCENTILE and not _is_share(side.share):
        found.append(issue(plan_id, N_("A percentile takes a share between 0 and 1, such as 0.9 for the 90th.")))
    elif side.how != How.PERCENTILE and side.share is not None:
        found.append(issue(plan_id, N_("Only a percentile takes a share, not “%(how)s”."), how=side.how.value))
    return found + where_issues(plan_id, side.where, types)


def _is_share(share: Decimal | None) -> bool:
    return share is not None and _is_in_range(share) and 0 < share < 1


def _expression_issues(plan_id: str, side: Aggregation, expression: Expression, types: Types) -> list[Issue]:
    found: list[Issue] = []
    if side.column is not None:
        message = N_("“%(column)s” and an expression: a number is of the one or of the other.")
        found.append(issue(plan_id, message, column=side.column))
    if side.how in (How.DISTINCT, How.NPS):
        message = N_("“%(how)s” takes a column and no expression.")
        found.append(issue(plan_id, message, how=side.how.value))
    columns = arithmetic.columns(expression)
    if not columns:
        found.append(issue(plan_id, N_("The expression uses no column.")))
    for column in columns:
        found += number_issues(plan_id, side.how.value, column, types)
    parts = list(arithmetic.nodes(expression))
    if len(parts) > arithmetic.MOST_NODES:
        message = N_("The expression has %(n)s parts; the most is %(most)s.")
        found.append(issue(plan_id, message, n=len(parts), most=arithmetic.MOST_NODES))
    numbers = [Decimal(part.value) for part in parts if isinstance(part, arithmetic.Number)]
    found += [
        issue(plan_id, N_("“%(value)s” is not a number."), value=value) for value in numbers if not _is_in_range(value)
    ]
    if arithmetic.decimals(expression) > arithmetic.MOST_DECIMALS:
        message = N_("The expression multiplies too often to stay exact: three columns at most.")
        found.append(issue(plan_id, message))
    return found


def where_issues(plan_id: str, where: Iterable[Condition], types: Types) -> list[Issue]:
    """What is wrong with each condition."""
    return [found for condition in where for found in _condition_issues(plan_id, condition, types)]


def _condition_issues(plan_id: str, condition: Condition, types: Types) -> list[Issue]:
    if condition.column not in types:
        return [unknown(plan_id, condition.column, types)]
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
        found.append(issue(plan_id, N_("“%(op)s” on “%(column)s” does not take %(n)s values."), **words))
    if condition.op in ORDERING and kind in (ColumnType.TEXT, ColumnType.BOOLEAN):
        found.append(issue(plan_id, N_("“%(column)s” is %(type)s and has no order for “%(op)s”."), **words))
    for value in condition.values:
        if not _fits(value, kind):
            message = N_("“%(value)s” is not of the type of “%(column)s” (%(type)s).")
            found.append(issue(plan_id, message, value=value, **words))
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
