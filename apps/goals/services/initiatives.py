"""Plan, change, finish and stop initiatives. Who leads a team looks after their own; who builds metrics, after all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.goals.domain.plan import Plan, issues, moves
from apps.goals.models import Initiative
from apps.goals.selectors import initiatives as selectors
from apps.goals.selectors.anchors import Anchor, anchor_for, anchor_of
from apps.goals.services.asking import ask_effects
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal
from apps.metrics import selectors as metrics
from apps.metrics.services import new_edition

CANNOT_BE_SAVED = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_("%(name)s changed this action meanwhile. Look at it, then decide again.")
ENDED_ALREADY = N_("This action has ended already. Take it up again first.")
ARCHIVED = N_("This metric is archived. Bring it back first.")
NOT_ENDED = N_("This action has not ended.")
CANNOT_MOVE = N_("It cannot be moved there from where it is now.")
NOT_YOURS = N_("This action is somebody else's. Its owner, an analyst or an administrator can change it.")
Status = Initiative.Status


def may_change(actor: Actor, owner_id: UUID | None, created_by: UUID) -> bool:
    """Whether somebody may change an initiative: who builds metrics any, who leads a team their own."""
    own = actor.may("initiatives.edit") and actor.id in (owner_id, created_by)
    return own or actor.may("initiatives.edit_all")


@transaction.atomic
def create_initiative(
    *,
    actor: Actor,
    plan: Plan,
    metric_id: UUID | None = None,
    target_id: UUID | None = None,
    key_result_id: UUID | None = None,
    owner_id: UUID | None = None,
    owner_name: str = "",
    running: bool = False,
) -> Initiative:
    """Write down what is to be done to move a metric, a target of it, or a key result: one of the three.

    What it is for says for which member it is, too. With `running` it has been started already. Raises Refusal with
    every issue at once; `where` names the field of the plan.
    """
    actor.must("initiatives.edit")
    anchor = anchor_for(actor, metric_id=metric_id, target_id=target_id, key_result_id=key_result_id)
    if anchor.metric is not None and anchor.metric.archived:
        raise Refusal(ARCHIVED)
    plan = anchor.placed(plan)
    _check(plan, anchor)
    made = Initiative.objects.create(
        metric_id=anchor.metric.id if anchor.metric else None,
        target_id=target_id,
        key_result_id=key_result_id,
        status=Status.RUNNING if running else Status.PLANNED,
        created_by=actor.id,
        created_by_name=actor.name[:120],
        changed_by_name=actor.name[:120],
        **_fields(plan, owner_id, owner_name),
    )
    made.refresh_from_db()
    _recorded(actor, "initiative.planned", made, None)
    _spread()
    return made


@transaction.atomic
def change_initiative(
    *,
    actor: Actor,
    initiative_id: UUID,
    revision: int,
    plan: Plan,
    owner_id: UUID | None = None,
    owner_name: str = "",
    running: bool = False,
) -> Initiative:
    """Change what is said of an initiative that has not ended. `revision` is the one the person saw.

    Raises Refusal with every issue at once, or with status 409 if somebody was faster or it has ended.
    """
    row = _held(actor, initiative_id, revision)
    if row.status in selectors.ENDED:
        raise Refusal(ENDED_ALREADY, status=409)
    anchor = anchor_of(row)
    plan = anchor.placed(plan)
    _check(plan, anchor)
    before = _told(row)
    for name, value in _fields(plan, owner_id, owner_name).items():
        setattr(row, name, value)
    row.status = Status.RUNNING if running else Status.PLANNED
    if _told(row) == before:
        return row
    return _written(actor, row, "initiative.changed", before)


@transaction.atomic
def finish_initiative(
    *, actor: Actor, initiative_id: UUID, revision: int, on: date | None, today: date, result: str = ""
) -> Initiative:
    """Say that it is done, since which day, and what came of it."""
    return _end(actor, initiative_id, revision, Status.DONE, on, today, result)


@transaction.atomic
def stop_initiative(
    *, actor: Actor, initiative_id: UUID, revision: int, on: date | None, today: date, reason: str
) -> Initiative:
    """Give it up, with the reason; it stays in the list of what was tried."""
    return _end(actor, initiative_id, revision, Status.STOPPED, on, today, reason)


@transaction.atomic
def reopen_initiative(*, actor: Actor, initiative_id: UUID, revision: int) -> Initiative:
    """Take up again what had ended; what was said at its end stays in the history."""
    row = _held(actor, initiative_id, revision)
    if row.status not in selectors.ENDED:
        raise Refusal(NOT_ENDED, status=409)
    if row.metric_id and metrics.metric_for(row.metric_id).archived:
        raise Refusal(ARCHIVED)
    before = _told(row)
    row.status, row.ended_on, row.result = Status.RUNNING, None, ""
    return _written(actor, row, "initiative.reopened", before)


@transaction.atomic
def move_initiative(*, actor: Actor, initiative_id: UUID, revision: int, to: str, today: date) -> Initiative:
    """Move it to where a board shows it: `planned`, `running` or `done`; to stop it takes a reason (`stop_initiative`).

    What is started before its first day begins today. Raises Refusal if it cannot be moved there from where it is.
    """
    row = _held(actor, initiative_id, revision)
    if to not in moves(status=row.status, start=row.start, on=today) or to == Status.STOPPED:
        raise Refusal(CANNOT_MOVE, status=409)
    if to == Status.DONE:
        return finish_initiative(actor=actor, initiative_id=initiative_id, revision=revision, on=today, today=today)
    if row.status in selectors.ENDED:
        return reopen_initiative(actor=actor, initiative_id=initiative_id, revision=revision)
    before = _told(row)
    row.status = to
    if to == Status.RUNNING:
        row.start = min(row.start, today)
    return _written(actor, row, "initiative.changed", before)


@dataclass(frozen=True)
class Place:
    """Where an initiative stood before it was moved, so that it can be put back."""

    status: str
    start: date
    ended_on: date | None
    result: str


def place_of(row: Initiative) -> Place:
    return Place(row.status, row.start, row.ended_on, row.result)


@transaction.atomic
def put_back(*, actor: Actor, initiative_id: UUID, revision: int, place: Place) -> Initiative:
    """Undo a move: `revision` is the one that the move made, so nothing that came after it is lost."""
    row = _held(actor, initiative_id, revision)
    before = _told(row)
    row.status, row.start, row.ended_on, row.result = place.status, place.start, place.ended_on, place.result
    return _written(actor, row, "initiative.put_back", before)


def _end(
    actor: Actor, initiative_id: UUID, revision: int, status: str, on: date | None, today: date, said: str
) -> Initiative:
    row = _held(actor, initiative_id, revision)
    if row.status in selectors.ENDED:
        raise Refusal(ENDED_ALREADY, status=409)
    found = list(_end_issues(row, status, on, today, said))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)
    before = _told(row)
    row.status, row.ended_on, row.result = status, on, said.strip()
    return _written(actor, row, f"initiative.{status}", before, row.result[:200])


def _end_issues(row: Initiative, status: str, on: date | None, today: date, said: str) -> list[Issue]:
    found = []
    if status == Status.STOPPED and not said.strip():
        found.append(Issue("result", N_("Say in a few words why it is stopped.")))
    if len(said) > 2000:
        found.append(Issue("result", N_("At most %(most)s characters."), {"most": 2000}))
    if on is None:
        found.append(Issue("on", N_("Say on which day.")))
    elif on > today:
        found.append(Issue("on", N_("This day is still to come.")))
    elif on < row.start and status == Status.DONE:
        found.append(Issue("on", N_("It has to end on or after its first day.")))
    return found


def _held(actor: Actor, initiative_id: UUID, revision: int) -> Initiative:
    """The row, locked, if the actor may change it and has seen it as it is."""
    actor.must("initiatives.edit")
    found = Initiative.objects.select_for_update(of=("self",)).select_related("key_result__objective")
    row = found.filter(pk=initiative_id).first()
    if row is None or not selectors.may_see(actor, row):
        raise NotHere(N_("There is no such action."))
    if not may_change(actor, row.owner_id, row.created_by):
        raise Forbidden(NOT_YOURS)
    if row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": row.changed_by_name}, status=409)
    return row


def _check(plan: Plan, anchor: Anchor) -> None:
    found = list(issues(plan, dimensions=anchor.dimensions))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)


def _fields(plan: Plan, owner_id: UUID | None, owner_name: str) -> dict[str, object]:
    return {
        "title": plan.title.strip(),
        "what": plan.what.strip(),
        "dimension": plan.dimension,
        "member": plan.member.strip(),
        "start": plan.start,
        "due": plan.due,
        "expected": plan.expected,
        "cost": plan.cost,
        "owner_id": owner_id,
        "owner_name": owner_name[:120],
    }


def _written(actor: Actor, row: Initiative, act: str, before: dict[str, str], note: str = "") -> Initiative:
    row.revision += 1
    row.changed_by_name, row.changed_at = actor.name[:120], Now()
    row.save()
    row.refresh_from_db()
    _recorded(actor, act, row, before, note)
    _spread()
    return row


def _recorded(actor: Actor, act: str, row: Initiative, before: dict[str, str] | None, note: str = "") -> None:
    """Record a change. Of one that is for a private objective the record, which administrators read, tells nothing."""
    private = row.is_private
    after = None if private else _told(row)
    record(
        actor=actor, act=act, subject=row, before=None if private else before, after=after, note="" if private else note
    )


def _spread() -> None:
    """Kept pages are made anew, and what came of actions is looked at again."""
    new_edition("goals")
    ask_effects()


def _told(row: Initiative) -> dict[str, str]:
    """An initiative for the record, as plain JSON."""
    return {
        "name": row.title,
        "what": row.what,
        "owner": row.owner_name,
        "from": row.start.isoformat(),
        "to": row.due.isoformat(),
        "status": row.status,
        "expected": _figure(row.expected),
        "cost": _figure(row.cost),
        "member": row.member,
        "result": row.result,
    }


def _figure(value: Decimal | None) -> str:
    return "" if value is None else f"{Decimal(value).normalize():f}"
