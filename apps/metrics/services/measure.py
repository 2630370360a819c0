"""From jobs to what the rows gave: one request to the engine for each data set, whatever the number of metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from apps import engine
from apps.datasets.services.running import run_engine
from apps.engine.requests import FileEntry
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain.definition import built_in_of, stored_dimensions
from apps.metrics.domain.filling import MOST_MEMBERS, Findings, joined
from apps.metrics.domain.money import Gap
from apps.metrics.domain.values import Measurement
from apps.metrics.services.jobs import Job
from apps.metrics.services.money import in_home_currency, tables_of
from apps.metrics.services.plans import (
    Shape,
    Types,
    aggregation,
    attribute_of,
    facts_of,
    plans_of,
    series_of,
    without_tables,
)
from apps.metrics.services.sources import Source
from apps.work.services import Claim

__all__ = ["Survey", "Where", "aggregation"]

Where = tuple[str, str, str]
"""Metric key, grain, dimension ("" for the total)."""


class _Batch:
    """The plans for one data set; equal ones are asked for once. `tables` are the further data sets they name."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tables: dict[str, Source] = {}
        self._ids: dict[Any, str] = {}

    def ask(self, plan: Any, sources: Mapping[str, Source]) -> str:
        """The id under which the answer comes."""
        self.tables |= {key: sources[key] for key in tables_of(plan)}
        return self._ids.setdefault(plan, f"p{len(self._ids)}")

    def plans(self) -> tuple[Any, ...]:
        return tuple(replace(plan, id=id_) for plan, id_ in self._ids.items())

    def request(self, plans: tuple[Any, ...], calendar: Calendar) -> engine.Measure:
        tables = {key: source.files for key, source in self.tables.items()}
        return engine.Measure(self.source.files, calendar, plans, tables)


@dataclass(frozen=True)
class _Asked:
    """Where the answer for one place comes from: plans by data set, and which series of theirs.

    `series` None: all of them, each a member of the built-in dimension.
    """

    plans: list[tuple[str, str]]
    series: str | None


class Survey:
    """Everything that a set of jobs has to read, and where each answer belongs."""

    def __init__(self, jobs: Iterable[Job], types: Types) -> None:
        self._types = types
        self._batches: dict[str, _Batch] = {}
        self._asked: dict[Where, _Asked] = {}
        self._alive: dict[Where, list[tuple[str, str]]] = {}
        self.queries: dict[Where, list[tuple[str, str]]] = {}
        """After `run`: by where, the data sets asked (their keys) and the SQL the engine ran on each."""
        for job in jobs:
            for grain in job.definition.grains:
                limits = job.limits(grain)
                if limits is not None:
                    for dimension in stored_dimensions(job.definition):
                        self._ask(job, grain, dimension, limits)

    def _ask(self, job: Job, grain: Grain, dimension: str, limits: tuple[date, date]) -> None:
        where = (job.key, grain.value, dimension)
        built_in = bool(dimension) and dimension == built_in_of(job.definition)
        told = job.definition.entity_dimension(dimension)
        if told is not None and not job.sources[told.dataset].files:
            return
        attribute = attribute_of(told, job.sources[told.dataset]) if told is not None else None
        shape = Shape(grain, None if built_in or told else dimension or None, *limits, attribute)
        plans = [self._put(job, key, plan) for key, plan in plans_of(job.definition, shape, self._types)]
        self._asked[where] = _Asked(plans, None if built_in else series_of(job.definition))
        if dimension and not built_in:
            self._alive[where] = [self._put(job, key, shape.rows()) for key in facts_of(job.definition)]

    def _put(self, job: Job, dataset: str, plan: Any) -> tuple[str, str]:
        batch = self._batches.setdefault(dataset, _Batch(job.sources[dataset]))
        empty = [key for key in plan.table_keys() if not job.sources[key].files]
        loaded = {key for key, source in job.sources.items() if source.files}
        plan = in_home_currency(without_tables(plan, empty), dataset, job.frame.money, loaded)
        return dataset, batch.ask(plan, job.sources)

    def run(self, claim: Claim, calendar: Calendar) -> dict[Where, Findings]:
        """Ask the engine, and sort its answers. EngineFailure or WorkFailed if it cannot."""
        answers = {key: _ask_engine(batch, claim, calendar) for key, batch in self._batches.items()}
        return {where: self._findings(where, asked, answers) for where, asked in self._asked.items()}

    def _findings(self, where: Where, asked: _Asked, answers: Mapping[str, _Answers]) -> Findings:
        if any(where[2] in answers[key].crowded for key, _ in asked.plans):
            return Findings(crowded=True)
        parts = [answers[key].findings(plan, asked.series) for key, plan in asked.plans]
        findings = parts[0] if len(parts) == 1 else joined(parts[0], parts[1])
        self.queries[where] = [(key, answers[key].sql[plan]) for key, plan in asked.plans if plan in answers[key].sql]
        if where[2]:
            for start, member in findings.sides:
                findings.alive.setdefault(start, set()).add(member or "")
        for key, plan in self._alive.get(where, ()):
            for start, member, _ in answers[key].values[plan]:
                findings.alive.setdefault(start, set()).add(member or "")
        return findings


@dataclass
class _Answers:
    """Values by plan, then first day, member and series; the dimensions with too many members to ask for; the SQL."""

    values: dict[str, dict[tuple[date, str | None, str], Measurement]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    gaps: dict[str, dict[tuple[date, str | None], list[Gap]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    crowded: set[str] = field(default_factory=set)
    sql: dict[str, str] = field(default_factory=dict)

    def findings(self, plan: str, series: str | None) -> Findings:
        """What one plan found: one of its series, or all of them by their names."""
        found, gaps = self.values[plan].items(), self.gaps[plan]
        if series is None:
            return Findings({(start, name): value for (start, _, name), value in found if name}, gaps=gaps)
        return Findings({(start, member): value for (start, member, name), value in found if name == series}, gaps=gaps)


def _ask_engine(batch: _Batch, claim: Claim, calendar: Calendar) -> _Answers:
    answers = _Answers()
    if not batch.source.files:
        return answers
    plans = batch.plans()
    try:
        measured = run_engine(batch.request(plans, calendar), claim)
    except engine.EngineFailure as failure:
        answers.crowded = set() if failure.retry else _crowded(batch, plans, claim, calendar)
        if not answers.crowded:
            raise
        plans = tuple(plan for plan in plans if _split_of(plan) not in answers.crowded)
        measured = run_engine(batch.request(plans, calendar), claim)
    answers.sql = dict(measured.sql)
    for missing in measured.unpriced:
        gap = Gap(missing.currency, missing.first_day, missing.rows)
        answers.gaps[missing.plan][missing.period_start, missing.member].append(gap)
    for row in measured.rows:
        answers.values[row.plan][row.period_start, row.member, row.series] = Measurement(
            row.numerator, row.denominator, row.n
        )
    return answers


def _crowded(batch: _Batch, plans: Iterable[Any], claim: Claim, calendar: Calendar) -> set[str]:
    """Dimensions that have too many members in some year: what made the engine give up, if anything is."""
    columns: dict[tuple[FileEntry, ...], set[str]] = defaultdict(set)
    for plan in plans:
        if plan.attribute is not None:
            columns[batch.tables[plan.attribute.table].files].add(plan.attribute.column)
        elif plan.split_by:
            columns[batch.source.files].add(plan.split_by)
    found: set[str] = set()
    for files, dimensions in columns.items():
        probes = tuple(
            engine.MeasurePlan(dimension, Grain.YEAR, 1, engine.Aggregation(engine.How.DISTINCT, dimension))
            for dimension in sorted(dimensions)
        )
        rows = run_engine(engine.Measure(files, calendar, probes), claim).rows
        found |= {row.plan for row in rows if row.numerator is not None and row.numerator > MOST_MEMBERS}
    return found


def _split_of(plan: Any) -> str | None:
    """Under which name a plan is split."""
    return plan.attribute.column if plan.attribute is not None else plan.split_by
