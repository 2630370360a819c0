"""Pause a source, let it go on, read all of it anew, delete it."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.kernel.issue import Refusal
from apps.sources.domain.schedule import next_run
from apps.sources.models import Pull, PullFile, Source
from apps.sources.services.clock import NOT_READY, STILL_OPEN, begin
from apps.sources.services.rows import locked, open_pull
from apps.workspaces.scope import current_workspace


@transaction.atomic
def pause_source(*, actor: Actor, source_id: UUID) -> Source:
    """Read it no more by the clock."""
    actor.must("sources.manage")
    source = locked(source_id)
    if source.status == Source.Status.ACTIVE:
        source.status, source.next_at, source.problem = Source.Status.PAUSED, None, []
        source.save(update_fields=["status", "next_at", "problem"])
        audit.record(actor=actor, act="source.paused", subject=source)
    return source


@transaction.atomic
def resume_source(*, actor: Actor, source_id: UUID, now: datetime) -> Source:
    """Read it by the clock again; its failures are forgotten."""
    actor.must("sources.manage")
    source = locked(source_id)
    if source.status == Source.Status.DRAFT:
        raise Refusal(NOT_READY, status=409)
    if source.status == Source.Status.PAUSED:
        source.status, source.failures, source.problem = Source.Status.ACTIVE, 0, []
        source.next_at = next_run(source.clock, now, ZoneInfo(current_workspace().time_zone))
        source.save(update_fields=["status", "failures", "problem", "next_at"])
        audit.record(actor=actor, act="source.resumed", subject=source)
    return source


@transaction.atomic
def read_anew(*, actor: Actor, source_id: UUID) -> Pull:
    """Forget what is known of it, and read everything once more."""
    actor.must("sources.manage")
    source = locked(source_id)
    if source.status == Source.Status.DRAFT:
        raise Refusal(NOT_READY, status=409)
    if open_pull(source.pk) is not None:
        raise Refusal(STILL_OPEN, status=409)
    audit.record(actor=actor, act="source.read_anew", subject=source, before={"mark": source.mark})
    source.mark = None
    source.save(update_fields=["mark"])
    PullFile.objects.filter(source=source).update(etag="", sha256="")
    return begin(source, why=Pull.Why.PERSON, asked_by=actor)


@transaction.atomic
def delete_source(*, actor: Actor, source_id: UUID) -> None:
    """Delete a source with its secret and history. What it has brought stays in the data."""
    actor.must("sources.manage")
    source = locked(source_id)
    audit.record(actor=actor, act="source.deleted", subject=source, before={"name": source.name, "kind": source.kind})
    source.delete()
