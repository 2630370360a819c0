"""Read what was done."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.audit.models import Entry


def history_of(subject: object) -> QuerySet[Entry]:
    """Every change of one thing, newest first."""
    return Entry.objects.filter(subject_kind=subject._meta.model_name, subject_id=str(subject.pk))


def entries(
    *, search: str = "", area: str = "", since: datetime | None = None, before: datetime | None = None
) -> QuerySet[Entry]:
    """What was done, newest first, of everything.

    `search` looks for each of its words in who did it, what it was done to, and the note; `area` is the first part of
    an act's name ("target"); the time is from `since` until just before `before`.
    """
    found = Entry.objects.order_by("-at", "-id")
    for word in search.split():
        found = found.filter(Q(actor_name__icontains=word) | Q(subject_name__icontains=word) | Q(note__icontains=word))
    if area:
        found = found.filter(act__startswith=f"{area}.")
    if since is not None:
        found = found.filter(at__gte=since)
    if before is not None:
        found = found.filter(at__lt=before)
    return found
