"""Read values over time and by member."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Func, Max, Q, QuerySet, Sum, TextField, Value, Window
from django.db.models.functions import Cast, RowNumber
from django.utils import timezone
from django.utils.translation import gettext

from apps.kernel.period import Calendar, Grain, Period, Span
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
    points = [point for _metric, point in Reader().read(rows[:last] if last else rows)]
    return Series(view, Grain(grain), dimension, member, tuple(reversed(points)))


def series_of(metric_ids: Iterable[UUID], grain: Grain, last: int | None = None) -> dict[UUID, Series]:
    """The total of several metrics by period, by metric id. Two queries, however many metrics."""
    views = {metric.pk: view_of(metric) for metric in stored_metrics().filter(pk__in=list(metric_ids))}
    found = newest(views, grain, last)
    return {pk: Series(view, Grain(grain), "", "", tuple(found.get(pk, ()))) for pk, view in views.items()}


def member_series(
    metric_ids: Iterable[UUID],
    grain: Grain,
    dimension: str,
    last: int | None = None,
    members: Collection[str] | None = None,
) -> dict[tuple[UUID, str], Series]:
    """Several metrics split by a dimension, by metric id and member; of some members only, if given.

    Two queries, however many metrics and members.
    """
    views = {metric.pk: view_of(metric) for metric in stored_metrics().filter(pk__in=list(metric_ids))}
    rows = _of_members(stored_values(grain).filter(metric_id__in=list(views), dimension=dimension), members)
    if last:
        place = Window(RowNumber(), partition_by=["metric_id", "member"], order_by=F("period_start").desc())
        rows = rows.annotate(place=place).filter(place__lte=last)
    found = defaultdict(list)
    for metric_id, point in Reader().read(rows.order_by("period_start")):
        found[metric_id, point.member].append(point)
    return {
        (pk, member): Series(views[pk], Grain(grain), dimension, member, tuple(points))
        for (pk, member), points in found.items()
    }


def _of_members(rows: QuerySet[MetricValue], members: Collection[str] | None) -> QuerySet[MetricValue]:
    return rows if members is None else rows.filter(member__in=members)


Told = tuple[date, date, Decimal]
"""First day, day after the last, value."""


def values_within(
    metric_ids: Iterable[UUID],
    grain: Grain,
    spans: Iterable[Span],
    dimension: str = "",
    members: Collection[str] | None = None,
) -> dict[tuple[UUID, str], list[Told]]:
    """The values there are in some spans of days, by metric id and member, for what needs many: no states, no reasons.

    Of some members only, if given. One query, however many metrics, members and spans.
    """
    inside = Q()
    for span in spans:
        inside |= Q(period_start__gte=span.start, period_end__lte=span.end)
    if not inside:
        return {}
    rows = MetricValue.objects.filter(
        inside, grain=grain, metric_id__in=list(metric_ids), dimension=dimension, value__isnull=False
    ).order_by("period_start")
    rows = _of_members(rows, members)
    found: dict[tuple[UUID, str], list[Told]] = defaultdict(list)
    for metric_id, member, *told in rows.values_list("metric_id", "member", "period_start", "period_end", "value"):
        found[metric_id, member].append(tuple(told))
    return found


def newest_days(
    metric_ids: Iterable[UUID],
    since: date,
    today: date,
    dimension: str = "",
    members: Collection[str] | None = None,
) -> dict[tuple[UUID, str], tuple[date, Decimal | None]]:
    """To which day the values of days reach, of those that have ended, and what `today` has so far; by metric and
    member.

    Only what has a value on a day from `since` on and before `today`. One query.
    """
    rows = MetricValue.objects.filter(
        grain=Grain.DAY, metric_id__in=list(metric_ids), dimension=dimension, value__isnull=False,
        period_start__gte=since, period_start__lte=today,
    )  # fmt: skip
    told = (
        _of_members(rows, members)
        .order_by()
        .values("metric_id", "member")
        .annotate(newest=Max("period_start", filter=Q(period_start__lt=today)))
        .annotate(so_far=Sum("value", filter=Q(period_start=today)))
        .filter(newest__isnull=False)
    )
    return {(row["metric_id"], row["member"]): (row["newest"], row["so_far"]) for row in told}


def latest(metric: MetricLike, grain: Grain, dimension: str = "", member: str = "") -> Latest:
    """The newest value of a period that has ended, the one before it, and the running one. Two queries."""
    recent = series(metric, grain, dimension, member, last=SPARK_POINTS * 4)
    return Latest(recent.latest, recent.previous, recent.open)


def breakdown(metric: MetricLike, grain: Grain, period: Period, dimension: str) -> tuple[Point, ...]:
    """The values of one period by member of a dimension, largest first; "" means no member. Two queries."""
    view = metric_for(metric)
    rows = stored_values(grain).filter(metric_id=view.id, dimension=dimension, period_start=period.start)
    points = [point for _metric, point in Reader().read(rows)]
    return tuple(sorted(points, key=lambda p: (p.value is None, -(p.value or 0), p.member)))


def members_of(metric: MetricLike, grain: Grain, dimension: str) -> list[str]:
    """The members that have a value in any period, by name. Two queries."""
    view = metric_for(metric)
    rows = stored_values(grain).filter(metric_id=view.id, dimension=dimension)
    return sorted(rows.order_by().values_list("member", flat=True).distinct())


def splits_of(metric: MetricLike, grain: Grain) -> dict[str, list[str]]:
    """The members with a value in any period, by name, of each dimension it is split by. One query (two by key)."""
    view = metric_for(metric)
    rows = stored_values(grain).filter(metric_id=view.id, dimension__in=view.dimensions)
    found: dict[str, list[str]] = {dimension: [] for dimension in view.dimensions}
    for dimension, member in rows.order_by("dimension", "member").values_list("dimension", "member").distinct():
        found[dimension].append(member)
    return found


def stored_values(grain: Grain) -> QuerySet[MetricValue]:
    return MetricValue.objects.filter(grain=grain).select_related("version")


class Raw(NamedTuple):
    """What is read of many values: no whole rows, and reasons and moments as text, since many values share each."""

    grain: str
    metric_id: UUID
    pk: int
    period_start: date
    period_end: date
    member: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    state: str
    reason_text: str
    former_value: Decimal | None
    version__number: int
    computed_text: str


class Reader:
    """Turns stored values into points, as of today in the workspace's calendar and in the reader's language."""

    def __init__(self) -> None:
        self.calendar: Calendar = current_workspace().calendar
        self.today: date = self.calendar.today(timezone.now())
        self._period = cache(self.calendar.period_of)
        self._moment = cache(datetime.fromisoformat)
        self._reason = cache(_reason_of)

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

    def read(self, rows: QuerySet[MetricValue]) -> Iterator[tuple[UUID, Point]]:
        """Each of many stored values of one grain with the id of its metric. One query."""
        return ((row.metric_id, self.made(row)) for row in self.raw(rows))

    def raw(self, rows: QuerySet[MetricValue]) -> Iterator[Raw]:
        """Many stored values as they are: a point is dear to make where there are thousands. One query."""
        told = rows.annotate(
            reason_text=Cast("reason", TextField()),
            computed_text=Func(F("computed_at"), Value(_ISO), function="to_char", output_field=TextField()),
        ).values_list(*Raw._fields)
        return map(Raw._make, told)

    def state(self, row: Raw) -> str:
        """The state as of today of a value read by `raw`."""
        return values.state_today(row.state, row.period_end, self.today, self._reason(row.reason_text)[0])

    def made(self, row: Raw) -> Point:
        """The point of a value read by `raw`."""
        return Point(
            id=row.pk,
            period=self._period(row.period_start, Grain(row.grain)),
            member=row.member,
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            n=row.n,
            state=self.state(row),
            reason=self._reason(row.reason_text)[1],
            former_value=row.former_value,
            version_number=row.version__number,
            computed_at=self._moment(row.computed_text),
        )


_ISO = 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'


def _reason_of(text: str) -> tuple[dict, str]:
    written = json.loads(text)
    return written, reason_in_words(written)


def reason_in_words(written: dict) -> str:
    """A stored reason in the active language; "" for none."""
    reason = Reason.from_json(written)
    return reason.in_words(gettext) if reason else ""


def newest(metric_ids: Iterable[UUID], grain: Grain, last: int | None) -> dict[UUID, list[Point]]:
    """The totals of the newest `last` periods of each metric, oldest first. One query."""
    found = defaultdict(list)
    for metric_id, point in Reader().read(_newest_rows(metric_ids, grain, last)):
        found[metric_id].append(point)
    return found


@dataclass(frozen=True)
class Recent:
    """What a node of the tree shows of a metric: `spark` are the values of the last ended periods, oldest first."""

    latest: Point | None = None
    previous: Point | None = None
    open: Point | None = None
    spark: tuple[Decimal | None, ...] = ()


def recent(
    metric_ids: Iterable[UUID], grain: Grain, *, upto: date | None = None, dimension: str = "", member: str = ""
) -> dict[UUID, Recent]:
    """The newest values of each metric, or of one member of each; with `upto` of periods that begin by then. One query.

    As `Series` says it: latest is the newest value of an ended period, previous that of the period right before it.
    """
    reader = Reader()
    rows = _newest_rows(metric_ids, grain, SPARK_POINTS + 2, upto=upto, dimension=dimension, member=member)
    found: dict[UUID, list[Raw]] = defaultdict(list)
    for row in reader.raw(rows):
        found[row.metric_id].append(row)
    return {metric_id: _recent(reader, alike) for metric_id, alike in found.items()}


def _recent(reader: Reader, rows: list[Raw]) -> Recent:
    is_open = [reader.state(row) == values.OPEN for row in rows]
    valued = [at for at, row in enumerate(rows) if row.value is not None]
    latest = next((at for at in reversed(valued) if not is_open[at]), None)
    running = next((at for at in reversed(valued) if is_open[at]), None)
    before = latest - 1 if latest else None
    if before is not None and (rows[before].value is None or rows[before].period_end != rows[latest].period_start):
        before = None
    made = [None if at is None else reader.made(rows[at]) for at in (latest, before, running)]
    return Recent(
        *made, tuple(row.value for row, opened in zip(rows, is_open, strict=True) if not opened)[-SPARK_POINTS:]
    )


def _newest_rows(
    metric_ids: Iterable[UUID],
    grain: Grain,
    last: int | None,
    *,
    upto: date | None = None,
    dimension: str = "",
    member: str = "",
) -> QuerySet[MetricValue]:
    rows = stored_values(grain).filter(metric_id__in=list(metric_ids), dimension=dimension, member=member)
    if upto is not None:
        rows = rows.filter(period_start__lte=upto)
    if last:
        place = Window(RowNumber(), partition_by="metric_id", order_by=F("period_start").desc())
        rows = rows.annotate(place=place).filter(place__lte=last)
    return rows.order_by("period_start")
