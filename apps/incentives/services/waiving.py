"""Forgive what somebody owes back: one person proposes it with a reason, a second approves it.

Only where the plan says so (`NegativeRule.WAIVE`); until then it is carried. What is forgiven is all that is owed at
the moment of the approval: whoever was paid less meanwhile is proposed anew.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain.deltas import NegativeRule, Waiver, settle
from apps.incentives.models import BalanceWaiver
from apps.incentives.selectors import balance_of
from apps.incentives.services.acting import REASON_LENGTH
from apps.kernel.issue import N_, Issue, NotHere, Refusal

NOT_WAIVED = N_("This cannot be waived. Please mend what is marked.")
NOTHING_OWED = N_("Nothing is owed back any more. Load the page again.")
NOT_IN_PLAN = N_("The plan carries what is owed back; it does not say that it may be waived.")
MOVED = N_("Another amount is owed by now. Take the proposal back and propose it anew.")
ONE_WAITS = N_("Somebody proposed to waive this already. It waits for a second person.")
DECIDED = N_("This was decided on already. Load the page again.")


@transaction.atomic
def propose_waiver(*, actor: Actor, participant_id: UUID, currency: str, reason: str) -> BalanceWaiver:
    """Propose to forgive all that somebody owes back in a currency."""
    actor.must("pay.prepare")
    left, run = balance_of(participant_id, currency)
    if not left or run is None:
        raise Refusal(NOTHING_OWED, status=409)
    found = []
    if run.version.terms.negative.rule is not NegativeRule.WAIVE:
        found.append(Issue("", NOT_IN_PLAN))
    if not reason.strip():
        found.append(Issue("reason", N_("Give a reason: the person reads it on their statement.")))
    if len(reason.strip()) > REASON_LENGTH:
        found.append(Issue("reason", N_("At most %(most)s characters."), {"most": REASON_LENGTH}))
    if found:
        raise Refusal(NOT_WAIVED, issues=found)
    try:
        with transaction.atomic():
            made = BalanceWaiver.objects.create(
                run=run, revision=run.revision, participant_id=participant_id, currency=currency, minor=-left,
                reason=reason.strip(), by=actor.id, by_name=actor.name[:120],
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(ONE_WAITS, status=409) from None
    record(actor=actor, act="pay_waiver.proposed", subject=run, note=made.reason)
    return made


@transaction.atomic
def approve_waiver(*, actor: Actor, waiver_id: UUID, now: datetime) -> BalanceWaiver:
    """Let it be forgiven: a second person, who is trusted to approve pay and is not the one who owes it."""
    actor.must("pay.approve")
    with connection.cursor() as cursor:  # the ledger's own lock: nobody settles this balance meanwhile
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':pay_ledger', 0))")
    made = _open(waiver_id)
    if made.participant.person_id == actor.id:
        raise Refusal(NOT_WAIVED, issues=[Issue("", N_("You owe this yourself. Somebody else has to do this."))])
    left, run = balance_of(made.participant_id, made.currency)
    if -left != made.minor or run is None or (run.pk, run.revision) != (made.run_id, made.revision):
        raise Refusal(MOVED, status=409)
    settle(0, left, run.version.terms.negative, Waiver(made.reason, str(made.by), str(actor.id)))
    made.approved_by, made.approved_by_name, made.approved_at = actor.id, actor.name[:120], now
    made.save(update_fields=["approved_by", "approved_by_name", "approved_at"])
    record(actor=actor, act="pay_waiver.approved", subject=run, note=made.reason)
    return made


@transaction.atomic
def withdraw_waiver(*, actor: Actor, waiver_id: UUID, now: datetime) -> BalanceWaiver:
    """Take a proposal back, or turn it down, before it is approved."""
    made = _open(waiver_id)
    if not actor.may("pay.prepare"):
        actor.must("pay.approve")
    made.withdrawn_at, made.withdrawn_by_name = now, actor.name[:120]
    made.save(update_fields=["withdrawn_at", "withdrawn_by_name"])
    record(actor=actor, act="pay_waiver.withdrawn", subject=made.run, note=made.reason)
    return made


def _open(waiver_id: UUID) -> BalanceWaiver:
    rows = BalanceWaiver.objects.select_for_update(of=("self",)).select_related("participant", "run__plan")
    made = rows.filter(pk=waiver_id).first()
    if made is None:
        raise NotHere(N_("There is no such proposal."))
    if made.approved_by is not None or made.withdrawn_at is not None:
        raise Refusal(DECIDED, status=409)
    return made
