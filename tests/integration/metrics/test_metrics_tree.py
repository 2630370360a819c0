"""The tree: what may hang where, what is shown on it, and what it costs to read."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.audit import selectors as audit
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.models import ComputeRun, Metric, MetricValue, MetricVersion, TreeNode
from apps.metrics.services import TypedValue
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

QUERIES_OF_A_TREE = 2


@pytest.fixture
def shop(define, actor) -> TreeNode:
    """ARPU = visits x spend, with both below the root."""
    for key in ("visits", "spend", "nps"):
        define(key, "manual")
    define("arpu", "formula", expression="visits * spend")
    services.choose_north_star(actor=actor, metric_id=m.metric("arpu").pk, grain=Grain.MONTH)
    root = TreeNode.objects.get()
    services.add_factors(actor=actor, node_id=root.pk)
    return root


def node(key: str) -> TreeNode:
    return TreeNode.objects.get(metric__key=key)


def refused(act, **parts) -> list[str]:
    with pytest.raises(Refusal) as caught:
        act(**parts)
    return [issue.where for issue in caught.value.issues]


def test_factors_come_from_the_formula(shop, actor) -> None:
    assert [child.key for child in selectors.tree().children] == ["visits", "spend"]
    assert services.add_factors(actor=actor, node_id=shop.pk) == []
    services.remove_node(actor=actor, node_id=node("visits").pk)
    root = selectors.tree()
    assert root.missing_factors == ("visits",)
    services.add_factors(actor=actor, node_id=shop.pk)
    assert [(child.key, child.operator) for child in selectors.tree().children] == [("spend", ""), ("visits", "×")]
    assert selectors.tree().shape == "×"


def test_what_may_not_hang_there_is_refused_with_the_reason(shop, define, actor) -> None:
    nps, visits, arpu = m.metric("nps").pk, node("visits"), m.metric("arpu").pk
    add = services.add_node
    assert refused(add, actor=actor, metric_id=nps, parent_id=shop.pk) == ["link"]
    assert refused(add, actor=actor, metric_id=nps, parent_id=visits.pk) == ["link"]
    assert refused(add, actor=actor, metric_id=visits.metric_id, parent_id=shop.pk) == ["metric"]
    assert refused(add, actor=actor, metric_id=arpu, parent_id=visits.pk, link="influence") == ["metric"]
    assert refused(add, actor=actor, metric_id=nps, parent_id=shop.pk, link="cause") == ["link"]
    with pytest.raises(NotHere):
        add(actor=actor, metric_id=nps, parent_id=uuid4())
    below = add(actor=actor, metric_id=nps, parent_id=visits.pk, link="influence")
    change = services.change_node
    assert refused(change, actor=actor, node_id=visits.pk, parent_id=below.pk) != []
    assert refused(change, actor=actor, node_id=below.pk, metric_id=visits.metric_id) == ["metric"]
    assert refused(change, actor=actor, node_id=shop.pk, link="influence") == []  # the root is the North Star's
    assert refused(services.remove_node, actor=actor, node_id=shop.pk) == []


def test_moving_changing_and_removing(shop, actor, cleo) -> None:
    nps = services.add_node(actor=actor, metric_id=m.metric("nps").pk, parent_id=shop.pk, link="influence")
    services.move_node(actor=actor, node_id=nps.pk, direction="up")
    assert [child.key for child in selectors.tree().children] == ["visits", "nps", "spend"]
    services.move_node(actor=actor, node_id=node("visits").pk, direction="up")
    services.move_node(actor=actor, node_id=node("spend").pk, direction="down")
    assert [child.key for child in selectors.tree().children] == ["visits", "nps", "spend"]
    services.change_node(actor=actor, node_id=nps.pk, parent_id=node("spend").pk)
    assert [child.key for child in selectors.node_for(node("spend").pk).children] == ["nps"]
    with pytest.raises(Forbidden):
        services.remove_node(actor=cleo.actor, node_id=nps.pk)
    assert services.remove_node(actor=actor, node_id=node("spend").pk) == 2
    assert {n.key for n in selectors.tree().walk()} == {"arpu", "visits"}
    acts = [entry.act for entry in audit.history_of(nps)]
    assert acts == ["tree.changed", "tree.changed", "tree.added"]


def test_a_formula_that_no_longer_names_a_child_is_seen(shop, define) -> None:
    define("arpu", "formula", expression="visits * nps")
    root = selectors.tree()
    assert [(child.key, child.stale) for child in root.children] == [("visits", False), ("spend", True)]
    assert root.missing_factors == ("nps",)


def test_values_and_names_on_the_tree(shop, actor, run_work) -> None:
    months = [date(2025, month, 1) for month in range(1, 13)]
    for key, factor in (("visits", "2.5"), ("spend", "1600")):
        typed = [TypedValue(start, Decimal(factor) + n - 11) for n, start in enumerate(months)]
        services.type_values(actor=actor, metric_id=m.metric(key).pk, grain=Grain.MONTH, values=typed)
    run_work()
    root = selectors.tree(Grain.MONTH)
    assert root.latest.value == 4000
    assert root.latest.period.key == "2025-12"
    assert root.previous.period.key == "2025-11"
    assert len(root.spark) == 12
    assert root.open is None
    assert [child.latest.value for child in root.children] == [Decimal("2.5"), 1600]
    assert not selectors.tree(Grain.DAY).has_grain
    assert selectors.tree(Grain.DAY).latest is None
    with translation.override("zh-hans"):
        assert selectors.tree().name == "Arpu"


def test_where_a_formula_value_comes_from(shop, actor, run_work) -> None:
    for key, value in (("visits", 3), ("spend", 7)):
        typed = [TypedValue(date(2025, 1, 1), Decimal(value))]
        services.type_values(actor=actor, metric_id=m.metric(key).pk, grain=Grain.MONTH, values=typed)
    run_work()
    value = selectors.value_for(MetricValue.objects.get(metric__key="arpu").pk)
    assert [(view.key, point.value) for view, point in value.inputs] == [("visits", 3), ("spend", 7)]
    assert value.sides == ()
    with pytest.raises(NotHere):
        selectors.value_for(0)


def grow(nodes: int) -> None:
    """A chain-and-fan tree of manual metrics with 14 months of values each, written as they would be stored."""
    run = ComputeRun.objects.create(status="done")
    parent = None
    for number in range(nodes):
        metric = Metric.objects.create(key=f"grown_{number}")
        document = m.document_json(f"grown_{number}", "manual")
        metric.current_version = MetricVersion.objects.create(metric=metric, number=1, definition=document)
        metric.save()
        link = "influence" if parent else "formula"
        row = TreeNode.objects.create(metric=metric, parent=parent, link=link, position=number)
        parent = row if parent is None or number % 7 == 0 else parent
        starts = [date(2024 + n // 12, n % 12 + 1, 1) for n in range(24)]
        MetricValue.objects.bulk_create(
            MetricValue(
                metric=metric, version=metric.current_version, run=run, grain="month", period_start=start,
                period_end=date(start.year + start.month // 12, start.month % 12 + 1, 1), value=number, state="final",
            )
            for start in starts
        )  # fmt: skip


@pytest.mark.parametrize("size", [5, 200])
def test_a_tree_costs_two_queries_whatever_its_size(in_acme, size: int) -> None:
    grow(size)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        root = selectors.tree(Grain.MONTH)
    assert len(list(root.walk())) == size
    assert all(len(n.spark) == 12 and n.latest.value is not None for n in root.walk())
    assert len(queries) == QUERIES_OF_A_TREE, [query["sql"][:200] for query in queries]


def test_a_list_of_metrics_and_their_series_cost_the_same_at_any_size(in_acme) -> None:
    grow(30)
    with CaptureQueriesContext(connection) as queries:
        views = selectors.metrics()
        found = selectors.series_of([view.id for view in views], Grain.MONTH, last=3)
    assert len(queries) == 3
    assert {len(series.points) for series in found.values()} == {3}
