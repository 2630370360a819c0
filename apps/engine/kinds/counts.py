"""Entities that did something often enough, counted in the table that plans about histories share."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import reduce
from operator import and_

from apps.engine.compile import MEMBER, literal, to_sql
from apps.engine.kinds.entities import COMPARE
from apps.engine.kinds.rollup import K, Key, N, Rollup
from apps.engine.kinds.spans import limits_of
from apps.engine.plan import How
from apps.engine.plans.entities import EntityPlan
from apps.engine.requests import MeasureRow
from apps.engine.values import cell_text


def fits(plan: EntityPlan) -> Key | None:
    """The table in which a plan can be counted: if it asks for nothing but numbers of rows under equal conditions."""
    wheres = {frozenset(test.side.where) for test in plan.conditions}
    plain = all(test.side.how == How.COUNT and not test.side.columns() and not test.table for test in plan.conditions)
    if len(wheres) != 1 or not plain or plan.base is not None or plan.trailing > 1:
        return None
    return Key(plan.entity, wheres.pop(), plan.grain, plan.split_by)


class Counts:
    """The values of one plan."""

    def __init__(self, plan: EntityPlan, rollup: Rollup) -> None:
        self.plan, self.rollup = plan, rollup
        limits, parts = limits_of(plan, rollup), rollup.table()
        parts = parts.filter(parts[K].between(limits.first, limits.last))
        hits = reduce(and_, [COMPARE[test.op](parts[N], literal(test.value)) for test in plan.conditions])
        found = parts.group_by(*rollup.keys, K).aggregate(hits=parts.count(where=hits), **{N: parts[N].sum()})
        self.sql = to_sql(found)

    def run(self) -> Iterator[MeasureRow]:
        """One value for each period in which a row counts."""
        for row in self.rollup.bench.ask(self.sql):
            member = cell_text(row[MEMBER]) if self.rollup.keys else None
            start = self.rollup.start(row[K])
            yield MeasureRow(self.plan.id, start, member, Decimal(row["hits"]), None, int(row[N]))
