"""Read cycles, and how they stand."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from apps.goals.domain import cycles as rules
from apps.goals.models import Cycle
from apps.goals.selectors.days import today
from apps.kernel.issue import N_, NotHere


def cycles() -> list[Cycle]:
    """Every cycle, the newest first. One query."""
    return list(Cycle.objects.all())


def all_cycles() -> QuerySet[Cycle]:
    """Every cycle, for whoever reads them page by page. Lazy."""
    return Cycle.objects.all()


def cycle_for(cycle_id: UUID) -> Cycle:
    """A cycle; NotHere if there is none. One query."""
    found = Cycle.objects.filter(pk=cycle_id).first()
    if found is None:
        raise NotHere(N_("There is no such OKR cycle."))
    return found


def stand_of(cycle: Cycle, on: date | None = None) -> rules.Stand:
    """How a cycle stands on a day (today). No query."""
    return rules.stand(start=cycle.start, due=cycle.due, closed=cycle.closed_at is not None, on=on or today())


def usual(every: list[Cycle], on: date | None = None) -> Cycle | None:
    """The cycle to show first: of those that run, the one that ends first, and of those the shortest (in its last
    quarter a year ends no later); else one that waits to be closed, the next one, the last one. No query."""
    day = on or today()
    by_stand: dict[rules.Stand, list[Cycle]] = {}
    for cycle in every:
        by_stand.setdefault(stand_of(cycle, day), []).append(cycle)
    if running := by_stand.get(rules.Stand.RUNNING):
        return min(running, key=lambda cycle: (cycle.due, -cycle.start.toordinal()))
    if planned := by_stand.get(rules.Stand.PLANNED):
        soonest = min(planned, key=lambda cycle: (cycle.start, cycle.due))
        if rules.Stand.OVER not in by_stand:
            return soonest
    over = by_stand.get(rules.Stand.OVER) or by_stand.get(rules.Stand.CLOSED) or []
    return max(over, key=lambda cycle: cycle.due, default=None)
