"""The axes of charts: round steps that hold all values, and how they are drawn."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Option = dict[str, Any]


@dataclass(frozen=True)
class Axis:
    """A value axis with round steps: from `low` to `high` by `step`."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def ticks(self) -> list[Decimal]:
        return [self.low + self.step * i for i in range(int((self.high - self.low) / self.step) + 1)]


def axis_for(values: Iterable[Decimal | None], *, steps: int = 4, from_zero: bool = False) -> Axis:
    """Round steps (1, 2, 2.5 or 5 times a power of ten) that hold all values, about `steps` of them."""
    known = [value for value in values if value is not None] or [Decimal(0), Decimal(1)]
    low, high = min(known), max(known)
    if from_zero or (low >= 0 and low < (high - low) / 2):
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        low, high = (low - abs(low) / 10, high + abs(high) / 10) if low else (Decimal(0), Decimal(1))
    rough = (high - low) / steps
    power = Decimal(10) ** (math.floor(math.log10(rough)))
    step = next(power * Decimal(m) for m in ("1", "2", "2.5", "5", "10") if power * Decimal(m) >= rough)
    return Axis(_floor(low / step) * step, -_floor(-high / step) * step, step)


def _floor(value: Decimal) -> Decimal:
    return Decimal(math.floor(value))


def base(axis: Axis) -> Option:
    return {
        "textStyle": {"fontSize": 12, "color": "@ink-3"},
        "grid": {"left": 4, "right": 20, "top": 34, "bottom": 4, "containLabel": True},
        "xAxis": value_axis(axis),
        "yAxis": value_axis(axis),
        "series": [],
    }


def value_axis(axis: Axis) -> Option:
    return {
        "type": "value",
        "min": float(axis.low),
        "max": float(axis.high),
        "interval": float(axis.step),
        "axisLabel": {"color": "@ink-3", "fontSize": 12},
        "splitLine": {"lineStyle": {"color": "@grid"}},
        "axisLine": {"show": False},
        "axisTick": {"show": False},
    }


def category_axis(labels: list[str]) -> Option:
    return {
        "type": "category",
        "data": labels,
        "axisLabel": {"color": "@ink-3", "fontSize": 12, "hideOverlap": True, "margin": 10},
        "axisLine": {"lineStyle": {"color": "@line-2"}},
        "axisTick": {"show": False},
    }
