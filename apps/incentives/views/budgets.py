"""Budget and forecast of a plan: a year period by period, the running one by team, as a page and as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.common.tables import table_file
from apps.incentives import services
from apps.incentives.forms.budgets import BudgetForm
from apps.incentives.models import IncentivePlan, PeriodForecast
from apps.incentives.presentation import budgets as shown
from apps.incentives.selectors import plans_to_run
from apps.incentives.selectors.budgets import PeriodCost, costs, year_of
from apps.incentives.views.pieces import posted, sent
from apps.kernel.period import Period
from apps.work import selectors as work

YEARS = range(-3, 2)
"""Which years are shown, from the running one: what was, and the next one for planning."""


@requires("pay.view", write="pay.prepare")
@require_http_methods(["GET", "POST"])
def forecast(request: HttpRequest) -> HttpResponse:
    """A year of one plan: budgets beside what was paid and what is likely. Twelve queries."""
    plans = list(plans_to_run().order_by("name"))
    told = request.POST or request.GET
    plan = next((each for each in plans if each.key == told.get("plan")), plans[0] if plans else None)
    if plan is None:
        return render(request, "incentives/outputs/forecast.html", {"plans": plans})
    shift = _shift(told.get("year", ""))
    year = year_of(accounts.today(), shift)
    rows = costs(plan, year)
    if request.GET.get("file") in ("xlsx", "csv"):
        return _file(plan, rows, request.GET["file"])
    form = BudgetForm(posted(request), costs=rows, currency=plan.currency)
    kept = sent(form, lambda: services.set_budgets(actor=request.actor, plan_id=plan.pk, budgets=form.budgets))
    if kept.done:
        tell(request, _("The budgets are kept."))
        return redirect(_address(plan, shift))
    return render(request, "incentives/outputs/forecast.html", _context(request, plans, plan, rows, form, shift, year),
                  status=kept.status)  # fmt: skip


def _context(
    request: HttpRequest, plans: list[IncentivePlan], plan: IncentivePlan, rows: list[PeriodCost], form: BudgetForm,
    shift: int, year: Period,
) -> dict[str, object]:  # fmt: skip
    running = _running(rows)
    kept = running.forecast if running else None
    return {
        "plans": plans,
        "plan": plan,
        "shift": shift,
        "year": formats.period(year),
        "before": shift - 1 if shift - 1 in YEARS else None,
        "after": shift + 1 if shift + 1 in YEARS else None,
        "rows": [(shown.cost_view(plan, each), form[each.days.first.isoformat()]) for each in rows],
        "whole": shown.year_view(plan, rows),
        "form": form,
        "may_prepare": request.actor.may("pay.prepare"),
        "running": running,
        "kept": kept,
        "teams": shown.team_views(kept) if kept else [],
        "missing": shown.missing(kept) if kept else [],
        "work": _progress(plan, shift) if running else None,
    }


def _running(rows: list[PeriodCost]) -> PeriodCost | None:
    """The period that holds today, unless it was calculated already."""
    today = accounts.today()
    return next((each for each in rows if each.days.first <= today <= each.days.last and each.come_to is None), None)


def _progress(plan: IncentivePlan, shift: int) -> dict[str, object] | None:
    asked = work.latest("incentives.forecast", plan.pk)
    if asked is None or asked.status == "done":
        return None
    return work.progress_of(asked, next_url=_address(plan, shift))


def _file(plan: IncentivePlan, rows: list[PeriodCost], kind: str) -> HttpResponse:
    sheets = [(_("Budget and forecast"), shown.cost_table(plan, rows))]
    kept: PeriodForecast | None = next((each.forecast for each in reversed(rows) if each.forecast), None)
    if kept is not None:
        sheets.append((_("Teams"), shown.team_table(plan, kept)))
    return table_file(sheets, name=f"forecast-{plan.key}", kind=kind)


def _shift(text: str) -> int:
    return next((each for each in YEARS if str(each) == text), 0)


def _address(plan: IncentivePlan, shift: int) -> str:
    return f"{reverse('pay:forecast')}?plan={plan.key}&year={shift}"


@requires("pay.view")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Have a worker work out what the running period is likely to pay."""
    plan = next((each for each in plans_to_run() if each.key == request.POST.get("plan")), None)
    if plan is None:
        return redirect("pay:forecast")
    services.ask_forecast(actor=request.actor, plan_id=plan.pk)
    return redirect(_address(plan, 0))
