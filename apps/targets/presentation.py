"""From a standing to finished page pieces: its status in words, the bar with today's tick, marks on a tree.

The one door of this room besides services, selectors and domain: pages of higher rooms show targets by it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common import formats, pieces
from apps.kernel.period import Grain, Period
from apps.metrics.presentation import Marks, style_of
from apps.targets.domain import pace
from apps.targets.domain.pace import Course, Standing, Status
from apps.targets.selectors import Held


def status_word(standing: Standing) -> str:
    """A standing in one or two words."""
    if standing.period is None:
        return _("No value yet")
    if not standing.started:
        return _("Not started")
    if standing.reached:
        return _("Reached")
    if standing.over:
        return _("Nearly reached") if standing.status is Status.GOOD else _("Missed")
    return {Status.GOOD: _("On track"), Status.WARN: _("Slightly behind"), Status.BAD: _("Off track")}[standing.status]


def tone(standing: Standing | None) -> str:
    """The tone of a standing's marks; none where there is no target."""
    return str(standing.status) if standing else "none"


def goal_piece(held: Held, currency: str) -> pieces.Goal:
    """The bar of a target: fill for the way made, tick for the time over, and words for both."""
    standing, style = held.standing, style_of(held.metric.unit, currency)
    start = _("Start %(value)s") % {"value": style.full(standing.course.baseline)}
    target = _("Target %(value)s") % {"value": style.full(standing.course.goal)}
    words = way_words(standing)
    return pieces.Goal(
        done=_percent(standing.progress),
        today=_percent(standing.elapsed) if standing.started else None,
        tone=tone(standing),
        status=status_word(standing),
        words=words,
        label=_("%(status)s: %(words)s") % {"status": status_word(standing), "words": words},
        start=start,
        target=target,
        due_today=_("Due now %(value)s") % {"value": style.full(standing.expected)}
        if standing.started and not standing.over
        else "",
        ahead=ahead_words(held, style),
    )


def ahead_words(held: Held, style: formats.Style) -> str:
    """What the metric is expected to be when the target is due, and how far of the way that is; "" if not known."""
    if held.ahead is None:
        return ""
    course = held.standing.course
    way = (held.ahead.value - course.baseline) / (course.goal - course.baseline)
    told = {
        "period": formats.period(held.ahead.period),
        "value": style.full(held.ahead.value),
        "low": style.full(held.ahead.low),
        "high": style.full(held.ahead.high),
        "way": formats.signed(share(abs(way)), way) if way < 0 else share(way),
    }
    return _("Forecast for %(period)s: %(value)s (%(low)s to %(high)s), %(way)s of the way") % told


def way_words(standing: Standing) -> str:
    """How far it has come and how much of the time is over."""
    if standing.progress is None:
        return _("There is no value to compare with yet.")
    if not standing.started:
        return _("Starts with %(period)s") % {"period": formats.period(standing.course.first)}
    return _("%(way)s of the way, %(time)s of the time") % {
        "way": share(standing.progress),
        "time": share(standing.elapsed),
    }


def share(ratio: Decimal) -> str:
    """A share with one decimal where it needs it: 0.4615 -> "46.2%", 0.5 -> "50%"."""
    return formats.plain(formats.rounded(ratio * 100, 1)) + "%"


def _percent(ratio: Decimal | None) -> Decimal:
    return min(max((ratio or Decimal(0)) * 100, Decimal(0)), Decimal(100))


def marks_of(standings: Mapping[UUID, Held], currency: str) -> dict[UUID, Marks]:
    """What a tree shows of targets, by metric id."""
    return {
        metric_id: Marks(
            tone=tone(held.standing),
            status=status_word(held.standing),
            target=style_of(held.metric.unit, currency).short(held.course.goal),
        )
        for metric_id, held in standings.items()
    }


def path_of(course: Course) -> dict[Period, Decimal]:
    """The line of a chart from the baseline to the goal, by period."""
    return dict(course.points())


def sentence(course: Course, style: formats.Style) -> str:
    """A target in one line: "from 4,200 to 5,500 (+31%) in 12 months"."""
    parts = {
        "baseline": style.full(course.baseline),
        "goal": style.full(course.goal),
        "span": span_words(course.first.grain, len(course.periods)),
    }
    change = pace.change(course.baseline, course.goal)
    if change is None or style.kind is formats.Kind.PERCENT:
        return _("from %(baseline)s to %(goal)s in %(span)s") % parts
    parts["change"] = change_words(pace.as_decimal(change))
    return _("from %(baseline)s to %(goal)s (%(change)s) in %(span)s") % parts


def change_words(change: Decimal) -> str:
    """A relative change with its sign and no decimals unless it is small: "+31%", "−4.5%"."""
    digits = 0 if abs(change) >= Decimal("0.1") else 1
    written = formats.plain(formats.rounded(abs(change) * 100, digits)) + "%"
    return formats.signed(written, change)


def span_words(grain: Grain, count: int) -> str:
    """A number of periods in words."""
    words = {
        Grain.DAY: ngettext("%(n)s day", "%(n)s days", count),
        Grain.WEEK: ngettext("%(n)s week", "%(n)s weeks", count),
        Grain.MONTH: ngettext("%(n)s month", "%(n)s months", count),
        Grain.QUARTER: ngettext("%(n)s quarter", "%(n)s quarters", count),
        Grain.HALF: ngettext("%(n)s half-year", "%(n)s half-years", count),
        Grain.YEAR: ngettext("%(n)s year", "%(n)s years", count),
    }
    return words[grain] % {"n": count}


def periods_words(course: Course) -> str:
    """The first and the last period: "May 2026 – Apr 2027", or the only one."""
    first, last = formats.period(course.first), formats.period(course.last)
    return first if course.first == course.last else f"{first} – {last}"
