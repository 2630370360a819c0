"""For every family of plans: parts add up to the whole; order, uploads and names do not matter."""

import tempfile
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import Aggregation, EntityPlan, How, MeasurePlan, StockPlan
from apps.engine.plans import At
from apps.kernel.period import Calendar
from tests.integration.engine.engine_ask import ask, load_rows
from tests.integration.engine.test_engine_increments import COLUMNS, FAMILIES, ROW

HOMES = {None: "n", "a": "n", "b": "s", "c": None}
"""Where each customer lives: one store each, so that the stores are a partition of the customers."""
NAMES = {None: None, "a": "c", "b": "Zoë", "c": "元"}
OF_BEFORE = ("nrr", "grr")
"""Rates of what was paid before: a member that paid nothing then has none, and so says no rows of this period."""
SLOW = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
PLANS = st.lists(st.one_of(*FAMILIES.values()), min_size=3, max_size=3)
ROWS = st.lists(ROW, min_size=3, max_size=20)
CALENDARS = st.sampled_from([Calendar("UTC"), Calendar("UTC", 7, 4)])


@SLOW
@given(PLANS, ROWS, CALENDARS)
def test_the_members_of_a_partition_add_up_to_the_total(plans, rows, calendar: Calendar) -> None:
    wholes = [replace(plan, id=str(at), split_by=None) for at, plan in enumerate(plans) if _adds_up(plan)]
    parts = [replace(plan, id=f"by {plan.id}", split_by="store") for plan in wholes]
    at_home = [(order, day, who, HOMES[who], amount) for order, day, who, _, amount in rows]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = ask(folder, load_rows(folder, COLUMNS, at_home), *wholes, *parts, calendar=calendar)
    added: dict = defaultdict(lambda: [Decimal(0), Decimal(0), 0])
    for (plan, start, member, series), figure in found.items():
        if member is not None:
            for at, part in enumerate(figure):
                added[plan.removeprefix("by "), start, series][at] += part or 0
    for plan in wholes:
        days = not isinstance(plan, StockPlan) or plan.at != At.AVERAGE  # each member has days of its own
        for (of, start, member, series), (top, under, n) in found.items():
            if of == plan.id and member is None:
                sums = added[of, start, series]
                assert sums[0] == (top or 0), (plan, start, series)
                assert sums[2] == n or series in OF_BEFORE, (plan, start, series)
                assert not days or sums[1] == (under or 0), (plan, start, series)


def _adds_up(plan) -> bool:
    """All but values in the middle; of entities, what they do in one period."""
    if isinstance(plan, MeasurePlan):
        return not any(isinstance(side, Aggregation) and side.how == How.MEDIAN for side in plan.sides())
    return not isinstance(plan, EntityPlan) or plan.trailing == 1


@SLOW
@given(PLANS, ROWS, CALENDARS, st.data())
def test_order_uploads_and_names_do_not_matter(plans, rows, calendar: Calendar, more) -> None:
    named = [replace(plan, id=str(at)) for at, plan in enumerate(plans)]
    first, second = sorted(more.draw(st.lists(st.integers(1, len(rows) - 1), min_size=2, max_size=2)))
    other = [(order, day, NAMES[who], *rest) for order, day, who, *rest in more.draw(st.permutations(rows))]
    uploads = [part for part in (other[:first], other[first:second], other[second:]) if part]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        once = ask(folder, load_rows(folder, COLUMNS, rows), *named, calendar=calendar)
        again = ask(folder, load_rows(folder, COLUMNS, *uploads), *named, calendar=calendar)
    assert once == again
