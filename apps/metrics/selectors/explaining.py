"""Read how a value came to be: its run, and the queries the engine ran for it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.kernel.issue import N_, NotHere
from apps.metrics.models import ComputeRun, MetricValue, RunQuery


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
