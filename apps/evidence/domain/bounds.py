"""Between which values a metric stays, whatever a method says of it."""

from __future__ import annotations

from collections.abc import Sequence

from apps.metrics.domain.definition import Definition

SHARES = frozenset({"entity_share", "retention", "conversion", "funnel", "repeat"})
COUNTED = frozenset({"entity_count"})
Bounds = tuple[float | None, float | None]


def bounds_of(definition: Definition, values: Sequence[float]) -> Bounds:
    """The least and the most that a metric can be; None where there is no limit.

    Shares of customers by their kind, and ratios shown in percent that never were outside, stay within 0 and 1; counts
    not below 0, and neither does anything else whose kind counts. Amounts may turn negative: a loss is a value.
    """
    kind, unit = definition.kind, definition.unit.kind
    inside = all(0 <= value <= 1 for value in values)
    positive = all(value >= 0 for value in values)
    if unit == "percent" and inside and kind in SHARES | {"ratio"}:
        return 0.0, 1.0
    if kind == "score" and all(0 <= value <= 100 for value in values):
        return 0.0, 100.0
    if kind == "nps":
        return -100.0, 100.0
    if positive and (kind in COUNTED or unit == "count"):
        return 0.0, None
    return None, None
