"""Plans about histories: they share one table of entities and periods, and each asks its own question of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from apps.engine.kinds import entities
from apps.engine.kinds.bench import Bench, Step, Task
from apps.engine.kinds.census import CensusOfRows, CensusOfTable
from apps.engine.kinds.counts import Counts, fits
from apps.engine.kinds.kept_words import MOST_PERIODS
from apps.engine.kinds.lifecycle import Lifecycle
from apps.engine.kinds.ordinal import Ordinals
from apps.engine.kinds.recurring import Recurring
from apps.engine.kinds.retention import Retention
from apps.engine.kinds.rollup import Key, Rollup
from apps.engine.kinds.spans import limits_of
from apps.engine.kinds.words import LifecycleOfWords, RetentionOfWords, Words, WordsOfRows, periods_of
from apps.engine.plans.entities import EntityPlan
from apps.engine.plans.history import Historic, LifecyclePlan, RecurringPlan, RetentionPlan
from apps.engine.requests import MeasureRow


class Question(Protocol):
    """What a plan asks of the table."""

    sql: str

    def run(self) -> Iterator[MeasureRow]:
        """The values of the plan."""


def tasks(plans: list[Historic | EntityPlan], bench: Bench) -> Iterator[Task]:
    """One task for all plans of equal entity, conditions, grain and split.

    Entities that did something often enough are counted in the same table, if it is made anyway.
    """
    groups: dict[Key, list[Historic | EntityPlan]] = {}
    for plan in plans:
        if not isinstance(plan, EntityPlan):
            key = Key(plan.entity, frozenset(plan.where), plan.grain, plan.split_by)
            groups.setdefault(key, []).append(plan)
    alone: list[EntityPlan] = []
    for plan in plans:
        if isinstance(plan, EntityPlan):
            shared = fits(plan)
            if shared in groups:
                groups[shared].append(plan)
            else:
                alone.append(plan)
    yield from entities.tasks(alone, bench)
    for at, (key, members) in enumerate(groups.items()):
        columns = dict.fromkeys(plan.column for plan in members if isinstance(plan, RecurringPlan))
        rollup = Rollup(f"history_{at}{bench.suffix}", key, tuple(columns), _until(members, bench), bench)
        yield _task(members, rollup)


def _task(plans: list[Historic | EntityPlan], rollup: Rollup) -> Task:
    if _asks_of_words(plans, rollup):
        return _task_of_rows(plans, rollup)
    words: dict[int, Words] = {}
    questions = [_question(plan, rollup, words) for plan in plans]
    before = [*rollup.steps(), *(step for table in words.values() for step in table.steps())]
    after = [*(Step(table.drop) for table in words.values()), Step(rollup.drop)]
    sql = {plan.id: f"{rollup.sql};\n\n{question.sql}" for plan, question in zip(plans, questions, strict=True)}
    return Task(sql, (*before, *(Step(question.run) for question in questions), *after))


def _asks_of_words(plans: Iterable[Historic | EntityPlan], rollup: Rollup) -> bool:
    """Whether all plans only ask in which periods an entity has a row: then words can be made of the rows at once."""
    return _in_words(rollup) and all(
        isinstance(plan, LifecyclePlan) or (isinstance(plan, RetentionPlan) and plan.minimum == 1) for plan in plans
    )


def _task_of_rows(plans: list[Historic | EntityPlan], rollup: Rollup) -> Task:
    """Movements and cohorts without the table that histories share."""
    words = WordsOfRows(rollup)
    moving = [limits_of(plan, rollup).first - 1 for plan in plans if isinstance(plan, LifecyclePlan)]
    census = CensusOfRows(rollup, min(moving, default=0))
    questions: list[Question] = [
        LifecycleOfWords(plan, rollup, words, census)
        if isinstance(plan, LifecyclePlan)
        else RetentionOfWords(plan, rollup, words)
        for plan in plans
        if isinstance(plan, LifecyclePlan | RetentionPlan)
    ]
    sql = {plan.id: f"{words.sql};\n\n{question.sql}" for plan, question in zip(plans, questions, strict=True)}
    counting = census.steps() if moving else ()
    steps = (*words.steps(), *counting, *(Step(question.run) for question in questions), Step(words.drop))
    return Task(sql, steps)


def _in_words(rollup: Rollup) -> bool:
    return rollup.bench.piecewise and periods_of(rollup) <= MOST_PERIODS


def _question(plan: Historic | EntityPlan, rollup: Rollup, words: dict[int, Words]) -> Question:
    """How a plan is answered; `words` gathers the tables of words that are needed, by their minimum."""
    if isinstance(plan, EntityPlan):
        return Counts(plan, rollup)
    if isinstance(plan, RecurringPlan):
        return Recurring(plan, rollup)
    in_words = _in_words(rollup)
    if isinstance(plan, RetentionPlan):
        if not in_words:
            return Retention(plan, rollup)
        return RetentionOfWords(plan, rollup, words.setdefault(plan.minimum, Words(rollup, plan.minimum)))
    assert isinstance(plan, LifecyclePlan)  # noqa: S101 - there are no more
    if not in_words:
        return Lifecycle(plan, rollup)
    return LifecycleOfWords(plan, rollup, words.setdefault(1, Words(rollup, 1)), CensusOfTable(rollup))


def _until(plans: Iterable[Historic | EntityPlan], bench: Bench) -> int:
    """The number of the last period that any of the plans looks at, and that the data reach."""
    newest = bench.days()[1]
    numbers = []
    for plan in plans:
        ordinals = Ordinals(plan.grain, bench.calendar)
        latest = ordinals.of(newest)
        numbers.append(min(ordinals.of(plan.last) + plan.lookahead.periods, latest) if plan.last else latest)
    return max(numbers)
