"""What people do to a run: each act asks first, says what it does, and names what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.incentives import selectors, services
from apps.incentives.domain.states import RULES, Act
from apps.incentives.forms.runs import ActForm, AdjustForm, DecideForm, RateForm
from apps.incentives.forms.shown import ReasonForm, Shown
from apps.incentives.models import Run, RunProposal
from apps.incentives.presentation import runs as words
from apps.incentives.views.pieces import posted, sent
from apps.incentives.views.runs import crumbs
from apps.kernel.issue import NotHere

ON_PAGES = frozenset(words.ACT_TEXTS)


@requires("pay.view")
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, run_id: UUID, name: str) -> HttpResponse:
    """Do something to a run: submit, return, approve, reject, lock, confirm as paid, open again, make void, comment."""
    if name not in set(Act) or Act(name) not in ON_PAGES:
        raise NotHere(selectors.NO_RUN)
    what, row = Act(name), selectors.run_for(run_id)
    proposal = RunProposal.objects.filter(run=row, act=what, ended_at__isnull=True).first()
    initial = {"revision": row.revision, "paid_on": accounts.today()}
    if proposal is not None:
        initial |= {"reason": proposal.reason, "ticket": proposal.ticket}
    form = ActForm(posted(request), act=what, initial=initial)
    made = selectors.calculation_of(row)

    def done() -> None:
        services.act_on_run(
            actor=request.actor, run_id=row.pk, act=what, revision=form.cleaned_data.get("revision") or 0,
            now=timezone.now(), given=form.given, paid_on=form.cleaned_data.get("paid_on"),
        )  # fmt: skip

    context = {
        "run": row,
        "period": words.period_word(row),
        "act": what,
        "title": words.ACT_WORDS[what],
        "text": words.ACT_TEXTS[what],
        "proposal": proposal,
        "two": RULES[what].two,
        "made": made,
        "totals": words.totals(row, made.totals if made else None),
        "head": selectors.head_of_ledger(),
        "danger": what in (Act.VOID, Act.REOPEN, Act.REJECT, Act.RETURN),
        "form": form,
        "crumbs": crumbs(row),
    }
    return _asked(request, row, form, done, "incentives/runs/act.html", context)


def _asked(
    request: HttpRequest, row: Run, form: Shown, act: Callable[[], object], template: str, context: dict[str, object]
) -> HttpResponse:
    """Show a form, or do what it says and lead back to the run; what is refused stands on the form."""
    found = sent(form, act)
    if found.done:
        tell(request, _("Done. It stands in the run's history."))
        return redirect("pay:run", row.pk)
    return render(request, template, {"form": form, **context}, status=found.status)


@requires("pay.prepare")
@require_POST
def calculate(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Have a worker calculate the run; the page shows how far it is."""
    revision = request.POST.get("revision", "")
    services.request_calculation(
        actor=request.actor, run_id=run_id,
        revision=int(revision) if revision.isdecimal() and len(revision) < 9 else -1,
    )  # fmt: skip
    return redirect("pay:run", run_id)


@requires("pay.view")
@require_POST
def withdraw(request: HttpRequest, run_id: UUID, name: str) -> HttpResponse:
    """Take back a proposal to open a run again or to make it void."""
    if name not in (Act.REOPEN, Act.VOID):
        raise NotHere(selectors.NO_RUN)
    services.withdraw_proposal(actor=request.actor, run_id=run_id, act=Act(name), now=timezone.now())
    tell(request, _("The proposal is taken back."))
    return redirect("pay:run", run_id)


@requires("pay.prepare")
@require_POST
def delete(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Remove a dry run."""
    services.delete_dry_run(actor=request.actor, run_id=run_id)
    tell(request, _("The dry run is gone."))
    return redirect("pay:runs")


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def adjust(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Add an amount for somebody by hand; it counts once a second person approved it."""
    row = selectors.run_for(run_id)
    people = {str(each.pk): each for each in selectors.participants_of(row)}
    form = AdjustForm(
        posted(request),
        initial={"participant": request.GET.get("who", "")},
        people=[(key, each.name) for key, each in people.items()],
        currencies={key: each.currency for key, each in people.items() if each.currency},
        usual=row.plan.currency,
    )

    def done() -> None:
        person = people.get(form.text("participant"))
        services.adjust(
            actor=request.actor, run_id=row.pk, participant_id=person.pk if person else row.pk,
            minor=form.minor, reason=form.text("reason"),
        )  # fmt: skip

    context = {
        "run": row,
        "title": _("Add an amount by hand"),
        "text": _("It counts once a second person approved it, and stays through every recalculation."),
        "button": _("Propose it"),
        "crumbs": crumbs(row),
    }
    return _asked(request, row, form, done, "incentives/runs/form.html", context)


@requires("pay.view")
@require_POST
def approve_adjustment(request: HttpRequest, adjustment_id: UUID) -> HttpResponse:
    """Let an amount count."""
    made = services.approve_adjustment(actor=request.actor, adjustment_id=adjustment_id, now=timezone.now())
    tell(request, _("The amount counts. Calculate the run again."))
    return redirect("pay:run", made.run_id)


@requires("pay.view")
@require_POST
def withdraw_adjustment(request: HttpRequest, adjustment_id: UUID) -> HttpResponse:
    """Take an amount back."""
    made = services.withdraw_adjustment(actor=request.actor, adjustment_id=adjustment_id, now=timezone.now())
    tell(request, _("The amount is taken back."))
    return redirect("pay:run", made.run_id)


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Say what counts for a missing value."""
    row = selectors.run_for(run_id)
    terms = row.version.terms
    form = DecideForm(
        posted(request),
        initial={"verdict": {"zero": "zero", "reweight": "void"}.get(terms.missing, "zero")},
        components=[(each.key, each.name) for each in terms.components],
        teams=[(str(line.id), line.name) for line in accounts.team_lines()],
    )

    def done() -> None:
        services.decide(
            actor=request.actor, run_id=row.pk, component=form.text("component"), team=form.text("team"),
            verdict=form.text("verdict"), reason=form.text("reason"),
        )  # fmt: skip

    context = {
        "run": row,
        "title": _("A missing value"),
        "text": _("Missing is never 0. Upload the data, or decide here what counts instead, with a reason."),
        "button": _("Decide"),
        "crumbs": crumbs(row),
    }
    return _asked(request, row, form, done, "incentives/runs/form.html", context)


@requires("pay.view")
@require_POST
def approve_decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """The second person's word that a component is void."""
    made = services.approve_decision(actor=request.actor, decision_id=decision_id)
    tell(request, _("It is approved. Calculate the run again."))
    return redirect("pay:run", made.run_id)


@requires("pay.prepare")
@require_POST
def take_decision_back(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Undo a decision about a missing value."""
    row = services.take_decision_back(actor=request.actor, decision_id=decision_id)
    tell(request, _("The decision is taken back."))
    return redirect("pay:run", row.pk)


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Give the exchange rate of a currency."""
    row = selectors.run_for(run_id)
    form = RateForm(posted(request))

    def done() -> None:
        services.give_rate(
            actor=request.actor, run_id=row.pk, currency=form.text("currency").strip().upper(),
            rate=form.cleaned_data.get("rate") or Decimal(0), note=form.text("note"),
        )  # fmt: skip

    context = {
        "run": row,
        "title": _("An exchange rate"),
        "text": _("It is frozen with the run: what was paid never moves with a rate."),
        "button": _("Save"),
        "crumbs": crumbs(row),
    }
    return _asked(request, row, form, done, "incentives/runs/form.html", context)


@requires("pay.approve")
@require_http_methods(["GET", "POST"])
def let(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Let a check be, with a reason."""
    row = selectors.run_for(run_id)
    check, subject = request.GET.get("check", ""), request.GET.get("subject", "")
    rows = words.check_rows(selectors.checks_of(row), words.names(row.version.terms))
    found = next((each for each in rows if (each.check.name, each.check.subject) == (check, subject)), None)
    if found is None or not found.check.may_be_let:
        raise NotHere(_("This check does not stand in the way any more, or has to be mended."))
    form = ReasonForm(posted(request))

    def done() -> None:
        services.let_check_be(
            actor=request.actor, run_id=row.pk, revision=row.revision, check=check, subject=subject,
            reason=form.text("reason"),
        )  # fmt: skip

    context = {
        "run": row, "title": _("Let this check be"), "text": found.text, "button": _("Let it be"),
        "crumbs": crumbs(row),
    }  # fmt: skip
    return _asked(request, row, form, done, "incentives/runs/form.html", context)


@requires("pay.view")
@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """What new data changes in a locked run: take it as a correction, or leave what was posted, with a reason."""
    found = selectors.correction_for(correction_id)
    row, may_leave = found.run, request.actor.may("pay.approve")
    form = ReasonForm(posted(request) if may_leave else None)
    if request.method == "POST" and request.POST.get("way") == "take":
        made = services.take_correction(actor=request.actor, correction_id=found.pk)
        services.request_calculation(actor=request.actor, run_id=made.pk, revision=made.revision)
        tell(request, _("The correction has begun and is being calculated."))
        return redirect("pay:run", made.pk)

    def done() -> None:
        services.leave_correction(
            actor=request.actor, correction_id=found.pk, reason=form.text("reason"), now=timezone.now()
        )

    known = words.names(row.version.terms)
    context = {
        "run": row,
        "period": words.period_word(row),
        "found": found,
        "deltas": [words.change(minor, currency) for currency, minor in sorted(found.deltas.items())],
        "moved": [
            {
                "name": known.component(each["key"])
                if each["key"]
                else _("What was posted for earlier periods of the year"),
                "team": known.team(each["team"]) if each["key"] else "",
                "before": words.exact(each["before"]),
                "after": words.exact(each["after"]),
                "value": dict(each.get("source", ())).get("value", ""),
            }
            for each in found.moved
        ],
        "may_take": request.actor.may("pay.prepare") and found.state == "open",
        "may_leave": may_leave and found.state == "open",
        "crumbs": crumbs(row),
    }
    return _asked(request, row, form, done, "incentives/runs/correction.html", context)
