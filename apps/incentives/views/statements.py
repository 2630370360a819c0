"""One's own pay, and statements: seen, received, disputed. Nothing of these pages is kept on the shelf."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.incentives import services
from apps.incentives.domain.disputes import DisputeAct, DisputeState, dispute_acts, sides_of
from apps.incentives.domain.sentences import cents
from apps.incentives.forms.disputes import RaiseForm, ReplyForm
from apps.incentives.models import Run
from apps.incentives.presentation import own as shown
from apps.incentives.presentation.runs import person_change
from apps.incentives.presentation.statements import days_words, rows_of, statement_view
from apps.incentives.selectors import change_for, runs_to_review
from apps.incentives.selectors import plans as plans_of
from apps.incentives.selectors import statements as selectors
from apps.incentives.selectors.scopes import teams_in_scope
from apps.incentives.selectors.statements import Seen, Sight
from apps.incentives.views.pieces import posted, sent
from apps.kernel.issue import N_, NotHere, Refusal
from apps.metrics import selectors as metrics

PER_PAGE = 50
_SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?", re.ASCII)


@requires("pay.own")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What somebody's running periods are likely to pay, what moves it, their statements, and who looked at them."""
    today = accounts.today()
    names = {view.key: view.name for view in metrics.metrics(archived=True)}
    plans = [
        shown.plan_view(found, services.foresee(found, shares), shares, names, services.at_each(found, shown.LEVELS))
        for each in selectors.own_plans(request.actor, today)
        if (found := services.outlook(each, today)) is not None
        for shares in [_shares(request, found)]
    ]
    rows = list(selectors.mine(request.actor))
    texts = plans_of.mine(request.actor.id)
    context = {
        "texts": texts,
        "unread": [row for row in texts if row.acknowledged is None and row.version.status == "published"],
        "plans": plans,
        "statements": rows_of(rows),
        "looks": shown.looks(selectors.looks_at(request.actor)),
        "to_review": [] if request.actor.may("pay.view") else runs_to_review(request.actor),
        "looks_after_teams": bool(teams_in_scope(request.actor)),
    }
    return render(request, "incentives/statements/mine.html", context)


def _shares(request: HttpRequest, found: services.Outlook) -> Mapping[str, Fraction]:
    """The attainments of the what-if: of each component what was typed in percent, or of all of them."""
    told = {}
    for component in found.terms.components:
        for name in (f"{found.version.plan.key}-{component.key}", f"{found.version.plan.key}-all"):
            text = request.GET.get(name, "").strip()
            if _SHARE.fullmatch(text):
                told[component.key] = Fraction(text) * Fraction(1, 100)
                break
    return told


@requires("pay.own")
@require_GET
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """A statement. At most twelve queries; fourteen where it is another person's, whom the look is shown to."""
    seen = _seen(request, statement_id, "statement")
    row = seen.statement
    context = {
        "seen": seen,
        "row": row,
        "view": statement_view(row, whole_pools=not seen.own, today=selectors.values_today(row)),
        "file": selectors.printed(row),
        "replaced": selectors.replaced_by(row) if row.superseded_at else None,
        "corrections": rows_of(selectors.corrections_of(row)),
        "waived": [(each, cents(each.minor, each.currency)) for each in selectors.waived_of(row)],
        "differs": _differs(seen),
        "disputes": selectors.disputes_of(row) if seen.sight in selectors.READS_DISPUTES else [],
        "acknowledgement": getattr(row, "acknowledgement", None),
        "may_dispute": seen.own and row.superseded_at is None and accounts.today() <= row.dispute_until,
        "may_see_rows": request.actor.may("metrics.rows"),
        "wording": _(services.RECEIPT),
        "crumbs": _crumbs(seen),
    }
    context["may_dispute"] &= all(each.state == DisputeState.CLOSED for each in context["disputes"])
    return render(request, "incentives/statements/statement.html", context)


def _differs(seen: Seen) -> dict[str, object] | None:
    """Why it is another amount than in the period before: for the person, and for who looks after all pay. A lead and
    who looks after a team may not see what was paid elsewhere."""
    row = seen.statement
    if seen.sight not in (Sight.OWN, Sight.PAY) or row.revision != row.run.revision:
        return None
    found = change_for(row.run, row.participant.key)
    if found is None:
        return None
    former, change = found
    return {"days": days_words(shown.days_of(former)), **person_change(change)}


def _seen(request: HttpRequest, statement_id: UUID, where: str) -> Seen:
    """A statement somebody may see; that they looked is written down where it is another person's."""
    seen = selectors.statement_for(request.actor, statement_id)
    services.log_look(
        actor=request.actor, participants=[seen.statement.participant], where=where, run=seen.statement.run
    )
    return seen


def _crumbs(seen: Seen) -> list[tuple[str, str]]:
    if seen.own:
        return [(_("My pay"), reverse("pay:mine"))]
    run = seen.statement.run
    return [(_("Statements"), reverse("pay:statements", args=[run.pk]))]


@requires("pay.own")
@require_GET
def statement_file(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """A statement as it was printed."""
    seen = _seen(request, statement_id, "file")
    found = selectors.printed(seen.statement)
    if found is None:
        raise NotHere(N_("This statement is not printed yet. Load the page again in a minute."))
    response = HttpResponse(bytes(found.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{seen.statement.number}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@requires("pay.own")
@require_POST
def acknowledge(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Somebody says that they received their statement."""
    services.acknowledge_statement(
        actor=request.actor,
        statement_id=statement_id,
        fingerprint=request.POST.get("fingerprint", ""),
        now=timezone.now(),
    )
    tell(request, _("Thank you. It is written down that you received it."))
    return redirect("pay:statement", statement_id)


@requires("pay.own")
@require_http_methods(["GET", "POST"])
def dispute_statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Say what is wrong with one's own statement."""
    seen = selectors.statement_for(request.actor, statement_id)
    if not seen.own:
        raise NotHere(selectors.NO_STATEMENT)
    view = statement_view(seen.statement)
    form = RaiseForm(
        posted(request), initial={"component": request.GET.get("line", "")},
        lines=[(line.key, f"{line.name} · {line.amount}") for line in view.lines if line.key],
    )  # fmt: skip
    raised = sent(form, lambda: services.raise_dispute(
        actor=request.actor, statement_id=statement_id, today=accounts.today(), now=timezone.now(),
        component=form.text("component"), text=form.text("text"),
    ))  # fmt: skip
    if raised.made is not None:
        tell(request, _("HR has your dispute. The answer stands here; the statement stays as it is until then."))
        return redirect("pay:dispute", raised.made.pk)
    context = {
        "row": seen.statement,
        "form": form,
        "crumbs": [*_crumbs(seen), (seen.statement.number, reverse("pay:statement", args=[statement_id]))],
    }
    return render(request, "incentives/statements/raise.html", context, status=raised.status)


@requires("pay.own")
@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """A dispute: what was said, and what can be done now."""
    row, seen = selectors.dispute_for(request.actor, dispute_id)
    form = ReplyForm(posted(request), own=seen.own)
    said = sent(form, lambda: services.act_on_dispute(
        actor=request.actor, dispute_id=dispute_id, act=_act(request), text=form.text("text"),
        remedy=form.text("remedy"), now=timezone.now(),
    ))  # fmt: skip
    if said.done:
        return redirect("pay:dispute", dispute_id)
    if not seen.own:
        services.log_look(
            actor=request.actor, participants=[row.statement.participant], where="dispute", run=row.statement.run
        )
    sides = sides_of(own=seen.own, looks_after_pay=request.actor.may("pay.prepare"))
    names = {each.key: each.name for each in row.statement.paper.plan.components}
    context = {
        "row": row,
        "seen": seen,
        "notes": shown.notes(selectors.notes_of(row)),
        "acts": [str(each) for each in dispute_acts(DisputeState(row.state), sides)],
        "form": form,
        "line": names.get(row.component, ""),
        "crumbs": [
            *_crumbs(seen), (row.statement.number, reverse("pay:statement", args=[row.statement_id]))
        ],
    }  # fmt: skip
    return render(request, "incentives/statements/dispute.html", context, status=said.status)


def _act(request: HttpRequest) -> DisputeAct:
    try:
        return DisputeAct(request.POST.get("act", ""))
    except ValueError:
        raise Refusal(N_("This cannot be done in a dispute.")) from None


@requires("pay.prepare")
@require_GET
def disputes(request: HttpRequest) -> HttpResponse:
    """Every dispute, those that wait first. Two queries."""
    live = request.GET.get("all") != "1"
    page = Paginator(selectors.disputes(live=live), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "incentives/statements/disputes.html", {"page": page, "live": live})


@requires("pay.own")
@require_GET
def of_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The statements of a run, for those who see more than their own."""
    run = Run.objects.select_related("plan", "version").filter(pk=run_id).first()
    rows = selectors.statements_of(request.actor, run) if run is not None else None
    if run is None or rows is None or not (request.actor.may("pay.view") or rows.exists()):
        raise NotHere(selectors.NO_STATEMENT)
    search = request.GET.get("q", "").strip()[:80]
    page = Paginator(rows.filter(participant__name__icontains=search) if search else rows, PER_PAGE)
    shown_page = page.get_page(request.GET.get("page"))
    services.log_look(
        actor=request.actor, participants=[each.participant for each in shown_page], where="statement", run=run
    )
    everybody, printed, read = selectors.stand_of_run(run)
    context = {
        "run": run,
        "days": days_words(shown.days_of(run)),
        "page": shown_page,
        "rows": rows_of(shown_page.object_list),
        "search": search,
        "count": everybody,
        "printed": printed,
        "read": read,
        "whole": request.actor.may("pay.view"),
        "may_pay_out": request.actor.may("pay.payroll"),
        "average": shown.average(rows),
        "crumbs": [],
    }
    return render(request, "incentives/statements/of_run.html", context)
