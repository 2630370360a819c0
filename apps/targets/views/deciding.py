"""The history of a target, deciding on a proposed one, and withdrawing one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.metrics import selectors as metrics
from apps.metrics.presentation import grain_word, style_of
from apps.metrics.selectors import MetricView
from apps.targets import presentation, selectors, services
from apps.targets.domain.kinds import State
from apps.targets.forms import WithdrawForm
from apps.targets.models import Target
from apps.targets.presentation import kept_when_asked
from apps.targets.presentation.pacing import former_numbers
from apps.targets.views.common import PER_PAGE, crumbs, doors, past


@requires("targets.view")
@require_GET
@kept_when_asked
def history(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Every target there was for the same metric, grain and part, newest first, with what each changed."""
    target = selectors.target_by_id(target_id)
    metric = metrics.metric_for(target.metric_id)
    page = Paginator(selectors.history_of(target), PER_PAGE).get_page(request.GET.get("page"))
    following = {row.pk: before for row, before in pairwise(page)}
    rows = [
        past(row, metric, request.workspace.currency)
        | {"changes": changes_of(following.get(row.pk), row, metric, request)}
        for row in page
    ]
    context = {
        "name": presentation.named(metric.name, target),
        "metric": metric,
        "rows": rows,
        "page": page,
        "read": grain_word(target.grain).lower(),
        "former_numbers": former_numbers(target),
        "crumbs": crumbs(),
    }
    return render(request, "targets/history.html", context)


def changes_of(before: Target | None, after: Target, metric: MetricView, request: HttpRequest) -> list[dict[str, str]]:
    """What differs between two targets, term by term, in words."""
    if before is None:
        return []
    return presentation.changes_in_words(before, after, style_of(metric.unit, request.workspace.currency))


@requires("targets.view")
@require_GET
@kept_when_asked
def proposal(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """A proposed target beside the one in force: who proposed it and why, what it changes, and the decision."""
    target = selectors.target_by_id(target_id)
    if target.status != State.PROPOSED:
        return redirect("targets:history", target.pk)
    return _proposal_page(request, target, WithdrawForm())


def _proposal_page(request: HttpRequest, target: Target, form: WithdrawForm, status: int = 200) -> HttpResponse:
    metric = metrics.metric_for(target.metric_id)
    currency = request.workspace.currency
    seen = selectors.agreed_of(target)
    former = selectors.target_by_id(seen) if seen else None
    is_own = target.set_by == request.actor.id
    needed = selectors.needs_second_admin()
    may_decide = request.actor.may("targets.approve") if needed else request.actor.may("targets.edit")
    context: dict[str, Any] = {
        "past": past(target, metric, currency),
        "former": past(former, metric, currency) if former else None,
        "changes": changes_of(former, target, metric, request),
        "parts": [past(row, metrics.metric_for(row.metric_id), currency) for row in selectors.proposed_parts(target)],
        "seen": seen or "",
        "is_own": is_own and needed,
        "may_approve": may_decide and not (is_own and needed),
        "may_reject": is_own or request.actor.may("targets.approve"),
        "form": form,
        "crumbs": crumbs(),
    }
    return render(request, "targets/proposal.html", context, status=status)


@requires("targets.edit")
@require_POST
def approve(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Put a proposed target in force."""
    seen = request.POST.get("seen", "")
    target = services.approve_target(
        actor=request.actor, target_id=target_id, seen=UUID(seen) if _is_id(seen) else None
    )
    tell(request, _("The target for “%(name)s” is approved.") % {"name": metrics.metric_for(target.metric_id).name})
    return redirect("targets:list")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@requires("targets.edit")
@require_POST
def reject(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Do not approve a proposed target, with a reason; or take one's own back."""
    form = WithdrawForm(request.POST)
    form.is_valid()
    try:
        target = services.reject_target(
            actor=request.actor, target_id=target_id, reason=form.cleaned_data.get("reason", "")
        )
    except Refusal as refusal:
        if not refusal.issues:
            raise
        form.show(refusal.issues)
        return _proposal_page(request, selectors.target_by_id(target_id), form, 422)
    tell(request, _("“%(name)s” keeps what it had.") % {"name": metrics.metric_for(target.metric_id).name})
    return redirect("targets:list")


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def withdraw(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Ask why, then take a target out of force."""
    target = selectors.target_by_id(target_id)
    metric = metrics.metric_for(target.metric_id)
    form = WithdrawForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            services.withdraw_target(actor=request.actor, target_id=target.pk, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            if not refusal.issues:
                raise
            form.show(refusal.issues)
        else:
            tell(request, _("The target for “%(name)s” is withdrawn.") % {"name": metric.name})
            return redirect("targets:list")
    context = {
        "form": form,
        "metric": metric,
        "past": past(target, metric, request.workspace.currency),
        "crumbs": crumbs(),
    }
    return render(request, "targets/withdraw.html", context | doors(request), status=422 if form.is_bound else 200)
