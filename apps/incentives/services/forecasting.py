"""What a period of a plan may cost, and what it is likely to: budgets that HR sets, and a forecast that a worker makes.

The forecast is made on request, and again by itself whenever figures are new, as long as somebody asked for it in this
period. Nothing of it is posted or proves anything: a run decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain.forecast import Forecast, forecast
from apps.incentives.domain.proration import Days
from apps.incentives.domain.snapshot import Blocked
from apps.incentives.models import IncentivePlan, PeriodBudget, PeriodForecast, Run
from apps.incentives.services.calculating import issue_as_json
from apps.incentives.services.expecting import as_of_now
from apps.incentives.services.gathering import people_of
from apps.incentives.services.making import period_of, version_for
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import Claim, Work, WorkFailed, enqueue

NO_PLAN = N_("There is no such plan.")
NOT_KEPT = N_("The budgets were not kept. Mend what is marked.")
NO_PERIOD = N_("On this day no period of the plan begins.")
TOO_LITTLE = N_("A budget is 0 or more.")
NOBODY = N_("No published version of this plan holds for the whole running period, so there is nothing to forecast.")
READING = N_("Reading who takes part and what was reached")
WORKING = N_("Working out what the period is likely to pay")
MOST_NAMED = 8


def set_budgets(*, actor: Actor, plan_id: UUID, budgets: Mapping[date, int | None]) -> None:
    """Set what periods of a plan may cost, by their first days, in minor units; None takes a budget away.

    Refusal with every issue, at the first day of its period (ISO). What stands already is not written again.
    """
    actor.must("pay.prepare")
    plan = IncentivePlan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise NotHere(NO_PLAN)
    found = [
        Issue(first.isoformat(), NO_PERIOD if period_of(plan, first).start != first else TOO_LITTLE)
        for first, minor in budgets.items()
        if period_of(plan, first).start != first or (minor is not None and minor < 0)
    ]
    if found:
        raise Refusal(NOT_KEPT, issues=found)
    with transaction.atomic():
        kept = {row.first: row.minor for row in PeriodBudget.objects.select_for_update().filter(plan=plan)}
        moved = {first: minor for first, minor in budgets.items() if kept.get(first) != minor}
        PeriodBudget.objects.filter(plan=plan, first__in=moved).delete()
        PeriodBudget.objects.bulk_create(
            PeriodBudget(plan=plan, first=first, minor=minor, by=actor.id, by_name=actor.name[:120])
            for first, minor in moved.items()
            if minor is not None
        )
        if moved:
            after = {"periods": sorted(each.isoformat() for each in moved)}
            record(actor=actor, act="pay_plan.budget", subject=plan, after=after)


def ask_forecast(*, actor: Actor, plan_id: UUID) -> Work:
    """Have a worker work out what the running period of a plan is likely to pay."""
    actor.must("pay.view")
    plan = IncentivePlan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise NotHere(NO_PLAN)
    return enqueue("incentives.forecast", subject=plan.pk, about=plan.name, asked_by=actor.id)


def forecast_again() -> None:
    """Bring forecasts of running periods up to date, in the transaction that wrote values or targets. One query, and
    those of the work.
    """
    today = accounts.today()
    rows = PeriodForecast.objects.filter(first__lte=today, last__gte=today).select_related("plan")
    for row in rows:
        enqueue("incentives.forecast", subject=row.plan_id, about=row.plan.name)


def forecast_plan(claim: Claim) -> None:
    """The worker's part."""
    plan, today = IncentivePlan.objects.filter(pk=claim.work.subject).first(), accounts.today()
    if plan is None:
        return
    period = period_of(plan, today)
    days = Days(period.start, period.end - timedelta(days=1))
    version = version_for(plan, days.first, days.last)
    if version is None:
        raise WorkFailed(NOBODY, retry=False)
    claim.progress(0, 2, READING)
    run = Run(plan=plan, version=version, first=days.first, last=days.last, kind=Run.Kind.DRY)
    snapshot, expected = as_of_now(run, people_of(run), days, today)
    claim.progress(1, 2, WORKING)
    found = forecast(snapshot, expected)
    with claim.completing():
        PeriodForecast.objects.update_or_create(
            plan=plan, first=days.first,
            defaults={"last": days.last, "at": timezone.now(), **_told(found)},
        )  # fmt: skip


def _told(found: Forecast) -> dict[str, object]:
    return {
        "sums": [
            [currency, team, each.likely, each.low, each.high] for (currency, team), each in sorted(found.sums.items())
        ],
        "people": found.people,
        "blocked": len(found.blocked),
        "missing": _once(found.blocked),
    }


def _once(blocked: Iterable[Blocked]) -> list[dict[str, object]]:
    """What is missing, each thing once."""
    told = {str(issue_as_json(issue)): issue_as_json(issue) for each in blocked for issue in each.issues}
    return list(told.values())[:MOST_NAMED]
