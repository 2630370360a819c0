"""What is done to a run: one door for every act, judged by `domain.states`, and by the database again.

Whoever acts names the revision they saw. The run's row is held from the judgement to the end of the transaction, so of
two who approve, lock or open again at once the second finds the run moved on and is told so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.common import formats
from apps.incentives.domain.states import RULES, Act, Given, State, Verdict, judge
from apps.incentives.models import Calculation, IncentivePlan, Run, RunAcceptance, RunApproval, RunExport, RunProposal
from apps.incentives.selectors import (
    checks_of,
    facts_of,
    head_of_ledger,
    is_cumulative,
    leads_of,
    parts_of,
    runs_after,
)
from apps.incentives.services import posting
from apps.incentives.services.freshness import refresh_staleness
from apps.incentives.services.making import noted
from apps.incentives.services.people import people_who
from apps.incentives.services.releasing import supersede
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.notifications.services import tell

NO_RUN = N_("There is no such run.")
MOVED_ON = N_("Somebody was faster: the run is not what you saw. Load the page again to see where it stands.")
NOT_NOW = N_("This cannot be done to the run now.")
NET_OF_THIS = N_(
    "The run for %(first)s to %(last)s paid the year to date, net of this one. Open that one again first, or correct "
    "this one."
)
TO_REVIEW = N_("What “%(plan)s” pays your team for %(first)s to %(last)s waits for your review.")
POSTING_ACTS = (Act.LOCK, Act.REOPEN, Act.VOID)
REASON_LENGTH = 300

WORDS = {
    Act.SUBMIT: "pay_run.submitted",
    Act.COMMENT: "pay_run.commented",
    Act.RETURN: "pay_run.returned",
    Act.APPROVE: "pay_run.approved",
    Act.REJECT: "pay_run.rejected",
    Act.LOCK: "pay_run.locked",
    Act.PAY: "pay_run.paid",
    Act.REOPEN: "pay_run.reopened",
    Act.VOID: "pay_run.voided",
}


def hold_run(run_id: UUID, revision: int | None = None) -> Run:
    """A run, held until the transaction ends; 409 if `revision` is not what stands any more."""
    run = Run.objects.select_for_update(of=("self",)).select_related("plan", "version").filter(pk=run_id).first()
    if run is None:
        raise NotHere(NO_RUN)
    if revision is not None and run.revision != revision:
        raise Refusal(MOVED_ON, status=409)
    return run


def must(act: Act, run: Run, actor: Actor, given: Given | None = None, *, told: bool = False) -> tuple[Issue, ...]:
    """Refuse what `domain.states` refuses; with `told` hand the reasons back instead."""
    verdict = _judged(act, run, actor, given or Given())
    if verdict.issues and not told:
        raise _refused(verdict)
    return verdict.issues


def _judged(act: Act, run: Run, actor: Actor, given: Given) -> Verdict:
    facts = facts_of(run, ready=RULES[act].ready)
    return judge(act, facts, str(actor.id), parts_of(actor, run), given)


def _refused(verdict: Verdict) -> Refusal:
    stood = any(RULES_STATE in issue.message for issue in verdict.issues)
    return Refusal(NOT_NOW, status=409 if stood else 422, issues=verdict.issues)


RULES_STATE = "does not stand where this is possible"


@transaction.atomic
def act_on_run(
    *,
    actor: Actor,
    run_id: UUID,
    act: Act,
    revision: int,
    now: datetime,
    given: Given | None = None,
    paid_on: date | None = None,
) -> Run:
    """Submit, comment, return, approve, reject, lock, confirm as paid, open again or make void.

    An act that takes two is proposed by the first person and done by the second. Refusal with everything that stands in
    the way; 409 where the run is not what the person saw.
    """
    given = _trimmed(given or Given())
    run = hold_run(run_id, revision)
    if run.kind == Run.Kind.DRY:
        raise Refusal(NOT_NOW, issues=[Issue("", N_("A dry run is only looked at. Begin a regular run."))])
    if act in POSTING_ACTS and is_cumulative(run):  # of a year one run at a time is posted or taken back
        IncentivePlan.objects.select_for_update(no_key=True).get(pk=run.plan_id)
    if RULES[act].ready:
        refresh_staleness(run)
    proposal = RunProposal.objects.select_for_update().filter(run=run, act=act, ended_at__isnull=True).first()
    if proposal is not None:
        given = replace(given, reason=given.reason or proposal.reason, ticket=given.ticket or proposal.ticket)
    verdict = _judged(act, run, actor, given)
    verdict = replace(verdict, issues=(*verdict.issues, *_net_of(run, act)))
    if act is Act.PAY:
        verdict = replace(verdict, issues=(*verdict.issues, *_paid_how(run, given, paid_on)))
    if not verdict.allowed:
        raise _refused(verdict)
    if verdict.proposed:
        return _proposed(run, act, actor, given)
    if act is Act.COMMENT:
        if not given.reason:
            raise Refusal(NOT_NOW, issues=[Issue("reason", N_("Write something."))])
        noted(run, actor, act, note=given.reason)
        return run
    if proposal is not None:
        proposal.confirmed_by, proposal.confirmed_by_name, proposal.ended_at = actor.id, actor.name[:120], now
        proposal.save(update_fields=["confirmed_by", "confirmed_by_name", "ended_at"])
    if act is Act.APPROVE:
        _approve(run, actor)
    _step(run, act, verdict.state, actor, given, paid_on, now)
    return run


def _net_of(run: Run, act: Act) -> list[Issue]:
    """What later runs of the year are net of is not taken back behind them. One query, where it matters."""
    if act not in (Act.REOPEN, Act.VOID) or run.state != State.LOCKED or not is_cumulative(run):
        return []
    return [
        Issue("", NET_OF_THIS, {"first": formats.day(each.first), "last": formats.day(each.last)})
        for each in runs_after(run)
    ]


def _paid_how(run: Run, given: Given, paid_on: date | None) -> list[Issue]:
    """A run is paid by a file that was taken out of this very revision, on a day. One query."""
    found = [] if paid_on else [Issue("paid_on", N_("Say on which day it was paid."))]
    if given.file and not RunExport.objects.filter(run=run, revision=run.revision, name=given.file).exists():
        found.append(Issue("file", N_("No payroll file of this run has this id. Take it from the file.")))
    return found


def _trimmed(given: Given) -> Given:
    reason, ticket, file = given.reason.strip(), given.ticket.strip(), given.file.strip()
    long = [
        Issue(where, N_("At most %(most)s characters."), {"most": most})
        for where, text, most in (("reason", reason, REASON_LENGTH), ("ticket", ticket, 60), ("file", file, 80))
        if len(text) > most
    ]
    if long:
        raise Refusal(NOT_NOW, issues=long)
    return Given(reason, ticket, file)


def _proposed(run: Run, act: Act, actor: Actor, given: Given) -> Run:
    RunProposal.objects.create(
        run=run, act=act, reason=given.reason, ticket=given.ticket, by=actor.id, by_name=actor.name[:120]
    )
    noted(run, actor, f"propose_{act}", note=_note(given))
    record(actor=actor, act="pay_run.proposed", subject=run, after={"act": str(act)})
    return run


def _note(given: Given) -> str:
    return given.reason + (f" ({given.ticket})" if given.ticket else "")


def _approve(run: Run, actor: Actor) -> None:
    step = RunApproval.objects.filter(run=run, revision=run.revision).count() + 1
    RunApproval.objects.create(
        run=run, revision=run.revision, content=run.content, step=step, head=head_of_ledger(), by=actor.id,
        by_name=actor.name[:120],
    )  # fmt: skip


def _step(run: Run, act: Act, state: State, actor: Actor, given: Given, paid_on: date | None, now: datetime) -> None:
    before = State(run.state)
    if state is not before:
        run.state, run.acted_by, run.reason, run.ticket = state, actor.id, given.reason, given.ticket
        if act is Act.PAY:
            run.payroll_file, run.paid_on = given.file, paid_on
        if act is Act.LOCK:
            run.head = head_of_ledger()
        run.save()
    if act is Act.LOCK:
        posting.post(run, now)
    if act in (Act.REOPEN, Act.VOID) and before is State.LOCKED:
        posting.take_back(run, now)
        supersede(run, now)
    if act is Act.SUBMIT:
        _tell_leads(run, actor)
    noted(run, actor, act, before=before, after=state, note=_note(given))
    record(actor=actor, act=WORDS[act], subject=run, after={"revision": run.revision}, note=given.reason)


def _tell_leads(run: Run, actor: Actor) -> None:
    """Whoever reviews their team's pay hears that it is there, and no amount."""
    leads = set(leads_of(run)) & set(people_who("pay.review"))
    tell(
        people=sorted(leads - {actor.id}),
        kind="pay.review",
        message=TO_REVIEW,
        params={"plan": run.plan.name, "first": run.first, "last": run.last},
        url=reverse("pay:review", args=[run.pk]),
        key=f"review:{run.pk}:{run.revision}",
    )


@transaction.atomic
def withdraw_proposal(*, actor: Actor, run_id: UUID, act: Act, now: datetime) -> Run:
    """Take back what was proposed and not done: whoever proposed it, or whoever could confirm it."""
    run = hold_run(run_id)
    proposal = RunProposal.objects.select_for_update().filter(run=run, act=act, ended_at__isnull=True).first()
    if proposal is None:
        raise Refusal(N_("Nothing of this kind is proposed any more."), status=409)
    if proposal.by != actor.id and not RULES[act].parts & parts_of(actor, run):
        raise Refusal(NOT_NOW, status=403)
    proposal.withdrawn_by_name, proposal.ended_at = actor.name[:120], now
    proposal.save(update_fields=["withdrawn_by_name", "ended_at"])
    noted(run, actor, f"withdraw_{act}")
    return run


@transaction.atomic
def let_check_be(*, actor: Actor, run_id: UUID, revision: int, check: str, subject: str, reason: str) -> RunAcceptance:
    """Let a check be that may be, with a reason, and for exactly what was found: an approver who did not calculate."""
    actor.must("pay.approve")
    run = hold_run(run_id, revision)
    found = next((each for each in checks_of(run) if (each.name, each.subject) == (check, subject)), None)
    issues = []
    if found is None or not found.may_be_let:
        raise NotHere(N_("This check does not stand in the way any more, or has to be mended."))
    if run.calculated_by == actor.id:
        issues.append(Issue("", N_("You calculated this run. Somebody else has to do this.")))
    if run.state not in (State.CALCULATED, State.IN_REVIEW):
        issues.append(Issue("", MOVED_ON))
    if not reason.strip():
        issues.append(Issue("reason", N_("Give a reason. It is kept with the run.")))
    if issues:
        raise Refusal(NOT_NOW, issues=issues)
    made, fresh = RunAcceptance.objects.get_or_create(
        run=run, check_name=check, subject=subject,
        defaults={"reason": reason.strip()[:REASON_LENGTH], "by": actor.id, "by_name": actor.name[:120]},
    )  # fmt: skip
    if fresh:
        noted(run, actor, "let", note=made.reason)
        record(actor=actor, act="pay_run.check_let", subject=run, after={"check": check}, note=made.reason)
    return made


@transaction.atomic
def set_budget(*, actor: Actor, run_id: UUID, budget: int | None) -> Run:
    """Say what a run may come to, in minor units of the plan's currency; None for no budget."""
    actor.must("pay.prepare")
    run = hold_run(run_id)
    must(Act.CHANGE_INPUTS, run, actor)
    if budget is not None and budget < 0:
        raise Refusal(NOT_NOW, issues=[Issue("budget", N_("A budget is 0 or more."))])
    run.budget = budget
    run.save(update_fields=["budget"])
    noted(run, actor, "budget")
    return run


@transaction.atomic
def delete_dry_run(*, actor: Actor, run_id: UUID) -> None:
    """Remove a dry run: it pays nobody."""
    actor.must("pay.prepare")
    run = hold_run(run_id)
    if run.kind != Run.Kind.DRY:
        raise Refusal(N_("A run is made void, never deleted."), status=409)
    from apps.incentives.services.calculating import remove_rows

    for made in Calculation.objects.filter(run=run):
        remove_rows(run, made.revision)
    run.delete()
