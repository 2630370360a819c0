"""Read many values and runs, page by page, for programs. Each function costs a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain
from apps.metrics.models import ComputeRun, Metric, MetricValue
from apps.metrics.selectors.series import Reader, reason_in_words
from apps.metrics.selectors.shapes import Point


@dataclass(frozen=True)
class Listed:
    """A value with the key of its metric and the dimension it is split by ("" for a total)."""

    metric: str
    metric_id: UUID
    dimension: str
    point: Point


@dataclass(frozen=True)
class Wanted:
    """Which values are asked for: totals, or members of a dimension; periods that begin from `first` to `last`."""

    grain: Grain
    metric_ids: Sequence[UUID] = ()
    dimension: str = ""
    member: str | None = None
    first: date | None = None
    last: date | None = None


def ids_by_key(keys: Sequence[str]) -> dict[str, UUID]:
    """The metrics that have these keys; those that do not exist are left out. One query."""
    return dict(Metric.objects.filter(key__in=list(keys), current_version__isnull=False).values_list("key", "pk"))


def listed_values(wanted: Wanted, *, after: tuple[str, str, str] | None, limit: int) -> list[Listed]:
    """Up to `limit` values by metric id, period and member; those behind `after` (the same three) only. One query."""
    rows = MetricValue.objects.filter(grain=wanted.grain, dimension=wanted.dimension)
    if wanted.metric_ids:
        rows = rows.filter(metric_id__in=list(wanted.metric_ids))
    else:
        rows = rows.filter(metric__archived_at__isnull=True)
    if wanted.member is not None:
        rows = rows.filter(member=wanted.member)
    if wanted.first is not None:
        rows = rows.filter(period_start__gte=wanted.first)
    if wanted.last is not None:
        rows = rows.filter(period_start__lte=wanted.last)
    rows = _behind(rows, after) if after else rows
    rows = rows.select_related("version", "metric").only(*_COLUMNS).order_by("metric_id", "period_start", "member")
    reader = Reader()
    return [Listed(row.metric.key, row.metric_id, row.dimension, reader.point(row)) for row in rows[:limit]]


_COLUMNS = (
    "id", "grain", "period_start", "period_end", "dimension", "member", "numerator", "denominator", "value", "n",
    "state", "reason", "former_value", "computed_at", "metric__key", "version__number",
)  # fmt: skip


def _behind(rows: QuerySet[MetricValue], after: tuple[str, str, str]) -> QuerySet[MetricValue]:
    """One comparison of rows, which an index in that order can begin at."""
    table = MetricValue._meta.db_table
    columns = f'("{table}"."metric_id", "{table}"."period_start", "{table}"."member")'
    compared = RawSQL(f"{columns} > (%s::uuid, %s::date, %s)", list(after))  # noqa: S611  (names of ours only)
    return rows.alias(behind=compared).filter(behind=True)


def runs(*, status: str = "", before: tuple[datetime, UUID] | None = None) -> QuerySet[ComputeRun]:
    """Computations, newest first; with `before` (start and id) only those that stand behind it. One query."""
    rows = ComputeRun.objects.order_by("-started_at", "-pk")
    if status:
        rows = rows.filter(status=status)
    if before is not None:
        started, run_id = before
        rows = rows.filter(Q(started_at__lt=started) | Q(started_at=started, pk__lt=run_id))
    return rows


def run_for(run_id: UUID) -> ComputeRun:
    """One computation; NotHere if there is none. One query."""
    found = ComputeRun.objects.filter(pk=run_id).first()
    if found is None:
        raise NotHere(N_("There is no such computation."))
    return found


def run_in_words(run: ComputeRun) -> tuple[str, str]:
    """What a computation was for, and why it failed ("" if it did not), in the active language. No query."""
    return reason_in_words(run.cause), reason_in_words(run.reason)
