"""Read targets and how metrics stand against them. Each function costs a fixed number of queries, said with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from django.urls import reverse

from apps.common import formats
from apps.evidence import selectors as forecasts
from apps.evidence.selectors import ForecastView
from apps.evidence.services import Wanted
from apps.kernel.issue import N_
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import Ahead, MetricView, Point, Series, Use
from apps.targets.domain import pace
from apps.targets.domain.judging import Standing
from apps.targets.domain.pace import Course
from apps.targets.models import Target
from apps.targets.selectors.cascading import (
    TEAMS,
    Candidate,
    Split,
    adds,
    candidates,
    part_name,
    split_of,
    splits_into,
    suggested_shares,
    year_before,
)
from apps.targets.selectors.committed import Committed, committed, proposed_for
from apps.targets.selectors.editions import edition
from apps.targets.selectors.finding import (
    SCOPE,
    agreed_of,
    agreed_over_time,
    head_of,
    history_of,
    in_force,
    needs_second_admin,
    part_count,
    proposed,
    proposed_parts,
    standing_rows,
    target_by_id,
    target_for,
    waiting,
    whole,
    wholes,
)
from apps.targets.selectors.reading import Judged, course_of, judge, judged_by, look_back, setting
from apps.targets.selectors.values import numbers_of, series_for, team_series
from apps.targets.selectors.ways import Scope, shares_due

__all__ = [
    "LOOK_BACK",
    "SCOPE",
    "TEAMS",
    "Candidate",
    "Committed",
    "Held",
    "Scope",
    "Split",
    "adds",
    "agreed_of",
    "agreed_over_time",
    "candidates",
    "committed",
    "course_of",
    "edition",
    "forecasts_wanted",
    "head_of",
    "history_of",
    "in_force",
    "judged_by",
    "needs_second_admin",
    "numbers_of",
    "part_count",
    "part_name",
    "proposed",
    "proposed_for",
    "proposed_parts",
    "shares_due",
    "split_of",
    "splits_into",
    "standing",
    "standing_rows",
    "standings",
    "suggested_shares",
    "target_by_id",
    "target_for",
    "targets",
    "team_series",
    "uses_of",
    "waiting",
    "whole",
    "year_before",
]

LOOK_BACK = 26
"""Periods of a metric that are read to find the value a target is judged by."""


@dataclass(frozen=True)
class Held:
    """A target in force, its metric, and how the metric stands against it; `point` is the value it is judged by.

    `ahead` is what the metric is expected to be when the target is due; None where nothing can be said of that period,
    where it is over, or where it was not asked for (`standings`).
    """

    target: Target
    metric: MetricView
    standing: Standing
    point: Point | None
    ahead: Ahead | None = None

    @property
    def course(self) -> Course:
        return self.standing.course


def standing(target: Target, series: Series) -> Standing:
    """How a series stands against its target. No query for levels and limits, one to three for flows."""
    return judge([target], {target.pk: series})[target.pk].standing


def standings(metric_ids: Iterable[UUID], grain: Grain) -> dict[UUID, Held]:
    """Targets in force for the totals of these metrics, by metric id.

    Three queries, however many metrics; one more where there are flows, and up to four where their shape is learnt.
    """
    rows = list(in_force().filter(metric_id__in=list(metric_ids), grain=grain, dimension="", team=None))
    back = look_back(rows, setting(), LOOK_BACK)
    found = metrics.series_of([row.metric_id for row in rows], grain, last=back) if rows else {}
    series = {row.pk: found[row.metric_id] for row in rows if row.metric_id in found}
    judged = judge(rows, series)
    return {row.metric_id: _held(row, series[row.pk], judged[row.pk]) for row in rows if row.pk in judged}


def targets(*, parts: bool = True) -> list[Held]:
    """Every target in force with its standing, the ones in most trouble first; without `parts` of others in force.

    Those of teams stand by the values of the member a team is named by. One query, and at most six more for each grain,
    and each grain and dimension, that has targets; however many targets.
    """
    rows: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for row in (in_force(teams=True) if parts else wholes()).select_related("team"):
        rows[row.grain, row.numbers[0] if row.numbers else ""].append(row)
    held = [one for (grain, dimension), alike in rows.items() for one in _held_alike(Grain(grain), dimension, alike)]
    return sorted(held, key=_trouble_first)


def _held_alike(grain: Grain, dimension: str, rows: list[Target]) -> Iterator[Held]:
    """Targets of one grain, of totals or of members of one dimension (by team or not), with their standings."""
    series = series_for(rows, grain, look_back(rows, setting(), LOOK_BACK))
    coming = forecasts.member_forecasts([row.metric_id for row in rows], grain, dimension)
    judged = judge(rows, series)
    for row in rows:
        if row.pk in judged:
            forecast = coming.get((row.metric_id, row.numbers[1])) if row.numbers else None
            ahead = _ahead(row, series[row.pk], forecast)
            yield replace(_held(row, series[row.pk], judged[row.pk]), ahead=ahead)


def _ahead(target: Target, series: Series, forecast: ForecastView | None) -> Ahead | None:
    """What is expected of the period in which a target is due."""
    return next((each for each in forecasts.ahead_of(forecast, series) if target.due in each.period), None)


def _held(target: Target, series: Series, judged: Judged) -> Held:
    return Held(target, series.metric, judged.standing, judged.point)


def _trouble_first(held: Held) -> tuple[int, str]:
    order = [pace.Status.BAD, pace.Status.WARN, pace.Status.GOOD, pace.Status.NONE]
    return order.index(held.standing.status), held.metric.name.casefold()


def forecasts_wanted() -> Iterator[Wanted]:
    """Every series with a target, to the day it is due. One query."""
    for row in in_force(teams=True).select_related("team"):
        if row.numbers is not None:  # without, a team has no values to forecast
            yield Wanted(row.metric_id, Grain(row.grain), *row.numbers, row.due)


def uses_of(metric: MetricView) -> Iterator[Use]:
    """The targets of a metric, for whoever is about to change, archive or delete it. One query."""
    rows = list(Target.objects.filter(metric_id=metric.id).select_related("team"))
    for row in rows:
        if row.ended_at is None:
            whole = N_("It has a target until %(due)s.")
            message = N_("“%(member)s” has a target until %(due)s.") if row.member or row.team else whole
            filled = {"member": row.member or str(row.team), "due": formats.day(row.due)}
            yield Use(message, filled, reverse("targets:history", args=[row.pk]))
    if rows and all(row.ended_at for row in rows):
        yield Use(N_("It had a target once."), {}, reverse("targets:history", args=[rows[0].pk]), holds=False)
