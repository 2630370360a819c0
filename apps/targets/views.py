"""The list of targets, setting and replacing one, its history, withdrawing it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import requires
from apps.accounts.selectors import active_people
from apps.common.formats import Kind, Style, as_cell, rounded
from apps.common.middleware import tell
from apps.kernel.issue import N_, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.presentation import grain_word, style_of
from apps.metrics.selectors import MetricView
from apps.targets import presentation, selectors, services
from apps.targets.domain import checks, pace
from apps.targets.forms import ScopeForm, TargetForm, WithdrawForm
from apps.targets.models import Target

PER_PAGE = 50
EXPORTED = (
    N_("Metric"), N_("Metric name"), N_("Read by"), N_("Dimension"), N_("Member"), N_("From the value"),
    N_("To the value"), N_("From the day"), N_("By when"), N_("Who answers for it"), N_("Period"), N_("Value"),
    N_("Expected"), N_("Attainment"), N_("Status"),
)  # fmt: skip
"""Columns of the exported list, as in `_exported`."""


@requires("targets.view")
@require_GET
def target_list(request: HttpRequest) -> HttpResponse:
    """Every target in force, those in most trouble first."""
    query = request.GET.get("q", "").strip()[:100]
    held = selectors.targets()
    shown = [one for one in held if query.casefold() in one.metric.name.casefold()]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [_row(one, request.workspace.currency) for one in page],
        "page": page,
        "query": query,
        "any": bool(held),
        "searchable": len(held) > PER_PAGE or bool(query),
        "has_metrics": bool(held) or bool(metrics.metrics()),
        **_doors(request),
    }
    return render(request, "targets/list.html", context)


def _row(held: selectors.Held, currency: str) -> dict[str, object]:
    style = style_of(held.metric.unit, currency)
    return {
        "target": held.target,
        "metric": held.metric,
        "value": style.full(held.point.value) if held.point else "",
        "read": grain_word(held.target.grain).lower(),
        "sentence": presentation.sentence(held.course, style),
        "periods": presentation.periods_words(held.course),
        "goal": presentation.goal_piece(held, currency),
    }


@requires("targets.view")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Every target in force with its standing, exact, as CSV that Excel opens rightly."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_(title) for title in EXPORTED)
    for held in selectors.targets():
        writer.writerow(_exported(held))
    response = HttpResponse("\ufeff" + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="targets-{localdate():%Y%m%d}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _exported(held: selectors.Held) -> list[str]:
    target, standing = held.target, held.standing
    return [
        held.metric.key, as_cell(held.metric.name), target.grain, target.dimension, as_cell(target.member),
        _exact(target.baseline), _exact(target.goal), target.start.isoformat(), target.due.isoformat(),
        as_cell(target.owner_name), standing.period.key if standing.period else "", _exact(standing.value),
        _exact(standing.expected), _exact(standing.attainment), presentation.status_word(standing),
    ]  # fmt: skip


def _exact(value: Decimal | None) -> str:
    """A figure with the digits it has; an attainment to six places, which no reader needs more of."""
    return "" if value is None else f"{rounded(value, 6).normalize():f}"


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a metric, then say from, to, by when. The same page replaces the target in force."""
    metric = _metric_asked(request)
    scope = ScopeForm(
        initial={"metric": metric.key if metric else "", "grain": _grain_asked(request, metric) if metric else ""},
        metrics=metrics.metrics(),
        chosen=metric,
    )
    if metric is None:
        context = {"scope": scope, "has_metrics": len(scope.fields["metric"].choices) > 1, "crumbs": _crumbs()}
        context |= _doors(request)
        return render(request, "targets/set.html", context)
    return _set_page(request, scope, metric, _grain_asked(request, metric))


def _metric_asked(request: HttpRequest) -> MetricView | None:
    key = request.GET.get("metric", "")
    found = metrics.metric_for(key) if key else None
    if found is not None and found.archived:
        raise NotHere(_("This metric is archived."))
    return found


def _grain_asked(request: HttpRequest, metric: MetricView) -> Grain:
    """The grain of the address; else the North Star's own, else the metric's first."""
    asked = request.GET.get("grain", "")
    if asked in metric.grains:
        return Grain(asked)
    chosen = metrics.north_star()
    if chosen is not None and chosen.grain in metric.grains:
        return chosen.grain
    return Grain.MONTH if Grain.MONTH in metric.grains else metric.grains[0]


def _set_page(request: HttpRequest, scope: ScopeForm, metric: MetricView, grain: Grain) -> HttpResponse:
    series = metrics.series(metric, grain, last=selectors.LOOK_BACK)
    former = selectors.target_for(metric.id, grain)
    style = style_of(metric.unit, request.workspace.currency)
    data = request.POST if request.method == "POST" else None
    form = TargetForm(
        data,
        style=style,
        suffix=metric.suffix,
        replaces=former is not None,
        people=[(person.pk, str(person)) for person in active_people()],
        initial=_initial(request, former, series, style),
    )
    if form.is_bound:
        saved = _save(request, form, metric, grain, former)
        if saved is not None:
            return saved
        former = selectors.target_for(metric.id, grain)
    context = {
        "scope": scope,
        "has_metrics": True,
        "form": form,
        "metric": metric,
        "grain": grain,
        "former": presentation.sentence(selectors.course_of(former), style) if former else "",
        "former_target": former,
        "latest": series.latest,
        "style": style,
        "sentence": _sentence(request, form, metric, grain),
        "crumbs": _crumbs(),
    }
    return render(request, "targets/set.html", context, status=422 if form.is_bound else 200)


def _initial(request: HttpRequest, former: Target | None, series: metrics.Series, style: Style) -> dict[str, object]:
    """The target in force, or a plausible one: from the newest value of an ended period, starting after it."""
    if former is not None:
        return {
            **{name: getattr(former, name) for name in ("baseline", "goal", "start", "due")},
            "seen": former.pk,
            "owner": former.owner_id,
        }
    calendar, latest, grain = request.workspace.calendar, series.latest, series.grain
    today = calendar.today(timezone.now())
    after = latest.period.start if latest else calendar.shift(calendar.period_of(today, grain), -1).start
    start, due = checks.usual_dates(calendar, grain, after)
    value = _as_shown(latest.value, style) if latest else None
    return {"baseline": value, "start": start, "due": due, "owner": series.metric.owner_id or request.actor.id}


def _as_shown(value: Decimal | None, style: Style) -> Decimal | None:
    """A value with the digits it is shown with: what somebody reads is what they agree to."""
    digits = style.digits + (2 if style.kind is Kind.PERCENT else 0)
    return None if value is None else rounded(value, digits)


def _save(
    request: HttpRequest, form: TargetForm, metric: MetricView, grain: Grain, former: Target | None
) -> HttpResponse | None:
    """Set the target; None, with every error in its place, if it cannot be."""
    readable = form.is_valid()
    terms = form.terms()
    wish = checks.Wish(grain, *(terms[name] for name in ("baseline", "goal", "start", "due", "on_purpose")))
    form.asks_purpose = form.asks_purpose or checks.is_wrong_way(wish, metric.direction)
    if not readable:
        form.show(services.issues_of(wish, metric, former, reason=terms["reason"]))
        return None
    try:
        services.set_target(actor=request.actor, metric_id=metric.id, grain=grain, **terms)
    except Refusal as refusal:
        if not refusal.issues:
            form.add_error(None, refusal.in_words(_))
            form.see(selectors.target_for(metric.id, grain))
        form.show(refusal.issues)
        return None
    tell(request, _("The target for “%(name)s” is set.") % {"name": metric.name})
    return redirect("targets:list")


def _sentence(request: HttpRequest, form: TargetForm, metric: MetricView, grain: Grain) -> str:
    """What the form says so far, in one line; nothing while something is missing or wrong."""
    told = form.cleaned_data if form.is_bound else form.initial
    wish = checks.Wish(grain, *(told.get(name) for name in ("baseline", "goal", "start", "due")), on_purpose=True)
    calendar = request.workspace.calendar
    if any(checks.issues(wish, calendar, direction=metric.direction, grains=metric.grains)):
        return ""
    course = pace.course(calendar, grain=grain, baseline=wish.baseline, goal=wish.goal, start=wish.start, due=wish.due)
    style = style_of(metric.unit, request.workspace.currency)
    return f"{presentation.sentence(course, style)} · {presentation.periods_words(course)}"


@requires("targets.edit")
@require_GET
def sentence(request: HttpRequest) -> HttpResponse:
    """The fragment under the form, while somebody types: what is being agreed, in one line."""
    metric = _metric_asked(request)
    if metric is None:
        raise NotHere(_("Choose a metric first."))
    grain = _grain_asked(request, metric)
    style = style_of(metric.unit, request.workspace.currency)
    form = TargetForm(request.GET, style=style, suffix=metric.suffix, replaces=False)
    form.is_valid()
    return render(request, "targets/_sentence.html", {"sentence": _sentence(request, form, metric, grain)})


@requires("targets.edit")
@require_GET
def edit(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Where a target in force is replaced: the page that sets one for the same metric."""
    target = selectors.target_by_id(target_id)
    if target.ended_at is not None:
        raise Refusal(services.ENDED_ALREADY, status=409)
    metric = metrics.metric_for(target.metric_id)
    return redirect(reverse("targets:new") + "?" + urlencode({"metric": metric.key, "grain": target.grain}))


@requires("targets.view")
@require_GET
def history(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Every target there was for the same metric and grain, newest first."""
    target = selectors.target_by_id(target_id)
    metric = metrics.metric_for(target.metric_id)
    style = style_of(metric.unit, request.workspace.currency)
    page = Paginator(selectors.history_of(target), PER_PAGE).get_page(request.GET.get("page"))
    rows = [_past(one, style) for one in page]
    context = {
        "metric": metric,
        "rows": rows,
        "page": page,
        "read": grain_word(target.grain).lower(),
        "crumbs": _crumbs(),
    }
    return render(request, "targets/history.html", context)


def _past(target: Target, style: Style) -> dict[str, object]:
    course = selectors.course_of(target)
    return {
        "target": target,
        "sentence": presentation.sentence(course, style),
        "periods": presentation.periods_words(course),
    }


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
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
    style = style_of(metric.unit, request.workspace.currency)
    context = {"form": form, "metric": metric, "past": _past(target, style), "crumbs": _crumbs()}
    return render(request, "targets/withdraw.html", context, status=422 if form.is_bound else 200)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Targets"), reverse("targets:list"))]


def _doors(request: HttpRequest) -> dict[str, object]:
    """What this person may open from here."""
    may_define = request.actor.may("metrics.edit")
    return {
        "can_edit": request.actor.may("targets.edit"),
        "define_url": reverse("metrics:new") if may_define else "",
    }
