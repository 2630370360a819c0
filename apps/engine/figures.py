"""What plans come to, as the engine tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Self

from apps.engine.codec import Json, Message, decode, encode


class MeasureRow(NamedTuple):
    """One value, undivided: an average is its sum over its count, a ratio its two sides.

    `member` is None in the total, "" for the rows without a member. `n` counts the rows that satisfy the conditions
    of a side. A side is 0 where it sums or counts no row, None where its rows hold no value at all. A plan without a
    denominator leaves it None. `series` names the parts that one plan gives at once: a movement ("new"), an interval
    of a retention curve ("3"), a step of a funnel ("2"); "" is the headline figure. A tuple, as a request may come to
    hundreds of thousands: a frozen dataclass takes three times as long to make.
    """

    plan: str
    period_start: date
    member: str | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    series: str = ""


@dataclass(frozen=True)
class Unpriced(Message):
    """Amounts of a plan that could not be converted: `rows` of a period (and member) in `currency` ("": the row names
    none), the first of them on `first_day`. They are missing in every value that the period's rows make: no value of
    it is one. `table` is the further data set of the rows ("": the plan's own)."""

    plan: str
    period_start: date
    member: str | None
    currency: str
    first_day: date
    rows: int
    table: str = ""


@dataclass(frozen=True)
class Measured(Message):
    """The values of all plans, and for each plan the SQL that gave them. A period or member without rows has none.

    `unpriced` are amounts without an exchange rate: whoever asked must not take the values that they miss in.
    """

    rows: tuple[MeasureRow, ...]
    sql: Mapping[str, str] = field(default_factory=dict, hash=False)
    unpriced: tuple[Unpriced, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """As any message, but the rows column by column: there may be hundreds of thousands."""
        plans, starts, members, tops, belows, counts, series = _columns(self.rows)
        days = {day: day.isoformat() for day in set(starts)}
        numbers = ([None if value is None else str(value) for value in column] for column in (tops, belows))
        rows = [plans, [days[day] for day in starts], members, *numbers, counts, series]
        return {"rows": rows, "sql": dict(self.sql), "unpriced": encode(self.unpriced)}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """The value `to_json` was called on. Raises ValueError or TypeError for anything else."""
        if not isinstance(data.get("rows"), list):
            raise TypeError("not a Measured")
        found: Any = data
        plans, starts, members, tops, belows, counts, series = found["rows"]
        days = {text: date.fromisoformat(text) for text in set(starts)}
        values = {None: None} | {text: Decimal(text) for text in {*tops, *belows} if text is not None}
        numbers = ([values[text] for text in column] for column in (tops, belows))
        columns = (plans, [days[text] for text in starts], members, *numbers, counts, series)
        rows = tuple(map(MeasureRow._make, zip(*columns, strict=True)))
        return cls(rows, found["sql"], decode(found["unpriced"], tuple[Unpriced, ...]))


def _columns(rows: tuple[MeasureRow, ...]) -> list[list[Any]]:
    """The fields of rows, each of all rows."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in MeasureRow._fields]
