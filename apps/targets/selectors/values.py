"""The values that targets are judged by: the metric's own, a member's, or a team's, which are those of its member."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.accounts.services import Numbers
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView, Series
from apps.targets.models import Target

Place = tuple[UUID, str]
"""A metric's id and a member ("" for its total)."""


def series_for(rows: Sequence[Target], grain: Grain, last: int | None = None) -> dict[UUID, Series]:
    """The values of each target's own place, by target id; of the newest `last` periods, if given.

    Targets of one grain, read with their team. A team without numbers of its own has a series without points. Two
    queries, and two more for each dimension.
    """
    totals = metrics.series_of({row.metric_id for row in rows}, grain, last=last)
    by_dimension: dict[str, set[Place]] = defaultdict(set)
    for row in rows:
        if row.numbers is not None and row.numbers[0]:
            by_dimension[row.numbers[0]].add((row.metric_id, row.numbers[1]))
    members = {
        (dimension, *place): series
        for dimension, places in by_dimension.items()
        for place, series in _members(places, grain, dimension, last).items()
    }
    found = {}
    for row in rows:
        total = totals.get(row.metric_id)
        if total is None:
            continue
        if row.numbers is None:
            found[row.pk] = replace(total, points=())
        elif row.numbers[0]:
            dimension, member = row.numbers
            empty = Series(total.metric, grain, dimension, member, ())
            found[row.pk] = members.get((dimension, row.metric_id, member), empty)
        else:
            found[row.pk] = total
    return found


def team_series(
    metric_ids: Iterable[UUID], grain: Grain, team_ids: Iterable[UUID], last: int | None = None
) -> dict[tuple[UUID, UUID], Series]:
    """What each team makes of each metric, by team id and metric id: the values of the member it is named by.

    Not in it: a team that names no member, and a metric that is not split by the team's dimension. With no value at all
    the series has no points; that is never 0. Three queries, and two more for each further dimension.
    """
    named = numbers_of(team_ids)
    views = metrics.metrics_by_id(metric_ids)
    found: dict[tuple[UUID, UUID], Series] = {}
    for dimension in sorted({numbers.dimension for numbers in named.values()}):
        split = [view for view in views.values() if dimension in view.dimensions]
        known = metrics.member_series([view.id for view in split], grain, dimension, last=last) if split else {}
        for team_id, numbers in named.items():
            if numbers.dimension == dimension:
                found |= {
                    (team_id, view.id): known.get((view.id, numbers.member), _nothing(view, grain, numbers))
                    for view in split
                }
    return found


def _nothing(view: MetricView, grain: Grain, numbers: Numbers) -> Series:
    return Series(view, grain, numbers.dimension, numbers.member, ())


def numbers_of(team_ids: Iterable[UUID]) -> dict[UUID, Numbers]:
    """Whose numbers the own numbers of teams are, by team id; only of those that have some. One query."""
    rows = accounts.teams_by_id(team_ids)
    return {team.pk: team.numbers for team in rows if team.numbers.dimension}


def _members(places: Iterable[Place], grain: Grain, dimension: str, last: int | None) -> Mapping[Place, Series]:
    ids, members = zip(*places, strict=True)
    return metrics.member_series(set(ids), grain, dimension, last, set(members))
