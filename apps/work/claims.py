"""A worker's hold on a piece of work."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from apps.common.leased import MAX_ATTEMPTS, claimable, hold, take
from apps.kernel.issue import N_
from apps.work.models import Work
from apps.work.registry import on_stop

log = logging.getLogger(__name__)

WAITING = Q(status=Work.Status.QUEUED, not_before__lte=Now())
RUNNING = Q(status=Work.Status.RUNNING)
UNFINISHED = Q(status__in=[Work.Status.QUEUED, Work.Status.RUNNING])
DIED_TOO_OFTEN = N_("The worker was stopped %(count)s times while doing this, so it was set aside.")
SECONDS_BETWEEN_REPORTS = 0.5


class WorkFailed(Exception):
    """Work that cannot succeed as it stands. `retry=True` if the cause may pass (a killed child), False if it is final.

    `reason` is a sentence for a person: an English message id, with named placeholders filled from `params`.
    """

    def __init__(self, reason: str, *, retry: bool, params: Mapping[str, object] | None = None) -> None:
        self.reason, self.retry, self.params = reason, retry, dict(params or {})
        super().__init__(reason % self.params if self.params else reason)


class Claim:
    """A leased piece of work: renew with `beat`, report with `progress`, end with `completing`."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._next_beat = self._next_report = 0.0
        self._renewed()

    @property
    def args(self) -> dict:
        return self.work.args

    def beat(self) -> None:
        """Keep the lease alive; call as often as you like. `LostLease` if another worker took the row over."""
        if time.monotonic() >= self._next_beat:
            hold(self.work, RUNNING, seconds=settings.WORK_LEASE_SECONDS)
            self._renewed()

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far it is (`done` of `total` units of any kind), and keep the lease. Call as often as you like.

        `message` is an English message id without placeholders.
        """
        if time.monotonic() < self._next_report and message == self.work.message:
            self.beat()
            return
        hold(
            self.work, RUNNING, seconds=settings.WORK_LEASE_SECONDS,
            done_units=done, total_units=total, message=message[:200],
        )  # fmt: skip
        self.work.message = message
        self._next_report = time.monotonic() + SECONDS_BETWEEN_REPORTS
        self._renewed()

    @contextmanager
    def completing(self) -> Iterator[None]:
        """The transaction that writes the result and ends the work, both or neither. Must be entered at most once."""
        with transaction.atomic():
            hold(self.work, RUNNING, status=Work.Status.DONE, finished_at=Now(), lease_until=None, reason="")
            yield
        self.work.status = Work.Status.DONE

    def _renewed(self) -> None:
        self._next_beat = time.monotonic() + settings.WORK_LEASE_SECONDS / 4


def claim_next() -> Claim | None:
    """Take the oldest piece of work that is due and is the first of its subject; None if there is none.

    Work of one kind on one subject is done one at a time, in the order in which it was asked for. Rows whose worker
    died too often are parked on the way.
    """
    while True:
        try:
            with transaction.atomic():
                work = _next_due()
                if work is None:
                    return None
                if work.attempt >= MAX_ATTEMPTS:
                    _park_locked(work, DIED_TOO_OFTEN, {"count": work.attempt})
                    continue
                take(work, seconds=settings.WORK_LEASE_SECONDS, status=Work.Status.RUNNING, started_at=Now())
            return Claim(work)
        except IntegrityError:  # work_runs_once_per_subject: another worker took work on this subject a moment ago
            continue


def _next_due() -> Work | None:
    same_subject = Work.objects.filter(kind=OuterRef("kind"), subject=OuterRef("subject"))
    earlier = same_subject.filter(UNFINISHED, created_at__lt=OuterRef("created_at"))
    elsewhere = same_subject.filter(RUNNING).exclude(pk=OuterRef("pk"))
    return (
        Work.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(claimable(WAITING, RUNNING))
        .filter(~Exists(earlier), ~Exists(elsewhere))
        .order_by("created_at")
        .first()
    )


def give_back(claim: Claim, reason: str, params: Mapping[str, object] | None = None) -> None:
    """Let it be tried again later: a little later each time; parked when the attempts are used up."""
    if claim.work.attempt >= MAX_ATTEMPTS:
        park(claim, reason, params)
        return
    pause = timedelta(seconds=min(60, 2**claim.work.attempt))
    hold(
        claim.work, RUNNING,
        status=Work.Status.QUEUED, lease_until=None, not_before=Now() + pause,
        reason=reason, reason_params=_plain(params),
    )  # fmt: skip


@transaction.atomic
def park(claim: Claim, reason: str, params: Mapping[str, object] | None = None) -> None:
    """End it as failed, with a reason a person can read."""
    hold(claim.work, RUNNING, lease_until=None)
    _park_locked(claim.work, reason, params)


def _park_locked(work: Work, reason: str, params: Mapping[str, object] | None) -> None:
    """Park a row that is locked by the caller's transaction, and tell the room it belongs to."""
    work.status, work.reason, work.reason_params = Work.Status.PARKED, reason, _plain(params)
    Work.objects.filter(pk=work.pk).update(
        status=work.status, lease_until=None, finished_at=Now(), reason=reason, reason_params=work.reason_params
    )
    try:
        with transaction.atomic():
            on_stop(work)
    except Exception:  # the row must end whatever its room makes of it, or it would come back for ever
        log.exception("%s was parked, and its room failed to take note", work)


def _plain(params: Mapping[str, object] | None) -> dict:
    return {name: value if isinstance(value, int | float) else str(value) for name, value in (params or {}).items()}
