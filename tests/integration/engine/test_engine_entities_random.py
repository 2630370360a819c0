"""Entities that did enough, over random rows: equal to plain Python, whatever the order, the uploads and the names."""

import tempfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import Aggregation, Base, Condition, EntityPlan, How, Op, Threshold
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import ask, load_rows

COLUMNS = (
    ("day", "date", "time"), ("customer", "text", "entity"), ("store", "text", "dimension"),
    ("amount", "decimal", "measure"),
)  # fmt: skip
PEOPLE = (("joined", "date", "time"), ("customer", "text", "entity"), ("gone", "date", "attribute"))
BIG = (Condition("amount", Op.GT, (Decimal(10),)),)
HERE = (Condition("store", Op.EQ, ("n",)),)
DAYS = st.dates(date(2024, 2, 20), date(2025, 1, 10))
CUSTOMER = st.sampled_from([None, "a", "b", "c", "d"])
ROW = st.tuples(
    DAYS | st.sampled_from([date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 1), date(2024, 12, 30)]),
    CUSTOMER, st.sampled_from([None, "n", "s"]), st.none() | st.sampled_from([Decimal(n) for n in (-5, 0, 10, 11, 25)]),
)  # fmt: skip
PERSON = st.tuples(DAYS, CUSTOMER, st.none() | DAYS)
SIDE = st.one_of(
    st.just(Aggregation(How.COUNT)),
    st.just(Aggregation(How.COUNT, None, BIG)),
    st.builds(Aggregation, st.sampled_from([How.SUM, How.AVG, How.MIN, How.MAX, How.COUNT]), st.just("amount")),
    st.just(Aggregation(How.DISTINCT, "store")),
)
CONDITION = st.builds(
    Threshold, SIDE, st.sampled_from([Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE]), st.sampled_from([0, 1, 2, 10, 11])
)
CALENDARS = st.builds(Calendar, st.just("UTC"), st.sampled_from([1, 7]), st.sampled_from([1, 4]))
PLANS = st.builds(
    EntityPlan, st.just("x"), st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]),
    st.just("customer"), st.lists(CONDITION, min_size=1, max_size=2).map(tuple),
    st.sampled_from([None, Base(), Base(HERE)]), st.sampled_from([1, 1, 2]), st.sampled_from([None, "store"]),
)  # fmt: skip
COMPARE = {
    Op.EQ: lambda a, b: a == b, Op.NE: lambda a, b: a != b, Op.LT: lambda a, b: a < b,
    Op.LE: lambda a, b: a <= b, Op.GT: lambda a, b: a > b, Op.GE: lambda a, b: a >= b,
}  # fmt: skip
SLOW = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
NAMES = {None: None, "a": "d", "b": "Z", "c": "元", "d": "a"}


@SLOW
@given(st.lists(PLANS, min_size=1, max_size=2), st.lists(ROW, min_size=2, max_size=25), CALENDARS, st.data())
def test_equal_to_plain_python_in_any_order_and_by_any_names(plans, rows, calendar: Calendar, more) -> None:
    named = [EntityPlan(**(vars(plan) | {"id": str(at)})) for at, plan in enumerate(plans)]
    cut = more.draw(st.integers(1, len(rows) - 1))
    other = [(day, NAMES[who], *rest) for day, who, *rest in more.draw(st.permutations(rows))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = ask(folder, load_rows(folder, COLUMNS, rows), *named, calendar=calendar)
        again = ask(folder, load_rows(folder, COLUMNS, other[:cut], other[cut:]), *named, calendar=calendar)
    assert again == found
    for plan in named:
        assert sides(found, plan.id) == in_python(plan, rows, calendar, lambda *_: None)


@SLOW
@given(
    st.lists(CONDITION, min_size=1, max_size=2), st.lists(ROW, min_size=1, max_size=20), st.lists(PERSON, max_size=9)
)
def test_a_base_that_says_itself_who_was_there(conditions, rows, people) -> None:
    calendar, base = Calendar("UTC"), Base((), "people", "joined", "gone")
    plan = EntityPlan("x", Grain.MONTH, "customer", tuple(conditions), base)
    people = [*people, (date(2024, 1, 1), "e", None)]  # a file without rows is no table
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = load_rows(folder, COLUMNS, rows)
        found = ask(folder, files, plan, tables={"people": load_rows(folder, PEOPLE, people)})

    def there(period, _rows):
        return {
            who for joined, who, gone in people if who and joined < period.start and not (gone and gone < period.end)
        }

    assert sides(found, "x") == in_python(plan, rows, calendar, there)


def sides(figures, plan: str) -> dict:
    """Numerator and denominator by period and member, those with nobody left out."""
    return {
        (start, member): (top, under)
        for (name, start, member, _), (top, under, _) in figures.items()
        if name == plan and (top or under)
    }


def in_python(plan: EntityPlan, rows, calendar: Calendar, based) -> dict:
    days = [row[0] for row in rows]
    members = {row[2] or "" for row in rows} if plan.split_by else {None}
    found = {}
    for period in calendar.between(min(days), max(days), plan.grain):
        start = calendar.shift(period, 1 - plan.trailing).start
        for member in members:
            own: dict = defaultdict(list)
            for day, who, store, amount in rows:
                if who and start <= day < period.end and member in (None, store or ""):
                    own[who].append((store, amount))
            top, under = _judged(plan, own, based(period, rows))
            if top or under:
                found[period.start, member] = (top, under)
    return found


def _judged(plan: EntityPlan, own: dict, base: set | None) -> tuple[int, int | None]:
    if plan.base is None:
        base = {who for who, cells in own.items() if any(_counted(side.side, cells) for side in plan.conditions)}
    elif base is None:
        base = {who for who, cells in own.items() if any(not plan.base.where or store == "n" for store, _ in cells)}
    good = {who for who in base if all(_holds(side, own.get(who, [])) for side in plan.conditions)}
    return len(good), len(base) if plan.base else None


def _counted(side: Aggregation, cells: list) -> list:
    return [cell for cell in cells if not side.where or (cell[1] is not None and cell[1] > 10)]


def _holds(condition: Threshold, cells: list) -> bool:
    side, counted = condition.side, _counted(condition.side, cells)
    values = [amount for _, amount in counted if amount is not None]
    if side.how == How.COUNT:
        come_to = len(values) if side.column else len(counted)
    elif side.how == How.DISTINCT:
        come_to = len({store for store, _ in counted if store is not None})
    elif side.how == How.SUM:
        come_to = sum(values) if values or not counted else None
    elif not values:
        come_to = None
    else:
        come_to = {How.MIN: min, How.MAX: max, How.AVG: lambda all_: sum(all_) / len(all_)}[side.how](values)
    return come_to is not None and COMPARE[condition.op](come_to, condition.value)
