"""Compute plans: open the data, let each family do its part, gather the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from apps.engine.compile import sql_of
from apps.engine.conversion import Conversion
from apps.engine.failure import EngineFailure
from apps.engine.kinds import rates, tasks_of
from apps.engine.kinds.bench import Bench, Task, open_bench
from apps.engine.kinds.folds import folds
from apps.engine.kinds.sizes import check_rows
from apps.engine.kinds.unpriced import unpriced
from apps.engine.plan import Aggregation, How, Planned
from apps.engine.plans import MeasurePlan, issues_of
from apps.engine.requests import Measure, Measured, MeasureRow, Unpriced
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain

if TYPE_CHECKING:
    from apps.engine.child import Desk


def work(request: Measure, desk: Desk) -> Measured:
    """Compute every plan. Raises EngineFailure with all that does not fit the data."""
    if not request.files:
        return Measured(())
    with closing(open_bench(desk, request.files, request.tables, request.calendar, request.rollups)) as bench:
        _check(request, bench)
        return _measured(request, bench, desk)


def warm() -> None:
    """Have loaded and laid ready what the first plan of a process waits for."""
    sql_of(MeasurePlan("warm", Grain.MONTH, 1, Aggregation(How.SUM, "amount"), split_by="member"))
    rates.warm()


def _measured(request: Measure, bench: Bench, desk: Desk) -> Measured:
    tasks: list[Task] = []
    missing: list[Unpriced] = []
    for conversions, plans in _by_conversions(request.plans).items():
        own = rates.converting(bench, conversions) if conversions else bench
        missing += unpriced([plan for plan in plans if not folds(plan, own)], own)
        tasks += tasks_of(plans, own)
    total, done = sum(len(task.steps) for task in tasks), 0
    rows: list[MeasureRow] = []
    sql: dict[str, str] = {}
    for task in tasks:
        for step in task.steps:
            for found in step.run():
                if isinstance(found, Unpriced):
                    missing.append(found)
                else:
                    rows.append(found)
            check_rows(rows, request.plans)
            done += 1
            desk.progress(done, total, N_("Computing"))
        sql |= task.sql
    return Measured(tuple(rows), sql, tuple(missing))


def _by_conversions(plans: Iterable[Planned]) -> dict[tuple[Conversion, ...], list[Planned]]:
    """Plans that see the same rows: amounts as uploaded, or converted in the same way."""
    found: dict[tuple[Conversion, ...], list[Planned]] = {}
    for plan in plans:
        found.setdefault(plan.conversions(), []).append(plan)
    return found


def _check(request: Measure, bench: Bench) -> None:
    tables = {key: source.types for key, source in bench.tables.items()}
    issues = [issue for plan in request.plans for issue in issues_of(plan, bench.main.types, tables)]
    for plan_id, count in Counter(plan.id for plan in request.plans).items():
        if count > 1:
            issues.append(Issue(plan_id, N_("%(count)s plans have this name."), {"count": count}))
    if issues:
        raise EngineFailure(N_("This cannot be computed from the data as it is."), issues=issues)
