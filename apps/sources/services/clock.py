"""Begin readings: when it is time, or when somebody asks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.kernel.issue import N_, Refusal
from apps.sources.domain.schedule import next_run
from apps.sources.models import Pull, Source
from apps.sources.services.rows import locked, open_pull
from apps.work.services import enqueue
from apps.workspaces.scope import current_workspace

STILL_OPEN = N_("The last reading is not at its end yet. Wait for it, or see to the file that it brought.")
NOT_READY = N_("Set the source up to its end first.")


def begin(source: Source, *, why: str, asked_by: Actor | None = None) -> Pull:
    """Write a reading of a source that is locked and has none open, and the work to do it."""
    pull = Pull(source=source, why=why, mark_before=source.mark, asked_by_name=asked_by.name[:120] if asked_by else "")
    pull.work = enqueue(
        "sources.pull", subject=source.pk, about=source.name, asked_by=asked_by.id if asked_by else None,
        pull=str(pull.pk),
    )  # fmt: skip
    pull.save(force_insert=True)
    return pull


@transaction.atomic
def run_now(*, actor: Actor, source_id: UUID) -> Pull:
    """Read a source now, whatever its schedule says, also while it is paused."""
    actor.must("sources.manage")
    source = locked(source_id)
    if source.status == Source.Status.DRAFT:
        raise Refusal(NOT_READY, status=409)
    if open_pull(source.pk) is not None:
        raise Refusal(STILL_OPEN, status=409)
    audit.record(actor=actor, act="source.run_asked", subject=source)
    return begin(source, why=Pull.Why.PERSON, asked_by=actor)


@transaction.atomic
def start_due(now: datetime) -> int:
    """Begin the readings whose time has come; how many. Twice at once begins each once.

    A source whose last reading is not at its end is passed over until its next time.
    """
    zone = ZoneInfo(current_workspace().time_zone)
    due = Source.objects.select_for_update(skip_locked=True, of=("self",)).filter(status="active", next_at__lte=now)
    started = 0
    for source in due.order_by("next_at", "pk"):
        source.next_at = next_run(source.clock, now, zone)
        source.save(update_fields=["next_at"])
        if open_pull(source.pk) is None:
            begin(source, why=Pull.Why.AGAIN if source.failures else Pull.Why.CLOCK)
            started += 1
    return started
