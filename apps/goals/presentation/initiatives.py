"""From an initiative to finished page pieces: its stand in words, its expected effect, its marks on a chart.

A door of this room besides services, selectors and domain: pages of higher rooms show initiatives by it too.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from apps.common import formats
from apps.goals.domain.plan import Stand
from apps.goals.selectors import InitiativeView, initiatives_for
from apps.kernel.issue import N_
from apps.metrics.presentation import style_of
from apps.metrics.selectors import Beside, Mark, Series
from apps.metrics.selectors.beside import Reader
from apps.workspaces.scope import current_workspace

STANDS: dict[Stand, tuple[str, str]] = {
    Stand.LATE: ("bad", N_("Late")),
    Stand.RUNNING: ("info", N_("Running")),
    Stand.PLANNED: ("none", N_("Planned")),
    Stand.DONE: ("good", N_("Done")),
    Stand.STOPPED: ("warn", N_("Stopped")),
}
"""Tone and word of each stand, in the order of a list: what needs somebody first."""

DIGITS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def tone(view: InitiativeView) -> str:
    return STANDS[view.stand][0]


def word(view: InitiativeView) -> str:
    """How it stands, in one word."""
    return _(STANDS[view.stand][1])


def days(view: InitiativeView) -> str:
    """Its first and last day; the day it ended on, once it has."""
    return f"{formats.day(view.start)} – {formats.day(view.ended_on or view.due)}"


def effect(expected: Decimal | None, style: formats.Style) -> str:
    """The expected effect with its sign ("+¥200"); "" where none is expected."""
    return formats.signed(style.change(expected), expected) if expected else ""


def marks_of(views: list[InitiativeView]) -> tuple[Mark, ...]:
    """Where initiatives begin and end on a metric's chart: "①" and "①✓" (done) or "①✕" (stopped)."""
    found = []
    for digit, view in zip(DIGITS, views, strict=False):
        if view.status != "planned":
            found.append(Mark(view.start, digit))
        if view.ended_on is not None:
            found.append(Mark(view.ended_on, digit + ("✓" if view.stand is Stand.DONE else "✕")))
    return tuple(found)


def beside_metric(series: Series, reader: Reader) -> Beside | None:
    """The initiatives of a metric on its own page: their marks on its chart, and the list they refer to. One query.

    Of a member's values those for this member, and those for all of the metric.
    """
    if not reader.may("initiatives.view"):
        return None
    views = initiatives_for(series.metric.id)
    if series.dimension:
        here = series.dimension, series.member
        views = [view for view in views if (view.dimension, view.member) in (("", ""), here)]
    style = style_of(series.metric.unit, current_workspace().currency)
    rows = [
        {
            "view": view,
            "digit": DIGITS[at] if at < len(DIGITS) else "",
            "tone": tone(view),
            "stand": word(view),
            "days": days(view),
            "effect": effect(view.expected, style),
        }
        for at, view in enumerate(views)
    ]
    shown = {"rows": rows, "metric": series.metric, "may_edit": reader.may("initiatives.edit")}
    return Beside(marks=marks_of(views), template="goals/_on_metric.html", context=shown)
