"""Movements, cohorts and recurring revenue: by hand, against published figures, and against plain Python."""

import csv
import json
import tempfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Aggregation,
    Cohort,
    Condition,
    EngineFailure,
    EntityPlan,
    How,
    LifecyclePlan,
    Limits,
    Load,
    Loaded,
    Measure,
    Op,
    RecurringPlan,
    RetentionPlan,
    Rows,
    Threshold,
    Variant,
    load,
    measure,
    rows,
    run,
)
from apps.engine.child import Desk
from apps.engine.kinds import history
from apps.engine.kinds.ordinal import Ordinals
from apps.kernel.period import Calendar, Grain, Span
from tests.integration.engine.engine_files import data_sets, mapping, write_csv

UTC = Calendar("UTC")
HEAD = "order,customer,day,store,amount"


def values(measured, plan: str = "x") -> dict:
    """Numerators, or (numerator, denominator) where there is one, by series of each period (and member)."""
    found: dict = defaultdict(dict)
    for row in measured:
        if row.plan == plan:
            key = row.period_start if row.member is None else (row.period_start, row.member)
            assert row.series not in found[key]
            both = None if row.numerator is None else row.numerator, row.denominator
            found[key][row.series] = both if row.denominator is not None else both[0]
    return dict(found)


@pytest.fixture
def compute(desk):
    def run_plans(loaded: Loaded, *plans, calendar: Calendar = UTC, rollups: str = ""):
        return measure.work(Measure(loaded.files, calendar, plans, {}, rollups), desk()).rows

    return run_plans


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    """a: January, February, April, May. b: January. c: February, May. d: May. March: nobody."""
    lines = [
        "1,a,2026-01-01,n,10", "2,a,2026-01-31,s,5", "3,b,2026-01-31,n,20", "4,,2026-01-15,n,99",
        "5,a,2026-02-01,n,12", "6,c,2026-02-28,,8", "7,a,2026-04-30,n,15", "8,c,2026-05-01,s,10",
        "9,d,2026-05-31,n,", "10,a,2026-05-31,n,15",
    ]  # fmt: skip
    return loader(write_csv(tmp_path / "sales.csv", HEAD, *lines), mapping())


def month(number: int) -> date:
    return date(2026, number, 1)


def test_movements_by_hand(sales: Loaded, compute) -> None:
    """March has nobody, and loses the two of February."""
    series = ("active", "new", "retained", "reactivated", "churned", "net")
    measured = compute(sales, LifecyclePlan("x", Grain.MONTH, "customer"))
    assert {day: tuple(found[name] for name in series) for day, found in values(measured).items()} == {
        month(1): (2, 2, 0, 0, 0, 2),
        month(2): (2, 1, 1, 0, 1, 0),
        month(3): (0, 0, 0, 0, 2, -2),
        month(4): (1, 0, 0, 1, 0, 1),
        month(5): (3, 1, 1, 1, 0, 2),
    }
    assert [row.n for row in measured if row.series == "active"] == [3, 2, 0, 1, 3]


def test_movements_within_limits_and_with_conditions(sales: Loaded, compute) -> None:
    paid = (Condition("amount", Op.GE, (Decimal(10),)),)
    measured = compute(
        sales,
        LifecyclePlan("last", Grain.MONTH, "customer", first=month(5), last=month(6)),
        LifecyclePlan("paid", Grain.MONTH, "customer", paid, first=month(4)),
        LifecyclePlan("early", Grain.MONTH, "customer", known_since=date(2026, 2, 1), last=date(2026, 3, 9)),
    )
    assert values(measured, "last") == {
        month(5): {"active": 3, "new": 1, "retained": 1, "reactivated": 1, "churned": 0, "net": 2},
        month(6): {"active": 0, "new": 0, "retained": 0, "reactivated": 0, "churned": 3, "net": -3},
    }
    assert values(measured, "paid") == {
        month(4): {"active": 1, "new": 0, "retained": 0, "reactivated": 1, "churned": 0, "net": 1},
        month(5): {"active": 2, "new": 1, "retained": 1, "reactivated": 0, "churned": 0, "net": 1},
    }
    early = values(measured, "early")
    assert early[month(2)] == {"active": 2} | dict.fromkeys(["new", "retained", "reactivated", "churned", "net"])
    assert early[month(3)]["churned"] == 2


def test_a_member_has_a_history_of_its_own(sales: Loaded, compute) -> None:
    found = values(compute(sales, LifecyclePlan("x", Grain.QUARTER, "customer", split_by="store")))
    assert {key: (found[key]["active"], found[key]["new"], found[key]["churned"]) for key in found} == {
        (month(1), "n"): (2, 2, 0), (month(4), "n"): (2, 1, 1),
        (month(1), "s"): (1, 1, 0), (month(4), "s"): (1, 1, 1),
        (month(1), ""): (1, 1, 0), (month(4), ""): (0, 0, 1),
    }  # fmt: skip


CURVES = {
    (Variant.BOUNDED, Cohort.FIRST): {1: [2, 1, 0, 1, 1], 2: [1, 0, 0, 1, 0], 5: [1, 0, 0, 0, 0]},
    (Variant.UNBOUNDED, Cohort.FIRST): {1: [2, 1, 1, 1, 1], 2: [1, 1, 1, 1, 0], 5: [1, 0, 0, 0, 0]},
    (Variant.UNBROKEN, Cohort.FIRST): {1: [2, 1, 0, 0, 0], 2: [1, 0, 0, 0, 0], 5: [1, 0, 0, 0, 0]},
    (Variant.BOUNDED, Cohort.ACTIVE): {
        1: [2, 1, 0, 1, 1], 2: [2, 0, 1, 2, 0], 4: [1, 1, 0, 0, 0], 5: [3, 0, 0, 0, 0],
    },
    (Variant.UNBOUNDED, Cohort.ACTIVE): {
        1: [2, 1, 1, 1, 1], 2: [2, 2, 2, 2, 0], 4: [1, 1, 0, 0, 0], 5: [3, 0, 0, 0, 0],
    },
    (Variant.UNBROKEN, Cohort.ACTIVE): {
        1: [2, 1, 0, 0, 0], 2: [2, 0, 0, 0, 0], 4: [1, 1, 0, 0, 0], 5: [3, 0, 0, 0, 0],
    },
}  # fmt: skip


@pytest.mark.parametrize(("variant", "cohort"), CURVES)
def test_retention_by_hand(sales: Loaded, compute, variant: Variant, cohort: Cohort) -> None:
    plan = RetentionPlan("x", Grain.MONTH, "customer", 4, variant=variant, cohort=cohort)
    expected = {
        month(number): {str(at): (kept, curve[0]) for at, kept in enumerate(curve)}
        for number, curve in CURVES[variant, cohort].items()
    }
    assert values(compute(sales, plan)) == expected
    limited = RetentionPlan(
        "x", Grain.MONTH, "customer", 4, variant=variant, cohort=cohort, first=month(2), last=month(2)
    )
    assert values(compute(sales, limited)) == {month(2): expected[month(2)]}


def test_being_active_can_take_more_than_one_row(sales: Loaded, compute) -> None:
    plan = RetentionPlan("x", Grain.QUARTER, "customer", 1, minimum=2)
    assert values(compute(sales, plan)) == {month(1): {"0": (1, 1), "1": (1, 1)}}


def test_revenue_by_hand(sales: Loaded, compute) -> None:
    """d has a row without an amount, and so no revenue; a pays 15, 12, -, 15, 15; b 20; c 8 and 10."""
    found = values(compute(sales, RecurringPlan("x", Grain.MONTH, "customer", "amount")))
    assert found == {
        month(1): {"mrr": 35, "new": 35, "expansion": 0, "contraction": 0, "churn": 0, "reactivation": 0},
        month(2): {
            "mrr": 20, "new": 8, "expansion": 0, "contraction": 3, "churn": 20, "reactivation": 0,
            "nrr": (12, 35), "grr": (12, 35),
        },
        month(3): {
            "mrr": 0, "new": 0, "expansion": 0, "contraction": 0, "churn": 20, "reactivation": 0,
            "nrr": (0, 20), "grr": (0, 20),
        },
        month(4): {"mrr": 15, "new": 0, "expansion": 0, "contraction": 0, "churn": 0, "reactivation": 15},
        month(5): {
            "mrr": 25, "new": 0, "expansion": 0, "contraction": 0, "churn": 0, "reactivation": 10,
            "nrr": (15, 15), "grr": (15, 15),
        },
    }  # fmt: skip


def test_growing_and_shrinking_in_one_period(tmp_path: Path, loader, compute) -> None:
    lines = ["1,a,2026-01-01,n,10.10", "2,a,2026-02-01,n,10.30", "3,b,2026-01-01,n,5", "4,b,2026-02-28,n,4.5",
             "5,b,2026-02-28,n,-0.5", "6,c,2026-01-01,n,-3", "7,c,2026-02-01,n,1"]  # fmt: skip
    loaded = loader(write_csv(tmp_path / "r.csv", HEAD, *lines), mapping())
    assert values(compute(loaded, RecurringPlan("x", Grain.MONTH, "customer", "amount", first=month(2)))) == {
        month(2): {
            "mrr": Decimal("15.3"), "new": 1, "expansion": Decimal("0.2"), "contraction": 1, "churn": 0,
            "reactivation": 0, "nrr": (Decimal("14.3"), Decimal("15.1")), "grr": (Decimal("14.1"), Decimal("15.1")),
        }
    }  # fmt: skip


def test_weeks_fiscal_years_and_leap_days(tmp_path: Path, loader, compute) -> None:
    """2020 has an ISO week 53, which reaches into January; a fiscal year from April ends on the 31st of March."""
    days = ["2020-12-27", "2020-12-28", "2021-01-03", "2021-01-04", "2024-02-29", "2024-03-31", "2024-04-01"]
    loaded = loader(
        write_csv(tmp_path / "w.csv", HEAD, *(f"{at},a,{day},n,1" for at, day in enumerate(days))), mapping()
    )
    weeks = values(compute(loaded, LifecyclePlan("x", Grain.WEEK, "customer", last=date(2021, 1, 20))))
    assert {day: (found["active"], found["retained"], found["churned"]) for day, found in weeks.items()} == {
        date(2020, 12, 21): (1, 0, 0), date(2020, 12, 28): (1, 1, 0), date(2021, 1, 4): (1, 1, 0),
        date(2021, 1, 11): (0, 0, 1),
    }  # fmt: skip
    fiscal = Calendar("Asia/Shanghai", 1, 4)
    years = values(compute(loaded, LifecyclePlan("x", Grain.YEAR, "customer"), calendar=fiscal))
    assert {day.year: (found["active"], found["reactivated"], found["churned"]) for day, found in years.items()} == {
        2020: (1, 0, 0), 2021: (0, 0, 1), 2023: (1, 1, 0), 2024: (1, 0, 0),
    }  # fmt: skip
    half = values(compute(loaded, RetentionPlan("x", Grain.HALF, "customer", 7), calendar=fiscal))
    assert [int(half[date(2020, 10, 1)][str(at)][0]) for at in range(8)] == [1, 0, 0, 0, 0, 0, 1, 1]
    leap = values(
        compute(loaded, RetentionPlan("x", Grain.DAY, "customer", 31, first=date(2024, 2, 29), cohort=Cohort.ACTIVE))
    )
    assert leap[date(2024, 2, 29)]["31"] == (1, 1)


@pytest.mark.parametrize("grain", list(Grain))
@pytest.mark.parametrize("calendar", [UTC, Calendar("UTC", 7, 4), Calendar("UTC", 3, 12)])
def test_numbers_of_periods_are_those_of_the_calendar(grain: Grain, calendar: Calendar) -> None:
    ordinals = Ordinals(grain, calendar)
    day = date(1999, 12, 20)
    for _ in range(800):
        period = calendar.period_of(day, grain)
        assert ordinals.period(ordinals.of(day)) == period
        assert ordinals.of(calendar.shift(period, 1).start) == ordinals.of(day) + 1
        day += timedelta(days=1)


def test_what_does_not_fit_is_said_at_once(sales: Loaded, compute) -> None:
    with pytest.raises(EngineFailure) as failure:
        compute(
            sales,
            LifecyclePlan("a", Grain.MONTH, "ghost", (Condition("ghoul", Op.IS_NULL),)),
            RetentionPlan("b", Grain.MONTH, "customer", 0, minimum=0, split_by="nowhere"),
            RecurringPlan("c", Grain.MONTH, "customer", "store"),
            RecurringPlan("d", Grain.MONTH, "customer", "nothing"),
        )
    assert [issue.where for issue in failure.value.issues] == ["a", "a", "b", "b", "b", "c", "d"]


def test_how_far_rows_matter() -> None:
    march = Span(date(2026, 3, 10), date(2026, 3, 11))
    retention = RetentionPlan("x", Grain.MONTH, "customer", 2)
    assert retention.touched(march, UTC) == Span(date(2026, 1, 1), date.max)
    active = RetentionPlan("x", Grain.MONTH, "customer", 2, cohort=Cohort.ACTIVE)
    assert active.touched(march, UTC) == Span(date(2026, 1, 1), date(2026, 4, 1))
    assert LifecyclePlan("x", Grain.MONTH, "customer").touched(march, UTC) == Span(date(2026, 3, 1), date.max)
    assert [RetentionPlan("x", Grain.MONTH, "c", 9, variant=v).matures(3) for v in Variant] == [3, 9, 3]


def test_counts_share_the_table_of_histories(sales: Loaded, compute) -> None:
    count = Aggregation(How.COUNT)
    plans = [
        EntityPlan("all", Grain.MONTH, "customer", (Threshold(count, Op.GE, 1),)),
        EntityPlan("two", Grain.MONTH, "customer", (Threshold(count, Op.GE, 2),), first=month(2), last=month(9)),
        EntityPlan("sum", Grain.MONTH, "customer", (Threshold(Aggregation(How.SUM, "amount"), Op.GE, 15),)),
    ]
    alone = compute(sales, *plans)
    shared = compute(sales, *plans, LifecyclePlan("x", Grain.MONTH, "customer"))
    assert sorted((row for row in shared if row.plan != "x"), key=repr) == sorted(alone, key=repr)
    assert [row.numerator for row in alone if row.plan == "all"] == [2, 2, 1, 3]


def test_histories_too_long_for_words_give_the_same(sales: Loaded, compute, monkeypatch) -> None:
    plans = [LifecyclePlan("l", Grain.MONTH, "customer", split_by="store")] + [
        RetentionPlan(f"{variant}{cohort}", Grain.MONTH, "customer", 3, variant=variant, cohort=cohort, minimum=at)
        for at, (variant, cohort) in enumerate(CURVES, 1)
    ]
    in_words = compute(sales, *plans)
    monkeypatch.setattr(history, "MOST_PERIODS", 2)
    assert sorted(compute(sales, *plans), key=repr) == sorted(in_words, key=repr)


def test_all_of_the_62_periods_that_a_word_holds(tmp_path: Path, loader, compute) -> None:
    months = [date(2020 + at // 12, at % 12 + 1, 1) for at in range(63)]
    for n in (61, 62, 63):
        lines = [f"{at},a,{day},n,1" for at, day in enumerate(months[:n])] + [f"x,b,{months[n - 1]},n,1"]
        loaded = loader(write_csv(tmp_path / f"{n}.csv", HEAD, *lines), mapping(), mode="replace")
        measured = compute(
            loaded,
            LifecyclePlan("l", Grain.MONTH, "customer"),
            *(RetentionPlan(variant, Grain.MONTH, "customer", 64, variant=variant) for variant in Variant),
        )
        moved = values(measured, "l")
        assert [(moved[day]["retained"], moved[day]["new"]) for day in months[1:n]] == [(1, 0)] * (n - 2) + [(1, 1)]
        for variant in Variant:
            curve = values(measured, variant)[months[0]]
            assert [int(curve[str(at)][0]) for at in range(65)] == [1] * n + [0] * (65 - n)


# --- the store ---


def test_what_a_month_comes_to_is_kept_and_never_needed(sales: Loaded, compute, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    plans = [
        LifecyclePlan("l", Grain.MONTH, "customer", split_by="store"),
        RetentionPlan("r", Grain.WEEK, "customer", 9), RecurringPlan("m", Grain.QUARTER, "customer", "amount"),
    ]  # fmt: skip
    expected = compute(sales, *plans)
    first = compute(sales, *plans, rollups=str(kept))
    files = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert len(files) == 12  # four months, three tables
    assert all(name.endswith(".parquet") for name in files)
    again = compute(sales, *plans, rollups=str(kept))
    assert {path.name: path.stat().st_mtime_ns for path in kept.iterdir()} == files
    for path in kept.iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    damaged = compute(sales, *plans, rollups=str(kept))
    assert compute(sales, *plans, rollups=str(tmp_path / "nowhere")) == expected
    assert sorted(first, key=repr) == sorted(again, key=repr) == sorted(damaged, key=repr) == sorted(expected, key=repr)


def test_through_the_child_with_a_store(sales: Loaded, tmp_path: Path) -> None:
    request = Measure(
        sales.files, UTC, (LifecyclePlan("x", Grain.MONTH, "customer", last=month(1)),), {}, str(tmp_path)
    )
    assert [row.numerator for row in run(request).rows] == [2, 2, 0, 0, 0, 2]
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file() and "-" not in path.name] != []
    assert [row.numerator for row in run(request).rows] == [2, 2, 0, 0, 0, 2]


# --- rows ---


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


# --- the published figures ---


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory) -> Loaded:
    path = data_sets() / "cdnow" / "cdnow_transactions.csv"
    columns = (
        ("transaction_no", "order_no", "text", "key"), ("customer_id", "customer", "text", "entity"),
        ("date", "day", "date", "time"), ("number_of_cds", "cds", "integer", "measure"),
        ("dollar_value", "dollars", "decimal", "measure"),
    )  # fmt: skip
    out = str(tmp_path_factory.mktemp("cdnow"))
    return run(Load(str(path), path.name, "", mapping(columns, ("order_no",)), "c", (), "append", out, "UTC"))


def test_growth_accounting_of_cdnow(cdnow: Loaded) -> None:
    figures = json.loads((data_sets() / "figures.json").read_text(), parse_float=Decimal)
    published = figures["cdnow.growth_accounting_monthly(month,active,new,retained,reactivated,churned)"]
    found = values(run(Measure(cdnow.files, UTC, (LifecyclePlan("x", Grain.MONTH, "customer"),))).rows)
    parts = ("active", "new", "retained", "reactivated", "churned")
    assert [[f"{day:%Y-%m}", *(found[day][part] for part in parts)] for day in sorted(found)] == published
    assert len(published) == 18


COHORTS = """
    WITH a AS (SELECT DISTINCT customer, date_trunc('{grain}', d)::DATE AS p FROM read_parquet(?)),
         f AS (SELECT customer, min(p) AS c FROM a GROUP BY 1)
    SELECT c, date_diff('{grain}', c, p) AS j, count(*) FROM a JOIN f USING (customer) WHERE j <= 12 GROUP BY ALL
"""
REVENUE = """
    WITH a AS (SELECT customer, date_trunc('month', d)::DATE AS p, sum(dollars) AS v FROM read_parquet(?)
               GROUP BY ALL HAVING v > 0),
         b AS (SELECT coalesce(a.customer, z.customer) AS customer, coalesce(a.p, (z.p + INTERVAL 1 MONTH)::DATE) AS p,
                      coalesce(a.v, 0) AS now, coalesce(z.v, 0) AS was
               FROM a FULL JOIN a z ON a.customer = z.customer AND a.p = z.p + INTERVAL 1 MONTH),
         f AS (SELECT customer, min(p) AS c FROM a GROUP BY 1)
    SELECT p, sum(now), sum(now) FILTER (p = c), sum(greatest(now - was, 0)) FILTER (was > 0),
           sum(was - now) FILTER (now > 0 AND was > now), sum(was) FILTER (now = 0),
           sum(now) FILTER (was = 0 AND p > c)
    FROM b JOIN f USING (customer) WHERE p < DATE '1998-07-01' GROUP BY 1
"""


@pytest.mark.parametrize("grain", ["week", "month", "quarter"])
def test_cohorts_equal_sql_written_by_hand(cdnow: Loaded, grain: str) -> None:
    found = values(run(Measure(cdnow.files, UTC, (RetentionPlan("x", Grain(grain), "customer", 12),))).rows)
    cells = {(day, int(at)): int(kept) for day, curve in found.items() for at, (kept, _) in curve.items() if kept}
    hand = duckdb.execute(COHORTS.format(grain=grain), [[entry.path for entry in cdnow.files]]).fetchall()
    assert cells == {(day, far): count for day, far, count in hand}


def test_revenue_equals_sql_written_by_hand(cdnow: Loaded) -> None:
    found = values(run(Measure(cdnow.files, UTC, (RecurringPlan("x", Grain.MONTH, "customer", "dollars"),))).rows)
    parts = ("mrr", "new", "expansion", "contraction", "churn", "reactivation")
    hand = duckdb.execute(REVENUE, [[entry.path for entry in cdnow.files]]).fetchall()
    assert {day: tuple(series[part] for part in parts) for day, series in found.items()} == {
        day: tuple(value or 0 for value in amounts) for day, *amounts in hand
    }


# --- against plain Python over random rows ---------------------------------------------------------------------------

CELL = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "d"]))
ROW = st.tuples(
    st.dates(date(2024, 2, 1), date(2025, 4, 30)), CELL, st.sampled_from([None, "n", "s"]),
    st.one_of(st.none(), st.decimals(-20, 100, places=2)),
)  # fmt: skip
CALENDARS = st.builds(Calendar, st.just("UTC"), st.integers(1, 7), st.integers(1, 12))
GRAINS = st.sampled_from([Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.MONTH, Grain.QUARTER, Grain.HALF, Grain.YEAR])
DAYS = st.one_of(st.none(), st.dates(date(2024, 4, 1), date(2025, 3, 1)))
SOME = st.one_of(st.just(()), st.just((Condition("amount", Op.GT, (Decimal(10),)),)))
COMMON = {"where": SOME, "split_by": st.sampled_from([None, "store"]), "first": DAYS, "last": DAYS}
PLANS = st.one_of(
    st.builds(LifecyclePlan, st.just("x"), GRAINS, st.just("customer"), **COMMON),
    st.builds(RecurringPlan, st.just("x"), GRAINS, st.just("customer"), st.just("amount"), **COMMON),
    st.builds(
        RetentionPlan, st.just("x"), GRAINS, st.just("customer"), st.integers(1, 5), variant=st.sampled_from(Variant),
        cohort=st.sampled_from(Cohort), minimum=st.integers(1, 2), **COMMON,
    ),
)  # fmt: skip
SLOW = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(st.lists(PLANS, min_size=1, max_size=3), st.lists(ROW, min_size=1, max_size=25), CALENDARS, st.booleans())
def test_figures_equal_plain_python(plans, data, calendar: Calendar, kept: bool) -> None:
    named = [type(plan)(**(vars(plan) | {"id": str(at)})) for at, plan in enumerate(plans)]
    with tempfile.TemporaryDirectory() as folder:
        found = load_and_measure(Path(folder), [data], tuple(named), calendar, folder if kept else "")
        for plan in named:
            assert values(found, plan.id) == in_python(plan, data, calendar)


@SLOW
@given(st.data(), st.lists(ROW, min_size=2, max_size=25), CALENDARS, GRAINS)
def test_parts_add_up_and_order_splitting_and_names_do_not_matter(given_data, data, calendar, grain) -> None:
    plans = (
        LifecyclePlan("l", grain, "customer"), RecurringPlan("m", grain, "customer", "amount"),
        RetentionPlan("r", grain, "customer", 3, cohort=Cohort.ACTIVE),
    )  # fmt: skip
    shuffled = given_data.draw(st.permutations(data))
    cut = given_data.draw(st.integers(1, len(data) - 1))
    relabelled = [(day, {"a": "d", "b": "Z", "c": "元", "d": "a"}.get(who), *rest) for day, who, *rest in shuffled]
    with tempfile.TemporaryDirectory() as folder:
        once = load_and_measure(Path(folder), [data], plans, calendar)
    with tempfile.TemporaryDirectory() as folder:
        other = load_and_measure(Path(folder), [relabelled[:cut], relabelled[cut:]], plans, calendar)
    assert sorted(once, key=repr) == sorted(other, key=repr)
    found = values(once, "l")
    for day, now in found.items():
        before = found.get(calendar.shift(calendar.period_of(day, grain), -1).start, {"active": 0})["active"]
        assert now["active"] == now["new"] + now["retained"] + now["reactivated"]
        assert now["active"] == before + now["new"] + now["reactivated"] - now["churned"] == before + now["net"]
    revenue = values(once, "m")
    for day, now in revenue.items():
        before = revenue.get(calendar.shift(calendar.period_of(day, grain), -1).start, {"mrr": 0})["mrr"]
        gained = now["new"] + now["reactivation"] + now["expansion"]
        assert now["mrr"] == before + gained - now["contraction"] - now["churn"]


def load_and_measure(folder: Path, parts, plans, calendar: Calendar, rollups: str = ""):
    """Load each part as an upload of its own, then compute."""
    columns = (
        ("customer", "customer", "text", "entity"), ("day", "day", "date", "time"),
        ("store", "store", "text", "dimension"), ("amount", "amount", "decimal", "measure"),
    )  # fmt: skip
    (folder / ".work-1").mkdir()
    desk = Desk(Limits(threads=1), str(folder / ".work-1"), lambda *_: None)
    previous: tuple[str, ...] = ()
    for at, part in enumerate(parts):
        path = folder / f"{at}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["customer", "day", "store", "amount"])
            writer.writerows([customer, day, store, amount] for day, customer, store, amount in part)
        request = Load(str(path), path.name, "", mapping(columns), f"u{at}", previous, "append", str(folder), "UTC")
        loaded = load.work(request, desk)
        previous = tuple(entry.path for entry in loaded.files)
    return measure.work(Measure(loaded.files, calendar, plans, {}, rollups), desk).rows


def in_python(plan, data, calendar: Calendar) -> dict:
    """What a plan means, said again without an engine: lists of periods by entity."""
    day_of = {row[0] for row in data}
    first, last = plan.first or min(day_of), plan.last or max(day_of)
    first, last = (calendar.period_of(day, plan.grain).start for day in (first, last))
    wanted = [period.start for period in calendar.between(first, last, plan.grain)]
    members = {row[2] or "" for row in data} if plan.split_by else {None}
    return {
        day if member is None else (day, member): found
        for member in members
        for day, found in _of_member(plan, data, calendar, wanted, member).items()
    }


def _of_member(plan, data, calendar, wanted, member) -> dict:
    history: dict = defaultdict(lambda: defaultdict(list))
    for day, customer, store, amount in data:
        counts = not plan.where or (amount is not None and amount > 10)
        if customer and counts and (member is None or (store or "") == member):
            history[customer][calendar.period_of(day, plan.grain).start].append(amount)
    step = lambda day, n: calendar.shift(calendar.period_of(day, plan.grain), n).start  # noqa: E731
    kinds = {LifecyclePlan: _movements, RetentionPlan: _curves, RecurringPlan: _revenue}
    return {
        day: found for day in wanted if (found := kinds[type(plan)](plan, history, day, lambda n, d=day: step(d, n)))
    }


def _movements(plan, history, day, at) -> dict:
    now = {who for who, periods in history.items() if day in periods}
    before = {who for who, periods in history.items() if at(-1) in periods}
    old = {who for who, periods in history.items() if min(periods) < day}
    if not now and not before:
        return {}
    return {
        "active": len(now), "new": len(now - old), "retained": len(now & before),
        "reactivated": len((now & old) - before), "churned": len(before - now),
        "net": len(now - old) + len((now & old) - before) - len(before - now),
    }  # fmt: skip


def _curves(plan, history, day, at) -> dict:
    active = {
        who: {p for p, cells in periods.items() if len(cells) >= plan.minimum} for who, periods in history.items()
    }
    if plan.cohort == Cohort.FIRST:
        cohort = [periods for periods in active.values() if periods and min(periods) == day]
    else:
        cohort = [periods for periods in active.values() if day in periods]
    if not cohort:
        return {}
    ahead = [at(n) for n in range(plan.intervals + 1)]
    kept: Counter = Counter()
    for periods in cohort:
        for n in range(plan.intervals + 1):
            kept[n] += {
                Variant.BOUNDED: lambda n=n, p=periods: ahead[n] in p,
                Variant.UNBOUNDED: lambda n=n, p=periods: any(start in p for start in ahead[n:]),
                Variant.UNBROKEN: lambda n=n, p=periods: all(start in p for start in ahead[: n + 1]),
            }[plan.variant]()
    return {str(n): (kept[n], len(cohort)) for n in range(plan.intervals + 1)}


def _revenue(plan, history, day, at) -> dict:
    def amounts(start):
        sums = {who: sum((cell for cell in periods.get(start, []) if cell is not None), Decimal(0))
                for who, periods in history.items()}  # fmt: skip
        return {who: amount for who, amount in sums.items() if amount > 0}

    now, before = amounts(day), amounts(at(-1))
    if not now and not before:
        return {}
    earlier = {who for who, periods in history.items() for start in periods if start < day and who in amounts(start)}
    both = now.keys() & before.keys()
    moved = {
        "mrr": sum(now.values()), "new": sum(now[who] for who in now.keys() - earlier),
        "expansion": sum(max(now[who] - before[who], 0) for who in both),
        "contraction": sum(max(before[who] - now[who], 0) for who in both),
        "churn": sum(before[who] for who in before.keys() - now.keys()),
        "reactivation": sum(now[who] for who in (now.keys() & earlier) - before.keys()),
    }  # fmt: skip
    start = sum(before.values())
    if start:
        kept = start - moved["churn"] - moved["contraction"]
        moved |= {"nrr": (kept + moved["expansion"], start), "grr": (kept, start)}
    return moved
