"""Read objectives with their key results. What is private to others is never in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from apps.goals.models import Cycle, KeyResult, Milestone, Objective
from apps.goals.selectors.people import Reader, visible
from apps.kernel.issue import N_, NotHere


def seen_by(reader: Reader) -> QuerySet[Objective]:
    """Every objective that somebody may know of, dropped ones too, with its team. Lazy: one query when it is read."""
    return Objective.objects.filter(visible(reader)).select_related("team")


def with_key_results(found: QuerySet[Objective]) -> QuerySet[Objective]:
    """The same with `key_results` that are not dropped, as `live`, in their order. One query more."""
    rows = KeyResult.objects.filter(dropped_at__isnull=True).select_related("metric")
    return found.prefetch_related(Prefetch("key_results", queryset=rows, to_attr="live"))


def for_cycle(reader: Reader, cycle_id: UUID, *, search: str = "") -> QuerySet[Objective]:
    """The objectives of a cycle that are not dropped; each word of `search` is in a title, a name, or a key result."""
    found = seen_by(reader).filter(cycle_id=cycle_id, dropped_at__isnull=True)
    for word in search.split():
        held = KeyResult.objects.filter(dropped_at__isnull=True, title__icontains=word).values("objective_id")
        found = found.filter(
            Q(title__icontains=word) | Q(owner_name__icontains=word) | Q(team__name__icontains=word) | Q(pk__in=held)
        )
    return found.order_by("position", "created_at")


def for_company(reader: Reader, cycle_id: UUID, *, search: str = "") -> QuerySet[Objective]:
    """The company's own objectives of a cycle."""
    return for_cycle(reader, cycle_id, search=search).filter(level=Objective.Level.COMPANY)


def for_team(
    reader: Reader, cycle_id: UUID, team_id: UUID, *, below: bool = False, search: str = ""
) -> QuerySet[Objective]:
    """The objectives of a team in a cycle; with `below` also those of all teams under it."""
    teams = reader.below(team_id) if below else {team_id}
    return for_cycle(reader, cycle_id, search=search).filter(level=Objective.Level.TEAM, team_id__in=teams)


def for_person(reader: Reader, cycle_id: UUID, user_id: UUID, *, search: str = "") -> QuerySet[Objective]:
    """What somebody answers for in a cycle: objectives they own, of any level."""
    return for_cycle(reader, cycle_id, search=search).filter(owner_id=user_id)


def objective_for(reader: Reader, objective_id: UUID) -> Objective:
    """An objective, dropped or not, with its cycle, team and parent; NotHere if it is not theirs to see. One query."""
    found = seen_by(reader).select_related("cycle", "team", "parent").filter(pk=objective_id).first()
    if found is None:
        raise NotHere(N_("There is no such objective."))
    return found


def key_result_for(reader: Reader, key_result_id: UUID) -> KeyResult:
    """A key result with its objective and cycle; NotHere if it is not theirs to see. One query."""
    rows = KeyResult.objects.select_related("objective__cycle", "objective__team", "metric")
    found = rows.filter(visible(reader, "objective__"), pk=key_result_id).first()
    if found is None:
        raise NotHere(N_("There is no such key result."))
    return found


def key_results_of(objective: Objective) -> list[KeyResult]:
    """The key results of an objective, dropped ones last. One query."""
    rows = objective.key_results.select_related("metric")
    return sorted(rows, key=lambda row: row.dropped_at is not None)


def milestones_of(key_result_ids: Iterable[UUID]) -> dict[UUID, list[Milestone]]:
    """The steps of key results, by key result, in their order. One query."""
    found = defaultdict(list)
    for row in Milestone.objects.filter(key_result_id__in=list(key_result_ids)):
        found[row.key_result_id].append(row)
    return dict(found)


def tree(reader: Reader, cycle_id: UUID) -> dict[UUID | None, list[Objective]]:
    """The objectives of a cycle by what they are for; None: those at the top, and those whose parent is not shown.

    One query. A parent may stand in another cycle (the year of a quarter): then it is not in it, and its children are
    at the top.
    """
    rows = list(for_cycle(reader, cycle_id))
    known = {row.pk for row in rows}
    found: dict[UUID | None, list[Objective]] = defaultdict(list)
    for row in rows:
        found[row.parent_id if row.parent_id in known else None].append(row)
    return dict(found)


def of_cycle(cycle: Cycle) -> QuerySet[Objective]:
    """For services alone: every objective of a cycle that is not dropped, private ones too."""
    return Objective.objects.filter(cycle=cycle, dropped_at__isnull=True)
