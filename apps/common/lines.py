"""What a chart draws of a trend: actual line and notes, what still runs, target, another line, and their legend."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.common import ahead
from apps.common.axes import Axis, Option, base, category_axis

if TYPE_CHECKING:
    from apps.common.charts import Band, Point, Trend

# Swatches drawn like the lines they stand for: solid with a dot, dots, round dots, an area, dashes.
_SWATCH = {
    "solid": "path://M0 5.2h8.2v1.6h-8.2zM15.8 5.2h8.2v1.6h-8.2zM12 2.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6z",
    "dots": "path://M0 5h3v2h-3zM7 5h3v2h-3zM14 5h3v2h-3zM21 5h3v2h-3z",
    "rounds": "path://M3 4.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6zM12 4.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6z"
    "M21 4.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6z",
    "area": "path://M0 1h24v10h-24z",
    "dashes": "path://M0 5.2h6v1.6h-6zM9 5.2h6v1.6h-6zM18 5.2h6v1.6h-6z",
}


def option(trend: Trend, axis: Axis) -> Option:
    """The ECharts option of a trend over its value axis."""
    made = base(axis)
    made["xAxis"] = {**category_axis([point.label for point in trend.points]), "boundaryGap": False}
    lines = (
        _closed_line(trend),
        _open_line(trend),
        ahead.line(trend.points, trend.style),
        _target_line(trend),
        _other_line(trend),
    )
    drawn = [line for line in lines if line]
    band = ahead.band(trend.points)
    made["series"] = [*band, *drawn]
    made["legend"] = _legend([*drawn, *band[1:]])
    return made


def _datum(value: Decimal | None, text: str) -> Option | str:
    return "-" if value is None else {"value": float(value), "text": text}


def _fade(token: str) -> Option:
    stops = [{"offset": 0, "color": f"{token}/26"}, {"offset": 1, "color": f"{token}/03"}]
    return {"type": "linear", "x": 0, "y": 0, "x2": 0, "y2": 1, "colorStops": stops}


def _legend(lines: list[Option]) -> Option:
    return {
        "data": [_legend_entry(line) for line in lines],
        "itemHeight": 9,
        "left": 0,
        "top": 0,
        "itemWidth": 24,
        "itemGap": 18,
        "selectedMode": False,
        "textStyle": {"color": "@ink-2", "fontSize": 12},
    }


def _legend_entry(line: Option) -> Option:
    stroke = line["lineStyle"]
    if "stack" in line:
        return {"name": line["name"], "icon": _SWATCH["area"], "itemStyle": {**line["areaStyle"], "borderWidth": 0}}
    swatch = {"solid": "solid", "dashed": "dashes", "dotted": "rounds"}.get(str(stroke.get("type", "solid")), "dots")
    return {"name": line["name"], "icon": _SWATCH[swatch], "itemStyle": {"color": stroke["color"], "borderWidth": 0}}


def _closed_line(trend: Trend) -> Option:
    """The actual values of closed periods, with the notes of events."""
    style = trend.style
    data = [_datum(None if p.open else p.actual, style.full(p.actual)) for p in trend.points]
    line = {
        "name": trend.name or _("Actual"),
        "type": "line",
        "data": data,
        "symbol": "circle",
        "symbolSize": 7,
        "showSymbol": len(trend.points) <= 36,
        "showAllSymbol": True,
        "lineStyle": {"width": 2.5, "color": "@c-actual"},
        "itemStyle": {"color": "@c-actual"},
        "areaStyle": {"color": _fade("@c-actual"), "origin": "start"},
        "z": 3,
    }
    marks = [_mark(i, p) for i, p in enumerate(trend.points) if p.mark]
    if marks:
        line["markLine"] = {
            "symbol": "none",
            "silent": True,
            "animation": False,
            "data": marks,
            "lineStyle": {"color": "@ink-3", "type": "dashed", "width": 1},
            "label": {"fontSize": 12, "fontWeight": 650, "color": "@ink-2", "position": "insideEndTop", "rotate": 0},
        }
    if trend.bands:
        line["markArea"] = {"silent": True, "animation": False, "data": [_area(band) for band in trend.bands]}
        line.pop("areaStyle")
    notes = [_note(i, p) for i, p in enumerate(trend.points) if p.note and p.actual is not None]
    if notes:
        line["markPoint"] = {
            "symbol": "circle",
            "symbolSize": 1,
            "data": notes,
            "label": {
                "fontSize": 12,
                "color": "@ink-2",
                "position": "bottom",
                "distance": 12,
                "backgroundColor": "@surface",
                "borderColor": "@line-2",
                "borderWidth": 1,
                "borderRadius": 4,
                "padding": [3, 6],
            },
        }
    return line


def _area(band: Band) -> list[Option]:
    label = {"position": "insideTopLeft", "fontSize": 12, "color": "@ink-2", "formatter": band.name.replace("{", "(")}
    colour = {"color": f"@{band.tone}-fill/1c"}
    return [{"yAxis": float(band.low), "itemStyle": colour, "label": label}, {"yAxis": float(band.high)}]


def _note(index: int, point: Point) -> Option:
    return {"coord": [index, float(point.actual or 0)], "label": {"formatter": point.note.replace("{", "(")}}


def _mark(index: int, point: Point) -> Option:
    return {"xAxis": index, "label": {"formatter": point.mark.replace("{", "(")}}


def _other_line(trend: Trend) -> Option | None:
    """The second line, thin and dashed: another definition, or what the figures were before."""
    if not trend.other_name or all(point.other is None for point in trend.points):
        return None
    return {
        "name": trend.other_name,
        "type": "line",
        "data": [_datum(p.other, trend.style.full(p.other)) for p in trend.points],
        "symbol": "none",
        "lineStyle": {"width": 1.5, "color": "@ink-3", "type": "dashed"},
        "itemStyle": {"color": "@ink-3"},
        "z": 2,
    }


def _open_line(trend: Trend) -> Option | None:
    """The period that is still running: dashed, from the last closed value on."""
    running = [i for i, p in enumerate(trend.points) if p.open and p.actual is not None]
    if not running:
        return None
    data: list[Option | str] = ["-"] * len(trend.points)
    start = running[0] - 1
    if start >= 0 and (last := trend.points[start].actual) is not None:
        data[start] = {"value": float(last), "symbol": "none"}  # no text: the tooltip names it once, as actual
    for i in running:
        data[i] = _datum(trend.points[i].actual, trend.style.full(trend.points[i].actual))
    return {
        "name": _("In progress"),
        "type": "line",
        "data": data,
        "symbol": "circle",
        "symbolSize": 8,
        "showAllSymbol": True,
        "lineStyle": {"width": 2.5, "color": "@c-open", "type": [2, 5], "cap": "round"},
        "itemStyle": {"color": "@surface", "borderColor": "@c-open", "borderWidth": 2},
        "z": 3,
    }


def _target_line(trend: Trend) -> Option | None:
    if all(point.target is None for point in trend.points):
        return None
    last = max(i for i, p in enumerate(trend.points) if p.target is not None)
    goal = trend.points[last].target
    return {
        "name": _("Target path"),
        "type": "line",
        "data": [_datum(p.target, trend.style.full(p.target)) for p in trend.points],
        "symbol": "none",
        "lineStyle": {"width": 1.5, "color": "@c-target", "type": "dashed"},
        "itemStyle": {"color": "@c-target"},
        "markPoint": {
            "symbol": "circle",
            "symbolSize": 1,
            "data": [{"coord": [last, float(goal or 0)], "label": {"formatter": trend.style.short(goal)}}],
            "label": {"fontSize": 12, "fontWeight": 650, "color": "@ink-2", "position": "top", "align": "right"},
        },
        "z": 2,
    }
