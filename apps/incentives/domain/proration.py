"""Which part of a period's target bonus belongs to the days somebody was there. Money is prorated, never the metric.

Everything counts days from `first` to `last`, both included. Every way of counting is a position on a line: a stretch
of days is worth the difference of the positions of its ends, so that slices that follow each other always add up to the
stretch they make. Sources: goals_and_pay 3.8; the cut-off day follows SAP (begun by the 9th, the month counts).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from apps.incentives.domain.attainment import ONE, ZERO
from apps.kernel.issue import N_, Issue

_DAY = timedelta(days=1)


class Rule(StrEnum):
    """How time in service is counted."""

    CALENDAR = "calendar"  # calendar days (default)
    THIRTY_360 = "thirty_360"  # every month has 30 days; the 31st counts nothing, February's last day fills it up
    WORKING = "working"  # the working days that are passed in
    CUT_OFF = "cut_off"  # who begins by the cut-off day has the month, who begins later does not; then calendar days
    WHOLE_MONTHS = "whole_months"  # months served from their first to their last day
    NONE = "none"  # the whole target for whoever was there at all


@dataclass(frozen=True)
class Proration:
    """How a plan prorates. `cut_off_day` is read by `Rule.CUT_OFF` alone (1 to 28)."""

    rule: Rule = Rule.CALENDAR
    cut_off_day: int = 9


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def after(self) -> date:
        """The day after the last."""
        return self.last + _DAY

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def within(self, other: Days) -> Days | None:
        """The days that are in both; None if there are none."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Days(first, last) if first <= last else None


@dataclass(frozen=True)
class Leave:
    """Days that do not count, wholly or for a share (0.5: half-time leave)."""

    days: Days
    share: Fraction = ONE


Position = Callable[[date], int]


def shares(
    proration: Proration,
    period: Days,
    slices: Sequence[Days],
    leaves: Sequence[Leave] = (),
    working_days: Sequence[date] = (),
) -> tuple[Fraction, ...]:
    """For each slice the part of the period (0 to 1) that it is paid for, less its leave.

    `slices` do not overlap (`slice_issues` tells), in any order; days outside the period do not count. `working_days`
    are those of the period in rising order, which must not be empty under `Rule.WORKING`.
    """
    inside = [each.within(period) for each in slices]
    if proration.rule is Rule.NONE:
        return _by_presence(inside)
    if proration.rule is Rule.WHOLE_MONTHS:
        return _by_months(period, inside, leaves)
    if proration.rule is Rule.CUT_OFF:
        inside = [each and _moved(each, period, proration.cut_off_day) for each in inside]
    position = _position(proration.rule, working_days)
    whole = position(period.after) - position(period.first)
    return tuple(_counted(each, leaves, position, whole) for each in inside)


def _counted(part: Days | None, leaves: Sequence[Leave], position: Position, whole: int) -> Fraction:
    if part is None:
        return ZERO
    days = Fraction(position(part.after) - position(part.first))
    for leave in leaves:
        away = leave.days.within(part)
        if away:
            days -= leave.share * (position(away.after) - position(away.first))
    return Fraction(days, whole)


def _position(rule: Rule, working_days: Sequence[date]) -> Position:
    if rule is Rule.WORKING:
        return lambda day: bisect_left(working_days, day)
    return thirty_360 if rule is Rule.THIRTY_360 else date.toordinal


def thirty_360(day: date) -> int:
    """A position of days where each month has 30: the 31st is where the next month begins. Only distances count."""
    return (day.year * 12 + day.month) * 30 + day.day


def _moved(part: Days, period: Days, cut_off_day: int) -> Days | None:
    """The days of whole months that a cut-off gives to a slice; a slice's end is the beginning of what comes after."""
    first = part.first if part.first == period.first else _counts_from(part.first, cut_off_day)
    after = part.after if part.after == period.after else _counts_from(part.after, cut_off_day)
    return Days(first, after - _DAY).within(period)


def _counts_from(day: date, cut_off_day: int) -> date:
    return day.replace(day=1) if day.day <= cut_off_day else _next_month(day)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _by_presence(inside: Sequence[Days | None]) -> tuple[Fraction, ...]:
    """No proration: the whole target, shared by slices as their calendar days."""
    counts = [each.count if each else 0 for each in inside]
    whole = sum(counts)
    return tuple(Fraction(count, whole) if whole else ZERO for count in counts)


def _by_months(period: Days, inside: Sequence[Days | None], leaves: Sequence[Leave]) -> tuple[Fraction, ...]:
    """A month counts if slices cover all of it and leave does not; it belongs to the slice that holds its first day."""
    months = _months(period)
    counted = [0] * len(inside)
    for month in months:
        covered = sum(part.count for each in inside if each and (part := each.within(month)))
        away = any(leave.share == 1 and leave.days.within(month) == month for leave in leaves)
        if covered < month.count or away:
            continue
        holder = next(index for index, each in enumerate(inside) if each and each.first <= month.first <= each.last)
        counted[holder] += 1
    return tuple(Fraction(count, len(months)) for count in counted)


def _months(period: Days) -> list[Days]:
    """The months of a period; the first and the last may be parts of one."""
    found, first = [], period.first
    while first <= period.last:
        after = _next_month(first)
        found.append(Days(first, min(after - _DAY, period.last)))
        first = after
    return found


def slice_issues(period: Days, slices: Sequence[Days], leaves: Sequence[Leave] = (), where: str = "") -> list[Issue]:
    """What is wrong with somebody's dates, all at once: overlaps and turned dates block, gaps are told."""
    found = [
        Issue(where, _TURNED, {"first": each.first, "last": each.last})
        for each in (*slices, *(leave.days for leave in leaves))
        if each.last < each.first
    ]
    if found:
        return found
    ordered = sorted(slices, key=lambda each: (each.first, each.last))
    for before, after in pairwise(ordered):
        if after.first <= before.last:
            found.append(Issue(where, _OVERLAP, {"day": after.first}))
        elif after.first > before.after:
            told = {"first": before.after, "last": after.first - _DAY}
            found.append(Issue(where, _GAP, told, blocking=False))
    away = sorted((leave.days for leave in leaves), key=lambda each: (each.first, each.last))
    found += [
        Issue(where, _LEAVES, {"day": after.first}) for before, after in pairwise(away) if after.first <= before.last
    ]
    found += [
        Issue(where, _OUTSIDE, {"first": each.first, "last": each.last}, blocking=False)
        for each in ordered
        if not each.within(period)
    ]
    return found


_TURNED = N_("The last day, %(last)s, comes before the first, %(first)s. Exchange them.")
_OVERLAP = N_("Two assignments hold on %(day)s. End the first one the day before the second begins.")
_GAP = N_("No assignment holds from %(first)s to %(last)s: nothing is paid for these days.")
_LEAVES = N_("Two leaves hold on %(day)s. Put them together, or move one.")
_OUTSIDE = N_("The assignment from %(first)s to %(last)s lies outside the period: it counts nothing.")
