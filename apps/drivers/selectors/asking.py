"""What is asked: which metric, in which period, of whom, against what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from django.utils import timezone

from apps.common import formats
from apps.drivers.domain.explaining import Way
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.domain.definition import is_zero_when_empty
from apps.metrics.selectors import MetricView
from apps.workspaces.scope import current_workspace

Against = Literal["previous", "year", "period", "target", "peer"]
AGAINST: tuple[Against, ...] = ("previous", "year", "period", "target", "peer")
WAYS: tuple[Way, ...] = ("shapley", "sequential", "lmdi")
YEAR_OF = {Grain.DAY: 365, Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.HALF: 2, Grain.YEAR: 1}

NO_PERIOD = N_("There is no value of an ended period yet. Upload data that covers one, and the reasons show here.")
STILL_RUNNING = N_(
    "%(period)s is still running: a part of a period is not compared with a whole one. Choose an ended one."
)
SAME_PERIOD = N_("A period is compared with another one: choose two that differ.")
NO_PEER = N_("Choose two members of a dimension, or one and the whole company.")
SAME_PEER = N_("A member is compared with another one: choose two that differ.")
SUM_AGAINST_WHOLE = N_(
    "A sum of one member is a part of the company's: compare two members, or a ratio with the whole."
)


@dataclass(frozen=True)
class Question:
    """A metric in `period` against `base` (for "target" and "peer": the same period).

    `member` of `dimension` filters the whole tree; both empty: all. `peer` is the member it is compared with ("" for
    all). `trouble` says why there is no answer, whatever the values are.
    """

    metric: MetricView
    grain: Grain
    period: Period
    base: Period
    against: Against = "previous"
    dimension: str = ""
    member: str = ""
    peer: str = ""
    way: Way = "shapley"
    trouble: Issue | None = None


def base_of(period: Period, against: Against, calendar: Calendar) -> Period | None:
    """The period that is compared with; None where it lies before the calendar.

    A year ago is the same week of the year before, the same day of the month, or that many periods back.
    """
    try:
        if against == "previous":
            return calendar.shift(period, -1)
        if against == "year":
            return _year_before(period, calendar)
    except ValueError:
        return None
    return period


def _year_before(period: Period, calendar: Calendar) -> Period:
    if period.grain is not Grain.DAY:
        return calendar.shift(period, -YEAR_OF[period.grain])
    start = period.start
    last = 28 if (start.month, start.day) == (2, 29) else start.day
    return calendar.period_of(date(start.year - 1, start.month, last), Grain.DAY)


def trouble_of(question: Question, *, additive: bool) -> Issue | None:
    """Why a question cannot be answered, if it cannot. `additive`: members of the metric add up to the whole."""
    today = current_workspace().calendar.today(timezone.now())
    for period in (question.period, question.base):
        if period.end > today:
            return Issue("period", STILL_RUNNING, {"period": formats.period(period)})
    if question.against != "peer":
        same = question.period == question.base and question.against != "target"
        return Issue("base", SAME_PERIOD) if same else None
    if not question.dimension:
        return Issue("peer", NO_PEER)
    if question.member == question.peer:
        return Issue("peer", SAME_PEER)
    if additive and "" in (question.member, question.peer):
        return Issue("peer", SUM_AGAINST_WHOLE)
    return None


def ask(
    metric: MetricView,
    grain: Grain,
    *,
    period: Period | None = None,
    base: Period | None = None,
    against: Against = "previous",
    dimension: str = "",
    member: str = "",
    peer: str = "",
    way: Way = "shapley",
    ended: Sequence[Period] = (),
) -> Question | None:
    """A question with what was left open filled in: the newest of the `ended` periods that have a value, and the base
    that belongs to `against`. None where there is no such period, or none before it."""
    shown = period or (ended[-1] if ended else None)
    if shown is None:
        return None
    other = base if against == "period" and base else base_of(shown, against, current_workspace().calendar)
    if other is None:
        return None
    own_dimension = dimension if member or against == "peer" else ""
    question = Question(metric, grain, shown, other, against, own_dimension, member, peer, way)
    return replace(question, trouble=trouble_of(question, additive=is_zero_when_empty(metric.definition)))


def ended_periods(metric: MetricView, grain: Grain, dimension: str = "", member: str = "") -> list[Period]:
    """The ended periods in which it has a value, oldest first. One query."""
    found = metrics.series(metric, grain, dimension, member)
    return [point.period for point in found.points if point.value is not None and not point.is_open]
