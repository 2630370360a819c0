"""Where a run stands, what somebody has to do with it already, and what they may do to it now."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor, Role
from apps.incentives.domain.states import Act, Approval, Facts, Part, State, acts_of
from apps.incentives.models import (
    Calculation,
    Run,
    RunAdjustment,
    RunApproval,
    RunExport,
    RunProposal,
    RunResult,
)
from apps.incentives.selectors.checks import blocking_of

PARTS = {
    "pay.prepare": Part.BONUS_ADMIN,
    "pay.approve": Part.APPROVER,
    "pay.lock": Part.HR_ADMIN,
    "pay.payroll": Part.PAYROLL,
}
"""Which permission trusts somebody with which part; who reviews is asked by `parts_of`."""


def parts_of(actor: Actor, run: Run) -> frozenset[Part]:
    """What somebody is trusted with in a run. A manager reviews only where the plan lets leads see their team, and
    they lead one that is in the run: then two queries."""
    found = {part for permission, part in PARTS.items() if actor.may(permission)}
    if actor.may("pay.review") and (Role.HR in actor.roles or _leads_in(actor, run)):
        found.add(Part.REVIEWER)
    return frozenset(found)


def _leads_in(actor: Actor, run: Run) -> bool:
    return run.version.lead_sees_team and bool(led_in(actor, run))


def led_in(actor: Actor, run: Run) -> list[str]:
    """The teams in a run that somebody leads, by id. Two queries."""
    return teams_of(run, frozenset(str(line.id) for line in accounts.team_lines() if line.lead_id == actor.id))


def teams_of(run: Run, some: frozenset[str]) -> list[str]:
    """Which of some teams are in a run. One query; none without a team."""
    if not some:
        return []
    rows = RunResult.objects.filter(run=run, revision=run.revision, teams__overlap=sorted(some))
    return sorted(some & {team for teams in rows.values_list("teams", flat=True) for team in teams})


def facts_of(run: Run, *, ready: bool = True) -> Facts:
    """What is known of a run when somebody wants to do something. Eight queries, and those of the checks if `ready`."""
    here = {"run": run, "revision": run.revision}
    approvals = RunApproval.objects.filter(**here, content=run.content).order_by("step")
    uploaders, published_at = Calculation.objects.filter(**here).values_list("uploaders", "published_at").first() or (
        [],
        None,
    )
    adjusters = RunAdjustment.objects.filter(run=run, withdrawn_at__isnull=True).values_list("by", flat=True)
    proposals = RunProposal.objects.filter(run=run, ended_at__isnull=True)
    return Facts(
        State(run.state),
        run.content,
        run.stale,
        blocking_of(run) if ready else 0,
        run.version.approval_steps,
        tuple(Approval(str(each.by), each.content) for each in approvals),
        str(run.calculated_by or ""),
        frozenset(map(str, adjusters)),
        frozenset(map(str, uploaders)),
        frozenset(map(str, RunExport.objects.filter(run=run).values_list("by", flat=True))),
        payees_of(run),
        {Act(each.act): str(each.by) for each in proposals},
        run.corrections.exclude(state=State.VOID).exists(),
        published_at is not None,
    )


def payees_of(run: Run) -> frozenset[str]:
    """Who is paid by a run, as far as it matters: at most two of them, by their accounts. One query."""
    paid = RunResult.objects.filter(run=run, revision=run.revision).order_by()
    people = paid.values_list(F("participant__person_id"), flat=True).distinct()[:2]
    return frozenset("" if each is None else str(each) for each in people)


def acts_for(actor: Actor, run: Run, facts: Facts | None = None) -> tuple[Act, ...]:
    """What a page offers somebody to do. The queries of `facts_of`, and one for managers."""
    if run.kind == Run.Kind.DRY:
        return (Act.CALCULATE,) if Part.BONUS_ADMIN in parts_of(actor, run) else ()
    return acts_of(facts or facts_of(run), str(actor.id), parts_of(actor, run))


def is_posted(run: Run) -> bool:
    """Whether all of a run that was locked is in the ledger. One query."""
    made = Calculation.objects.filter(run=run, revision=run.revision)
    return made.filter(published_at__isnull=False).exists()


def person_of(run: Run, person_id: UUID) -> bool:
    """Whether somebody is paid by a run. One query."""
    return RunResult.objects.filter(run=run, revision=run.revision, participant__person_id=person_id).exists()
