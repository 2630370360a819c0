"""A small company with a North Star, a tree of any size, and typed values."""

from collections.abc import Callable
from datetime import date

import pytest

from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.models import ManualValue, TreeNode

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
        new = [key for key in keys if key not in known]
        services.define_together(actor=ada.actor, definitions=[parse(typed_metric(key)) for key in new])
        ids = {view.key: view.id for view in metrics.metrics()}
        ManualValue.objects.bulk_create(
            ManualValue(
                metric_id=ids[key], grain=Grain.MONTH, period_start=month, value=value,
                typed_by=ada.pk, typed_by_name="Ada",
            )
            for key in new
            for month, value in zip(MONTHS, ARPU, strict=True)
        )  # fmt: skip
        star = metrics.metric_for("arpu")
        services.choose_north_star(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, reason="It counts.")
        _grow(ids, keys[1:])
        run_work()
        return star

    return make


def _grow(ids: dict, keys: list[str]) -> None:
    """The first twelve below the North Star, the next twelve below the first of these, and so on."""
    root = metrics.tree()
    there = {node.key: node.id for node in root.walk()}
    parents, new = [root.id], []
    for number, key in enumerate(keys):
        if key not in there:
            parent = parents[number // 12] if number // 12 < len(parents) else root.id
            new.append(TreeNode(metric_id=ids[key], parent_id=parent, link="influence", position=number))
            there[key] = new[-1].pk
        parents.append(there[key])
    TreeNode.objects.bulk_create(new)
