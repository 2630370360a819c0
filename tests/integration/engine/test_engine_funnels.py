"""Conversions and funnels over several data sets: by hand, by SQL, by plain Python."""

import tempfile
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.engine import Condition, EngineFailure, FunnelPlan, FunnelStep, Measure, Op, Order, Rows, run
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import UTC, ask, behind, load_rows
from tests.integration.engine.engine_files import data_sets

VISITS = (
    ("id", "text", "key"), ("who", "text", "entity"), ("at", "datetime", "time"), ("channel", "text", "dimension"),
    ("page", "text", "dimension"),
)  # fmt: skip
ORDERS = (("no", "text", "key"), ("buyer", "text", "entity"), ("on", "date", "time"), ("paid", "boolean", "dimension"))
JAN, FEB, MAR = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)


def page(name: str, moment: str | None = "at") -> FunnelStep:
    return FunnelStep((Condition("page", Op.EQ, (name,)),), moment=moment)


ORDER = FunnelStep((Condition("paid", Op.EQ, (True,)),), "orders", "buyer")


@pytest.fixture
def visits(tmp_path: Path):
    """a: home, cart an hour later, order on day 30. b: cart before home, then cart again. c: home and cart at one
    moment. d: home in two months. A visit of nobody."""
    rows = [
        ("1", "a", "2024-01-31 10:00", "ad", "home"), ("2", "a", "2024-01-31 11:00", "ad", "cart"),
        ("3", "b", "2024-01-10 10:00", "", "home"), ("4", "b", "2024-01-10 09:00", "", "cart"),
        ("5", "b", "2024-01-12 09:00", "", "cart"), ("6", "c", "2024-01-05 09:00", "ad", "home"),
        ("7", "c", "2024-01-05 09:00", "ad", "cart"), ("8", "d", "2024-01-20 09:00", "mail", "home"),
        ("9", "d", "2024-02-02 09:00", "ad", "home"), ("x", "", "2024-01-05 09:00", "ad", "home"),
        ("y", "d", "2024-02-03 09:00", "ad", "cart"),
    ]  # fmt: skip
    return load_rows(tmp_path, VISITS, rows)


@pytest.fixture
def tables(tmp_path: Path) -> dict:
    rows = [
        ("o1", "a", "2024-02-29", "true"), ("o2", "b", "2024-01-11", "true"), ("o3", "b", "2024-01-15", "false"),
        ("o4", "d", "2024-02-03", "true"), ("o5", "", "2024-02-03", "true"), ("o6", "b", "2024-01-20", "true"),
    ]  # fmt: skip
    return {"orders": load_rows(tmp_path, ORDERS, rows)}


def funnel(days: int = 30, order: Order = Order.FIRST_TOUCH, **options) -> FunnelPlan:
    return FunnelPlan("x", Grain.MONTH, "who", (page("home"), page("cart"), ORDER), days, order, **options)


def steps_of(found: dict, month: date, member: str | None = None) -> list[int]:
    values = [found["x", month, member, series] for series in ("1", "2", "3", "")]
    assert {(value[1], value[2]) for value in values} == {(values[0][0], values[0][0])}
    return [int(value[0]) for value in values]


def test_steps_in_their_order_within_the_window(tmp_path: Path, visits, tables) -> None:
    """January: a, b, c, d enter; a, b and d have a cart later (d's on 3 February), c's is at the same moment. a orders
    on day 30 (within 30 days: before 1 March). b's first order lies before its cart, d's on the day of it."""
    first = ask(tmp_path, visits, funnel(), tables=tables)
    assert steps_of(first, JAN) == [4, 3, 1, 1]
    assert steps_of(first, FEB) == [1, 1, 0, 0]
    assert len(first) == 8
    strict = ask(tmp_path, visits, funnel(order=Order.STRICT), tables=tables)
    assert steps_of(strict, JAN) == [4, 3, 2, 2]
    assert steps_of(ask(tmp_path, visits, funnel(29), tables=tables), JAN) == [4, 3, 0, 0]
    assert steps_of(ask(tmp_path, visits, funnel(ties=True), tables=tables), JAN) == [4, 4, 2, 2]
    assert steps_of(ask(tmp_path, visits, funnel(1), tables=tables), JAN) == [4, 1, 0, 0]


def test_a_split_takes_the_member_of_the_row_that_entered(tmp_path: Path, visits, tables) -> None:
    found = ask(tmp_path, visits, funnel(split_by="channel"), tables=tables)
    members = {(key[1], key[2]): steps_of(found, key[1], key[2]) for key in found}
    assert members == {
        (JAN, "ad"): [2, 1, 1, 1], (JAN, ""): [1, 1, 0, 0], (JAN, "mail"): [1, 1, 0, 0], (FEB, "ad"): [1, 1, 0, 0],
    }  # fmt: skip


def test_the_rows_behind(tmp_path: Path, visits, tables) -> None:
    january = {"period": (JAN, FEB), "tables": tables}
    strict = funnel(order=Order.STRICT)
    assert behind(tmp_path, visits, strict, side="denominator", **january) == ["1", "3", "6", "8"]
    assert behind(tmp_path, visits, strict, series="2", **january) == ["2", "5", "y"]
    assert behind(tmp_path, visits, strict, table="orders", **january) == ["o1", "o6"]
    assert behind(tmp_path, visits, funnel(split_by="channel"), series="2", member="mail", **january) == ["y"]
    for wrong in ({"series": "4"}, {"series": "new"}, {"series": "2", "table": "orders"}):
        with pytest.raises(EngineFailure):
            behind(tmp_path, visits, funnel(), **january, **wrong)


DAYS = st.datetimes(datetime(2020, 12, 20), datetime(2021, 2, 10)).map(lambda at: at.replace(microsecond=0, second=0))
WHO = st.sampled_from(["a", "b", "c", ""])
VISIT = st.tuples(st.just("1"), WHO, DAYS, st.sampled_from(["ad", "mail", ""]), st.sampled_from(["home", "cart"]))
SALE = st.tuples(st.just("1"), WHO, DAYS.map(datetime.date), st.sampled_from(["true", "false", ""]))
QUICK = (Phase.explicit, Phase.generate)  # shrinking would start the engine thousands of times


@settings(deadline=None, max_examples=6, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(VISIT, min_size=4, max_size=25), st.lists(SALE, min_size=1, max_size=10), st.integers(1, 30),
    st.sampled_from([Grain.WEEK, Grain.MONTH]), st.integers(0, 25), st.booleans(),
)  # fmt: skip
def test_equal_to_plain_python_in_any_order_and_by_any_names(visits, sales, days, grain, cut: int, ties: bool) -> None:
    calendar = Calendar("Asia/Shanghai", 1, 4)
    steps = (page("home"), page("cart"), ORDER)
    plans = [FunnelPlan(order.value, grain, "who", steps, days, order, ties) for order in Order]
    plans += [FunnelPlan(by, grain, "who", steps, days, Order.STRICT, ties, by) for by in ("channel", "page")]
    plans.append(FunnelPlan("days", grain, "who", (page("home", None), page("cart")), days, ties=ties))
    plans.append(FunnelPlan("part", grain, "who", steps[:2], days, first=date(2021, 1, 1), last=date(2021, 1, 5)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = {"orders": load_rows(folder, ORDERS, sales)}
        found = ask(folder, load_rows(folder, VISITS, visits), *plans, calendar=calendar, tables=tables)
        parts = [part for part in (visits[cut:][::-1], visits[:cut]) if part]
        renamed = [[(row[0], row[1] and "x" + row[1], *row[2:]) for row in part] for part in (*parts, sales)]
        tables = {"orders": load_rows(folder, ORDERS, renamed.pop()[::-1])}
        again = ask(folder, load_rows(folder, VISITS, *renamed), *plans, calendar=calendar, tables=tables)
    assert again == found
    assert found == {key: value for each in plans for key, value in in_python(each, visits, sales, calendar).items()}


def in_python(plan: FunnelPlan, visits, sales, calendar: Calendar) -> dict:
    """What a funnel means, said again without an engine."""
    of_step = []
    for step in plan.steps:
        if step.table:
            rows = [
                (who, datetime.combine(on, datetime.min.time()), None) for _, who, on, paid in sales if paid == "true"
            ]
        else:
            wanted = step.where[0].values[0]
            rows = [(who, at, channel) for _, who, at, channel, name in visits if name == wanted]
        of_step.append([row for row in rows if row[0]])
    entered: dict = {}
    for who, at, channel in sorted(
        of_step[0], key=lambda row: (row[1] if plan.steps[0].moment else row[1].date(), row[2] or "~")
    ):
        entered.setdefault((who, calendar.period_of(at.date(), plan.grain)), (at, channel))
    counts: dict = defaultdict(lambda: [0] * len(plan.steps))
    for (who, period), (start, channel) in entered.items():
        if plan.first and plan.last and period not in calendar.between(plan.first, plan.last, plan.grain):
            continue
        touched, reached = [start], True
        for number in range(len(plan.steps)):
            if number:
                base = number - 1 if plan.order == Order.STRICT else 0
                rows = [
                    at for name, at, _ in of_step[number]
                    if name == who and 0 <= (at.date() - start.date()).days < plan.within_days
                    and touched[base] and after(plan, base, number, touched[base], at)
                ]  # fmt: skip
                touched.append(min(rows, default=None))
                reached = (
                    reached
                    and bool(touched[number])
                    and after(plan, number - 1, number, touched[number - 1], touched[number])
                )
            member = {"channel": channel, "page": "home"}[plan.split_by] if plan.split_by else None
            counts[period.start, member][number] += reached
    found = {}
    for (start, member), values in counts.items():
        for series, value in [*((str(at), value) for at, value in enumerate(values, 1)), ("", values[-1])]:
            found[plan.id, start, member, series] = (value, values[0], values[0])
    return found


def after(plan: FunnelPlan, before: int, number: int, earlier: datetime, later: datetime) -> bool:
    if not (plan.steps[before].moment and plan.steps[number].moment):
        earlier, later = earlier.date(), later.date()  # type: ignore[assignment]
    return later >= earlier if plan.ties else later > earlier


def test_customers_that_order_after_they_came_in_the_shop_of_dbt(tmp_path: Path) -> None:
    """jaffle_shop: orders that were placed first and completed, by customer, against SQL of its own."""
    source = data_sets() / "jaffle_shop" / "raw_orders.csv"
    lines = [tuple(line.split(",")) for line in source.read_text().splitlines()[1:]]
    columns = (
        ("id", "text", "key"),
        ("user_id", "text", "entity"),
        ("on", "date", "time"),
        ("status", "text", "dimension"),
    )
    files = load_rows(tmp_path, columns, lines)
    done = FunnelStep((Condition("status", Op.EQ, ("completed",)),))
    plan = FunnelPlan("x", Grain.MONTH, "user_id", (FunnelStep(), done), 30)
    found = ask(tmp_path, files, plan)
    hand = duckdb.execute(
        f"""WITH o AS (SELECT * FROM read_csv('{source}')),
                 f AS (SELECT user_id, date_trunc('month', order_date)::DATE m, min(order_date) d FROM o GROUP BY 1, 2)
            SELECT m, count(*) FILTER (EXISTS (SELECT 1 FROM o WHERE o.user_id = f.user_id AND status = 'completed'
                   AND order_date > d AND order_date < d + 30)), count(*) FROM f GROUP BY 1"""  # noqa: S608
    ).fetchall()
    assert {key[1]: value[:2] for key, value in found.items() if key[3] == ""} == {m: (hits, n) for m, hits, n in hand}


def test_a_period_alone_equals_that_of_all(tmp_path: Path, visits, tables) -> None:
    whole = ask(tmp_path, visits, funnel(), tables=tables)
    part = ask(tmp_path, visits, funnel(first=JAN, last=JAN), tables=tables)
    assert part == {key: value for key, value in whole.items() if key[1] == JAN}


def test_what_does_not_fit_is_said_at_once(tmp_path: Path, visits, tables) -> None:
    steps = (FunnelStep((), "orders", "on"), FunnelStep(moment="page"), FunnelStep((), "nowhere"))
    bad = FunnelPlan("x", Grain.MONTH, "who", steps, 0, split_by="ghost")
    with pytest.raises(EngineFailure) as failure:
        ask(tmp_path, visits, bad, FunnelPlan("y", Grain.DAY, "who", steps[1:2], 1), tables=tables)
    said = "; ".join(issue.in_words() for issue in failure.value.issues)
    for words in (
        "“ghost”", "no data set “nowhere”", "1 to 3660 days, not 0", "first step is of the data set",
        "“on” is date, but “who” is text", "“page” must hold moments", "2 to 10 steps, not 1",
    ):  # fmt: skip
        assert words in said


def test_through_the_child_and_in_words(visits, tables) -> None:
    wanted = funnel(order=Order.STRICT, last=JAN)
    rows = run(Measure(visits, UTC, (wanted,), tables)).rows
    assert [(row.series, row.numerator) for row in rows] == [("1", Decimal(4)), ("2", 3), ("3", 2), ("", 2)]
    assert run(Rows(visits, wanted, (JAN, FEB), tables=tables, table="orders")).total == 2
    assert wanted.in_words() == (
        "share of who that get from the first to the last step: page is home → page is cart → paid is True in orders, "
        "by month, less than 30 days after the first, each step after the one before"
    )
    assert FunnelPlan.from_json(wanted.to_json()) == wanted


def test_a_row_without_a_moment_is_at_the_start_of_its_day(tmp_path: Path) -> None:
    """a's home has no moment: its cart of that day comes after. b's cart has none: it is before its home, c's on the
    next day after it."""
    columns = (
        ("id", "text", "key"), ("who", "text", "entity"), ("on", "date", "time"), ("at", "datetime", "attribute"),
        ("page", "text", "dimension"),
    )  # fmt: skip
    rows = [
        ("1", "a", "2024-01-31", "", "home"), ("2", "a", "2024-01-31", "2024-01-31 08:00", "cart"),
        ("3", "b", "2024-01-31", "2024-01-31 08:00", "home"), ("4", "b", "2024-01-31", "", "cart"),
        ("5", "c", "2024-01-31", "2024-01-31 08:00", "home"), ("6", "c", "2024-02-01", "", "cart"),
        ("7", "", "2024-01-31", "", "home"), ("8", "d", "2024-01-31", "", ""),
    ]  # fmt: skip
    files = load_rows(tmp_path, columns, rows)
    plan = FunnelPlan("x", Grain.MONTH, "who", (page("home"), page("cart")), 2)
    assert ask(tmp_path, files, plan)["x", JAN, None, ""] == (2, 3, 3)
    assert behind(tmp_path, files, plan, (JAN, FEB)) == ["2", "6"]


def test_by_several_columns_at_once_as_by_each_alone(tmp_path: Path) -> None:
    """a enters with two rows of one moment: each column has its own smallest member. b's home of February has a moment
    of the day before, so that February is found the sure way."""
    columns = (
        ("id", "text", "key"), ("who", "text", "entity"), ("on", "date", "time"), ("at", "datetime", "attribute"),
        ("page", "text", "dimension"), ("channel", "text", "dimension"), ("size", "integer", "dimension"),
    )  # fmt: skip
    rows = [
        ("1", "a", "2024-01-31", "2024-01-31 08:00", "home", "mail", "1"),
        ("2", "a", "2024-01-31", "2024-01-31 08:00", "home", "ad", "2"),
        ("3", "a", "2024-02-01", "2024-02-01 08:00", "cart", "", "3"),
        ("4", "b", "2024-01-31", "2024-01-31 08:00", "home", "", ""),
        ("5", "b", "2024-02-02", "2024-02-01 08:00", "home", "mail", "12"),
        ("6", "b", "2024-02-02", "2024-02-02 09:00", "home", "ad", "11"),
    ]
    files = load_rows(tmp_path, columns, rows)
    several = [
        FunnelPlan(str(by), Grain.MONTH, "who", (page("home"), page("cart")), 2, split_by=by)
        for by in ("channel", None, "size")
    ]
    found = ask(tmp_path, files, *several)
    assert found == {key: value for plan in several for key, value in ask(tmp_path, files, plan).items()}
    assert {key[:3]: value[:2] for key, value in found.items() if not key[3]} == {
        ("None", JAN, None): (1, 2), ("channel", JAN, "ad"): (1, 1), ("channel", JAN, ""): (0, 1),
        ("size", JAN, "1"): (1, 1), ("size", JAN, ""): (0, 1),
        ("None", FEB, None): (0, 1), ("channel", FEB, "mail"): (0, 1), ("size", FEB, "12"): (0, 1),
    }  # fmt: skip
