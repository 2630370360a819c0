"""Key results across objectives, for programs. What is private to others is never in it."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.goals.models import KeyResult
from apps.goals.selectors.people import Reader, visible


def key_results(reader: Reader) -> QuerySet[KeyResult]:
    """Every key result that somebody may know of, none of them dropped, with its metric. Lazy: one query when read."""
    rows = KeyResult.objects.filter(
        visible(reader, "objective__"), dropped_at__isnull=True, objective__dropped_at__isnull=True
    )
    return rows.select_related("metric")
