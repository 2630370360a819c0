"""What a chart draws of a forecast: round dots from the last closed value on, and the range as an area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.common.formats import Style

if TYPE_CHECKING:
    from apps.common.charts import Point

Option = dict[str, Any]
Data = list[Option | str]


def text(point: Point, style: Style) -> str:
    """A forecast with its range, "5,240 (5,010 – 5,480)"."""
    if point.ahead is None or point.low is None or point.high is None:
        return style.full(point.ahead)
    return f"{style.full(point.ahead)} ({style.full(point.low)} – {style.full(point.high)})"


def line(points: Sequence[Point], style: Style) -> Option | None:
    """The forecast, from the newest closed value before it; None where there is none."""
    told = [i for i, point in enumerate(points) if point.ahead is not None]
    if not told:
        return None
    data: Data = ["-"] * len(points)
    start = _last_closed(points, told[0])
    if start is not None:
        data[start] = {"value": float(points[start].actual or 0), "symbol": "none"}
    for i in told:
        data[i] = {"value": float(points[i].ahead or 0), "text": text(points[i], style)}
    return {
        "name": _("Forecast"),
        "type": "line",
        "data": data,
        "symbol": "none",
        "lineStyle": {"width": 2.5, "color": "@c-forecast", "type": "dotted", "cap": "round"},
        "itemStyle": {"color": "@c-forecast"},
        "z": 3,
    }


def band(points: Sequence[Point]) -> list[Option]:
    """The range: an unseen line at its lower end, and the area from there to its upper end."""
    told = [i for i, point in enumerate(points) if point.low is not None and point.high is not None]
    if not told:
        return []
    low: Data = ["-"] * len(points)
    size: Data = ["-"] * len(points)
    start = _last_closed(points, told[0])
    if start is not None:
        low[start], size[start] = {"value": float(points[start].actual or 0)}, {"value": 0}
    for i in told:
        least, most = points[i].low or 0, points[i].high or 0
        low[i], size[i] = {"value": float(least)}, {"value": float(most - least)}
    common: Option = {
        "type": "line",
        "stack": "range",
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"width": 0, "color": "@c-band"},
        "z": 1,
    }
    return [
        {**common, "name": "-", "data": low},
        {**common, "name": _("Range of the forecast"), "data": size, "areaStyle": {"color": "@c-band/2e"}},
    ]


def _last_closed(points: Sequence[Point], before: int) -> int | None:
    """Where the newest closed value before a point stands."""
    closed = [i for i, point in enumerate(points[:before]) if point.actual is not None and not point.open]
    return closed[-1] if closed else None
