"""Read key results by what they follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from apps.goals.models import KeyResult
from apps.kernel.issue import N_
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView, Point, Use


def following() -> QuerySet[KeyResult]:
    """The key results that follow a metric now: neither they nor their objectives are dropped, the cycle is open."""
    return KeyResult.objects.filter(
        source=KeyResult.Source.METRIC,
        dropped_at__isnull=True,
        objective__dropped_at__isnull=True,
        objective__cycle__closed_at__isnull=True,
    )


def points_of(rows: Iterable[KeyResult], *, last: int) -> dict[UUID, tuple[Point, ...]]:
    """The newest `last` periods of what each follows, the oldest first. Two queries for each grain and dimension."""
    by_place: dict[tuple[str, str], list[KeyResult]] = defaultdict(list)
    for row in rows:
        by_place[row.grain, row.dimension].append(row)
    found: dict[UUID, tuple[Point, ...]] = {}
    for (grain, dimension), alike in by_place.items():
        ids, named = {row.metric_id for row in alike}, {row.member for row in alike}
        totals = metrics.series_of(ids, Grain(grain), last=last) if not dimension else {}
        members = metrics.member_series(ids, Grain(grain), dimension, last, named) if dimension else {}
        for row in alike:
            series = members.get((row.metric_id, row.member)) if dimension else totals.get(row.metric_id)
            found[row.pk] = series.points if series else ()
    return found


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
