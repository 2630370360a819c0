"""Entities that did enough, in figures worked out by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.engine import (
    Aggregation,
    Base,
    Condition,
    EngineFailure,
    EntityPlan,
    How,
    Loaded,
    Measure,
    MeasureRow,
    Op,
    Rows,
    Threshold,
    measure,
    rows,
    run,
)
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_files import mapping, write_csv

UTC = Calendar("UTC")
HEAD = "order,customer,day,store,amount"
ORDERS = Aggregation(How.COUNT)
DONE = Aggregation(How.COUNT, None, (Condition("amount", Op.GE, (Decimal(10),)),))
TOTAL = Aggregation(How.SUM, "amount")


def at_least(n: int, side: Aggregation = ORDERS) -> Threshold:
    return Threshold(side, Op.GE, n)


@pytest.fixture
def compute(desk):
    """Compute plans in this process: numerator, denominator and n by plan, period and member."""

    def run_plans(loaded: Loaded, *plans: EntityPlan, calendar: Calendar = UTC, tables=None) -> dict:
        found = measure.work(Measure(loaded.files, calendar, plans, tables or {}), desk()).rows
        return {(row.plan, row.period_start, row.member): (row.numerator, row.denominator, row.n) for row in found}

    return run_plans


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    lines = [
        "1,a,2026-01-01,n,10", "2,a,2026-01-31,n,5", "3,a,2026-01-31,s,1",
        "4,b,2026-01-15,n,20", "5,b,2026-02-01,n,20", "6,,2026-01-15,n,99",
        "7,c,2026-02-28,,", "8,c,2026-02-28,s,-3", "9,a,2026-04-01,n,7",
    ]  # fmt: skip
    return loader(write_csv(tmp_path / "sales.csv", HEAD, *lines), mapping())


JAN, FEB, APR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)


def test_who_did_at_least_and_who_did_more_than(sales: Loaded, compute) -> None:
    found = compute(
        sales,
        EntityPlan("ge", Grain.MONTH, "customer", (at_least(2),)),
        EntityPlan("gt", Grain.MONTH, "customer", (Threshold(ORDERS, Op.GT, 2),)),
        EntityPlan("both", Grain.MONTH, "customer", (at_least(1), at_least(1, DONE))),
    )
    assert found == {
        ("ge", JAN, None): (1, None, 4), ("ge", FEB, None): (1, None, 3), ("ge", APR, None): (0, None, 1),
        ("gt", JAN, None): (1, None, 4), ("gt", FEB, None): (0, None, 3), ("gt", APR, None): (0, None, 1),
        ("both", JAN, None): (2, None, 4), ("both", FEB, None): (1, None, 3), ("both", APR, None): (0, None, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("side", "op", "value", "january"),
    [
        (TOTAL, Op.EQ, 16, 1), (TOTAL, Op.NE, 16, 1), (TOTAL, Op.LT, Decimal("16.5"), 1), (TOTAL, Op.LE, 20, 2),
        (Aggregation(How.MAX, "amount"), Op.GT, 10, 1), (Aggregation(How.MIN, "amount"), Op.LE, 1, 1),
        (Aggregation(How.AVG, "amount"), Op.GT, Decimal("5.33"), 2),
        (Aggregation(How.AVG, "amount"), Op.GE, Decimal("5.34"), 1),
        (Aggregation(How.DISTINCT, "store"), Op.GE, 2, 1),
    ],
)  # fmt: skip
def test_what_can_be_asked_of_an_entity(sales: Loaded, compute, side, op, value, january) -> None:
    plan = EntityPlan("x", Grain.MONTH, "customer", (Threshold(side, op, value),))
    assert compute(sales, plan)["x", JAN, None][0] == january


def test_a_share_judges_those_of_the_base_without_a_row_that_counts(sales: Loaded, compute) -> None:
    buyers = Base()
    none = Threshold(DONE, Op.LT, 1)
    found = compute(
        sales,
        EntityPlan("share", Grain.MONTH, "customer", (at_least(1, DONE),), buyers),
        EntityPlan("idle", Grain.MONTH, "customer", (none,), buyers),
        EntityPlan("idle_alone", Grain.MONTH, "customer", (none,)),
        EntityPlan("north", Grain.MONTH, "customer", (at_least(1, DONE),), Base((Condition("store", Op.EQ, ("s",)),))),
    )
    assert [found["share", day, None][:2] for day in (JAN, FEB, APR)] == [(2, 2), (1, 2), (0, 1)]
    assert [found["idle", day, None][:2] for day in (JAN, FEB, APR)] == [(0, 2), (1, 2), (1, 1)]
    assert found["idle_alone", JAN, None] == (0, None, 2)
    assert ("idle_alone", APR, None) not in found
    assert found["north", JAN, None] == (1, 1, 2)


def test_a_window_of_periods_counts_once_what_it_holds(sales: Loaded, compute) -> None:
    found = compute(sales, EntityPlan("x", Grain.MONTH, "customer", (at_least(2),), trailing=2))
    assert {key[1].month: value[0] for key, value in found.items()} == {1: 1, 2: 3, 3: 1, 4: 0}


def test_members_and_rows_without_one(sales: Loaded, compute) -> None:
    found = compute(sales, EntityPlan("x", Grain.QUARTER, "customer", (at_least(2),), split_by="store"))
    assert found == {
        ("x", JAN, "n"): (2, None, 4), ("x", JAN, "s"): (0, None, 2), ("x", JAN, ""): (0, None, 1),
        ("x", APR, "n"): (0, None, 1),
    }  # fmt: skip


def test_a_sum_of_rows_without_values_satisfies_nothing(tmp_path: Path, loader, compute) -> None:
    loaded = loader(write_csv(tmp_path / "e.csv", HEAD, "1,a,2026-01-01,n,", "2,b,2026-01-01,n,0"), mapping())
    plan = EntityPlan("x", Grain.MONTH, "customer", (Threshold(TOTAL, Op.LE, 0),))
    assert compute(loaded, plan) == {("x", JAN, None): (1, None, 2)}


# --- further data sets ---

CALLS = (
    ("who", "who", "text", "entity"), ("on", "on", "date", "time"),
    ("store", "store", "text", "dimension"), ("paid", "paid", "boolean", "dimension"),
)  # fmt: skip
ACCOUNTS = (("id", "id", "text", "entity"), ("from", "since", "date", "time"), ("to", "until", "date", "attribute"))


@pytest.fixture
def tables(tmp_path: Path, loader) -> dict:
    calls = [
        "a,2026-01-03,n,true",
        "a,2026-02-03,n,true",
        "c,2026-02-10,s,false",
        "d,2026-02-11,s,true",
        ",2026-02-11,s,",
    ]
    accounts = ["a,2025-12-31,", "b,2026-01-01,", "c,2025-01-01,2026-02-28", "d,2025-06-01,2026-03-01", ",2020-01-01,"]
    return {
        "calls": loader(write_csv(tmp_path / "calls.csv", "who,on,store,paid", *calls), mapping(CALLS)).files,
        "accounts": loader(write_csv(tmp_path / "accounts.csv", "id,from,to", *accounts), mapping(ACCOUNTS)).files,
    }


CALLED = Threshold(ORDERS, Op.GE, 1, "calls", "who")
THERE = Base((), "accounts", "since", "until", "id")


def test_conditions_on_two_data_sets_in_the_same_period(sales: Loaded, compute, tables) -> None:
    plan = EntityPlan("x", Grain.MONTH, "customer", (at_least(1), CALLED))
    assert compute(sales, plan, tables=tables) == {
        ("x", JAN, None): (1, None, 5), ("x", FEB, None): (1, None, 6), ("x", APR, None): (0, None, 1),
    }  # fmt: skip


def test_a_base_of_those_that_were_there_all_the_time(sales: Loaded, compute, tables) -> None:
    """January: a, c, d (b began on its first day). February: a, b, d (c left on the 28th). March on: a, b."""
    found = compute(sales, EntityPlan("x", Grain.MONTH, "customer", (at_least(1),), THERE), tables=tables)
    assert {key[1].month: value for key, value in found.items()} == {
        1: (1, 3, 4), 2: (1, 3, 3), 3: (0, 2, 0), 4: (1, 2, 1),
    }  # fmt: skip
    idle = EntityPlan("x", Grain.MONTH, "customer", (Threshold(ORDERS, Op.EQ, 0),), THERE)
    assert [value[0] for value in compute(sales, idle, tables=tables).values()] == [2, 2, 2, 1]


def test_a_split_takes_a_data_set_without_the_column_whole(sales: Loaded, compute, tables) -> None:
    called = Threshold(ORDERS, Op.GE, 1, "calls", "who")
    found = compute(
        sales, EntityPlan("x", Grain.MONTH, "customer", (at_least(1), called), split_by="store"), tables=tables
    )
    assert [found["x", FEB, member][0] for member in ("n", "s", "")] == [0, 1, 0]
    found = compute(
        sales, EntityPlan("x", Grain.MONTH, "customer", (at_least(1), called), split_by="amount"), tables=tables
    )
    assert {key[2]: value[0] for key, value in found.items() if key[1] == FEB} == {"20": 0, "-3": 1, "": 1}


def test_everything_that_does_not_fit_at_once(sales: Loaded, compute, tables) -> None:
    bad = EntityPlan(
        "x", Grain.MONTH, "ghost",
        (Threshold(Aggregation(How.MEDIAN, "amount"), Op.IN, Decimal("NaN")), Threshold(ORDERS, Op.GE, 1, "nowhere")),
        Base((), "accounts", "", "id"), trailing=0, split_by="nothing",
    )  # fmt: skip
    with pytest.raises(EngineFailure) as failure:
        compute(sales, bad, tables=tables)
    said = "; ".join(issue.in_words() for issue in failure.value.issues)
    for words in (
        "no column “ghost”", "no column “nothing”", "no data set “nowhere”", "1 or more periods", "does not compare",
        "cannot be asked of each", "“NaN” is not a number", "holds the start", "must hold days",
    ):  # fmt: skip
        assert words in said


# --- rows ---


@pytest.fixture
def behind(desk):
    def look(loaded, plan, period=(JAN, FEB), **options) -> list[str]:
        page = rows.work(Rows(loaded.files, plan, period, **options), desk())
        assert page.total == len(page.rows)
        return [row.cells[0] for row in page.rows]

    return look


def test_the_rows_of_those_that_qualify_and_of_the_base(sales: Loaded, behind, tables) -> None:
    plan = EntityPlan("x", Grain.MONTH, "customer", (at_least(1), at_least(1, DONE)), Base())
    assert behind(sales, plan) == ["1", "2", "3", "4"]
    only = EntityPlan("x", Grain.MONTH, "customer", (at_least(3),), Base(), split_by=None)
    assert behind(sales, only) == ["1", "2", "3"]
    assert behind(sales, only, side="denominator") == ["1", "2", "3", "4"]
    by_store = EntityPlan("x", Grain.MONTH, "customer", (at_least(2),), split_by="store")
    assert behind(sales, by_store, member="n") == ["1", "2"]
    assert behind(sales, by_store, member="s") == []
    shared = EntityPlan("x", Grain.MONTH, "customer", (at_least(1), CALLED), THERE)
    assert behind(sales, shared, tables=tables) == ["1", "2", "3"]
    assert behind(sales, shared, tables=tables, table="calls") == ["a"]
    assert behind(sales, shared, tables=tables, table="accounts", side="denominator") == ["a", "c", "d"]


def test_sides_and_tables_that_are_none(sales: Loaded, behind, tables) -> None:
    plan = EntityPlan("x", Grain.MONTH, "customer", (at_least(1),))
    for wrong in ({"side": "denominator"}, {"table": "calls", "tables": tables}):
        with pytest.raises(EngineFailure):
            behind(sales, plan, **wrong)


def test_through_the_child(sales: Loaded, tables) -> None:
    plan = EntityPlan("x", Grain.MONTH, "customer", (at_least(1), CALLED), THERE, first=JAN, last=JAN)
    assert run(Measure(sales.files, UTC, (plan,), tables)).rows == (
        MeasureRow("x", JAN, None, Decimal(1), Decimal(3), 5),
    )
    assert run(Rows(sales.files, plan, (JAN, FEB), tables=tables)).total == 3
