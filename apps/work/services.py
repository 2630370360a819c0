"""Ask for work, and do it."""

import logging
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from apps.common.leased import LostLease
from apps.kernel.issue import N_
from apps.work.claims import Claim, WorkFailed, claim_next, give_back, park_claimed
from apps.work.models import Work
from apps.work.registry import handler_of, handles
from apps.workspaces.scope import current_workspace

__all__ = ["Claim", "WorkFailed", "enqueue", "handles", "run_due", "try_again", "wake"]

log = logging.getLogger(__name__)
UNEXPECTED = N_("Something went wrong on our side. It has been reported; it is safe to try again.")


def enqueue(kind: str, *, subject: object, asked_by: UUID | None = None, **args: str | int | bool | list | None) -> Work:
    """Write a piece of work in the caller's transaction and, once that commits, wake a worker.

    `subject` is what it is about (an id): a second request for the same kind and subject while the first still waits
    is the same work. Raises `UnknownWork` for a kind nobody does and `NoWorkspace` outside a workspace.
    """
    handler_of(kind)
    workspace = current_workspace()
    work, _ = Work.objects.get_or_create(
        kind=kind, subject=str(subject), status=Work.Status.QUEUED, defaults={"args": args, "asked_by": asked_by}
    )
    transaction.on_commit(partial(wake, str(workspace.pk)))
    return work


def wake(workspace_id: str) -> None:
    """Send the wake-up. If the broker is away nothing is lost: the sweeper finds the row."""
    from apps.work.tasks import look

    try:
        look.apply_async(kwargs={"workspace": workspace_id}, retry=False)
    except Exception as error:  # whatever the transport raises: the work row stands, so nobody needs to know
        log.warning("No wake-up could be sent (%s); the sweeper will find the work.", error)


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
        handler_of(claim.work.kind)(claim)
        if claim.work.status != Work.Status.DONE:
            with claim.completing():
                pass
    except LostLease:
        log.warning("%s was taken over by another worker.", claim.work)
    except WorkFailed as failure:
        (give_back if failure.retry else park_claimed)(claim, failure.reason)
    except Exception:
        log.exception("%s failed (attempt %s)", claim.work, claim.work.attempt)
        if connection.in_atomic_block:
            raise
        give_back(claim, UNEXPECTED)


@transaction.atomic
def try_again(work: Work, *, asked_by: UUID | None = None) -> Work:
    """Ask again for parked work, with fresh attempts."""
    return enqueue(work.kind, subject=work.subject, asked_by=asked_by, **work.args)
