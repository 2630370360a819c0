"""Kinds that follow entities, from an uploaded file to stored values: figures by hand, states, curves."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from apps.metrics.models import MetricValue
from apps.metrics.services import planning
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
ROWS = [
    ("2026-01-01", "1", "ann", "North", "paid", 100),
    ("2026-01-05", "2", "ann", "North", "paid", 100),
    ("2026-01-06", "3", "bob", "South", "paid", 50),
    ("2026-01-07", "4", None, "South", "paid", 50),
    ("2026-02-03", "5", "ann", "North", "paid", 250),
    ("2026-02-04", "6", "cid", "South", "paid", 80),
    ("2026-03-01", "7", "bob", "South", "paid", 60),
    ("2026-03-02", "8", "bob", "South", "paid", 30),
    ("2026-03-31", "9", "cid", "South", "paid", 20),
]
SCORES = [9, 10, 6, 9, 8, 7, 0, 9, 5]
SCORED = [*m.ORDERS, {"source": "score", "name": "score", "type": "integer", "role": "measure"}]
ACTIVITY = {"dataset": "orders", "entity": "customer"}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch):
    """The first day after March."""
    noon = datetime(2026, 4, 1, 4, tzinfo=UTC)
    monkeypatch.setattr(planning, "timezone", SimpleNamespace(now=lambda: noon))


def numbers(**by_key: tuple) -> dict[str, dict[date, Decimal | None]]:
    return {
        key: dict(zip([JAN, FEB, MAR], [None if n is None else Decimal(str(n)) for n in found], strict=True))
        for key, found in by_key.items()
    }


def _part(metric: str, goal: int) -> dict:
    return {"metric": metric, "scale": {"type": "linear", "floor": 0, "goal": goal}}


def test_figures_by_hand(upload, define, run_work) -> None:
    upload("orders", [(*row, score) for row, score in zip(ROWS, SCORES, strict=True)], SCORED)
    twice = [{"measure": m.measure("count"), "op": "ge", "value": 2}]
    spent = [*twice, {"measure": m.measure("sum", "amount"), "op": "gt", "value": 90}]
    define("twice", "entity_count", entity="customer", conditions=twice, dimensions=["region"])
    define("spent", "entity_count", entity="customer", conditions=spent)
    define("share", "entity_share", entity="customer", conditions=twice, base={"dataset": "orders"})
    for figure in ("active", "new", "retained", "reactivated", "churned", "net"):
        define(f"life_{figure}", "lifecycle", activity=ACTIVITY, figure=figure)
    for figure in ("mrr", "new", "expansion", "contraction", "churn", "reactivation", "nrr", "grr"):
        define(f"rec_{figure}", "recurring", dataset="orders", entity="customer", column="amount", figure=figure)
    define("rolling", "cumulative", measure=m.measure("sum", "amount"), trailing=2)
    define("to_date", "cumulative", measure=m.measure("sum", "amount"), to_date="quarter")
    define("nps", "nps", dataset="orders", column="score")
    define("p50", "aggregate", measure={"dataset": "orders", "how": "percentile", "column": "amount", "share": "0.5"})
    define("again", "repeat", activity=ACTIVITY, within_days=30)
    define("level", "stock", dataset="orders", entity=["customer"], column="amount", carry_days=60)
    define("taxed", "aggregate", measure={"dataset": "orders", "how": "sum", "expression": "amount * 2 - 1"})
    score = [{"name": {"en": "All"}, "weight": 1, "parts": [_part("share", 1), _part("nps", 100)]}]
    define("health", "score", groups=score)
    run_work()
    expected = numbers(
        twice=(1, 0, 1),
        spent=(1, 0, 0),
        share=("0.5", 0, "0.5"),
        life_active=(2, 2, 2),
        life_new=(2, 1, 0),
        life_retained=(0, 1, 1),
        life_reactivated=(0, 0, 1),
        life_churned=(0, 1, 1),
        life_net=(2, 0, 0),
        rec_mrr=(250, 330, 110),
        rec_new=(250, 80, 0),
        rec_expansion=(0, 50, 0),
        rec_contraction=(0, 0, 60),
        rec_churn=(0, 50, 250),
        rec_reactivation=(0, 0, 90),
        rec_nrr=(None, 1, "0.060606060606"),
        rec_grr=(None, "0.8", "0.060606060606"),
        rolling=(None, 630, 440),
        to_date=(300, 630, 740),
        nps=(50, 0, "-33.333333333333"),
        p50=(50, 80, 30),
        again=("0.666666666667", 0, "0.333333333333"),
        level=(150, 380, 300),
        taxed=(596, 658, 217),
        health=(50, 0, 25),
    )
    assert {key: m.totals(key) for key in expected} == expected
    assert m.cells("twice", dimension="region") == {
        (JAN, "North"): 1, (JAN, "South"): 0, (FEB, "North"): 0, (FEB, "South"): 0, (MAR, "South"): 1,
    }  # fmt: skip
    assert m.states("twice") == dict.fromkeys([JAN, FEB, MAR], "final")
    assert m.states("rolling") == {JAN: "undefined", FEB: "final", MAR: "final"}


def test_a_curve_is_open_where_it_is_young_and_never_low(upload, define, run_work) -> None:
    upload("orders", ROWS)
    define("kept", "retention", activity=ACTIVITY, intervals=3, interval=1)
    define("later", "retention", activity=ACTIVITY, intervals=3, interval=2, variant="unbounded")
    run_work()
    assert m.totals("kept") == {JAN: Decimal("0.5"), FEB: 1, MAR: None}
    assert m.states("kept") == {JAN: "final", FEB: "final", MAR: "open"}
    assert m.cells("kept", dimension="interval") == {
        (JAN, "0"): 1, (JAN, "1"): Decimal("0.5"), (JAN, "2"): Decimal("0.5"),
        (FEB, "0"): 1, (FEB, "1"): 1,
    }  # fmt: skip
    assert m.totals("later") == {JAN: Decimal("0.5"), FEB: None, MAR: None}
    assert set(m.states("later").values()) == {"open"}  # until the third period is over


def test_a_file_of_customers_is_the_base_of_a_share(upload, define, run_work) -> None:
    upload("orders", ROWS)
    columns = [
        {"source": "since", "name": "since", "type": "date", "role": "time"},
        {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
        {"source": "until", "name": "until", "type": "date", "role": "attribute"},
    ]
    upload(
        "people",
        [("2025-06-01", "ann", None), ("2025-07-01", "bob", "2026-02-10"), ("2026-02-01", "cid", None)],
        columns,
    )
    once = [{"measure": m.measure("count"), "op": "ge", "value": 1}]
    base = {"dataset": "people", "started": "since", "ended": "until"}
    define("active_share", "entity_share", entity="customer", conditions=once, base=base)
    run_work()
    found = {
        row.period_start: (row.numerator, row.denominator)
        for row in MetricValue.objects.filter(metric__key="active_share")
    }
    assert found == {JAN: (2, 2), FEB: (1, 1), MAR: (1, 2)}
    upload("people", [("2025-12-31", "dan", None)], columns)
    run_work()
    found = {row.period_start: row.denominator for row in MetricValue.objects.filter(metric__key="active_share")}
    assert found == {JAN: 3, FEB: 2, MAR: 3}
    assert set(m.states("active_share").values()) == {"restated"}
