"""Begin runs: for a period of a plan, or only to see what it would come to."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.models import IncentivePlan, PeriodBudget, PlanVersion, Run, RunEvent
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.kernel.period import Grain, Period
from apps.workspaces.scope import current_workspace

CANNOT_BEGIN = N_("The run cannot begin. Please mend what is marked.")
NO_PLAN = N_("There is no such plan.")
NO_VERSION = N_("No published version of this plan holds for the whole period. Publish one, or choose another period.")
RUN_ALREADY = N_(
    "There is a run of this plan for this period already. Open it; a run made void makes room for another."
)
NOT_OVER = N_("The period ends on %(last)s. A regular run begins when it is over; try a dry run until then.")


def period_of(plan: IncentivePlan, day: date) -> Period:
    """The period of the plan that holds `day`, in the company's calendar."""
    return current_workspace().calendar.period_of(day, Grain(plan.period))


def begin_run(
    *, actor: Actor, plan_id: UUID, day: date, today: date, kind: str = Run.Kind.REGULAR, budget: int | None = None
) -> Run:
    """Begin a run of a plan for the period that holds `day`; a dry run pays nobody and needs no period that is over.
    Without a `budget` a regular run has that of its period.

    Refusal with every issue; 409 if there is a run of these days already, also where two people begin it at once.
    """
    actor.must("pay.prepare")
    plan = IncentivePlan.objects.filter(pk=plan_id).first()
    if plan is None:
        raise NotHere(NO_PLAN)
    period = period_of(plan, day)
    last = period.end - timedelta(days=1)
    version = version_for(plan, period.start, last)
    found = [] if version else [Issue("day", NO_VERSION)]
    if kind == Run.Kind.REGULAR and last >= today:
        found.append(Issue("day", NOT_OVER, {"last": last.isoformat()}))
    if budget is not None and budget < 0:
        found.append(Issue("budget", N_("A budget is 0 or more.")))
    if version is None or found:
        raise Refusal(CANNOT_BEGIN, issues=found)
    if budget is None and kind == Run.Kind.REGULAR:
        budget = PeriodBudget.objects.filter(plan=plan, first=period.start).values_list("minor", flat=True).first()
    try:
        with transaction.atomic():
            run = Run.objects.create(
                plan=plan, version=version, first=period.start, last=last, kind=kind, budget=budget,
                created_by=actor.id, created_by_name=actor.name[:120],
            )  # fmt: skip
            noted(run, actor, "begun")
            if kind != Run.Kind.DRY:
                record(actor=actor, act="pay_run.begun", subject=run)
    except IntegrityError:
        raise Refusal(RUN_ALREADY, status=409, issues=[Issue("day", RUN_ALREADY)]) from None
    return run


def version_for(plan: IncentivePlan, first: date, last: date) -> PlanVersion | None:
    """The published version that holds from `first` to `last`. One query."""
    rows = PlanVersion.objects.filter(
        plan=plan, status__in=[PlanVersion.Status.PUBLISHED, PlanVersion.Status.ENDED], effective_from__lte=first
    ).order_by("-effective_from")
    return next((row for row in rows if row.effective_until is None or row.effective_until >= last), None)


def noted(
    run: Run, actor: Actor, act: str, *, before: str = "", after: str = "", note: str = "", revision: int | None = None
) -> RunEvent:
    """Write down what was done to a run, in the caller's transaction."""
    return RunEvent.objects.create(
        run=run, act=act, before=before, after=after, note=note.strip(), by=actor.id, by_name=actor.name[:120],
        revision=run.revision if revision is None else revision,
    )  # fmt: skip
