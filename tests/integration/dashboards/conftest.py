"""A small company with a North Star, a tree of any size, and typed values."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue

MONTHS = [date(2025, 12, 1), *[date(2026, month, 1) for month in range(1, 7)]]
ARPU = [4200, 4230, 4210, 4380, 4550, 4700, 4800]


def typed_metric(key: str, **rest: object) -> dict:
    return {
        "kind": "manual", "key": key, "name": {"en": f"The {key}", "zh": f"指标 {key}"},
        "unit": {"kind": "currency"}, "grains": ["month"],
    } | rest  # fmt: skip


@pytest.fixture
def company(in_acme, ada, run_work) -> Callable:
    """`company(nodes)`: `arpu` as the North Star by month with `nodes` - 1 influences below, all with values."""

    def make(nodes: int = 1) -> metrics.MetricView:
        keys = ["arpu", *[f"driver_{number}" for number in range(1, nodes)]]
        known = {view.key for view in metrics.metrics()}
        for key in keys:
            if key not in known:
                services.define(actor=ada.actor, definition=parse(typed_metric(key)))
                typed = [TypedValue(month, Decimal(value)) for month, value in zip(MONTHS, ARPU, strict=True)]
                metric_id = metrics.metric_for(key).id
                services.type_values(actor=ada.actor, metric_id=metric_id, grain=Grain.MONTH, values=typed)
        star = metrics.metric_for("arpu")
        services.choose_north_star(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, reason="It counts.")
        _grow(ada.actor, keys[1:])
        run_work()
        return star

    return make


def _grow(actor, keys: list[str]) -> None:
    root = metrics.tree()
    there = {node.key: node.id for node in root.walk()}
    parents = [root.id]
    for number, key in enumerate(keys):
        if key not in there:
            parent = parents[number // 12] if number // 12 < len(parents) else root.id
            node = services.add_node(
                actor=actor, metric_id=metrics.metric_for(key).id, parent_id=parent, link="influence"
            )
            there[key] = node.pk
        parents.append(there[key])
