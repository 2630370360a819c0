"""Cohorts and who is kept of them: a count for each cohort and distance, from which the curve is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate

import ibis

from apps.engine.compile import MEMBER, Expr, to_sql
from apps.engine.kinds.entities import ENTITY
from apps.engine.kinds.rollup import K, N, Rollup
from apps.engine.kinds.spans import Limits, limits_of, members_of
from apps.engine.plans.history import Cohort, RetentionPlan, Variant
from apps.engine.requests import MeasureRow
from apps.engine.values import cell_text

START, FAR, COUNT = "start", "far", "count"
"""A cohort's period, a distance in periods, how many entities of the cohort are at that distance."""


class Retention:
    """The curves of one plan."""

    def __init__(self, plan: RetentionPlan, rollup: Rollup) -> None:
        self.plan, self.rollup = plan, rollup
        self.limits = limits_of(plan, rollup)
        self.sql = to_sql(distances(plan, rollup.table(), rollup.keys, self.limits))

    def run(self) -> Iterator[MeasureRow]:
        """Every cell of every cohort that has anybody."""
        found: dict[tuple[str | None, int], Counter[int]] = {}
        for row in self.rollup.bench.ask(self.sql):
            member = cell_text(row[MEMBER]) if self.rollup.keys else None
            found.setdefault((member, row[START]), Counter())[row[FAR]] = row[COUNT]
        for (member, number), counts in found.items():
            start = self.rollup.start(number)
            size = self._size(counts)
            for interval, kept in enumerate(self._curve(counts)):
                numbers = Decimal(kept), Decimal(size)
                yield MeasureRow(self.plan.id, start, member, *numbers, size, str(interval))

    def _size(self, counts: Counter[int]) -> int:
        return sum(counts.values()) if _is_reach(self.plan) else counts[0]

    def _curve(self, counts: Counter[int]) -> list[int]:
        """Kept in each interval. Where a distance says how far each entity got, all that got further are kept too."""
        curve = [counts[interval] for interval in range(self.plan.intervals + 1)]
        return list(accumulate(reversed(curve)))[::-1] if _is_reach(self.plan) else curve


def _is_reach(plan: RetentionPlan) -> bool:
    """Whether each entity of a cohort has one distance, the furthest, or one for each interval it is kept in."""
    return plan.variant != Variant.BOUNDED


def distances(plan: RetentionPlan, table: Expr, keys: list[str], limits: Limits) -> Expr:
    """Entities by cohort, distance (and member)."""
    active = table.filter(table[N] >= plan.minimum) if plan.minimum > 1 else table
    if plan.cohort == Cohort.FIRST:
        active = members_of(active, keys, limits, after=plan.intervals)
        found = _from_first(plan, active, keys)
    else:
        found = _from_each(plan, active.filter(active[K].between(limits.first, limits.last + plan.intervals)), keys)
    wanted = found.filter(found[START].between(limits.first, limits.last) & (found[FAR] <= plan.intervals))
    return wanted.group_by(*keys, START, FAR).aggregate(**{COUNT: wanted.count()})


def _from_first(plan: RetentionPlan, active: Expr, keys: list[str]) -> Expr:
    """The activities of each entity by their distance from its first one."""
    each = ibis.window(group_by=[*keys, ENTITY])
    started = active.select(*keys, ENTITY, K, **{START: active[K].min().over(each)})
    found = started.mutate(**{FAR: started[K] - started[START]})
    if plan.variant == Variant.BOUNDED:
        return found
    found = found.filter(found[FAR] <= plan.intervals)
    if plan.variant == Variant.UNBROKEN:
        place = ibis.row_number().over(ibis.window(group_by=[*keys, ENTITY], order_by=K))
        found = found.mutate(place=place)
        found = found.filter(found.place == found[FAR])
    return found.group_by(*keys, ENTITY, START).aggregate(**{FAR: found[FAR].max()})


def _from_each(plan: RetentionPlan, active: Expr, keys: list[str]) -> Expr:
    """Every activity as a start of its own: the distances of those that follow, or the furthest of them."""
    active = active.select(*keys, ENTITY, K)
    if plan.variant == Variant.BOUNDED:
        return _pairs(plan, active, keys)
    if plan.variant == Variant.UNBOUNDED:
        ahead = ibis.range_window(group_by=[*keys, ENTITY], order_by=K, preceding=0, following=plan.intervals)
        return active.select(*keys, **{START: active[K], FAR: active[K].max().over(ahead) - active[K]})
    place = ibis.row_number().over(ibis.window(group_by=[*keys, ENTITY], order_by=K))
    numbered = active.mutate(place=place)
    runs = numbered.mutate(run=numbered[K] - numbered.place)
    end = runs[K].max().over(ibis.window(group_by=[*keys, ENTITY, "run"]))
    far = ibis.least(end - runs[K], plan.intervals)
    return runs.select(*keys, **{START: runs[K], FAR: far})


def _pairs(plan: RetentionPlan, active: Expr, keys: list[str]) -> Expr:
    """Each activity beside each one of the same entity up to the last interval."""
    later = active.view()
    same = [active[key].identical_to(later[key]) for key in keys]
    near = (later[K] >= active[K]) & (later[K] <= active[K] + plan.intervals)
    pairs = active.join(later, [active[ENTITY] == later[ENTITY], *same, near], lname="", rname="later_{name}")
    return pairs.select(*keys, **{START: pairs[K], FAR: pairs[f"later_{K}"] - pairs[K]})
