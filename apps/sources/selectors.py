"""Read sources and their history. Nothing here opens a secret."""

from __future__ import annotations

from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from apps.kernel.issue import NotHere
from apps.sources.models import NO_SOURCE, Pull, Source


def sources() -> QuerySet[Source]:
    """Every source by name, each with its dataset and how its last reading stands. One query."""
    last = Pull.objects.filter(source=OuterRef("pk")).order_by("-begun_at")
    return (
        Source.objects.select_related("dataset")
        .defer("secret", "look")
        .annotate(last_status=Subquery(last.values("status")[:1]), last_at=Subquery(last.values("begun_at")[:1]))
    )


def source_for(source_id: object) -> Source:
    """One source by id, with its dataset and the work on it. Raises `NotHere`."""
    found = Source.objects.select_related("dataset", "work").defer("secret").filter(pk=source_id).first()
    if found is None:
        raise NotHere(NO_SOURCE)
    return found


def pulls_of(source: Source) -> QuerySet[Pull]:
    """The readings of a source, newest first, each with its files and their uploads."""
    return Pull.objects.filter(source=source).select_related("work").prefetch_related("files__upload")


def anything_due(now: datetime) -> bool:
    """Is there a source whose time has come, or a file of one on its way? Two queries at most."""
    if Source.objects.filter(status=Source.Status.ACTIVE, next_at__lte=now).exists():
        return True
    return Pull.objects.filter(status__in=[Pull.Status.LOADING, Pull.Status.PERSON]).exists()
