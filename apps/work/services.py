"""Ask for work, and do it."""

import errno
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from apps.common.leased import LostLease
from apps.kernel.issue import N_, NotHere
from apps.work.claims import Claim, WorkFailed, claim_next, give_back, park
from apps.work.models import Work
from apps.work.registry import UnknownWork, handler_of, handles
from apps.work.sweeping import sweep_finished
from apps.workspaces.scope import current_workspace
from apps.workspaces.services.waking import wake as send

__all__ = [
    "Claim",
    "LostLease",
    "UnknownWork",
    "Work",
    "WorkFailed",
    "enqueue",
    "enqueue_all",
    "handles",
    "run_due",
    "sweep_finished",
    "try_again",
    "wake",
]

log = logging.getLogger(__name__)
UNEXPECTED = N_("Something went wrong on our side. It has been reported; it is safe to try again.")
FULL = N_("There is no disk space left for this.")
NOBODY_DOES_IT = N_(
    "The worker that is running does not know this kind of work (%(kind)s). It may be an older version."
)
LONGEST_ARGS = 1000


class Asker(Protocol):
    """Who acts; `accounts.domain.roles.Actor` is one."""

    @property
    def id(self) -> UUID: ...

    def must(self, permission: str) -> None: ...


def enqueue(
    kind: str,
    *,
    subject: object,
    about: str = "",
    asked_by: UUID | None = None,
    settle: int = 0,
    **args: str | int | bool | list | None,
) -> Work:
    """Write a piece of work in the caller's transaction and, once that commits, wake a worker.

    `subject` is what it is about (an id): work of one kind on one subject is done one at a time, in the order asked.
    Asking for the same again (kind, subject and args) while the first still waits gives that first. `args` are ids
    and options, not data; `about` names the subject to people. It is left alone for `settle` seconds, so that what is
    asked for several times in a row is done once.
    Raises `UnknownWork` for a kind nobody does and `NoWorkspace` outside a workspace.
    """
    handler_of(kind)
    workspace = current_workspace()
    if len(json.dumps(args)) > LONGEST_ARGS:
        raise ValueError(f"The arguments of {kind} are data; work takes ids and options.")
    defaults = {"about": about[:200], "asked_by": asked_by}
    if settle:
        defaults["not_before"] = Now() + timedelta(seconds=settle)
    work = _waiting(kind, str(subject), args, defaults)
    transaction.on_commit(partial(wake, str(workspace.pk), settle))
    return work


def enqueue_all(kind: str, wanted: Mapping[str, dict[str, str | int | bool | list | None]]) -> None:
    """`enqueue` for many subjects at once, each with its args. Three queries, however many; five where somebody asks
    for the same at the same time."""
    handler_of(kind)
    if any(len(json.dumps(args)) > LONGEST_ARGS for args in wanted.values()):
        raise ValueError(f"The arguments of {kind} are data; work takes ids and options.")
    missing = _not_waiting(kind, wanted)
    while missing:
        rows = [Work(kind=kind, subject=subject, args=args) for subject, args in sorted(missing.items())]
        Work.objects.bulk_create(rows, ignore_conflicts=True)
        missing = _not_waiting(kind, missing)  # what somebody else wrote, and a worker took before we could lock it
    if wanted:
        transaction.on_commit(partial(wake, str(current_workspace().pk)))


def _not_waiting(kind: str, wanted: Mapping[str, dict]) -> dict[str, dict]:
    """What of this does not wait yet; what does is locked until the caller's transaction ends, as in `_waiting`."""
    rows = Work.objects.select_for_update().filter(kind=kind, status=Work.Status.QUEUED, subject__in=list(wanted))
    there = [(row.subject, row.args) for row in rows.order_by("subject", "pk")]
    return {subject: args for subject, args in wanted.items() if (subject, args) not in there}


def _waiting(kind: str, subject: str, args: dict, defaults: dict) -> Work:
    """The waiting row for this, locked until the caller's transaction ends: a worker that begins it afterwards sees
    everything this transaction wrote. A row that a worker has just begun is not joined."""
    while True:
        try:
            with transaction.atomic():
                work, _ = Work.objects.select_for_update().get_or_create(
                    kind=kind, subject=subject, args=args, status=Work.Status.QUEUED, defaults=defaults
                )
                return work
        except IntegrityError:
            continue  # somebody wrote the same row, and a worker took it before we could lock it


def wake(workspace_id: str, seconds: int = 0) -> None:
    """Send the wake-up, to arrive in some seconds. If the broker is away nothing is lost: the sweeper finds the row."""
    send("work.look", seconds, workspace=workspace_id)


def run_due(limit: int = 50) -> int:
    """Do what is due in the current workspace, one after the other; the number of pieces done or ended."""
    for count in range(limit):
        claim = claim_next()
        if claim is None:
            return count
        run(claim)
    return limit


def run(claim: Claim) -> None:
    """Do one piece of work and end its row, whatever happens."""
    try:
        try:
            handler_of(claim.work.kind)(claim)
            if claim.work.status != Work.Status.DONE:
                with claim.completing():
                    pass
        except WorkFailed as failure:
            (give_back if failure.retry else park)(claim, failure.reason, failure.params)
        except UnknownWork:
            give_back(claim, NOBODY_DOES_IT, {"kind": claim.work.kind})
    except LostLease:
        log.warning("%s was taken over by another worker.", claim.work)
    except Exception as error:
        log.exception("%s failed (attempt %s)", claim.work, claim.work.attempt)
        if connection.in_atomic_block:
            raise
        _give_back_if_possible(claim, FULL if _is_full(error) else UNEXPECTED)


def _is_full(error: BaseException | None) -> bool:
    """Whether it comes of a disk that is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


def _give_back_if_possible(claim: Claim, reason: str) -> None:
    try:
        give_back(claim, reason)
    except LostLease:
        log.warning("%s was taken over by another worker.", claim.work)
    except DatabaseError:  # the database is away: the lease runs out, and another worker begins again
        log.exception("%s could not be given back; its lease will run out", claim.work)
        connection.close()


@transaction.atomic
def try_again(*, actor: Asker, work_id: UUID) -> Work:
    """Ask again for work that was set aside, with fresh attempts. Asking twice gives the same new work."""
    actor.must("work.manage")
    parked = Work.objects.select_for_update().filter(pk=work_id, status=Work.Status.PARKED).first()
    if parked is None:
        raise NotHere(N_("There is no such work that was set aside."))
    if parked.again_id is None:
        parked.again = enqueue(
            parked.kind, subject=parked.subject, about=parked.about, asked_by=actor.id, **parked.args
        )
        parked.save(update_fields=["again"])
    return parked.again
