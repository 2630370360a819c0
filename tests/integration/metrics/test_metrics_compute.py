"""From uploaded rows to values: exact, and honest about what is missing."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models.functions import Now

from apps.datasets import services as data
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.domain.reasons import Reason
from apps.metrics.models import MetricValue
from apps.work.models import Work
from apps.work.services import enqueue
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
ROWS = [
    ("2026-01-01", "1", "ann", "North", "paid", "10.50"),
    ("2026-01-15", "2", "bob", "South", "open", "4.25"),
    ("2026-01-31", "3", "ann", "North", "paid", "20"),
    ("2026-02-01", "4", "cat", None, "paid", "7"),
    ("2026-02-28", "5", "ann", "South", "open", None),
    ("2026-03-01", "6", "dan", "North", "paid", "0.10"),
    ("2026-03-31", "7", "dan", "North", "paid", "0.20"),
]


def amounts(*values: object) -> list[Decimal | None]:
    return [None if value is None else Decimal(str(value)) for value in values]


HOWS = {
    "sum": ("amount", "34.75", "7", "0.30"),
    "count": (None, 3, 2, 2),
    "distinct": ("customer", 2, 2, 1),
    "avg": ("amount", "11.583333333333", "7", "0.15"),
    "min": ("amount", "4.25", "7", "0.10"),
    "max": ("amount", "20", "7", "0.20"),
    "median": ("amount", "10.50", "7", "0.15"),
}


def test_every_way_of_putting_rows_together(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    for how, (column, *_) in HOWS.items():
        define(f"by_{how}", "aggregate", measure=m.measure(how, column))
    run_work()
    for how, (_, *expected) in HOWS.items():
        assert m.totals(f"by_{how}") == dict(zip([JAN, FEB, MAR], amounts(*expected), strict=True)), how
        assert set(m.states(f"by_{how}").values()) == {"final"}


def test_every_grain_and_member(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define(
        "customers",
        "aggregate",
        measure=m.measure("distinct", "customer"),
        grains=["day", "week", "month", "quarter", "year"],
        dimensions=["region"],
    )
    run_work()
    days = m.totals("customers", "day")
    assert len(days) == 90
    assert sum(days.values()) == 7
    assert (days[date(2026, 1, 15)], days[date(2026, 1, 16)]) == (1, 0)
    assert m.totals("customers", "week")[date(2026, 1, 26)] == 2  # 31 January and 1 February
    assert m.totals("customers", "quarter") == {JAN: 4}
    assert m.totals("customers", "year") == {JAN: 4}
    assert m.cells("customers", "month", "region") == {
        (JAN, "North"): 1,
        (JAN, "South"): 1,
        (FEB, ""): 1,
        (FEB, "South"): 1,
        (MAR, "North"): 1,
    }
    assert m.cells("customers", "year", "region") == {(JAN, "North"): 2, (JAN, "South"): 2, (JAN, ""): 1}


CONDITIONS = [
    ("amount", "gt", ["10.5"], 1),
    ("amount", "ge", ["10.5"], 2),
    ("amount", "lt", ["4.25"], 2),
    ("amount", "le", ["4.25"], 3),
    ("amount", "is_null", [], 1),
    ("region", "ne", ["North"], 3),
    ("region", "in", ["North", "South"], 6),
    ("day", "gt", ["2026-01-31"], 4),
    ("day", "ge", ["2026-01-31"], 5),
    ("status", "eq", ["' or 1=1 --"], 0),
]


def test_more_than_is_not_at_least(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    for index, (column, op, values, _) in enumerate(CONDITIONS):
        filters = [{"column": column, "op": op, "values": values}]
        define(f"m{index}", "aggregate", measure=m.measure("count", filters=filters), grains=["year"])
    run_work()
    found = [m.totals(f"m{index}", "year")[JAN] for index in range(len(CONDITIONS))]
    assert found == [expected for *_, expected in CONDITIONS]


# --- what is covered --------------------------------------------------------------------------------------------------


def test_a_covered_month_without_rows_is_0_and_an_uncovered_one_is_no_data(upload, define, run_work, today) -> None:
    january, april = ("2026-01-01", "1", "ann", "N", "paid", "5"), ("2026-04-30", "9", "ann", "N", "paid", "6")
    march = ("2026-03-01", "8", "ann", "N", "paid", "1")
    define_later = [("total", "sum", "amount"), ("mean", "avg", "amount")]
    upload("orders", [january, ("2026-01-31", "2", "bob", "N", "paid", "5")])
    upload("orders", [march, april])
    for key, how, column in define_later:
        define(key, "aggregate", measure=m.measure(how, column))
    run_work()
    assert m.totals("total") == {JAN: 10, FEB: None, MAR: 1, APR: 6}
    assert m.states("total") == {JAN: "final", FEB: "no_data", MAR: "final", APR: "final"}
    point = selectors.series("total", Grain.MONTH).points[1]
    assert point.reason == "Nothing uploaded to Orders covers this period."
    upload("orders", [january, april], mode="replace")
    assert m.totals("total") == {JAN: 5, FEB: 0, MAR: 0, APR: 6}
    assert m.totals("mean") == {JAN: 5, FEB: None, MAR: None, APR: 6}
    assert m.states("mean")[FEB] == "undefined"


def test_open_provisional_final(upload, define, run_work, today) -> None:
    today(2026, 4, 20)
    upload("orders", [*ROWS, ("2026-04-19", "8", "eve", "North", "paid", "3")])
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    define("double", "formula", expression="total * 2")
    run_work()
    assert m.states("total") == {JAN: "final", FEB: "final", MAR: "final", APR: "open"}
    assert m.states("double") == m.states("total")
    today(2026, 5, 2)
    enqueue("metrics.compute_all", subject="all")
    run_work()
    assert (m.states("total")[APR], m.states("double")[APR]) == ("provisional", "provisional")
    assert m.totals("total")[APR] == 3
    upload("orders", [("2026-05-01", "9", "eve", "North", "paid", "1")])
    assert (m.states("total")[APR], m.states("double")[APR]) == ("final", "final")
    assert m.states("total")[date(2026, 5, 1)] == "open"


def test_a_window_over_three_months(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define("rolling", "aggregate", measure=m.measure("distinct", "customer"), trailing=2, dimensions=["region"])
    run_work()
    assert m.totals("rolling") == {JAN: None, FEB: 3, MAR: 3}
    assert m.states("rolling") == {JAN: "undefined", FEB: "final", MAR: "final"}
    assert m.cells("rolling", "month", "region")[MAR, "South"] == 1
    upload("orders", [("2026-02-10", "10", "zoe", "South", "paid", "1")])
    assert m.totals("rolling") == {JAN: None, FEB: 4, MAR: 4}
    assert m.cells("rolling", "month", "region")[MAR, "South"] == 2


COSTS = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": "region", "name": "region", "type": "text", "role": "dimension"},
    {"source": "cost", "name": "cost", "type": "decimal", "role": "measure"},
]


def test_a_ratio_over_two_data_sets(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    upload("costs", [("2026-01-01", "North", "3"), ("2026-02-28", "West", "2")], COSTS)
    define(
        "cost_share",
        "ratio",
        numerator=m.measure("sum", "cost", "costs"),
        denominator=m.measure("sum", "amount"),
        dimensions=["region"],
    )
    run_work()
    assert m.totals("cost_share") == {
        JAN: Decimal("0.086330935252"),
        FEB: Decimal("0.285714285714"),
        MAR: None,
    }
    assert m.states("cost_share")[MAR] == "no_data"
    members = m.cells("cost_share", "month", "region")
    assert members[JAN, "North"] == Decimal("0.098360655738")
    assert members[JAN, "South"] == 0  # covered, and nothing was spent
    assert members[FEB, "West"] is None  # nothing to divide by
    assert (MAR, "North") not in members
    upload("costs", [("2026-03-31", "North", "1")], COSTS)
    assert m.totals("cost_share")[MAR] == Decimal("3.333333333333")


# --- formulas and typed values ----------------------------------------------------------------------------------------


def test_formulas_follow_their_inputs(upload, define, run_work, today, actor) -> None:
    upload("orders", ROWS)
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    define("customers", "aggregate", measure=m.measure("distinct", "customer"), dimensions=["region"])
    define("arpu", "formula", expression="revenue / customers", dimensions=["region"])
    define("plan", "manual")
    define("gap", "formula", expression="arpu - coalesce(plan, 0)")
    run_work()
    assert m.totals("arpu") == {JAN: Decimal("17.375"), FEB: Decimal("3.5"), MAR: Decimal("0.3")}
    assert m.totals("gap") == m.totals("arpu")
    assert m.cells("arpu", "month", "region")[JAN, "South"] == Decimal("4.25")
    plan = m.metric("plan")
    services.type_value(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, period_start=FEB, value=Decimal("1.5"))
    run_work()
    assert m.totals("gap") == {JAN: Decimal("17.375"), FEB: 2, MAR: Decimal("0.3")}
    assert m.totals("plan") == {FEB: Decimal("1.5")}
    services.type_value(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, period_start=FEB, value=Decimal(2))
    run_work()
    typed = MetricValue.objects.get(metric=plan)
    assert (typed.value, typed.state, typed.former_value) == (2, "restated", Decimal("1.5"))
    assert Reason.from_json(typed.reason).in_words(str) == "Ada typed another value."
    assert m.totals("gap")[FEB] == Decimal("1.5")
    services.type_value(actor=actor, metric_id=plan.pk, grain=Grain.MONTH, period_start=FEB, value=None)
    run_work()
    assert m.totals("gap")[FEB] == Decimal("3.5")


def test_a_missing_input_is_named_and_division_by_zero_says_so(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define("revenue", "aggregate", measure=m.measure("sum", "amount"))
    define(
        "never", "aggregate", measure=m.measure("count", filters=[{"column": "status", "op": "eq", "values": ["x"]}])
    )
    define("plan", "manual")
    define("against_plan", "formula", expression="revenue / plan")
    define("per_nothing", "formula", expression="revenue / never")
    run_work()
    assert set(m.states("against_plan").values()) == {"no_data"}
    assert set(m.states("per_nothing").values()) == {"undefined"}
    assert selectors.series("against_plan", Grain.MONTH).points[0].reason == "No value for: Plan."
    assert selectors.series("per_nothing", Grain.MONTH).points[0].reason == "It divides by zero."
    assert not MetricValue.objects.filter(metric__key__in=["against_plan", "per_nothing"], value__isnull=False).exists()


def test_the_4s_shop(upload, define, run_work, today) -> None:
    """8,000 customers, 2.5 visits at 1,600 each: 4,000 a year, as a ratio and as a product, to the last digit."""
    visits = [
        (f"2025-{1 + n % 12:02d}-{1 + n % 28:02d}", str(n), f"c{n % 8000}", "North", "paid", "1600")
        for n in range(20_000)
    ]
    visits += [("2025-01-01", "a", "c1", "North", "open", "9"), ("2025-12-31", "b", "c1", "North", "open", "9")]
    paid = [{"column": "status", "op": "eq", "values": ["paid"]}]
    upload("orders", visits)
    revenue, customers = m.measure("sum", "amount", filters=paid), m.measure("distinct", "customer", filters=paid)
    define("revenue", "aggregate", measure=revenue, grains=["year"])
    define("arpu", "ratio", numerator=revenue, denominator=customers, grains=["year"])
    times = m.measure("count", filters=paid)
    define("visits_per_customer", "ratio", numerator=times, denominator=customers, grains=["year"])
    define("spend_per_visit", "ratio", numerator=revenue, denominator=times, grains=["year"])
    define("arpu_by_factors", "formula", expression="visits_per_customer * spend_per_visit", grains=["year"])
    run_work()
    year = date(2025, 1, 1)
    assert m.totals("revenue", "year") == {year: 32_000_000}
    assert m.totals("visits_per_customer", "year") == {year: Decimal("2.5")}
    assert m.totals("spend_per_visit", "year") == {year: 1600}
    assert m.totals("arpu", "year") == m.totals("arpu_by_factors", "year") == {year: 4000}
    point = selectors.latest("arpu", Grain.YEAR).point
    assert (point.numerator, point.denominator, point.n, point.state) == (32_000_000, 8_000, 20_000, "final")


def test_what_is_wrong_with_data_is_said_beside_every_number_built_on_it(upload, define, today, actor, run_work):
    """Through formulas too, in the transaction that finds it, under another edition; and it goes again."""
    orders = upload(
        "orders", [("2026-04-01", "1", "c1", "N", "paid", "-5"), ("2026-04-02", "2", "c1", "N", "paid", "7")]
    )
    upload("other", [("2026-04-01", "1", "c1", "N", "paid", "5")])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"))
    define("elsewhere", "aggregate", measure=m.measure("sum", "amount", "other"))
    define("double", "formula", expression="revenue * 2")
    before = selectors.edition()
    data.add_check(actor=actor, dataset_id=orders.pk, check={"kind": "range", "column": "amount", "low": "0"})
    Work.objects.filter(status="queued").update(not_before=Now())  # a look at new rows waits until they settle
    run_work()
    assert selectors.edition() != before
    said = {view.key: view.data_warnings for view in selectors.metrics()}
    warning = "Orders: rows that break a check of the data: 1."
    assert said == {"revenue": [warning], "double": [warning], "elsewhere": []}
    define("late_comer", "aggregate", measure=m.measure("count"))
    run_work()
    assert selectors.metric_for("late_comer").data_warnings == [warning]
    before = selectors.edition()
    data.set_checks(actor=actor, dataset_id=orders.pk, wanted=[])
    assert selectors.edition() != before
    assert not any(view.warnings for view in selectors.metrics())
