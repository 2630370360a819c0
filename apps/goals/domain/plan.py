"""What makes an initiative one, and how it stands on a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from apps.kernel.issue import N_, Issue

TITLE_LENGTH = 120
TEXT_LENGTH = 2000
LONGEST_DAYS = 366 * 5
MOST_COST = Decimal(10) ** 15


class Stand(StrEnum):
    """How an initiative stands on a day, as people filter for it."""

    PLANNED = "planned"
    RUNNING = "running"
    LATE = "late"
    DONE = "done"
    STOPPED = "stopped"


OPEN = frozenset({Stand.PLANNED, Stand.RUNNING, Stand.LATE})


@dataclass(frozen=True)
class Plan:
    """What somebody wants to do: everything that is said of an initiative before it ends. `cost` in the company's
    currency, `expected` in the unit of what it is to move, for one period of it."""

    title: str
    start: date | None
    due: date | None
    what: str = ""
    dimension: str = ""
    member: str = ""
    expected: Decimal | None = None
    cost: Decimal | None = None


def issues(plan: Plan, *, dimensions: tuple[str, ...]) -> Iterator[Issue]:
    """Everything that keeps a plan from being an initiative of a metric split by `dimensions`; all at once."""
    if not plan.title.strip():
        yield Issue("title", N_("Say in a few words what is done."))
    elif len(plan.title.strip()) > TITLE_LENGTH:
        yield Issue("title", N_("At most %(most)s characters; the details have a field of their own."), {"most": 120})
    if len(plan.what) > TEXT_LENGTH:
        yield Issue("what", N_("At most %(most)s characters."), {"most": TEXT_LENGTH})
    yield from _days(plan)
    if plan.dimension and plan.dimension not in dimensions:
        yield Issue("dimension", N_("This metric is not split by this dimension."))
    if plan.dimension and not plan.member.strip():
        yield Issue("member", N_("Say for which one."))
    if plan.member.strip() and not plan.dimension:
        yield Issue("dimension", N_("Say what “%(member)s” is one of."), {"member": plan.member.strip()[:80]})
    if plan.expected is not None and plan.expected == 0:
        yield Issue("expected", N_("An effect of 0 is none. Leave it empty if it is not known."))
    if plan.cost is not None and plan.cost < 0:
        yield Issue("cost", N_("A cost is 0 or more."))
    elif plan.cost is not None and plan.cost >= MOST_COST:
        yield Issue("cost", N_("That is more than can be kept. Check the figure."))
    elif plan.cost is not None and plan.cost != round(plan.cost, 2):
        yield Issue("cost", N_("At most two digits after the point."))


def _days(plan: Plan) -> Iterator[Issue]:
    if plan.start is None:
        yield Issue("start", N_("Say from which day."))
    if plan.due is None:
        yield Issue("due", N_("Say by which day."))
    if plan.start is None or plan.due is None:
        return
    if plan.due < plan.start:
        yield Issue("due", N_("It has to end on or after its first day."))
    elif (plan.due - plan.start).days > LONGEST_DAYS:
        yield Issue("due", N_("That is more than five years. Plan a shorter step."))


def stand(*, status: str, start: date, due: date, ended_on: date | None, on: date) -> Stand:
    """How it stands at the end of the day `on`, which may lie before today: what ended later still ran then.

    It is late from the day after `due` until somebody says that it is done. What is planned and whose first day has
    come stays planned until somebody starts it; past `due` it is late like any other.
    """
    if ended_on is not None and ended_on <= on:
        return Stand(status)
    if on > due:
        return Stand.LATE
    if status == Stand.PLANNED or on < start:
        return Stand.PLANNED
    return Stand.RUNNING


def moves(*, status: str, start: date, on: date) -> tuple[Stand, ...]:
    """Where an initiative can be moved on a day, by whoever may change it, in the order of a board.

    What has ended is taken up again. Late is no place to go: it comes by itself, and goes with another last day. What
    has not begun cannot be done yet.
    """
    if status in (Stand.DONE, Stand.STOPPED):
        return (Stand.RUNNING,)
    other = Stand.RUNNING if status == Stand.PLANNED or on < start else Stand.PLANNED
    done = (Stand.DONE,) if start <= on else ()
    return (other, *done, Stand.STOPPED)


def time_over(start: date, due: date, on: date) -> int:
    """How much of its time is over, in whole percent from 0 to 100; its first and its last day count."""
    days = (due - start).days + 1
    return max(0, min(100, ((on - start).days + 1) * 100 // days))
