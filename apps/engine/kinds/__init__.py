"""How each family of plans is computed: expressions, scans and answers. Loads Ibis and DuckDB: for the child only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from apps.engine import plans
from apps.engine.kinds import aggregates, entities
from apps.engine.kinds.behind import Behind
from apps.engine.kinds.bench import Bench, Task
from apps.engine.plan import Planned
from apps.engine.requests import Rows

TASKS: dict[type[Planned], Callable[[list[Any], Bench], Iterator[Task]]] = {
    plans.MeasurePlan: aggregates.tasks,
    plans.EntityPlan: entities.tasks,
}
"""The function that computes all plans of a family at once."""

BEHIND: dict[type[Planned], Callable[[Rows, Bench], Behind]] = {
    plans.MeasurePlan: aggregates.behind,
    plans.EntityPlan: entities.behind,
}
"""The function that finds the rows behind a value of the family."""


def tasks_of(wanted: Iterable[Planned], bench: Bench) -> Iterator[Task]:
    """Everything there is to do for these plans, families one after the other."""
    families: dict[type[Planned], list[Planned]] = {}
    for plan in wanted:
        families.setdefault(type(plan), []).append(plan)
    for family, members in families.items():
        yield from TASKS[family](members, bench)
