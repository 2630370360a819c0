"""Read the parts of values that are kept by a built-in dimension: the periods of a curve, the steps of a funnel."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from apps.kernel.period import Grain, Period
from apps.metrics.domain.definition import built_in_of
from apps.metrics.selectors.series import Reader, stored_values
from apps.metrics.selectors.shapes import MetricView, Point


def parts(metric: MetricView, grain: Grain, first: date, last: date) -> dict[Period, dict[str, Point]]:
    """The points by period and member ("0", "1", ...) of the periods that begin from `first` to `last`, oldest first;
    nothing for a metric without such a dimension. One query, or none."""
    dimension = built_in_of(metric.definition)
    if not dimension:
        return {}
    rows = stored_values(grain).filter(metric_id=metric.id, dimension=dimension)
    reader, found = Reader(), defaultdict(dict)
    for row in rows.filter(period_start__gte=first, period_start__lte=last).order_by("period_start"):
        point = reader.point(row)
        found[point.period][point.member] = point
    return dict(found)
