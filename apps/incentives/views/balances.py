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
from apps.incentives.forms.scopes import WaiverForm
from apps.incentives.models import BalanceWaiver, Participant
from apps.incentives.presentation import runs as words
from apps.incentives.views.pieces import posted, sent
from apps.incentives.views.runs import crumbs

SHOWN = 200
NOBODY = UUID(int=0)


@requires("pay.view")
@require_http_methods(["GET", "POST"])
def balances(request: HttpRequest) -> HttpResponse:
    """Who owes what back, and what waits to be waived; proposes to. Eight queries."""
    form = WaiverForm(posted(request))
    asked = sent(form, lambda: services.propose_waiver(
        actor=request.actor, participant_id=form.cleaned_data.get("participant") or NOBODY,
        currency=form.text("currency"), reason=form.text("reason"),
    ))  # fmt: skip
    if asked.done:
        tell(request, _("It waits for a second person."))
        return redirect("pay:balances")
    return render(request, "incentives/runs/balances.html", _context(request, form), status=asked.status)


def _context(request: HttpRequest, form: WaiverForm) -> dict[str, object]:
    owed = sorted(selectors.balances().items(), key=lambda each: each[1])
    ids = {who for (who, _currency), _left in owed[:SHOWN]}
    people = Participant.objects.select_related("plan").in_bulk(ids)
    services.log_look(actor=request.actor, participants=people.values(), where="balance")
    waiting = {
        (each.participant_id, each.currency): each
        for each in BalanceWaiver.objects.filter(approved_by__isnull=True, withdrawn_at__isnull=True)
    }
    waivable = {
        plan.pk: any(version.terms.negative.rule is NegativeRule.WAIVE for version in plan.versions.all())
        for plan in selectors.plans_to_run().prefetch_related("versions")
    }
    done = BalanceWaiver.objects.filter(approved_by__isnull=False).select_related("participant", "run__plan")
    place = (form["participant"].value(), form["currency"].value()) if form.is_bound else ()
    rows = []
    for (who, currency), left in owed[:SHOWN]:
        if who not in people:
            continue
        waiver, person = waiting.get((who, currency)), people[who]
        may_be_waived = waivable.get(person.plan_id, False)
        rows.append({
            "participant": person, "currency": currency, "amount": words.amount(-left, currency), "waiver": waiver,
            "may_be_waived": may_be_waived, "open": may_be_waived and waiver is None,
            "form": form if (str(who), currency) == place else _empty(who, currency),
        })  # fmt: skip
    return {
        "rows": rows,
        "more": max(len(owed) - SHOWN, 0),
        "done": [(each, words.amount(each.minor, each.currency)) for each in done[:20]],
        "told": [] if any(row["form"] is form and row["open"] for row in rows) else form.errors.values(),
        "may_prepare": request.actor.may("pay.prepare"),
        "may_approve": request.actor.may("pay.approve"),
        "crumbs": crumbs(),
    }


def _empty(participant: UUID, currency: str) -> WaiverForm:
    return WaiverForm(initial={"participant": participant, "currency": currency}, auto_id=f"id_{participant}_%s")


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
