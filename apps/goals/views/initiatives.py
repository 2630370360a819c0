"""Planning, changing, finishing and stopping an initiative, and the page of one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import requires
from apps.accounts.domain.roles import Actor
from apps.accounts.selectors import active_names
from apps.audit.domain.words import words_of
from apps.audit.selectors import history_of
from apps.common import formats
from apps.common.charts import Trend
from apps.common.middleware import tell
from apps.evidence.presentation import method_word
from apps.goals.domain.foreseen import Foreseen
from apps.goals.forms.initiatives import EndForm, MetricForm, PlanForm
from apps.goals.models import Initiative
from apps.goals.presentation import effects
from apps.goals.presentation import initiatives as presentation
from apps.goals.presentation.rows import money, row_of
from apps.goals.selectors import initiatives as selectors
from apps.goals.selectors.anchors import Anchor, anchor_for, anchor_of
from apps.goals.selectors.days import today
from apps.goals.selectors.people import reader
from apps.goals.services import initiatives as services
from apps.kernel.issue import NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.presentation import dimension_word, trend_of
from apps.targets.presentation import kept_when_asked
from apps.workspaces.scope import current_workspace

POINTS = 36
USUAL_DAYS = 28


@requires("initiatives.view")
@require_GET
@kept_when_asked
def detail(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """One action: what is done, by whom, for what, how it ended, what came of it, and who changed what."""
    row = selectors.initiative_for(request.actor, initiative_id)
    anchor = anchor_of(row)
    metric = anchor.metric
    told = effects.foreseen_of(row)
    context = {
        "line": row_of(row, {metric.id: metric} if metric else {}, today(), may_move=True),
        "row": row,
        "metric": metric,
        "anchor": anchor,
        "dimension": dimension_word(metrics.known(), row.dimension) if row.dimension else "",
        "history": [(_(words_of(entry.act)), entry) for entry in history_of(row)],
        "may_change": services.may_change(request.actor, row.owner_id, row.created_by),
        "said": effects.said(row, anchor.style, money()),
        "told": told,
        "told_first": effects.period_words(told, told.first) if told and told.told else "",
        "told_last": effects.period_words(told, told.last) if told and told.told else "",
        "method": method_word(told.method) if told and told.told else "",
        "target_words": _target_words(anchor),
        "trend": _trend(row, anchor, told),
        "others": selectors.at_the_same_time(row, reader(request.actor)),
        "crumbs": _crumbs(),
    }
    return render(request, "goals/detail.html", context)


def _target_words(anchor: Anchor) -> str:
    target = anchor.target
    if target is None or target.goal is None:
        return _("until %(due)s") % {"due": formats.day(target.due)} if target else ""
    return _("%(goal)s by %(due)s") % {"goal": anchor.style.full(target.goal), "due": formats.day(target.due)}


def _trend(row: Initiative, anchor: Anchor, told: Foreseen | None) -> Trend | None:
    """What came, what was expected without it, and the days it began and ended. Two queries."""
    if told is None or anchor.metric is None or not told.told:
        return None
    place = told.place
    series = metrics.series(anchor.metric, Grain(place.grain), place.dimension, place.member, last=POINTS)
    if not series.points:
        return None
    view = selectors.view_of(row, today())
    return trend_of(
        series, key="effect", title=row.title, currency=current_workspace().currency,
        ahead=effects.ahead_of(told), marks=presentation.marks_of([view]),
    )  # fmt: skip


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def new(request: HttpRequest) -> HttpResponse:
    """Choose a metric (a target and a key result bring theirs), then say what is done, by whom, from when to when."""
    anchor = _chosen(request)
    if anchor is not None and anchor.metric is not None and anchor.metric.archived:
        raise NotHere(_("This metric is archived."))
    scope = MetricForm(initial={"metric": request.GET.get("metric", "")}, metrics=metrics.metrics())
    form = None
    if anchor is not None:
        initial = {"owner": request.actor.id, "start": today(), "due": today() + timedelta(days=USUAL_DAYS - 1)}
        form = _plan_form(request, anchor, initial)
        if form.is_bound:
            made = _save(request, form, anchor, None)
            if made is not None:
                tell(request, _("“%(title)s” is planned.") % {"title": made.title})
                return redirect("goals:detail", made.pk)
    context = {
        "scope": scope, "form": form, "anchor": anchor, "crumbs": _crumbs(),
        "has_metrics": len(scope.fields["metric"].choices) > 1 or anchor is not None,
    }  # fmt: skip
    return render(request, "goals/edit.html", context, status=422 if form is not None and form.is_bound else 200)


def _chosen(request: HttpRequest) -> Anchor | None:
    """What the address says that it is for; None where it says nothing yet."""
    asked = request.GET
    if asked.get("target"):
        return anchor_for(request.actor, target_id=_uuid(asked["target"]))
    if asked.get("key_result"):
        return anchor_for(request.actor, key_result_id=_uuid(asked["key_result"]))
    return anchor_for(request.actor, metric_id=asked["metric"]) if asked.get("metric") else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotHere(_("There is no such thing.")) from None


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def edit(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Change what is said of an action that has not ended."""
    row = _mine(request.actor, initiative_id)
    if row.status in selectors.ENDED:
        raise Refusal(services.ENDED_ALREADY, status=409)
    anchor = anchor_of(row)
    names = ("title", "what", "start", "due", "dimension", "member", "expected", "cost", "revision")
    initial = {name: getattr(row, name) for name in names}
    initial |= {"owner": row.owner_id, "running": row.status == Initiative.Status.RUNNING}
    form = _plan_form(request, anchor, initial, row)
    if form.is_bound and _save(request, form, anchor, row) is not None:
        tell(request, _("The change is saved."))
        return redirect("goals:detail", row.pk)
    context = {"form": form, "anchor": anchor, "row": row, "has_metrics": True, "crumbs": _crumbs(row)}
    return render(request, "goals/edit.html", context, status=422 if form.is_bound else 200)


def _plan_form(
    request: HttpRequest, anchor: Anchor, initial: dict[str, object], row: Initiative | None = None
) -> PlanForm:
    """An owner who has left, and a dimension the metric lost, stay to be seen: saving never drops them unsaid."""
    known = metrics.known()
    people = active_names()
    if row is not None and row.owner_id:
        people.setdefault(row.owner_id, row.owner_name)
    split: tuple[str, ...] = ()
    if anchor.target is None and anchor.key_result is None:  # those say for which member it is
        split = anchor.dimensions
        if row is not None and row.dimension:
            split = tuple(dict.fromkeys([*split, row.dimension]))
    return PlanForm(
        request.POST if request.method == "POST" else None,
        style=anchor.style,
        suffix=anchor.suffix,
        money=money(),
        dimensions={name: dimension_word(known, name) for name in split},
        people=people.items(),
        initial=initial,
    )


def _save(request: HttpRequest, form: PlanForm, anchor: Anchor, row: Initiative | None) -> Initiative | None:
    """Write the plan; None, with every error in its place, if it cannot be."""
    readable = form.is_valid()
    if not readable:
        form.show(services.issues(anchor.placed(form.plan()), dimensions=anchor.dimensions))
        return None
    told = {"actor": request.actor, "plan": form.plan(), **form.rest()}
    try:
        if row is None:
            return services.create_initiative(**anchor.ids, **told)
        revision = form.cleaned_data.get("revision") or 0
        return services.change_initiative(initiative_id=row.pk, revision=revision, **told)
    except Refusal as refusal:
        if not refusal.issues:
            form.add_error(None, refusal.in_words(_))
        form.show(refusal.issues)
        return None


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def finish(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Ask since when it is done and what came of it."""
    return _end(request, initiative_id, stops=False)


@requires("initiatives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def stop(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Ask why it is stopped."""
    return _end(request, initiative_id, stops=True)


def _end(request: HttpRequest, initiative_id: UUID, *, stops: bool) -> HttpResponse:
    row = _mine(request.actor, initiative_id)
    if row.status in selectors.ENDED:
        raise Refusal(services.ENDED_ALREADY, status=409)
    day = today()
    form = EndForm(request.POST or None, stops=stops, initial={"on": day, "revision": row.revision})
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        common = {
            "actor": request.actor, "initiative_id": row.pk, "revision": told.get("revision") or 0,
            "on": told.get("on"), "today": day,
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
@kept_when_asked
def reopen(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Take an action up again that had ended."""
    row = selectors.initiative_for(request.actor, initiative_id)
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
    row = selectors.initiative_for(actor, initiative_id)
    if not services.may_change(actor, row.owner_id, row.created_by):
        raise services.Forbidden(services.NOT_YOURS)
    return row


def _crumbs(row: Initiative | None = None) -> list[tuple[str, str]]:
    own = [(row.title, reverse("goals:detail", args=[row.pk]))] if row else []
    return [(_("Actions"), reverse("goals:list")), *own]
