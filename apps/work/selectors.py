"""Read how work stands."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.common.leased import claimable
from apps.kernel.issue import N_
from apps.work.models import Work
from apps.work.registry import title_of

DUE = claimable(
    Q(status=Work.Status.QUEUED, not_before__lte=Now()), Q(status=Work.Status.RUNNING, lease_until__lt=Now())
)
UNFINISHED = Q(status__in=[Work.Status.QUEUED, Work.Status.RUNNING])
STATES = {Work.Status.QUEUED: "waiting", Work.Status.RUNNING: "running", Work.Status.DONE: "done"}
WAITING = N_("Waiting for a worker. You can leave this page; nothing is lost.")
RETRYING = N_("Not done yet, tried again shortly: %(reason)s")


def anything_due() -> bool:
    """Is there work in the current workspace that a worker should take now?"""
    return Work.objects.filter(DUE).exists()


def latest(kind: str, subject: object) -> Work | None:
    """The newest work of a kind on a subject, finished or not."""
    return Work.objects.filter(kind=kind, subject=str(subject)).order_by("-created_at").first()


def unfinished(kind: str | None = None) -> int:
    """How many pieces wait or run."""
    rows = Work.objects.filter(UNFINISHED)
    return (rows.filter(kind=kind) if kind else rows).count()


def work_for(work_id: object) -> Work | None:
    """One piece by id; where it was asked for again, the newest asking."""
    work = Work.objects.filter(pk=work_id).select_related("again").first()
    while work is not None and work.again_id:
        work = work.again
    return work


def in_progress() -> QuerySet[Work]:
    """What runs, then what waits, each in the order in which it will be done."""
    return Work.objects.filter(UNFINISHED).order_by("-status", "created_at")  # "running" before "queued"


def set_aside() -> QuerySet[Work]:
    """What failed for good and was not asked for again, newest first."""
    return Work.objects.filter(status=Work.Status.PARKED, again=None).order_by("-finished_at")


def recently_done(number: int) -> list[Work]:
    """The last pieces that were done."""
    return list(Work.objects.filter(status=Work.Status.DONE).order_by("-finished_at")[:number])


def progress_of(work: Work, *, next_url: str = "") -> dict:
    """What `components/progress.html` needs to show a piece of work and to ask again how far it is."""
    url = reverse("work:progress", args=[work.pk])
    return {
        "title": title_in_words(work),
        "state": STATES.get(work.status, "parked"),
        "done": work.done_units,
        "total": work.total_units or None,
        "message": message_of(work),
        "poll_url": f"{url}?{urlencode({'next': next_url})}" if next_url else url,
    }


def title_in_words(work: Work) -> str:
    title = _(title_of(work.kind))
    return f"{title}: {work.about}" if work.about else title


def message_of(work: Work) -> str:
    """One line about a piece of work, in the reader's language."""
    if work.status == Work.Status.QUEUED:
        return _(RETRYING) % {"reason": work.reason_in_words} if work.reason else _(WAITING)
    if work.status == Work.Status.PARKED:
        return work.reason_in_words
    return _(work.message) if work.message else ""
