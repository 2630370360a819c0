"""Make forecasts: read what is wanted, leave out what is made already, reckon the rest, write it in one go."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.evidence.domain.bounds import bounds_of
from apps.evidence.domain.forecasting import COVERAGE, Task
from apps.evidence.domain.history import MOST, SEASON, Closed, History, usable
from apps.evidence.models import Forecast, ForecastPoint
from apps.evidence.services.computing import answers
from apps.evidence.services.wanting import Wanted, horizon, wanted
from apps.kernel.issue import N_
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.domain.arithmetic import fits
from apps.metrics.domain.values import PROVISIONAL
from apps.metrics.selectors import MetricView, Series
from apps.metrics.services import new_edition
from apps.work.services import Claim
from apps.workspaces.scope import current_workspace

METHOD_EDITION = 1
"""Counted up when the way of forecasting changes, so that everything is made anew."""

Place = tuple[UUID, Grain, str, str]


@dataclass(frozen=True)
class Ready:
    """A series with all that its forecast is made from."""

    want: Wanted
    history: History
    periods: tuple[Period, ...]
    version: int
    task: Task | None
    digest: str


def forecast_all(claim: Claim) -> None:
    """Bring every wanted forecast up to date; forecasts that nobody wants any more go."""
    calendar = current_workspace().calendar
    places = wanted(calendar, calendar.today(timezone.now()))
    stored = {_place(row): row for row in Forecast.objects.all()}
    ready = [one for one in _ready(calendar, places.values()) if not _is_same(stored.get(one.want.place), one)]
    results = _reckon(claim, ready)
    with claim.completing():
        here = {view.id for view in metrics.metrics()}
        gone = [row.pk for place, row in stored.items() if place not in places]
        made = [(one, told) for one, told in zip(ready, results, strict=True) if one.want.metric_id in here]
        _write(made, gone + [stored[one.want.place].pk for one, _told in made if one.want.place in stored])
        if made or gone:
            new_edition("evidence")


def _place(row: Forecast) -> Place:
    return row.metric_id, Grain(row.grain), row.dimension, row.member


def _is_same(row: Forecast | None, one: Ready) -> bool:
    return row is not None and row.digest == one.digest


# --- what is there ----------------------------------------------------------------------------------------------------


def _ready(calendar: Calendar, wants: Iterable[Wanted]) -> Iterator[Ready]:
    """Every wanted series that has a settled value, with its task. Two queries for each grain and dimension."""
    alike: dict[tuple[Grain, str], list[Wanted]] = defaultdict(list)
    for want in wants:
        alike[want.grain, want.dimension].append(want)
    for (grain, dimension), some in alike.items():
        ids = {want.metric_id for want in some}
        last = MOST[grain] + SEASON[grain]
        totals = {} if dimension else metrics.series_of(ids, grain, last=last)
        members = metrics.member_series(ids, grain, dimension, last=last) if dimension else {}
        for want in some:
            series = members.get((want.metric_id, want.member)) if dimension else totals.get(want.metric_id)
            closed = closed_of(series) if series is not None else []
            history = usable(closed, want.grain)
            if series is not None and history.points:
                yield _prepared(calendar, want, series, history, version_of(closed, series, history))


def version_of(closed: list[Closed], series: Series, history: History) -> int:
    """The definition that the history is of: that of the newest value, unless a newer one has only unsettled values."""
    newest = next(point for point in reversed(closed) if point.value is not None)
    own = history.points[-1].version
    return series.latest.version_number if series.latest and newest.version == own else own


def _prepared(calendar: Calendar, want: Wanted, series: Series, history: History, version: int) -> Ready:
    periods = tuple(horizon(calendar, history.points[-1].period, want.until))
    values = tuple(float(value) for value in history.values)
    low, high = bounds_of(series.metric.definition, values)
    task = None if history.missing else Task(values, SEASON[want.grain], len(periods), low, high)
    return Ready(want, history, periods, version, task, _digest(history, periods, version, low, high))


def closed_of(series: Series) -> list[Closed]:
    """The closed points. Versions between which only words changed count as one."""
    numbers = {point.version_number for point in series.points}
    same = same_figures(series.metric) if len(numbers) > 1 else {}
    return [
        Closed(
            point.period, point.value, same.get(point.version_number, point.version_number), point.state != PROVISIONAL
        )
        for point in series.points
        if not point.is_open
    ]


def same_figures(metric: MetricView) -> dict[int, int]:
    """By number of a version that only changed words, the number of the newest one that changed figures before it."""
    found: dict[int, int] = {}
    root = 0
    for version in reversed(metrics.history_of(metric)):
        root = root if version.same_figures else version.number
        found[version.number] = root or version.number
    return found


def _digest(history: History, periods: tuple[Period, ...], version: int, low: float | None, high: float | None) -> str:
    points = [[point.period.key, str(point.value), point.version] for point in history.points]
    told = [METHOD_EDITION, version, points, history.begins, history.begins_at, periods[-1].key, low, high]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


# --- reckoning and writing --------------------------------------------------------------------------------------------


def _reckon(claim: Claim, ready: list[Ready]) -> list[dict[str, Any] | None]:
    """The answer for each; None where there are too few values, or where it could not be reckoned."""
    tasks = [one.task for one in ready if one.task is not None]
    found, told = answers(tasks), []
    for done, one in enumerate(ready):
        claim.progress(done, len(ready), N_("Looking ahead"))
        told.append(next(found) if one.task is not None else None)
    return told


def _write(made: list[tuple[Ready, dict[str, Any] | None]], old: list[UUID]) -> None:
    """Put new forecasts in place of the old ones. A series that could not be reckoned keeps none."""
    Forecast.objects.filter(pk__in=old).delete()
    now = timezone.now()
    rows, points = [], []
    for one, told in made:
        if one.task is not None and not _can_be_kept(told):
            continue
        row = Forecast(
            metric_id=one.want.metric_id,
            grain=one.want.grain,
            dimension=one.want.dimension,
            member=one.want.member,
            digest=one.digest,
            version=one.version,
            first=one.history.points[0].period.key,
            last=one.history.points[-1].period.key,
            count=len(one.history.points),
            begins={"message": one.history.begins, "params": {"period": one.history.begins_at}}
            if one.history.begins
            else {},
            missing=one.history.missing,
            computed_at=now,
            **(_explained(one.task, told) if one.task is not None and told is not None else {}),
        )
        rows.append(row)
        points += [] if told is None else _points(row, one.periods, told["ahead"])
    Forecast.objects.bulk_create(rows)
    ForecastPoint.objects.bulk_create(points, batch_size=2000)


def _can_be_kept(told: dict[str, Any] | None) -> bool:
    """Whether it was reckoned, to numbers no larger than a value may be: one that grows out of them stops no other."""
    figures = [Decimal(point[name]) for point in told["ahead"] for name in ("value", "low", "high")] if told else []
    return bool(figures) and all(figure.is_finite() and fits(figure) for figure in figures)


def _explained(task: Task, told: dict[str, Any]) -> dict[str, Any]:
    names = ("method", "tried", "hits", "cases", "origins")
    return {"coverage": COVERAGE, "season": task.season, **{name: told[name] for name in names}}


def _points(row: Forecast, periods: tuple[Period, ...], ahead: list[dict[str, Any]]) -> list[ForecastPoint]:
    """The points; a range that rounding made smaller than its value is widened to it."""
    found = []
    for period, told in zip(periods, ahead, strict=False):
        value, low, high = (Decimal(told[name]) for name in ("value", "low", "high"))
        found.append(
            ForecastPoint(
                forecast=row, period_start=period.start, period_end=period.end, value=value,
                low=min(low, value), high=max(high, value), errors=told["errors"],
            )
        )  # fmt: skip
    return found
