"""Percentiles, net promoter score, arithmetic of columns, half-years and running totals: by hand, by SQL, by Python."""

import math
import tempfile
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Aggregation,
    Arithmetic,
    Cell,
    Condition,
    EngineFailure,
    EntityPlan,
    How,
    Measure,
    MeasurePlan,
    MeasureRow,
    Number,
    Op,
    Rows,
    Sign,
    Threshold,
    run,
)
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import UTC, ask, behind, load_rows

COLUMNS = (
    ("id", "text", "key"), ("who", "text", "entity"), ("day", "date", "time"), ("store", "text", "dimension"),
    ("qty", "integer", "measure"), ("price", "decimal", "measure"), ("off", "decimal", "measure"),
    ("answer", "decimal", "measure"),
)  # fmt: skip
NET = Arithmetic(Sign.TIMES, Cell("qty"), Arithmetic(Sign.MINUS, Cell("price"), Cell("off")))
FISCAL = Calendar("Asia/Shanghai", 1, 4)
JAN, FEB, MAR, APR = (date(2024, number, 1) for number in range(1, 5))


@pytest.fixture
def sales(tmp_path: Path):
    rows = [
        ("1", "a", "2024-01-01", "n", "2", "10.50", "0.50", "10"),
        ("2", "a", "2024-01-31", "n", "1", "3", "", "9"),
        ("3", "b", "2024-02-29", "s", "3", "0.10", "0", "6"),
        ("4", "", "2024-02-29", "", "", "5", "1", "0"),
        ("5", "c", "2024-04-01", "s", "-1", "5", "1", "11"),
        ("6", "c", "2024-04-30", "s", "4", "2.25", "0.25", ""),
        ("7", "b", "2024-02-01", "n", "0", "9", "9", "8"),
        ("8", "b", "2024-02-01", "n", "1", "1", "1", "-1"),
    ]
    return load_rows(tmp_path, COLUMNS, rows)


def test_percentiles_are_values_that_are_there(tmp_path: Path) -> None:
    rows = [(str(n), "a", "2024-01-01", "s", "", str(n), "", "") for n in range(1, 11)]
    files = load_rows(tmp_path, COLUMNS, [*rows, ("x", "a", "2024-01-01", "s", "", "", "", "")])
    shares = ["0.05", "0.1", "0.100001", "0.5", "0.7", "0.9", "0.91", "0.999"]
    plans = [
        MeasurePlan(share, Grain.MONTH, 1, Aggregation(How.PERCENTILE, "price", (), Decimal(share))) for share in shares
    ]
    found = ask(tmp_path, files, *plans)
    assert [int(found[share, JAN, None, ""][0] or 0) for share in shares] == [1, 1, 2, 5, 7, 9, 10, 10]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(st.none(), st.decimals(-1000, 1000, places=6)), min_size=1, max_size=40),
    st.decimals("0.001", "0.999", places=3),
)
def test_a_percentile_is_the_smallest_with_its_share_at_or_below(values, share) -> None:
    with tempfile.TemporaryDirectory() as name:
        files = load_rows(Path(name), COLUMNS, [("1", "a", "2024-01-01", "", "", value, "", "") for value in values])
        plan = MeasurePlan("p", Grain.MONTH, 1, Aggregation(How.PERCENTILE, "price", (), share))
        found = ask(Path(name), files, plan)["p", JAN, None, ""]
    there = sorted(value for value in values if value is not None)
    wanted = there[max(1, math.ceil(Fraction(share) * len(there))) - 1] if there else None
    assert found == (wanted, None, len(values))


def test_a_net_promoter_score_is_its_balance_over_its_answers(tmp_path: Path, sales) -> None:
    """January: 10 and 9 promote. February: 6 and 0 detract, 8 answers, -1 is none. April: 11 and empty are none."""
    plan = MeasurePlan("nps", Grain.MONTH, 1, Aggregation(How.NPS, "answer"))
    found = ask(tmp_path, sales, plan)
    assert found == {
        ("nps", JAN, None, ""): (200, 2, 2), ("nps", FEB, None, ""): (-200, 3, 4), ("nps", APR, None, ""): (None, 0, 2),
    }  # fmt: skip
    assert behind(tmp_path, sales, plan, (FEB, MAR)) == ["3", "4", "7"]
    assert behind(tmp_path, sales, plan, (FEB, MAR), side="denominator") == ["3", "4", "7"]


def test_arithmetic_of_columns_row_by_row(tmp_path: Path, sales) -> None:
    """Net: 20, none (no discount), 0.3, none (no quantity), -4, 8, 0, 0."""
    half_more = Arithmetic(Sign.PLUS, Arithmetic(Sign.TIMES, Cell("price"), Number(Decimal("1.5"))), Number(1))
    plans = [
        MeasurePlan("net", Grain.QUARTER, 1, Aggregation(How.SUM, None, (), None, NET)),
        MeasurePlan("known", Grain.QUARTER, 1, Aggregation(How.COUNT, None, (), None, NET)),
        MeasurePlan("avg", Grain.QUARTER, 1, Aggregation(How.AVG, None, (), None, NET)),
        MeasurePlan("median", Grain.QUARTER, 1, Aggregation(How.MEDIAN, None, (), None, NET)),
        MeasurePlan("most", Grain.QUARTER, 1, Aggregation(How.MAX, None, (), None, half_more)),
    ]
    found = ask(tmp_path, sales, *plans)
    assert {key[0]: value[:2] for key, value in found.items() if key[1] == JAN} == {
        "net": (Decimal("20.3"), None), "known": (4, None), "avg": (Decimal("20.3"), 4),
        "median": (Decimal("0.15"), None), "most": (Decimal("16.75"), None),
    }  # fmt: skip
    assert behind(tmp_path, sales, plans[0], (JAN, APR)) == ["1", "3", "7", "8"]
    big = EntityPlan("e", Grain.QUARTER, "who", (Threshold(plans[0].numerator, Op.GT, 4),))
    assert ask(tmp_path, sales, big)["e", JAN, None, ""][0] == 1
    assert ask(tmp_path, sales, big)["e", APR, None, ""][0] == 0


@pytest.mark.parametrize(
    ("qty", "price", "off"),
    [("999999999", "999999999.999999", "-0.000001"), ("7", "0.123456789012", "1"), ("1", "123456.123456", "0.000001")],
)
def test_products_neither_overflow_nor_round(tmp_path: Path, qty: str, price: str, off: str) -> None:
    files = load_rows(tmp_path, COLUMNS, [("1", "a", "2024-01-01", "", qty, price, off, "")] * 3)
    cube = Arithmetic(Sign.TIMES, Arithmetic(Sign.TIMES, Cell("qty"), Cell("price")), Cell("off"))
    found = ask(tmp_path, files, MeasurePlan("x", Grain.DAY, 1, Aggregation(How.SUM, None, (), None, cube)))
    assert found["x", JAN, None, ""][0] == 3 * Fraction(qty) * Fraction(price) * Fraction(off)


def test_half_years_of_the_fiscal_year(tmp_path: Path, sales) -> None:
    count = Aggregation(How.COUNT)
    plan = MeasurePlan("n", Grain.HALF, 1, count)
    assert {key[1]: int(v[0] or 0) for key, v in ask(tmp_path, sales, plan).items()} == {JAN: 8}
    fiscal = ask(tmp_path, sales, plan, calendar=FISCAL)
    assert {key[1]: int(v[0] or 0) for key, v in fiscal.items()} == {date(2023, 10, 1): 6, APR: 2}


def test_running_totals_start_with_the_enclosing_period(tmp_path: Path, sales) -> None:
    side = Aggregation(How.DISTINCT, "who")
    plans = [
        MeasurePlan(to_date.value, Grain.MONTH, 1, side, to_date=to_date)
        for to_date in (Grain.QUARTER, Grain.HALF, Grain.YEAR)
    ]
    found = ask(tmp_path, sales, *plans)
    months = [date(2024, n, 1) for n in (1, 2, 3, 4)]
    assert [int(found["quarter", month, None, ""][0] or 0) for month in months] == [1, 2, 2, 1]
    assert [int(found["year", month, None, ""][0] or 0) for month in months] == [1, 2, 2, 3]
    fiscal = ask(tmp_path, sales, *plans, calendar=FISCAL)
    assert [int(fiscal["year", month, None, ""][0] or 0) for month in months] == [1, 2, 2, 1]
    days = MeasurePlan("d", Grain.DAY, 1, side, to_date=Grain.MONTH, first=date(2024, 2, 28), last=date(2024, 3, 1))
    assert {key[1].day: int(v[0] or 0) for key, v in ask(tmp_path, sales, days).items()} == {28: 1, 29: 1}
    period = (APR, date(2024, 5, 1))
    assert behind(tmp_path, sales, plans[2], period) == ["1", "2", "3", "5", "6", "7", "8"]
    assert behind(tmp_path, sales, plans[2], period, calendar=FISCAL) == ["5", "6"]


DAYS = st.dates(date(2023, 12, 20), date(2025, 1, 10))
ROWS = st.lists(
    st.tuples(
        st.just("1"), st.sampled_from(["a", "b", ""]), DAYS, st.sampled_from(["n", ""]),
        st.one_of(st.none(), st.integers(-5, 5)), st.one_of(st.none(), st.decimals(-9, 9, places=2)),
        st.one_of(st.none(), st.decimals(0, 3, places=4)), st.one_of(st.none(), st.integers(-1, 12)),
    ), min_size=1, max_size=40,
)  # fmt: skip
BY_HAND = """
    WITH days AS (SELECT DISTINCT unnest($periods) AS p),
         shown AS (SELECT p, date_trunc('month', p) AS a, p + INTERVAL 1 DAY AS b FROM days)
    SELECT p::DATE, sum(qty * (price::DECIMAL(30, 4) - off)), count(*) FILTER (answer BETWEEN 0 AND 10),
           100 * (count(*) FILTER (answer IN (9, 10)) - count(*) FILTER (answer IN (0, 1, 2, 3, 4, 5, 6))),
           count(DISTINCT who), count(*)
    FROM shown JOIN read_parquet($files) AS f ON f.d >= a AND f.d < b GROUP BY 1 ORDER BY 1
"""


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.integers(0, 40))
def test_running_totals_equal_sql_by_hand_and_the_order_of_uploads_does_not_matter(rows, cut: int) -> None:
    sides = [
        Aggregation(How.SUM, None, (), None, NET),
        Aggregation(How.NPS, "answer"),
        Aggregation(How.DISTINCT, "who"),
        Aggregation(How.COUNT),
    ]
    first, last = date(2024, 2, 20), date(2024, 3, 5)
    plans = [
        MeasurePlan(str(at), Grain.DAY, 1, side, None, None, first, last, Grain.MONTH) for at, side in enumerate(sides)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = load_rows(folder, COLUMNS, rows)
        found = ask(folder, files, *plans)
        parts = [part for part in (rows[cut:][::-1], rows[:cut]) if part]
        again = ask(folder, load_rows(folder, COLUMNS, *parts), *plans)
        periods = [period.start for period in UTC.between(first, last, Grain.DAY)]
        query = {"periods": periods, "files": [entry.path for entry in files]}
        hand = duckdb.execute(BY_HAND, query).fetchall()
    assert again == found
    assert {key[1] for key in found} == {day for day, *_ in hand}
    for day, net, answers, balance, who, count in hand:
        assert found["0", day, None, ""][0] == net
        assert found["1", day, None, ""][:2] == (balance if answers else None, answers)
        assert (found["2", day, None, ""][0], found["3", day, None, ""][0]) == (who, count)


def test_a_running_total_of_the_last_month_equals_that_of_all(tmp_path: Path, sales) -> None:
    whole = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.SUM, "price"), to_date=Grain.YEAR)
    part = MeasurePlan("x", Grain.MONTH, 1, whole.numerator, None, None, MAR, APR, Grain.YEAR)
    found = ask(tmp_path, sales, whole)
    assert ask(tmp_path, sales, part) == {key: value for key, value in found.items() if key[1] >= MAR}


def test_everything_that_does_not_fit_is_said_at_once(tmp_path: Path, sales) -> None:
    deep = Arithmetic(Sign.TIMES, NET, Arithmetic(Sign.TIMES, NET, Arithmetic(Sign.TIMES, Cell("store"), Number(1))))
    bad = [
        MeasurePlan("a", Grain.WEEK, 2, Aggregation(How.NPS, "answer"), Aggregation(How.COUNT), to_date=Grain.MONTH),
        MeasurePlan("b", Grain.DAY, 1, Aggregation(How.PERCENTILE, "price")),
        MeasurePlan("c", Grain.DAY, 1, Aggregation(How.SUM, "price", (), Decimal("0.5"))),
        MeasurePlan("d", Grain.DAY, 1, Aggregation(How.DISTINCT, "who", (), None, Cell("qty"))),
        MeasurePlan("e", Grain.DAY, 1, Aggregation(How.SUM, None, (), None, deep)),
        MeasurePlan("f", Grain.DAY, 1, Aggregation(How.SUM, None, (), None, Number(Decimal("NaN")))),
    ]
    with pytest.raises(EngineFailure) as failure:
        ask(tmp_path, sales, *bad)
    said = [(issue.where, issue.in_words()) for issue in failure.value.issues]
    for where, words in (
        ("a", "A net promoter score already is a ratio"), ("a", "not both"), ("a", "cannot run since the start of the"),
        ("b", "between 0 and 1"), ("c", "Only a percentile"), ("d", "of the one or of the other"),
        ("d", "takes a column and no expression"), ("e", "needs a column of numbers; “store”"),
        ("e", "three columns at most"), ("f", "uses no column"), ("f", "“NaN” is not a number"),
    ):  # fmt: skip
        assert any(where == at and words in text for at, text in said), (where, words, said)


def test_through_the_child(sales) -> None:
    plan = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.SUM, None, (), None, NET), to_date=Grain.YEAR, last=JAN)
    assert run(Measure(sales, UTC, (plan,))).rows == (MeasureRow("x", JAN, None, Decimal(20), None, 2),)
    where = (Condition("store", Op.EQ, ("n",)),)
    share = MeasurePlan("y", Grain.MONTH, 1, Aggregation(How.PERCENTILE, "price", where, Decimal("0.9")))
    assert run(Rows(sales, share, (JAN, FEB))).total == 2


def test_a_limit_at_the_start_of_a_period_whose_rows_come_later(tmp_path: Path) -> None:
    files = load_rows(tmp_path, COLUMNS, [("1", "a", "2024-01-10", "", "1", "1", "0", "")])
    plan = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.COUNT), last=JAN, to_date=Grain.YEAR)
    assert ask(tmp_path, files, plan) == {("x", JAN, None, ""): (1, None, 1)}
