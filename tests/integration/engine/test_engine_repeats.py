"""Rows that another row of the entity follows within some days: by hand, by SQL, by plain Python."""

import tempfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.engine import Condition, EngineFailure, Measure, MeasureRow, Op, RepeatPlan, Rows, run
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import UTC, ask, behind, load_rows
from tests.integration.engine.engine_files import data_sets

COLUMNS = (
    ("id", "text", "key"), ("vehicle", "text", "entity"), ("at", "datetime", "time"), ("station", "text", "dimension"),
    ("kind", "text", "dimension"),
)  # fmt: skip
JAN, FEB, MAR = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
FISCAL = Calendar("Asia/Shanghai", 1, 4)


@pytest.fixture
def repairs(tmp_path: Path):
    """Vehicle a: 31 January, 29 February (29 days later), 30 March (30 days later). b: three on a day, two of them at
    one moment. c: once. A row without vehicle."""
    rows = [
        ("1", "a", "2024-01-31 10:00", "n", "repair"), ("2", "a", "2024-02-29 09:00", "s", "repair"),
        ("3", "a", "2024-03-30 08:00", "n", "repair"), ("4", "b", "2024-02-01 08:00", "n", "repair"),
        ("5", "b", "2024-02-01 09:00", "n", "repair"), ("6", "b", "2024-02-01 09:00", "s", "repair"),
        ("7", "c", "2024-02-10 08:00", "", "repair"), ("8", "", "2024-02-11 08:00", "n", "repair"),
        ("9", "c", "2024-02-12 08:00", "n", "wash"),
    ]  # fmt: skip
    return load_rows(tmp_path, COLUMNS, rows)


REPAIR = (Condition("kind", Op.EQ, ("repair",)),)


def plan(days: int = 30, **options) -> RepeatPlan:
    return RepeatPlan("x", Grain.MONTH, "vehicle", days, REPAIR, **options)


def test_repairs_within_thirty_days(tmp_path: Path, repairs) -> None:
    """31 January + 30 days is 1 March: 29 February lies before it. 29 February + 30 is 30 March: that is too late."""
    found = ask(tmp_path, repairs, plan(moment="at"))
    assert found == {
        ("x", JAN, None, ""): (1, 1, 1), ("x", FEB, None, ""): (1, 5, 5), ("x", MAR, None, ""): (0, 1, 1),
    }  # fmt: skip
    assert ask(tmp_path, repairs, plan(31, moment="at"))["x", FEB, None, ""] == (2, 5, 5)
    assert ask(tmp_path, repairs, plan(29, moment="at"))["x", JAN, None, ""] == (0, 1, 1)


def test_rows_of_one_day_and_of_one_moment(tmp_path: Path, repairs) -> None:
    """By day none of b's follow; by moment the first of them is followed; with ties all but the last are."""
    figures = {
        name: ask(tmp_path, repairs, plan(1, **options))["x", FEB, None, ""][0]
        for name, options in {
            "day": {}, "moment": {"moment": "at"}, "ties": {"ties": True}, "both": {"moment": "at", "ties": True},
        }.items()
    }  # fmt: skip
    assert figures == {"day": 0, "moment": 1, "ties": 2, "both": 2}


def test_a_split_takes_the_member_of_the_first_row(tmp_path: Path, repairs) -> None:
    found = ask(tmp_path, repairs, plan(31, moment="at", split_by="station"))
    assert {key[1:3]: value[:2] for key, value in found.items()} == {
        (JAN, "n"): (1, 1), (FEB, "n"): (1, 2), (FEB, "s"): (1, 2), (FEB, ""): (0, 1), (MAR, "n"): (0, 1),
    }  # fmt: skip
    by_day = ask(tmp_path, repairs, plan(31, split_by="station"))
    assert {key[1:3]: value[:2] for key, value in by_day.items()} == {
        (JAN, "n"): (1, 1), (FEB, "n"): (0, 2), (FEB, "s"): (1, 2), (FEB, ""): (0, 1), (MAR, "n"): (0, 1),
    }  # fmt: skip


def test_the_rows_behind(tmp_path: Path, repairs) -> None:
    january, february = (JAN, FEB), (FEB, MAR)
    assert behind(tmp_path, repairs, plan(), january) == ["1"]
    assert behind(tmp_path, repairs, plan(31, moment="at"), february) == ["2", "4"]
    assert behind(tmp_path, repairs, plan(31), february, side="denominator") == ["2", "4", "5", "6", "7"]
    split = plan(31, moment="at", split_by="station")
    assert behind(tmp_path, repairs, split, february, member="s") == ["2"]
    assert behind(tmp_path, repairs, plan(1, ties=True), february) == ["4", "5"]


def test_columns_named_like_our_own_words(tmp_path: Path) -> None:
    columns = (
        ("entity", "text", "entity"),
        ("on", "date", "time"),
        ("member", "text", "dimension"),
        ("n", "text", "key"),
    )
    rows = [("a", "2024-01-01", "x", "7"), ("a", "2024-01-03", "y", "8"), ("b", "2024-01-03", "y", "9")]
    files = load_rows(tmp_path, columns, rows)
    by_n = RepeatPlan("x", Grain.MONTH, "entity", 5, split_by="member")
    assert ask(tmp_path, files, by_n) == {("x", JAN, "x", ""): (1, 1, 1), ("x", JAN, "y", ""): (0, 2, 2)}
    assert behind(tmp_path, files, by_n, (JAN, FEB)) == ["a"]


QUICK = (Phase.explicit, Phase.generate)  # shrinking would start the engine thousands of times
DAYS = st.builds(  # few enough that rows of an entity tie
    lambda day, hour: datetime(2024, 2, 20, hour) + timedelta(days=day), st.integers(0, 24), st.sampled_from([8, 20])
)
ROWS = st.lists(
    st.tuples(
        st.just("1"), st.sampled_from(["a", "b", "c", ""]), DAYS, st.sampled_from(["n", "s", ""]),
        st.sampled_from(["repair", "wash"]),
    ), min_size=1, max_size=50,
)  # fmt: skip


@settings(deadline=None, max_examples=6, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS, st.integers(1, 40), st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER]), st.integers(0, 30))
def test_equal_to_plain_python_in_any_order_and_by_any_names(rows, days: int, grain: Grain, cut: int) -> None:
    plans = [
        RepeatPlan("day", grain, "vehicle", days, REPAIR),
        RepeatPlan("moment", grain, "vehicle", days, REPAIR, "at", split_by="station"),
        RepeatPlan("part", grain, "vehicle", days, REPAIR, "at", first=date(2024, 3, 1), last=date(2024, 3, 10)),
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = ask(folder, load_rows(folder, COLUMNS, rows), *plans, calendar=FISCAL)
        parts = [part for part in (rows[cut:][::-1], rows[:cut]) if part]
        renamed = [[(row[0], row[1] and "x" + row[1], *row[2:]) for row in part] for part in parts]
        again = ask(folder, load_rows(folder, COLUMNS, *renamed), *plans, calendar=FISCAL)
    assert again == found
    assert found == {
        key: value for each in plans for key, value in in_python(each, rows, FISCAL).items()
    }  # fmt: skip


def in_python(plan: RepeatPlan, rows, calendar: Calendar) -> dict:
    counted = [row for row in rows if row[1] and row[4] == "repair"]
    figures: dict = defaultdict(lambda: [0, 0])
    for row in counted:
        period = calendar.period_of(row[2].date(), plan.grain)
        if plan.first and plan.last and period not in calendar.between(plan.first, plan.last, plan.grain):
            continue
        key = (plan.id, period.start, row[3] if plan.split_by else None, "")
        end = row[2].date() + timedelta(days=plan.within_days)
        others = [other[2] for other in counted if other[1] == row[1] and other[2].date() < end]
        figures[key][0] += any(o > row[2] if plan.moment else o.date() > row[2].date() for o in others)
        figures[key][1] += 1
    return {key: (hits, n, n) for key, (hits, n) in figures.items()}


def test_repeat_purchases_of_cdnow(tmp_path: Path) -> None:
    source = data_sets() / "cdnow" / "cdnow_transactions.csv"
    header = ("no", "customer", "on", "cds", "dollars")
    columns = tuple(
        zip(
            header,
            ("text", "text", "date", "integer", "decimal"),
            ("key", "entity", "time", "measure", "measure"),
            strict=True,
        )
    )
    lines = [tuple(line.split(",")) for line in source.read_text().splitlines()[1:]]
    files = load_rows(tmp_path, columns, lines)
    found = ask(tmp_path, files, RepeatPlan("x", Grain.MONTH, "customer", 30))
    hand = duckdb.execute(
        """SELECT date_trunc('month', a.date)::DATE, count(*) FILTER (EXISTS (SELECT 1 FROM f AS b
                  WHERE b.customer_id = a.customer_id AND b.date > a.date AND b.date < a.date + 30)), count(*)
           FROM f AS a GROUP BY 1""".replace("FROM f", f"FROM read_csv('{source}', types={{'customer_id': 'VARCHAR'}})")
    ).fetchall()  # fmt: skip
    assert {key[1]: (value[0], value[1]) for key, value in found.items()} == {m: (hits, n) for m, hits, n in hand}
    assert sum(value[2] for value in found.values()) == 69_659


def test_a_month_alone_equals_the_month_of_all(tmp_path: Path, repairs) -> None:
    whole = ask(tmp_path, repairs, plan(31, moment="at"))
    part = ask(tmp_path, repairs, plan(31, moment="at", first=FEB, last=FEB))
    assert part == {key: value for key, value in whole.items() if key[1] == FEB}


def test_what_does_not_fit_is_said_at_once(tmp_path: Path, repairs) -> None:
    bad = RepeatPlan("x", Grain.MONTH, "ghost", 0, (Condition("nobody", Op.IS_NULL),), "kind", split_by="nowhere")
    with pytest.raises(EngineFailure) as failure:
        ask(tmp_path, repairs, bad)
    said = "; ".join(issue.in_words() for issue in failure.value.issues)
    for words in ("“ghost”", "“nobody”", "“nowhere”", "“kind” must hold moments; it is text", "1 to 3660 days, not 0"):
        assert words in said
    assert len(failure.value.issues) == 5


def test_through_the_child_and_in_words(repairs) -> None:
    wanted = plan(moment="at", last=JAN)
    assert run(Measure(repairs, UTC, (wanted,))).rows == (MeasureRow("x", JAN, None, Decimal(1), Decimal(1), 1),)
    assert run(Rows(repairs, wanted, (JAN, FEB))).total == 1
    assert wanted.in_words() == (
        "share of rows followed by another of the same vehicle less than 30 days later where kind is repair, by month"
    )
    assert RepeatPlan.from_json(wanted.to_json()) == wanted
    assert wanted.lookahead.days == 29


def test_rows_without_a_moment_follow_and_are_followed_by_day_only(tmp_path: Path) -> None:
    """a: 1 and 2 in order; 3 has no moment, so that nothing of its day follows it, but 4 does on the next day."""
    columns = (
        ("id", "text", "key"),
        ("who", "text", "entity"),
        ("on", "date", "time"),
        ("at", "datetime", "attribute"),
    )
    rows = [
        ("1", "a", "2024-02-29", "2024-02-29 08:00"), ("2", "a", "2024-02-29", "2024-02-29 09:00"),
        ("3", "a", "2024-02-29", ""), ("4", "a", "2024-03-01", ""), ("5", "b", "2024-02-29", ""),
    ]  # fmt: skip
    files = load_rows(tmp_path, columns, rows)
    by_moment = {days: RepeatPlan("x", Grain.DAY, "who", days, moment="at") for days in (1, 2)}
    leap = date(2024, 2, 29)
    assert ask(tmp_path, files, by_moment[1])["x", leap, None, ""] == (1, 4, 4)
    assert ask(tmp_path, files, by_moment[2])["x", leap, None, ""] == (3, 4, 4)
    assert behind(tmp_path, files, by_moment[1], (leap, MAR)) == ["1"]
    ties = RepeatPlan("x", Grain.DAY, "who", 1, moment="at", ties=True)
    assert behind(tmp_path, files, ties, (leap, MAR)) == ["1", "3"]


def test_callers_of_the_service_desk_that_call_again(tmp_path: Path) -> None:
    """itsm: incidents of a caller opened again within 30 days, by moment, against SQL of its own."""
    source = data_sets() / "itsm_incidents" / "incidents.csv"
    query = f"SELECT number, caller_id, opened_at, location, category FROM read_csv('{source}', all_varchar = true)"  # noqa: S608
    rows = duckdb.execute(query).fetchall()
    files = load_rows(tmp_path, COLUMNS, [[cell or "" for cell in row] for row in rows])
    found = ask(tmp_path, files, RepeatPlan("x", Grain.WEEK, "vehicle", 30, moment="at"))
    hand = duckdb.execute(
        f"""WITH i AS (SELECT number, caller_id AS c, opened_at::TIMESTAMP AS at FROM ({query}) WHERE caller_id <> '')
            SELECT date_trunc('week', a.at)::DATE, count(*) FILTER (EXISTS (SELECT 1 FROM i AS b WHERE b.c = a.c
                   AND b.at > a.at AND b.at::DATE < a.at::DATE + 30)), count(*) FROM i AS a GROUP BY 1"""  # noqa: S608
    ).fetchall()
    assert {key[1]: value[:2] for key, value in found.items()} == {week: (hits, n) for week, hits, n in hand}
    assert len(hand) >= 10
