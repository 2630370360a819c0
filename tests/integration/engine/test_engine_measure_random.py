"""Figures of random plans over random rows, equal to plain Python."""

import csv
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Aggregation,
    Condition,
    How,
    Limits,
    Load,
    Measure,
    MeasurePlan,
    Op,
    load,
    measure,
)
from apps.engine.child import Desk
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_ask import by_key
from tests.integration.engine.engine_files import mapping

CELL = st.one_of(st.none(), st.sampled_from(["a", "b", "c"]))
AMOUNT = st.one_of(st.none(), st.decimals(-10_000, 10_000, places=2))
ROW = st.tuples(st.dates(date(2024, 11, 1), date(2026, 2, 28)), CELL, CELL, AMOUNT)
WORDS = st.sets(st.sampled_from("abx"), min_size=1).map(lambda words: tuple(sorted(words)))
TEXTS = st.one_of(
    st.builds(lambda op, v: Condition("customer", op, (v,)), st.sampled_from([Op.EQ, Op.NE]), st.sampled_from("abx")),
    st.builds(lambda op, v: Condition("customer", op, v), st.sampled_from([Op.IN, Op.NOT_IN]), WORDS),
    st.builds(lambda op: Condition("store", op), st.sampled_from([Op.IS_NULL, Op.NOT_NULL])),
)
NUMBERS = st.builds(
    lambda op, v: Condition("amount", op, (v,)),
    st.sampled_from([Op.LT, Op.LE, Op.GT, Op.GE, Op.EQ, Op.NE]),
    st.decimals(-10_000, 10_000, places=2),
)
WHERE = st.lists(st.one_of(TEXTS, NUMBERS), max_size=2).map(tuple)
OF_AMOUNTS = st.sampled_from([How.SUM, How.MIN, How.MAX, How.MEDIAN, How.COUNT])
SIDES = st.one_of(
    st.builds(lambda how, where: Aggregation(how, "amount", where), OF_AMOUNTS, WHERE),
    st.builds(lambda where: Aggregation(How.DISTINCT, "customer", where), WHERE),
    st.builds(lambda where: Aggregation(How.COUNT, None, where), WHERE),
)
CALENDARS = st.builds(Calendar, st.just("UTC"), st.integers(1, 7), st.integers(1, 12))


SPLITS = (None, "store", "customer", "day")


@settings(deadline=None, max_examples=24, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.lists(ROW, min_size=1, max_size=30), CALENDARS)
def test_figures_equal_plain_python(data, rows, calendar: Calendar) -> None:
    plans = []
    for number in range(3):
        numerator = data.draw(SIDES)
        denominator = data.draw(st.one_of(st.none(), SIDES))
        plans.append(
            MeasurePlan(
                f"p{number}",
                data.draw(st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.DAY])),
                data.draw(st.sampled_from([1, 1, 2, 5])),
                numerator,
                denominator,
                data.draw(st.sampled_from([None, "store"])),
                data.draw(st.one_of(st.none(), st.just(date(2025, 6, 15)))),
                data.draw(st.one_of(st.none(), st.just(date(2025, 12, 31)))),
            )
        )
    plans.append(MeasurePlan("avg", Grain.MONTH, 1, Aggregation(How.AVG, "amount", data.draw(WHERE))))
    plans += [replace(plan, id=f"{plan.id} by {column}", split_by=column) for plan in plans[::3] for column in SPLITS]
    with tempfile.TemporaryDirectory() as folder:
        measured = _load_and_measure(Path(folder), rows, tuple(plans), calendar)
    found = by_key(measured)
    expected: dict = {}
    for plan in plans:
        expected |= in_python(plan, rows, calendar)
    assert found == expected
    assert len(measured) == len(found)


def _load_and_measure(folder: Path, rows, plans: tuple[MeasurePlan, ...], calendar: Calendar):
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "day", "store", "amount"])
        writer.writerows([customer, day, store, amount] for day, customer, store, amount in rows)
    columns = (
        ("customer", "customer", "text", "entity"), ("day", "day", "date", "time"),
        ("store", "store", "text", "dimension"), ("amount", "amount", "decimal", "measure"),
    )  # fmt: skip
    (folder / ".work-1").mkdir()
    desk = Desk(Limits(threads=1), str(folder / ".work-1"), lambda *_: None)
    request = Load(str(path), path.name, "", mapping(columns), "u", (), "append", str(folder), "UTC")
    loaded = load.work(request, desk)
    assert loaded.rows_loaded == len(rows)
    return measure.work(Measure(loaded.files, calendar, plans), desk).rows


def in_python(plan: MeasurePlan, rows, calendar: Calendar) -> dict:
    """What a plan means, said again without an engine."""
    days = [row[0] for row in rows]
    first, last = (calendar.period_of(day, plan.grain) for day in (plan.first or min(days), plan.last or max(days)))
    values = {}
    for period in calendar.between(first.start, last.end - timedelta(days=1), plan.grain):
        window = calendar.trailing(period, plan.trailing)
        groups = defaultdict(list)
        for day, customer, store, amount in rows:
            if window.start <= day < window.end:
                row = {"customer": customer, "store": store, "amount": amount, "day": day}
                groups[str(row[plan.split_by] or "") if plan.split_by else None].append(row)
        for member, group in groups.items():
            matched = [[row for row in group if all(holds(row, c) for c in side.where)] for side in plan.sides()]
            n = len({id(row) for side_rows in matched for row in side_rows})
            if n:
                sides = [reduced(side, side_rows) for side, side_rows in zip(plan.sides(), matched, strict=True)]
                if plan.numerator.how == How.AVG:
                    sides.append(reduced(Aggregation(How.COUNT, "amount"), matched[0]))
                values[plan.id, period.start, member] = (sides[0], sides[1] if len(sides) > 1 else None, n)
    return values


def holds(row: dict, condition: Condition) -> bool:
    cell = row[condition.column]
    if condition.op in (Op.IS_NULL, Op.NOT_NULL):
        return (cell is None) == (condition.op == Op.IS_NULL)
    if cell is None:
        return condition.op in (Op.NE, Op.NOT_IN)
    first = condition.values[0]
    return {
        Op.EQ: lambda: cell == first, Op.NE: lambda: cell != first, Op.LT: lambda: cell < first,
        Op.LE: lambda: cell <= first, Op.GT: lambda: cell > first, Op.GE: lambda: cell >= first,
        Op.IN: lambda: cell in condition.values, Op.NOT_IN: lambda: cell not in condition.values,
    }[condition.op]()  # fmt: skip


def reduced(side: Aggregation, rows: list[dict]) -> Decimal | int | None:
    if side.column is None:
        return len(rows)
    cells = [row[side.column] for row in rows if row[side.column] is not None]
    if side.how == How.COUNT:
        return len(cells)
    if side.how == How.DISTINCT:
        return len(set(cells))
    if side.how in (How.SUM, How.AVG):
        return sum(cells) if cells or not rows else None
    if not cells:
        return None
    if side.how == How.MEDIAN:
        ordered = sorted(cells)
        return (ordered[(len(cells) - 1) // 2] + ordered[len(cells) // 2]) / 2
    return min(cells) if side.how == How.MIN else max(cells)
