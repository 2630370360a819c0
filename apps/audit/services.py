"""Write down what somebody did."""

from collections.abc import Iterable
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
    made = _entry(actor, act, subject, before, after, note)
    made.save()
    return made


def record_all(*, actor: Author, act: str, subject: Model, after: Iterable[object]) -> None:
    """`record` for many changes of one kind to one subject, each with its `after`. One query for each thousand."""
    Entry.objects.bulk_create((_entry(actor, act, subject, None, each, "") for each in after), batch_size=1000)


def _entry(actor: Author, act: str, subject: Model, before: object, after: object, note: str) -> Entry:
    return Entry(
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
