"""The list of initiatives; planning, changing, finishing, stopping one; what a metric's page shows of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import requires
from apps.accounts.domain.roles import Actor
from apps.accounts.selectors import active_people
from apps.audit.domain.words import words_of
from apps.audit.selectors import history_of
from apps.common.middleware import tell
from apps.goals.domain.plan import OPEN, Stand, time_over
from apps.goals.forms.initiatives import EndForm, MetricForm, PlanForm
from apps.goals.models import Initiative
from apps.goals.presentation import initiatives as presentation
from apps.goals.selectors import initiatives as selectors
from apps.goals.selectors.initiatives import InitiativeView
from apps.goals.services import initiatives as services
from apps.kernel.issue import NotHere, Refusal
from apps.metrics import selectors as metrics
from apps.metrics.presentation import dimension_word, style_of
from apps.metrics.selectors import MetricView

PER_PAGE = 50
USUAL_DAYS = 28
OPEN_ONES = "open"


@requires("initiatives.view")
@require_GET
def initiative_list(request: HttpRequest) -> HttpResponse:
    """Every action, those that need somebody first; by stand, owner, metric and words. Two queries."""
    known = {view.id: view for view in metrics.metrics(archived=True)}
    every = selectors.every_initiative()
    chosen = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "stand", "owner", "metric")}
    found = [view for view in every if _is_asked(view, known[view.metric_id], chosen)]
    order = list(presentation.STANDS)
    found.sort(key=lambda view: (order.index(view.stand), view.due))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    asked_for = {view.metric_id for view in every}
    context = {
        "rows": [_row(view, known[view.metric_id], request) for view in page],
        "page": page,
        "chosen": chosen,
        "any": bool(every),
        "has_metrics": bool(known),
        "stands": [(OPEN_ONES, _("Not ended")), *((str(key), _(word)) for key, (_tone, word) in _stands())],
        "owners": sorted(
            {(str(view.owner_id), view.owner_name) for view in every if view.owner_id}, key=lambda o: o[1]
        ),
        "metrics": sorted(((known[pk].key, known[pk].name) for pk in asked_for), key=lambda one: one[1].casefold()),
        "may_edit": request.actor.may("initiatives.edit"),
    }
    return render(request, "goals/list.html", context)


def _stands() -> list[tuple[Stand, tuple[str, str]]]:
    return list(presentation.STANDS.items())


def _is_asked(view: InitiativeView, metric: MetricView, chosen: dict[str, str]) -> bool:
    stands = {OPEN_ONES: OPEN}.get(chosen["stand"]) or {chosen["stand"] or view.stand}
    words = f"{view.title} {view.owner_name} {metric.name} {view.member} {view.what}".casefold()
    return (
        view.stand in stands
        and (not chosen["owner"] or chosen["owner"] == str(view.owner_id))
        and (not chosen["metric"] or chosen["metric"] == metric.key)
        and chosen["q"].casefold() in words
    )


def _row(view: InitiativeView, metric: MetricView, request: HttpRequest) -> dict[str, object]:
    style = style_of(metric.unit, request.workspace.currency)
    return {
        "view": view,
        "metric": metric,
        "tone": presentation.tone(view),
        "stand": presentation.word(view),
        "days": presentation.days(view),
        "effect": presentation.effect(view.expected, style),
        "over": time_over(view.start, view.due, selectors.today()) if view.is_running else None,
    }


@requires("initiatives.view")
@require_GET
def detail(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """One action: what is done, by whom, for what, how it ended, and who changed what."""
    row = selectors.initiative_by_id(initiative_id)
    view = selectors.view_of(row, selectors.today())
    metric = metrics.metric_for(row.metric_id)
    context = {
        **_row(view, metric, request),
        "row": row,
        "dimension": dimension_word(metrics.known(), row.dimension) if row.dimension else "",
        "history": [(_(words_of(entry.act)), entry) for entry in history_of(row)],
        "may_change": services.may_change(request.actor, row.owner_id, row.created_by),
        "crumbs": _crumbs(),
    }
    return render(request, "goals/detail.html", context)


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a metric, then say what is done, by whom, from when to when."""
    key = request.GET.get("metric", "")
    metric = metrics.metric_for(key) if key else None
    if metric is not None and metric.archived:
        raise NotHere(_("This metric is archived."))
    scope = MetricForm(initial={"metric": key}, metrics=metrics.metrics())
    form = None
    if metric is not None:
        today = selectors.today()
        initial = {"owner": request.actor.id, "start": today, "due": today + timedelta(days=USUAL_DAYS - 1)}
        form = _plan_form(request, metric, initial)
        if form.is_bound:
            made = _save(request, form, metric, None)
            if made is not None:
                tell(request, _("“%(title)s” is planned.") % {"title": made.title})
                return redirect("goals:detail", made.pk)
    context = {
        "scope": scope, "form": form, "metric": metric, "crumbs": _crumbs(),
        "has_metrics": len(scope.fields["metric"].choices) > 1,
    }  # fmt: skip
    return render(request, "goals/edit.html", context, status=422 if form is not None and form.is_bound else 200)


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Change what is said of an action that has not ended."""
    row = _mine(request.actor, initiative_id)
    if row.status in selectors.ENDED:
        raise Refusal(services.ENDED_ALREADY, status=409)
    metric = metrics.metric_for(row.metric_id)
    names = ("title", "what", "start", "due", "dimension", "member", "expected", "revision")
    initial = {name: getattr(row, name) for name in names}
    initial |= {"owner": row.owner_id, "running": row.status == Initiative.Status.RUNNING}
    form = _plan_form(request, metric, initial, row)
    if form.is_bound and _save(request, form, metric, row) is not None:
        tell(request, _("The change is saved."))
        return redirect("goals:detail", row.pk)
    context = {"form": form, "metric": metric, "row": row, "has_metrics": True, "crumbs": _crumbs(row)}
    return render(request, "goals/edit.html", context, status=422 if form.is_bound else 200)


def _plan_form(
    request: HttpRequest, metric: MetricView, initial: dict[str, object], row: Initiative | None = None
) -> PlanForm:
    """An owner who has left, and a dimension the metric lost, stay to be seen: saving never drops them unsaid."""
    known = metrics.known()
    people = {person.pk: str(person) for person in active_people()}
    split = metric.dimensions
    if row is not None and row.owner_id:
        people.setdefault(row.owner_id, row.owner_name)
    if row is not None and row.dimension:
        split = tuple(dict.fromkeys([*split, row.dimension]))
    return PlanForm(
        request.POST if request.method == "POST" else None,
        style=style_of(metric.unit, request.workspace.currency),
        suffix=metric.suffix,
        dimensions={name: dimension_word(known, name) for name in split},
        people=people.items(),
        initial=initial,
    )


def _save(request: HttpRequest, form: PlanForm, metric: MetricView, row: Initiative | None) -> Initiative | None:
    """Write the plan; None, with every error in its place, if it cannot be."""
    readable = form.is_valid()
    if not readable:
        form.show(services.issues(form.plan(), dimensions=metric.dimensions))
        return None
    told = {"actor": request.actor, "plan": form.plan(), **form.rest()}
    try:
        if row is None:
            return services.create_initiative(metric_id=metric.id, **told)
        revision = form.cleaned_data.get("revision") or 0
        return services.change_initiative(initiative_id=row.pk, revision=revision, **told)
    except Refusal as refusal:
        if not refusal.issues:
            form.add_error(None, refusal.in_words(_))
        form.show(refusal.issues)
        return None


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Ask since when it is done and what came of it."""
    return _end(request, initiative_id, stops=False)


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Ask why it is stopped."""
    return _end(request, initiative_id, stops=True)


def _end(request: HttpRequest, initiative_id: UUID, *, stops: bool) -> HttpResponse:
    row = _mine(request.actor, initiative_id)
    if row.status in selectors.ENDED:
        raise Refusal(services.ENDED_ALREADY, status=409)
    today = selectors.today()
    form = EndForm(request.POST or None, stops=stops, initial={"on": today, "revision": row.revision})
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        common = {
            "actor": request.actor, "initiative_id": row.pk, "revision": told.get("revision") or 0,
            "on": told.get("on"), "today": today,
        }  # fmt: skip
        try:
            if stops:
                services.stop_initiative(**common, reason=told["result"])
            else:
                services.finish_initiative(**common, result=told["result"])
        except Refusal as refusal:
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
            form.show(refusal.issues)
        else:
            done = _("“%(title)s” is stopped.") if stops else _("“%(title)s” is done.")
            tell(request, done % {"title": row.title})
            return redirect("goals:detail", row.pk)
    context = {"form": form, "row": row, "stops": stops, "crumbs": _crumbs(row)}
    return render(request, "goals/end.html", context, status=422 if form.is_bound else 200)


@requires("initiatives.edit")
@require_POST
def reopen(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Take an action up again that had ended."""
    row = selectors.initiative_by_id(initiative_id)
    revision = request.POST.get("revision", "")
    services.reopen_initiative(
        actor=request.actor,
        initiative_id=row.pk,
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
    )
    tell(request, _("“%(title)s” runs again.") % {"title": row.title})
    return redirect("goals:detail", row.pk)


def _mine(actor: Actor, initiative_id: UUID) -> Initiative:
    """An action that this person may change."""
    row = selectors.initiative_by_id(initiative_id)
    if not services.may_change(actor, row.owner_id, row.created_by):
        raise services.Forbidden(services.NOT_YOURS)
    return row


def _crumbs(row: Initiative | None = None) -> list[tuple[str, str]]:
    own = [(row.title, reverse("goals:detail", args=[row.pk]))] if row else []
    return [(_("Actions"), reverse("goals:list")), *own]
