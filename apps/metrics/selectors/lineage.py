"""Read what stands behind a metric as a whole: its data sets, all its values, and pages of rows that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from apps.datasets import selectors as datasets
from apps.kernel.period import Grain
from apps.metrics.domain import checks
from apps.metrics.domain.definition import datasets_of
from apps.metrics.models import MetricValue
from apps.metrics.selectors.definitions import metrics
from apps.metrics.selectors.series import Reader, stored_values
from apps.metrics.selectors.shapes import MetricView, Point
from apps.metrics.selectors.sources import rows_subject

if TYPE_CHECKING:
    from apps.datasets.selectors import RowPage


def datasets_behind(metric: MetricView) -> tuple[str, ...]:
    """Keys of the data sets a metric is made from, through formulas too, each once. One query."""
    views = {view.key: view for view in metrics(archived=True)}
    found: dict[str, None] = {}
    waiting, seen = [metric.key], set()
    while waiting:
        key = waiting.pop()
        if key in seen or key not in views:
            continue
        seen.add(key)
        found.update(dict.fromkeys(datasets_of(views[key].definition)))
        waiting.extend(checks.inputs_of(views[key].definition))
    return tuple(found)


def all_points(metric: MetricView, grain: Grain) -> Iterator[tuple[str, Point]]:
    """Every value at a grain with its dimension, totals first, oldest first; read in portions. One query."""
    reader = Reader()
    rows = stored_values(grain).filter(metric_id=metric.id).order_by("dimension", "member", "period_start")
    for row in rows.iterator(chunk_size=2000):
        yield row.dimension, reader.point(row)


def rows_kept(value_id: int, side: str, page: int) -> RowPage | None:
    """The page of rows behind a value that a worker has read, if it has. Two queries."""
    value = MetricValue.objects.filter(pk=value_id).first()
    return datasets.row_page(rows_subject(value, side, page)) if value else None


def rows_subject_of(value_id: int, side: str) -> str:
    """Under which name the file of rows behind a side of a value is asked for; "" without such a value. One query."""
    value = MetricValue.objects.filter(pk=value_id).first()
    return rows_subject(value, side, 0) if value else ""
