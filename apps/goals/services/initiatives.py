"""Plan, change, finish and stop initiatives. Who leads a team looks after their own; who builds metrics, after all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.goals.domain.plan import Plan, issues
from apps.goals.models import Initiative
from apps.goals.selectors import initiatives as selectors
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal
from apps.metrics import selectors as metrics
from apps.metrics.services import new_edition

CANNOT_BE_SAVED = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_("%(name)s changed this action meanwhile. Look at it, then decide again.")
ENDED_ALREADY = N_("This action has ended already. Take it up again first.")
ARCHIVED = N_("This metric is archived. Bring it back first.")
NOT_ENDED = N_("This action has not ended.")
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
    metric_id: UUID,
    plan: Plan,
    owner_id: UUID | None = None,
    owner_name: str = "",
    running: bool = False,
) -> Initiative:
    """Write down what is to be done to move a metric, or, with `running`, what has been started already.

    Raises Refusal with every issue at once; `where` names the field of the plan.
    """
    actor.must("initiatives.edit")
    metric = metrics.metric_for(metric_id)
    if metric.archived:
        raise Refusal(ARCHIVED)
    _check(plan, metric)
    made = Initiative.objects.create(
        metric_id=metric.id,
        status=Status.RUNNING if running else Status.PLANNED,
        created_by=actor.id,
        created_by_name=actor.name[:120],
        changed_by_name=actor.name[:120],
        **_fields(plan, owner_id, owner_name),
    )
    made.refresh_from_db()
    record(actor=actor, act="initiative.planned", subject=made, after=_told(made))
    new_edition("goals")
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
    _check(plan, metrics.metric_for(row.metric_id))
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
    if metrics.metric_for(row.metric_id).archived:
        raise Refusal(ARCHIVED)
    before = _told(row)
    row.status, row.ended_on, row.result = Status.RUNNING, None, ""
    return _written(actor, row, "initiative.reopened", before)


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
    row = Initiative.objects.select_for_update().filter(pk=initiative_id).first()
    if row is None:
        raise NotHere(N_("There is no such action."))
    if not may_change(actor, row.owner_id, row.created_by):
        raise Forbidden(NOT_YOURS)
    if row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": row.changed_by_name}, status=409)
    return row


def _check(plan: Plan, metric: metrics.MetricView) -> None:
    found = list(issues(plan, dimensions=metric.dimensions))
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
        "owner_id": owner_id,
        "owner_name": owner_name[:120],
    }


def _written(actor: Actor, row: Initiative, act: str, before: dict[str, str], note: str = "") -> Initiative:
    row.revision += 1
    row.changed_by_name, row.changed_at = actor.name[:120], Now()
    row.save()
    row.refresh_from_db()
    record(actor=actor, act=act, subject=row, before=before, after=_told(row), note=note)
    new_edition("goals")
    return row


def _told(row: Initiative) -> dict[str, str]:
    """An initiative for the record, as plain JSON."""
    expected = row.expected
    return {
        "name": row.title,
        "what": row.what,
        "owner": row.owner_name,
        "from": row.start.isoformat(),
        "to": row.due.isoformat(),
        "status": row.status,
        "expected": "" if expected is None else f"{Decimal(expected).normalize():f}",
        "member": row.member,
        "result": row.result,
    }
