"""Hold what is about to be changed: as it is now, if the person may change it and has seen it so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.goals.models import Cycle, CycleTemplate, KeyResult, Objective
from apps.goals.selectors.people import Reader, reader
from apps.kernel.issue import N_, Forbidden, NotHere, Refusal
from apps.metrics.services import new_edition

CANNOT_BE_SAVED = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_(
    "%(name)s changed this meanwhile. What you typed is still here: look at theirs, then save again."
)
CYCLE_CLOSED = N_(
    "“%(cycle)s” was closed by %(name)s: its values are frozen. What you typed is still here. Whoever looks after OKR "
    "cycles can reopen it."
)
NOT_YOURS = N_("This objective is somebody else's. Its owner, the lead of its team or an administrator can change it.")
DROPPED = N_("This objective was dropped. Take it up again first.")


def hold_cycle(cycle_id: UUID, *, open_only: bool = True) -> Cycle:
    """A cycle, locked; Refusal with status 409 if it is closed."""
    cycle = Cycle.objects.select_for_update().filter(pk=cycle_id).first()
    if cycle is None:
        raise NotHere(N_("There is no such OKR cycle."))
    if open_only:
        must_be_open(cycle)
    return cycle


def must_be_open(cycle: Cycle) -> None:
    """Refusal with status 409 if a cycle is closed."""
    if cycle.closed_at is not None:
        raise Refusal(CYCLE_CLOSED, {"cycle": cycle.name, "name": cycle.closed_by_name}, status=409)


def hold_objective(
    actor: Actor,
    objective_id: UUID,
    revision: int | None = None,
    *,
    dropped: bool = False,
    closing: bool = False,
) -> tuple[Objective, Reader]:
    """An objective, locked, if the actor may change it (`closing`: may say what it was worth); with `revision` also
    only if they have seen it as it is.

    Its cycle is locked before it: it stays open until the transaction ends, and no two writers wait for each other.
    """
    actor.must("objectives.edit")
    looking = reader(actor)
    cycle = _cycle_of(objective_id)
    row = Objective.objects.select_for_update(of=("self",)).select_related("cycle").filter(pk=objective_id).first()
    if row is None or not looking.sees(row):
        raise NotHere(N_("There is no such objective."))
    if not (looking.may_close(row) if closing else looking.may_change(row)):
        raise Forbidden(NOT_YOURS)
    if cycle is not None:
        must_be_open(cycle)
    if revision is not None and row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": row.changed_by_name}, status=409)
    if row.dropped_at is not None and not dropped:
        raise Refusal(DROPPED, status=409)
    return row, looking


def hold_key_result(actor: Actor, key_result_id: UUID) -> KeyResult:
    """A key result whose value the actor may say, with its objective locked; its cycle is open, and neither dropped."""
    actor.must("checkins.write")
    looking = reader(actor)
    found = KeyResult.objects.filter(pk=key_result_id).values_list("objective_id", flat=True).first()
    cycle = _cycle_of(found)
    objective = Objective.objects.select_for_update(of=("self",)).filter(pk=found).first() if found else None
    if objective is None or not looking.sees(objective):
        raise NotHere(N_("There is no such key result."))
    row = KeyResult.objects.select_related("objective__cycle", "objective__team", "metric").get(pk=key_result_id)
    if not looking.may_check_in(row):
        raise Forbidden(NOT_YOURS)
    if cycle is not None:
        must_be_open(cycle)
    if row.dropped_at is not None or row.objective.dropped_at is not None:
        raise Refusal(N_("This key result was dropped. Take it up again first."), status=409)
    return row


def _cycle_of(objective_id: UUID | None) -> Cycle | None:
    """The cycle of an objective, locked; an objective never changes its cycle."""
    found = Objective.objects.filter(pk=objective_id).values_list("cycle_id", flat=True).first()
    return Cycle.objects.select_for_update().get(pk=found) if found else None


def touched(actor: Actor, row: Objective | Cycle | CycleTemplate) -> None:
    """Count a change that a person made, and save it."""
    row.revision += 1
    row.changed_by_name, row.changed_at = actor.name[:120], Now()
    row.save()
    row.refresh_from_db()


def told_of(
    actor: Actor,
    act: str,
    subject: Objective | Cycle | CycleTemplate,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    note: str = "",
) -> None:
    """Record a change. Of a private objective the record, which administrators read, tells nothing but that.

    Of one that opens it tells nothing of what was said before."""
    private = isinstance(subject, Objective) and subject.private
    hides = private or (isinstance(subject, Objective) and subject.was_private)
    record(
        actor=actor,
        act=act,
        subject=subject,
        before=None if hides or before is None else dict(before),
        after=None if private or after is None else dict(after),
        note="" if private else note[:500],
    )
    new_edition("goals")


def moment(now: datetime) -> datetime:
    """The moment of an act, which comes in from outside, and carries a zone."""
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    return now
