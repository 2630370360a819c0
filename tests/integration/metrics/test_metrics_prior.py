"""prior(metric, n) over stored values: growth, restatements that reach forward, and the least that is computed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from apps.kernel.issue import Refusal
from apps.metrics import services
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import EARLIER_MISSING
from apps.metrics.models import MetricValue
from apps.metrics.services import planning
from apps.metrics.services.formulas import INPUT_CHANGED
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

MONTHS = [date(2026, month, 1) for month in range(1, 7)]
ROWS = [
    (f"2026-{month:02}-{day:02}", f"{month}/{day}", "ann", "North", "paid", 10 * month)
    for month in range(1, 7)
    for day in (1, 28)
]


@pytest.fixture
def july(monkeypatch) -> None:
    noon = datetime(2026, 7, 31, 4, tzinfo=UTC)
    monkeypatch.setattr(planning, "timezone", SimpleNamespace(now=lambda: noon))


def row(key: str, start: date) -> MetricValue:
    return MetricValue.objects.get(metric__key=key, period_start=start, dimension="")


def test_growth_has_no_value_before_its_history_and_says_why(july, upload, define, run_work) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"))
    define("growth", "formula", expression="revenue / prior(revenue, 2) - 1", unit={"kind": "percent"})
    run_work()
    assert m.totals("growth") == {
        MONTHS[0]: None, MONTHS[1]: None, MONTHS[2]: 2, MONTHS[3]: 1,
        MONTHS[4]: Decimal("0.666666666667"), MONTHS[5]: Decimal("0.5"),
    }  # fmt: skip
    first = row("growth", MONTHS[0])
    assert first.state == "undefined"
    assert first.reason == Reason(EARLIER_MISSING, {"names": "Revenue 2025-11"}).to_json()
    assert m.states("growth")[MONTHS[2]] == "final"


def test_a_late_row_restates_the_month_and_those_that_look_back_at_it(july, upload, define, run_work) -> None:
    upload("orders", [*ROWS, ("2026-07-15", "x", "ann", "North", "paid", 1)], row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"))
    define("gained", "formula", expression="revenue - prior(revenue, 2)")
    define("twice", "formula", expression="prior(gained, 1) * 2")
    run_work()
    before = dict(MetricValue.objects.values_list("pk", "run"))
    upload("orders", [("2026-02-10", "late", "bob", "North", "paid", 1000)], row_key=["order_id"])
    changed = {
        (value.metric.key, value.period_start.month)
        for value in MetricValue.objects.select_related("metric")
        if before.get(value.pk) != value.run_id
    }
    assert changed == {("revenue", 2), ("gained", 4), ("twice", 5)}
    gained, twice = row("gained", MONTHS[3]), row("twice", MONTHS[4])
    assert (gained.value, gained.state, gained.former_value) == (-960, "restated", 40)
    assert gained.reason == Reason(INPUT_CHANGED, {"names": "Revenue"}).to_json()
    assert (twice.value, twice.state, twice.former_value) == (-1920, "restated", 80)
    assert twice.reason == Reason(INPUT_CHANGED, {"names": "Gained"}).to_json()


def test_a_change_too_small_to_be_stored_still_reaches_what_is_made_of_it(july, upload, define, run_work) -> None:
    """A third of a billionth of a cent is nothing, until somebody multiplies it."""
    upload("orders", ROWS, row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"))
    define("tiny", "formula", expression="revenue / 100000000000000")
    define("large", "formula", expression="tiny * 100000000000000")
    run_work()
    upload("orders", [("2026-03-10", "late", "bob", "North", "paid", "0.01")], row_key=["order_id"])
    assert m.totals("tiny")[MONTHS[2]] == Decimal("0.000000000001")
    assert row("tiny", MONTHS[2]).state == "final"
    assert m.totals("large")[MONTHS[2]] == Decimal("60.01")


def test_a_new_version_of_a_formula_is_computed_everywhere_with_those_above_it(july, upload, define, run_work) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"))
    define("half", "formula", expression="revenue / 2")
    define("then", "formula", expression="prior(half, 3)")
    run_work()
    assert [m.totals("then")[month] for month in MONTHS] == [None, None, None, 10, 20, 30]
    define("half", "formula", expression="revenue / 4")
    run_work()
    assert [m.totals("then")[month] for month in MONTHS] == [None, None, None, 5, 10, 15]


def test_money_and_orders_are_refused_when_they_are_defined(upload, define, actor) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), unit={"kind": "currency"})
    define("orders", "aggregate", measure=m.measure("count"))
    sum_of_both = m.document("nonsense", "formula", expression="revenue + orders")
    with pytest.raises(Refusal) as caught:
        services.define(actor=actor, definition=sum_of_both)
    assert [str(issue) for issue in caught.value.issues] == [
        "expression: At character 11: only like units are added, subtracted or compared, and “orders” is in order, "
        "“revenue” in CNY. Multiply or divide one of them first, or correct its unit."
    ]
