"""Movements, cohorts and recurring revenue by hand, and what is kept of them between requests."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from apps.engine import (
    Aggregation,
    Cohort,
    Condition,
    EngineFailure,
    EntityPlan,
    How,
    LifecyclePlan,
    Loaded,
    Measure,
    Op,
    RecurringPlan,
    RetentionPlan,
    Threshold,
    Variant,
    measure,
    run,
)
from apps.engine.kinds import history
from apps.engine.kinds.ordinal import Ordinals
from apps.kernel.period import Calendar, Grain, Span
from tests.integration.engine.engine_files import mapping, write_csv
from tests.integration.engine.engine_history import HEAD, LINES, UTC, month, values


@pytest.fixture
def compute(desk):
    def run_plans(loaded: Loaded, *plans, calendar: Calendar = UTC, rollups: str = ""):
        return measure.work(Measure(loaded.files, calendar, plans, {}, rollups), desk()).rows

    return run_plans


@pytest.fixture
def sales(tmp_path: Path, loader) -> Loaded:
    return loader(write_csv(tmp_path / "sales.csv", HEAD, *LINES), mapping())


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
    # four months of the table of amounts; words of two splits, what these are of, and the rows counted for one
    assert sorted(Path(name).suffix for name in files) == [".json"] * 3 + [".parquet"] * 6
    again = compute(sales, *plans, rollups=str(kept))
    assert {path.name: path.stat().st_mtime_ns for path in kept.iterdir()} == files
    for path in kept.iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    damaged = compute(sales, *plans, rollups=str(kept))
    assert compute(sales, *plans, rollups=str(tmp_path / "nowhere")) == expected
    assert sorted(first, key=repr) == sorted(again, key=repr) == sorted(damaged, key=repr) == sorted(expected, key=repr)


def test_through_the_child_with_a_store(sales: Loaded, tmp_path: Path) -> None:
    lifecycle = LifecyclePlan("x", Grain.MONTH, "customer")
    limited = Measure(sales.files, UTC, (replace(lifecycle, last=month(1)),), {}, str(tmp_path))
    figures = [2, 2, 0, 0, 0, 2]
    assert [row.numerator for row in run(limited).rows] == figures
    assert list(tmp_path.glob("*.parquet")) == []  # of a part of the months nobody would take it away
    assert [row.numerator for row in run(replace(limited, plans=(lifecycle,))).rows][:6] == figures
    kept = list(tmp_path.glob("*.parquet"))
    assert [row.numerator for row in run(limited).rows] == figures
    assert list(tmp_path.glob("*.parquet")) == kept != []
