"""A shop with typed values: revenue per customer is visits times spend, for all and for two stores."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import pytest

from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
NAMES = {
    "arpu": ("Revenue per customer", "客均消费"), "visits": ("Visits per customer", "客均到店次数"),
    "spend": ("Spend per visit", "单次消费"), "mood": ("Mood", "心情"),
}  # fmt: skip


def document(key: str, kind: str, unit: Mapping | None = None, **rest: object) -> dict:
    en, zh = NAMES.get(key, (key.replace("_", " ").capitalize(), key))
    return {
        "kind": kind, "key": key, "name": {"en": en, "zh": zh}, "unit": unit or {"kind": "number", "decimals": 1},
        "grains": ["month"],
    } | rest  # fmt: skip


@pytest.fixture
def typed(in_acme, ada) -> Callable:
    """`typed(key, {MAY: 2.5}, own={…})`: a manual metric by month, for all and by store; not computed yet."""

    def make(key: str, values: Mapping[date, object], unit: Mapping | None = None, **stores: Mapping) -> None:
        if key not in {view.key for view in metrics.metrics()}:
            definition = document(key, "manual", unit, dimensions=["store"] if stores else [])
            services.define(actor=ada.actor, definition=parse(definition))
        rows = [TypedValue(start, Decimal(str(value))) for start, value in values.items()]
        rows += [
            TypedValue(start, Decimal(str(value)), "store", member)
            for member, told in stores.items()
            for start, value in told.items()
        ]
        services.type_values(actor=ada.actor, metric_id=metrics.metric_for(key).id, grain=Grain.MONTH, values=rows)

    return make


@pytest.fixture
def defined(in_acme, ada) -> Callable:
    """`defined(key, kind, …)`: any other metric."""

    def make(key: str, kind: str, unit: Mapping | None = None, **rest: object) -> None:
        services.define(actor=ada.actor, definition=parse(document(key, kind, unit, **rest)))

    return make


MONEY = {"kind": "currency", "decimals": 0}


@pytest.fixture
def shop(typed, defined, ada, run_work) -> metrics.MetricView:
    """ARPU 4,000 in May and 6,004 in June, which is also what the own store and the rival come to in June."""
    typed("visits", {MAY: "2.5", JUNE: "3.8"}, own={JUNE: "2.5"}, rival={JUNE: "3.8"})
    typed("spend", {MAY: 1600, JUNE: 1580}, MONEY, own={JUNE: 1600}, rival={JUNE: 1580})
    typed("mood", {MAY: 7, JUNE: 5})
    defined("arpu", "formula", MONEY, expression="visits * spend", dimensions=["store"])
    run_work()
    star = metrics.metric_for("arpu")
    services.choose_north_star(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, reason="It counts.")
    root = metrics.tree()
    services.add_factors(actor=ada.actor, node_id=root.id)
    services.add_node(actor=ada.actor, metric_id=metrics.metric_for("mood").id, parent_id=root.id, link="influence")
    return star


@pytest.fixture
def node_ids(shop) -> dict[str, str]:
    """Ids of the tree's nodes by key."""
    return {node.key: str(node.id) for node in metrics.tree().walk()}
