"""From a standing to finished page pieces: its status in words, the bar with today's tick, marks on a tree.

The one door of this room besides services, selectors and domain: pages of higher rooms show targets by it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts import selectors as accounts
from apps.common import formats, pieces
from apps.kernel.period import Grain, Period
from apps.metrics.presentation import Marks, style_of
from apps.metrics.selectors import Beside, Mark, Series
from apps.targets import selectors
from apps.targets.domain import pace, terms
from apps.targets.domain.judging import Grey, Standing, bounds
from apps.targets.domain.kinds import KIND_WORDS, SHAPE_WORDS, STATE_WORDS, Kind, State
from apps.targets.domain.pace import Course, Status
from apps.targets.models import Target
from apps.targets.presentation.keeping import kept as kept
from apps.targets.presentation.keeping import kept_fragment as kept_fragment
from apps.targets.presentation.keeping import kept_when_asked as kept_when_asked
from apps.targets.selectors import Held
from apps.workspaces.scope import current_workspace

CHANGED = "◎"
"""The sign on a chart where a target took the place of another."""


def status_word(standing: Standing) -> str:
    """A standing in one or two words."""
    if standing.grey is not None:
        return grey_word(standing.grey)
    if standing.reached:
        return _("Reached")
    if standing.over and standing.course.has_way:
        return _("Nearly reached") if standing.status is Status.GOOD else _("Missed")
    return {Status.GOOD: _("On track"), Status.WARN: _("Slightly behind"), Status.BAD: _("Off track")}[standing.status]


def grey_word(grey: Grey) -> str:
    """Why there is no status, in two or three words."""
    words = {
        Grey.NO_DATA: _("No value yet"),
        Grey.NOT_STARTED: _("Not started"),
        Grey.TOO_EARLY: _("Too early to say"),
        Grey.UNDEFINED: _("Cannot be computed"),
        Grey.STALE: _("Data is old"),
        Grey.TOO_FEW: _("Too few to say"),
    }
    return words[grey]


def tone(standing: Standing | None) -> str:
    """The tone of a standing's marks; none where there is no target."""
    return str(standing.status) if standing else "none"


def goal_piece(held: Held, currency: str) -> pieces.Goal:
    """The bar of a target: fill for the way made, tick for what is due by now, and words for both."""
    standing, style = held.standing, style_of(held.metric.unit, currency)
    course, words = standing.course, way_words(standing)
    made = standing.progress if course.has_way else standing.attainment
    running = standing.started and not standing.over and course.has_way
    return pieces.Goal(
        done=_percent(made),
        today=_percent(standing.elapsed) if standing.started and course.has_way else None,
        tone=tone(standing),
        status=status_word(standing),
        words=words,
        label=_("%(status)s: %(words)s") % {"status": status_word(standing), "words": words},
        start=_begin_words(standing, style),
        target=goal_words(course, style),
        due_today=_("Due now %(value)s") % {"value": style.full(standing.expected)} if running else "",
        ahead=ahead_words(held, style),
    )


def _begin_words(standing: Standing, style: formats.Style) -> str:
    """Under the left end of the bar: where a level began, what a total has made, where a value to be kept is."""
    if standing.course.kind is Kind.LEVEL:
        return _("Start %(value)s") % {"value": style.full(standing.course.baseline)}
    if standing.value is None:
        return ""
    made = standing.course.kind is Kind.FLOW
    return (_("Made %(value)s") if made else _("Now %(value)s")) % {"value": style.full(standing.value)}


def goal_words(course: Course, style: formats.Style) -> str:
    """What is to be reached or kept: "Target 5,500", "At least 50", "4 to 5"."""
    if course.kind is Kind.BAND:
        return _("%(low)s to %(high)s") % {"low": style.full(course.low), "high": style.full(course.high)}
    low, _high = bounds(course)
    told = {"value": style.full(course.goal)}
    if course.has_way:
        return (_("Target %(value)s") if course.up or course.kind is Kind.LEVEL else _("At most %(value)s")) % told
    return (_("At most %(value)s") if low is None else _("At least %(value)s")) % told


def ahead_words(held: Held, style: formats.Style) -> str:
    """What the metric is expected to be when the target is due, and how far of the way that is; "" if not known."""
    course = held.standing.course
    if held.ahead is None or course.kind is not Kind.LEVEL:
        return ""
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
    """How far it has come and how much is due by now."""
    if standing.grey is Grey.NOT_STARTED:
        return _("Starts with %(period)s") % {"period": formats.period(standing.course.first)}
    if standing.value is None:
        return _("There is no value to compare with yet.")
    if not standing.course.has_way:
        return _("As of %(period)s") % {"period": formats.period(standing.period)}
    if standing.progress is None:
        return _("%(time)s of the time") % {"time": share(standing.elapsed)}
    told = {"way": share(standing.progress), "time": share(standing.elapsed)}
    if standing.course.kind is Kind.FLOW:
        return _("%(way)s made, %(time)s due by now") % told
    return _("%(way)s of the way, %(time)s of the time") % told


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
            target=ask_in_short(held, currency),
        )
        for metric_id, held in standings.items()
    }


def ask_in_short(held: Held, currency: str) -> str:
    """What a node shows of its target: the value to reach, or the limits."""
    style = style_of(held.metric.unit, currency)
    return style.short(held.target.goal) if held.target.kind == Kind.LEVEL else in_short(held.target, style)


def path_over_time(rows: Sequence[Target]) -> tuple[dict[Period, Decimal], list[Mark]]:
    """The line of a chart through all that was ever agreed: each target until another took its place.

    So a goal that was changed stays where it was for the time it held, and a mark says when it changed.
    """
    path: dict[Period, Decimal] = {}
    marks = []
    for n, row in enumerate(row for row in rows if _ever_held(row)):
        begins = _begins(row) if n else row.start
        kept = {period: value for period, value in path.items() if period.end <= begins}
        course = selectors.course_of(row)
        path = kept | {period: value for period, value in course.points() if not n or period.end > begins}
        ends = row.valid_until or (_day_of(row.ended_at) if row.ended_at else None)
        if ends is not None:
            path = {period: value for period, value in path.items() if period.start <= ends}
        if n:
            marks.append(Mark(begins, CHANGED))
    return path, marks


def _ever_held(row: Target) -> bool:
    """Whether a target came to hold at all: one that was planned may be withdrawn before its first day."""
    return row.valid_from is None or row.ended_at is None or _day_of(row.ended_at) >= row.valid_from


def path_with_former(held: Held) -> dict[Period, Decimal]:
    """The line of a chart for a target, with those it took the place of. No query; one if it replaced another."""
    target = held.target
    if target.replaces_id is None:
        return path_of(held.course)
    scope = target.dimension, target.member, target.team_id
    rows = selectors.agreed_over_time(target.metric_id, Grain(target.grain), *scope)
    return path_over_time(rows)[0] | {
        period: value for period, value in path_of(held.course).items() if period.end > _begins(target)
    }


def _begins(target: Target) -> date:
    return target.valid_from or _day_of(target.set_at)


def _day_of(moment: datetime) -> date:
    return current_workspace().calendar.today(moment)


def line_beside(series: Series) -> Beside | None:
    """The line through all that was ever agreed of a series, with marks where it changed. One query."""
    rows = selectors.agreed_over_time(series.metric.id, series.grain, series.dimension, series.member)
    if not rows:
        return None
    path, marks = path_over_time(rows)
    first = series.points[0].period if series.points else None
    shown = {period: value for period, value in path.items() if first is None or period >= first}
    return Beside(path=shown, marks=tuple(marks))


def path_of(course: Course) -> dict[Period, Decimal]:
    """The line of a chart from the baseline to the goal, by period."""
    return dict(course.points())


def in_short(target: Target, style: formats.Style) -> str:
    """What a target asks in a few signs: "4,200 → 5,500", "≥ 95%", "40 – 60"."""
    if target.kind == Kind.BAND:
        return f"{style.short(target.low)} – {style.short(target.high)}"
    goal = style.short(target.goal)
    if target.kind == Kind.LEVEL:
        return f"{style.short(target.baseline)} → {goal}"
    signs = {Kind.FLOW: "Σ", Kind.ABOVE: "≥", Kind.BELOW: "≤", Kind.RATE: "→"}
    return f"{signs[Kind(target.kind)]} {goal}"


def terms_in_words(target: Target, style: formats.Style) -> str:
    """What a target asks and in which time, in one line, whatever its kind."""
    course = selectors.course_of(target)
    if target.kind == Kind.LEVEL:
        return sentence(course, style)
    told = {"span": time_words(course), **{
        name: style.full(value)
        for name in ("baseline", "goal", "low", "high", "tolerance")
        if (value := getattr(target, name)) is not None
    }}  # fmt: skip
    if target.kind == Kind.BAND:
        if "tolerance" in told:
            return _("stay between %(low)s and %(high)s (tolerance %(tolerance)s) %(span)s") % told
        return _("stay between %(low)s and %(high)s %(span)s") % told
    if target.kind == Kind.FLOW:
        change = pace.change(target.baseline, target.goal) if target.baseline is not None else None
        if change is None:
            return _("%(goal)s in all %(span)s") % told
        told["change"] = change_words(pace.as_decimal(change))
        return _("%(goal)s in all (%(change)s on %(baseline)s) %(span)s") % told
    words = {
        Kind.ABOVE: _("stay at %(goal)s or above %(span)s"),
        Kind.BELOW: _("stay at %(goal)s or below %(span)s"),
        Kind.RATE: _("hold %(goal)s %(span)s"),
    }
    return words[Kind(target.kind)] % told


def time_words(course: Course) -> str:
    """In which time: "in Q4 2026" where the periods make one quarter or year, else "in 12 months"."""
    whole = _as_one(course)
    return _("in %(span)s") % {"span": whole or span_words(course.first.grain, len(course.periods))}


def _as_one(course: Course) -> str:
    """The quarter that the periods of a target make, in words; "" if they make none."""
    calendar, grain = current_workspace().calendar, course.first.grain
    if grain not in (Grain.DAY, Grain.WEEK, Grain.MONTH) or len(course.periods) < 2:
        return ""
    quarter = calendar.period_of(course.first.start, Grain.QUARTER)
    return formats.period(quarter) if (quarter.start, quarter.end) == (course.first.start, course.last.end) else ""


def changes_in_words(before: Target, after: Target, style: formats.Style) -> list[dict[str, str]]:
    """What differs between two targets: each term with what it was and what it is."""
    found = terms.differences(_row(before), _row(after))
    return [
        {"name": _(terms.WORDS[each.name]), "before": _told(each.name, each.before, style),
         "after": _told(each.name, each.after, style)}
        for each in found
    ]  # fmt: skip


def _row(target: Target) -> dict[str, Any]:
    return {name: getattr(target, name) for name in (*terms.NAMES, "owner_name")}


def _told(name: str, value: Any, style: formats.Style) -> str:
    if value in (None, "", []):
        return formats.DASH
    if name in terms.FIGURES:
        return style.full(value)
    if name in terms.DAYS:
        return formats.day(value)
    if name == "milestones":
        agreed = terms.milestones_of(value)
        return formats.listed(f"{formats.day(day)}: {style.full(figure)}" for day, figure in agreed)
    words = {"kind": KIND_WORDS, "pace": SHAPE_WORDS}.get(name)
    return _(words[value]) if words else str(value)


def state_piece(target: Target) -> tuple[str, str]:
    """The tone and the word of what a target is: proposed, in force, to hold later, ended, not approved."""
    today = accounts.today()
    if target.status == State.IN_FORCE and target.valid_from is not None and target.valid_from > today:
        return "none", _("From %(day)s on") % {"day": formats.day(target.valid_from)}
    if target.status == State.IN_FORCE and target.valid_until is not None and target.valid_until <= today:
        return "none", _("Ended")
    tones = {State.PROPOSED: "warn", State.IN_FORCE: "good"}
    state = State(target.status)
    return tones.get(state, "none"), _(STATE_WORDS[state])


def name_of(held: Held) -> str:
    """The metric, with the member or team that a target is of."""
    return named(held.metric.name, held.target)


def named(metric: str, target: Target) -> str:
    """A metric's name with the member or team that a target of it is of."""
    part = target.member or (target.team.name if target.team_id else "")
    return f"{metric} · {part}" if part else metric


def sentence(course: Course, style: formats.Style) -> str:
    """A target in one line: "from 4,200 to 5,500 (+31%) in 12 months"."""
    parts = {
        "baseline": style.full(course.baseline),
        "goal": style.full(course.goal),
        "span": _as_one(course) or span_words(course.first.grain, len(course.periods)),
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
