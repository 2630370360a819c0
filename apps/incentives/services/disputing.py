"""Say that one has read a statement; dispute it; answer, accept, refuse and close a dispute.

What somebody writes is theirs and HR's: it stands in the thread, never in a notice, a log or the company's trail.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain.disputes import (
    DISPUTE_RULES,
    DisputeAct,
    DisputeState,
    dispute_issues,
    raise_issues,
    sides_of,
)
from apps.incentives.models import Dispute, DisputeNote, Statement, StatementAcknowledgement
from apps.incentives.selectors.statements import NO_STATEMENT, Sight, dispute_for, statement_for
from apps.incentives.services.people import people_who
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.notifications.services import tell

MEND = N_("Please mend what is marked.")
WORDING = N_("I have received this statement. Receiving it does not mean that I agree with it.")
MOST = 4_000
SUPERSEDED = N_("This statement is superseded. Look at the one that replaces it.")


@transaction.atomic
def acknowledge(*, actor: Actor, statement_id: UUID, fingerprint: str, now: datetime) -> StatementAcknowledgement:
    """Somebody says that they received their own statement. Saying it twice is saying it once."""
    seen = statement_for(actor, statement_id)
    if not seen.own:
        raise NotHere(NO_STATEMENT)
    row = seen.statement
    if row.superseded_at is not None or fingerprint != row.fingerprint:
        raise Refusal(SUPERSEDED, status=409)
    made, _fresh = StatementAcknowledgement.objects.get_or_create(
        statement=row,
        defaults={
            "person_id": actor.id, "person_name": actor.name[:120], "fingerprint": row.fingerprint,
            "wording": _(WORDING), "at": now,
        },
    )  # fmt: skip
    return made


@transaction.atomic
def raise_dispute(
    *, actor: Actor, statement_id: UUID, component: str, text: str, today: date, now: datetime
) -> Dispute:
    """Dispute one's own statement, within the plan's time. Refusal says everything that stands in the way."""
    seen = statement_for(actor, statement_id)
    if not seen.own:
        raise NotHere(NO_STATEMENT)
    row = Statement.objects.select_for_update(of=("self",)).select_related("run__plan").get(pk=statement_id)
    live = row.disputes.exclude(state=DisputeState.CLOSED).exists()
    superseded = row.superseded_at is not None
    issues = [*raise_issues(today, row.dispute_until, superseded=superseded, live=live, text=text), *_long(text)]
    if component and component not in {each.key for each in row.paper.plan.components}:
        issues.append(Issue("component", N_("This is not a line of the statement.")))
    if issues:
        raise Refusal(MEND, issues=issues)
    try:
        made = Dispute.objects.create(
            statement=row, component=component, raised_by=actor.id, raised_by_name=actor.name[:120], raised_at=now
        )
    except IntegrityError:
        raise Refusal(MEND, issues=raise_issues(today, today, superseded=False, live=True, text="-")) from None
    _note(made, DisputeAct.RAISE, text, actor, now)
    record(actor=actor, act="pay_dispute.raised", subject=made)
    tell(
        people=people_who("pay.prepare"),
        kind="pay.dispute",
        message=N_("%(who)s disputes a pay statement."),
        params={"who": actor.name},
        url=reverse("pay:dispute", args=[made.pk]),
        key=f"dispute:{made.pk}",
        but=actor.id,
    )
    return made


@transaction.atomic
def act_on_dispute(
    *, actor: Actor, dispute_id: UUID, act: DisputeAct, text: str, now: datetime, remedy: str = ""
) -> Dispute:
    """Say more, answer, accept, refuse or close. An accepted dispute says how it is made good; no run is opened."""
    _row, seen = dispute_for(actor, dispute_id)
    held = Dispute.objects.select_for_update(of=("self",)).select_related("statement__participant").get(pk=dispute_id)
    sides = sides_of(own=seen.own, looks_after_pay=seen.sight is Sight.PAY and actor.may("pay.prepare"))
    issues = [*dispute_issues(act, DisputeState(held.state), sides, text), *_long(text)]
    if act is DisputeAct.ACCEPT and remedy not in Dispute.Remedy.values:
        issues.append(Issue("remedy", N_("Say how it is made good.")))
    if issues:
        stood = any("does not stand where" in each.message for each in issues)
        raise Refusal(MEND, status=409 if stood else 422, issues=issues)
    held.state = DISPUTE_RULES[act].to
    if act in (DisputeAct.ACCEPT, DisputeAct.REFUSE):
        held.decided_by, held.decided_by_name, held.decided_at = actor.id, actor.name[:120], now
        held.remedy = remedy if act is DisputeAct.ACCEPT else ""
    if act is DisputeAct.CLOSE:
        held.closed_at = now
    held.save()
    note = _note(held, act, text, actor, now)
    record(actor=actor, act=_DONE[act], subject=held)
    _tell(held, note, actor)
    return held


_DONE = {
    DisputeAct.SAY: "pay_dispute.said",
    DisputeAct.ANSWER: "pay_dispute.answered",
    DisputeAct.ACCEPT: "pay_dispute.accepted",
    DisputeAct.REFUSE: "pay_dispute.refused",
    DisputeAct.CLOSE: "pay_dispute.closed",
}


def _tell(dispute: Dispute, note: DisputeNote, actor: Actor) -> None:
    """The other side hears that there is something new, and nothing of what it is."""
    others = set(dispute.notes.values_list("by", flat=True)) | {dispute.raised_by}
    tell(
        people=others,
        kind="pay.dispute",
        message=N_("There is something new in a dispute about a pay statement."),
        url=reverse("pay:dispute", args=[dispute.pk]),
        key=f"dispute_note:{note.pk}",
        but=actor.id,
    )


def _note(dispute: Dispute, act: DisputeAct, text: str, actor: Actor, now: datetime) -> DisputeNote:
    return DisputeNote.objects.create(
        dispute=dispute, act=act, text=text.strip(), by=actor.id, by_name=actor.name[:120], at=now
    )


def _long(text: str) -> list[Issue]:
    return [Issue("text", N_("At most %(most)s characters."), {"most": MOST})] if len(text) > MOST else []
