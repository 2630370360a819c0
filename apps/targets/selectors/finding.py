"""Find targets: in force, proposed, those of before. Each function costs a fixed number of queries, said with it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts import selectors as accounts
from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Calendar, Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricLike
from apps.targets.domain import pace
from apps.targets.domain.checks import Wish
from apps.targets.domain.kinds import State
from apps.targets.models import Target, TargetPolicy

SCOPE = ("metric_id", "grain", "dimension", "member", "team_id")
"""What a target is of; there is one in force for each."""


def in_force(*, teams: bool = False) -> QuerySet[Target]:
    """The targets that count today: agreed, begun to hold, and not followed by another yet.

    Those of teams only if asked for: what counts totals and members would count a team's numbers a second time.
    """
    today = accounts.today()
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=today)
    rows = Target.objects.filter(begun, Q(valid_until__isnull=True) | Q(valid_until__gt=today), status=State.IN_FORCE)
    return rows if teams else rows.filter(team__isnull=True)


def standing_rows() -> QuerySet[Target]:
    """The targets that are proposed or agreed, also those that begin to hold later; of teams too."""
    today = accounts.today()
    holds_on = Q(valid_until__isnull=True) | Q(valid_until__gt=today)
    return Target.objects.filter(holds_on, status__in=[State.PROPOSED, State.IN_FORCE])


def proposed() -> list[Target]:
    """Every target that waits for approval, the oldest first, with its metric and team. One query."""
    rows = Target.objects.filter(status=State.PROPOSED).select_related("metric", "team")
    return list(rows.order_by("set_at"))


def proposed_parts(target: Target) -> list[Target]:
    """What was proposed as parts of a proposed target, every level of it. One query a level."""
    found, above = [], [target]
    while above:
        above = list(Target.objects.filter(parent__in=above, status=State.PROPOSED).select_related("team"))
        found += above
    return found


def wholes() -> QuerySet[Target]:
    """The targets that count today and are no part of another that does: if a whole is withdrawn, its parts are."""
    return in_force(teams=True).exclude(parent__in=in_force(teams=True))


def part_count() -> int:
    """How many targets in force are parts of others in force. One query."""
    return in_force(teams=True).filter(parent__in=in_force(teams=True)).count()


def waiting() -> int:
    """How many targets wait for approval. One query."""
    return Target.objects.filter(status=State.PROPOSED).count()


def needs_second_admin() -> bool:
    """Whether the company wants each target approved by a second admin. One query."""
    return TargetPolicy.objects.filter(second_admin=True).exists()


def agreed_of(target: Target) -> UUID | None:
    """The id of what is agreed for the scope of `target`, without an end yet. One query."""
    scope = {name: getattr(target, name) for name in SCOPE}
    rows = Target.objects.filter(status=State.IN_FORCE, valid_until__isnull=True, **scope)
    return rows.values_list("pk", flat=True).first()


def target_for(
    metric: MetricLike, grain: Grain, dimension: str = "", member: str = "", team_id: UUID | None = None
) -> Target | None:
    """The target in force for a metric read by `grain`: for all, one member or a team. One query (two by key)."""
    metric_id = metric if isinstance(metric, UUID) else metrics.metric_for(metric).id
    scope = {"metric_id": metric_id, "grain": grain, "dimension": dimension, "member": member, "team_id": team_id}
    return in_force(teams=True).filter(**scope).first()


def head_of(
    metric: MetricLike, grain: Grain, dimension: str = "", member: str = "", team_id: UUID | None = None
) -> Target | None:
    """The last target said of a scope: the one proposed, else the one agreed last. One query (two by key)."""
    metric_id = metric if isinstance(metric, UUID) else metrics.metric_for(metric).id
    scope = {"metric_id": metric_id, "grain": grain, "dimension": dimension, "member": member, "team_id": team_id}
    rows = {row.status: row for row in standing_rows().filter(valid_until__isnull=True, **scope)}
    return rows.get(State.PROPOSED) or rows.get(State.IN_FORCE)


def target_by_id(target_id: UUID) -> Target:
    """A target with its team, in force or not; NotHere if there is none. One query."""
    found = Target.objects.select_related("team").filter(pk=target_id).first()
    if found is None:
        raise NotHere(N_("There is no such target."))
    return found


def whole(calendar: Calendar, wish: Wish) -> tuple[date, date]:
    """First and last day of a wish that has both, widened to whole periods. No query."""
    assert wish.start is not None and wish.due is not None  # noqa: S101, PT018
    return pace.whole_periods(calendar, grain=wish.grain, start=wish.start, due=wish.due)


def agreed_over_time(
    metric_id: UUID, grain: Grain, dimension: str = "", member: str = "", team_id: UUID | None = None
) -> list[Target]:
    """Every target that was ever in force for a metric, a member of it or a team, in the order in which they came into
    force. One query.
    """
    scope = {"metric_id": metric_id, "grain": grain, "dimension": dimension, "member": member, "team_id": team_id}
    rows = Target.objects.filter(status__in=[State.IN_FORCE, State.ENDED], **scope)
    return sorted(rows, key=lambda row: (row.valid_from or row.set_at.date(), row.set_at))


def history_of(target: Target) -> list[Target]:
    """Every target there was for the same metric, grain, and member or team, newest first. One query."""
    return list(Target.objects.filter(**{name: getattr(target, name) for name in SCOPE}))
