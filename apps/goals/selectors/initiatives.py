"""Read initiatives. Each function costs a fixed number of queries, said with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.common import formats
from apps.goals.domain import plan
from apps.goals.domain.plan import Stand
from apps.goals.models import Initiative
from apps.kernel.issue import N_, NotHere
from apps.metrics.selectors import MetricView, Use
from apps.workspaces.scope import current_workspace

ENDED = (Initiative.Status.DONE, Initiative.Status.STOPPED)


@dataclass(frozen=True)
class InitiativeView:
    """An initiative as it stands (`stand`) on the day it was asked for."""

    id: UUID
    metric_id: UUID
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


def today() -> date:
    """Today in the company's time zone. No query."""
    return current_workspace().calendar.today(timezone.now())


def initiatives_of(metric_ids: Iterable[UUID], on: date) -> dict[UUID, tuple[InitiativeView, ...]]:
    """What is planned or under way for these metrics on a day, by metric id; metrics without any are left out.

    What was done or stopped before that day is not in it. What runs comes first, then by due date. One query.
    """
    rows = Initiative.objects.filter(metric_id__in=list(metric_ids)).filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on)
    )
    found = defaultdict(list)
    for row in rows:
        found[row.metric_id].append(view_of(row, on))
    return {key: tuple(sorted(views, key=lambda view: not view.is_running)) for key, views in found.items()}


def every_initiative(on: date | None = None) -> list[InitiativeView]:
    """Every initiative there is or was, as it stands today (or `on` a day), by due date. One query."""
    day = on or today()
    return [view_of(row, day) for row in Initiative.objects.all()]


def initiatives_for(metric_id: UUID, on: date | None = None) -> list[InitiativeView]:
    """Every initiative of one metric, the ended ones too, by first day. One query."""
    day = on or today()
    return [view_of(row, day) for row in Initiative.objects.filter(metric_id=metric_id).order_by("start", "title")]


def initiative_by_id(initiative_id: UUID) -> Initiative:
    """An initiative; NotHere if there is none. One query."""
    found = Initiative.objects.filter(pk=initiative_id).first()
    if found is None:
        raise NotHere(N_("There is no such action."))
    return found


def view_of(row: Initiative, on: date) -> InitiativeView:
    """An initiative as it stands on a day. No query."""
    names = [field for field in InitiativeView.__dataclass_fields__ if field != "stand"]
    told = {name: getattr(row, name) for name in names}
    return InitiativeView(
        stand=plan.stand(status=row.status, start=row.start, due=row.due, ended_on=row.ended_on, on=on), **told
    )


def uses_of(metric: MetricView) -> Iterator[Use]:
    """The initiatives of a metric, for whoever is about to change, archive or delete it. One query."""
    rows = list(Initiative.objects.filter(metric_id=metric.id))
    for row in rows:
        if row.status not in ENDED:
            told = {"title": row.title, "due": formats.day(row.due)}
            yield Use(
                N_("“%(title)s” is meant to move it, until %(due)s."), told, reverse("goals:detail", args=[row.pk])
            )
    ended = [row for row in rows if row.status in ENDED]
    if ended:
        address = reverse("goals:detail", args=[ended[0].pk])
        yield Use(N_("Actions that have ended were meant to move it."), {}, address, holds=False)
