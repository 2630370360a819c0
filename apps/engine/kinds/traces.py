"""The rows behind a value of a plan about histories: who is counted, and what they did in the period that matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.engine.compile import MEMBER, Expr
from apps.engine.kinds.behind import Behind, is_member, no_such_side
from apps.engine.kinds.bench import EVER, Bench
from apps.engine.kinds.entities import ENTITY, known
from apps.engine.kinds.ordinal import Ordinals
from apps.engine.kinds.rollup import K, N
from apps.engine.plans.history import Cohort, Historic, LifecyclePlan, RecurringPlan, RetentionPlan, Variant
from apps.engine.requests import Rows

Chosen = tuple[dict[str, Expr], Callable[[Expr], Expr], range]
"""Figures of each entity, which entities they choose, and the numbers of the periods whose rows are shown."""


def behind(request: Rows, bench: Bench) -> Behind:
    """Rows of the entities counted. Of churn those of the period before; of what is kept of a cohort those of the
    interval, of the cohort itself those of its own period; of amounts that changed those of both periods."""
    plan: Any = request.plan
    ordinals = Ordinals(plan.grain, bench.calendar)
    rows = known(bench.main, plan.entity, [plan.where])
    if plan.split_by and request.member is not None:
        rows = rows.filter(is_member(rows[plan.split_by], request.member, bench.main.types[plan.split_by]))
    each = _by_period(plan, rows, ordinals)
    figures, chosen, shown = _CHOICES[type(plan)](plan, request, each, ordinals.of(request.period[0]))
    keys = [MEMBER] if plan.split_by else []
    counted = each.group_by(*keys, ENTITY).aggregate(first=each[K].min(), **figures)
    entities = counted.filter(chosen(counted)).select(*keys, counted=ENTITY).distinct().view()
    bench.open(bench.main, bench.main.files, EVER)
    start, end = ordinals.period(shown.start).start, ordinals.period(shown.stop - 1).end
    found = rows.filter((rows.d >= start) & (rows.d < end))
    same = [found[plan.split_by].identical_to(entities[MEMBER])] if keys else []
    return Behind(bench.main, found.semi_join(entities, [found[plan.entity] == entities.counted, *same]))


def _by_period(plan: Historic, rows: Expr, ordinals: Ordinals) -> Expr:
    """One row for each entity (of each member) and period that counts."""
    keys = {K: ordinals.expression(rows.d), ENTITY: rows[plan.entity]}
    if plan.split_by:
        keys[MEMBER] = rows[plan.split_by]
    if isinstance(plan, RecurringPlan):
        each = rows.group_by(**keys).aggregate(amount=rows[plan.column].sum())
        return each.filter(each.amount > 0)
    each = rows.group_by(**keys).aggregate(**{N: rows.count()})
    return each.filter(each[N] >= plan.minimum) if isinstance(plan, RetentionPlan) else each


def _lifecycle(plan: LifecyclePlan, request: Rows, each: Expr, number: int) -> Chosen:
    figures = {"now": each.count(where=each[K] == number), "before": each.count(where=each[K] == number - 1)}
    chosen: dict[str, Callable[[Expr], Expr]] = {
        "active": lambda e: e.now > 0,
        "new": lambda e: e["first"] == number,
        "retained": lambda e: (e.now > 0) & (e.before > 0),
        "reactivated": lambda e: (e.now > 0) & (e.before == 0) & (e["first"] < number),
        "churned": lambda e: (e.before > 0) & (e.now == 0),
        "net": lambda e: (e.before > 0) != (e.now > 0),
    }
    series = request.series or "active"
    if series not in chosen or request.side != "numerator":
        raise no_such_side()
    shown = {"churned": range(number - 1, number), "net": range(number - 1, number + 1)}
    return figures, chosen[series], shown.get(series, range(number, number + 1))


def _retention(plan: RetentionPlan, request: Rows, each: Expr, number: int) -> Chosen:
    if not request.series.isdecimal() or int(request.series) > plan.intervals:
        raise no_such_side()
    there, last = number + int(request.series), number + plan.intervals
    figures = {
        "start": each.count(where=each[K] == number),
        "there": each.count(where=each[K] == there),
        "later": each.count(where=each[K].between(there, last)),
        "every": each.count(where=each[K].between(number, there)),
    }

    def of_cohort(e: Expr) -> Expr:
        return e["first"] == number if plan.cohort == Cohort.FIRST else e.start > 0

    if request.side == "denominator":
        return figures, of_cohort, range(number, number + 1)
    kept: dict[Variant, Callable[[Expr], Expr]] = {
        Variant.BOUNDED: lambda e: e.there > 0,
        Variant.UNBOUNDED: lambda e: e.later > 0,
        Variant.UNBROKEN: lambda e: e.every == there - number + 1,
    }
    until = last if plan.variant == Variant.UNBOUNDED else there
    return figures, lambda e: of_cohort(e) & kept[plan.variant](e), range(there, until + 1)


def _recurring(plan: RecurringPlan, request: Rows, each: Expr, number: int) -> Chosen:
    figures = {
        "now": each.amount.sum(where=each[K] == number).fill_null(0),
        "before": each.amount.sum(where=each[K] == number - 1).fill_null(0),
    }
    both, one, previous = range(number - 1, number + 1), range(number, number + 1), range(number - 1, number)
    choices: dict[str, tuple[Callable[[Expr], Expr], range]] = {
        "mrr": (lambda e: e.now > 0, one),
        "new": (lambda e: e["first"] == number, one),
        "reactivation": (lambda e: (e.now > 0) & (e.before == 0) & (e["first"] < number), one),
        "expansion": (lambda e: (e.before > 0) & (e.now > e.before), both),
        "contraction": (lambda e: (e.now > 0) & (e.now < e.before), both),
        "churn": (lambda e: (e.before > 0) & (e.now == 0), previous),
        "nrr": (lambda e: (e.before > 0) & (e.now > 0), one),
        "grr": (lambda e: (e.before > 0) & (e.now > 0), one),
    }
    series, base = request.series or "mrr", request.side == "denominator"
    if series not in choices or (base and series not in ("nrr", "grr")):
        raise no_such_side()
    if base:
        return figures, lambda e: e.before > 0, previous
    return figures, *choices[series]


_CHOICES: dict[type[Historic], Callable[[Any, Rows, Expr, int], Chosen]] = {
    LifecyclePlan: _lifecycle,
    RetentionPlan: _retention,
    RecurringPlan: _recurring,
}
