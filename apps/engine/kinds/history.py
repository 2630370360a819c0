"""Plans about histories: they share one table of entities and periods, and each asks its own question of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

from apps.engine.kinds import lifecycle, recurring, retention
from apps.engine.kinds.bench import Bench, Step, Task
from apps.engine.kinds.ordinal import Ordinals
from apps.engine.kinds.rollup import Key, Rollup
from apps.engine.plans.history import Historic, LifecyclePlan, RecurringPlan, RetentionPlan
from apps.engine.requests import MeasureRow


class Question(Protocol):
    """What a plan asks of the table."""

    sql: str

    def run(self) -> Iterator[MeasureRow]:
        """The values of the plan."""


QUESTIONS = {
    LifecyclePlan: lifecycle.Lifecycle,
    RetentionPlan: retention.Retention,
    RecurringPlan: recurring.Recurring,
}


def tasks(plans: list[Historic], bench: Bench) -> Iterator[Task]:
    """One task for all plans of equal entity, conditions, grain and split."""
    groups: dict[Key, list[Historic]] = {}
    for plan in plans:
        key = Key(plan.entity, frozenset(plan.where), plan.grain, plan.split_by)
        groups.setdefault(key, []).append(plan)
    for at, (key, members) in enumerate(groups.items()):
        columns = dict.fromkeys(plan.column for plan in members if isinstance(plan, RecurringPlan))
        rollup = Rollup(f"history_{at}", key, tuple(columns), _until(members, bench), bench)
        questions: list[Question] = [QUESTIONS[type(plan)](plan, rollup) for plan in members]
        asked = [Step(partial(question.run)) for question in questions]
        sql = {plan.id: f"{rollup.sql};\n\n{question.sql}" for plan, question in zip(members, questions, strict=True)}
        yield Task(sql, (*rollup.steps(), *asked, Step(rollup.drop)), key.split_by)


def _until(plans: Iterable[Historic], bench: Bench) -> int:
    """The number of the last period that any of the plans looks at."""
    newest = bench.days()[1]
    numbers = []
    for plan in plans:
        ordinals = Ordinals(plan.grain, bench.calendar)
        ahead = plan.lookahead.periods
        numbers.append(ordinals.of(plan.last) + ahead if plan.last else ordinals.of(newest))
    return max(numbers)
