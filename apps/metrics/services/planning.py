"""A snapshot of everything a computation starts from, and whether it still holds when the values are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from apps.kernel.issue import Issue
from apps.kernel.period import Calendar
from apps.metrics import selectors
from apps.metrics.domain import checks
from apps.metrics.domain.definition import Definition, datasets_of, parse
from apps.metrics.domain.money import reads
from apps.metrics.models import Metric
from apps.metrics.services.jobs import Job, basis_of, jobs, problems_of
from apps.metrics.services.measure import Survey
from apps.metrics.services.sources import current_numbers, sources
from apps.workspaces.scope import current_workspace

Choose = Callable[[Metric, Definition], bool]


class Outdated(Exception):
    """What was computed from has been replaced meanwhile."""


@dataclass(frozen=True)
class Plan:
    """The metrics chosen, the jobs of those that are read from rows, and why others of them cannot be computed."""

    calendar: Calendar
    now: datetime
    chosen: Mapping[str, Definition]
    jobs: tuple[Job, ...]
    problems: Mapping[str, list[Issue]]
    numbers: Mapping[str, int]
    known: checks.Known

    @property
    def today(self) -> date:
        return self.calendar.today(self.now)

    def survey(self) -> Survey:
        """What to ask the engine."""
        types = {
            key: {column.key: column.type for column in dataset.columns.values()}
            for key, dataset in self.known.datasets.items()
        }
        return Survey(self.jobs, types)

    def must_hold(self, metrics: Mapping[str, Metric]) -> None:
        """Outdated if a definition, its stored values or a data set is not what it was; `metrics` are held rows."""
        for job in self.jobs:
            metric = metrics.get(job.key)
            if metric is None or metric.archived_at is not None:
                raise Outdated(job.key)
            if metric.current_version_id != job.metric.current_version_id or basis_of(metric) != job.basis:
                raise Outdated(job.key)
        if current_numbers(self.numbers) != self.numbers:
            raise Outdated("data")


def plan(choose: Choose) -> Plan:
    """What there is to compute of the metrics that `choose` says yes to, as of now."""
    known = selectors.known()
    rows = Metric.objects.filter(archived_at__isnull=True, current_version__isnull=False)
    metrics = {metric.key: metric for metric in rows.select_related("current_version")}
    definitions = {key: parse(metric.current_version.definition) for key, metric in metrics.items()}
    chosen = {key: d for key, d in definitions.items() if choose(metrics[key], d)}
    found = sources({dataset for definition in chosen.values() for dataset in reads(definition, known)})
    problems = {key: problems_of(d, known, found) for key, d in chosen.items() if datasets_of(d)}
    measurable = [metrics[key] for key, found_wrong in problems.items() if not found_wrong]
    calendar, now = current_workspace().calendar, timezone.now()
    return Plan(
        calendar=calendar,
        now=now,
        chosen=chosen,
        jobs=tuple(jobs(measurable, found, calendar, calendar.today(now), known)),
        problems=problems,
        numbers={key: source.number for key, source in found.items()},
        known=known,
    )
