"""Levels at the end, at the start and on an average day: by hand, by SQL, by plain Python."""

import csv
import json
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.engine import At, Condition, EngineFailure, Measure, MeasureRow, Op, Rows, StockPlan, run
from apps.kernel.period import Calendar, Grain, Span
from tests.integration.engine.engine_ask import UTC, ask, behind, load_rows
from tests.integration.engine.engine_files import data_sets

COLUMNS = (
    ("id", "text", "key"), ("sku", "text", "entity"), ("house", "text", "entity"), ("day", "date", "time"),
    ("region", "text", "dimension"), ("level", "decimal", "measure"),
)  # fmt: skip
JAN, FEB, MAR, APR = (date(2024, number, 1) for number in range(1, 5))


@pytest.fixture
def stock(tmp_path: Path):
    """p in house 1: 10, then 12 in two parts on the last day of January, nothing said on 10 February, 5 in the leap
    day. p in house 2: 7 until it moved to another region. q: only in January. Two rows without a key of their own."""
    rows = [
        ("1", "p", "1", "2024-01-10", "n", "10"), ("2", "p", "1", "2024-01-31", "n", "8"),
        ("3", "p", "1", "2024-01-31", "n", "4"), ("4", "p", "1", "2024-02-10", "n", ""),
        ("5", "p", "1", "2024-02-29", "n", "5"), ("6", "p", "2", "2024-01-31", "n", "7"),
        ("7", "p", "2", "2024-02-20", "s", "6"), ("8", "q", "1", "2024-01-31", "", "1"),
        ("9", "", "1", "2024-01-31", "n", "100"), ("x", "q", "", "2024-01-31", "n", "100"),
        ("y", "p", "2", "2024-03-31", "s", "-2"),
    ]  # fmt: skip
    return load_rows(tmp_path, COLUMNS, rows)


def plan(at: At = At.CLOSING, carry: int = 0, **options) -> StockPlan:
    return StockPlan("x", Grain.MONTH, ("sku", "house"), "level", at, carry, **options)


def test_closing_levels_and_how_long_a_value_holds(tmp_path: Path, stock) -> None:
    assert ask(tmp_path, stock, plan()) == {
        ("x", JAN, None, ""): (20, None, 4), ("x", FEB, None, ""): (5, None, 1), ("x", MAR, None, ""): (-2, None, 1),
    }  # fmt: skip
    carried = {carry: ask(tmp_path, stock, plan(carry=carry)) for carry in (8, 9, 28, 29, 30, 31)}
    assert [int(carried[carry]["x", FEB, None, ""][0] or 0) for carry in (8, 9, 28, 29)] == [5, 11, 11, 12]
    assert [int(carried[carry]["x", MAR, None, ""][0] or 0) for carry in (30, 31)] == [-2, 3]


def test_opening_levels_are_those_of_the_day_before(tmp_path: Path, stock) -> None:
    found = ask(tmp_path, stock, plan(At.OPENING, 9, last=APR))
    closing = ask(tmp_path, stock, plan(At.CLOSING, 9))
    assert {key[1]: value for key, value in found.items()} == {
        FEB: closing["x", JAN, None, ""], MAR: closing["x", FEB, None, ""], APR: closing["x", MAR, None, ""],
    }  # fmt: skip


def test_an_average_day_counts_the_days_on_which_something_is_known(tmp_path: Path, stock) -> None:
    """January, held 2 days: 10 on the 10th to 12th, 20 on the 31st. March: 5 on the 1st and 2nd, -2 on the 31st."""
    found = ask(tmp_path, stock, plan(At.AVERAGE, 2))
    assert found["x", JAN, None, ""] == (50, 4, 5)
    assert found["x", MAR, None, ""] == (8, 3, 2)
    split = ask(tmp_path, stock, plan(At.AVERAGE, 2, split_by="region", last=JAN))
    assert split == {("x", JAN, "n", ""): (49, 4, 4), ("x", JAN, "", ""): (1, 4, 1)}


def test_a_split_takes_the_member_of_the_last_known_day(tmp_path: Path, stock) -> None:
    found = ask(tmp_path, stock, plan(carry=31, split_by="region"))
    assert {key[1:3]: value[0] for key, value in found.items()} == {
        (JAN, "n"): 19, (JAN, ""): 1, (FEB, "n"): 5, (FEB, "s"): 6, (FEB, ""): 1, (MAR, "n"): 5, (MAR, "s"): -2,
    }  # fmt: skip


def test_conditions_and_the_rows_behind(tmp_path: Path, stock) -> None:
    north = plan(carry=31, where=(Condition("region", Op.EQ, ("n",)),))
    assert ask(tmp_path, stock, north)["x", FEB, None, ""][0] == 12
    assert behind(tmp_path, stock, north, (FEB, MAR)) == ["5", "6"]
    assert behind(tmp_path, stock, plan(carry=31), (FEB, MAR)) == ["5", "7", "8"]
    assert behind(tmp_path, stock, plan(carry=31, split_by="region"), (FEB, MAR), member="s") == ["7"]
    assert behind(tmp_path, stock, plan(At.AVERAGE, 2), (JAN, FEB), side="denominator") == ["1", "2", "3", "6", "8"]
    with pytest.raises(EngineFailure):
        behind(tmp_path, stock, plan(), (JAN, FEB), side="denominator")


ROWS = st.lists(
    st.tuples(
        st.just("1"), st.sampled_from(["p", "q", ""]), st.sampled_from(["1", "2"]),
        st.dates(date(2020, 12, 20), date(2021, 1, 20)), st.sampled_from(["n", "s", ""]),
        st.one_of(st.none(), st.decimals(-99, 99, places=2)),
    ), min_size=1, max_size=25,
)  # fmt: skip
QUICK = (Phase.explicit, Phase.generate)  # shrinking would start the engine thousands of times


@settings(deadline=None, max_examples=6, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.integers(0, 12), st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.YEAR]), st.integers(0, 25))
def test_equal_to_plain_python_in_any_order_and_by_any_names(rows, carry: int, grain: Grain, cut: int) -> None:
    """Over the ISO week 53 of 2020, weeks from Monday, fiscal years from April."""
    calendar = Calendar("Asia/Shanghai", 1, 4)
    plans = [StockPlan(at.value, grain, ("sku", "house"), "level", at, carry) for at in At]
    plans.append(StockPlan("split", grain, ("sku", "house"), "level", At.AVERAGE, carry, split_by="region"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = ask(folder, load_rows(folder, COLUMNS, rows), *plans, calendar=calendar)
        parts = [part for part in (rows[cut:][::-1], rows[:cut]) if part]
        renamed = [[(row[0], row[1] and "x" + row[1], *row[2:]) for row in part] for part in parts]
        again = ask(folder, load_rows(folder, COLUMNS, *renamed), *plans, calendar=calendar)
    assert again == found
    assert found == {key: value for each in plans for key, value in in_python(each, rows, calendar).items()}


def in_python(plan: StockPlan, rows, calendar: Calendar) -> dict:
    known: dict = defaultdict(lambda: defaultdict(list))
    for at, row in enumerate(rows):
        if row[1] and row[5] is not None:
            known[row[1:3]][row[3]].append((at, row[4] if plan.split_by else None, row[5]))
    found: dict = {}
    days = [row[3] for row in rows]
    for period in calendar.between(min(days), max(days), plan.grain):
        level: dict = defaultdict(Decimal)
        counted: dict = defaultdict(set)
        covered = set()
        span = plan.days(period)
        for day in (span.start + timedelta(days=n) for n in range((span.end - span.start).days)):
            for of_entity in known.values():
                last = max((at for at in of_entity if day - timedelta(days=plan.carry_days) <= at <= day), default=None)
                for at, member, value in of_entity[last] if last else ():
                    level[member] += value
                    counted[member].add(at)
                    covered.add(day)
        for member, value in level.items():
            days_known = len(covered) if plan.at == At.AVERAGE else None
            found[plan.id, period.start, member, ""] = (value, days_known, len(counted[member]))
    return found


def test_a_period_alone_equals_that_of_all(tmp_path: Path, stock) -> None:
    for at in At:
        whole = ask(tmp_path, stock, plan(at, 31))
        part = ask(tmp_path, stock, plan(at, 31, first=FEB, last=FEB))
        assert part == {key: value for key, value in whole.items() if key[1] == FEB}


def test_what_a_row_can_change_is_touched(tmp_path: Path, stock) -> None:
    """A value of 31 January told later changes what `touched` says and nothing else."""
    extra = [("z", "r", "1", "2024-01-31", "n", "50")]
    later = load_rows(tmp_path, COLUMNS, [("1", "r", "1", "2024-05-01", "n", "1")], extra)
    without = load_rows(tmp_path, COLUMNS, [("1", "r", "1", "2024-05-01", "n", "1")])
    for at in At:
        wanted = plan(at, 29, first=date(2023, 12, 1), last=date(2024, 5, 1))
        before, after = ask(tmp_path, without, wanted), ask(tmp_path, later, wanted)
        changed = {key[1] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        touched = wanted.touched(Span(JAN.replace(day=31), FEB), UTC)
        assert all(touched.start <= day < touched.end for day in changed)
        assert changed


def test_the_monthly_charges_of_the_telephone_company(tmp_path: Path) -> None:
    """Each customer's charge, told on the day the contract began: months before 1 January 2020 stand for the day."""
    folder = data_sets()
    figures = json.loads((folder / "figures.json").read_text(), parse_float=Decimal)
    with (folder / "telco_churn" / "Telco-Customer-Churn.csv").open() as file:
        table = list(csv.DictReader(file))
    kept = ("Contract", "Churn", "MonthlyCharges")
    rows = [
        (row["customerID"], str(date(2020, 1, 1) - timedelta(days=int(row["tenure"]))), *(row[key] for key in kept))
        for row in table
    ]
    kinds = (("who", "text", "entity"), ("day", "date", "time"), ("contract", "text", "dimension"),
             ("churn", "boolean", "dimension"), ("charge", "decimal", "measure"))  # fmt: skip
    files = load_rows(tmp_path, kinds, rows)
    whole = StockPlan(
        "mrr", Grain.MONTH, ("who",), "charge", At.CLOSING, 180, first=JAN.replace(2020), last=JAN.replace(2020)
    )
    lost = StockPlan(
        "lost", Grain.MONTH, ("who",), "charge", At.OPENING, 180, (Condition("churn", Op.EQ, (True,)),), "contract",
        date(2020, 2, 1), date(2020, 2, 1),
    )  # fmt: skip
    found = ask(tmp_path, files, whole, lost)
    assert found["mrr", date(2020, 1, 1), None, ""] == (figures["telco.mrr"], None, figures["telco.customers"])
    assert sum(value[0] or 0 for key, value in found.items() if key[0] == "lost") == figures["telco.mrr_churned"]


def test_what_does_not_fit_is_said_at_once(tmp_path: Path, stock) -> None:
    bad = StockPlan("x", Grain.MONTH, (), "region", At.CLOSING, -1, (Condition("nobody", Op.IS_NULL),), "nowhere")
    with pytest.raises(EngineFailure) as failure:
        ask(tmp_path, stock, bad, StockPlan("y", Grain.DAY, ("ghost",), "level"))
    said = "; ".join(issue.in_words() for issue in failure.value.issues)
    for words in ("Say whose level", "“region” is text", "0 to 3660 days, not -1", "“nobody”", "“nowhere”", "“ghost”"):
        assert words in said
    assert len(failure.value.issues) == 6


def test_through_the_child_and_in_words(stock) -> None:
    wanted = plan(At.AVERAGE, 2, last=JAN)
    assert run(Measure(stock, UTC, (wanted,))).rows == (MeasureRow("x", JAN, None, Decimal(50), Decimal(4), 5),)
    assert run(Rows(stock, wanted, (JAN, FEB))).total == 5
    assert wanted.in_words() == (
        "sum of level of each sku, house on an average day of the period, by month, "
        "a value holds for 2 days after its own"
    )
    assert StockPlan.from_json(wanted.to_json()) == wanted
