"""How each family of plans is computed: expressions, scans and answers. Loads Ibis and DuckDB: for the child only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from apps.engine import plans
from apps.engine.kinds import aggregates, attributes, entities, funnels, history, repeats, stocks, traces
from apps.engine.kinds.behind import Behind
from apps.engine.kinds.bench import Bench, Task
from apps.engine.plan import Planned
from apps.engine.requests import Rows

TASKS: dict[type[Planned], Callable[[list[Any], Bench], Iterator[Task]]] = {
    plans.MeasurePlan: aggregates.tasks,
    plans.EntityPlan: history.tasks,
    plans.LifecyclePlan: history.tasks,
    plans.RetentionPlan: history.tasks,
    plans.RecurringPlan: history.tasks,
    plans.RepeatPlan: repeats.tasks,
    plans.StockPlan: stocks.tasks,
    plans.FunnelPlan: funnels.tasks,
}
"""The function that computes all plans of a family at once; families of one function share their work."""

BEHIND: dict[type[Planned], Callable[[Rows, Bench], Behind]] = {
    plans.MeasurePlan: aggregates.behind,
    plans.EntityPlan: entities.behind,
    plans.LifecyclePlan: traces.behind,
    plans.RetentionPlan: traces.behind,
    plans.RecurringPlan: traces.behind,
    plans.RepeatPlan: repeats.behind,
    plans.StockPlan: stocks.behind,
    plans.FunnelPlan: funnels.behind,
}
"""The function that finds the rows behind a value of the family."""


def tasks_of(wanted: Iterable[Planned], bench: Bench) -> Iterator[Task]:
    """Everything there is to do for these plans: those of each attribute apart, as plans that are split by a column."""
    plans = list(wanted)
    yield from _of_families([plan for plan in plans if plan.attribute is None], bench)
    for part in attributes.split(plans, bench):
        yield from part.tasks(_of_families(part.plans, part.bench))


def _of_families(wanted: Iterable[Planned], bench: Bench) -> Iterator[Task]:
    """Families that share their work together."""
    families: dict[Callable[[list[Any], Bench], Iterator[Task]], list[Planned]] = {}
    for plan in wanted:
        families.setdefault(TASKS[type(plan)], []).append(plan)
    for tasks, members in families.items():
        yield from tasks(members, bench)


def behind(request: Rows, bench: Bench) -> Behind:
    """The rows behind a value."""
    if request.plan.attribute is None:
        return BEHIND[type(request.plan)](request, bench)
    (part,) = attributes.split([request.plan], bench)
    for _ in part.make():
        pass
    return BEHIND[type(request.plan)](replace(request, plan=part.plans[0]), part.bench)
