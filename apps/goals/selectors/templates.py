"""Read templates of cycles, and what of a cycle can be part of one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.goals.domain.templates import LEVELS
from apps.goals.models import Cycle, CycleTemplate, Objective
from apps.kernel.issue import N_, NotHere


def templates() -> list[CycleTemplate]:
    """Every template by name. One query."""
    return list(CycleTemplate.objects.all())


def all_templates() -> QuerySet[CycleTemplate]:
    """Every template, for whoever reads them page by page. Lazy."""
    return CycleTemplate.objects.all()


def template_for(template_id: UUID) -> CycleTemplate:
    """A template; NotHere if there is none. One query."""
    found = CycleTemplate.objects.filter(pk=template_id).first()
    if found is None:
        raise NotHere(N_("There is no such template."))
    return found


def for_template(cycle: Cycle) -> QuerySet[Objective]:
    """What a template of this cycle can hold: objectives of the company and of teams that were not dropped. Lazy."""
    rows = Objective.objects.filter(cycle=cycle, dropped_at__isnull=True, private=False, level__in=LEVELS)
    return rows.select_related("team").order_by("level", "team__name", "position", "created_at")
