"""The members that metrics are split into."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q

from apps.kernel.period import Grain
from apps.metrics.models import MetricValue
from apps.metrics.selectors.definitions import metrics

_COARSE_FIRST = tuple(reversed(Grain))
MOST_MEMBERS = 500


def every_member() -> dict[str, list[str]]:
    """The members of every dimension that metrics in use are split by, by name; at most 500 of each.

    They are read from each metric's longest periods, of which there are fewest. Two queries.
    """
    by_grain: dict[Grain, list] = defaultdict(list)
    found: dict[str, set[str]] = {}
    for view in metrics():
        found |= {dimension: found.get(dimension, set()) for dimension in view.dimensions}
        if view.dimensions and view.grains:
            by_grain[min(view.grains, key=_COARSE_FIRST.index)].append(view.id)
    wanted = Q()
    for grain, ids in by_grain.items():
        wanted |= Q(grain=grain, metric_id__in=ids)
    rows = MetricValue.objects.filter(wanted).exclude(member="") if wanted else MetricValue.objects.none()
    for dimension, member in rows.order_by().values_list("dimension", "member").distinct():
        if dimension in found:
            found[dimension].add(member)
    return {dimension: sorted(members)[:MOST_MEMBERS] for dimension, members in sorted(found.items())}
