"""A worker's hold on a piece of work."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from apps.common.leased import MAX_ATTEMPTS, claimable, hold, take
from apps.work.models import Work

WAITING = Q(status=Work.Status.QUEUED, not_before__lte=Now())
RUNNING = Q(status=Work.Status.RUNNING)


class WorkFailed(Exception):
    """Work that cannot succeed as it stands. `retry=True` if the cause may pass (a killed child), False if it is final."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.reason, self.retry = reason, retry


class Claim:
    """A leased piece of work: renew with `beat`, report with `progress`, end with `completing`."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._next_beat = time.monotonic() + settings.WORK_LEASE_SECONDS / 4

    @property
    def args(self) -> dict:
        return self.work.args

    def beat(self) -> None:
        """Keep the lease alive; call as often as you like. `LostLease` if another worker took the row over."""
        if time.monotonic() >= self._next_beat:
            hold(self.work, RUNNING, seconds=settings.WORK_LEASE_SECONDS)
            self._next_beat = time.monotonic() + settings.WORK_LEASE_SECONDS / 4

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far it is (`done` of `total` units of any kind), and renew the lease."""
        hold(
            self.work, RUNNING, seconds=settings.WORK_LEASE_SECONDS,
            done_units=done, total_units=total, message=message[:200],
        )  # fmt: skip

    @contextmanager
    def completing(self) -> Iterator[None]:
        """The transaction that writes the result and ends the work, both or neither. Must be entered at most once."""
        with transaction.atomic():
            hold(self.work, RUNNING, status=Work.Status.DONE, finished_at=Now(), lease_until=None, reason="")
            yield
        self.work.status = Work.Status.DONE


def claim_next() -> Claim | None:
    """Take the oldest piece of work that is due and whose subject nobody is working on; None if there is none."""
    busy = Work.objects.filter(
        RUNNING, kind=OuterRef("kind"), subject=OuterRef("subject"), lease_until__gte=Now()
    ).exclude(pk=OuterRef("pk"))
    with transaction.atomic():
        work = (
            Work.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(claimable(WAITING, RUNNING))
            .filter(~Exists(busy))
            .order_by("created_at")
            .first()
        )
        if work is None:
            return None
        if work.attempt >= MAX_ATTEMPTS:
            park(work, _died_too_often(work))
            return claim_next()
        take(work, seconds=settings.WORK_LEASE_SECONDS, status=Work.Status.RUNNING, started_at=Now())
    return Claim(work)


def _died_too_often(work: Work) -> str:
    last = f" {work.reason}" if work.reason else ""
    return f"The worker stopped {work.attempt} times while doing this, so it was set aside.{last}"


def give_back(claim: Claim, reason: str) -> None:
    """Let it be tried again later: a little later each time; parked when the attempts are used up."""
    if claim.work.attempt >= MAX_ATTEMPTS:
        park_claimed(claim, reason)
        return
    pause = timedelta(seconds=min(60, 2**claim.work.attempt))
    hold(
        claim.work, RUNNING,
        status=Work.Status.QUEUED, lease_until=None, not_before=Now() + pause, reason=reason,
    )  # fmt: skip


def park_claimed(claim: Claim, reason: str) -> None:
    """End it as failed, with a reason a person can read."""
    hold(claim.work, RUNNING, status=Work.Status.PARKED, lease_until=None, finished_at=Now(), reason=reason)


def park(work: Work, reason: str) -> None:
    """Park a row that is locked by the caller's transaction."""
    Work.objects.filter(pk=work.pk).update(
        status=Work.Status.PARKED, lease_until=None, finished_at=Now(), reason=reason
    )
