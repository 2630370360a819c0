"""Plans, their versions, who has read which, and what is known of the metrics they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import translation

from apps.accounts import selectors as accounts
from apps.incentives.domain.attainment import Direction, Reading
from apps.incentives.domain.lint import Source
from apps.incentives.domain.plan import Plan
from apps.incentives.domain.plan_text import Frame
from apps.incentives.domain.states import State
from apps.incentives.models import IncentivePlan, Participant, PlanAcknowledgement, PlanVersion, Run
from apps.kernel.issue import N_, Issue, NotHere
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView, Use
from apps.targets import selectors as targets

GRAINS = {
    IncentivePlan.Length.MONTH: Grain.MONTH,
    IncentivePlan.Length.QUARTER: Grain.QUARTER,
    IncentivePlan.Length.HALF: Grain.HALF,
    IncentivePlan.Length.YEAR: Grain.YEAR,
}
NO_PLAN = N_("There is no such pay plan.")
KEPT_FIGURES = N_(
    "Pay that is locked or paid keeps its figures (%(plans)s, %(runs)s runs); the rows behind it cannot be shown then."
)
SCALES = {
    "score": (Fraction(0), Fraction(100)),
    "nps": (Fraction(-100), Fraction(100)),
    **dict.fromkeys(("entity_share", "retention", "conversion", "repeat", "funnel"), (Fraction(0), Fraction(1))),
}
"""The ends of a metric's scale, by its kind, where it has any."""


@dataclass(frozen=True)
class PlanLine:
    """A plan in a list: the version of today (None: none is published for today), its draft, how many take part."""

    plan: IncentivePlan
    now: PlanVersion | None
    newest: PlanVersion
    draft: PlanVersion | None
    people: int


def plan_lines() -> list[PlanLine]:
    """Every plan, by name. Two queries."""
    rows = list(IncentivePlan.objects.annotate(people=Count("participants")).order_by("name"))
    versions: dict[UUID, list[PlanVersion]] = {}
    for version in PlanVersion.objects.defer("document", "golden", "text_en", "text_zh").order_by("-number"):
        versions.setdefault(version.plan_id, []).append(version)
    today = accounts.today()
    return [
        PlanLine(
            plan,
            next((each for each in versions[plan.pk] if holds_on(each, today)), None),
            versions[plan.pk][0],
            next((each for each in versions[plan.pk] if each.status in OPEN), None),
            plan.people,
        )
        for plan in rows
        if plan.pk in versions
    ]


OPEN = (PlanVersion.Status.DRAFT, PlanVersion.Status.PROPOSED)
PUBLISHED = (PlanVersion.Status.PUBLISHED, PlanVersion.Status.ENDED)


def holds_on(version: PlanVersion, day: date) -> bool:
    """Whether a version is published and holds on a day."""
    begun = version.status in PUBLISHED and version.effective_from <= day
    return begun and (version.effective_until is None or day <= version.effective_until)


def plan_for(key: str) -> IncentivePlan:
    """A plan by its key; NotHere. One query."""
    found = IncentivePlan.objects.filter(key=key).first()
    if found is None:
        raise NotHere(NO_PLAN)
    return found


def versions_of(plan: IncentivePlan) -> list[PlanVersion]:
    """All versions of a plan, the newest first. One query."""
    return list(PlanVersion.objects.filter(plan=plan).select_related("plan").order_by("-number"))


def version_for(key: str, number: int) -> PlanVersion:
    """One version; NotHere. One query."""
    found = PlanVersion.objects.select_related("plan").filter(plan__key=key, number=number).first()
    if found is None:
        raise NotHere(NO_PLAN)
    return found


def draft_for(key: str) -> PlanVersion:
    """A plan's version that is not published yet; NotHere. One query."""
    found = PlanVersion.objects.select_related("plan").filter(plan__key=key, status__in=OPEN).first()
    if found is None:
        raise NotHere(N_("This plan has no draft. Begin a new version."))
    return found


def published_before(version: PlanVersion) -> PlanVersion | None:
    """The version that was published last before this one. One query."""
    rows = PlanVersion.objects.filter(plan_id=version.plan_id, status__in=PUBLISHED, number__lt=version.number)
    return rows.select_related("plan").order_by("-number").first()


def frame_of(version: PlanVersion) -> Frame:
    """What stands beside a version's document."""
    return Frame(
        version.effective_from, version.effective_until, version.plan.period, version.approval_steps,
        version.dispute_days, version.lead_sees_team, version.show_estimate,
    )  # fmt: skip


# --- metrics ---------------------------------------------------------------------------------------------------------


def metrics_of(plan: Plan) -> set[str]:
    """The keys of all metrics a plan reads."""
    keys = {each.metric for each in plan.components} | {each.condition.metric for each in plan.gates}
    keys |= {each.metric for each in plan.multipliers}
    keys |= {each.condition.metric for each in plan.multipliers if each.condition is not None}
    return (keys | {plan.target_metric, plan.pool.metric}) - {""}


def kept_figures(dataset: Any) -> Iterable[Issue]:
    """What rows of a data set that go do to pay: what is locked or paid keeps its figures. Five queries at most."""
    built = {view.key for view in metrics.built_on(dataset.key)}
    runs = Run.objects.filter(state__in=[State.LOCKED, State.PAID]).select_related("plan", "version")
    kept = [run for run in runs if built & metrics_of(run.version.terms)]
    if kept:
        plans = ", ".join(sorted({run.plan.name for run in kept}))
        yield Issue("", KEPT_FIGURES, {"runs": len(kept), "plans": plans}, blocking=False)


def metric_names(language: str) -> dict[str, str]:
    """What every metric is called in a language, by key. One query."""
    with translation.override(language):
        return {view.key: view.name for view in metrics.metrics(archived=True)}


def sources(keys: Iterable[str], length: str) -> dict[str, Source]:
    """What `domain.lint` asks of metrics: direction, scale, whether there is data, committed targets.

    Three queries, and one for each grain of period.
    """
    wanted = set(keys)
    views = {view.key: view for view in metrics.metrics() if view.key in wanted}
    readings = _targets(views, GRAINS[IncentivePlan.Length(length)])
    known = _with_data(views, GRAINS[IncentivePlan.Length(length)])
    return {key: _source(view, tuple(readings.get(view.id, ())), key in known) for key, view in views.items()}


def _source(view: MetricView, readings: tuple[Reading, ...], has_data: bool) -> Source:
    lowest, highest = SCALES.get(view.kind, (None, None))
    better = {"up": Direction.HIGHER, "down": Direction.LOWER}.get(view.direction)
    return Source(better, lowest, highest, has_data, readings)


def _with_data(views: Mapping[str, MetricView], grain: Grain) -> set[str]:
    by_grain: dict[Grain, list[MetricView]] = {}
    for view in views.values():
        by_grain.setdefault(grain if grain in view.grains else view.grains[0], []).append(view)
    found = set()
    for each, some in by_grain.items():
        for series in metrics.series_of([view.id for view in some], each, last=4).values():
            if any(point.value is not None for point in series.points):
                found.add(series.metric.key)
    return found


def _targets(views: Mapping[str, MetricView], grain: Grain) -> dict[UUID, list[Reading]]:
    ids = [view.id for view in views.values()]
    found: dict[UUID, list[Reading]] = {}
    for row in targets.in_force(teams=True).filter(metric_id__in=ids, grain=str(grain), dimension=""):
        figures = {"target": row.goal, "start": row.baseline, "low": row.low, "high": row.high}
        figures["tolerance"] = row.tolerance
        told = {name: None if value is None else Fraction(value) for name, value in figures.items()}
        reading = Reading(**told)
        if reading not in found.setdefault(row.metric_id, []):
            found[row.metric_id].append(reading)
    return found


def newest_readings(keys: Iterable[str], length: str) -> dict[str, Reading]:
    """For the worked example: the newest value of each metric over a period of the plan, with the committed target."""
    wanted = set(keys)
    grain = GRAINS[IncentivePlan.Length(length)]
    views = {view.key: view for view in metrics.metrics() if view.key in wanted}
    goals = _targets(views, grain)
    found = {}
    for series in metrics.series_of([view.id for view in views.values()], grain, last=4).values():
        values = [point.value for point in series.points if point.value is not None]
        reading = next(iter(goals.get(series.metric.id, ())), Reading())
        if values:
            reading = replace(reading, actual=Fraction(values[-1]))
        found[series.metric.key] = reading
    return found


def uses_of(metric: MetricView) -> Iterable[Use]:
    """The plans that read a metric, for whoever is about to change or archive it. One query."""
    rows = PlanVersion.objects.filter(~Q(status=PlanVersion.Status.ENDED), document__contains=f'"{metric.key}"')
    for row in rows.select_related("plan"):
        if metric.key in metrics_of(row.terms):
            yield Use(N_("The pay plan “%(plan)s” reads it."), {"plan": row.plan.name})


# --- who has read it -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """Somebody a version is for: when they acknowledged it, None if they have not."""

    person_id: UUID
    name: str
    acknowledged: PlanAcknowledgement | None


def readers_of(version: PlanVersion) -> list[Reader]:
    """Everybody with an account who takes part, those who have not acknowledged first. Two queries."""
    signed = {each.person_id: each for each in PlanAcknowledgement.objects.filter(version=version)}
    people = participants_on(version).exclude(person_id=None).order_by("name")
    rows = [Reader(each.person_id, each.name, signed.get(each.person_id)) for each in people]
    return sorted(rows, key=lambda row: row.acknowledged is not None)


def participants_on(version: PlanVersion) -> QuerySet[Participant]:
    """Who takes part on any day that a version holds."""
    rows = Participant.objects.filter(plan_id=version.plan_id)
    rows = rows.filter(Q(left_on__isnull=True) | Q(left_on__gte=version.effective_from))
    held = Q(assignments__last__isnull=True) | Q(assignments__last__gte=version.effective_from)
    if version.effective_until is not None:
        held &= Q(assignments__first__lte=version.effective_until)
    return rows.filter(Q(assignments__isnull=True) | held).distinct()


@dataclass(frozen=True)
class Mine:
    """A published version somebody takes part in, and when they acknowledged it."""

    version: PlanVersion
    acknowledged: PlanAcknowledgement | None


def mine(person_id: UUID) -> list[Mine]:
    """The published versions of the plans somebody takes part in, the newest first. Two queries."""
    plans = Participant.objects.filter(person_id=person_id).values("plan_id")
    rows = PlanVersion.objects.filter(plan_id__in=plans, status__in=PUBLISHED).select_related("plan").defer("golden")
    signed = {each.version_id: each for each in PlanAcknowledgement.objects.filter(person_id=person_id)}
    return [Mine(row, signed.get(row.pk)) for row in rows.order_by("-effective_from", "plan__name")]


def mine_for(person_id: UUID, key: str, number: int) -> Mine:
    """One of them; NotHere for everybody it is not for."""
    for each in mine(person_id):
        if (each.version.plan.key, each.version.number) == (key, number):
            return each
    raise NotHere(NO_PLAN)
