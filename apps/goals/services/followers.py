"""Who is told what happens to an objective."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.goals.models import Follower, Objective
from apps.goals.selectors.objectives import objective_for
from apps.goals.selectors.people import reader
from apps.metrics.services import new_edition


@transaction.atomic
def follow(*, actor: Actor, objective_id: UUID) -> None:
    """Be told what happens to an objective; twice is once."""
    actor.must("objectives.view")
    row = objective_for(reader(actor), objective_id)
    follow_at_once(row, {actor.id})
    new_edition("goals")


@transaction.atomic
def unfollow(*, actor: Actor, objective_id: UUID) -> None:
    """Be told no more."""
    actor.must("objectives.view")
    row = objective_for(reader(actor), objective_id)
    Follower.objects.filter(objective=row, user_id=actor.id).delete()
    new_edition("goals")


def follow_at_once(objective: Objective, people: Iterable[UUID | None]) -> None:
    """Whoever sets an objective, and whose it is, are told of it until they say otherwise."""
    rows = [Follower(objective=objective, user_id=person) for person in people if person and person.int]
    Follower.objects.bulk_create(rows, ignore_conflicts=True)
