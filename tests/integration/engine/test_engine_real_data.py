"""Real data through the real child: the published figures, to the cent. Skipped where the data sets are not there."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from apps.engine import (
    Aggregation,
    Base,
    Condition,
    EntityPlan,
    How,
    Inspect,
    Load,
    Loaded,
    Mapping,
    Measure,
    MeasurePlan,
    Op,
    Role,
    Rows,
    Threshold,
    run,
)
from apps.engine import ColumnMapping as Column
from apps.engine import ColumnType as Type
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_files import data_sets

UTC = Calendar("UTC")
CUSTOMERS = Aggregation(How.DISTINCT, "customer")
DOLLARS = Aggregation(How.SUM, "dollars")
ORDERS = Aggregation(How.COUNT)


@pytest.fixture(scope="module")
def figures() -> dict:
    return json.loads((data_sets() / "figures.json").read_text(), parse_float=Decimal)


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory) -> Loaded:
    path = data_sets() / "cdnow" / "cdnow_transactions.csv"
    out = tmp_path_factory.mktemp("cdnow")
    columns = (
        Column("transaction_no", "order_no", Type.TEXT, Role.KEY),
        Column("customer_id", "customer", Type.TEXT, Role.ENTITY),
        Column("date", "day", Type.DATE, Role.TIME),
        Column("number_of_cds", "cds", Type.INTEGER, Role.MEASURE),
        Column("dollar_value", "dollars", Type.DECIMAL, Role.MEASURE),
    )
    return run(Load(str(path), path.name, "", Mapping(columns, ("order_no",)), "cdnow", (), "append", str(out), "UTC"))


def test_every_transaction_is_loaded(cdnow: Loaded, figures: dict) -> None:
    assert cdnow.rows_in == cdnow.rows_loaded == figures["cdnow.transactions"] == 69659
    assert cdnow.rows_rejected == 0
    assert cdnow.first_day == date.fromisoformat(figures["cdnow.first_date"])
    assert cdnow.last_day == date.fromisoformat(figures["cdnow.last_date"])
    assert len(cdnow.files) == 18


def test_the_totals(cdnow: Loaded, figures: dict) -> None:
    plans = (
        MeasurePlan("dollars", Grain.YEAR, 2, DOLLARS, CUSTOMERS, first=date(1998, 1, 1), last=date(1998, 1, 1)),
        MeasurePlan(
            "cds", Grain.YEAR, 2, Aggregation(How.SUM, "cds"), ORDERS, first=date(1998, 1, 1), last=date(1998, 1, 1)
        ),
    )
    dollars, cds = run(Measure(cdnow.files, UTC, plans)).rows
    assert dollars.numerator == figures["cdnow.dollars"] == Decimal("2500315.63")
    assert dollars.denominator == figures["cdnow.customers"] == 23570
    assert (cds.numerator, cds.denominator) == (figures["cdnow.cds"], 69659)


def test_monthly_active_customers(cdnow: Loaded, figures: dict) -> None:
    rows = run(Measure(cdnow.files, UTC, (MeasurePlan("mac", Grain.MONTH, 1, CUSTOMERS),))).rows
    found = [(f"{row.period_start:%Y-%m}", row.numerator) for row in rows]
    expected = figures["cdnow.growth_accounting_monthly(month,active,new,retained,reactivated,churned)"]
    assert found == [(month, active) for month, active, *_ in expected]
    assert [int(count) for _, count in found[:4]] == [7846, 9633, 9524, 2822]


HAND_WRITTEN = """
    SELECT date_trunc('{grain}', d)::DATE, count(DISTINCT customer), sum(dollars), count(*),
           count(*) FILTER (dollars > 20), count(DISTINCT customer) FILTER (cds >= 3 AND dollars IS NOT NULL),
           min(dollars), max(cds)
    FROM read_parquet(?) GROUP BY 1 ORDER BY 1
"""


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_each_grain_equals_sql_written_by_hand(cdnow: Loaded, grain: str) -> None:
    sides = [
        CUSTOMERS, DOLLARS, ORDERS,
        Aggregation(How.COUNT, None, (Condition("dollars", Op.GT, (20,)),)),
        Aggregation(How.DISTINCT, "customer", (Condition("cds", Op.GE, (3,)), Condition("dollars", Op.NOT_NULL))),
        Aggregation(How.MIN, "dollars"), Aggregation(How.MAX, "cds"),
    ]  # fmt: skip
    plans = tuple(MeasurePlan(str(at), Grain(grain), 1, side, ORDERS) for at, side in enumerate(sides))
    found: dict = {}
    for row in run(Measure(cdnow.files, UTC, plans)).rows:
        found.setdefault(row.period_start, {})[int(row.plan)] = row.numerator
    hand = duckdb.execute(HAND_WRITTEN.format(grain=grain), [[entry.path for entry in cdnow.files]]).fetchall()
    assert {day: tuple(values[at] for at in range(7)) for day, values in found.items()} == {
        day: tuple(values) for day, *values in hand
    }


def test_a_rolling_year_equals_sql_written_by_hand(cdnow: Loaded) -> None:
    plan = MeasurePlan("active", Grain.MONTH, 12, CUSTOMERS, first=date(1998, 1, 1), last=date(1998, 6, 30))
    found = {row.period_start: int(row.numerator or 0) for row in run(Measure(cdnow.files, UTC, (plan,))).rows}
    query = """
        SELECT m::DATE, (SELECT count(DISTINCT customer) FROM read_parquet($files)
                         WHERE d >= m - INTERVAL 11 MONTH AND d < m + INTERVAL 1 MONTH)
        FROM generate_series(DATE '1998-01-01', DATE '1998-06-01', INTERVAL 1 MONTH) AS months(m)
    """
    assert found == dict(duckdb.execute(query, {"files": [entry.path for entry in cdnow.files]}).fetchall())


def test_from_the_figure_to_its_rows(cdnow: Loaded) -> None:
    january = (date(1997, 1, 1), date(1997, 2, 1))
    page = run(Rows(cdnow.files, MeasurePlan("mac", Grain.MONTH, 1, CUSTOMERS), january, limit=200))
    assert page.total == 8928
    assert page.rows[0].cells == ("1", "00001", "1997-01-01", "1", "11.77")
    assert (page.rows[0].upload, page.rows[0].row) == ("cdnow", 2)


def test_churn_of_the_telephone_company(tmp_path: Path, figures: dict) -> None:
    """A snapshot has no day: here the number of months stands in for one, which is enough to count."""
    source = data_sets() / "telco_churn" / "Telco-Customer-Churn.csv"
    shape = run(Inspect(str(source), source.name))
    assert shape.rows == figures["telco.customers"]
    assert {column.name: column.empty for column in shape.columns}["TotalCharges"] == figures[
        "telco.blank_total_charges"
    ]
    dated = tmp_path / "telco.csv"
    lines = source.read_text().splitlines()
    dated.write_text("\n".join([f"day,{lines[0]}", *(f"2020-01-01,{line}" for line in lines[1:])]))
    columns = (
        Column("day", "day", Type.DATE, Role.TIME),
        Column("Churn", "churned", Type.BOOLEAN, Role.DIMENSION),
        Column("Contract", "contract", Type.TEXT, Role.DIMENSION),
        Column("MonthlyCharges", "charges", Type.DECIMAL, Role.MEASURE),
    )
    loaded = run(Load(str(dated), dated.name, "", Mapping(columns), "t", (), "append", str(tmp_path), "UTC"))
    left = (Condition("churned", Op.EQ, (True,)),)
    plans = (
        MeasurePlan("rate", Grain.DAY, 1, Aggregation(How.COUNT, None, left), ORDERS, split_by="contract"),
        MeasurePlan("mrr", Grain.DAY, 1, Aggregation(How.SUM, "charges", left), Aggregation(How.SUM, "charges")),
    )
    rows = run(Measure(loaded.files, UTC, plans)).rows
    rates = {row.member: [row.numerator, row.denominator] for row in rows if row.plan == "rate"}
    assert rates == figures["telco.churn_by_contract(num,den)"]
    (mrr,) = (row for row in rows if row.plan == "mrr")
    assert (mrr.numerator, mrr.denominator) == (figures["telco.mrr_churned"], figures["telco.mrr"])


def test_first_time_fix_of_the_service_desk(tmp_path: Path, figures: dict) -> None:
    path = data_sets() / "itsm_incidents" / "incidents.csv"
    columns = (
        Column("number", "number", Type.TEXT, Role.KEY),
        Column("opened_at", "opened_at", Type.DATETIME, Role.TIME),
        Column("caller_id", "caller", Type.TEXT, Role.ENTITY),
        Column("reassignment_count", "reassigned", Type.INTEGER, Role.MEASURE),
        Column("reopen_count", "reopened", Type.INTEGER, Role.MEASURE),
    )
    load = Load(str(path), path.name, "", Mapping(columns, ("number",)), "i", (), "append", str(tmp_path), "UTC")
    loaded = run(load)
    assert (loaded.rows_loaded, loaded.rows_rejected) == (figures["itsm.incidents"], 0)
    fixed = (Condition("reassigned", Op.EQ, (0,)), Condition("reopened", Op.EQ, (0,)))
    plan = MeasurePlan("ftf", Grain.MONTH, 1, Aggregation(How.COUNT, None, fixed), ORDERS)
    rows = run(Measure(loaded.files, UTC, (plan,))).rows
    found = [[f"{row.period_start:%Y-%m}", row.numerator, row.denominator] for row in rows]
    assert found == figures["itsm.first_time_fix_by_month(month,num,den)"]


OFTEN_AND_MUCH = """
    WITH each AS (
        SELECT date_trunc('{grain}', d)::DATE AS p, customer, count(*) AS orders, sum(dollars) AS spent,
               count(*) FILTER (cds >= 2) AS large
        FROM read_parquet(?) GROUP BY ALL
    )
    SELECT p, count(*) FILTER (orders > 1 AND spent >= 30), count(*) FILTER (large >= 1), count(*)
    FROM each GROUP BY 1
"""


@pytest.mark.parametrize("grain", ["week", "month", "quarter"])
def test_who_did_enough_equals_sql_written_by_hand(cdnow: Loaded, grain: str) -> None:
    large = Aggregation(How.COUNT, None, (Condition("cds", Op.GE, (2,)),))
    plans = (
        EntityPlan("both", Grain(grain), "customer", (Threshold(ORDERS, Op.GT, 1), Threshold(DOLLARS, Op.GE, 30))),
        EntityPlan("large", Grain(grain), "customer", (Threshold(large, Op.GE, 1),), Base()),
    )
    found: dict = {}
    for row in run(Measure(cdnow.files, UTC, plans)).rows:
        found.setdefault(row.period_start, {})[row.plan] = (row.numerator, row.denominator)
    hand = duckdb.execute(OFTEN_AND_MUCH.format(grain=grain), [[entry.path for entry in cdnow.files]]).fetchall()
    assert found == {day: {"both": (both, None), "large": (some, every)} for day, both, some, every in hand}
