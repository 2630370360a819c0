"""Pages of runs: all of them, a new one, and one with its people and checks."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.incentives import selectors, services
from apps.incentives.domain.rounding import minor_digits
from apps.incentives.domain.states import Act, Part, State
from apps.incentives.forms.runs import NewRunForm
from apps.incentives.models import (
    IncentivePlan,
    Run,
    RunAdjustment,
    RunApproval,
    RunDecision,
    RunPool,
    RunProposal,
    RunRate,
)
from apps.incentives.presentation import runs as words
from apps.incentives.views.pieces import posted, sent
from apps.incentives.views.why import why_of
from apps.kernel.issue import N_, Refusal
from apps.kernel.period import Grain
from apps.work import selectors as work
from apps.workspaces.scope import current_workspace

NO_PLAN = N_("No plan is published yet: there is nothing to calculate.")
PER_PAGE = 25
PERIODS_SHOWN = 8
EVENTS = 60
STATES = (State.DRAFT, State.CALCULATED, State.IN_REVIEW, State.APPROVED, State.LOCKED, State.PAID, State.VOID)


@requires("pay.view")
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Every run with what it comes to, and corrections that wait for a decision. Four queries."""
    chosen = request.GET.get("plan", ""), request.GET.get("state", "")
    page = Paginator(selectors.runs(*chosen), PER_PAGE).get_page(request.GET.get("page"))
    plans = selectors.plans_to_run()
    context = {
        "page": page,
        "rows": [
            {
                "run": run,
                "period": words.period_word(run),
                "word": words.word_of(run),
                "totals": words.totals(run, run.totals),
            }
            for run in page
        ],
        "plans": plans,
        "chosen": chosen,
        "states": [(str(state), words.STATE_WORDS[state][1]) for state in STATES],
        "corrections": [_correction_line(each) for each in selectors.corrections()],
        "may_prepare": request.actor.may("pay.prepare"),
    }
    return render(request, "incentives/runs/list.html", context)


def _correction_line(found) -> dict[str, object]:
    return {
        "found": found,
        "period": words.period_word(found.run),
        "deltas": [words.change(minor, currency) for currency, minor in sorted(found.deltas.items())],
    }


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a run: the last period that is over is chosen already; a dry run takes any."""
    plans = {plan.key: plan for plan in selectors.plans_to_run()}
    told = request.POST or request.GET
    plan = plans.get(told.get("plan", "")) or next(iter(plans.values()), None)
    periods = _periods(plan) if plan else []
    initial = {"plan": plan.key if plan else "", "kind": told.get("kind") or Run.Kind.REGULAR}
    initial["day"] = periods[1][0] if len(periods) > 1 else ""
    form = NewRunForm(
        posted(request), initial=initial, plans=[(each.key, each.name) for each in plans.values()], periods=periods
    )
    begun = sent(form, lambda: _begun(request, form, plan))
    if begun.made is not None:
        tell(request, _("The run has begun and is being calculated."))
        return redirect("pay:run", begun.made.pk)
    context = {"form": form, "plans": plans, "crumbs": crumbs()}
    return render(request, "incentives/runs/new.html", context, status=begun.status)


def _begun(request: HttpRequest, form: NewRunForm, plan: IncentivePlan | None) -> Run:
    """The run, and its calculation asked for at once."""
    if plan is None:
        raise Refusal(NO_PLAN)
    budget = form.cleaned_data.get("budget")
    made = services.begin_run(
        actor=request.actor,
        plan_id=plan.pk,
        day=form.cleaned_data.get("day") or accounts.today(),
        today=accounts.today(),
        kind=form.text("kind") or Run.Kind.REGULAR,
        budget=None if budget is None else int(budget.scaleb(minor_digits(plan.currency))),
    )
    services.request_calculation(actor=request.actor, run_id=made.pk, revision=made.revision)
    return made


def _periods(plan) -> list[tuple[str, str]]:
    """The running period of a plan and those before it, by their first days."""
    calendar = current_workspace().calendar
    here = calendar.period_of(accounts.today(), Grain(plan.period))
    found = [calendar.shift(here, -back) for back in range(PERIODS_SHOWN)]
    return [(each.start.isoformat(), formats.period(each)) for each in found]


@requires("pay.view")
@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A run: what it comes to, who is paid, what stands in the way, what was done. Some forty queries, whatever the
    number of people."""
    row = selectors.run_for(run_id)
    known = words.names(row.version.terms)
    search = request.GET.get("q", "").strip()[:80]
    page = Paginator(selectors.results_of(row, search), PER_PAGE).get_page(request.GET.get("page"))
    made = selectors.calculation_of(row)
    former = selectors.former_run(row) if row.corrects_id is None else None
    waits = row.state not in (State.LOCKED, State.PAID, State.VOID)
    checks = words.check_rows(selectors.checks_of(row), known) if waits else []
    facts = selectors.facts_of(row)
    parts = selectors.parts_of(request.actor, row)
    acts = selectors.acts_for(request.actor, row, facts)
    here = [each.participant for each in page]
    services.log_look(actor=request.actor, participants=here, where="run", run=row)
    context = {
        "run": row,
        "period": words.period_word(row),
        "word": words.word_of(row),
        "made": made,
        "totals": words.totals(row, made.totals if made else None),
        "budget": words.amount(row.budget, row.plan.currency),
        "former": former,
        "former_period": words.period_word(former) if former else "",
        "differences": _differences(row, made, former),
        "why": why_of(row, former),
        "page": page,
        "rows": _people(row, page, former),
        "query": search,
        "waits": waits,
        "checks": checks,
        "blocking": sum(1 for each in checks if each.check.blocks),
        "work": _progress(row),
        "acts": [(str(act), words.ACT_WORDS[act]) for act in acts if act in words.ACT_TEXTS],
        "may_calculate": Act.CALCULATE in acts,
        "may_change": Act.CHANGE_INPUTS in acts,
        "may_decide": bool({Part.APPROVER, Part.HR_ADMIN} & parts),
        "may_pay": Part.PAYROLL in parts,
        "may_let": request.actor.may("pay.approve") and row.calculated_by != request.actor.id,
        **_by_hand(row, known, request),
        "pools": RunPool.objects.filter(run=row, revision=row.revision).count(),
        "events": [
            (words.EVENT_WORDS.get(each.act, each.act), each) for each in row.events.order_by("-at", "-id")[:EVENTS]
        ],
        "found": [_correction_line(each) for each in row.found.select_related("run__plan", "adjustment")[:5]],
        "crumbs": crumbs(),
    }  # fmt: skip
    return render(request, "incentives/runs/run.html", context)


def _by_hand(row: Run, known: words.Names, request: HttpRequest) -> dict[str, object]:
    """What people approved, proposed, added and decided; and what is paid out of it."""
    return {
        "approvals": list(RunApproval.objects.filter(run=row, revision=row.revision)),
        "proposals": _proposals(row),
        "adjustments": _adjustments(row, request),
        "decisions": _decisions(row, known, request),
        "rates": list(RunRate.objects.filter(run=row)),
        "paid": [
            (each, words.amount(each.earned, each.currency), words.amount(each.pay, each.currency),
             words.amount(each.balance, each.currency))
            for each in selectors.paid_by(row)
        ],
    }  # fmt: skip


def _progress(row: Run) -> dict[str, object] | None:
    """The calculation or the posting under way, or the one that stopped; None once it is done."""
    asked = work.latest("incentives.post" if row.state == State.LOCKED else "incentives.calculate", row.pk)
    if asked is None or asked.status == "done":
        return None
    return work.progress_of(asked, next_url=reverse("pay:run", args=[row.pk]))


def _differences(row: Run, made, former: Run | None) -> list[str]:
    before = selectors.calculation_of(former) if former else None
    if made is None or before is None:
        return []
    currencies = sorted({*made.totals, *before.totals})
    return [words.change(made.totals.get(each, 0) - before.totals.get(each, 0), each) for each in currencies]


def _people(row: Run, page, former: Run | None) -> list[dict[str, object]]:
    ids = [each.participant_id for each in page]
    before = selectors.amounts_of(former, ids) if former else {}
    settled = selectors.settlements_of(row, ids)
    found = []
    for each in page:
        was, currency = before.get(each.participant_id, (None, each.currency))
        told = settled.get(each.participant_id)
        found.append(
            {
                "result": each,
                "due": words.amount(each.due, each.currency),
                "adjusted": words.change(each.adjusted, each.currency) if each.adjusted else "",
                "before": words.amount(was, currency),
                "change": words.change(each.due - was, each.currency)
                if was is not None and currency == each.currency
                else formats.DASH,
                "pay": words.amount(told.pay, each.currency) if told else "",
                "balance": words.amount(told.balance, each.currency) if told and told.balance else "",
            }
        )
    return found


def _proposals(row: Run) -> list[tuple[object, object]]:
    rows = RunProposal.objects.filter(run=row, ended_at__isnull=True)
    return [(words.ACT_WORDS[Act(each.act)], each) for each in rows]


def _adjustments(row: Run, request: HttpRequest) -> list[dict[str, object]]:
    rows = RunAdjustment.objects.filter(run=row).select_related("participant")
    return [
        {
            "row": each,
            "amount": words.change(each.minor, each.currency),
            "waits": each.approved_by is None and each.withdrawn_at is None,
            "mine": request.actor.id in (each.by, each.participant.person_id),
        }
        for each in rows
    ]


def _decisions(row: Run, known: words.Names, request: HttpRequest) -> list[dict[str, object]]:
    return [
        {
            "row": each,
            "name": known.component(each.component),
            "team": known.team(each.team),
            "waits": each.verdict == "void" and each.approved_by is None,
            "mine": each.by == request.actor.id,
        }
        for each in RunDecision.objects.filter(run=row)
    ]


def crumbs(row: Run | None = None) -> list[tuple[str, str]]:
    """The way back to the runs, and to one."""
    found = [(_("Runs of pay"), reverse("pay:runs"))]
    if row is not None:
        found.append((f"{row.plan.name} · {words.period_word(row)}", reverse("pay:run", args=[row.pk])))
    return found
