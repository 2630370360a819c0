"""The workshop's tree, with typed values and a target: revenue = customers x ARPU, ARPU = visits x spend, and NPS."""

from datetime import date
from decimal import Decimal

import pytest

from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.models import TreeNode
from apps.metrics.services import TypedValue
from apps.targets import services as targets

MONTHS = [date(2026, 5, 1), date(2026, 6, 1)]
LEAVES = {"customers": [7900, 8000], "visits": ["2.4", "2.5"], "spend": [1610, 1600], "nps": [38, 40]}
FORMULAS = {"arpu": "visits * spend", "revenue": "customers * arpu"}
CURRENCY = {"spend", "arpu", "revenue"}


@pytest.fixture
def shop(in_acme, ada, run_work) -> metrics.MetricView:
    """The North Star of the workshop, in June 2026: 32,000,000; due by then 33,000,000, of 40,000,000 in December."""
    for key in [*LEAVES, *FORMULAS]:
        kind = {"kind": "formula", "expression": FORMULAS[key]} if key in FORMULAS else {"kind": "manual"}
        common = {
            "key": key, "name": {"en": key.title(), "zh": f"{key}指标"}, "direction": "up", "grains": ["month"],
            "unit": {"kind": "currency" if key in CURRENCY else "number", "decimals": 2 if key == "visits" else 0},
            "dimensions": [],
        }  # fmt: skip
        services.define(actor=ada.actor, definition=parse(kind | common))
    for key, values in LEAVES.items():
        typed = [TypedValue(month, Decimal(str(value))) for month, value in zip(MONTHS, values, strict=True)]
        view = metrics.metric_for(key)
        services.type_values(actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, values=typed)
    run_work()
    root = metrics.metric_for("revenue")
    services.choose_north_star(actor=ada.actor, metric_id=root.id, grain=Grain.MONTH, reason="It is what counts.")
    _hang("revenue", "customers", ada)
    _hang("revenue", "arpu", ada)
    _hang("arpu", "visits", ada)
    _hang("arpu", "spend", ada)
    _hang("arpu", "nps", ada, "influence")
    run_work()
    targets.set_target(
        actor=ada.actor, metric_id=root.id, grain=Grain.MONTH, baseline=Decimal(26_000_000), goal=Decimal(40_000_000),
        start=date(2026, 1, 1), due=date(2026, 12, 31),
    )  # fmt: skip
    return metrics.metric_for("revenue")


def _hang(parent: str, child: str, ada, link: str = "formula") -> None:
    node = TreeNode.objects.get(metric__key=parent)
    if not TreeNode.objects.filter(metric__key=child, parent=node).exists():
        services.add_node(actor=ada.actor, metric_id=metrics.metric_for(child).id, parent_id=node.pk, link=link)
