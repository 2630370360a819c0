"""What people add to a run before it goes into review: amounts by hand, what counts for a missing value, rates.

Amounts and void components take two: one writes, another approves. All of it belongs to the run, not to a revision, so
it outlives every recalculation; what was calculated before becomes stale (a trigger sees to it).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain.components import Verdict
from apps.incentives.domain.plan import Missing
from apps.incentives.domain.rounding import minor_digits
from apps.incentives.domain.states import Act, Given, Part, adjustment_issues
from apps.incentives.models import Participant, Run, RunAdjustment, RunDecision, RunRate
from apps.incentives.selectors import parts_of
from apps.incentives.services.acting import NOT_NOW, REASON_LENGTH, hold_run, must
from apps.incentives.services.making import noted
from apps.kernel.issue import N_, Issue, NotHere, Refusal

MOST = 1_000_000_000_000_000
"""Minor units: what is added by hand is never more."""

NO_REASON = N_("Give a reason. It is kept with the run.")
NOT_TRUSTED = N_("You are not trusted with this. Ask whoever looks after pay in your company.")


@transaction.atomic
def adjust(*, actor: Actor, run_id: UUID, participant_id: UUID, minor: int, reason: str) -> RunAdjustment:
    """Propose a signed amount for somebody, in minor units of what they are paid in, with a reason."""
    run = hold_run(run_id)
    must(Act.ADJUST, run, actor, Given(reason=reason.strip() or ""))
    person = Participant.objects.filter(pk=participant_id, plan_id=run.plan_id).first()
    found = []
    if person is None:
        found.append(Issue("participant", N_("Choose somebody who takes part in the plan.")))
    if minor == 0 or abs(minor) > MOST:
        found.append(Issue("amount", N_("Give an amount other than 0.")))
    found += _too_long(reason)
    if person is None or found:
        raise Refusal(NOT_NOW, issues=found)
    made = RunAdjustment.objects.create(
        run=run, participant=person, minor=minor, currency=person.currency or run.plan.currency,
        reason=reason.strip(), by=actor.id, by_name=actor.name[:120],
    )  # fmt: skip
    noted(run, actor, "adjust", note=made.reason)
    record(actor=actor, act="pay_run.adjusted", subject=run, note=made.reason)
    return made


@transaction.atomic
def approve_adjustment(*, actor: Actor, adjustment_id: UUID, now: datetime) -> RunAdjustment:
    """Let an amount count: a second person, trusted to approve or to lock."""
    made, run = _adjustment(adjustment_id)
    _trusted(actor, run, Part.APPROVER, Part.HR_ADMIN)
    found = adjustment_issues(str(made.by), str(made.participant.person_id), str(actor.id))
    if made.approved_by is not None or made.withdrawn_at is not None:
        raise Refusal(N_("This amount was decided on already. Load the page again."), status=409)
    if found:
        raise Refusal(NOT_NOW, issues=found)
    made.approved_by, made.approved_by_name, made.approved_at = actor.id, actor.name[:120], now
    made.save(update_fields=["approved_by", "approved_by_name", "approved_at"])
    noted(run, actor, "approve_adjustment", note=made.reason)
    record(actor=actor, act="pay_run.adjustment_approved", subject=run, note=made.reason)
    return made


@transaction.atomic
def withdraw_adjustment(*, actor: Actor, adjustment_id: UUID, now: datetime) -> RunAdjustment:
    """Take an amount back; what it was and why it was added stays to be read."""
    made, run = _adjustment(adjustment_id)
    _trusted(actor, run, Part.BONUS_ADMIN, Part.APPROVER, Part.HR_ADMIN)
    if made.withdrawn_at is None:
        made.withdrawn_at, made.withdrawn_by_name = now, actor.name[:120]
        made.save(update_fields=["withdrawn_at", "withdrawn_by_name"])
        noted(run, actor, "withdraw_adjustment", note=made.reason)
        record(actor=actor, act="pay_run.adjustment_withdrawn", subject=run, note=made.reason)
    return made


def _adjustment(adjustment_id: UUID) -> tuple[RunAdjustment, Run]:
    made = RunAdjustment.objects.select_related("participant").filter(pk=adjustment_id).first()
    if made is None:
        raise NotHere(N_("There is no such amount."))
    run = hold_run(made.run_id)
    made.refresh_from_db(fields=["approved_by", "withdrawn_at"])
    _open(run)
    return made, run


def _open(run: Run) -> None:
    if run.state not in ("draft", "calculated", "reopened"):
        raise Refusal(N_("The run has gone into review: return it first."), status=409)


def _trusted(actor: Actor, run: Run, *parts: Part) -> None:
    if not parts_of(actor, run) & set(parts):
        raise Refusal(NOT_TRUSTED, status=403)


def _too_long(reason: str) -> list[Issue]:
    if len(reason.strip()) <= REASON_LENGTH:
        return []
    return [Issue("reason", N_("At most %(most)s characters."), {"most": REASON_LENGTH})]


# --- what counts for a missing value ---------------------------------------------------------------------------------


@transaction.atomic
def decide(*, actor: Actor, run_id: UUID, component: str, team: str, verdict: str, reason: str) -> RunDecision:
    """Say that a component without a value pays nothing, or is void and gives its weight to the others; as the plan
    allows. Deciding again replaces what was decided."""
    run = hold_run(run_id)
    must(Act.CHANGE_INPUTS, run, actor)
    terms = run.version.terms
    found = _too_long(reason)
    if component not in {each.key for each in terms.components}:
        found.append(Issue("component", N_("Choose a component of the plan.")))
    allowed = {Missing.ZERO: "zero", Missing.REWEIGHT: "void"}.get(terms.missing)
    if verdict not in ("zero", "void") or verdict != allowed:
        text = N_("The plan does not allow this decision about a missing value. Upload the data.")
        found.append(Issue("verdict", text))
    if not reason.strip():
        found.append(Issue("reason", NO_REASON))
    if found:
        raise Refusal(NOT_NOW, issues=found)
    RunDecision.objects.filter(run=run, component=component, team=team).delete()
    made = RunDecision.objects.create(
        run=run, component=component, team=team, verdict=Verdict(verdict), reason=reason.strip(), by=actor.id,
        by_name=actor.name[:120],
    )  # fmt: skip
    noted(run, actor, "decide", note=made.reason)
    record(actor=actor, act="pay_run.decided", subject=run, after={"component": component, "verdict": verdict})
    return made


@transaction.atomic
def approve_decision(*, actor: Actor, decision_id: UUID) -> RunDecision:
    """The second person's word that a component is void."""
    made, run = _decision(decision_id)
    _trusted(actor, run, Part.APPROVER, Part.HR_ADMIN)
    if made.by == actor.id:
        raise Refusal(NOT_NOW, issues=[Issue("", N_("You decided this. A second person has to confirm it."))])
    if made.approved_by is None:
        made.approved_by, made.approved_by_name = actor.id, actor.name[:120]
        made.save(update_fields=["approved_by", "approved_by_name"])
        noted(run, actor, "approve_decision", note=made.reason)
        record(actor=actor, act="pay_run.decision_approved", subject=run, after={"component": made.component})
    return made


@transaction.atomic
def take_decision_back(*, actor: Actor, decision_id: UUID) -> Run:
    """Undo a decision about a missing value."""
    made, run = _decision(decision_id)
    must(Act.CHANGE_INPUTS, run, actor)
    made.delete()
    noted(run, actor, "undecide", note=made.reason)
    record(actor=actor, act="pay_run.decision_withdrawn", subject=run, after={"component": made.component})
    return run


def _decision(decision_id: UUID) -> tuple[RunDecision, Run]:
    made = RunDecision.objects.filter(pk=decision_id).first()
    if made is None:
        raise NotHere(N_("There is no such decision."))
    run = hold_run(made.run_id)
    _open(run)
    return made, run


# --- rates -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_rate(*, actor: Actor, run_id: UUID, currency: str, rate: Decimal, note: str) -> RunRate:
    """Give the exchange rate of a currency for this run, with where it comes from. Giving it again replaces it."""
    run = hold_run(run_id)
    must(Act.CHANGE_INPUTS, run, actor)
    found = []
    try:
        minor_digits(currency)
    except Refusal as refusal:
        found.append(Issue("currency", refusal.message, refusal.params))
    if currency == run.plan.currency:
        found.append(Issue("currency", N_("This is the plan's own currency.")))
    if not rate.is_finite() or rate <= 0:
        found.append(Issue("rate", N_("A rate is above 0.")))
    if not note.strip():
        found.append(Issue("note", N_("Say where the rate comes from: which bank, which day.")))
    if found:
        raise Refusal(NOT_NOW, issues=found)
    made, _fresh = RunRate.objects.update_or_create(
        run=run, currency=currency,
        defaults={"rate": rate, "note": note.strip()[:200], "by": actor.id, "by_name": actor.name[:120]},
    )  # fmt: skip
    noted(run, actor, "rate", note=f"{currency}: {made.note}")
    record(actor=actor, act="pay_run.rate_given", subject=run, after={"currency": currency})
    return made
