"""Read values over time and by member."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext

from apps.kernel.period import Calendar, Grain, Period
from apps.metrics.domain import values
from apps.metrics.domain.reasons import Reason
from apps.metrics.models import MetricValue
from apps.metrics.selectors.definitions import metric_for, stored_metrics, view_of
from apps.metrics.selectors.shapes import Latest, MetricLike, Point, Series
from apps.workspaces.scope import current_workspace

SPARK_POINTS = 12
"""Ended periods in the small line of a tree node."""


def series(metric: MetricLike, grain: Grain, dimension: str = "", member: str = "", last: int | None = None) -> Series:
    """The values of one metric by period, oldest first; of the newest `last` periods only, if given. Two queries."""
    view = metric_for(metric)
    rows = stored_values(grain).filter(metric_id=view.id, dimension=dimension, member=member).order_by("-period_start")
    reader = Reader()
    points = tuple(reader.point(row) for row in reversed(rows[:last] if last else rows))
    return Series(view, Grain(grain), dimension, member, points)


def series_of(metric_ids: Iterable[UUID], grain: Grain, last: int | None = None) -> dict[UUID, Series]:
    """The total of several metrics by period, by metric id. Two queries, however many metrics."""
    views = {metric.pk: view_of(metric) for metric in stored_metrics().filter(pk__in=list(metric_ids))}
    found = newest(views, grain, last)
    return {pk: Series(view, Grain(grain), "", "", tuple(found.get(pk, ()))) for pk, view in views.items()}


def member_series(
    metric_ids: Iterable[UUID], grain: Grain, dimension: str, last: int | None = None
) -> dict[tuple[UUID, str], Series]:
    """Several metrics split by a dimension, by metric id and member. Two queries, however many metrics and members."""
    views = {metric.pk: view_of(metric) for metric in stored_metrics().filter(pk__in=list(metric_ids))}
    rows = stored_values(grain).filter(metric_id__in=list(views), dimension=dimension)
    if last:
        place = Window(RowNumber(), partition_by=["metric_id", "member"], order_by=F("period_start").desc())
        rows = rows.annotate(place=place).filter(place__lte=last)
    reader, found = Reader(), defaultdict(list)
    for row in rows.order_by("period_start"):
        found[row.metric_id, row.member].append(reader.point(row))
    return {
        (pk, member): Series(views[pk], Grain(grain), dimension, member, tuple(points))
        for (pk, member), points in found.items()
    }


def latest(metric: MetricLike, grain: Grain, dimension: str = "", member: str = "") -> Latest:
    """The newest value of a period that has ended, the one before it, and the running one. Two queries."""
    recent = series(metric, grain, dimension, member, last=SPARK_POINTS * 4)
    return Latest(recent.latest, recent.previous, recent.open)


def breakdown(metric: MetricLike, grain: Grain, period: Period, dimension: str) -> tuple[Point, ...]:
    """The values of one period by member of a dimension, largest first; "" means no member. Two queries."""
    view = metric_for(metric)
    rows = stored_values(grain).filter(metric_id=view.id, dimension=dimension, period_start=period.start)
    reader = Reader()
    points = [reader.point(row) for row in rows]
    return tuple(sorted(points, key=lambda p: (p.value is None, -(p.value or 0), p.member)))


def members_of(metric: MetricLike, grain: Grain, dimension: str) -> list[str]:
    """The members that have a value in any period, by name. Two queries."""
    view = metric_for(metric)
    rows = stored_values(grain).filter(metric_id=view.id, dimension=dimension)
    return sorted(rows.order_by().values_list("member", flat=True).distinct())


def stored_values(grain: Grain) -> QuerySet[MetricValue]:
    return MetricValue.objects.filter(grain=grain).select_related("version")


class Reader:
    """Turns stored values into points, as of today in the workspace's calendar and in the reader's language."""

    def __init__(self) -> None:
        self.calendar: Calendar = current_workspace().calendar
        self.today: date = self.calendar.today(timezone.now())

    def point(self, row: MetricValue) -> Point:
        return Point(
            id=row.pk,
            period=self.calendar.period_of(row.period_start, Grain(row.grain)),
            member=row.member,
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            n=row.n,
            state=values.state_today(row.state, row.period_end, self.today, row.reason),
            reason=reason_in_words(row.reason),
            former_value=row.former_value,
            version_number=row.version.number,
            computed_at=row.computed_at,
        )


def reason_in_words(written: dict) -> str:
    """A stored reason in the active language; "" for none."""
    reason = Reason.from_json(written)
    return reason.in_words(gettext) if reason else ""


def newest(metric_ids: Iterable[UUID], grain: Grain, last: int | None) -> dict[UUID, list[Point]]:
    """The totals of the newest `last` periods of each metric, oldest first. One query."""
    rows = stored_values(grain).filter(metric_id__in=list(metric_ids), dimension="")
    if last:
        place = Window(RowNumber(), partition_by="metric_id", order_by=F("period_start").desc())
        rows = rows.annotate(place=place).filter(place__lte=last)
    reader, found = Reader(), defaultdict(list)
    for row in rows.order_by("period_start"):
        found[row.metric_id].append(reader.point(row))
    return found
