"""From jobs to what the rows gave: one request to the engine for each data set, whatever the number of metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from apps import engine
from apps.datasets.services.running import run_engine
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import checks
from apps.metrics.domain.definition import (
    AggregateDefinition,
    Aggregation,
    RatioDefinition,
    trailing_of,
)
from apps.metrics.domain.filling import MOST_MEMBERS, Findings, joined
from apps.metrics.domain.values import Measurement
from apps.metrics.services.jobs import Job
from apps.metrics.services.sources import Source
from apps.work.services import Claim

Where = tuple[str, str, str]
"""Metric key, grain, dimension ("" for the total)."""

Types = Mapping[str, Mapping[str, str]]
"""Column types by data set key and column key."""


def aggregation(measure: Aggregation, types: Mapping[str, str]) -> engine.Aggregation:
    """A part of a definition in the engine's terms, its filter values typed."""
    where = tuple(
        engine.Condition(
            condition.column,
            engine.Op(condition.op),
            tuple(checks.typed(value, types[condition.column]) for value in condition.values),
        )
        for condition in measure.filters
    )
    return engine.Aggregation(engine.How(measure.how), measure.column, where)


class _Batch:
    """The plans for one data set; equal ones are asked for once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._ids: dict[engine.MeasurePlan, str] = {}

    def ask(self, plan: engine.MeasurePlan) -> str:
        """The id under which the answer comes."""
        return self._ids.setdefault(plan, f"p{len(self._ids)}")

    def plans(self) -> tuple[engine.MeasurePlan, ...]:
        return tuple(replace(plan, id=id_) for plan, id_ in self._ids.items())


class Survey:
    """Everything that a set of jobs has to read, and where each answer belongs."""

    def __init__(self, jobs: Iterable[Job], types: Types) -> None:
        self._types = types
        self._batches: dict[str, _Batch] = {}
        self._sides: dict[Where, list[tuple[str, str]]] = {}
        self._alive: dict[Where, list[tuple[str, str]]] = {}
        self.queries: dict[Where, list[tuple[str, str]]] = {}
        """After `run`: by where, the data sets asked (their keys) and the SQL the engine ran on each."""
        for job in jobs:
            for grain in job.definition.grains:
                limits = job.limits(grain)
                if limits is not None:
                    for dimension in ("", *job.definition.dimensions):
                        self._ask(job, grain, dimension, limits)

    def _ask(self, job: Job, grain: Grain, dimension: str, limits: tuple[date, date]) -> None:
        where = (job.key, grain.value, dimension)
        shape = engine.MeasurePlan(
            id="",
            grain=grain,
            trailing=trailing_of(job.definition),
            numerator=engine.Aggregation(engine.How.COUNT),
            split_by=dimension or None,
            first=limits[0],
            last=limits[1],
        )
        self._sides[where] = [self._put(job, key, plan) for key, plan in self._plans(job, shape)]
        if dimension:
            self._alive[where] = [self._put(job, key, shape) for key in job.sources]

    def _plans(self, job: Job, shape: engine.MeasurePlan) -> Iterator[tuple[str, engine.MeasurePlan]]:
        definition = job.definition
        if isinstance(definition, AggregateDefinition):
            yield definition.measure.dataset, replace(shape, numerator=self._typed(definition.measure))
        elif isinstance(definition, RatioDefinition):
            above, below = definition.numerator, definition.denominator
            if above.dataset == below.dataset:
                plan = replace(shape, numerator=self._typed(above), denominator=self._typed(below))
                yield above.dataset, plan
            else:
                yield above.dataset, replace(shape, numerator=self._typed(above))
                yield below.dataset, replace(shape, numerator=self._typed(below))

    def _typed(self, measure: Aggregation) -> engine.Aggregation:
        return aggregation(measure, self._types[measure.dataset])

    def _put(self, job: Job, dataset: str, plan: engine.MeasurePlan) -> tuple[str, str]:
        batch = self._batches.setdefault(dataset, _Batch(job.sources[dataset]))
        return dataset, batch.ask(plan)

    def run(self, claim: Claim, calendar: Calendar) -> dict[Where, Findings]:
        """Ask the engine, and sort its answers. EngineFailure or WorkFailed if it cannot."""
        answers = {key: _ask_engine(batch, claim, calendar) for key, batch in self._batches.items()}
        found: dict[Where, Findings] = {}
        for where, asked in self._sides.items():
            if any(where[2] in answers[key].crowded for key, _ in asked):
                found[where] = Findings(crowded=True)
                continue
            parts = [Findings(dict(answers[key].values[plan])) for key, plan in asked]
            findings = parts[0] if len(parts) == 1 else joined(parts[0], parts[1])
            self.queries[where] = [(key, answers[key].sql[plan]) for key, plan in asked if plan in answers[key].sql]
            for key, plan in self._alive.get(where, ()):
                for start, member in answers[key].values[plan]:
                    findings.alive.setdefault(start, set()).add(member or "")
            found[where] = findings
        return found


@dataclass
class _Answers:
    """Values by plan, first day and member, and the dimensions with too many members to ask for."""

    values: dict[str, dict[tuple[date, str | None], Measurement]] = field(default_factory=lambda: defaultdict(dict))
    crowded: set[str] = field(default_factory=set)
    sql: dict[str, str] = field(default_factory=dict)


def _ask_engine(batch: _Batch, claim: Claim, calendar: Calendar) -> _Answers:
    answers = _Answers()
    if not batch.source.files:
        return answers
    plans = batch.plans()
    try:
        measured = run_engine(engine.Measure(batch.source.files, calendar, plans), claim)
    except engine.EngineFailure as failure:
        answers.crowded = set() if failure.retry else _crowded(batch, plans, claim, calendar)
        if not answers.crowded:
            raise
        plans = tuple(plan for plan in plans if plan.split_by not in answers.crowded)
        measured = run_engine(engine.Measure(batch.source.files, calendar, plans), claim)
    answers.sql = dict(measured.sql)
    for row in measured.rows:
        answers.values[row.plan][row.period_start, row.member] = Measurement(row.numerator, row.denominator, row.n)
    return answers


def _crowded(batch: _Batch, plans: Iterable[engine.MeasurePlan], claim: Claim, calendar: Calendar) -> set[str]:
    """Dimensions that have too many members in some year: what made the engine give up, if anything is."""
    probes = tuple(
        engine.MeasurePlan(dimension, Grain.YEAR, 1, engine.Aggregation(engine.How.DISTINCT, dimension))
        for dimension in {plan.split_by for plan in plans if plan.split_by}
    )
    if not probes:
        return set()
    rows = run_engine(engine.Measure(batch.source.files, calendar, probes), claim).rows
    return {row.plan for row in rows if row.numerator is not None and row.numerator > MOST_MEMBERS}
