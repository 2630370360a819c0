"""Chart options, built in Python only: static/src/charts.js paints them, and nothing is computed there.

A figure holds finished values and how to write them; `option` makes the ECharts option, `tick_texts` the words of the
value axis, `table` the same figures as rows. Colours are tokens ("@c-actual", "@c-band/2e" with an alpha), which the
browser replaces by the theme's, so that dark mode is a repaint.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.common import ahead, bridges, lines
from apps.common.axes import Axis, Option, axis_for, base, category_axis
from apps.common.bridges import Bridge, Step
from apps.common.formats import DASH, Style

__all__ = [
    "Axis",
    "Bar",
    "Bars",
    "Bridge",
    "Figure",
    "Option",
    "Point",
    "Step",
    "Trend",
    "axis_for",
    "axis_of",
    "narrow_option",
    "option",
    "table",
    "tick_texts",
]


@dataclass(frozen=True)
class Point:
    """One period of a trend. `label` for the axis ("Jun"), `name` where there is room ("Jun 2026").

    `open` marks a period that is still running: its value is drawn dashed. `note` is an event to write at the point.
    `other` belongs to a second line (`Trend.other_name`); `mark` ("v2") names a vertical line through the point.
    `ahead` is a forecast, `low` to `high` its range.
    """

    label: str
    actual: Decimal | None
    target: Decimal | None = None
    open: bool = False
    name: str = ""
    note: str = ""
    other: Decimal | None = None
    mark: str = ""
    ahead: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Band:
    """A range of the value axis with a name and a tone, drawn behind the lines."""

    name: str
    low: Decimal
    high: Decimal
    tone: str


@dataclass(frozen=True)
class Trend:
    """A metric over time, with the path to its target where there is one.

    `key` is unique on the page, `title` the accessible name, `head` the heading of the table's first column ("Month").
    `name` says what its line is ("Draft"; empty: "Actual"), `other_name` what the second line is, if there is one.
    """

    key: str
    title: str
    points: Sequence[Point]
    style: Style = field(default_factory=Style)
    head: str = ""
    name: str = ""
    other_name: str = ""
    bands: Sequence[Band] = ()
    kind: str = "trend"


@dataclass(frozen=True)
class Bar:
    """One member of a breakdown."""

    label: str
    value: Decimal | None


@dataclass(frozen=True)
class Bars:
    """A metric by the members of a dimension, the largest first or in their own order, as given."""

    key: str
    title: str
    bars: Sequence[Bar]
    style: Style = field(default_factory=Style)
    head: str = ""
    kind: str = "bars"


Figure = Trend | Bars | Bridge


def axis_of(figure: Figure) -> Axis:
    """The value axis of a figure: bars start at zero, a trend where its values are."""
    if isinstance(figure, Bars):
        return axis_for((bar.value for bar in figure.bars), from_zero=True)
    if isinstance(figure, Bridge):
        return bridges.axis_of(figure)
    if figure.bands:
        return Axis(figure.bands[0].low, figure.bands[-1].high, (figure.bands[-1].high - figure.bands[0].low) / 4)
    shown = ("actual", "target", "other", "ahead", "low", "high")
    return axis_for(getattr(point, name) for point in figure.points for name in shown)


def tick_texts(figure: Figure) -> dict[str, str]:
    """What to write at each tick of the value axis, by the tick's value as JavaScript prints it."""
    axis = axis_of(figure)
    digits = max(0, -int(axis.step.normalize().as_tuple().exponent) - (2 if figure.style.kind == "percent" else 0))
    style = Style(figure.style.kind, digits, figure.style.symbol)
    short = {_as_js(tick): style.short(tick) for tick in axis.ticks}
    if len(set(short.values())) == len(short):
        return short
    return {_as_js(tick): style.full(tick) for tick in axis.ticks}  # 1M, 1M, 1M says nothing


def _as_js(value: Decimal) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def option(figure: Figure) -> Option:
    """The ECharts option of a figure, JSON-ready."""
    if isinstance(figure, Bridge):
        return bridges.option(figure, upright=True)
    return lines.option(figure, axis_of(figure)) if isinstance(figure, Trend) else _bars_option(figure)


def narrow_option(figure: Figure) -> Option | None:
    """Another option where there is little room, if there is one: a bridge lies on its side."""
    return bridges.option(figure, upright=False) if isinstance(figure, Bridge) else None


def table(figure: Figure) -> dict[str, Any]:
    """The same figures as a table: `head` (list of words) and `rows` (label, list of texts)."""
    style = figure.style
    if isinstance(figure, Bars):
        return {
            "head": [figure.head or _("Group"), _("Value")],
            "rows": [(bar.label, [style.full(bar.value)]) for bar in figure.bars],
        }
    if isinstance(figure, Bridge):
        return {
            "head": [figure.head or _("Group"), _("Value")],
            "rows": [(step.label, [step.text]) for step in figure.steps],
        }
    columns = [(figure.name or _("Actual"), lambda point: _actual_text(point, style))]
    if any(point.target is not None for point in figure.points):
        columns.append((_("Target path"), lambda point: style.full(point.target)))
    if any(point.ahead is not None for point in figure.points):
        columns.append((_("Forecast"), lambda point: ahead.text(point, style)))
    if figure.other_name:
        columns.append((figure.other_name, lambda point: style.full(point.other)))
    return {
        "head": [figure.head or _("Period"), *[head for head, _text in columns]],
        "rows": [(_named(point), [text(point) for _head, text in columns]) for point in figure.points],
    }


def _named(point: Point) -> str:
    name = point.name or point.label
    return f"{name} ({point.mark})" if point.mark else name


def _actual_text(point: Point, style: Style) -> str:
    text = style.full(point.actual)
    return _("%(value)s (in progress)") % {"value": text} if point.open and point.actual is not None else text


def _bars_option(figure: Bars) -> Option:
    made = base(axis_of(figure))
    made["grid"]["top"] = 8
    made["grid"]["right"] = 64
    made["yAxis"] = {**category_axis([_bar_name(bar) for bar in figure.bars]), "inverse": True}
    made["yAxis"]["axisLabel"] |= {"width": 120, "overflow": "truncate", "color": "@ink-2"}
    made["series"] = [
        {
            "name": _("Value"),
            "type": "bar",
            "barMaxWidth": 22,
            "data": [_bar(bar, figure.style) for bar in figure.bars],
            "itemStyle": {"color": "@c-actual", "borderRadius": 4},
        }
    ]
    return made


def _bar_name(bar: Bar) -> str:
    return bar.label if bar.value is not None else f"{bar.label} {DASH}"  # an empty place must not look like zero


def _bar(bar: Bar, style: Style) -> Option | str:
    if bar.value is None:
        return "-"
    label = {"show": True, "position": "right" if bar.value >= 0 else "left", "fontSize": 12, "color": "@ink-2"}
    return {
        "value": float(bar.value),
        "text": style.full(bar.value),
        "label": {**label, "formatter": style.short(bar.value)},
    }
