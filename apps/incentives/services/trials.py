"""A version of a plan, published or not, tried on the last period that is over: a dry run, which pays nobody.

What somebody is writing has to be seen with real people and figures before anybody approves it. So a dry run takes the
version it is asked of, whatever the days on which that version will hold.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.incentives.models import IncentivePlan, PlanVersion, Run
from apps.incentives.selectors.plans import NO_PLAN
from apps.incentives.services.acting import delete_dry_run
from apps.incentives.services.calculating import request_calculation
from apps.incentives.services.making import noted, period_of
from apps.incentives.services.publishing import findings
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.kernel.period import Period
from apps.workspaces.scope import current_workspace

NOT_TRIED = N_("This cannot be calculated yet. Mend what is marked, then try it again.")
NOBODY_YET = N_("Nobody takes part yet. Add people first; then see what the plan would pay them.")


def last_period(plan: IncentivePlan, today: date) -> Period:
    """The newest period of a plan that is over."""
    return current_workspace().calendar.shift(period_of(plan, today), -1)


@transaction.atomic
def try_version(*, actor: Actor, version_id: UUID, today: date) -> Run:
    """A dry run of a version for the last period that is over, being calculated; the one before it goes.

    Refusal with everything that stands in the way of a calculation.
    """
    actor.must("pay.prepare")
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").filter(pk=version_id).first()
    if version is None:
        raise NotHere(NO_PLAN)
    found = [each for each in findings(version) if each.blocking]
    if not version.plan.participants.exists():
        found.append(Issue("", NOBODY_YET))
    if found:
        raise Refusal(NOT_TRIED, issues=found)
    period = last_period(version.plan, today)
    for former in version.runs.filter(kind=Run.Kind.DRY, first=period.start, created_by=actor.id):
        delete_dry_run(actor=actor, run_id=former.pk)
    run = Run.objects.create(
        plan=version.plan, version=version, first=period.start, last=period.end - timedelta(days=1),
        kind=Run.Kind.DRY, created_by=actor.id, created_by_name=actor.name[:120],
    )  # fmt: skip
    noted(run, actor, "begun")
    request_calculation(actor=actor, run_id=run.pk, revision=run.revision)
    return run


def forget_trials(version: PlanVersion, actor: Actor) -> None:
    """Delete the dry runs of a draft that is about to go."""
    for run in version.runs.filter(kind=Run.Kind.DRY):
        delete_dry_run(actor=actor, run_id=run.pk)
