"""What an upload can change is computed anew, the rest is kept: equal to all of it anew, for every family of plans."""

import csv
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.engine import (
    Aggregation,
    Base,
    Cohort,
    Condition,
    EntityPlan,
    FunnelPlan,
    FunnelStep,
    How,
    LifecyclePlan,
    Load,
    MeasurePlan,
    Meets,
    Mode,
    Op,
    Planned,
    RecurringPlan,
    RepeatPlan,
    RetentionPlan,
    StockPlan,
    Threshold,
    Variant,
    load,
)
from apps.engine.plans import At, Order, Plan
from apps.kernel.period import Calendar, Grain, Span
from tests.integration.engine.engine_ask import Figures, ask, desk_in
from tests.integration.engine.engine_files import mapping

DAY = timedelta(days=1)
COLUMNS = (
    ("order", "text", "key"), ("day", "date", "time"), ("customer", "text", "entity"), ("store", "text", "dimension"),
    ("amount", "decimal", "measure"),
)  # fmt: skip
GRAINS = st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.MONTH, Grain.QUARTER])
PAID = st.sampled_from([(), (Condition("amount", Op.GT, (Decimal(10),)),)])
SPLIT = st.sampled_from([None, "store"])
NAME, WHO, AMOUNT = st.just("x"), st.just("customer"), st.just("amount")
ADDITIVE = st.sampled_from([Aggregation(How.COUNT), Aggregation(How.DISTINCT, "customer")])
SIDES = st.one_of(
    ADDITIVE,
    st.builds(Aggregation, st.sampled_from([How.SUM, How.AVG, How.MEDIAN, How.NPS]), AMOUNT, PAID),
)  # fmt: skip
OFTEN = Threshold(Aggregation(How.COUNT), Op.GE, 2)
BIG = FunnelStep((Condition("amount", Op.GT, (Decimal(10),)),))
FAMILIES = {
    MeasurePlan: st.builds(MeasurePlan, NAME, GRAINS, st.sampled_from([1, 1, 3]), SIDES, split_by=SPLIT)
    | st.builds(MeasurePlan, NAME, GRAINS, st.just(1), ADDITIVE, ADDITIVE, split_by=SPLIT),
    EntityPlan: st.builds(
        EntityPlan, NAME, GRAINS, WHO, st.just((OFTEN,)), st.sampled_from([None, Base()]), st.integers(1, 2), SPLIT
    ),
    LifecyclePlan: st.builds(LifecyclePlan, NAME, GRAINS, WHO, PAID, split_by=SPLIT),
    RecurringPlan: st.builds(RecurringPlan, NAME, GRAINS, WHO, AMOUNT, PAID, split_by=SPLIT),
    RetentionPlan: st.builds(
        RetentionPlan, NAME, GRAINS, WHO, st.integers(1, 3), PAID, st.sampled_from(Variant), st.sampled_from(Cohort),
        st.integers(1, 2), SPLIT,
    ),
    RepeatPlan: st.builds(RepeatPlan, NAME, GRAINS, WHO, st.integers(1, 40), PAID, split_by=SPLIT),
    StockPlan: st.builds(
        StockPlan, NAME, GRAINS, st.just(("customer",)), AMOUNT, st.sampled_from(At), st.integers(0, 40), PAID, SPLIT
    ),
    FunnelPlan: st.builds(
        FunnelPlan, NAME, GRAINS, WHO, st.sampled_from([(FunnelStep(), BIG), (BIG, FunnelStep(), BIG)]),
        st.integers(1, 40), st.sampled_from(Order), split_by=SPLIT,
    ),
}  # fmt: skip
ROW = st.tuples(
    st.integers(0, 12).map(str), st.dates(date(2024, 2, 20), date(2024, 7, 10)) | st.just(date(2024, 2, 29)),
    st.sampled_from([None, "a", "b", "c"]), st.sampled_from([None, "n", "s"]),
    st.none() | st.sampled_from([Decimal(n) for n in (-5, 3, 10, 11)]),
)  # fmt: skip
UPLOAD = st.tuples(
    st.sampled_from([*Mode, Mode.APPEND]),
    st.lists(ROW, min_size=1, max_size=8, unique_by=lambda row: row[0]),
    st.sampled_from(Meets),
)


def test_every_family_is_among_them() -> None:
    assert set(FAMILIES) == set(get_args(Plan))


@settings(deadline=None, max_examples=16, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(*FAMILIES.values()), min_size=2, max_size=3), st.lists(UPLOAD, min_size=2, max_size=3),
    st.booleans(), st.sampled_from([Calendar("UTC"), Calendar("UTC", 7, 4)]),
)  # fmt: skip
def test_step_by_step_equals_all_of_it_anew(plans, uploads, keyed: bool, calendar: Calendar) -> None:
    named = [replace(plan, id=str(at)) for at, plan in enumerate(plans)]
    with tempfile.TemporaryDirectory() as name:
        folder, paths, kept, known = Path(name), (), {}, None
        for at, (mode, rows, meets) in enumerate(uploads):
            if mode == Mode.DELETE and not (keyed and paths):
                continue
            loaded = _load(folder, f"u{at}", rows, mode, keyed, paths, meets)
            if not loaded.files:
                return
            if not loaded.rows_loaded:
                continue  # nothing changed, and nothing is to be computed
            paths = tuple(entry.path for entry in loaded.files)
            days = Span(min(e.first_day for e in loaded.files), max(e.last_day for e in loaded.files) + DAY)
            changed = _changed(loaded, days, known)
            for plan in named:
                kept = _renewed(folder, loaded.files, plan, calendar, kept, changed, days)
            assert kept == ask(folder, loaded.files, *named, calendar=calendar)
            known = days


def _load(folder: Path, upload: str, rows, mode: str, keyed: bool, before: tuple[str, ...], meets: Meets):
    wanted = COLUMNS[:1] if mode == Mode.DELETE else COLUMNS
    columns = mapping(tuple((name, name, kind, role) for name, kind, role in wanted), ("order",) if keyed else ())
    columns = replace(columns, meets=meets)
    path = folder / f"{upload}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _, _ in COLUMNS])
        writer.writerows(rows)
    return load.work(Load(str(path), path.name, "", columns, upload, before, mode, str(folder), "UTC"), desk_in(folder))


def _changed(loaded, days: Span, known: Span | None) -> Span:
    """The days with other rows than before, and those that the data did not reach until now or does no more."""
    first, last = loaded.changed_first, loaded.changed_last
    assert first is not None
    assert last is not None
    if known is None:
        return days
    if days.start != known.start:
        first = min(first, days.start, known.start)
    if days.end != known.end:
        last = max(last, days.end - DAY, known.end - DAY)
        first = min(first, days.end, known.end)
    return Span(first, last + DAY)


def _renewed(
    folder: Path, files, plan: Planned, calendar: Calendar, kept: Figures, changed: Span, days: Span
) -> Figures:
    """The figures kept so far, those of the touched periods of `plan` anew."""
    touched = plan.touched(changed, calendar)
    first = max(touched.start, days.start)
    last = min(touched.end, days.end) - DAY
    periods = {period.start for period in calendar.between(days.start, days.end - DAY, plan.grain)}
    held = {
        place: figure
        for place, figure in kept.items()
        if place[0] != plan.id or (place[1] in periods and not touched.start <= place[1] < touched.end)
    }
    if first > last:
        return held
    return held | ask(folder, files, replace(plan, first=first, last=last), calendar=calendar)
