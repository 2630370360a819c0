"""What is in the pools of teams, for plans that fix it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.incentives.domain.roster import Cells
from apps.incentives.forms.people import PoolForm
from apps.incentives.models import IncentivePlan, TeamPool
from apps.incentives.selectors import plans as plans_of
from apps.incentives.services import pools as services
from apps.incentives.views.pieces import crumbs
from apps.kernel.issue import Refusal


@requires("pay.view", write="pay.prepare")
@require_http_methods(["GET", "POST"])
def pools(request: HttpRequest, key: str) -> HttpResponse:
    """The pools of a plan, by team and day; another one is added, or one is taken away. Some eight queries."""
    plan = plans_of.plan_for(key)
    teams = [(str(team.pk), team.name) for team in accounts.teams_in_use()]
    form, status = (
        PoolForm(request.POST if request.method == "POST" else None, teams=teams, currency=plan.currency),
        200,
    )
    if request.method == "POST":
        if request.POST.get("remove"):
            return _remove(request, plan)
        form.full_clean()
        cells = Cells(request.POST)
        amount, first, last = cells.figure("amount"), cells.day("first"), cells.day("last")
        for name, value in (("amount", amount), ("first", first)):
            cells.needed(name, value)
        form.show(cells.issues)
        status = 422
        if amount is not None and first is not None and not cells.issues:
            try:
                team = form.cleaned_data.get("team")
                services.set_pool(
                    actor=request.actor, plan_id=plan.pk, team_id=UUID(team) if team else None, amount=amount,
                    first=first, last=last,
                )  # fmt: skip
            except Refusal as refusal:
                form.show(refusal.issues)
            else:
                tell(request, _("The pool is saved."))
                return redirect("pay:pools", key)
    rows = TeamPool.objects.filter(plan=plan).select_related("team").order_by("team__name", "first")
    context = {"plan": plan, "rows": rows, "form": form, "crumbs": crumbs(plan),
               "may_prepare": request.actor.may("pay.prepare")}  # fmt: skip
    return render(request, "incentives/people/pools.html", context, status=status)


def _remove(request: HttpRequest, plan: IncentivePlan) -> HttpResponse:
    try:
        pool_id = UUID(request.POST.get("remove", ""))
    except ValueError:
        return redirect("pay:pools", plan.key)
    services.remove_pool(actor=request.actor, plan_id=plan.pk, pool_id=pool_id)
    tell(request, _("The pool is gone."))
    return redirect("pay:pools", plan.key)
