"""Initiatives as rows of a list, cards of a board and lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from apps.common import formats
from apps.goals.domain.plan import Stand, moves, time_over
from apps.goals.models import Initiative
from apps.goals.presentation.effects import verdict_pill
from apps.goals.presentation.initiatives import STANDS, days, effect
from apps.goals.selectors.initiatives import InitiativeView, view_of
from apps.metrics.presentation import style_of
from apps.metrics.selectors import MetricView
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Row:
    """An initiative as a list and a board show it. `about` is what it is for; `moves` where this person may move it."""

    view: InitiativeView
    about: str
    metric: MetricView | None
    tone: str
    stand: str
    days: str
    effect: str
    cost: str
    over: int | None
    verdict: tuple[str, str] | None
    moves: tuple[tuple[str, str], ...] = ()

    @property
    def targets(self) -> str:
        """The columns it may be dragged to, as a list of words."""
        return " ".join(key for key, _word in self.moves)


def money() -> formats.Style:
    """How amounts in the company's currency are written: whole ones where they are whole."""
    return formats.Style(formats.Kind.MONEY, 2, formats.symbol(current_workspace().currency))


def cost_words(cost: Decimal | None) -> str:
    """A cost, without a fraction where there is none; "" where none is said."""
    if cost is None:
        return ""
    style = money()
    return formats.money(cost, style.symbol, 0 if cost == cost.to_integral_value() else 2)


def row_of(row: Initiative, views: Mapping[UUID, MetricView], day: date, *, may_move: bool = False) -> Row:
    """No query: the key result, where it is for one, has been read with it."""
    view = view_of(row, day)
    metric = views.get(row.metric_id) if row.metric_id else None
    style = style_of(metric.unit, current_workspace().currency) if metric else formats.Style(digits=2)
    tone, word = STANDS[view.stand]
    return Row(
        view=view,
        about=row.key_result.title if row.key_result_id else metric.name if metric else "",
        metric=metric,
        tone=tone,
        stand=_(word),
        days=days(view),
        effect=effect(view.expected, style),
        cost=cost_words(view.cost),
        over=time_over(view.start, view.due, day) if view.is_running else None,
        verdict=verdict_pill(row.verdict) if not view.is_open else None,
        moves=tuple(_moves(view, day)) if may_move else (),
    )


MOVES = {Stand.PLANNED: "clock", Stand.RUNNING: "player-play", Stand.DONE: "check", Stand.STOPPED: "circle-x-filled"}


def _moves(view: InitiativeView, day: date) -> Iterator[tuple[str, str]]:
    for to in moves(status=view.status, start=view.start, on=day):
        yield str(to), _(STANDS[to][1])


def lines(rows: Iterable[Row]) -> Iterator[list[object]]:
    """For a file: the head, then a line for each; figures as figures, days as days."""
    yield [
        _("Action"), _("Aimed at"), _("Only for"), _("Who does it"), _("Status"), _("First day"), _("Last day"),
        _("Ended on"), _("Expected effect"), _("Cost"), _("What came of it"), _("Verdict"), _("Details"),
    ]  # fmt: skip
    for row in rows:
        view = row.view
        yield [
            view.title, row.about, view.member, view.owner_name, row.stand, view.start, view.due, view.ended_on,
            view.expected, view.cost, view.result, row.verdict[1] if row.verdict else "", view.what,
        ]  # fmt: skip
