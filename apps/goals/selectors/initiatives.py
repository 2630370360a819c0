"""Read initiatives. Each function costs a fixed number of queries, said with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from apps.accounts.domain.roles import Actor
from apps.common import formats
from apps.goals.domain import plan
from apps.goals.domain.effect import Run, alongside
from apps.goals.domain.plan import Stand
from apps.goals.models import Initiative
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader, reader, visible
from apps.kernel.issue import N_, NotHere
from apps.metrics.selectors import MetricView, Use

ENDED = (Initiative.Status.DONE, Initiative.Status.STOPPED)


@dataclass(frozen=True)
class InitiativeView:
    """An initiative as it stands (`stand`) on the day it was asked for."""

    id: UUID
    metric_id: UUID | None
    target_id: UUID | None
    key_result_id: UUID | None
    dimension: str
    member: str
    title: str
    what: str
    owner_id: UUID | None
    owner_name: str
    start: date
    due: date
    status: str
    stand: Stand
    expected: Decimal | None
    cost: Decimal | None
    verdict: str
    ended_on: date | None
    result: str
    revision: int
    created_by: UUID

    @property
    def is_running(self) -> bool:
        """Whether it has been started and not ended yet, be it late or not."""
        return self.stand is Stand.RUNNING or (self.stand is Stand.LATE and self.status != Stand.PLANNED)

    @property
    def is_open(self) -> bool:
        return self.stand in plan.OPEN

    @property
    def url(self) -> str:
        return reverse("goals:detail", args=[self.id])


def initiatives_of(metric_ids: Iterable[UUID], on: date) -> dict[UUID, tuple[InitiativeView, ...]]:
    """What is planned or under way for these metrics on a day, by metric id; metrics without any are left out.

    What was done or stopped before that day is not in it. What runs comes first, then by due date. One query.
    """
    rows = open_to_all().filter(metric_id__in=list(metric_ids)).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on))
    found = defaultdict(list)
    for row in rows:
        found[row.metric_id].append(view_of(row, on))
    return {key: tuple(sorted(views, key=lambda view: not view.is_running)) for key, views in found.items()}


def every_initiative(on: date | None = None) -> list[InitiativeView]:
    """Every initiative that everybody may see, as it stands today (or `on` a day), by due date. One query."""
    day = on or today()
    return [view_of(row, day) for row in open_to_all()]


def initiatives_for(metric_id: UUID, on: date | None = None) -> list[InitiativeView]:
    """Every initiative of one metric, the ended ones too, by first day; those for private goals are not in it.

    One query.
    """
    day = on or today()
    return [view_of(row, day) for row in open_to_all().filter(metric_id=metric_id).order_by("start", "title")]


def initiatives_for_key_results(key_result_ids: Iterable[UUID], on: date | None = None) -> list[InitiativeView]:
    """Every initiative for these key results, which the reader sees, by first day. One query; none without any."""
    day, ids = on or today(), list(key_result_ids)
    rows = Initiative.objects.filter(key_result_id__in=ids).order_by("start", "title") if ids else ()
    return [view_of(row, day) for row in rows]


def open_to_all() -> QuerySet[Initiative]:
    """Every initiative but those for a key result of a private objective."""
    return Initiative.objects.exclude(key_result__objective__private=True)


def seen_by(reader: Reader) -> QuerySet[Initiative]:
    """Every initiative that somebody may know of, with its key result and objective. Lazy: one query when read."""
    found = Initiative.objects.select_related("key_result__objective")
    return found.filter(Q(key_result__isnull=True) | visible(reader, "key_result__objective__"))


def may_see(actor: Actor, row: Initiative) -> bool:
    """Whether somebody may know of an initiative; no query unless it is for a private objective of somebody else."""
    objective = row.key_result.objective if row.key_result_id else None
    return objective is None or not objective.private or reader(actor).sees(objective)


def initiative_for(actor: Actor, initiative_id: UUID) -> Initiative:
    """An initiative with its key result and objective; NotHere if there is none that they may know of. One query."""
    found = Initiative.objects.select_related("key_result__objective__cycle").filter(pk=initiative_id).first()
    if found is None or not may_see(actor, found):
        raise NotHere(N_("There is no such action."))
    return found


def at_the_same_time(row: Initiative, reader: Reader) -> list[InitiativeView]:
    """What else ran on the same metric while it did, on the same part of it or on one that holds it. One query."""
    if row.metric_id is None:
        return []
    day = today()
    own = _run(row, day)
    others = seen_by(reader).filter(metric_id=row.metric_id, start__lte=own.end).exclude(pk=row.pk)
    begun = others.exclude(status=Initiative.Status.PLANNED).order_by("start", "title")
    return [view_of(other, day) for other in begun if alongside(own, _run(other, day))]


def _run(row: Initiative, day: date) -> Run:
    return Run(row.start, row.ended_on or max(row.due, day), row.dimension, row.member)


def view_of(row: Initiative, on: date) -> InitiativeView:
    """An initiative as it stands on a day. No query."""
    names = [field for field in InitiativeView.__dataclass_fields__ if field != "stand"]
    told = {name: getattr(row, name) for name in names}
    return InitiativeView(
        stand=plan.stand(status=row.status, start=row.start, due=row.due, ended_on=row.ended_on, on=on), **told
    )


def uses_of(metric: MetricView) -> Iterator[Use]:
    """The initiatives of a metric, for whoever is about to change, archive or delete it. One query."""
    rows = list(Initiative.objects.filter(metric_id=metric.id).select_related("key_result__objective"))
    for row in rows:
        if row.status not in ENDED:
            yield _use_of(row)
    ended = [row for row in rows if row.status in ENDED]
    if ended:
        address = reverse("goals:detail", args=[ended[0].pk])
        yield Use(N_("Actions that have ended were meant to move it."), {}, address, holds=False)


def _use_of(row: Initiative) -> Use:
    told = {"title": row.title, "due": formats.day(row.due)}
    if row.key_result_id and row.key_result.objective.private:
        return Use(N_("An action for a private goal is meant to move it, until %(due)s."), told, reverse("goals:list"))
    return Use(N_("“%(title)s” is meant to move it, until %(due)s."), told, reverse("goals:detail", args=[row.pk]))
