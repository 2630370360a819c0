"""Read how work stands."""

from django.db.models import Q
from django.db.models.functions import Now

from apps.common.leased import claimable
from apps.work.models import Work

DUE = claimable(
    Q(status=Work.Status.QUEUED, not_before__lte=Now()), Q(status=Work.Status.RUNNING, lease_until__lt=Now())
)


def anything_due() -> bool:
    """Is there work in the current workspace that a worker should take now?"""
    return Work.objects.filter(DUE).exists()


def latest(kind: str, subject: object) -> Work | None:
    """The newest work of a kind on a subject, finished or not."""
    return Work.objects.filter(kind=kind, subject=str(subject)).order_by("-created_at").first()


def unfinished(kind: str | None = None) -> int:
    """How many pieces wait or run."""
    rows = Work.objects.filter(status__in=[Work.Status.QUEUED, Work.Status.RUNNING])
    return (rows.filter(kind=kind) if kind else rows).count()


def work_for(work_id: object) -> Work | None:
    """One piece by id."""
    return Work.objects.filter(pk=work_id).first()
