"""What people owe back: carried to their next pay, or waived by two people where the plan says so."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.incentives import selectors, services
from apps.incentives.domain.deltas import NegativeRule
from apps.incentives.models import BalanceWaiver, Participant
from apps.incentives.presentation import runs as words
from apps.incentives.presentation.own import issues
from apps.incentives.views.runs import crumbs
from apps.kernel.issue import Refusal

SHOWN = 200


@requires("pay.view")
@require_http_methods(["GET", "POST"])
def balances(request: HttpRequest) -> HttpResponse:
    """Who owes what back, and what waits to be waived; proposes to. Eight queries."""
    told, status = {}, 200
    if request.method == "POST":
        asked = request.POST.get("participant", ""), request.POST.get("currency", "")[:3]
        try:
            services.propose_waiver(
                actor=request.actor, participant_id=_uuid(asked[0]), currency=asked[1],
                reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except Refusal as refusal:
            told, status = {"place": asked, "issues": issues(refusal)}, refusal.status
        else:
            tell(request, _("It waits for a second person."))
            return redirect("pay:balances")
    return render(request, "incentives/runs/balances.html", _context(request, told), status=status)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _context(request: HttpRequest, told: dict[str, object]) -> dict[str, object]:
    owed = sorted(selectors.balances().items(), key=lambda each: each[1])
    ids = {who for (who, _currency), _left in owed[:SHOWN]}
    people = Participant.objects.select_related("plan").in_bulk(ids)
    services.log_look(actor=request.actor, participants=people.values(), where="balance")
    waiting = {
        (each.participant_id, each.currency): each
        for each in BalanceWaiver.objects.filter(approved_by__isnull=True, withdrawn_at__isnull=True)
    }
    may_be_waived = {
        plan.pk: any(version.terms.negative.rule is NegativeRule.WAIVE for version in plan.versions.all())
        for plan in selectors.plans_to_run().prefetch_related("versions")
    }
    done = BalanceWaiver.objects.filter(approved_by__isnull=False).select_related("participant", "run__plan")
    return {
        "rows": [
            {
                "participant": people[who],
                "currency": currency,
                "amount": words.amount(-left, currency),
                "waiver": waiting.get((who, currency)),
                "may_be_waived": may_be_waived.get(people[who].plan_id, False),
                "told": told.get("issues") if told.get("place") == (str(who), currency) else None,
            }
            for (who, currency), left in owed[:SHOWN]
            if who in people
        ],
        "more": max(len(owed) - SHOWN, 0),
        "done": [(each, words.amount(each.minor, each.currency)) for each in done[:20]],
        "issues": told.get("issues"),
        "reason": request.POST.get("reason", ""),
        "may_prepare": request.actor.may("pay.prepare"),
        "may_approve": request.actor.may("pay.approve"),
        "crumbs": crumbs(),
    }


@requires("pay.approve")
@require_POST
def approve(request: HttpRequest, waiver_id: UUID) -> HttpResponse:
    """Let it be waived."""
    services.approve_waiver(actor=request.actor, waiver_id=waiver_id, now=timezone.now())
    tell(request, _("It is waived: nothing of it is taken from later pay."))
    return redirect("pay:balances")


@requires("pay.view")
@require_POST
def withdraw(request: HttpRequest, waiver_id: UUID) -> HttpResponse:
    """Take a proposal back, or turn it down."""
    services.withdraw_waiver(actor=request.actor, waiver_id=waiver_id, now=timezone.now())
    tell(request, _("The proposal is taken back."))
    return redirect("pay:balances")
