"""Read what people were told and how they want to be told."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from apps.kernel.issue import N_, NotHere
from apps.notifications.domain.kinds import Kind, kinds, ways
from apps.notifications.models import Choice, Notice

GONE = N_("This notice is not here any more. It may have been cleared away.")


def notices(person_id: UUID, *, unread: bool = False) -> QuerySet[Notice]:
    """What stands in somebody's list, newest first."""
    found = Notice.objects.filter(recipient_id=person_id, shown=True)
    return found.filter(read_at=None) if unread else found


def unread_count(person_id: UUID) -> int:
    """How many notices somebody has not seen. One query, answered by an index that holds only those."""
    return notices(person_id, unread=True).count()


def notice_for(person_id: UUID, notice_id: UUID) -> Notice:
    """A notice of one's own; `NotHere` for anybody else's."""
    found = Notice.objects.filter(recipient_id=person_id, pk=notice_id).first()
    if found is None:
        raise NotHere(GONE)
    return found


def told_before(keys: Iterable[str]) -> set[tuple[UUID, str]]:
    """Who has been told which of these: person and key. One query."""
    return set(Notice.objects.filter(key__in=set(keys)).exclude(key="").values_list("recipient_id", "key"))


def chosen_by(people: Iterable[UUID]) -> dict[UUID, dict[str, list[str]]]:
    """What people have chosen: by person, the ways by kind. One query."""
    found: dict[UUID, dict[str, list[str]]] = {}
    for row in Choice.objects.filter(person_id__in=set(people)):
        found.setdefault(row.person_id, {})[row.kind] = row.ways
    return found


def ways_of(person_id: UUID) -> list[tuple[Kind, frozenset[str]]]:
    """Every kind there is, with the ways in which it reaches somebody. One query."""
    chosen = chosen_by([person_id]).get(person_id, {})
    return [(kind, ways(kind, chosen)) for kind in kinds()]
