"""Members that another data set says: who was what, at the end of the period, on the day, by the newest row."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.engine import (
    Aggregation,
    AsOf,
    Attribute,
    Base,
    EngineFailure,
    EntityPlan,
    How,
    Loaded,
    Measure,
    MeasurePlan,
    Op,
    Rows,
    StockPlan,
    Threshold,
    issues_of,
    measure,
    rows,
    run,
)
from apps.engine.plan import ColumnType
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_files import mapping, write_csv

UTC = Calendar("UTC")
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
PEOPLE = (("id", "id", "text", "entity"), ("since", "since", "date", "time"), ("city", "city", "text", "dimension"))
AMOUNT = Aggregation(How.SUM, "amount")


def city(as_of: AsOf, **more) -> Attribute:
    return Attribute("people", "city", "customer", "id", as_of, **more)


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    """c is nobody's customer, a row has no customer at all."""
    lines = [
        "1,a,2026-01-10,n,10", "2,a,2026-01-31,n,5", "3,a,2026-02-10,n,7", "4,b,2026-01-15,n,20",
        "5,b,2026-02-15,n,30", "6,c,2026-02-01,n,2", "7,,2026-02-02,n,1", "8,e,2026-01-05,n,4",
    ]  # fmt: skip
    return loader(write_csv(tmp_path / "sales.csv", "order,customer,day,store,amount", *lines), mapping())


@pytest.fixture
def people(tmp_path: Path, loader) -> dict:
    """a moves twice, on 20 January to two cities at once; b is known from 1 February on; e has no city."""
    lines = [
        "a,2026-01-20,west", "a,2025-06-01,north", "a,2026-01-20,south", "a,2026-02-28,east", "b,2026-02-01,north",
        "e,2026-01-01,", ",2026-01-01,nowhere",
    ]  # fmt: skip
    return {"people": loader(write_csv(tmp_path / "people.csv", "id,since,city", *lines), mapping(PEOPLE)).files}


@pytest.fixture
def compute(desk, sales: Loaded, people):
    """Numerators by day and member."""

    def run_plan(plan, calendar: Calendar = UTC) -> dict:
        found = measure.work(Measure(sales.files, calendar, (plan,), people), desk()).rows
        return {(row.period_start, row.member): row.numerator for row in found}

    return run_plan


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (AsOf.PERIOD_END, {(JAN, "south"): 15, (JAN, ""): 24, (FEB, "east"): 7, (FEB, "north"): 30, (FEB, ""): 3}),
        (
            AsOf.EVENT,
            {(JAN, "north"): 10, (JAN, "south"): 5, (JAN, ""): 24, (FEB, "south"): 7, (FEB, "north"): 30, (FEB, ""): 3},
        ),
        (
            AsOf.LATEST,
            {(JAN, "east"): 15, (JAN, "north"): 20, (JAN, ""): 4, (FEB, "east"): 7, (FEB, "north"): 30, (FEB, ""): 3},
        ),
    ],
)
def test_sums_by_hand(compute, as_of: AsOf, expected: dict) -> None:
    assert compute(MeasurePlan("x", Grain.MONTH, 1, AMOUNT, attribute=city(as_of))) == expected


def test_a_window_takes_the_member_at_its_own_end(compute) -> None:
    """In February all that a bought in January counts for east, where a is at the end of February."""
    plan = MeasurePlan("x", Grain.MONTH, 2, AMOUNT, attribute=city(AsOf.PERIOD_END), first=FEB, last=FEB)
    assert compute(plan) == {(FEB, "east"): 22, (FEB, "north"): 50, (FEB, ""): 7}
    entities = EntityPlan(
        "x", Grain.MONTH, "customer", (Threshold(AMOUNT, Op.GE, 20),), trailing=2, first=FEB, last=FEB,
        attribute=city(AsOf.PERIOD_END),
    )  # fmt: skip
    assert compute(entities) == {(FEB, "east"): 1, (FEB, "north"): 1, (FEB, ""): 0}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("closing", {(JAN, "south"): 5, (JAN, ""): 24, (FEB, "east"): 7, (FEB, "north"): 30, (FEB, ""): 6}),
        ("opening", {(FEB, "east"): 5, (FEB, "north"): 20, (FEB, ""): 4}),
    ],
)
def test_a_level_is_of_the_member_at_the_end_of_the_period(compute, at: str, expected: dict) -> None:
    """Also where the value that still holds was said a month before."""
    plan = StockPlan("x", Grain.MONTH, ("customer",), "amount", at, 60, attribute=city(AsOf.PERIOD_END))
    assert compute(plan) == expected


def test_a_population_of_the_same_table(compute) -> None:
    """Of those there before February began and to its end: a, b has begun that very day, e never bought again."""
    base = Base((), "people", "since", "", "id")
    plan = EntityPlan(
        "x", Grain.MONTH, "customer", (Threshold(Aggregation(How.COUNT), Op.GE, 1),), base, first=FEB, last=FEB,
        attribute=city(AsOf.PERIOD_END),
    )  # fmt: skip
    assert compute(plan) == {(FEB, "east"): 1, (FEB, ""): 0, (FEB, "north"): 0}


def test_the_latest_moment_of_a_day_counts(tmp_path: Path, loader, desk, sales: Loaded) -> None:
    columns = (PEOPLE[0], ("since", "since", "datetime", "time"), PEOPLE[2])
    lines = ["a,2026-01-01 10:00,north", "a,2026-01-01 09:00,east", "a,2026-01-01 10:00,south"]
    table = loader(write_csv(tmp_path / "p.csv", "id,since,city", *lines), mapping(columns)).files
    for moment, expected in (("since", "north"), ("", "east")):
        plan = MeasurePlan("x", Grain.YEAR, 1, AMOUNT, attribute=city(AsOf.PERIOD_END, moment=moment))
        found = measure.work(Measure(sales.files, UTC, (plan,), {"people": table}), desk()).rows
        assert {row.member for row in found} == {expected, ""}


def test_the_rows_behind_a_member(desk, sales: Loaded, people) -> None:
    def behind(plan, member: str, period=(JAN, FEB)) -> list[str]:
        page = rows.work(Rows(sales.files, plan, period, member, tables=people, calendar=UTC), desk())
        assert page.columns == ("order_no", "customer", "day", "store", "amount")
        return [row.cells[0] for row in page.rows]

    by = {as_of: MeasurePlan("x", Grain.MONTH, 1, AMOUNT, attribute=city(as_of)) for as_of in AsOf}
    assert behind(by[AsOf.PERIOD_END], "south") == ["1", "2"]
    assert behind(by[AsOf.PERIOD_END], "") == ["4", "8"]
    assert behind(by[AsOf.EVENT], "north") == ["1"]
    assert behind(by[AsOf.LATEST], "north") == ["4"]
    once = EntityPlan(
        "x", Grain.MONTH, "customer", (Threshold(Aggregation(How.COUNT), Op.GE, 2),), attribute=city(AsOf.PERIOD_END)
    )
    assert behind(once, "south") == ["1", "2"]
    assert behind(once, "") == []


def test_through_the_child_with_the_sql_that_says_the_member(sales: Loaded, people) -> None:
    plan = MeasurePlan("x", Grain.MONTH, 1, AMOUNT, attribute=city(AsOf.EVENT), first=FEB, last=FEB)
    measured = run(Measure(sales.files, UTC, (plan,), people))
    assert {(row.member, row.numerator) for row in measured.rows} == {
        ("south", Decimal(7)), ("north", Decimal(30)), ("", Decimal(3)),
    }  # fmt: skip
    assert "LEFT OUTER JOIN" in measured.sql["x"]
    assert plan.in_words() == (
        "sum of amount, by month, for each city that people says of customer on the day of the row"
    )


def test_what_does_not_fit_is_said_at_once() -> None:
    types = {"customer": ColumnType.TEXT, "amount": ColumnType.DECIMAL}
    people = {"id": ColumnType.INTEGER, "since": ColumnType.DATE, "city": ColumnType.TEXT}
    plan = MeasurePlan("x", Grain.MONTH, 1, AMOUNT, attribute=city(AsOf.EVENT), split_by="customer")
    said = [issue.in_words() for issue in issues_of(plan, types, {"people": people})]
    assert len(said) == 2
    assert "are of different types: no row would be found" in said[0]
    assert said[1] == "The values are for each member of a column or of another data set, not of both."
    wrong = MeasurePlan("x", Grain.MONTH, 1, AMOUNT, attribute=Attribute("people", "town", "who", "no", moment="at"))
    said = [issue.in_words() for issue in issues_of(wrong, types, {"people": people})]
    assert [words.split("”")[0] for words in said] == [
        "There is no column “who", "There is no column “town", "There is no column “no", "There is no column “at",
    ]  # fmt: skip
    assert "no data set “people”" in issues_of(wrong, types, {})[-1].in_words()
    base = EntityPlan(
        "x", Grain.MONTH, "customer", (Threshold(AMOUNT, Op.GE, 1),), Base((), "people", "since", "", "id"),
        attribute=city(AsOf.EVENT),
    )  # fmt: skip
    found = issues_of(base, types, {"people": people | {"id": ColumnType.TEXT}})
    assert ["has no day at which to ask for a member" in issue.in_words() for issue in found] == [True]


def test_a_member_that_is_not_of_the_column_s_type(desk, tmp_path: Path, loader, sales: Loaded) -> None:
    columns = (*PEOPLE[:2], ("city", "city", "integer", "dimension"))
    table = loader(write_csv(tmp_path / "p.csv", "id,since,city", "a,2026-01-01,7"), mapping(columns)).files
    plan = MeasurePlan("x", Grain.MONTH, 1, AMOUNT, attribute=city(AsOf.LATEST))
    ask = {"tables": {"people": table}, "calendar": UTC}
    page = rows.work(Rows(sales.files, plan, (JAN, FEB), "7", **ask), desk())
    assert [row.cells[0] for row in page.rows] == ["1", "2"]
    with pytest.raises(EngineFailure) as failure:
        rows.work(Rows(sales.files, plan, (JAN, FEB), "seven", **ask), desk())
    assert "“seven” is not of the type" in failure.value.issues[0].in_words()
