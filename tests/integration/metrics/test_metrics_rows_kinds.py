"""The rows behind a value of every kind: of each side and data set, of steps, intervals and members."""

from datetime import date

import pytest

from apps.metrics import selectors, services
from apps.metrics.models import MetricValue
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB = date(2025, 1, 1), date(2025, 2, 1)
ROWS = [
    ("2025-01-03", "o1", "ann", "North", "open", "100"),
    ("2025-01-20", "o2", "ann", "North", "paid", "50"),
    ("2025-01-31", "o3", "bob", "South", "open", "25"),
    ("2025-02-11", "o4", "cat", "South", "paid", "80"),
    ("2025-02-28", "o5", "ann", "North", "paid", "20"),
    ("2025-03-31", "o6", "cat", "South", "open", "9"),
]
REFUNDS = [("2025-01-25", "r1", "ann", "North", "done", "5"), ("2025-03-31", "r2", "bob", "South", "done", "1")]
ORDERED = {"dataset": "orders", "entity": "customer"}
PAID, OPEN = ({"column": "status", "op": "eq", "values": [word]} for word in ("paid", "open"))
AT_LEAST_ONE = {"measure": m.measure("count"), "op": "ge", "value": "1"}
REFUNDED = {"measure": m.measure("count", dataset="refunds"), "op": "ge", "value": "1"}
TWICE = {"measure": m.measure("count"), "op": "ge", "value": "2"}
STEPS = [{**ORDERED, "filters": [OPEN]}, {**ORDERED, "filters": [PAID]}]
MONEY = {"dataset": "orders", "entity": "customer", "column": "amount"}
KINDS = {
    "average": ("aggregate", {"measure": m.measure("avg", "amount")}),
    "running": ("cumulative", {"measure": m.measure("sum", "amount"), "to_date": "year"}),
    "twice": ("entity_count", {"entity": "customer", "conditions": [TWICE], "dimensions": ["region"]}),
    "both": ("entity_count", {"entity": "customer", "conditions": [AT_LEAST_ONE, REFUNDED]}),
    "share": ("entity_share", {"entity": "customer", "conditions": [TWICE], "base": {"dataset": "orders"}}),
    "churned": ("lifecycle", {"activity": ORDERED, "figure": "churned"}),
    "kept": ("retention", {"activity": ORDERED, "interval": 1, "intervals": 2}),
    "again": ("repeat", {"activity": ORDERED, "within_days": 20}),
    "level": ("stock", {**MONEY, "entity": ["customer"], "at": "closing", "carry_days": 10}),
    "nrr": ("recurring", {**MONEY, "figure": "nrr"}),
    "way": ("conversion", {"start": STEPS[0], "goal": STEPS[1], "within_days": 30}),
    "funnel": ("funnel", {"steps": STEPS, "within_days": 30}),
    "halves": ("ratio", {"numerator": m.measure("count", dataset="refunds"), "denominator": m.measure("count")}),
}
BEHIND = {
    ("average", JAN, "numerator"): ["o1", "o2", "o3"],
    ("running", FEB, "numerator"): ["o1", "o2", "o3", "o4", "o5"],
    ("twice", JAN, "numerator"): ["o1", "o2"],
    ("both", JAN, "numerator"): ["o1", "o2"],
    ("both", JAN, "numerator.refunds"): ["r1"],
    ("share", JAN, "numerator"): ["o1", "o2"],
    ("share", JAN, "denominator"): ["o1", "o2", "o3"],
    ("churned", FEB, "numerator"): ["o3"],
    ("kept", JAN, "numerator"): ["o5"],
    ("kept", JAN, "denominator"): ["o1", "o2", "o3"],
    ("again", JAN, "numerator"): ["o1"],
    ("again", JAN, "denominator"): ["o1", "o2", "o3"],
    ("level", FEB, "numerator"): ["o5"],
    ("nrr", FEB, "numerator"): ["o5"],
    ("nrr", FEB, "denominator"): ["o1", "o2", "o3"],
    ("way", JAN, "numerator"): ["o2"],
    ("way", JAN, "denominator"): ["o1", "o3"],
    ("halves", JAN, "numerator"): ["r1"],
    ("halves", JAN, "denominator"): ["o1", "o2", "o3"],
}
OF_PARTS = {
    ("kept", "interval", "0", "numerator"): ["o1", "o2", "o3"],
    ("kept", "interval", "1", "numerator"): ["o5"],
    ("kept", "interval", "1", "denominator"): ["o1", "o2", "o3"],
    ("funnel", "step", "1", "numerator"): ["o1", "o3"],
    ("funnel", "step", "2", "numerator"): ["o2"],
    ("funnel", "step", "2", "denominator"): ["o1", "o3"],
    ("twice", "region", "North", "numerator"): ["o1", "o2"],
}


def test_the_rows_behind_every_kind(upload, define, run_work, actor) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    upload("refunds", REFUNDS, row_key=["order_id"])
    for key, (kind, parts) in KINDS.items():
        define(key, kind, **parts)
    run_work()
    asked = {}
    for (key, start, side), ids in BEHIND.items():
        asked[_value(key, start).pk, side] = ids
    for (key, dimension, member, side), ids in OF_PARTS.items():
        asked[_value(key, JAN, dimension, member).pk, side] = ids
    for pk, side in asked:
        services.request_rows(actor=actor, value_id=pk, side=side)
    run_work()
    found = {at: _ids(selectors.rows_kept(*at, 1)) for at in asked}
    names = {at: str(MetricValue.objects.select_related("metric").get(pk=at[0]).metric.key) for at in asked}
    assert {(names[at], *at): ids for at, ids in found.items()} == {(names[at], *at): ids for at, ids in asked.items()}
    assert selectors.value_for(_value("both", JAN).pk).sides == ("numerator", "numerator.refunds")
    assert selectors.value_for(_value("funnel", JAN, "step", "1").pk).sides == ("numerator",)


def test_a_file_reads_as_many_rows_at_once_as_their_width_allows() -> None:
    from apps.engine import RowPage
    from apps.engine.requests import UploadedRow
    from apps.metrics.services import exporting

    def page(width: int) -> RowPage:
        return RowPage(("a",), tuple(UploadedRow("u", n, ("x" * width,)) for n in range(200)), 10_000, 0)

    assert exporting._next_portion(page(10)) == exporting.PORTION == 5_000
    assert exporting._next_portion(page(100_000)) == 39
    assert exporting._next_portion(page(9_000_000)) == 1


def _value(key: str, start: date, dimension: str = "", member: str = "") -> MetricValue:
    return MetricValue.objects.get(
        metric__key=key, grain="month", period_start=start, dimension=dimension, member=member
    )


def _ids(page) -> list[str]:
    at = page.columns.index("order_id") + 2
    return sorted(row[at] for row in page.rows)
