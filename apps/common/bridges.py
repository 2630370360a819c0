"""Bridges (waterfalls): from one value to another, step by step. Drawn upright, or lying where there is little room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.common.axes import Axis, Option, axis_for, base, category_axis
from apps.common.formats import Style


@dataclass(frozen=True)
class Step:
    """A bar of a bridge: one of its ends (`is_end`, `value` from zero), or what lies between (`value` is the change).

    `text` is the figure with its sign as it is read; `tone` is good, bad or none.
    """

    label: str
    value: Decimal
    text: str
    is_end: bool = False
    tone: str = "none"


@dataclass(frozen=True)
class Bridge:
    """From one value to another, step by step: the first step's end plus all changes is the last step's."""

    key: str
    title: str
    steps: Sequence[Step]
    style: Style = field(default_factory=Style)
    head: str = ""
    kind: str = "bridge"


_STEP_COLOUR = {"good": "@good-fill", "bad": "@bad-fill", "none": "@none-fill"}


def axis_of(figure: Bridge) -> Axis:
    """The value axis: it holds every level, and begins where that is worth it, not always at zero."""
    levels = [level for pair in _levels(figure) for level in pair]
    axis = axis_for(levels)
    if axis.low > 0 and min(levels) - axis.low < axis.step / 2:
        return Axis(axis.low - axis.step, axis.high, axis.step)  # an end that is only a sliver looks like nothing
    return axis


def _levels(figure: Bridge) -> list[tuple[Decimal, Decimal]]:
    """Between which values each bar stands; an end from its value to itself: its foot is the axis, wherever that is."""
    found, level = [], Decimal(0)
    for step in figure.steps:
        start = step.value if step.is_end else level
        level = step.value if step.is_end else level + step.value
        found.append((start, level))
    return found


def option(figure: Bridge, *, upright: bool) -> Option:
    """Stacked bars: what carries a bar is not drawn; one that crosses zero is drawn in two."""
    made = base(axis_of(figure))
    names = {**category_axis([step.label for step in figure.steps]), "axisLine": {"show": False}}
    names["axisLabel"] |= {
        "color": "@ink-2",
        "interval": 0,
        "hideOverlap": False,
        "overflow": "break",
        "lineHeight": 15,
    }
    names["axisLabel"]["width"] = 104 if upright else 108
    made["grid"] |= {"top": 26, "right": 12} if upright else {"top": 4, "right": 76}
    made["xAxis" if upright else "yAxis"] = names if upright else {**names, "inverse": True}
    if not upright:
        made["xAxis"]["axisLabel"]["show"] = False  # every bar says its figure, and there is no room for more
    bars = [_bridge_bar(step, ends, upright) for step, ends in zip(figure.steps, _levels(figure), strict=True)]
    common = {"type": "bar", "stack": "bridge", "barMaxWidth": 64 if upright else 22, "barCategoryGap": "28%"}
    carried = {"itemStyle": {"color": "transparent"}, "silent": True, "tooltip": {"show": False}}
    made["series"] = [
        {**common, "name": "", "data": [foot for foot, _first, _second in bars], **carried},
        {**common, "name": _("Value"), "data": [first for _foot, first, _second in bars]},
        {**common, "name": "", "data": [second for _foot, _first, second in bars]},
    ]
    return made


def _bridge_bar(step: Step, ends: tuple[Decimal, Decimal], upright: bool) -> tuple[Option | str, Option, Option | str]:
    """What carries a bar, the bar itself, and its part on the other side of zero, if it has one."""
    low, high = (Decimal(0), step.value) if step.is_end else ends
    low, high = min(low, high), max(low, high)
    colour = {"color": "@c-actual" if step.is_end else _STEP_COLOUR[step.tone], "borderRadius": 3}
    side = ("top" if high > 0 else "bottom") if upright else ("right" if high > 0 else "left")
    label = {"show": True, "position": side, "fontSize": 12, "fontWeight": 650, "color": "@ink-2"}
    label["formatter"] = _arrowed(step).replace("{", "(")
    shown = {"text": step.text, "itemStyle": colour, "label": label}
    if low < 0 < high:
        return "-", {"value": float(high), **shown}, {"value": float(low), "itemStyle": colour}
    foot, size = (low, high - low) if high > 0 else (high, low - high)
    return {"value": float(foot)} if foot else "-", {"value": float(size), **shown}, "-"


def _arrowed(step: Step) -> str:
    """The figure with an arrow: neither colour nor sign has to be told apart."""
    if step.is_end or not step.value:
        return step.text
    return f"{'▲' if step.value > 0 else '▼'} {step.text}"
