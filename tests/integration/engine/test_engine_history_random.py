"""Movements, cohorts and recurring revenue over random rows: equal to plain Python, in any order, by any names."""

import csv
import tempfile
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Cohort,
    Condition,
    LifecyclePlan,
    Limits,
    Load,
    Measure,
    Op,
    RecurringPlan,
    RetentionPlan,
    Variant,
    load,
    measure,
)
from apps.engine.child import Desk
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_files import mapping
from tests.integration.engine.engine_history import values

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


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.lists(ROW, min_size=15, max_size=25), st.lists(ROW, min_size=2, max_size=3), CALENDARS, DAYS)
def test_words_that_are_kept_say_what_words_made_anew_say(given_data, data, more, calendar, last) -> None:
    grain = given_data.draw(st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER]))
    common = {"grain": grain, "entity": "customer", "split_by": given_data.draw(st.sampled_from([None, "store"]))}
    plans = (
        LifecyclePlan("l", **common, last=last), RetentionPlan("r", **common, intervals=3),
        RetentionPlan("s", **common, intervals=2, cohort=Cohort.ACTIVE, variant=Variant.UNBOUNDED),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as rollups:
        desk = Desk(Limits(threads=1), str(Path(folder, ".work-1")), lambda *_: None)
        states = list(load_parts(Path(folder), [data, *([row] for row in more)], desk))
        gone = given_data.draw(st.sampled_from(states[-1]))
        states += [tuple(entry for entry in states[-1] if entry.month != gone.month), states[0]]
        states = [files for files in states if files]
        for files in states:
            kept = measure.work(Measure(files, calendar, plans, {}, rollups), desk).rows
            fresh = measure.work(Measure(files, calendar, plans), desk).rows
            assert sorted(kept, key=repr) == sorted(fresh, key=repr)


def load_and_measure(folder: Path, parts, plans, calendar: Calendar, rollups: str = ""):
    """Load each part as an upload of its own, then compute."""
    desk = Desk(Limits(threads=1), str(folder / ".work-1"), lambda *_: None)
    *_, files = load_parts(folder, parts, desk)
    return measure.work(Measure(files, calendar, plans, {}, rollups), desk).rows


def load_parts(folder: Path, parts, desk: Desk):
    """The files of the data set after each of its uploads."""
    columns = (
        ("customer", "customer", "text", "entity"), ("day", "day", "date", "time"),
        ("store", "store", "text", "dimension"), ("amount", "amount", "decimal", "measure"),
    )  # fmt: skip
    Path(desk.work_dir).mkdir()
    previous: tuple[str, ...] = ()
    for at, part in enumerate(parts):
        path = folder / f"{at}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["customer", "day", "store", "amount"])
            writer.writerows([customer, day, store, amount] for day, customer, store, amount in part)
        request = Load(str(path), path.name, "", mapping(columns), f"u{at}", previous, "append", str(folder), "UTC")
        files = load.work(request, desk).files
        previous = tuple(entry.path for entry in files)
        yield files


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
