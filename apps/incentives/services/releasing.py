"""What follows from locking a run and from taking it back: statements are published, and marked as superseded."""

from __future__ import annotations

from datetime import datetime

from apps.incentives.models import Run, Statement
from apps.work.services import enqueue


def ask_to_publish(run: Run) -> None:
    """Have a worker publish the statements of a run that was just locked, in the transaction of the lock."""
    enqueue("incentives.publish", subject=run.pk, about=str(run), revision=run.revision)


def supersede(run: Run, now: datetime) -> None:
    """Mark the statements of a run that is taken back; they stay."""
    Statement.objects.filter(run=run, revision=run.revision, superseded_at=None).update(superseded_at=now)
