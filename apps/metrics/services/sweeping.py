"""Forget queries that no value shows any more, and files of rows that were asked for long ago."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from math import inf

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.common.sweeping import PORTION, delete_in_portions, remove_files
from apps.datasets.services import storage
from apps.metrics.models import ComputeRun, EngineQuery, MetricValue, RunQuery
from apps.metrics.services.locks import hold_metrics
from apps.metrics.services.queries import served
from apps.metrics.services.rows import ROW_FILES


def sweep_row_files(before: datetime) -> int:
    """Remove files of the rows behind values that were written before a moment. A worker writes them anew."""
    return remove_files(storage.root() / ROW_FILES, before.timestamp())


def forget_row_files() -> None:
    """Remove every file of rows behind values: rows were deleted for good, and any of them may hold some."""
    remove_files(storage.root() / ROW_FILES, inf)


def sweep_queries(before: datetime) -> int:
    """Delete which queries gave the values of runs that ended before a moment, where no value shows them any more.

    A value shows the newest query at or before its run (`selectors.origin_of`). The newest query of each series stays
    in any case. Then the texts that nothing names go. How many entries and texts.
    """
    shown = _shown()
    old = RunQuery.objects.filter(run__finished_at__lt=before).exclude(run__status=ComputeRun.Status.RUNNING)
    unseen = [pk for pk in old.order_by("pk").values_list("pk", flat=True).iterator() if pk not in shown]
    total = sum(_delete(unseen[at : at + PORTION]) for at in range(0, len(unseen), PORTION))
    return total + _sweep_texts()


def _delete(ids: list[int]) -> int:
    return delete_in_portions(RunQuery.objects.filter(pk__in=ids))


def _shown() -> set[int]:
    """The entries that a value shows, or may show next."""
    asked: dict[str, dict[datetime, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = RunQuery.objects.order_by().values_list("pk", "run__started_at", "serves")
    for pk, started, names in rows.iterator(chunk_size=2000):
        for name in names:
            asked[name][started].append(pk)
    starts = {name: sorted(found) for name, found in asked.items()}
    shown = {pk for name, found in starts.items() for pk in asked[name][found[-1]]}
    for name, started in _runs_of_values():
        found = starts.get(name, [])
        at = bisect_right(found, started)
        if at:
            shown.update(asked[name][found[at - 1]])
    return shown


def _runs_of_values() -> Iterator[tuple[str, datetime]]:
    """By series: when the runs began that wrote the values it has now."""
    rows = MetricValue.objects.order_by().values_list("metric__key", "grain", "dimension", "run__started_at").distinct()
    for key, grain, dimension, started in rows.iterator(chunk_size=2000):
        yield served(key, grain, dimension), started


def _unnamed() -> QuerySet[EngineQuery]:
    return EngineQuery.objects.filter(~Exists(RunQuery.objects.filter(query=OuterRef("pk"))))


def _sweep_texts() -> int:
    """Delete texts that nothing names, while no computation can be about to name them."""
    total = 0
    while ids := list(_unnamed().order_by("pk").values_list("pk", flat=True)[:PORTION]):
        with transaction.atomic():
            hold_metrics()
            deleted, _each = _unnamed().filter(pk__in=ids).delete()
        if not deleted:
            break
        total += deleted
    return total
