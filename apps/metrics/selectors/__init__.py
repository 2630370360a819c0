"""Read metrics, their values and the tree. Each function costs a fixed number of queries, given in its docstring."""

from apps.metrics.selectors.definitions import (
    definition_of,
    in_words,
    known,
    latest_run,
    metric_for,
    metrics,
    runs_of,
    users_of,
    versions_of,
)
from apps.metrics.selectors.lineage import all_points, datasets_behind, rows_kept
from apps.metrics.selectors.series import breakdown, latest, member_series, members_of, series, series_of
from apps.metrics.selectors.shapes import (
    Latest,
    MetricLike,
    MetricView,
    NodeView,
    NorthStarView,
    Point,
    Series,
    ValueView,
)
from apps.metrics.selectors.sources import typed_values, value_for
from apps.metrics.selectors.tree import node_for, north_star, north_star_history, tree

__all__ = [
    "Latest",
    "MetricLike",
    "MetricView",
    "NodeView",
    "NorthStarView",
    "Point",
    "Series",
    "ValueView",
    "all_points",
    "breakdown",
    "datasets_behind",
    "definition_of",
    "in_words",
    "known",
    "latest",
    "latest_run",
    "member_series",
    "members_of",
    "metric_for",
    "metrics",
    "node_for",
    "north_star",
    "north_star_history",
    "rows_kept",
    "runs_of",
    "series",
    "series_of",
    "tree",
    "typed_values",
    "users_of",
    "value_for",
    "versions_of",
]
