"""Read forecasts. Each function costs a fixed number of queries, said with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from apps.evidence.models import Forecast
from apps.kernel.period import Grain
from apps.metrics.selectors import Ahead, Series
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Tried:
    """A method and how it did on the past of this series: its mean absolute error, and that as a share of the mean."""

    method: str
    error: Decimal
    share: Decimal | None


@dataclass(frozen=True)
class ForecastView:
    """How a series is expected to go on. With too short a past there are no points, and `missing` says how many closed
    periods more are needed.

    `coverage` is the share of cases the range is meant to hold; of `cases` past ones, told from `origins` past moments,
    it held `hits`. `made_from` is how many values it was made from, `first` to `last`; `begins` says why no more.
    """

    metric_id: UUID
    grain: Grain
    dimension: str
    member: str
    points: tuple[Ahead, ...]
    errors: tuple[int, ...]
    method: str
    tried: tuple[Tried, ...]
    coverage: Decimal
    hits: int
    cases: int
    origins: int
    season: int
    first: str
    last: str
    made_from: int
    begins: dict[str, object]
    missing: int
    version_number: int
    computed_at: datetime

    @property
    def is_made(self) -> bool:
        return bool(self.points)

    @property
    def end(self) -> Ahead | None:
        """The furthest period that is told."""
        return self.points[-1] if self.points else None

    def at(self, day: date) -> Ahead | None:
        """What is expected of the period that holds a day; None where it does not reach."""
        return next((point for point in self.points if day in point.period), None)


def forecast_of(metric_id: UUID, grain: Grain, dimension: str = "", member: str = "") -> ForecastView | None:
    """The forecast of a series; None if none was ever tried. Two queries."""
    rows = _rows().filter(metric_id=metric_id, grain=grain, dimension=dimension, member=member)
    return next((view_of(row) for row in rows), None)


def forecasts_of(metric_ids: Iterable[UUID], grain: Grain) -> dict[UUID, ForecastView]:
    """The forecasts of the totals of these metrics, by metric id. Two queries, however many metrics."""
    rows = _rows().filter(metric_id__in=list(metric_ids), grain=grain, dimension="")
    return {row.metric_id: view_of(row) for row in rows}


def member_forecasts(metric_ids: Iterable[UUID], grain: Grain, dimension: str) -> dict[tuple[UUID, str], ForecastView]:
    """The forecasts of members of a dimension ("": of totals, with the member ""), by metric id and member.

    Two queries, however many.
    """
    rows = _rows().filter(metric_id__in=list(metric_ids), grain=grain, dimension=dimension)
    return {(row.metric_id, row.member): view_of(row) for row in rows}


def ahead_of(forecast: ForecastView | None, series: Series) -> tuple[Ahead, ...]:
    """What is still ahead of a series as it is shown: nothing of a forecast that is of another definition, nor of a
    period that has ended meanwhile. No query."""
    newest = series.latest
    if forecast is None or newest is None or forecast.version_number != newest.version_number:
        return ()
    return tuple(point for point in forecast.points if point.period > newest.period)


def _rows() -> QuerySet[Forecast]:
    return Forecast.objects.prefetch_related("points")


def view_of(row: Forecast) -> ForecastView:
    """A stored forecast with its points. No query where they were read with it."""
    calendar, grain = current_workspace().calendar, Grain(row.grain)
    points = list(row.points.all())
    return ForecastView(
        metric_id=row.metric_id,
        grain=grain,
        dimension=row.dimension,
        member=row.member,
        points=tuple(
            Ahead(calendar.period_of(point.period_start, grain), point.value, point.low, point.high) for point in points
        ),
        errors=tuple(point.errors for point in points),
        method=row.method,
        tried=tuple(_tried(each) for each in row.tried),
        coverage=row.coverage or Decimal(0),
        hits=row.hits,
        cases=row.cases,
        origins=row.origins,
        season=row.season,
        first=row.first,
        last=row.last,
        made_from=row.count,
        begins=row.begins,
        missing=row.missing,
        version_number=row.version,
        computed_at=row.computed_at,
    )


def _tried(told: dict) -> Tried:
    share = told["share"]
    return Tried(told["method"], Decimal(told["error"]), None if share is None else Decimal(share))
