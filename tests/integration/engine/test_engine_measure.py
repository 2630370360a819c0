"""Figures: equal to SQL written by hand; never a float on the way."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from apps.engine import (
    Aggregation,
    Condition,
    EngineFailure,
    How,
    Loaded,
    Measure,
    MeasurePlan,
    MeasureRow,
    Op,
    measure,
    run,
)
from apps.engine.compile import sql_of
from apps.engine.kinds import aggregates, sizes
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import by_key
from tests.integration.engine.engine_files import mapping, write_csv

UTC = Calendar("UTC")
COUNT = Aggregation(How.COUNT)
TOTAL = Aggregation(How.SUM, "amount")
HEAD = "order,customer,day,store,amount"


@pytest.fixture
def compute(desk):
    """Compute plans in this process."""

    def run_plans(loaded: Loaded, *plans: MeasurePlan, calendar: Calendar = UTC) -> tuple[MeasureRow, ...]:
        return measure.work(Measure(loaded.files, calendar, plans), desk()).rows

    return run_plans


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    rows = [
        "1,a,2026-01-01,n,10.10",
        "2,b,2026-01-31,n,0.20",
        "3,a,2026-02-01,s,0.10",
        "4,,2026-02-10,,",
        "5,a,2026-02-28,s,-5",
        "6,c,2026-04-05,n,7",
    ]
    return loader(write_csv(tmp_path / "sales.csv", HEAD, *rows), mapping())


def month(number: int) -> date:
    return date(2026, number, 1)


def test_sum_count_distinct_by_month(sales: Loaded, compute) -> None:
    rows = compute(
        sales,
        MeasurePlan("sum", Grain.MONTH, 1, TOTAL),
        MeasurePlan("count", Grain.MONTH, 1, COUNT),
        MeasurePlan("known", Grain.MONTH, 1, Aggregation(How.COUNT, "customer")),
        MeasurePlan("mac", Grain.MONTH, 1, Aggregation(How.DISTINCT, "customer")),
    )
    assert by_key(rows) == {
        ("sum", month(1), None): (Decimal("10.3"), None, 2),
        ("sum", month(2), None): (Decimal("-4.9"), None, 3),
        ("sum", month(4), None): (Decimal(7), None, 1),
        ("count", month(1), None): (2, None, 2),
        ("count", month(2), None): (3, None, 3),
        ("count", month(4), None): (1, None, 1),
        ("known", month(1), None): (2, None, 2),
        ("known", month(2), None): (2, None, 3),
        ("known", month(4), None): (1, None, 1),
        ("mac", month(1), None): (2, None, 2),
        ("mac", month(2), None): (1, None, 3),
        ("mac", month(4), None): (1, None, 1),
    }
    assert all(isinstance(row.numerator, Decimal) for row in rows)


def test_a_ratio_comes_undivided_and_an_average_is_one(sales: Loaded, compute) -> None:
    rows = compute(
        sales,
        MeasurePlan("arpu", Grain.QUARTER, 1, TOTAL, Aggregation(How.DISTINCT, "customer")),
        MeasurePlan("avg", Grain.QUARTER, 1, Aggregation(How.AVG, "amount")),
    )
    assert by_key(rows) == {
        ("arpu", month(1), None): (Decimal("5.4"), 2, 5),
        ("arpu", month(4), None): (Decimal(7), 1, 1),
        ("avg", month(1), None): (Decimal("5.4"), 4, 5),
        ("avg", month(4), None): (Decimal(7), 1, 1),
    }


def test_min_max_and_the_exact_median(tmp_path: Path, loader, compute) -> None:
    amounts = ["1", "2.000001", "3", "1000000000000"]
    loaded = loader(
        write_csv(tmp_path / "m.csv", HEAD, *(f"{a},c,2026-01-01,s,{a}" for a in amounts), "9,c,2026-02-01,s,7"),
        mapping(),
    )
    plans = [MeasurePlan(how, Grain.MONTH, 1, Aggregation(How(how), "amount")) for how in ("min", "max", "median")]
    found = {(row.plan, row.period_start.month): row.numerator for row in compute(loaded, *plans)}
    assert found == {
        ("min", 1): Decimal(1), ("max", 1): Decimal(10**12), ("median", 1): Decimal("2.5000005"),
        ("min", 2): 7, ("max", 2): 7, ("median", 2): 7,
    }  # fmt: skip


def test_a_split_has_its_members_and_the_rows_without_one(sales: Loaded, compute) -> None:
    rows = compute(
        sales, MeasurePlan("n", Grain.YEAR, 1, COUNT, split_by="store"), MeasurePlan("all", Grain.YEAR, 1, COUNT)
    )
    assert {(row.plan, row.member): row.numerator for row in rows} == {
        ("n", "n"): 3, ("n", "s"): 2, ("n", ""): 1, ("all", None): 6,
    }  # fmt: skip


def test_a_side_without_rows_is_zero_and_one_without_values_is_none(sales: Loaded, compute) -> None:
    nobody = (Condition("customer", Op.EQ, ("nobody",)),)
    empty = (Condition("customer", Op.IS_NULL),)
    rows = compute(
        sales,
        MeasurePlan("none", Grain.MONTH, 1, Aggregation(How.SUM, "amount", nobody)),
        MeasurePlan("zero", Grain.MONTH, 1, Aggregation(How.SUM, "amount", nobody), COUNT, last=month(1)),
        MeasurePlan("max", Grain.MONTH, 1, Aggregation(How.MAX, "amount", nobody), COUNT, last=month(1)),
        MeasurePlan(
            "blank", Grain.MONTH, 1, Aggregation(How.SUM, "amount", empty), COUNT, first=month(2), last=month(2)
        ),
        MeasurePlan("count", Grain.MONTH, 1, Aggregation(How.COUNT, None, nobody), COUNT, last=month(1)),
    )
    assert by_key(rows) == {
        ("zero", month(1), None): (Decimal(0), 2, 2),
        ("max", month(1), None): (None, 2, 2),
        ("blank", month(2), None): (None, 3, 3),
        ("count", month(1), None): (Decimal(0), 2, 2),
    }


@pytest.mark.parametrize(
    ("condition", "orders"),
    [
        (Condition("store", Op.EQ, ("n",)), "126"),
        (Condition("store", Op.NE, ("n",)), "345"),
        (Condition("store", Op.IN, ("n", "x")), "126"),
        (Condition("store", Op.NOT_IN, ("n", "x")), "345"),
        (Condition("store", Op.IS_NULL), "4"),
        (Condition("store", Op.NOT_NULL), "12356"),
        (Condition("amount", Op.GT, (Decimal("0.10"),)), "126"),
        (Condition("amount", Op.GE, (Decimal("0.1"),)), "1236"),
        (Condition("amount", Op.LT, (Decimal("0.2"),)), "35"),
        (Condition("amount", Op.LE, (Decimal("0.2"),)), "235"),
        (Condition("amount", Op.EQ, (7,)), "6"),
        (Condition("amount", Op.GT, (Decimal("0.099999999999999999"),)), "1236"),
        (Condition("amount", Op.LT, (Decimal(10) ** 19,)), "12356"),
        (Condition("day", Op.GE, (date(2026, 2, 10),)), "456"),
        (Condition("store", Op.EQ, ("n' OR 1=1 --",)), ""),
    ],
)
def test_conditions(sales: Loaded, compute, condition: Condition, orders: str) -> None:
    plan = MeasurePlan("x", Grain.YEAR, 1, Aggregation(How.COUNT, None, (condition,)), split_by="order_no")
    assert "".join(sorted(row.member or "" for row in compute(sales, plan))) == orders


def test_moments_compared_with_days_and_with_moments(tmp_path: Path, loader, compute) -> None:
    columns = (("at", "at", "datetime", "time"), ("paid", "paid", "boolean", "dimension"))
    lines = ["2026-01-01 00:00:00,true", "2026-01-01 18:30:00,false", "2026-01-02 00:00:00,"]
    loaded = loader(write_csv(tmp_path / "t.csv", "at,paid", *lines), mapping(columns))

    def count(*conditions: Condition) -> Decimal | None:
        rows = compute(loaded, MeasurePlan("n", Grain.YEAR, 1, Aggregation(How.COUNT, None, conditions)))
        return rows[0].numerator if rows else Decimal(0)

    assert count(Condition("at", Op.LE, (date(2026, 1, 1),))) == 2
    assert count(Condition("at", Op.EQ, (date(2026, 1, 1),))) == 2
    assert count(Condition("at", Op.GT, (date(2026, 1, 1),))) == 1
    assert count(Condition("at", Op.GT, (datetime(2026, 1, 1),))) == 2
    assert count(Condition("at", Op.LT, (datetime(2026, 1, 1, 18, 30),))) == 1
    assert count(Condition("paid", Op.EQ, (True,))) == 1
    assert count(Condition("paid", Op.NE, (True,))) == 2


def test_first_and_last_limit_to_the_periods_they_touch(sales: Loaded, compute) -> None:
    plan = MeasurePlan("n", Grain.MONTH, 1, COUNT, first=date(2026, 2, 28), last=date(2026, 3, 1))
    assert [(row.period_start, row.numerator) for row in compute(sales, plan)] == [(month(2), 3)]


def test_trailing_windows_count_anew(sales: Loaded, compute) -> None:
    plan = MeasurePlan("mac", Grain.MONTH, 3, Aggregation(How.DISTINCT, "customer"))
    assert {row.period_start.month: int(row.numerator or 0) for row in compute(sales, plan)} == {1: 2, 2: 2, 3: 2, 4: 2}
    late = MeasurePlan("mac", Grain.MONTH, 3, Aggregation(How.DISTINCT, "customer"), first=month(6), last=month(8))
    assert {row.period_start.month: int(row.numerator or 0) for row in compute(sales, late)} == {6: 1}


def test_what_months_came_to_is_kept_for_windows_and_never_needed(
    sales: Loaded, loader, desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    mean = Aggregation(How.AVG, "amount")
    plans = (
        MeasurePlan("a", Grain.MONTH, 3, TOTAL, split_by="store"), MeasurePlan("b", Grain.MONTH, 12, TOTAL, COUNT),
        MeasurePlan("c", Grain.MONTH, 1, mean, to_date=Grain.YEAR), MeasurePlan("d", Grain.DAY, 40, mean),
        MeasurePlan("e", Grain.WEEK, 9, TOTAL), MeasurePlan("f", Grain.DAY, 40, mean, first=date(2026, 3, 30)),
    )  # fmt: skip
    scanned: list[date] = []
    ask = aggregates.Query.ask
    monkeypatch.setattr(
        aggregates.Query, "ask", lambda query, scan: scanned.append(scan.files[0].first_day) or ask(query, scan)
    )

    def compute(loaded: Loaded, rollups: str = str(kept)) -> list[str]:
        scanned.clear()
        return sorted(map(repr, measure.work(Measure(loaded.files, UTC, plans, {}, rollups), desk()).rows))

    expected = compute(sales, "")
    assert compute(sales) == expected
    assert {path.suffix for path in kept.iterdir()} == {".json"}
    assert compute(sales) == expected
    assert scanned == [date(2026, 1, 1), date(2026, 2, 1)]  # weeks span months; of "f", the end of February
    more = loader(write_csv(tmp_path / "more.csv", HEAD, "7,a,2026-04-06,s,0.07"), mapping(), sales)
    assert compute(more) == sorted(compute(more, ""))
    for path in kept.iterdir():
        path.write_text(path.read_text()[:-5])
    assert compute(more) == compute(more, str(tmp_path / "nowhere"))


def test_plans_that_do_not_fit_are_refused_all_at_once(sales: Loaded, compute) -> None:
    with pytest.raises(EngineFailure) as failure:
        compute(
            sales,
            MeasurePlan("a", Grain.DAY, 1, Aggregation(How.SUM, "store")),
            MeasurePlan("b", Grain.DAY, 1, Aggregation(How.SUM, "nothing")),
            MeasurePlan("b", Grain.DAY, 1, COUNT, split_by="nowhere"),
        )
    assert not failure.value.retry
    assert len(failure.value.issues) == 4


def test_no_files_no_figures(compute) -> None:
    nothing = Loaded((), 0, 0, 0, 0, None, None, None, None, "", "")
    assert compute(nothing, MeasurePlan("n", Grain.DAY, 1, COUNT)) == ()


def test_too_many_members_are_refused(tmp_path: Path, loader, compute, monkeypatch) -> None:
    monkeypatch.setattr(sizes, "MOST_ROWS", 10)
    lines = [f"{n},a,2026-01-01,s,1" for n in range(11)]
    loaded = loader(write_csv(tmp_path / "t.csv", HEAD, *lines), mapping())
    with pytest.raises(EngineFailure, match="“order_no” has too many different values"):
        compute(loaded, *(MeasurePlan(by, Grain.MONTH, 1, COUNT, split_by=by) for by in ("store", "order_no")))


def test_a_sum_beyond_38_digits_is_said(tmp_path: Path, loader) -> None:
    lines = [f"{n},a,2026-01-01,s,99999999999999999999" for n in range(3)]
    loaded = loader(write_csv(tmp_path / "t.csv", HEAD, *lines), mapping())
    with pytest.raises(EngineFailure, match="more than 38 digits") as failure:
        run(Measure(loaded.files, UTC, (MeasurePlan("n", Grain.MONTH, 1, TOTAL),)))
    assert not failure.value.retry


def test_money_does_not_drift(tmp_path: Path, loader, compute) -> None:
    lines = [f"{n},a,2026-01-01,s,0.1" for n in range(100_003)]
    loaded = loader(write_csv(tmp_path / "t.csv", HEAD, *lines), mapping())
    (row,) = compute(loaded, MeasurePlan("sum", Grain.YEAR, 1, TOTAL))
    assert str(row.numerator) == "10000.3"


def test_one_scan_for_many_plans(sales: Loaded, desk) -> None:
    plans = [MeasurePlan(f"p{at}", Grain.MONTH, 1, side) for at, side in enumerate([COUNT, TOTAL, COUNT, TOTAL])]
    plans.append(MeasurePlan("split", Grain.MONTH, 1, COUNT, split_by="store"))
    measured = measure.work(Measure(sales.files, UTC, tuple(plans)), desk())
    assert len(set(measured.sql.values())) == 2
    assert measured.sql["p0"] == measured.sql["p3"]
    assert measured.sql["p0"].upper().count("SUM(") == 1
    for side, window in ((TOTAL, 3), (COUNT, 1)):
        several = [MeasurePlan(str(by), Grain.MONTH, window, side, split_by=by) for by in ("store", "customer", None)]
        measured = measure.work(Measure(sales.files, UTC, tuple(several)), desk())
        assert len(set(measured.sql.values())) == 1
        alone = [row for plan in several for row in measure.work(Measure(sales.files, UTC, (plan,)), desk()).rows]
        assert by_key(measured.rows) == by_key(alone)


def test_the_sql_of_a_plan_can_be_shown(sales: Loaded) -> None:
    where = (Condition("store", Op.EQ, ("it's",)),)
    sql = sql_of(MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.SUM, "amount", where), split_by="customer"))
    assert "'it''s'" in sql
    con = duckdb.connect()
    con.execute("CREATE TABLE rows (amount DECIMAL(18,6), store VARCHAR, customer VARCHAR, d DATE)")
    assert con.execute(sql).fetchall() == []
