"""Who acts in pay, for workers that act for somebody; and the note that somebody looked at another person's pay."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import PERMISSIONS, Actor
from apps.incentives.models import Look, Participant, Run


def actor_of(person_id: UUID) -> Actor | None:
    """The person a worker acts for, with the roles they have now; None if they were deactivated."""
    found = accounts.person_for(person_id)
    return found.actor if found is not None and found.is_active else None


def people_who(permission: str) -> list[UUID]:
    """Everybody active who may do something, by their roles of now. One query."""
    return [person.pk for person in accounts.active_people() if PERMISSIONS[permission] & set(person.roles)]


def log_look(*, actor: Actor, participants: Iterable[Participant], where: str, run: Run | None = None) -> None:
    """Write down that somebody looked at the pay of others; what is one's own is no look. One query.

    `where`: calculation, statement, people, file, api. Pages that show an amount of a person call this with everybody
    whose amount they show, in the transaction of the answer.
    """
    Look.objects.bulk_create(
        [
            Look(participant_id=each.pk, run=run, where=where, by=actor.id, by_name=actor.name[:120])
            for each in participants
            if each.person_id != actor.id
        ],
        batch_size=1000,
    )
