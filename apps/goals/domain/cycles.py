"""How a cycle stands on a day, and which days a cycle of a kind has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain

NAME_LENGTH = 60
LONGEST_DAYS = 366 * 3
GRAINS = {"year": Grain.YEAR, "half": Grain.HALF, "quarter": Grain.QUARTER, "month": Grain.MONTH}


class Stand(StrEnum):
    """`OVER`: its last day is past and nobody has closed it yet."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"
    CLOSED = "closed"


def stand(*, start: date, due: date, closed: bool, on: date) -> Stand:
    """How a cycle stands on a day; its first and its last day are both in it."""
    if closed:
        return Stand.CLOSED
    if on < start:
        return Stand.PLANNED
    return Stand.OVER if on > due else Stand.RUNNING


def elapsed(start: date, due: date, on: date) -> Fraction:
    """The share of its days that are over at the end of the day `on`, from 0 to 1."""
    days = (due - start).days + 1
    return min(max(Fraction((on - start).days + 1, days), Fraction(0)), Fraction(1))


def days_of(kind: str, calendar: Calendar, on: date, ahead: int = 0) -> tuple[date, date]:
    """First and last day of the period of a kind that holds `on`, or of the one `ahead` periods later."""
    period = calendar.shift(calendar.period_of(on, GRAINS[kind]), ahead)
    return period.start, period.end - timedelta(days=1)


def issues(name: str, start: date | None, due: date | None) -> Iterator[Issue]:
    """Everything that keeps this from being a cycle, all at once."""
    if not name.strip():
        yield Issue("name", N_("Give the cycle a name, such as “Q4 2026”."))
    elif len(name.strip()) > NAME_LENGTH:
        yield Issue("name", N_("At most %(most)s characters."), {"most": NAME_LENGTH})
    if start is None:
        yield Issue("start", N_("Say from which day."))
    if due is None:
        yield Issue("due", N_("Say by which day."))
    if start is None or due is None:
        return
    if due < start:
        yield Issue("due", N_("It has to end on or after its first day."))
    elif (due - start).days > LONGEST_DAYS:
        yield Issue("due", N_("That is more than three years. Make shorter cycles."))
