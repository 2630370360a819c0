"""A run for who sees some teams of it: what these people are due; by a lead it is commented on, or returned."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.incentives import selectors, services
from apps.incentives.domain.states import Act, Part
from apps.incentives.forms.runs import ActForm
from apps.incentives.models import Run
from apps.incentives.presentation import runs as words
from apps.incentives.views.pieces import posted, sent

ACTS = (Act.COMMENT, Act.RETURN)
TOLD = ("begun", "calculate", "submit", "comment", "return", "approve", "reject", "lock", "pay", "reopen", "void")
"""What of a run's history leads read: where it went and what was said, no reason of an amount by hand."""


@requires("pay.teams", write="pay.review")
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The teams somebody leads in a run, or looks after; who looks after pay is led to the whole run. Some twenty
    queries."""
    if request.actor.may("pay.view"):
        return redirect("pay:run", selectors.run_for(run_id).pk)
    row, teams = selectors.run_to_review(request.actor, run_id)
    name = request.POST.get("act", "")
    chosen = Act(name) if name in ACTS else Act.COMMENT
    form = ActForm(posted(request), act=chosen, initial={"revision": row.revision})
    acted = sent(form, lambda: services.act_on_run(
        actor=request.actor, run_id=row.pk, act=chosen, revision=form.cleaned_data.get("revision") or 0,
        now=timezone.now(), given=form.given,
    ))  # fmt: skip
    if acted.done:
        tell(request, _("Done. It stands in the run's history."))
        return redirect("pay:review" if chosen is Act.COMMENT else "pay:mine", *_place(row, chosen))
    return render(request, "incentives/runs/review.html", _context(request, row, teams, form), status=acted.status)


def _place(row: Run, chosen: Act) -> list[UUID]:
    return [row.pk] if chosen is Act.COMMENT else []


def _context(request: HttpRequest, row: Run, teams: list[str], form: ActForm) -> dict[str, object]:
    results = list(selectors.results_of_teams(row, teams))
    services.log_look(actor=request.actor, participants=[each.participant for each in results], where="run", run=row)
    former = selectors.former_run(row)
    before = selectors.amounts_of(former, [each.participant_id for each in results]) if former else {}
    known = words.names(row.version.terms)
    acts = selectors.acts_for(request.actor, row)
    return {
        "run": row,
        "period": words.period_word(row),
        "word": words.word_of(row),
        "leads": Part.REVIEWER in selectors.parts_of(request.actor, row),
        "teams": formats.listed(known.team(team) for team in teams),
        "former_period": words.period_word(former) if former else "",
        "rows": [_line(each, before, known) for each in results],
        "acts": [(str(act), words.ACT_WORDS[act], words.ACT_TEXTS[act]) for act in ACTS if act in acts],
        "events": [
            (words.EVENT_WORDS[each.act], each) for each in row.events.filter(act__in=TOLD).order_by("-at", "-id")[:40]
        ],
        "form": form,
        "crumbs": [(_("My pay"), reverse("pay:mine"))],
    }


def _line(each, before, known: words.Names) -> dict[str, object]:
    was, currency = before.get(each.participant_id, (None, each.currency))
    comparable = was is not None and currency == each.currency
    return {
        "name": each.participant.name,
        "number": each.participant.employee_number,
        "lines": [
            (known.component(line.component), words.amount(line.minor, each.currency)) for line in each.lines.all()
        ],
        "due": words.amount(each.due, each.currency),
        "adjusted": words.change(each.adjusted, each.currency) if each.adjusted else "",
        "before": words.amount(was, currency),
        "change": words.change(each.due - was, each.currency) if comparable else formats.DASH,
    }
