"""Read how a value came to be: its run, and the queries the engine ran for it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from apps.kernel.issue import N_, NotHere
from apps.metrics.domain import scales, scoring
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.definition import ScoreDefinition
from apps.metrics.domain.values import exact_value
from apps.metrics.models import ComputeRun, MetricValue, RunQuery
from apps.metrics.selectors.series import breakdown
from apps.metrics.selectors.shapes import Point, ValueView


@dataclass(frozen=True)
class QueryView:
    """A query by the key of the data set it read; `earlier` if an earlier run measured what this one only judged."""

    dataset: str
    sql: str
    earlier: bool


@dataclass(frozen=True)
class Origin:
    """The run that wrote a value, and the queries that gave it (none for formulas and typed values)."""

    run: ComputeRun
    queries: tuple[QueryView, ...]


def origin_of(value_id: int) -> Origin:
    """How a value came to be; NotHere if there is no such value. Two queries."""
    row = MetricValue.objects.select_related("run", "metric").filter(pk=value_id).first()
    if row is None:
        raise NotHere(N_("There is no such value; it may have been computed anew."))
    name = f"{row.metric.key}/{row.grain}/{row.dimension}"
    asked = RunQuery.objects.filter(serves__contains=[name], run__started_at__lte=row.run.started_at)
    found = list(asked.select_related("query").order_by("-run__started_at", "pk")[:4])
    newest = [query for query in found if query.run_id == found[0].run_id]
    return Origin(
        row.run,
        tuple(QueryView(query.dataset, query.query.sql, query.run_id != row.run_id) for query in newest),
    )


def scored_of(found: ValueView) -> scoring.Scored | None:
    """What made a value of a score: points and weights of its parts. None for other kinds, and where the values below
    have been computed anew since. One query for each metric that is ranked among the members of the dimension."""
    if not isinstance(found.definition, ScoreDefinition):
        return None
    definition = scoring.weighed_for(found.definition, found.dimension, found.point.member)
    values = {metric.key: _exact(point) for metric, point in found.inputs}
    peers = {}
    for part in (part for group in definition.groups for part in group.parts):
        if found.dimension and isinstance(part.scale, scales.Percentile):
            points = breakdown(part.metric, found.grain, found.point.period, found.dimension)
            peers[part.metric] = [exact for exact in map(_exact, points) if exact is not None]
    scored = scoring.score(definition, values, peers)
    now = None if scored.score is None else rounded(scored.score)
    return scored if now == found.point.value else None


def _exact(point: Point | None) -> Fraction | None:
    if point is None or point.value is None:
        return None
    sides = (point.value, None) if point.numerator is None else (point.numerator, point.denominator)
    return exact_value(*sides)
