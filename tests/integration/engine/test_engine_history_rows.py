"""The rows behind movements, cohorts and recurring revenue."""

from pathlib import Path

import pytest

from apps.engine import (
    Cohort,
    EngineFailure,
    LifecyclePlan,
    Loaded,
    RecurringPlan,
    RetentionPlan,
    Rows,
    Variant,
    rows,
)
from apps.kernel.period import Grain
from tests.integration.engine.engine_files import mapping, write_csv
from tests.integration.engine.engine_history import HEAD, LINES, month


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    return loader(write_csv(tmp_path / "sales.csv", HEAD, *LINES), mapping())


@pytest.fixture
def behind(desk):
    def look(loaded, plan, number, **options) -> list[str]:
        page = rows.work(Rows(loaded.files, plan, (month(number), month(number + 1)), **options), desk())
        return [row.cells[0] for row in page.rows]

    return look


@pytest.mark.parametrize(
    ("number", "series", "orders"),
    [
        (5, "active", ["8", "9", "10"]), (5, "new", ["9"]), (5, "retained", ["10"]), (5, "reactivated", ["8"]),
        (2, "churned", ["3"]), (3, "churned", ["5", "6"]), (2, "net", ["3", "6"]), (2, "", ["5", "6"]),
    ],
)  # fmt: skip
def test_the_rows_behind_a_movement(sales: Loaded, behind, number, series, orders) -> None:
    assert behind(sales, LifecyclePlan("x", Grain.MONTH, "customer"), number, series=series) == orders


def test_the_rows_behind_a_member_and_a_curve(sales: Loaded, behind) -> None:
    by_store = LifecyclePlan("x", Grain.MONTH, "customer", split_by="store")
    assert behind(sales, by_store, 1, series="new", member="s") == ["2"]
    assert behind(sales, by_store, 1, series="new") == ["1", "2", "3"]
    assert behind(sales, by_store, 2, series="active", member="") == ["6"]
    plan = RetentionPlan("x", Grain.MONTH, "customer", 4)
    assert behind(sales, plan, 1, series="3") == ["7"]
    assert behind(sales, plan, 1, series="3", side="denominator") == ["1", "2", "3"]
    later = RetentionPlan("x", Grain.MONTH, "customer", 4, variant=Variant.UNBOUNDED)
    assert behind(sales, later, 1, series="2") == ["7", "10"]
    unbroken = RetentionPlan("x", Grain.MONTH, "customer", 4, variant=Variant.UNBROKEN, cohort=Cohort.ACTIVE)
    assert [behind(sales, unbroken, 4, series=at) for at in "12"] == [["10"], []]


@pytest.mark.parametrize(
    ("number", "series", "side", "orders"),
    [
        (1, "mrr", "numerator", ["1", "2", "3"]), (2, "contraction", "numerator", ["1", "2", "5"]),
        (2, "churn", "numerator", ["3"]), (5, "reactivation", "numerator", ["8"]),
        (2, "nrr", "numerator", ["5"]), (2, "nrr", "denominator", ["1", "2", "3"]), (5, "expansion", "numerator", []),
    ],
)  # fmt: skip
def test_the_rows_behind_revenue(sales: Loaded, behind, number, series, side, orders) -> None:
    plan = RecurringPlan("x", Grain.MONTH, "customer", "amount")
    assert behind(sales, plan, number, series=series, side=side) == orders


def test_parts_that_a_plan_does_not_have(sales: Loaded, behind) -> None:
    retention = RetentionPlan("x", Grain.MONTH, "customer", 4)
    lifecycle = LifecyclePlan("x", Grain.MONTH, "customer")
    recurring = RecurringPlan("x", Grain.MONTH, "customer", "amount")
    for plan, options in (
        (retention, {"series": "5"}), (retention, {"series": "new"}), (lifecycle, {"series": "0"}),
        (lifecycle, {"series": "new", "side": "denominator"}), (recurring, {"series": "mrr", "side": "denominator"}),
    ):  # fmt: skip
        with pytest.raises(EngineFailure):
            behind(sales, plan, 1, **options)
