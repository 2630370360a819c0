"""Conversions and funnels over several data sets, from uploaded files to stored values: figures by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from apps import engine
from apps.kernel.period import Grain
from apps.metrics.services import planning
from apps.metrics.services.plans import without_tables
from tests.integration.metrics import metric_cases as m
from tests.integration.metrics.test_metrics_incremental import _everything, _from_the_start

pytestmark = pytest.mark.django_db

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
TIME = {"source": "day", "name": "day", "type": "date", "role": "time"}
CUSTOMER = {"source": "customer", "name": "customer", "type": "text", "role": "entity"}
REGION = {"source": "region", "name": "region", "type": "text", "role": "dimension"}
GUEST = {"source": "guest", "name": "guest", "type": "text", "role": "entity"}
CLOCK = {"source": "at", "name": "at", "type": "datetime", "role": "attribute"}
STATUS = {"source": "status", "name": "status", "type": "text", "role": "attribute"}
VISITS = [
    ("2026-01-01", "fay", "South"),
    ("2026-01-05", "ann", "North"),
    ("2026-01-06", "bob", "South"),
    ("2026-01-28", "cid", "South"),
    ("2026-02-10", "ann", "North"),
    ("2026-02-11", "dan", "North"),
    ("2026-03-02", "bob", "South"),
    ("2026-03-03", None, "South"),
    ("2026-03-31", "ann", "North"),
]
ORDERS = [
    ("2026-01-02", "a", "fay", "West", "paid", 1),
    ("2026-01-03", "b", "fay", "West", "open", 1),
    ("2026-01-04", "c", "fay", "West", "paid", 1),
    ("2026-01-05", "1", "ann", "West", "open", 1),
    ("2026-01-12", "2", "ann", "West", "paid", 1),
    ("2026-02-03", "3", "cid", "West", "open", 1),
    ("2026-02-04", "4", "cid", "West", "paid", 1),
    ("2026-02-17", "5", "ann", "West", "open", 1),  # the eighth day
    ("2026-03-01", "6", "dan", "West", "paid", 1),
    ("2026-03-03", "7", "bob", "West", "paid", 1),
    ("2026-03-31", "8", "eve", "West", "open", 1),
]
EVENTS = [
    ("2026-01-05", "2026-01-05 10:00:00", "ann", "view"),
    ("2026-01-05", "2026-01-05 09:00:00", "ann", "paid"),
    ("2026-01-06", "2026-01-06 09:00:00", "bob", "view"),
    ("2026-01-06", "2026-01-06 09:30:00", "bob", "paid"),
    ("2026-03-31", "2026-03-31 09:30:00", "zed", "view"),
]
VISIT = {"dataset": "visits", "entity": "guest"}
ORDER = {"dataset": "orders", "entity": "customer"}


def being(status: str, **step: str) -> dict:
    return {**(step or ORDER), "filters": [{"column": "status", "op": "eq", "values": [status]}]}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch):
    """The first day after March."""
    noon = datetime(2026, 4, 1, 4, tzinfo=UTC)
    monkeypatch.setattr(planning, "timezone", SimpleNamespace(now=lambda: noon))


def figures(*found: object) -> dict[date, Decimal | None]:
    return dict(zip([JAN, FEB, MAR], [None if n is None else Decimal(str(n)) for n in found], strict=True))


def test_figures_by_hand(upload, define, run_work) -> None:
    upload("visits", VISITS, [TIME, GUEST, REGION])
    upload("orders", ORDERS)
    upload("events", EVENTS, [TIME, CLOCK, CUSTOMER, STATUS])
    event = {"dataset": "events", "entity": "customer"}
    timed = {**event, "moment": "at"}
    steps = [VISIT, being("open"), being("paid")]
    define("bought", "conversion", start=VISIT, goal=ORDER, within_days=7, dimensions=["region"])
    define("second", "conversion", start=ORDER, goal=ORDER, within_days=30)
    define("way", "funnel", steps=[VISIT, ORDER, being("paid")], within_days=10)
    define("touch", "funnel", steps=steps, within_days=10)
    define("strict", "funnel", steps=steps, within_days=10, order="strict")
    define("by_clock", "conversion", start=being("view", **timed), goal=being("paid", **timed), within_days=1)
    define("by_day", "conversion", start=being("view", **event), goal=being("paid", **event), within_days=1)
    run_work()
    expected = {
        "bought": figures("0.75", 0, "0.5"),
        "second": figures(1, "0.5", 0),
        "way": figures("0.75", 0, "0.5"),
        "touch": figures("0.5", 0, 0),
        "strict": figures("0.75", 0, 0),
        "by_clock": figures("0.5", None, 0),
        "by_day": figures(1, None, 0),
    }
    assert {key: m.totals(key) for key in expected} == expected
    third = Decimal("0.666666666667")
    assert m.cells("bought", dimension="region") == {
        (JAN, "North"): 1, (JAN, "South"): third, (FEB, "North"): 0, (MAR, "North"): 0, (MAR, "South"): 1,
    }  # fmt: skip
    half, most = Decimal("0.5"), Decimal("0.75")
    assert m.cells("way", dimension="step") == {
        (JAN, "1"): 1, (JAN, "2"): most, (JAN, "3"): most,
        (FEB, "1"): 1, (FEB, "2"): half, (FEB, "3"): 0,
        (MAR, "1"): 1, (MAR, "2"): half, (MAR, "3"): half,
    }  # fmt: skip
    assert m.states("bought") == m.states("way") == {JAN: "provisional", FEB: "final", MAR: "open"}
    # Orders begin on January 2; the windows of March run into April.
    assert m.states("by_clock") == {JAN: "provisional", FEB: "undefined", MAR: "final"}


def test_upload_by_upload_equals_from_the_start(upload, define, run_work) -> None:
    columns = [TIME, GUEST, REGION]
    upload("visits", VISITS[:4], columns)
    upload("orders", ORDERS[:5])
    define("bought", "conversion", start=VISIT, goal=ORDER, within_days=7, dimensions=["region"])
    define("way", "funnel", steps=[VISIT, ORDER, being("paid")], within_days=10, grains=["week", "month"])
    run_work()
    assert m.totals("bought")[JAN] == Decimal("0.5")
    for key, rows, shape in (
        ("orders", ORDERS[5:8], m.ORDERS),
        ("visits", VISITS[4:], columns),
        ("orders", ORDERS[8:], m.ORDERS),
    ):
        upload(key, rows, shape)
        grown = _everything()
        assert grown == _from_the_start(run_work)
    assert m.totals("bought") == figures("0.75", 0, "0.5")


def test_a_step_of_a_data_set_without_rows_is_never_done() -> None:
    steps = (
        engine.FunnelStep(),
        engine.FunnelStep(table="orders", entity="customer"),
        engine.FunnelStep(table="calls"),
    )
    plan = engine.FunnelPlan("", Grain.MONTH, "guest", steps, 7)
    assert without_tables(plan, []) is plan
    without = without_tables(plan, ["orders"])
    assert without.table_keys() == ("calls",)
    never = engine.Condition("guest", engine.Op.IS_NULL)
    assert without.steps == (steps[0], engine.FunnelStep((never,)), steps[2])
