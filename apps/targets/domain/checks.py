"""What is wrong with a target somebody wants to set: everything at once, each with its field."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain
from apps.targets.domain import pace

MOST_PERIODS = 400

MISSING_BASELINE = N_("Say what the metric is today, or was before the start.")
MISSING_GOAL = N_("Say what the metric should become.")
MISSING_START = N_("Say from when the target counts.")
MISSING_DUE = N_("Say by when it should be reached.")
NOTHING_TO_REACH = N_("From and to are equal, so there would be nothing to reach. Give a goal other than the baseline.")
WRONG_WAY_UP = N_("Higher is better for this metric, and this goal is below the baseline. Tick the box if you mean it.")
WRONG_WAY_DOWN = N_(
    "Lower is better for this metric, and this goal is above the baseline. Tick the box if you mean it."
)
REVERSED = N_("It has to end after it starts. Choose a later date.")
TOO_LONG = N_(
    "That is %(n)s periods, more than %(most)s. Choose an earlier date, or read the metric by longer periods."
)
OUT_OF_RANGE = N_("Choose a date between the years 1900 and 2200.")
NOT_READ_SO = N_("This metric is not computed by this kind of period.")
WHY = N_("Another target is in force. Say in a few words why it changes; the old one is kept with your reason.")


@dataclass(frozen=True)
class Wish:
    """A target as somebody typed it: what is missing is None. `on_purpose`: a goal worse than the baseline is meant."""

    grain: Grain
    baseline: Decimal | None
    goal: Decimal | None
    start: date | None
    due: date | None
    on_purpose: bool = False


def issues(wish: Wish, calendar: Calendar, *, direction: str, grains: Collection[Grain]) -> Iterator[Issue]:
    """Everything that keeps `wish` from being a target of a metric with this `direction` ("up", "down") and grains.

    `where` is the name of the field.
    """
    if wish.grain not in grains:
        yield Issue("grain", NOT_READ_SO)
    yield from _missing(wish)
    yield from _way(wish, direction)
    yield from _time(wish, calendar)


def _missing(wish: Wish) -> Iterator[Issue]:
    messages = {
        "baseline": MISSING_BASELINE, "goal": MISSING_GOAL, "start": MISSING_START, "due": MISSING_DUE,
    }  # fmt: skip
    for field, message in messages.items():
        if getattr(wish, field) is None:
            yield Issue(field, message)


def _way(wish: Wish, direction: str) -> Iterator[Issue]:
    if wish.baseline is None or wish.goal is None:
        return
    if wish.baseline == wish.goal:
        yield Issue("goal", NOTHING_TO_REACH)
    elif is_wrong_way(wish, direction) and not wish.on_purpose:
        yield Issue("goal", WRONG_WAY_UP if direction == "up" else WRONG_WAY_DOWN)


def is_wrong_way(wish: Wish, direction: str) -> bool:
    """Whether the goal is worse than the baseline for a metric whose `direction` is better."""
    if wish.baseline is None or wish.goal is None or wish.baseline == wish.goal:
        return False
    return (wish.goal > wish.baseline) != (direction == "up")


def _time(wish: Wish, calendar: Calendar) -> Iterator[Issue]:
    dates = {"start": wish.start, "due": wish.due}
    outside = [field for field, day in dates.items() if day is not None and not 1900 <= day.year <= 2200]
    for field in outside:
        yield Issue(field, OUT_OF_RANGE)
    if outside or wish.start is None or wish.due is None:
        return
    if wish.due <= wish.start:
        yield Issue("due", REVERSED)
        return
    number = len(calendar.between(wish.start, wish.due, wish.grain))
    if number > MOST_PERIODS:
        yield Issue("due", TOO_LONG, {"n": number, "most": MOST_PERIODS})


def usual_periods(grain: Grain) -> int:
    """How many periods a target usually takes: a month of days, a quarter of weeks, else a year."""
    return {Grain.DAY: 30, Grain.WEEK: 13, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.HALF: 2, Grain.YEAR: 1}[grain]


def usual_dates(calendar: Calendar, grain: Grain, after: date) -> tuple[date, date]:
    """First and last day of a target that starts with the period after the one that holds `after`."""
    first = calendar.shift(calendar.period_of(after, grain), 1)
    last = calendar.shift(first, usual_periods(grain) - 1)
    return pace.whole_periods(calendar, grain=grain, start=first.start, due=last.start)
