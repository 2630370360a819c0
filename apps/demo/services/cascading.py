"""The targets of the demo that are split: the company's to its stores like last year, each store's to its teams; and
one to the teams of regions, and from each to the teams of its stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor
from apps.common.formats import rounded
from apps.demo.domain.writing import Cascade, TeamCascade
from apps.demo.services.cast import DemoFailed
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.targets import selectors as targets
from apps.targets import services
from apps.targets.domain.kinds import Kind, Rule, Shape
from apps.workspaces.scope import current_workspace


@transaction.atomic
def cascade(metric: metrics.MetricView, grain: Grain, plan: Cascade, actor: Actor) -> None:
    """Set the total and split it, level by level."""
    whole = _whole(metric, grain, plan, actor)
    found = targets.candidates(whole, metric, plan.dimension)
    known = frozenset(each.key for each in found if each.figure is not None)
    stores = _split(actor, whole, services.Asked(Rule.LAST_YEAR, plan.dimension, chosen=known), plan.reason)
    teams = {team.name: f"{targets.TEAMS}:{team.pk}" for team in people.teams_in_use()}
    for store in stores[1:]:
        shares = {teams[plan.team(store.member, name)]: Decimal(share) for name, share in plan.teams.items()}
        _split(actor, store, services.Asked(Rule.SHARE, targets.TEAMS, weights=shares), plan.reason)


@transaction.atomic
def cascade_to_teams(metric: metrics.MetricView, grain: Grain, plan: TeamCascade, actor: Actor) -> None:
    """Set the total and split it to teams that have numbers of their own, level by level."""
    lines, above = people.teams_in_use(), [_whole(metric, grain, plan, actor)]
    for dimension in plan.levels:
        wholes, above = above, []
        for whole in wholes:
            under = [t for t in lines if t.dimension == dimension and whole.team_id in (None, t.parent_id)]
            chosen = frozenset(f"{targets.TEAMS}:{team.pk}" for team in under)
            if chosen:
                asked = services.Asked(Rule.LAST_YEAR, targets.TEAMS, chosen=chosen)
                above += _split(actor, whole, asked, plan.reason)[1:]


def _whole(metric: metrics.MetricView, grain: Grain, plan: Cascade | TeamCascade, actor: Actor) -> targets.Target:
    calendar, series = current_workspace().calendar, metrics.series(metric, grain)
    if series.latest is None:
        raise DemoFailed(f"{metric.key} has no value; a target needs one.")
    quarter = calendar.period_of(series.latest.period.start, Grain.QUARTER)
    start, due = quarter.start, quarter.end - timedelta(days=1)
    before = _made(series, targets.year_before(calendar, grain, start, due))
    return services.set_target(
        actor=actor, metric_id=metric.id, grain=grain, kind=Kind.FLOW, pace=Shape.WORKING_DAYS,
        goal=rounded(before * (1 + plan.more), -2), baseline=before, start=start, due=due, owner_id=actor.id,
        owner_name=actor.name, reason=plan.reason,
    )  # fmt: skip


def _made(series: metrics.Series, periods: list) -> Decimal:
    values: Mapping = {point.period: point.value for point in series.points}
    return sum((values.get(period) or Decimal(0) for period in periods), Decimal(0))


def _split(actor: Actor, target: targets.Target, asked: services.Asked, reason: str) -> list[targets.Target]:
    found = services.preview_cascade(target.pk, asked)
    if found.issues or found.rest != 0:
        raise DemoFailed(f"{target} cannot be split: {found.issues or found.rest}")
    return services.apply_cascade(actor=actor, target_id=target.pk, asked=asked, stamp=found.stamp, reason=reason)
