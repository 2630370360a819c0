"""Movements of active entities: each activity beside the one before and the one after, of the same entity."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import ibis

from apps.engine.compile import MEMBER, Expr, to_sql
from apps.engine.kinds.bench import Row
from apps.engine.kinds.entities import ENTITY
from apps.engine.kinds.rollup import K, N, Rollup
from apps.engine.kinds.spans import Limits, limits_of, members_of
from apps.engine.plans.history import LifecyclePlan
from apps.engine.requests import MeasureRow
from apps.engine.values import cell_text

Counts = dict[str, int]


class Lifecycle:
    """The movements of one plan."""

    def __init__(self, plan: LifecyclePlan, rollup: Rollup) -> None:
        self.plan, self.rollup = plan, rollup
        self.limits = limits_of(plan, rollup)
        self.sql = to_sql(movements(rollup.table(), rollup.keys, self.limits))

    def counts(self) -> Iterator[Row]:
        """The movements of each period (and member), with its number and its rows."""
        return self.rollup.bench.ask(self.sql)

    def run(self) -> Iterator[MeasureRow]:
        """Every series of every period in which somebody was active or was lost."""
        found: dict[str | None, dict[int, Counts]] = {}
        for row in self.counts():
            member = cell_text(row[MEMBER]) if self.rollup.keys else None
            found.setdefault(member, {})[row[K]] = row
        for member, by_period in found.items():
            for number in self.limits.numbers(by_period):
                yield from self._rows(member, number, by_period)

    def _rows(self, member: str | None, number: int, by_period: dict[int, Counts]) -> Iterator[MeasureRow]:
        now, before = by_period.get(number, {}), by_period.get(number - 1, {})
        active, new, retained = (int(now.get(part, 0)) for part in ("active", "new", "retained"))
        churned = int(before.get("leaving", 0))
        if not active and not churned:
            return
        reactivated = active - new - retained
        start = self.rollup.start(number)
        values: dict[str, int | None] = {
            "active": active, "new": new, "retained": retained, "reactivated": reactivated, "churned": churned,
            "net": new + reactivated - churned,
        }  # fmt: skip
        if self.plan.known_since is not None and start <= self.plan.known_since:
            values = {"active": active} | dict.fromkeys(list(values)[1:], None)
        for series, value in values.items():
            numerator = None if value is None else Decimal(value)
            yield MeasureRow(self.plan.id, start, member, numerator, None, int(now.get(N, 0)), series)


def movements(table: Expr, keys: list[str], limits: Limits) -> Expr:
    """By period (and member): active, new, retained, and those whose next activity is not in the next period."""
    active = members_of(table, keys, limits, before=1)
    w = ibis.window(group_by=[*keys, ENTITY], order_by=K)
    active = active.select(*keys, K, N, previous=active[K].lag().over(w), following=active[K].lead().over(w))
    return active.group_by(*keys, K).aggregate(
        **{N: active[N].sum()},
        active=active.count(),
        new=active.count(where=active.previous.isnull()),
        retained=active.count(where=active.previous == active[K] - 1),
        leaving=active.count(where=active.following.isnull() | (active.following > active[K] + 1)),
    )
