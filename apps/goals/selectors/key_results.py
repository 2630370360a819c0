"""Read key results by what they follow."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse

from apps.goals.models import KeyResult
from apps.kernel.issue import N_
from apps.metrics.selectors import MetricView, Use


def following() -> QuerySet[KeyResult]:
    """The key results that follow a metric now: neither they nor their objectives are dropped, the cycle is open."""
    return KeyResult.objects.filter(
        source=KeyResult.Source.METRIC,
        dropped_at__isnull=True,
        objective__dropped_at__isnull=True,
        objective__cycle__closed_at__isnull=True,
    )


def uses_of(metric: MetricView) -> Iterator[Use]:
    """The key results of a metric, for whoever is about to change, archive or delete it. Two queries at most.

    Titles of private objectives are not told.
    """
    found = following().filter(metric_id=metric.id).select_related("objective")
    for row in found:
        if row.objective.private:
            yield Use(N_("A private key result follows it."))
        else:
            address = reverse("goals:objective", args=[row.objective_id])
            yield Use(N_("The key result “%(title)s” follows it."), {"title": row.title}, address)
    if not found and KeyResult.objects.filter(metric_id=metric.id).exists():
        yield Use(N_("Key results followed it."), holds=False)
