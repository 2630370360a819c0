"""Who looks after the pay of which teams; and what somebody sees who does."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.incentives import services
from apps.incentives.domain.plan import TargetOf
from apps.incentives.domain.rounding import minor_digits
from apps.incentives.forms.scopes import ScopeForm
from apps.incentives.models import Assignment, IncentivePlan
from apps.incentives.presentation.runs import amount
from apps.incentives.selectors import runs_in_review
from apps.incentives.selectors.scopes import Kept, people_in_scope, scopes, teams_in_scope
from apps.incentives.selectors.statements import disputes_in
from apps.incentives.views.pieces import posted, sent, uuid_of
from apps.kernel.issue import N_, NotHere

NOTHING = N_("You look after no team's pay.")


@requires("pay.approve")
@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest) -> HttpResponse:
    """Who sees the pay of some teams, and let somebody. Four queries."""
    people = [(str(each.pk), each.actor.name) for each in accounts.active_people() if not each.actor.may("pay.view")]
    form = ScopeForm(
        posted(request), people=sorted(people, key=lambda each: each[1]),
        teams=[(str(line.id), line.name) for line in accounts.team_lines() if not line.archived],
    )  # fmt: skip
    given = sent(form, lambda: services.give_scope(
        actor=request.actor, person_id=uuid_of(form.text("person")), team_id=uuid_of(form.text("team")),
        below=form.cleaned_data["below"],
    ))  # fmt: skip
    if given.done:
        tell(request, _("They see the pay of this team now. Everybody in it sees each look."))
        return redirect("pay:scopes")
    context = {"rows": scopes(), "form": form}
    return render(request, "incentives/scopes/keep.html", context, status=given.status)


@requires("pay.approve")
@require_POST
def end(request: HttpRequest, scope_id: UUID) -> HttpResponse:
    """Somebody does not see it any more."""
    services.end_scope(actor=request.actor, scope_id=scope_id, now=timezone.now())
    tell(request, _("They do not see it any more."))
    return redirect("pay:scopes")


@requires("pay.teams")
@require_GET
def teams(request: HttpRequest) -> HttpResponse:
    """The people of the teams whose pay somebody looks after: what holds today, their newest statement; runs in review,
    and disputes that wait. Ten queries; everybody who is shown sees that it was looked at.
    """
    within = teams_in_scope(request.actor)
    if not within:
        raise NotHere(NOTHING)
    found = people_in_scope(within, accounts.today())
    services.log_look(actor=request.actor, participants=[each.person for each in found], where="scope")
    return render(request, "incentives/scopes/teams.html", {
        "rows": [_row(each) for each in found], "runs": runs_in_review(within), "disputes": disputes_in(within),
        "crumbs": [(_("My pay"), reverse("pay:mine"))],
    })  # fmt: skip


def _row(each: Kept) -> dict[str, object]:
    held, told = each.held, each.statement
    return {
        "person": each.person,
        "team": held.team.name if held else "",
        "target": _target(each.person.plan, held) if held else formats.DASH,
        "coefficient": formats.plain(held.coefficient) if held else formats.DASH,
        "statement": told,
        "paid": amount(told.pay, told.currency) if told else formats.DASH,
    }


def _target(plan: IncentivePlan, held: Assignment) -> str:
    """A target bonus: an amount, or a share in percent, as the newest version has it."""
    newest = max(plan.versions.all(), key=lambda version: version.number)
    if newest.terms.target is not TargetOf.FIXED:
        return formats.percent(held.amount, 2)
    return amount(int(held.amount.scaleb(minor_digits(plan.currency))), plan.currency)
