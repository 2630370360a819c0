"""What the columns of a new file probably are. A guess is a starting point that a person sees and may change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.datasets.domain.columns import TIMES, Column
from apps.datasets.domain.naming import column_key
from apps.engine.plan import NUMERIC, ColumnType
from apps.engine.requests import ColumnShape, FileShape, Role
from apps.kernel.currency import KNOWN
from apps.kernel.issue import N_

_ENTITY = re.compile(
    r"(^|_)(customers?|clients?|users?|members?|accounts?|owners?|vehicles?|vin|patients?|students?|subscribers?|people|person)(_|$)"
    r"|客户|用户|会员|车主|账户|账号|车架号|底盘号"
)
_IDENTIFIER = re.compile(
    r"(^|_)(id|no|nr|number|code|key|uuid|sku|vin|phone|mobile|zip|plate)(_|$)|编号|单号|号码|编码|代码|电话|手机|车牌"
)
_COUNT = re.compile(r"(^|_)(number|no|nr)_of(_|$)")
_ROW_NUMBER = re.compile(
    r"(^|_)(order|invoice|transaction|ticket|work_order|case|receipt|visit)_?(id|no|nr|number)(_|$)|工单号|订单号|单号|流水号"
)
_WHEN = re.compile(r"(^|_)(date|day|time|at|on|when|timestamp|month)(_|$)|日期|时间|年月")
_NOT_WHEN = re.compile(r"(^|_)(birth|born|updated|modified|due|expir\w*|valid)(_|$)|生日|出生|更新|到期")
_CURRENCY = re.compile(r"(^|_)(currency|curr|ccy|currency_code)(_|$)|币种|货币")
_MONEY = re.compile(
    r"(^|_)(amount|amt|price|revenue|sales|cost|fee|total|paid|value|mrr|arr|balance|budget)(_|$)"
    r"|金额|价|收入|费|成本|销售额|余额|预算"
)
_RATE = re.compile(r"(^|_)(rate|fx|exchange_rate)(_|$)|汇率")
MOST_MEMBERS = 60
"""A text with more different values in the sample than this is hardly a group to split by."""

WHY_TIME = N_("the first column with dates")
WHY_TIME_NAME = N_("dates, and the name says when")
WHY_ENTITY = N_("the name speaks of somebody or something that comes back")
WHY_IDENTIFIER = N_("looks like a number or code that names something")
WHY_MEASURE = N_("numbers")
WHY_CURRENCY = N_("codes of currencies")
WHY_MONEY = N_("the name speaks of money, and the rows have a currency")
WHY_RATE = N_("the name speaks of an exchange rate, and the rows have a currency")
WHY_GROUP = N_("few different values")
WHY_MANY = N_("many different values")
WHY_OTHER_DATE = N_("a date beside the time of the row")
WHY_EMPTY = N_("no value in the rows looked at")


@dataclass(frozen=True)
class Guess:
    """A column as it could be used, and why; `in_key`: it seems to name one row each."""

    column: Column
    why: str
    in_key: bool = False


def guesses(shape: FileShape) -> list[Guess]:
    """One guess for each column of the file, in its order, with names that differ."""
    time = _time_column(shape.columns)
    entity = _entity_column(shape.columns)
    taken: set[str] = set()
    currency = next((column for column in shape.columns if _is_currency(column)), None)
    found: list[Guess] = []
    for number, column in enumerate(shape.columns, start=1):
        name = column_key(column.name, number, taken)
        taken.add(name)
        role, why = _role(column, is_time=column is time, is_entity=column is entity)
        if currency is not None and column is not time:
            role, why = _money_role(column, currency, role, why)
        guessed = Column(
            name=name,
            source=column.name,
            type=ColumnType(column.type).value,
            role=role.value,
            required=column is time,
            date_order=column.date_order.value,
            number_style=column.number_style.value,
        )
        found.append(Guess(guessed, why, in_key=_names_a_row(column, shape.rows)))
    found = _settled(found)
    if any(guess.column.role == Role.RATE for guess in found):
        return [replace(guess, in_key=guess.column.role in (Role.TIME, Role.CURRENCY)) for guess in found]
    return found if sum(guess.in_key for guess in found) == 1 else [_without_key(guess) for guess in found]


def guesses_of(shape: Mapping[str, Any]) -> list[Guess]:
    """The same for a shape as it lies in an upload's row."""
    return guesses(FileShape.from_json(shape))


def _without_key(guess: Guess) -> Guess:
    return Guess(guess.column, guess.why)


def _plain(column: ColumnShape) -> str:
    """The header in a form the patterns above can be held against."""
    return f"{column_key(column.name, column.position)}_{column.name}"


def _time_column(columns: Sequence[ColumnShape]) -> ColumnShape | None:
    dates = [column for column in columns if column.type in TIMES]
    rank = {True: 0, False: 1}
    return min(
        dates,
        key=lambda column: (
            rank[not _NOT_WHEN.search(_plain(column))],
            rank[bool(_WHEN.search(_plain(column)))],
            column.empty > 0,
            column.position,
        ),
        default=None,
    )


def _entity_column(columns: Sequence[ColumnShape]) -> ColumnShape | None:
    """The first column that names customers or the like: by a number or code rather than by a word."""
    fits = [
        column
        for column in columns
        if column.type in (ColumnType.TEXT, ColumnType.INTEGER)
        and _ENTITY.search(_plain(column))
        and column.distinct > 1
    ]
    return min(fits, key=lambda column: (not _IDENTIFIER.search(_plain(column)), column.position), default=None)


def _role(column: ColumnShape, *, is_time: bool, is_entity: bool) -> tuple[Role, str]:
    if is_time:
        return Role.TIME, WHY_TIME_NAME if _WHEN.search(_plain(column)) else WHY_TIME
    if column.distinct == 0:
        return Role.ATTRIBUTE, WHY_EMPTY
    if is_entity:
        return Role.ENTITY, WHY_ENTITY
    if column.type in TIMES:
        return Role.ATTRIBUTE, WHY_OTHER_DATE
    if _IDENTIFIER.search(_plain(column)) and not (column.type in NUMERIC and _COUNT.search(_plain(column))):
        return Role.ATTRIBUTE, WHY_IDENTIFIER
    if column.type in NUMERIC:
        return Role.MEASURE, WHY_MEASURE
    if column.distinct <= MOST_MEMBERS:
        return Role.DIMENSION, WHY_GROUP
    return Role.ATTRIBUTE, WHY_MANY


def _is_currency(column: ColumnShape) -> bool:
    """Whether it is called so, and holds nothing but codes of currencies as far as one can see."""
    codes = {sample.strip().upper() for sample in column.samples if sample.strip()}
    return column.type == ColumnType.TEXT and bool(_CURRENCY.search(_plain(column))) and bool(codes) and codes <= KNOWN


def _money_role(column: ColumnShape, currency: ColumnShape, role: Role, why: str) -> tuple[Role, str]:
    """What a column is beside one of currencies."""
    if column is currency:
        return Role.CURRENCY, WHY_CURRENCY
    if role != Role.MEASURE:
        return role, why
    if _RATE.search(_plain(column)):
        return Role.RATE, WHY_RATE
    return (Role.MONEY, WHY_MONEY) if _MONEY.search(_plain(column)) else (role, why)


def _settled(found: list[Guess]) -> list[Guess]:
    """A rate beside amounts is a number of the row; a currency of nothing is a group."""
    roles = {guess.column.role for guess in found}
    other = {}
    if Role.MONEY in roles:
        other[Role.RATE.value] = (Role.MEASURE.value, WHY_MEASURE)
    elif Role.RATE not in roles:
        other[Role.CURRENCY.value] = (Role.DIMENSION.value, WHY_GROUP)
    return [
        Guess(replace(guess.column, role=other[guess.column.role][0]), other[guess.column.role][1], guess.in_key)
        if guess.column.role in other
        else guess
        for guess in found
    ]


def _names_a_row(column: ColumnShape, rows: int) -> bool:
    """Whether its name speaks of one business act, and no two rows of the sample share a value."""
    return bool(_ROW_NUMBER.search(_plain(column))) and column.empty == 0 and column.distinct >= min(rows, 10_000) > 1
