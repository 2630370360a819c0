"""Write what a computation found: values from rows, typed values, then the formulas above them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain
from apps.metrics.domain import filling, values
from apps.metrics.domain.definition import (
    Definition,
    ManualDefinition,
    built_in_of,
    is_derived,
    parse,
    stored_dimensions,
)
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import Place
from apps.metrics.domain.values import Cell, Measurement
from apps.metrics.models import ComputeRun, ManualValue, Metric, MetricValue
from apps.metrics.selectors.eras import scores_in_time
from apps.metrics.services.formulas import Formulas
from apps.metrics.services.freshness import figures_are_new
from apps.metrics.services.jobs import CALENDAR, Job, said
from apps.metrics.services.locks import hold_metrics
from apps.metrics.services.measure import Where
from apps.metrics.services.planning import Plan
from apps.metrics.services.warning import warn_anew
from apps.metrics.services.writing import Pen, PeriodKey, Written, place_of, replace_cells
from apps.workspaces.scope import current_workspace

DATA_CHANGED = N_("The data changed: %(versions)s.")
TYPED_ANEW = N_("%(name)s typed another value.")
TOO_MANY_MEMBERS = N_("“%(column)s” has more than %(most)s members, so the metric is not split by it.")

Found = Mapping[Where, filling.Findings]


def update(plan: Plan, found: Found, run: ComputeRun) -> None:
    """Write everything in the caller's transaction, and how the run ended. Outdated if the plan no longer holds."""
    metrics = {key: m for key, m in hold_metrics().items() if m.archived_at is None and m.current_version}
    plan.must_hold(metrics)
    pen = Pen(run, plan.calendar, plan.now)
    written: dict[str, Written] = {}
    for job in plan.jobs:
        written[job.key] = _write_job(pen, job, metrics[job.key], found)
    for key, definition in plan.chosen.items():
        if isinstance(definition, ManualDefinition) and key in metrics:
            written[key] = _write_typed(pen, metrics[key], definition, plan.today)
    written |= _write_formulas(pen, plan, metrics, written)
    for key, problems in plan.problems.items():
        if problems and key in metrics:
            _keep_problems(metrics[key], problems)
    run.status, run.finished_at = ComputeRun.Status.DONE, timezone.now()
    run.values_written = sum(part.count for part in written.values())
    run.dataset_versions = sorted({source.version_id for job in plan.jobs for source in job.sources.values()})
    run.save()
    warn_anew()
    if run.values_written:
        figures_are_new()


# --- from rows --------------------------------------------------------------------------------------------------------


def _write_job(pen: Pen, job: Job, metric: Metric, found: Found) -> Written:
    crowded = _crowded(job, metric, found)
    new: dict[Place, Cell] = {}
    for grain in job.definition.grains:
        periods = job.periods(grain)
        for dimension in stored_dimensions(job.definition):
            findings = found.get((job.key, grain.value, dimension))
            if findings is not None and dimension not in crowded:
                new.update(filling.cells(job.definition, job.frame, periods, dimension, findings))
    old = list(_old(job, metric, crowded))
    for row in old:
        if not job.full and row.dimension not in crowded and not _reaches(job, row):
            new[place_of(row)] = _judged_again(job, row)
    reason = Reason(DATA_CHANGED, {"versions": _versions(job)})
    versions = [source.version_id for source in job.sources.values()]
    written = replace_cells(pen, metric, old, new, cause=lambda place: reason, dataset_versions=versions)
    _note(metric, pen.now, job.computed_from, [_too_many(dimension) for dimension in sorted(crowded)])
    return written


def _old(job: Job, metric: Metric, crowded: set[str]) -> list[MetricValue]:
    """The stored values to replace: all; or those the changed rows reach, and those whose state may have changed."""
    rows = MetricValue.objects.filter(metric=metric)
    if job.full:
        return list(rows)
    wanted = Q(state__in=values.UNSETTLED) | Q(dimension__in=crowded)
    for grain in job.definition.grains:
        reached = job.reached(grain)
        if reached is not None:
            wanted |= Q(grain=grain, period_start__gte=reached[0], period_start__lte=reached[1])
    return list(rows.filter(wanted))


def _reaches(job: Job, row: MetricValue) -> bool:
    reached = job.reached(Grain(row.grain))
    return reached is not None and reached[0] <= row.period_start <= reached[1]


def _judged_again(job: Job, row: MetricValue) -> Cell:
    """The same figures; only what they may be called can have changed, with the day or with what the data covers."""
    part = row.member if row.dimension and row.dimension == built_in_of(job.definition) else ""
    verdict = job.frame.judge(job.frame.calendar.period_of(row.period_start, Grain(row.grain)), part)
    return values.measured(verdict, Measurement(row.numerator, row.denominator, row.n))


def _crowded(job: Job, metric: Metric, found: Found) -> set[str]:
    """Dimensions with too many members. Once crowded they stay so until everything is computed anew."""
    return {dimension for dimension in job.definition.split_names if _is_crowded(job, metric, dimension, found)}


def _is_crowded(job: Job, metric: Metric, dimension: str, found: Found) -> bool:
    if not job.full and any(problem["where"] == f"dimensions.{dimension}" for problem in metric.problem):
        return True
    parts = [found.get((job.key, grain.value, dimension)) for grain in job.definition.grains]
    if any(part.crowded for part in parts if part):
        return True
    members = {member for part in parts if part for alive in part.alive.values() for member in alive}
    if not job.full:
        stored = MetricValue.objects.filter(metric=metric, dimension=dimension).order_by()
        members |= set(stored.values_list("member", flat=True).distinct())
    return len(members) > filling.MOST_MEMBERS


def _too_many(dimension: str) -> Issue:
    filled = {"column": dimension, "most": filling.MOST_MEMBERS}
    return Issue(f"dimensions.{dimension}", TOO_MANY_MEMBERS, filled, blocking=False)


def _versions(job: Job) -> str:
    """The data sets that are new since the last computation, with their version numbers."""
    before = job.basis[1]
    fresh = [source for key, source in job.sources.items() if before.get(key) != source.number]
    return ", ".join(f"{source.name} v{source.number}" for source in fresh or job.sources.values())


# --- typed ------------------------------------------------------------------------------------------------------------


def _write_typed(pen: Pen, metric: Metric, definition: ManualDefinition, today: date) -> Written:
    rows = ManualValue.objects.filter(metric=metric, grain__in=definition.grains).order_by("typed_at", "pk")
    newest = {Place(row.grain, row.period_start, row.dimension, row.member): row for row in rows}
    new = {}
    for place, row in newest.items():
        if row.value is not None and (not place.dimension or place.dimension in definition.dimensions):
            period = pen.calendar.period_of(place.start, Grain(place.grain))
            if period.start == place.start:  # else typed for a period of an earlier calendar
                state = values.OPEN if today < period.end else values.FINAL
                new[place] = Cell(None, None, row.value, 1, state)

    def cause(place: Place) -> Reason:
        return Reason(TYPED_ANEW, {"name": newest[place].typed_by_name if place in newest else ""})

    old = MetricValue.objects.filter(metric=metric)
    written = replace_cells(pen, metric, old, new, cause=cause)
    _note(metric, pen.now, {CALENDAR: said(pen.calendar)}, [])
    return written


# --- formulas ---------------------------------------------------------------------------------------------------------


def _write_formulas(
    pen: Pen, plan: Plan, metrics: Mapping[str, Metric], written: Mapping[str, Written]
) -> dict[str, Written]:
    """Every formula above what was written, and those that were never computed as they are defined now."""
    definitions = _in_time(metrics)
    anew = {key for key, d in definitions.items() if is_derived(d) and _is_new(pen, metrics[key])}
    changed: dict[str, frozenset[PeriodKey]] = {key: part.periods for key, part in written.items() if part.periods}
    formulas = Formulas(pen, metrics, definitions, current_workspace().language, plan.today)
    done = formulas.write(changed, anew)
    for key, part in done.items():
        if part.count or key in anew:
            _note(metrics[key], pen.now, {CALENDAR: said(pen.calendar)}, [])
    return done


def _in_time(metrics: Mapping[str, Metric]) -> dict[str, Definition]:
    """Definitions by key; a score that changed knows which of its versions holds for which period."""
    current = {m.pk: (parse(m.current_version.definition), m.current_version.number) for m in metrics.values()}
    dated = scores_in_time(current)
    return {key: dated[m.pk] for key, m in metrics.items()}


def _is_new(pen: Pen, metric: Metric) -> bool:
    return metric.computed_version_id != metric.current_version_id or metric.computed_from.get(CALENDAR) != said(
        pen.calendar
    )


# --- what a metric says of itself -------------------------------------------------------------------------------------


def _note(metric: Metric, now: datetime, computed_from: dict, problems: list[Issue]) -> None:
    metric.computed_version_id = metric.current_version_id
    metric.computed_from = computed_from
    metric.computed_at = now
    metric.problem = [_said(problem) for problem in problems]
    metric.save(update_fields=["computed_version", "computed_from", "computed_at", "problem"])


def _keep_problems(metric: Metric, problems: list[Issue]) -> None:
    """Its values stay as they are: they were right for the data and the definition they name."""
    metric.problem = [_said(problem) for problem in problems]
    metric.save(update_fields=["problem"])


def _said(issue: Issue) -> dict[str, object]:
    params = {key: str(value) for key, value in issue.params.items()}
    return {"where": issue.where, "message": issue.message, "params": params, "blocking": issue.blocking}
