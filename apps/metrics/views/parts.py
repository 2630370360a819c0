"""The curve of a retention metric and the steps of a funnel: finished pieces of the metric's page, and of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import charts, formats
from apps.kernel.period import Grain, Period
from apps.metrics import presentation, selectors
from apps.metrics.domain import words
from apps.metrics.domain.checks import Known
from apps.metrics.domain.curves import Kept, Pooled, pooled, steps_from
from apps.metrics.domain.definition import FunnelDefinition, RetentionDefinition
from apps.metrics.selectors import MetricView, Point, Series

COHORTS = {Grain.DAY: 31, Grain.WEEK: 26, Grain.MONTH: 25, Grain.QUARTER: 13, Grain.HALF: 9, Grain.YEAR: 10}
"""How many of the newest cohorts stand in the table."""

Parts = Mapping[Period, Mapping[str, Point]]


@dataclass(frozen=True)
class HeatCell:
    """A cell of the table of cohorts. `state`: "closed", "open" (may still rise), "later" (has not come yet) or
    "missing"; `level` 0 to 9 says how dark it is."""

    text: str
    state: str
    level: int = 0
    url: str = ""


def context_of(view: MetricView, series: Series, period: Period | None, known: Known) -> dict[str, Any]:
    """What the metric's page shows of the parts: `curve`, `funnel` or nothing. One query."""
    if isinstance(view.definition, RetentionDefinition) and series.points:
        newest = series.points[-COHORTS[series.grain] :]
        found = selectors.parts(view, series.grain, newest[0].period.start, newest[-1].period.start)
        return {"curve": _curve(view.definition, found, series.grain)} if found else {}
    if isinstance(view.definition, FunnelDefinition) and period is not None:
        found = selectors.parts(view, series.grain, period.start, period.start)
        return {"funnel": _funnel(view, series, period, found.get(period, {}), known)} if found else {}
    return {}


# --- retention --------------------------------------------------------------------------------------------------------


def _curve(definition: RetentionDefinition, found: Parts, grain: Grain) -> dict[str, Any]:
    intervals = range(definition.intervals + 1)
    every = [pooled(_kept(points.get(str(at))) for points in found.values()) for at in intervals]
    last = max((at for at, each in enumerate(every) if each.cohorts), default=0)
    newest = _newest_whole(found, definition.intervals)
    return {
        "chart": _curve_chart(every[: last + 1], found, newest, grain),
        "heads": [str(at) for at in intervals],
        "rows": [_cohort(period, points, intervals) for period, points in reversed(found.items())],
        "pooled": [formats.percent(each.share) if each.cohorts else formats.DASH for each in every],
        "headline": str(definition.interval),
        "unit": later_word(grain),
    }


def later_word(grain: Grain) -> str:
    """How the columns of a curve are counted: "Months later"."""
    return {
        Grain.DAY: _("Days later"), Grain.WEEK: _("Weeks later"), Grain.MONTH: _("Months later"),
        Grain.QUARTER: _("Quarters later"), Grain.HALF: _("Half-years later"), Grain.YEAR: _("Years later"),
    }[grain]  # fmt: skip


def _kept(point: Point | None) -> Kept:
    if point is None:
        return Kept(None, None, closed=False)
    return Kept(point.numerator, point.denominator, closed=_is_closed(point))


def _is_closed(point: Point) -> bool:
    return point.value is not None and point.state in ("final", "restated")


def _newest_whole(found: Parts, last: int) -> Period | None:
    """The newest cohort whose whole curve is closed."""
    whole = [p for p, points in found.items() if all(_kept(points.get(str(at))).closed for at in range(last + 1))]
    return max(whole, default=None)


def _curve_chart(every: Sequence[Pooled], found: Parts, newest: Period | None, grain: Grain) -> charts.Trend:
    one = found[newest] if newest else {}
    points = [
        charts.Point(
            label=str(at),
            name=str(at),
            actual=each.share,
            other=one[str(at)].value if str(at) in one else None,
        )
        for at, each in enumerate(every)
    ]
    return charts.Trend(
        key="curve",
        title=_("Retention curve"),
        points=points,
        style=formats.Style(formats.Kind.PERCENT, 1),
        head=later_word(grain),
        name=_("All cohorts"),
        other_name=_("Newest whole cohort, %(period)s") % {"period": formats.period(newest)} if newest else "",
    )


def _cohort(period: Period, points: Mapping[str, Point], intervals: range) -> dict[str, Any]:
    size = next((point.denominator for point in points.values() if point.denominator is not None), None)
    return {
        "period": formats.period(period),
        "size": formats.plain(size),
        "cells": [_heat(points.get(str(at))) for at in intervals],
    }


def _heat(point: Point | None) -> HeatCell:
    if point is None:
        return HeatCell("", "later")
    url = reverse("metrics:explain", args=[point.id])
    if point.value is None:
        return HeatCell(formats.DASH, "missing", url=url)
    level = min(9, max(0, int(point.value * 10)))
    return HeatCell(formats.percent(point.value, 0), "closed" if _is_closed(point) else "open", level, url)


# --- funnel -----------------------------------------------------------------------------------------------------------


def _funnel(
    view: MetricView, series: Series, period: Period, points: Mapping[str, Point], known: Known
) -> dict[str, Any] | None:
    names = words.step_names(view.definition, get_language(), known)
    reached = [points[str(at)].numerator or Decimal(0) for at in range(1, len(names) + 1) if str(at) in points]
    if len(reached) < len(names):
        return None
    figures = steps_from(reached)
    title = _("%(name)s by step, %(period)s") % {"name": view.name, "period": formats.period(period)}
    numbered = list(enumerate(zip(names, figures, strict=True), 1))
    bars = [charts.Bar(f"{at}. {name}", step.reached) for at, (name, step) in numbered]
    lost = [step.lost for step in figures if step.lost is not None]
    return {
        "chart": charts.Bars(key="steps", title=title, bars=bars, head=_("Step")),
        "rows": [
            {
                "number": at,
                "name": name,
                "reached": formats.plain(step.reached),
                "of_first": formats.percent(step.of_first),
                "of_before": formats.percent(step.of_before),
                "lost": formats.plain(step.lost),
                "worst": step.lost is not None and step.lost > 0 and step.lost == max(lost),
                "url": reverse("metrics:explain", args=[points[str(at)].id]),
            }
            for at, (name, step) in numbered
        ],
        "period": formats.period(period),
        "open": points["1"].is_open or points[str(len(names))].is_open,
        "reason": points[str(len(names))].reason,
        "overall": formats.percent(figures[-1].of_first),
        **_neighbours(series, period),
    }


def _neighbours(series: Series, period: Period) -> dict[str, str]:
    """The ways to the period before and after, where there are values."""
    known = [point.period for point in series.points if point.value is not None]
    at = known.index(period) if period in known else -1
    link = lambda other: f"?{urlencode({'grain': series.grain, 'period': other.key})}#h-steps"  # noqa: E731
    return {
        "before": link(known[at - 1]) if at > 0 else "",
        "after": link(known[at + 1]) if 0 <= at < len(known) - 1 else "",
    }


# --- as a file --------------------------------------------------------------------------------------------------------


def lines(view: MetricView, series: Series, known: Known) -> Iterator[list[str]]:
    """The parts as a table for a spreadsheet: a line for each cohort, or for each period and step. One query."""
    if not series.points:
        return
    found = selectors.parts(view, series.grain, series.points[0].period.start, series.points[-1].period.start)
    if isinstance(view.definition, RetentionDefinition):
        yield [_("Cohort"), _("Cohort size"), *(str(at) for at in range(view.definition.intervals + 1))]
        for period, points in found.items():
            row = _cohort(period, points, range(0))
            cells = [points.get(str(at)) for at in range(view.definition.intervals + 1)]
            yield [period.key, row["size"].replace(",", ""), *(_share_cell(point) for point in cells)]
        return
    names = words.step_names(view.definition, get_language(), known)
    yield [
        _("Period"),
        _("Step"),
        _("Step name"),
        _("Got there"),
        _("Of the first step"),
        _("Of the step before"),
        _("Lost"),
    ]
    for period, points in found.items():
        reached = [points[str(at)].numerator or Decimal(0) for at in range(1, len(names) + 1) if str(at) in points]
        for at, (name, step) in enumerate(zip(names, steps_from(reached), strict=False), 1):
            shares = (step.reached, step.of_first, step.of_before, step.lost)
            yield [period.key, str(at), name, *(_exact(share) for share in shares)]


def _share_cell(point: Point | None) -> str:
    """A share that may still rise carries a mark: nobody takes it for a low one."""
    if point is None or point.value is None:
        return ""
    return _exact(point.value) + ("" if _is_closed(point) else " *")


def _exact(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def word_of(known: Known, dimension: str) -> str:
    """What a dimension of a value is called, built-in ones included."""
    built_in = {"interval": _("Periods later"), "step": _("Step")}
    return built_in.get(dimension) or presentation.dimension_word(known, dimension)
