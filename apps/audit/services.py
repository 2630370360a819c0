"""Write down what somebody did."""

from typing import Protocol
from uuid import UUID

from django.db.models import Model

from apps.audit.models import Entry


class Author(Protocol):
    """Who did it: all this room needs to know of `accounts.domain.roles.Actor`, which stands above it."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...


def record(
    *, actor: Author, act: str, subject: Model, before: object = None, after: object = None, note: str = ""
) -> Entry:
    """Write one change in the caller's transaction.

    `act` is a name from `domain.words`, `before` and `after` are plain JSON values, without secrets.
    """
    return Entry.objects.create(
        actor_id=actor.id,
        actor_name=actor.name[:120],
        act=act,
        subject_kind=subject._meta.model_name,
        subject_id=str(subject.pk),
        subject_name=str(subject)[:200],
        before=before,
        after=after,
        note=note,
    )
