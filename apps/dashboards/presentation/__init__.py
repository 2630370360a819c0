"""From what was read to the finished pieces of the home page."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.domain.roles import Actor
from apps.common import charts, formats, pieces
from apps.dashboards.selectors import Home, Steps, added_a_year
from apps.datasets.selectors import Freshness, State
from apps.evidence.selectors import ahead_of
from apps.kernel.issue import N_
from apps.metrics import presentation as figures
from apps.metrics.presentation import Marks
from apps.metrics.selectors import NodeView, Point
from apps.targets import presentation as paces
from apps.targets.domain.judging import Standing
from apps.targets.selectors import Held

BEFORE_START = 6
"""Periods shown before a target's start, so that one sees where it came from."""

TARGETS_SHOWN = 5


# --- first steps ----------------------------------------------------------------------------------------------------

STEPS = (
    ("data", "database-import", "datasets:new", "data.upload", N_("Upload your data"),
     N_("A CSV or Excel file as it comes from your system: orders, visits, customers."), N_("Upload a file")),
    ("north_star", "star", "choosing:guide", "north_star.choose", N_("Choose your North Star"),
     N_("Three questions, about two minutes. They end in a recommendation with a ready tree for your data."),
     N_("Begin")),
    ("tree", "binary-tree", "metrics:tree_setup", "metrics.edit", N_("Break it down"),
     N_("Hang its drivers below it, until a team can act on each."), N_("Build the tree")),
    ("target", "target-arrow", "targets:new", "targets.edit", N_("Set a target"),
     N_("From where, to where, by when."), N_("Set a target")),
)  # fmt: skip


def first_steps(steps: Steps, actor: Actor, north_star_key: str = "") -> list[dict[str, object]]:
    """The checklist: each step with its state; the first one that is not done has a button for those who may do it."""
    rows, current = [], ""
    for name, icon, url_name, permission, title, text, button in STEPS:
        done = getattr(steps, name)
        if not done and not current:
            current = name
        url = reverse(url_name) if actor.may(permission) and not done else ""
        if name == "target" and north_star_key and url:
            url += f"?metric={north_star_key}"
        rows.append(
            {
                "icon": icon,
                "title": _(title),
                "text": _(text),
                "button": _(button),
                "done": done,
                "current": name == current,
                "url": url if name == current else "",
                "waits": name == current and not url,
            }
        )
    return rows


# --- the North Star -------------------------------------------------------------------------------------------------


def hero(home: Home, currency: str, actor: Actor) -> pieces.Hero:
    """The one number: its value, how far it has come, and the facts worth a look."""
    chosen, series, goal = home.north_star, home.series, home.goal
    assert chosen is not None and series is not None  # noqa: S101, PT018
    style, latest = figures.style_of(chosen.metric.unit, currency), series.latest
    message, tone = _message(home, latest, goal)
    may_set = actor.may("targets.edit") and goal is None and latest is not None
    return pieces.Hero(
        name=chosen.metric.name,
        value=style.short(latest.value) if latest else formats.DASH,
        unit=chosen.metric.suffix if latest else "",
        tone=paces.tone(goal.standing) if goal else "none",
        href=reverse("metrics:detail", args=[chosen.metric.key]),
        goal=paces.goal_piece(goal, currency) if goal else None,
        facts=_facts(home, style),
        message=message,
        message_tone=tone,
        message_url=f"{reverse('targets:new')}?metric={chosen.metric.key}&grain={chosen.grain}" if may_set else "",
        message_button=_("Set a target") if may_set else "",
    )


def _message(home: Home, latest: Point | None, goal: Held | None) -> tuple[str, str]:
    """The one sentence worth reading under the figure, and its tone; usually none."""
    series = home.series
    if latest is None:
        missing = next((point for point in reversed(series.points) if point.reason), None) if series else None
        if home.working:
            return _("The values are being computed. This page shows them as soon as they are there."), "info"
        return (
            missing.reason if missing else _("There is no value yet: nothing uploaded covers a whole period.")
        ), "warn"
    if latest.state == "provisional":
        return _("Provisional. %(why)s") % {"why": latest.reason}, "info"
    if goal is None:
        return _("There is no target yet, so there is neither green nor red."), "info"
    return "", "info"


def _facts(home: Home, style: formats.Style) -> list[pieces.Fact]:
    series, goal, metric = home.series, home.goal, home.north_star.metric
    latest, previous, running = series.latest, series.previous, series.open
    facts = []
    if latest and previous:
        change = latest.value - previous.value
        label = _("vs %(period)s") % {"period": formats.period(previous.period, short=True)}
        facts.append(pieces.Fact(label, style.change(change), change, metric.direction))
    if latest and goal and goal.standing.started and goal.course.baseline is not None:
        facts += _since_start(home, style, latest, goal)
    if latest and latest.state == "restated" and latest.former_value is not None:
        facts.append(pieces.Fact(_("Restated"), style.full(latest.former_value), note=_("was told before")))
    if running:
        label = _("%(period)s so far") % {"period": formats.period(running.period, short=True)}
        facts.append(pieces.Fact(label, style.short(running.value), note=_("in progress")))
    return facts


def _since_start(home: Home, style: formats.Style, latest: Point, goal: Held) -> list[pieces.Fact]:
    baseline, direction = goal.course.baseline, goal.metric.direction
    change, facts = latest.value - baseline, []
    if style.kind is formats.Kind.PERCENT or baseline == 0:
        facts.append(pieces.Fact(_("vs start"), style.change(change), change, direction))
    else:
        relative = formats.plain(formats.rounded(abs(change / baseline) * 100, 1)) + "%"
        facts.append(pieces.Fact(_("vs start"), relative, change, direction))
    added = added_a_year(goal.metric, goal.course.first.grain, home.series, baseline)
    if added is not None and direction == "up":
        facts.append(pieces.Fact(_("Added a year"), style.short(added)))
    return facts


def trend(home: Home, currency: str) -> charts.Trend | None:
    """The series with the path to its target; None as long as there is nothing to draw."""
    series, goal = home.series, home.goal
    if series is None or (series.latest is None and series.open is None):
        return None
    path = paces.path_with_former(goal) if goal else {}
    title = _("%(name)s by %(grain)s") % {"name": series.metric.name, "grain": figures.grain_word(series.grain).lower()}
    if path:
        title = _("%(title)s, against the target path") % {"title": title}
    breaks = figures.breaks_in(home.versions, series)
    made = figures.trend_of(
        series, key="north-star", title=title, currency=currency, path=path, breaks=breaks,
        ahead=ahead_of(home.forecast, series),
    )  # fmt: skip
    return charts.Trend(
        key=made.key, title=made.title, head=made.head, style=made.style, points=_worth_drawing(home, made)
    )


def _worth_drawing(home: Home, made: charts.Trend) -> list[charts.Point]:
    """The chart's points without the empty ones at the start, and without what lies long before the target."""
    points = list(made.points)
    first = next((i for i, point in enumerate(points) if point.actual is not None), 0)
    if home.goal:
        start = next((i for i, point in enumerate(points) if point.target is not None), 0)
        first = max(min(first, start), start - BEFORE_START)
    return points[first:]


# --- the tree -------------------------------------------------------------------------------------------------------


def tree(found: Home, currency: str) -> pieces.Node | None:
    """The tree with values and statuses; None as long as it has no root."""
    if found.root is None or found.north_star is None:
        return None
    marks = paces.marks_of(found.marks, currency)
    nothing = Marks("none", _("No target"))
    known = {node.metric_id: marks.get(node.metric_id, nothing) for node in found.root.walk()}
    grain, pattern = found.north_star.grain, reverse("metrics:detail", args=["KEY"])

    def href(node: NodeView) -> str:
        url = pattern.replace("KEY", node.key)  # an address is dear to look up for each of 500 nodes
        return f"{url}?grain={grain}" if node.has_grain else url

    return figures.node_piece(found.root, currency=currency, href=href, marks=known)


# --- targets and data -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TargetRow:
    """A target in the card: its metric, what is agreed, its value now, the share of the way made, and the bar."""

    name: str
    url: str
    sentence: str
    value: str
    share: str
    goal: pieces.Goal


def target_rows(home: Home, currency: str) -> list[TargetRow]:
    """The other targets, those in most trouble first; no more than the card holds."""
    return [_target_row(held, currency) for held in home.others[:TARGETS_SHOWN]]


def _made(standing: Standing) -> str:
    """How far a target has come, as a share where it has a way; else the time it is of."""
    if standing.started and standing.progress is not None:
        return paces.share(standing.progress)
    return paces.way_words(standing)


def _target_row(held: Held, currency: str) -> TargetRow:
    style, standing = figures.style_of(held.metric.unit, currency), held.standing
    return TargetRow(
        name=paces.name_of(held),
        url=f"{reverse('metrics:detail', args=[held.metric.key])}?grain={held.target.grain}",
        sentence=paces.in_short(held.target, style),
        value=style.short(standing.value) if standing.value is not None else "",
        share=_made(standing),
        goal=paces.goal_piece(held, currency),
    )


STATES = {
    State.FRESH: ("good", N_("Complete")),
    State.PARTLY: ("warn", N_("Some rows were rejected")),
    State.LOADING: ("info", N_("Loading")),
    State.WAITING: ("warn", N_("Waits for its columns to be named")),
    State.FAILED: ("bad", N_("The newest file was refused")),
    State.EMPTY: ("none", N_("Nothing loaded yet")),
}


@dataclass(frozen=True)
class DataRow:
    """A data set in the card: how it stands, in words."""

    name: str
    url: str
    tone: str
    state: str
    told: str
    note: str


def data_rows(home: Home, actor: Actor) -> list[DataRow]:
    """How fresh the data behind the page is."""
    return [_data_row(one, may_open=actor.may("data.view")) for one in home.freshness]


def _data_row(one: Freshness, *, may_open: bool) -> DataRow:
    tone, word = STATES[one.state]
    rows = ngettext("%(n)s row", "%(n)s rows", one.rows) % {"n": formats.number(one.rows)}
    until = _("until %(day)s") % {"day": formats.day(one.last_day)} if one.last_day else ""
    note = ""
    if one.state is State.PARTLY:
        counted = ngettext("%(n)s row rejected", "%(n)s rows rejected", one.rejected)
        note = counted % {"n": formats.number(one.rejected)}
    elif one.state is not State.FRESH:
        note = _(word)
    return DataRow(
        name=one.name,
        url=reverse("datasets:detail", args=[one.dataset_id]) if may_open else "",
        tone=tone,
        state=_(word),
        told=" · ".join(filter(None, [rows if one.rows else "", until])),
        note=note,
    )


def as_of(latest: Point | None) -> str:
    """One line under the heading: the period that is shown, and when it was computed."""
    if latest is None:
        return ""
    told = {"period": formats.period(latest.period), "moment": formats.moment(latest.computed_at)}
    return _("%(period)s · computed %(moment)s") % told
