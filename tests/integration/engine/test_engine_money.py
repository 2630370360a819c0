"""Amounts of several currencies in one: figures worked out by hand, by SQL that shares no code, and what is missing."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from apps.engine import (
    Aggregation,
    Arithmetic,
    AsOf,
    At,
    Attribute,
    Cell,
    Condition,
    Conversion,
    EngineFailure,
    EntityPlan,
    How,
    Loaded,
    Measure,
    MeasurePlan,
    Op,
    RecurringPlan,
    Rows,
    Sign,
    StockPlan,
    Threshold,
    Unpriced,
    measure,
    rows,
)
from apps.engine.plans import issues_of
from apps.kernel.period import Calendar, Grain, Span
from tests.integration.engine.engine_files import mapping, write_csv

UTC = Calendar("UTC")
SALES = (
    ("order", "order_no", "text", "key"),
    ("customer", "customer", "text", "entity"),
    ("day", "day", "date", "time"),
    ("currency", "currency", "text", "currency"),
    ("amount", "amount", "decimal", "money"),
    ("units", "units", "integer", "measure"),
)
RATES = (
    ("day", "day", "date", "time"),
    ("currency", "currency", "text", "currency"),
    ("rate", "rate", "decimal", "rate"),
)
MONEY = Conversion(("amount",), "currency", "CNY", "fx", "currency", "rate", days=31)
SUM = Aggregation(How.SUM, "amount")
JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def sales(tmp_path: Path, loader) -> Callable[..., Loaded]:
    def load(*lines: str, name: str = "sales.csv", columns=SALES, **more) -> Loaded:
        head = ",".join(column[0] for column in columns)
        return loader(write_csv(tmp_path / name, head, *lines), mapping(columns), **more)

    return load


@pytest.fixture
def rates(tmp_path: Path, loader) -> Callable[..., Loaded]:
    def load(*lines: str, previous: Loaded | None = None, zone: str = "UTC") -> Loaded:
        path = write_csv(tmp_path / "rates.csv", "day,currency,rate", *lines)
        return loader(path, mapping(RATES, ("day", "currency")), previous, zone=zone)

    return load


@pytest.fixture
def ask(desk):
    """Compute plans in this process, amounts by the rates."""

    def run_plans(loaded: Loaded, fx: Loaded | None, *plans, calendar: Calendar = UTC, **more):
        tables = {"fx": fx.files} if fx is not None else {}
        return measure.work(Measure(loaded.files, calendar, plans, tables, **more), desk())

    return run_plans


def totals(measured) -> dict:
    return {(row.plan, row.period_start, row.member, row.series): row.numerator for row in measured.rows}


def plan(name: str = "sum", side: Aggregation = SUM, grain: Grain = Grain.MONTH, **more) -> MeasurePlan:
    return MeasurePlan(name, grain, more.pop("trailing", 1), side, money=more.pop("money", (MONEY,)), **more)


def test_two_currencies_add_up_by_the_last_rate_on_or_before_the_day(sales, rates, ask) -> None:
    loaded = sales(
        "1,a,2026-01-05,CNY,100,1",  # the company's own: 1
        "2,a,2026-01-09,usd ,10,1",  # 7.1 of the 1st
        "3,b,2026-01-10,USD,10,1",  # 7.2, the rate of that very day
        "4,b,2026-01-31,EUR,2.50,2",  # 8.04
        "5,b,2026-02-01,USD,1,3",  # still 7.2
        "6,b,2026-02-01,USD,,3",  # no amount: needs no rate
    )
    fx = rates("2026-01-01,USD,7.1", "2026-01-10,USD,7.2", "2026-01-02,EUR,8.04", "2026-01-02,CNY,9")
    found = ask(loaded, fx, plan(), plan("raw", money=()), plan("n", Aggregation(How.COUNT)))
    assert totals(found) == {
        ("sum", JAN, None, ""): Decimal("263.1"),  # 100 + 71 + 72 + 20.1
        ("sum", FEB, None, ""): Decimal("7.2"),
        ("raw", JAN, None, ""): Decimal("122.5"),
        ("raw", FEB, None, ""): Decimal(1),
        ("n", JAN, None, ""): 4,
        ("n", FEB, None, ""): 2,
    }
    assert found.unpriced == ()


def test_an_amount_without_a_rate_is_told_and_never_taken_for_its_own_value(sales, rates, ask) -> None:
    loaded = sales(
        "1,a,2026-01-05,CNY,100,1",
        "2,a,2026-01-09,USD,10,1",  # before the first rate of the dollar
        "3,a,2026-01-08,USD,10,1",
        "4,a,2026-02-10,USD,10,1",  # the rate is 31 days old: the last day it holds
        "5,a,2026-02-11,USD,10,1",  # 32 days
        "6,a,2026-02-11,,5,1",  # no currency
        "7,a,2026-03-01,JPY,5,1",  # never heard of
        "8,a,2026-03-01,JPY,,1",
    )
    fx = rates("2026-01-10,USD,7")
    found = ask(loaded, fx, plan(), plan("only", replace(SUM, where=(Condition("currency", Op.EQ, ("CNY",)),))))
    assert set(found.unpriced) == {
        Unpriced("sum", JAN, None, "USD", date(2026, 1, 8), 2),
        Unpriced("sum", FEB, None, "", date(2026, 2, 11), 1),
        Unpriced("sum", FEB, None, "USD", date(2026, 2, 11), 1),
        Unpriced("sum", MAR, None, "JPY", date(2026, 3, 1), 1),
    }
    assert totals(found)["only", JAN, None, ""] == 100


def test_without_any_rates_only_the_own_currency_counts(sales, ask) -> None:
    loaded = sales("1,a,2026-01-05,CNY,100,1", "2,a,2026-01-09,USD,10,1")
    bare = (replace(MONEY, rates="", rate="", rate_currency=""),)
    found = ask(loaded, None, plan(money=bare, split_by="currency"))
    assert totals(found)["sum", JAN, "CNY", ""] == 100
    assert found.unpriced == (Unpriced("sum", JAN, "USD", "USD", date(2026, 1, 9), 1),)


def test_a_split_by_currency_misses_only_the_member_without_a_rate(sales, rates, ask) -> None:
    loaded = sales("1,a,2026-01-05,CNY,100,1", "2,a,2026-01-09,USD,10,1", "3,a,2026-01-09,EUR,10,1")
    found = ask(loaded, rates("2026-01-01,USD,7.123456"), plan(split_by="currency"))
    assert totals(found)["sum", JAN, "USD", ""] == Decimal("71.23456")
    assert found.unpriced == (Unpriced("sum", JAN, "EUR", "EUR", date(2026, 1, 9), 1),)


def test_two_rates_of_one_day_are_none_and_so_is_one_that_is_not_above_zero(tmp_path, sales, loader, ask) -> None:
    loaded = sales(
        "1,a,2026-01-05,USD,1,1", "2,a,2026-01-05,EUR,1,1", "3,a,2026-01-05,GBP,1,1", "4,a,2026-01-05,JPY,1,1"
    )
    lines = ["2026-01-01,USD,7", "2026-01-02,USD,7", "2026-01-02,USD,8", "2026-01-01,EUR,8", "2026-01-02,EUR,0",
             "2026-01-01,GBP,9", "2026-01-01,GBP,9", "2026-01-01,JPY,900000000"]  # fmt: skip
    fx = loader(write_csv(tmp_path / "fx.csv", "day,currency,rate", *lines), mapping(RATES))
    found = ask(loaded, fx, plan(split_by="currency"))
    assert {entry.currency for entry in found.unpriced} == {"USD", "EUR", "JPY"}
    assert totals(found)["sum", JAN, "GBP", ""] == 9


def test_nothing_is_rounded_for_a_row(sales, rates, ask) -> None:
    """Ten rows of 0.01 at 7.123456789012, and a rate of 15 decimals, which counts with 12."""
    loaded = sales(*(f"{n},a,2026-01-05,USD,0.01,1" for n in range(10)), "x,a,2026-01-05,VND,1000000.5,1")
    fx = rates("2026-01-01,USD,7.123456789012", "2026-01-01,VND,0.000279411764706")
    exact = Decimal("0.1") * Decimal("7.123456789012") + Decimal("1000000.5") * Decimal("0.000279411765")
    assert totals(ask(loaded, fx, plan()))["sum", JAN, None, ""] == exact


def test_amounts_of_more_decimals_than_money_has_are_refused(sales, rates, ask) -> None:
    loaded = sales("1,a,2026-01-05,USD,0.0000001,1")
    with pytest.raises(EngineFailure, match="more than 6 decimals"):
        ask(loaded, rates("2026-01-01,USD,7"), plan())
    wide = sales("1,a,2026-01-05,USD,12345678901234.5,1", name="wide.csv")
    assert totals(ask(wide, rates("2026-01-01,USD,7"), plan()))["sum", JAN, None, ""] == Decimal("86419752308641.5")


def test_every_family_takes_the_converted_amounts(sales, rates, ask) -> None:
    loaded = sales(
        "1,a,2026-01-05,CNY,100,2", "2,a,2026-01-09,USD,10,3", "3,b,2026-01-09,CNY,80,1",
        "4,a,2026-02-05,USD,30,2", "5,b,2026-02-09,CNY,40,1", "6,c,2026-02-09,EUR,1,1",
    )  # fmt: skip
    fx = rates("2026-01-01,USD,7", "2026-02-01,USD,8", "2026-02-01,EUR,9")
    product = Arithmetic(Sign.TIMES, Cell("units"), Cell("amount"))
    found = ask(
        loaded, fx,
        plan("avg", Aggregation(How.AVG, "amount")), plan("max", Aggregation(How.MAX, "amount")),
        plan("p50", Aggregation(How.PERCENTILE, "amount", share=Decimal("0.5"))),
        plan("product", Aggregation(How.SUM, expression=product)),
        plan("large", Aggregation(How.COUNT, None, (Condition("amount", Op.GE, (Decimal(80),)),))),
        plan("rolling", trailing=2),
        EntityPlan("rich", Grain.MONTH, "customer", (Threshold(SUM, Op.GT, 150),), money=(MONEY,)),
        EntityPlan("raw", Grain.MONTH, "customer", (Threshold(SUM, Op.GT, 109),)),
        RecurringPlan("rec", Grain.MONTH, "customer", "amount", money=(MONEY,)),
        StockPlan("stock", Grain.MONTH, ("customer",), "amount", At.CLOSING, 60, money=(MONEY,)),
    )  # fmt: skip
    values = totals(found)
    sides = {(row.plan, row.period_start): (row.numerator, row.denominator) for row in found.rows if not row.series}
    assert sides["avg", JAN] == (250, 3)
    assert values["max", FEB, None, ""] == 240
    assert values["p50", JAN, None, ""] == 80
    assert values["product", JAN, None, ""] == 200 + 210 + 80
    assert (values["large", JAN, None, ""], values["large", FEB, None, ""]) == (2, 1)
    assert values["rolling", FEB, None, ""] == 250 + 240 + 40 + 9
    assert values["rich", JAN, None, ""] == 1  # a: 170
    assert values["raw", JAN, None, ""] == 1  # a: 110 of nothing in particular
    assert (values["rec", JAN, None, "mrr"], values["rec", FEB, None, "mrr"]) == (250, 289)
    assert (values["rec", FEB, None, "expansion"], values["rec", FEB, None, "contraction"]) == (70, 40)
    assert values["rec", FEB, None, "new"] == 9
    assert (values["stock", JAN, None, ""], values["stock", FEB, None, ""]) == (150, 289)
    assert found.unpriced == ()


def test_what_a_window_a_level_and_a_history_miss_is_found_outside_the_period(sales, rates, ask) -> None:
    loaded = sales("1,a,2026-01-09,EUR,10,3", "2,a,2026-02-05,CNY,30,2", "3,a,2026-03-05,CNY,30,2")
    fx, only = rates("2026-01-01,USD,7"), {"first": date(2026, 3, 1), "last": date(2026, 3, 31)}
    found = ask(
        loaded, fx, plan("here", **only), plan("two", trailing=2, **only), plan("three", trailing=3, **only),
        RecurringPlan("rec", Grain.MONTH, "customer", "amount", money=(MONEY,), **only),
        StockPlan("stock", Grain.MONTH, ("customer",), "amount", At.CLOSING, 80, money=(MONEY,), **only),
    )  # fmt: skip
    assert {entry.plan for entry in found.unpriced} == {"three", "rec", "stock"}


def test_a_condition_on_an_amount_does_not_hide_that_it_has_no_rate(sales, rates, ask) -> None:
    loaded = sales("1,a,2026-01-09,EUR,10,3", "2,,2026-01-09,EUR,10,3", "3,b,2026-01-09,CNY,200,9")
    large = Aggregation(How.COUNT, None, (Condition("amount", Op.GE, (Decimal(80),)), Condition("units", Op.LT, (5,))))
    few = EntityPlan("few", Grain.MONTH, "customer", (Threshold(SUM, Op.GT, 1),), money=(MONEY,))
    found = ask(loaded, rates("2026-01-01,USD,7"), plan("large", large), few)
    assert {(entry.plan, entry.rows) for entry in found.unpriced} == {("large", 2), ("few", 1)}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_the_day_of_the_rate_is_the_local_day_of_the_row(tmp_path, loader, ask, zone: str) -> None:
    """Moments around the clock change of 8 March 2026 in New York, and around midnight in Shanghai."""
    columns = [(*column[:2], "datetime", "time") if column[1] == "day" else column for column in SALES]
    lines = ["1,a,2026-03-08T04:59:59Z,USD,1,1", "2,a,2026-03-08T15:59:59Z,USD,10,1",
             "3,a,2026-03-08T16:00:00Z,USD,100,1", "4,a,2026-03-09T03:59:59Z,USD,1000,1"]  # fmt: skip
    loaded = loader(
        write_csv(tmp_path / "m.csv", "order,customer,day,currency,amount,units", *lines), mapping(columns), zone=zone
    )
    path = write_csv(
        tmp_path / "r.csv", "day,currency,rate", "2026-03-07,USD,2", "2026-03-08,USD,3", "2026-03-09,USD,5"
    )
    fx = loader(path, mapping(RATES), zone=zone)
    by_day = {
        start: value
        for (_, start, _, _), value in totals(ask(loaded, fx, plan(grain=Grain.DAY), calendar=Calendar(zone))).items()
    }
    seventh, eighth, ninth = date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)
    assert (
        by_day
        == {
            "Asia/Shanghai": {eighth: 33, ninth: 5500},
            "America/New_York": {seventh: 2, eighth: 3330},
            "UTC": {eighth: 333, ninth: 5000},
        }[zone]
    )


def any_rows(sales, rates) -> tuple[Loaded, Loaded]:
    """400 rows of five currencies, and rates with gaps."""
    dice = random.Random(7)
    codes = ["CNY", "USD", "EUR", "JPY", "GBP"]
    lines = [
        f"{n},c{dice.randrange(9)},{date.fromordinal(738000 + dice.randrange(400))},{dice.choice(codes)},"
        f"{dice.randrange(-500, 90000)}.{dice.randrange(100):02d},{dice.randrange(9)}"
        for n in range(400)
    ]  # fmt: skip
    told = {
        (dice.randrange(430), code): f"{dice.randrange(1, 20)}.{dice.randrange(10**6):06d}"
        for code in codes[1:]
        for _ in range(25)
    }
    fx = rates(*(f"{date.fromordinal(737970 + day)},{code},{rate}" for (day, code), rate in told.items()))
    return sales(*lines), fx


def test_any_rows_come_to_what_sql_by_hand_says(sales, rates, ask) -> None:
    """400 rows, five currencies, rates with gaps; an as-of join of DuckDB that shares no code with ours."""
    loaded, fx = any_rows(sales, rates)
    money = (replace(MONEY, days=12),)
    found = ask(loaded, fx, plan(money=money, split_by="currency"), plan("n", money=money))
    query = """
        WITH priced AS (
            SELECT s.d, s.currency, s.amount,
                   CASE WHEN s.currency = 'CNY' THEN 1 WHEN date_diff('day', f.d, s.d) <= 12 THEN f.rate END AS rate
            FROM read_parquet($sales, union_by_name=true) AS s
            ASOF LEFT JOIN read_parquet($rates, union_by_name=true) AS f ON s.currency = f.currency AND s.d >= f.d)
        SELECT date_trunc('month', d)::DATE, currency, sum(amount * rate::DECIMAL(20, 6)),
               count(*) FILTER (amount IS NOT NULL AND rate IS NULL),
               min(d) FILTER (amount IS NOT NULL AND rate IS NULL)
        FROM priced GROUP BY ALL"""
    paths = {"sales": [e.path for e in loaded.files], "rates": [e.path for e in fx.files]}
    mine = totals(found)
    by_hand = duckdb.execute(query, paths).fetchall()
    missing = {(month, code, first, n) for month, code, _, n, first in by_hand if n}
    assert {(e.period_start, e.member, e.first_day, e.rows) for e in found.unpriced if e.plan == "sum"} == missing
    assert len(missing) > 20
    assert len(by_hand) > 50
    for month, code, value, _, _ in by_hand:
        assert mine["sum", month, code, ""] == value


def test_amounts_put_together_before_they_are_converted_come_to_what_rows_come_to(sales, rates, ask) -> None:
    """A condition on the amount that all satisfy has every row converted by itself."""
    loaded, fx = any_rows(sales, rates)
    money = (replace(MONEY, days=25),)
    there = Condition("amount", Op.NOT_NULL)
    few = (Condition("units", Op.GT, (4,)),)
    sides = [Aggregation(how, "amount", where) for how in (How.SUM, How.AVG, How.MIN, How.MAX, How.COUNT)
             for where in ((), few)]  # fmt: skip
    shapes = ({}, {"grain": Grain.WEEK}, {"trailing": 3}, {"split_by": "currency"}, {"split_by": "customer"},
              {"to_date": Grain.YEAR}, {"grain": Grain.DAY, "first": date(2022, 3, 5)})  # fmt: skip
    together = [
        plan(f"{at}-{number}", side, money=money, **shape)
        for at, side in enumerate(sides)
        for number, shape in enumerate(shapes)
    ]
    alone = [
        replace(each, numerator=replace(each.numerator, where=(*each.numerator.where, there))) for each in together
    ]
    one, other = ask(loaded, fx, *together), ask(loaded, fx, *alone)
    assert not any("rows_converted" in sql for sql in one.sql.values())
    assert all("rows_converted" in sql for sql in other.sql.values())
    assert set(one.unpriced) == set(other.unpriced)
    known = {(row.plan, row.period_start, row.member): (row.numerator, row.denominator) for row in one.rows}
    wanted = {(row.plan, row.period_start, row.member): (row.numerator, row.denominator) for row in other.rows}
    assert {key: known[key] for key in wanted} == wanted
    assert len(wanted) > 3000
    lost = {(entry.plan, entry.period_start, entry.member) for entry in one.unpriced}
    assert lost
    assert {known[key] for key in known.keys() - wanted.keys()} <= {(None, None), (0, None), (None, 0)}


def test_rows_behind_show_the_amount_its_currency_the_rate_and_what_came_of_it(sales, rates, desk) -> None:
    loaded = sales("1,a,2026-01-05,CNY,100,1", "2,a,2026-01-09,USD,10,1")
    fx = rates("2026-01-07,USD,7.25")
    page = rows.work(Rows(loaded.files, plan(), (JAN, FEB), tables={"fx": fx.files}), desk())
    assert page.columns[-3:] == ("_rate", "_rate_day", "_converted_amount")
    at = page.columns.index("amount"), page.columns.index("currency")
    assert [(*(row.cells[n] for n in at), *row.cells[-3:]) for row in page.rows] == [
        ("100", "CNY", "1", "", "100"),
        ("10", "USD", "7.25", "2026-01-07", "72.5"),
    ]


def test_a_new_rate_is_never_answered_from_what_was_kept(tmp_path, sales, rates, ask) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    loaded = sales("1,a,2026-01-05,USD,100,1", "2,a,2026-02-09,USD,10,1")
    recurring = RecurringPlan("rec", Grain.MONTH, "customer", "amount", money=(MONEY,))
    raw = replace(recurring, id="raw", money=())
    first = rates("2026-01-05,USD,7", "2026-02-05,USD,7")
    old = ask(loaded, first, recurring, raw, rollups=str(kept))
    new = ask(loaded, rates("2026-02-05,USD,8", previous=first), recurring, raw, rollups=str(kept))
    assert [totals(found)["rec", FEB, None, "mrr"] for found in (old, new)] == [70, 80]
    assert [totals(found)["raw", FEB, None, "mrr"] for found in (old, new)] == [10, 10]


def test_what_a_changed_rate_can_touch() -> None:
    changed = Span(date(2026, 1, 10), date(2026, 1, 11))
    assert plan().touched(changed, UTC, "fx") == Span(JAN, MAR)
    assert plan(grain=Grain.DAY, money=(replace(MONEY, days=3),)).touched(changed, UTC, "fx") == Span(
        date(2026, 1, 10), date(2026, 1, 14)
    )
    assert plan().touched(changed, UTC) == Span(JAN, FEB)


def test_currencies_are_codes_in_capitals_and_others_are_listed(sales) -> None:
    loaded = sales("1,a,2026-01-05, eur ,1,1", "2,a,2026-01-05,RMB,1,1", "3,a,2026-01-05,¥,1,1", "4,a,2026-01-05,,1,1")
    found = duckdb.execute(
        'SELECT "row", code, "text" FROM read_parquet(?) ORDER BY ALL', [loaded.rejects_path]
    ).fetchall()
    assert found == [(3, "bad_currency", "RMB"), (4, "bad_currency", "¥")]
    assert loaded.rows_loaded == 2


def test_what_does_not_fit_is_said_all_at_once() -> None:
    from apps.engine.plan import ColumnType

    types = {"amount": ColumnType.TEXT, "currency": ColumnType.INTEGER}
    wrong = plan("p", Aggregation(How.COUNT), money=(replace(MONEY, days=4000, rates=""),))
    said = [str(issue) for issue in issues_of(wrong, types, {})]
    assert len(said) == 3
    missing = plan("p", Aggregation(How.COUNT), money=(MONEY,))
    assert "There is no data set “fx”" in str(issues_of(missing, types, {})[-1])


def test_members_that_another_data_set_says_of_converted_amounts(
    sales, rates, loader, ask, desk, tmp_path: Path
) -> None:
    """a moves from west to east on 5 February; 7 and 8 CNY to the dollar; of the euro no rate is known."""
    rows_of = [
        "1,a,2026-01-10,USD,10,1",
        "2,a,2026-02-10,USD,10,1",
        "3,b,2026-01-15,CNY,20,1",
        "4,b,2026-02-15,CNY,5,1",
    ]
    loaded, fx = sales(*rows_of), rates("2026-01-01,USD,7", "2026-02-01,USD,8")
    people = [("id", "id", "text", "entity"), ("since", "since", "date", "time"), ("city", "city", "text", "dimension")]
    lines = ["a,2025-06-01,west", "a,2026-02-05,east", "b,2025-06-01,north"]
    who = loader(write_csv(tmp_path / "people.csv", "id,since,city", *lines), mapping(people))
    plain = (
        MeasurePlan("sum", Grain.MONTH, 1, SUM, money=(MONEY,)),
        RecurringPlan("mrr", Grain.MONTH, "customer", "amount", money=(MONEY,)),
        StockPlan("level", Grain.MONTH, ("customer",), "amount", carry_days=31, money=(MONEY,)),
        EntityPlan("rich", Grain.MONTH, "customer", (Threshold(SUM, Op.GE, 70),), money=(MONEY,)),
    )
    for as_of, jan in ((AsOf.EVENT, "west"), (AsOf.PERIOD_END, "west"), (AsOf.LATEST, "east")):
        said = Attribute("people", "city", "customer", "id", as_of)
        plans = [replace(plan, attribute=said) for plan in plain]
        tables = {"fx": fx.files, "people": who.files}
        found = totals(measure.work(Measure(loaded.files, UTC, tuple(plans), tables), desk()))
        for plan, series in (("sum", ""), ("mrr", "mrr"), ("level", "")):
            got = {key[1:3]: value for key, value in found.items() if (key[0], key[3]) == (plan, series) and value}
            assert got == {(JAN, jan): 70, (JAN, "north"): 20, (FEB, "east"): 80, (FEB, "north"): 5}, (as_of, plan)
        rich = {key[1:3]: value for key, value in found.items() if key[0] == "rich" and value}
        assert rich == {(JAN, jan): 1, (FEB, "east"): 1}
    whole = totals(ask(loaded, fx, *plain))
    assert whole["sum", JAN, None, ""] == 90
    lacking = sales(*rows_of, "5,b,2026-02-16,EUR,30,1", name="more.csv")
    told = measure.work(Measure(lacking.files, UTC, (plans[0],), tables), desk()).unpriced
    assert [(entry.plan, entry.period_start, entry.member, entry.currency) for entry in told] == [
        ("sum", FEB, None, "EUR")
    ]
