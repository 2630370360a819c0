"""On which days key results are due to be checked in, what counts as having done so, and when people are reminded.

Days are the company's own days: a check-in is due on a day, not at a moment, so a clock that is put forward or back
moves nothing. Only reminders have an hour, on the company's clock (`moment`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from apps.kernel.issue import N_, Issue

EVERY = (1, 2, 4)
MOST_DAYS = 6
REMIND_AT = time(9)
_DAY = timedelta(days=1)
Value = TypeVar("Value")
IsWorking = Callable[[date], bool]
SATURDAY = 5


def every_day(_day: date) -> bool:
    """Every day is worked: where nobody knows which are holidays."""
    return True


@dataclass(frozen=True)
class Rule:
    """A cadence from the day `since` on: every 1, 2 or 4 weeks on a weekday (0: Monday).

    Whoever checked in up to `skip_within_days` before a due day is not asked again; until `grace_days` after it a
    check-in still counts for it.
    """

    every: int = 1
    weekday: int = 4
    since: date = date.min
    skip_within_days: int = 3
    grace_days: int = 2


USUAL = Rule()
"""Where nobody has said anything: each Friday."""


@dataclass(frozen=True, order=True)
class Slot:
    """A check-in that is due on a day; one made from `opens` to `closes`, both in it, counts for it."""

    due: date
    opens: date
    closes: date


class Stand(StrEnum):
    """How a check-in stands: not open yet, may be made, due today or late but in time, made, or missed."""

    AHEAD = "ahead"
    OPEN = "open"
    DUE = "due"
    DONE = "done"
    MISSED = "missed"


class Stage(StrEnum):
    """What somebody is reminded of: tomorrow's check-in, today's, one that was missed."""

    SOON = "soon"
    DUE = "due"
    MISSED = "missed"


def issues(rule: Rule) -> Iterator[Issue]:
    """Everything that keeps this from being a cadence, all at once."""
    if rule.every not in EVERY:
        yield Issue("every", N_("Every week, every two or every four weeks."))
    if not 0 <= rule.weekday <= 6:
        yield Issue("weekday", N_("Choose a day of the week."))
    if not 0 <= rule.skip_within_days <= MOST_DAYS:
        yield Issue("skip_within_days", N_("From 0 to %(most)s days."), {"most": MOST_DAYS})
    if not 0 <= rule.grace_days <= MOST_DAYS:
        yield Issue("grace_days", N_("From 0 to %(most)s days."), {"most": MOST_DAYS})
    elif rule.skip_within_days + rule.grace_days > MOST_DAYS:
        text = N_("Together with the days before it these are more than %(most)s: one check-in would count twice.")
        yield Issue("grace_days", text, {"most": MOST_DAYS})


def due_days(*, every: int, weekday: int, since: date, first: date, last: date) -> Iterator[date]:
    """Each day on which a check-in is due from `first` to `last`, both in it.

    The days lie `every` weeks apart, on `weekday` (0: Monday); the first of them is the first such weekday on or after
    `since`. ValueError unless `every` is 1 or more and `weekday` 0 to 6.
    """
    if every < 1 or not 0 <= weekday <= 6:
        raise ValueError(f"every {every} weeks on weekday {weekday} is no cadence")
    day = since + timedelta(days=(weekday - since.weekday()) % 7)
    step = timedelta(weeks=every)
    if day < first:
        day += step * -(-(first - day).days // step.days)
    while day <= last:
        yield day
        day += step


def slots(rules: Sequence[Rule], first: date, last: date, is_working: IsWorking = every_day) -> list[Slot]:
    """The check-ins that are due from `first` to `last`, both in it, by the rule that holds on each day.

    On a holiday nobody is asked: the check-in moves to the next working day. Where that lies after `last`, or in the
    days of the check-in after it, it falls away: a week in which nobody works has no check-in. Whoever chose a Saturday
    or a Sunday works then: such check-ins stay where they are.
    """
    ordered = sorted(rules, key=lambda rule: rule.since) or [USUAL]
    found: list[Slot] = []
    for at, rule in enumerate(ordered):
        until = ordered[at + 1].since - _DAY if at + 1 < len(ordered) else last
        begins = max(first, rule.since) if at else first
        found += _slots_of(rule, begins, min(until, last), is_working)
    return _apart(found)


def _apart(found: Iterable[Slot]) -> list[Slot]:
    """The same where one cadence follows another: a day counts for one of them only, the earlier one."""
    kept: list[Slot] = []
    for slot in found:
        opens = max(slot.opens, kept[-1].closes + _DAY) if kept else slot.opens
        if opens <= slot.due:
            kept.append(Slot(slot.due, opens, slot.closes))
    return kept


def _slots_of(rule: Rule, first: date, last: date, is_working: IsWorking) -> Iterator[Slot]:
    since = rule.since if rule.since > date.min and rule.since <= first else first
    days = list(due_days(every=rule.every, weekday=rule.weekday, since=since, first=first, last=last))
    before, after = timedelta(days=rule.skip_within_days), timedelta(days=rule.grace_days)
    for at, day in enumerate(days):
        ends = days[at + 1] - before - _DAY if at + 1 < len(days) else None
        moved = day
        while rule.weekday < SATURDAY and moved <= last and not is_working(moved):
            moved += _DAY
        if moved > last or (ends is not None and moved > ends):
            continue
        yield Slot(moved, day - before, moved + after if ends is None else min(moved + after, ends))


def counts_on(on: date, made: date, last: date) -> date:
    """The day on which a check-in answers a slot. One made after the last day of its cycle is stored under that day,
    for the sake of its value, and answers only what its own day answers."""
    return made if on == last and made > last else on


def answered(slot: Slot, checked: Iterable[tuple[date, Value]]) -> tuple[bool, Value | None]:
    """Whether one of the check-ins counts for a slot, and what the last of them says; they come in order of days."""
    found = [value for on, value in checked if slot.opens <= on <= slot.closes]
    return (True, found[-1]) if found else (False, None)


def stand(slot: Slot, checked: Iterable[tuple[date, object]], today: date) -> Stand:
    """How the check-in of a slot stands on a day."""
    if answered(slot, checked)[0]:
        return Stand.DONE
    if today > slot.closes:
        return Stand.MISSED
    if today >= slot.due:
        return Stand.DUE
    return Stand.OPEN if today >= slot.opens else Stand.AHEAD


def told_at(every: Iterable[Slot], checked: Sequence[tuple[date, Value]], today: date) -> list[Value | None]:
    """What was said at each check-in that was due so far, None where it was missed; what may still come is left out."""
    found: list[Value | None] = []
    for slot in every:
        done, value = answered(slot, checked)
        if done or today > slot.closes:
            found.append(value)
    return found


def missed(every: Iterable[Slot], checked: Sequence[tuple[date, object]], today: date) -> list[Slot]:
    """The check-ins that were due, are past their days of grace, and were not made."""
    return [slot for slot in every if stand(slot, checked, today) is Stand.MISSED]


@dataclass(frozen=True)
class Tally:
    """The check-ins of one cadence over one stretch, to be counted for many key results: which are past on `today`.

    Slots come in the order of their days and share none.
    """

    past: int
    slot_of: Mapping[date, int]

    def count(self, days: Iterable[date]) -> tuple[int, int]:
        """How many check-ins were due so far, and how many of them were missed, for somebody who made one on each of
        `days`: the lengths of `told_at` and `missed`."""
        made = {at for day in days if (at := self.slot_of.get(day)) is not None}
        in_time = sum(at < self.past for at in made)
        return self.past + len(made) - in_time, self.past - in_time


def tally(every: Sequence[Slot], today: date) -> Tally:
    """What `every` counts on a day."""
    days = {
        slot.opens + _DAY * after: at
        for at, slot in enumerate(every)
        for after in range((slot.closes - slot.opens).days + 1)
    }
    return Tally(sum(slot.closes < today for slot in every), days)


def current(every: Sequence[Slot], today: date) -> Slot | None:
    """The slot that a check-in made today counts for; None where there is none."""
    return next((slot for slot in every if slot.opens <= today <= slot.closes), None)


def following(every: Sequence[Slot], today: date) -> Slot | None:
    """The next slot whose due day is still to come."""
    return next((slot for slot in every if slot.due > today), None)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """An hour of a day on a clock. One that the clock jumps over is the moment after the jump; of one that it shows
    twice it is the first."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(ZoneInfo("UTC"))


def stage(slot: Slot, now: datetime, zone: ZoneInfo, at: time = REMIND_AT) -> Stage | None:
    """What to remind of at a moment: only the newest, so that a scheduler that was away tells nobody three things.

    From the day before at `at`; from the due day; from the day after `closes`, for three days.
    """
    starts = (
        (moment(slot.due - _DAY, at, zone), Stage.SOON),
        (moment(slot.due, at, zone), Stage.DUE),
        (moment(slot.closes + _DAY, at, zone), Stage.MISSED),
        (moment(slot.closes + 4 * _DAY, at, zone), None),
    )
    begun = [each for start, each in starts if now >= start]
    return begun[-1] if begun else None
