"""Rows that are work: claimed with SKIP LOCKED, held by a lease on the database's clock, fenced by the attempt number.

A worker that dies lets its lease run out and the next one takes the row; a worker that was only slow finds, when it
comes back, that the attempt number is no longer its own, and may write nothing.
"""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

MAX_ATTEMPTS = 5


class LostLease(RuntimeError):
    """The row was taken over while this worker was away; nothing may be written any more."""


def claimable(waiting: Q, running: Q) -> Q:
    """Waiting rows, and running ones whose worker has gone silent."""
    return waiting | (running & (Q(lease_until__isnull=True) | Q(lease_until__lt=Now())))


def take(row: models.Model, *, seconds: int, **changes: object) -> None:
    """Lease a row that is locked by the caller's transaction, under a new attempt number."""
    type(row).objects.filter(pk=row.pk).update(
        attempt=F("attempt") + 1, lease_until=Now() + timedelta(seconds=seconds), **changes
    )
    row.refresh_from_db()


def hold(row: models.Model, running: Q, *, seconds: int | None = None, **changes: object) -> None:
    """Renew the lease and write progress, if the row is still ours; `LostLease` if not."""
    if seconds is not None:
        changes["lease_until"] = Now() + timedelta(seconds=seconds)
    held = type(row).objects.filter(running, pk=row.pk, attempt=row.attempt).update(**changes)
    if not held:
        raise LostLease(f"{row.pk}: attempt {row.attempt} was taken over.")
