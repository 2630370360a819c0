"""Members of random rows: as if somebody had written them into the rows by hand, and as SQL of another kind says."""

import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Aggregation,
    AsOf,
    Attribute,
    Cohort,
    EntityPlan,
    FunnelPlan,
    FunnelStep,
    How,
    LifecyclePlan,
    Measure,
    MeasurePlan,
    Op,
    RecurringPlan,
    RepeatPlan,
    RetentionPlan,
    StockPlan,
    Threshold,
    Variant,
    measure,
)
from apps.kernel.period import Calendar, Grain, Span
from tests.integration.engine.engine_ask import ask, desk_in, load_rows

CALENDAR = Calendar("Asia/Shanghai", week_start=7, fiscal_year_start=4)
FIRST = date(2023, 11, 25)
DAYS = 130  # over a leap day and the border of a fiscal year
MONTHS = [date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]
LABELS = ["event", "latest", "in_week", "in_month", "in_quarter", *(f"end_{at}" for at in range(len(MONTHS)))]
FACTS = [
    ("customer", "text", "entity"), ("day", "date", "time"), ("amount", "decimal", "measure"),
    *((label, "text", "dimension") for label in LABELS),
]  # fmt: skip
PEOPLE = [("id", "text", "entity"), ("since", "date", "time"), ("city", "text", "dimension")]
COUNT, AMOUNT = Aggregation(How.COUNT), Aggregation(How.SUM, "amount")
OFTEN = (Threshold(COUNT, Op.GE, 2),)
STEPS = (FunnelStep(), FunnelStep())

PLANS = [
    *(MeasurePlan("", grain, 1, AMOUNT, COUNT) for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER)),
    *(EntityPlan("", grain, "customer", OFTEN) for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER)),
    LifecyclePlan("", Grain.MONTH, "customer"),
    LifecyclePlan("", Grain.WEEK, "customer"),
    RetentionPlan("", Grain.MONTH, "customer", 3),
    RetentionPlan("", Grain.WEEK, "customer", 4, (), Variant.UNBROKEN, Cohort.ACTIVE),
    RecurringPlan("", Grain.MONTH, "customer", "amount"),
    RepeatPlan("", Grain.MONTH, "customer", 20),
    FunnelPlan("", Grain.MONTH, "customer", STEPS, 20),
]
WINDOWED = [
    MeasurePlan("", Grain.MONTH, 2, AMOUNT, COUNT),
    MeasurePlan("", Grain.MONTH, 1, AMOUNT, to_date=Grain.YEAR),
    EntityPlan("", Grain.MONTH, "customer", OFTEN, trailing=3),
    StockPlan("", Grain.MONTH, ("customer",), "amount", "closing", 40),
    StockPlan("", Grain.MONTH, ("customer",), "amount", "average", 10),
]


@st.composite
def _worlds(draw) -> tuple[list, list]:
    """Rows (customer, day, amount) and the history of customers (id, since, city)."""
    days = st.integers(0, DAYS).map(lambda n: FIRST + timedelta(days=n))
    who = st.sampled_from(["a", "b", "c", "d", ""])
    facts = draw(st.lists(st.tuples(who, days, st.integers(-3, 40)), min_size=5, max_size=60))
    told = st.tuples(st.sampled_from("abcx"), days, st.sampled_from(["north", "south", "east", ""]))
    return facts, draw(st.lists(told, min_size=1, max_size=25))


def _member(history: list, who: str, day: date | None) -> str:
    """What the history says of somebody on a day (None: at last). Of rows of one day the first city, none at last."""
    known = [(since, city) for id_, since, city in history if id_ == who and (day is None or since <= day)]
    if not known:
        return ""
    newest = max(since for since, _ in known)
    return min((city for since, city in known if since == newest), key=lambda city: (city == "", city))


def _labelled(facts: list, history: list) -> list:
    """The rows with every member written into them."""
    rows = []
    for who, day, amount in facts:
        ends = [CALENDAR.period_of(day, grain).end for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER)]
        ends += [CALENDAR.period_of(month, Grain.MONTH).end for month in MONTHS]
        asked = [day, None, *(end - timedelta(days=1) for end in ends)]
        rows.append([who, day, amount, *(_member(history, who, at) for at in asked)])
    return rows


def _attribute(as_of: AsOf) -> Attribute:
    return Attribute("people", "city", "customer", "id", as_of)


def _cases(chosen: list[int]) -> tuple[list, list]:
    """Some plans by attribute, and the same by the column that says what the attribute has to."""
    ours, theirs = [], []
    for plan in [*PLANS, *WINDOWED]:
        columns = {AsOf.EVENT: "event", AsOf.LATEST: "latest"}
        if plan not in WINDOWED:
            columns[AsOf.PERIOD_END] = f"in_{plan.grain.value}"
        for as_of, column in columns.items():
            name = f"p{len(ours)}"
            ours.append(replace(plan, id=name, attribute=_attribute(as_of)))
            theirs.append(replace(plan, id=name, split_by=column))
    for plan in WINDOWED:
        for at, month in enumerate(MONTHS):
            name, limits = f"p{len(ours)}", {"first": month, "last": month}
            ours.append(replace(plan, id=name, attribute=_attribute(AsOf.PERIOD_END), **limits))
            theirs.append(replace(plan, id=name, split_by=f"end_{at}", **limits))
    return [ours[at % len(ours)] for at in chosen], [theirs[at % len(ours)] for at in chosen]


CHOICES = st.lists(st.integers(0, 78), min_size=6, max_size=6, unique=True)
SETTINGS = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(world=_worlds(), chosen=CHOICES)
def test_as_if_the_members_were_written_in_the_rows(world, chosen: list[int]) -> None:
    facts, history = world
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = load_rows(folder, FACTS, _labelled(facts, history))
        tables = {"people": load_rows(folder, PEOPLE, history)}
        ours, theirs = _cases(chosen)
        found = ask(folder, files, *ours, calendar=CALENDAR, tables=tables)
        assert found == ask(folder, files, *theirs, calendar=CALENDAR)


@SETTINGS
@given(world=_worlds(), cut=st.integers(0, 25))
def test_the_members_of_a_sum_add_up_however_the_table_was_uploaded(world, cut: int) -> None:
    """Whoever is called what, and whatever order and parts the rows came in: the whole is the whole."""
    facts, history = world
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = load_rows(folder, FACTS, _labelled(facts, history))
        rename = {"a": "zz", "b": "a", "c": "B", "x": "x", "": "", "d": "d"}
        other = load_rows(folder, FACTS, [[rename[row[0]], *row[1:]] for row in _labelled(facts, history)])
        whole = {"people": load_rows(folder, PEOPLE, history)}
        parts = [part for part in (history[cut:], history[:cut]) if part]
        pieces = {"people": load_rows(folder, PEOPLE, *parts)}
        renamed = {"people": load_rows(folder, PEOPLE, [[rename[who], *row] for who, *row in history])}
        plans = [MeasurePlan(as_of, Grain.MONTH, 1, AMOUNT, attribute=_attribute(as_of)) for as_of in AsOf]
        found = ask(folder, files, *plans, calendar=CALENDAR, tables=whole)
        assert found == ask(folder, files, *plans, calendar=CALENDAR, tables=pieces)
        assert found == ask(folder, other, *plans, calendar=CALENDAR, tables=renamed)
        total = ask(folder, files, MeasurePlan("x", Grain.MONTH, 1, AMOUNT), calendar=CALENDAR)
        for as_of in AsOf:
            sums: dict = defaultdict(int)
            for (plan, day, _, _), (value, _, _) in found.items():
                if plan == as_of:
                    sums[day] += value
            assert sums == {day: value for (_, day, _, _), (value, _, _) in total.items()}


@SETTINGS
@given(world=_worlds(), more=_worlds(), chosen=CHOICES)
def test_a_new_version_of_the_table_alters_only_what_it_touches(world, more, chosen: list[int]) -> None:
    """And with what months came to kept between the requests, the figures are those from the start."""
    facts, history = world
    added, rows = more[1][:5], more[0][:8]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rollups = folder / "rollups"
        rollups.mkdir()
        before = load_rows(folder, FACTS, _labelled(facts, history))
        after = load_rows(folder, FACTS, _labelled(facts, history), _labelled(rows, history))
        old = {"people": load_rows(folder, PEOPLE, history)}
        new = {"people": load_rows(folder, PEOPLE, history, added)}
        plans, _ = _cases(chosen)
        changed = Span(min(since for _, since, _ in added), max(since for _, since, _ in added) + timedelta(days=1))
        first = ask(folder, before, *plans, calendar=CALENDAR, tables=old)
        second = ask(folder, before, *plans, calendar=CALENDAR, tables=new)
        touched = {plan.id: plan.touched(changed, CALENDAR, "people") for plan in plans}
        differing = {key for key in {**first, **second} if first.get(key) != second.get(key)}
        assert [key for key in differing if not touched[key[0]].start <= key[1] < touched[key[0]].end] == []
        for files, tables in ((before, old), (before, new), (after, new)):
            kept = Measure(files, CALENDAR, tuple(plans), tables, str(rollups))
            found = measure.work(kept, desk_in(folder)).rows
            fresh = measure.work(replace(kept, rollups=""), desk_in(folder)).rows
            assert sorted(map(repr, found)) == sorted(map(repr, fresh))


def test_days_that_can_change() -> None:
    march = Span(date(2026, 3, 10), date(2026, 3, 11))
    utc = Calendar("UTC")

    def start(plan, as_of: AsOf) -> date:
        span = replace(plan, id="x", attribute=_attribute(as_of)).touched(march, utc, "people")
        assert span.end == date.max
        return span.start

    month = MeasurePlan("", Grain.MONTH, 1, AMOUNT)
    assert start(month, AsOf.PERIOD_END) == start(month, AsOf.EVENT) == date(2026, 3, 1)
    assert start(month, AsOf.LATEST) == date.min
    day = MeasurePlan("", Grain.DAY, 1, AMOUNT, to_date=Grain.MONTH)
    assert start(day, AsOf.EVENT) == date(2026, 3, 10)
    assert start(RetentionPlan("", Grain.MONTH, "customer", 2), AsOf.PERIOD_END) == date(2026, 1, 1)
    assert start(RepeatPlan("", Grain.MONTH, "customer", 90), AsOf.EVENT) == date(2026, 3, 1)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_sql_by_hand_that_looks_back_from_each_row(tmp_path: Path, zone: str) -> None:
    """DuckDB's own join to the row in force, over 3,000 rows with a change of the clock among them."""
    days = [FIRST + timedelta(days=(7 * n * n) % DAYS) for n in range(3000)]
    facts = [[f"c{n % 97}", day, n % 50] for n, day in enumerate(days)]
    # c0, c11, ... have no row; no two rows of a customer are of one day
    told = {(n % 97, FIRST + timedelta(days=(11 * n) % DAYS)): n for n in range(900) if n % 97 % 11}
    history = [[f"c{who}", day, f"city{n % 6}" if n % 13 else ""] for (who, day), n in told.items()]
    files = load_rows(tmp_path, FACTS[:3], facts)
    tables = {"people": load_rows(tmp_path, PEOPLE, history)}
    calendar = Calendar(zone)
    plans = [MeasurePlan(as_of, Grain.MONTH, 1, AMOUNT, attribute=_attribute(as_of)) for as_of in AsOf]
    found = ask(tmp_path, files, *plans, calendar=calendar, tables=tables)
    con = duckdb.connect()
    con.execute("CREATE TABLE f (who TEXT, day DATE, amount INT)")
    con.executemany("INSERT INTO f VALUES (?, ?, ?)", facts)
    con.execute("CREATE TABLE h (who TEXT, since DATE, city TEXT)")
    con.executemany("INSERT INTO h VALUES (?, ?, nullif(?, ''))", history)
    asked = {AsOf.EVENT: "day", AsOf.PERIOD_END: "last_day(day)", AsOf.LATEST: "DATE '2999-01-01'"}
    for as_of, at in asked.items():
        wanted = con.execute(
            f"SELECT date_trunc('month', day)::DATE, coalesce(city, ''), sum(amount), count(*) "  # noqa: S608
            f"FROM (SELECT *, {at} AS at FROM f) AS f ASOF LEFT JOIN h ON f.who = h.who AND f.at >= h.since "
            f"GROUP BY 1, 2"
        ).fetchall()
        ours = {(day, member): (value, n) for (plan, day, member, _), (value, _, n) in found.items() if plan == as_of}
        assert ours == {(day, member): (value, n) for day, member, value, n in wanted}
