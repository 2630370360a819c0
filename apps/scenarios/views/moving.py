"""The page where figures are moved: a new what-if, a saved one, and the live answer while somebody types."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import NotHere, Refusal
from apps.scenarios import forms, selectors, services
from apps.scenarios.domain.base import Scope
from apps.scenarios.domain.changes import Changes
from apps.scenarios.forms import SaveForm
from apps.scenarios.models import Scenario
from apps.scenarios.presentation import bench
from apps.scenarios.selectors import Kept
from apps.scenarios.views.bench import Bench, page_context, result_context, use_what_was_sought
from apps.scenarios.views.request import crumbs, revision, uuid


@requires("metrics.view")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A what-if from the figures of today, until it is saved under a name."""
    choice = selectors.choice()
    if choice is None or not choice.series.points or choice.newest is None:
        context = {"crumbs": crumbs(), "may_choose": request.actor.may("north_star.choose"), "chosen": choice}
        return render(request, "scenarios/nothing.html", context)
    sent = request.POST if request.method == "POST" else request.GET
    work = Bench(selectors.today(_scope(choice, sent)), Changes())
    form = SaveForm(request.POST or None)
    if request.method == "POST":
        work.read(request.POST, request.workspace.currency)
        use_what_was_sought(work, request)
        if request.POST.get("act") == "save" and (saved := _saved(request, work, form)) is not None:
            return saved
    status = 422 if request.POST.get("act") == "save" else 200
    extra = {"choice": choice, "periods": bench.periods(choice), "members": bench.members(choice)}
    return render(request, "scenarios/bench.html", page_context(request, work, form) | extra, status=status)


def _scope(choice: selectors.Choice, sent: QueryDict) -> Scope:
    grain, newest = str(choice.north_star.grain), choice.newest
    assert newest is not None  # noqa: S101  (`new` has looked)
    start = sent.get("period", "") or newest.start.isoformat()
    dimension, _sign, member = sent.get("for", "").partition(":")
    known = dict(choice.members)
    if dimension and member not in known.get(dimension, ()):
        raise NotHere(_("There is no such member."))
    return selectors.scope_of(grain, start, dimension, member)


def _saved(request: HttpRequest, work: Bench, form: SaveForm) -> HttpResponse | None:
    """Save a new what-if; None, with everything in its place, if it cannot be."""
    readable = form.is_valid()
    if request.POST.get("digest") != work.base.digest():
        form.add_error(
            None, _("The figures changed while you were here. Below are the new ones: look, then save again.")
        )
        return None
    if not readable or work.issues:
        return None
    told = form.cleaned_data
    try:
        row = services.save_scenario(
            actor=request.actor, name=told.get("name", ""), note=told.get("note", ""),
            shared=told.get("shared", False), base=work.base, changes=work.changes,
        )  # fmt: skip
    except Refusal as refusal:
        _show(form, refusal)
        return None
    tell(request, _("“%(name)s” is saved.") % {"name": row.name})
    return redirect("scenarios:detail", row.pk)


def _show(form: SaveForm, refusal: Refusal) -> None:
    """Each issue at its field; one that belongs to no field of the form over it."""
    for issue in refusal.issues:
        form.add_error(issue.where if issue.where in form.fields else None, issue.in_words(_))
    if not refusal.issues:
        form.add_error(None, refusal.in_words(_))


@requires("metrics.view")
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """A saved what-if. Who made it saves over it, everybody else who sees it plays with it and saves a copy."""
    kept = selectors.scenario_for(request.actor, scenario_id)
    row, currency = kept.row, request.workspace.currency
    work = Bench(kept.sheet, kept.changes, forms.written(kept.sheet, kept.changes, currency), kept=kept)
    form = SaveForm(request.POST or None, initial={"name": row.name, "note": row.note, "shared": row.shared})
    act = request.POST.get("act", "")
    if request.method == "POST":
        work.read(request.POST, currency)
        use_what_was_sought(work, request)
        if act == "save" and (saved := _changed(request, work, form, row)) is not None:
            return saved
        if act == "copy" and (saved := _saved_copy(request, work, form, row)) is not None:
            return saved
    context = page_context(request, work, form) | {
        "scenario": row,
        "mine": row.author_id == request.actor.id,
        "differs": _differs(kept),
        "revision": row.revision if request.method == "GET" else request.POST.get("revision", ""),
    }
    return render(request, "scenarios/bench.html", context, status=422 if act in ("save", "copy") else 200)


def _changed(request: HttpRequest, work: Bench, form: SaveForm, row: Scenario) -> HttpResponse | None:
    if not form.is_valid() or work.issues:
        return None
    told = form.cleaned_data
    try:
        services.change_scenario(
            actor=request.actor, scenario_id=row.pk, revision=revision(request),
            name=told.get("name", ""), note=told.get("note", ""), shared=told.get("shared", False),
            changes=work.changes,
        )  # fmt: skip
    except Refusal as refusal:
        _show(form, refusal)
        return None
    tell(request, _("“%(name)s” is saved.") % {"name": told["name"]})
    return redirect("scenarios:detail", row.pk)


def _saved_copy(request: HttpRequest, work: Bench, form: SaveForm, row: Scenario) -> HttpResponse | None:
    """What is on the page, over the same base, as a what-if of one's own."""
    if not form.is_valid() or work.issues:
        return None
    told = form.cleaned_data
    try:
        copy = services.save_scenario(
            actor=request.actor, name=told.get("name", ""), note=told.get("note", ""), shared=False, base=work.base,
            changes=work.changes, copied_from=row.name,
        )  # fmt: skip
    except Refusal as refusal:
        _show(form, refusal)
        return None
    tell(request, _("“%(name)s” is saved.") % {"name": copy.name})
    return redirect("scenarios:detail", copy.pk)


def _differs(kept: Kept) -> int:
    """How many figures are others today than those it starts from; 0 where none is, or nothing is there to compare."""
    try:
        now = selectors.today(kept.base.scope).base
    except NotHere:
        return 0
    if now.digest() == kept.base.digest():
        return 0
    keys = {*now.metrics, *kept.base.metrics}
    before, after = kept.base.metrics, now.metrics
    moved = sum(key not in before or key not in after or before[key].value != after[key].value for key in keys)
    return max(moved, 1)


@requires("metrics.view")
@require_POST
def evaluate(request: HttpRequest) -> HttpResponse:
    """What the page comes to while somebody types: its result alone, over the same base."""
    scenario = request.POST.get("scenario", "")
    if scenario:
        kept = selectors.scenario_for(request.actor, uuid(scenario))
        work = Bench(kept.sheet, kept.changes, kept=kept)
    else:
        choice = selectors.choice()
        if choice is None or choice.newest is None:
            raise NotHere(selectors.NO_TREE)
        work = Bench(selectors.today(_scope(choice, request.POST)), Changes())
    work.read(request.POST, request.workspace.currency)
    return render(request, "scenarios/_live.html", result_context(request, work))
