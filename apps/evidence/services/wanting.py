"""Which series are forecast, and how far. Higher rooms add theirs with `tell_wanted` when the product starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from apps.evidence.domain.history import SEASON
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics


@dataclass(frozen=True)
class Wanted:
    """A series that somebody wants a forecast of, up to the period that holds `until`."""

    metric_id: UUID
    grain: Grain
    dimension: str
    member: str
    until: date

    @property
    def place(self) -> tuple[UUID, Grain, str, str]:
        return self.metric_id, self.grain, self.dimension, self.member


Finder = Callable[[], Iterable[Wanted]]
"""Gives what one room wants, in a fixed number of queries."""

MOST_SEASONS = 2
"""A forecast reaches no further than so many seasons ahead."""

_finders: dict[str, Finder] = {}


def tell_wanted(room: str, finder: Finder) -> None:
    """Register which forecasts `room` wants; called once, in its AppConfig.ready."""
    _finders[room] = finder


def wanted(calendar: Calendar, today: date) -> dict[tuple[UUID, Grain, str, str], Wanted]:
    """The North Star, every metric of its tree read as it is, and what other rooms want; each once, as far as the one
    who wants it furthest. Two queries, and those of each room."""
    found: dict[tuple[UUID, Grain, str, str], Wanted] = {}
    own = _tree(calendar, today)
    for each in [*own, *(one for finder in _finders.values() for one in finder())]:
        known = found.get(each.place)
        if known is None or known.until < each.until:
            found[each.place] = each
    return found


def _tree(calendar: Calendar, today: date) -> list[Wanted]:
    chosen = metrics.north_star()
    if chosen is None:
        return []
    grain = chosen.grain
    until = usual_end(calendar, grain, today)
    root = metrics.tree()
    views = {node.metric.id: node.metric for node in root.walk()} if root else {}
    return [Wanted(view.id, grain, "", "", until) for view in views.values() if grain in view.grains]


def usual_end(calendar: Calendar, grain: Grain, today: date) -> date:
    """How far a forecast goes where nobody says: to the end of the running year, and half a season at least."""
    year = calendar.period_of(today, Grain.YEAR).end
    ahead = calendar.shift(calendar.period_of(today, grain), max(1, SEASON[grain] // 2))
    return max(year, ahead.end)


def horizon(calendar: Calendar, last: Period, until: date) -> list[Period]:
    """The periods after `last` up to the one that begins before `until`; at least one, at most MOST_SEASONS seasons."""
    most = max(2, MOST_SEASONS * SEASON[last.grain])
    found = [calendar.shift(last, 1)]
    while len(found) < most and found[-1].end < until:
        found.append(calendar.shift(last, len(found) + 1))
    return found
