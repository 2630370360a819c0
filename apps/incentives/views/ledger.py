"""The ledger: every posting, and the proof that none was changed."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.incentives import selectors, services
from apps.incentives.models import Participant, Run
from apps.incentives.presentation import runs as words

PER_PAGE = 50


@requires("pay.view")
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Postings, the newest first, searched by name, period or number. Six queries."""
    search = request.GET.get("q", "").strip()[:80]
    named = Participant.objects.filter(name__icontains=search).values_list("key", flat=True) if search else ()
    page = Paginator(selectors.ledger_entries(search, people=named), PER_PAGE).get_page(request.GET.get("page"))
    people = {each.key: each for each in Participant.objects.filter(key__in=[each.participant for each in page])}
    posted = Run.objects.filter(pk__in={each.run.split(":")[0] for each in page}).select_related("plan")
    runs = {str(each.pk): f"{each.plan.name} · {words.period_word(each)}" for each in posted}
    services.log_look(actor=request.actor, participants=people.values(), where="ledger")
    context = {
        "page": page,
        "query": search,
        "head": selectors.head_of_ledger(),
        "rows": [
            {
                "entry": each,
                "name": people[each.participant].name if each.participant in people else each.participant,
                "kind": words.KIND_WORDS[each.kind],
                "amount": words.change(each.minor, each.currency),
                "run": each.run.split(":")[0] if each.run.split(":")[0] in runs else "",
                "place": runs.get(each.run.split(":")[0], f"{each.plan} · {each.period}"),
                "cause": _(each.cause) if each.cause else "",
            }
            for each in page
        ],
        "crumbs": [(_("Runs of pay"), reverse("pay:runs"))],
    }
    return render(request, "incentives/runs/ledger.html", context)


@requires("pay.view")
@require_GET
def proof(request: HttpRequest) -> HttpResponse:
    """Go through the whole chain, work every hash out again, and say whether it stands. Three queries."""
    found = selectors.proof()
    context = {
        "proof": found,
        "issues": [{"where": each.where, "message": each.in_words(_)} for each in found.broken[:50]],
        "crumbs": [(_("Runs of pay"), reverse("pay:runs")), (_("Ledger"), reverse("pay:ledger"))],
    }
    return render(request, "incentives/runs/proof.html", context)
