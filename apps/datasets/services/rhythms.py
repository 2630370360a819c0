"""When rows of a dataset are expected, said by people; and who is told that they are late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor, Role
from apps.audit import services as audit
from apps.datasets import selectors
from apps.datasets.domain import rhythm as times
from apps.datasets.models import Dataset, Health, Rhythm
from apps.datasets.services.hearing import health_changed, workdays_of
from apps.datasets.services.profiling import ask_for_profile
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.notifications.services import tell

GROUP = N_("Data")
LATE = "data.late"
KINDS = ((LATE, N_("Data I own is late"), ("app", "mail")),)
"""What people are told about data: the kinds of notices, and how each usually reaches them."""

NOT_LIKE_THIS = N_("Rows cannot be expected like this yet.")
NOBODY_SUCH = N_("Choose somebody who works here and may see data.")
IS_LATE = N_("%(dataset)s is late: rows of %(day)s or later were expected.")


@transaction.atomic
def set_rhythm(
    *, actor: Actor, dataset_id: UUID, rhythm: Mapping[str, object] | None, now: datetime, owner_id: UUID | None = None
) -> Dataset:
    """Say when rows of a dataset are expected (every, hour, time_zone, weekday, day), or (None) that none are; and who
    is told when they are late, if that is somebody else than before.

    Raises Forbidden, NotHere, or Refusal with everything that is wrong.
    """
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    if dataset is None:
        raise NotHere(N_("There is no such data."))
    wanted = rhythm_of(rhythm) if rhythm is not None else None
    issues = times.faults_of(wanted) if wanted else []
    if owner_id is not None and not may_own(owner_id):
        issues = [*issues, Issue("owner", NOBODY_SUCH)]
    if issues:
        raise Refusal(NOT_LIKE_THIS, issues=issues)
    before = _told(dataset)
    if owner_id is not None and owner_id != dataset.owner_id:
        dataset.owner_id = owner_id
        dataset.save(update_fields=["owner_id"])
    if wanted is None:
        Rhythm.objects.filter(dataset=dataset).delete()
    elif selectors.rhythm_of(dataset) != wanted:
        values = vars(wanted) | {"set_by_name": actor.name[:120], "set_at": now}
        Rhythm.objects.update_or_create(dataset=dataset, defaults=values)
    after = _told(Dataset.objects.get(pk=dataset.pk))
    if after != before:
        audit.record(actor=actor, act="dataset.rhythm_set", subject=dataset, before=before, after=after)
        watch_dataset(dataset, now)
    return dataset


def rhythm_of(said: Mapping[str, object]) -> times.Rhythm:
    """A rhythm from plain values; what is not a whole number becomes -1, which is refused."""
    return times.Rhythm(
        every=str(said.get("every") or ""),
        hour=_whole(said.get("hour")),
        time_zone=str(said.get("time_zone") or ""),
        weekday=_whole(said.get("weekday", 1)),
        day=_whole(said.get("day", 1)),
    )


def _whole(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def may_own(person_id: UUID) -> bool:
    """Whether somebody works here and may see data."""
    person = people.active_people().filter(pk=person_id).first()
    return person is not None and person.actor.may("data.view")


def _told(dataset: Dataset) -> dict[str, object]:
    found = selectors.rhythm_of(dataset)
    owner = str(dataset.owner_id) if dataset.owner_id else None
    return {"rhythm": vars(found) if found else None, "owner": owner}


def watch(now: datetime) -> None:
    """Find out which data is late, and tell its owner; have looked at what no worker has looked at. By the clock: may
    be killed anywhere and run twice, nobody is told twice."""
    for dataset in Dataset.objects.filter(archived_at=None).exclude(rhythm=None).select_related("rhythm"):
        watch_dataset(dataset, now)
    unseen = Dataset.objects.filter(archived_at=None, current_version__isnull=False, current_version__profile=None)
    for dataset in unseen:
        ask_for_profile(dataset)


@transaction.atomic
def watch_dataset(dataset: Dataset, now: datetime) -> None:
    """Say whether a dataset is late at this moment, and tell its owner if nobody has been told of it."""
    row, _made = Health.objects.select_for_update().get_or_create(dataset=dataset)
    kept = Rhythm.objects.filter(dataset=dataset).first()
    due = None
    if kept is not None:
        expected = selectors.as_rhythm(kept)
        last = Dataset.objects.filter(pk=dataset.pk).values_list("current_version__last_day", flat=True).first()
        due = times.last_due(expected, now, workdays_of(expected.time_zone))
        due = due if times.is_late(last, due) else None
    late_from, due_at = (due.first, due.at) if due else (None, None)
    if (row.late_from, row.due_at) != (late_from, due_at):
        changed = row.late_from != late_from
        row.late_from, row.due_at = late_from, due_at
        row.save(update_fields=["late_from", "due_at"])
        if changed:
            health_changed()
    if kept is not None and due is not None and due.at > kept.set_at:
        _tell(dataset, due)


def _tell(dataset: Dataset, due: times.Due) -> None:
    """The owner, or where nobody is or is left, the admins."""
    owner = dataset.owner_id
    told = [owner] if owner is not None and may_own(owner) else admins()
    tell(
        people=told,
        kind=LATE,
        message=IS_LATE,
        params={"dataset": dataset.name, "day": due.first},
        url=reverse("datasets:quality", args=[dataset.pk]),
        key=f"{LATE}:{dataset.pk}:{due.at.isoformat()}",
    )


def admins() -> list[UUID]:
    """Who keeps the company's workspace."""
    everybody = people.active_people()
    return [person.pk for person in everybody if {Role.OWNER, Role.ADMIN} & set(person.actor.roles)]
