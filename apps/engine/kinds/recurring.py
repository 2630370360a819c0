"""Recurring revenue: what each entity pays in a period beside what it paid in the one before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any

import ibis

from apps.engine.compile import MEMBER, Expr, to_sql
from apps.engine.kinds.entities import ENTITY
from apps.engine.kinds.rollup import K, N, Rollup
from apps.engine.kinds.spans import Limits, limits_of, members_of
from apps.engine.plans.history import RecurringPlan
from apps.engine.requests import MeasureRow
from apps.engine.values import cell_text
from apps.kernel.numbers import plain

Amounts = dict[str, Any]

_EXACT = Context(prec=100)
_ZERO = Decimal(0)


class Recurring:
    """The revenue movements of one plan."""

    def __init__(self, plan: RecurringPlan, rollup: Rollup) -> None:
        self.plan, self.rollup = plan, rollup
        self.limits = limits_of(plan, rollup)
        amount = rollup.amount(plan.column)
        self.sql = to_sql(revenue(rollup.table(), amount, rollup.keys, self.limits))

    def run(self) -> Iterator[MeasureRow]:
        """Every series of every period with revenue, or after one with revenue."""
        found: dict[str | None, dict[int, Amounts]] = {}
        for row in self.rollup.bench.ask(self.sql):
            member = cell_text(row[MEMBER]) if self.rollup.keys else None
            found.setdefault(member, {})[row[K]] = row
        for member, by_period in found.items():
            for number in self.limits.numbers(by_period):
                yield from self._rows(member, number, by_period)

    def _rows(self, member: str | None, number: int, by_period: dict[int, Amounts]) -> Iterator[MeasureRow]:
        now, before = by_period.get(number, {}), by_period.get(number - 1, {})
        if not now and not before:
            return
        parts = ("mrr", "new", "expansion", "contraction", "reactivation")
        values = {part: _amount(now, part) for part in parts} | {"churn": _amount(before, "leaving")}
        start, n = self.rollup.start(number), int(now.get(N, 0))
        for series, value in values.items():
            yield MeasureRow(self.plan.id, start, member, plain(value), None, n, series)
        previous = _amount(before, "mrr")
        if previous:
            kept = _EXACT.subtract(previous, _EXACT.add(values["churn"], values["contraction"]))
            for series, value in (("nrr", _EXACT.add(kept, values["expansion"])), ("grr", kept)):
                yield MeasureRow(self.plan.id, start, member, plain(value), plain(previous), n, series)


def _amount(row: Amounts, part: str) -> Decimal:
    value = row.get(part)
    return _ZERO if value is None else Decimal(value)


def revenue(table: Expr, amount: str, keys: list[str], limits: Limits) -> Expr:
    """By period (and member): the revenue, its movements, and what is gone in the next period."""
    paid = members_of(table.filter(table[amount] > 0), keys, limits, before=1)
    w = ibis.window(group_by=[*keys, ENTITY], order_by=K)
    paid = paid.select(
        *keys, K, N, amount=paid[amount], previous=paid[K].lag().over(w), following=paid[K].lead().over(w),
        was=paid[amount].lag().over(w),
    )  # fmt: skip
    now, was, ongoing = paid.amount, paid.was, paid.previous == paid[K] - 1
    return paid.group_by(*keys, K).aggregate(
        **{N: paid[N].sum()},
        mrr=now.sum(),
        new=now.sum(where=paid.previous.isnull()),
        reactivation=now.sum(where=paid.previous < paid[K] - 1),
        expansion=(now - was).sum(where=ongoing & (now > was)),
        contraction=(was - now).sum(where=ongoing & (now < was)),
        leaving=now.sum(where=paid.following.isnull() | (paid.following > paid[K] + 1)),
    )
