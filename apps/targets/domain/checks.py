"""What is wrong with a target somebody wants to set: everything at once, each with its field."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain
from apps.targets.domain import pace as pacing
from apps.targets.domain.kinds import WITH_A_WAY, Kind, Shape

MOST_PERIODS = 400
MOST_MILESTONES = 60

MISSING_BASELINE = N_("Say what the metric is today, or was before the start.")
MISSING_GOAL = N_("Say what the metric should become.")
MISSING_LOW = N_("Say what it should not fall below.")
MISSING_HIGH = N_("Say what it should not rise above.")
MISSING_START = N_("Say from when the target counts.")
MISSING_DUE = N_("Say by when it should be reached.")
NOTHING_TO_REACH = N_("From and to are equal, so there would be nothing to reach. Give a goal other than the baseline.")
NOTHING_TO_MAKE = N_("A total of 0 leaves nothing to make. If less is better, choose “Stay at or below”.")
WRONG_WAY_UP = N_("Higher is better for this metric, and this goal is below the baseline. Tick the box if you mean it.")
WRONG_WAY_DOWN = N_(
    "Lower is better for this metric, and this goal is above the baseline. Tick the box if you mean it."
)
WRONG_SIDE_UP = N_("Higher is better for this metric, and this target holds it down. Tick the box if you mean it.")
WRONG_SIDE_DOWN = N_("Lower is better for this metric, and this target holds it up. Tick the box if you mean it.")
ON_PURPOSE = frozenset({WRONG_WAY_UP, WRONG_WAY_DOWN, WRONG_SIDE_UP, WRONG_SIDE_DOWN})
"""What a tick says is meant."""
EMPTY_BAND = N_("The upper value has to be above the lower one.")
NEGATIVE_TOLERANCE = N_("A tolerance is 0 or more.")
NO_SHARE = N_("This metric is no share. Choose “Stay at or above” or “Reach a value by a date”.")
ADDS_NOT_UP = N_(
    "The values of this metric do not add up over periods, so there is no total. Choose “Reach a value by a date”."
)
REVERSED = N_("It has to end after it starts. Choose a later date.")
TOO_LONG = N_(
    "That is %(n)s periods, more than %(most)s. Choose an earlier date, or read the metric by longer periods."
)
OUT_OF_RANGE = N_("Choose a date between the years 1900 and 2200.")
HOLDS_TOO_LATE = N_("It would hold only after it is due. Choose an earlier day.")
NOT_READ_SO = N_("This metric is not computed by this kind of period.")
NO_WAY_TO_LAY = N_("Only a value to reach or a total to make is laid over time. Leave this as it was.")
NO_MILESTONES = N_("Give at least one milestone: a day and a value.")
MILESTONES_UNUSED = N_("Milestones are only read where the way is laid by milestones. Choose that, or take them out.")
TOO_MANY_MILESTONES = N_("No more than %(most)s milestones.")
MILESTONE_OUTSIDE = N_("Milestone %(n)s: choose a day from the first to the last day of the target.")
MILESTONE_ORDER = N_("Milestone %(n)s: its day has to come after that of the one before.")
MILESTONE_LAST = N_("Milestone %(n)s is due on the last day, so its value has to be the goal.")
WHY = N_("Another target is in force. Say in a few words why it changes; the old one is kept with your reason.")


@dataclass(frozen=True)
class Wish:
    """A target as somebody typed it: what is missing is None. `on_purpose`: a goal that is worse is meant.

    `milestones` are days with values, in the order of the days; `valid_from` the day it comes into force on, if not
    at once; `review_on` only reminds.
    """

    grain: Grain
    baseline: Decimal | None
    goal: Decimal | None
    start: date | None
    due: date | None
    on_purpose: bool = False
    kind: Kind = Kind.LEVEL
    pace: Shape = Shape.PERIODS
    low: Decimal | None = None
    high: Decimal | None = None
    tolerance: Decimal | None = None
    milestones: tuple[tuple[date, Decimal], ...] = ()
    valid_from: date | None = None
    review_on: date | None = None


def issues(
    wish: Wish,
    calendar: Calendar,
    *,
    direction: str,
    grains: Collection[Grain],
    is_share: bool = True,
    adds_up: bool = True,
) -> Iterator[Issue]:
    """Everything that keeps `wish` from being a target of a metric with this `direction` ("up", "down") and grains.

    `is_share`: it is told in per cent; `adds_up`: its periods make a total. `where` is the name of the field.
    """
    if wish.grain not in grains:
        yield Issue("grain", NOT_READ_SO)
    if wish.kind is Kind.RATE and not is_share:
        yield Issue("kind", NO_SHARE)
    if wish.kind is Kind.FLOW and not adds_up:
        yield Issue("kind", ADDS_NOT_UP)
    yield from _missing(wish)
    yield from _figures(wish)
    yield from _way(wish, direction)
    yield from _time(wish, calendar)
    yield from _shape(wish)


def is_within_years(day: date) -> bool:
    """Whether there can be targets on `day`."""
    return 1900 <= day.year <= 2200


def _missing(wish: Wish) -> Iterator[Issue]:
    messages = {"goal": MISSING_GOAL, "start": MISSING_START, "due": MISSING_DUE}
    if wish.kind is Kind.LEVEL:
        messages = {"baseline": MISSING_BASELINE, **messages}
    if wish.kind is Kind.BAND:
        messages = {"low": MISSING_LOW, "high": MISSING_HIGH, "start": MISSING_START, "due": MISSING_DUE}
    for field, message in messages.items():
        if getattr(wish, field) is None:
            yield Issue(field, message)


def _figures(wish: Wish) -> Iterator[Issue]:
    if wish.kind is Kind.BAND and wish.low is not None and wish.high is not None and wish.high <= wish.low:
        yield Issue("high", EMPTY_BAND)
    if wish.tolerance is not None and wish.tolerance < 0:
        yield Issue("tolerance", NEGATIVE_TOLERANCE)
    if wish.kind is Kind.FLOW and wish.goal == 0:
        yield Issue("goal", NOTHING_TO_MAKE)


def _way(wish: Wish, direction: str) -> Iterator[Issue]:
    if is_wrong_way(wish, direction) and not wish.on_purpose:
        if wish.kind in (Kind.ABOVE, Kind.BELOW):
            yield Issue("kind", WRONG_SIDE_UP if direction == "up" else WRONG_SIDE_DOWN)
        else:
            yield Issue("goal", WRONG_WAY_UP if direction == "up" else WRONG_WAY_DOWN)
    if wish.kind in WITH_A_WAY and wish.baseline is not None and wish.baseline == wish.goal:
        yield Issue("goal", NOTHING_TO_REACH)


def is_wrong_way(wish: Wish, direction: str) -> bool:
    """Whether the goal is worse than the baseline, or on the worse side, for a metric whose `direction` is better."""
    if wish.kind in (Kind.ABOVE, Kind.BELOW):
        return (wish.kind is Kind.ABOVE) != (direction == "up")
    if wish.kind not in WITH_A_WAY or wish.baseline is None or wish.goal is None or wish.baseline == wish.goal:
        return False
    return (wish.goal > wish.baseline) != (direction == "up")


def _time(wish: Wish, calendar: Calendar) -> Iterator[Issue]:
    dates = {name: getattr(wish, name) for name in ("start", "due", "valid_from", "review_on")}
    outside = [field for field, day in dates.items() if day is not None and not is_within_years(day)]
    for field in outside:
        yield Issue(field, OUT_OF_RANGE)
    if outside or wish.start is None or wish.due is None:
        return
    if wish.due <= wish.start:
        yield Issue("due", REVERSED)
        return
    if wish.valid_from is not None and wish.valid_from > wish.due:
        yield Issue("valid_from", HOLDS_TOO_LATE)
    number = len(calendar.between(wish.start, wish.due, wish.grain))
    if number > MOST_PERIODS:
        yield Issue("due", TOO_LONG, {"n": number, "most": MOST_PERIODS})


def _shape(wish: Wish) -> Iterator[Issue]:
    if wish.pace is not Shape.PERIODS and wish.kind not in WITH_A_WAY:
        yield Issue("pace", NO_WAY_TO_LAY)
    elif wish.pace is not Shape.MILESTONES and wish.milestones:
        yield Issue("milestones", MILESTONES_UNUSED)
    elif wish.pace is Shape.MILESTONES:
        yield from _milestones(wish)


def _milestones(wish: Wish) -> Iterator[Issue]:
    if not wish.milestones:
        yield Issue("milestones", NO_MILESTONES)
    if len(wish.milestones) > MOST_MILESTONES:
        yield Issue("milestones", TOO_MANY_MILESTONES, {"most": MOST_MILESTONES})
    if wish.start is None or wish.due is None:
        return
    before: date | None = None
    for n, (day, value) in enumerate(wish.milestones, start=1):
        if not wish.start <= day <= wish.due:
            yield Issue("milestones", MILESTONE_OUTSIDE, {"n": n})
        elif before is not None and day <= before:
            yield Issue("milestones", MILESTONE_ORDER, {"n": n})
        elif day == wish.due and wish.goal is not None and value != wish.goal:
            yield Issue("milestones", MILESTONE_LAST, {"n": n})
        before = day


def usual_periods(grain: Grain) -> int:
    """How many periods a target usually takes: a month of days, a quarter of weeks, else a year."""
    return {Grain.DAY: 30, Grain.WEEK: 13, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.HALF: 2, Grain.YEAR: 1}[grain]


def usual_dates(calendar: Calendar, grain: Grain, after: date) -> tuple[date, date]:
    """First and last day of a target that starts with the period after the one that holds `after`."""
    first = calendar.shift(calendar.period_of(after, grain), 1)
    last = calendar.shift(first, usual_periods(grain) - 1)
    return pacing.whole_periods(calendar, grain=grain, start=first.start, due=last.start)
