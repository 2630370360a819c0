"""Read where a value comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain
from apps.metrics.domain import checks, values
from apps.metrics.domain.behind import looks_of
from apps.metrics.domain.definition import parse
from apps.metrics.models import ManualValue, MetricValue
from apps.metrics.selectors.definitions import metric_for, stored_metrics, view_of
from apps.metrics.selectors.series import Reader, stored_values
from apps.metrics.selectors.shapes import MetricLike, MetricView, Point, ValueView


def value_for(value_id: int) -> ValueView:
    """One value with all that leads to its source; NotHere if there is none. Four queries at most."""
    row = MetricValue.objects.select_related("version", "metric__current_version").filter(pk=value_id).first()
    if row is None:
        raise NotHere(N_("There is no such value; it may have been computed anew."))
    definition = parse(row.version.definition)
    looks = looks_of(definition, row.dimension, row.member) if row.state != values.NO_DATA else ()
    return ValueView(
        metric=view_of(row.metric),
        point=Reader().point(row),
        grain=Grain(row.grain),
        dimension=row.dimension,
        definition=definition,
        dataset_versions=tuple(row.dataset_versions),
        looks=looks,
        inputs=tuple(_inputs(row, checks.inputs_of(definition))),
        typed=tuple(_typed(row)) if definition.kind == "manual" else (),
    )


def _inputs(row: MetricValue, keys: Sequence[str]) -> Iterator[tuple[MetricView, Point | None]]:
    if not keys:
        return
    views = {metric.key: view_of(metric) for metric in stored_metrics().filter(key__in=keys)}
    same_cell = stored_values(Grain(row.grain)).filter(
        metric__key__in=keys, period_start=row.period_start, dimension=row.dimension, member=row.member
    )
    reader = Reader()
    points = {found.metric_id: reader.point(found) for found in same_cell}
    for key in keys:
        if key in views:
            yield views[key], points.get(views[key].id)


def _typed(row: MetricValue) -> QuerySet[ManualValue]:
    return ManualValue.objects.filter(
        metric_id=row.metric_id,
        grain=row.grain,
        period_start=row.period_start,
        dimension=row.dimension,
        member=row.member,
    )


def typed_values(metric: MetricLike, grain: Grain, dimension: str = "", member: str = "") -> dict[date, ManualValue]:
    """The typed value in force by first day of its period; taken back ones are left out. Two queries."""
    rows = ManualValue.objects.filter(
        metric_id=metric_for(metric).id, grain=grain, dimension=dimension, member=member
    ).order_by("period_start", "typed_at", "pk")
    newest = {row.period_start: row for row in rows}
    return {start: row for start, row in newest.items() if row.value is not None}


def typed_grid(
    metric_ids: Sequence[UUID], grain: Grain, starts: Sequence[date], seen: datetime | None = None
) -> tuple[dict[tuple[UUID, date], ManualValue], dict[tuple[UUID, date], ManualValue]]:
    """The newest typed rows of several metrics by metric and first day of the period, now and as they stood when
    somebody saw them (`seen`; none: now). Rows that take a value back are among them. One query."""
    rows = ManualValue.objects.filter(
        metric_id__in=metric_ids, grain=grain, period_start__in=starts, dimension="", member=""
    ).order_by("typed_at", "pk")
    now: dict[tuple[UUID, date], ManualValue] = {}
    then: dict[tuple[UUID, date], ManualValue] = {}
    for row in rows:
        now[row.metric_id, row.period_start] = row
        if seen is None or row.typed_at <= seen:
            then[row.metric_id, row.period_start] = row
    return now, then


def rows_subject(value: MetricValue, side: str, page: int) -> str:
    """Under which name a page of rows is kept: a value that is computed anew asks for its rows anew."""
    return f"metric-value/{value.pk}/{value.run_id}/{side}/{page}"
