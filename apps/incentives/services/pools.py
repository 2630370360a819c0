"""What is in a team's pool, where the plan fixes it: dated, so that what a past run read stays as it was."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.models import IncentivePlan, TeamPool
from apps.incentives.services.roster import CANNOT_BE_KEPT, NO_TEAM, PREPARE
from apps.kernel.issue import N_, Issue, Refusal

OVERLAP = N_("This team has another pool on some of these days.")
ENDS_EARLY = N_("The last day comes before the first one.")


@transaction.atomic
def set_pool(
    *, actor: Actor, plan_id: UUID, team_id: UUID | None, amount: Decimal, first: date, last: date | None = None
) -> TeamPool:
    """Say what is in a team's pool from a day on; a pool that goes on ends the day before."""
    actor.must(PREPARE)
    team = accounts.team_for(team_id) if team_id else None
    issues = [] if team is not None else [Issue("team", NO_TEAM)]
    if last is not None and last < first:
        issues.append(Issue("last", ENDS_EARLY))
    if issues or team is None:
        raise Refusal(CANNOT_BE_KEPT, issues=issues)
    plan = IncentivePlan.objects.select_for_update().get(pk=plan_id)
    going_on = TeamPool.objects.filter(plan=plan, team=team, first__lt=first, last__isnull=True)
    going_on.update(last=first - timedelta(days=1))
    try:
        with transaction.atomic():
            made = TeamPool.objects.create(plan=plan, team=team, amount=amount, first=first, last=last)
    except IntegrityError:
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("first", OVERLAP)]) from None
    record(actor=actor, act="pay_people.pool_set", subject=plan, after={"team": team.name, "from": first.isoformat()})
    return made


@transaction.atomic
def remove_pool(*, actor: Actor, plan_id: UUID, pool_id: UUID) -> None:
    """Take a pool away. What a run froze of it stays with the run."""
    actor.must(PREPARE)
    row = TeamPool.objects.select_for_update(of=("self",)).select_related("plan", "team").filter(
        plan_id=plan_id, pk=pool_id
    ).first()  # fmt: skip
    if row is not None:
        before = {"team": row.team.name, "from": row.first.isoformat()}
        record(actor=actor, act="pay_people.pool_removed", subject=row.plan, before=before)
        row.delete()
