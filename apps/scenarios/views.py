"""What if: the list, the page where figures are moved, its live answer, comparing, copying, deleting, exporting."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Issue, NotHere, Refusal
from apps.metrics.domain.definition import Names, Unit
from apps.metrics.presentation import style_of
from apps.scenarios import forms, selectors, services
from apps.scenarios.domain import checks, seeking
from apps.scenarios.domain.base import Base, Scope
from apps.scenarios.domain.changes import Changes, Move
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.forms import SaveForm
from apps.scenarios.models import Scenario
from apps.scenarios.presentation import bench, comparison
from apps.scenarios.presentation.figures import as_decimal, scope_words
from apps.scenarios.presentation.result import Teller
from apps.scenarios.presentation.workbook import KIND, workbook
from apps.scenarios.selectors import Kept

PER_PAGE = 20
MOST_COMPARED = 3


# --- the list ---------------------------------------------------------------------------------------------------------


@requires("metrics.view")
@require_GET
def scenario_list(request: HttpRequest) -> HttpResponse:
    """One's own what-ifs and those that others share, the newest first."""
    query = request.GET.get("q", "").strip()[:100]
    page = Paginator(selectors.scenarios(request.actor, query), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [_row(row, request) for row in page],
        "page": page,
        "query": query,
        "any": bool(query) or page.paginator.count > 0,
        "searchable": bool(query) or page.paginator.count > 1,
        "comparable": page.paginator.count > 1,
    }
    return render(request, "scenarios/list.html", context)


def _row(row: Scenario, request: HttpRequest) -> dict[str, object]:
    told = row.summary
    style = style_of(Unit.model_validate_json(_json(told["unit"])), request.workspace.currency)
    now, then = (None if told[name] is None else Fraction(told[name]) for name in ("now", "then"))
    change = None if now is None or then is None else as_decimal(then - now)
    return {
        "scenario": row,
        "mine": row.author_id == request.actor.id,
        "metric": Names.model_validate_json(_json(told["name"])).text(get_language()),
        "now": style.short(as_decimal(now)),
        "then": style.short(as_decimal(then)),
        "change": change,
        "size": style.change(change),
        "better": told["direction"],
    }


def _json(value: object) -> str:
    return json.dumps(value)


# --- the page where figures are moved ---------------------------------------------------------------------------------


@dataclass
class Bench:
    """What the page works on: a base, what is typed over it, and the saved what-if behind it, if there is one."""

    sheet: Sheet
    changes: Changes
    texts: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    kept: Kept | None = None
    sent: QueryDict | None = None

    @property
    def base(self) -> Base:
        return self.sheet.base

    def read(self, sent: QueryDict, currency: str) -> None:
        """Take what was typed; what cannot be worked out is left out, and said."""
        typed = forms.read(self.sheet, sent, currency)
        self.changes, found = checks.sound(self.sheet, typed.changes)
        self.texts, self.issues, self.sent = typed.texts, [*typed.issues, *found], sent


@requires("metrics.view")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A what-if from the figures of today, until it is saved under a name."""
    choice = selectors.choice()
    if choice is None or not choice.series.points or choice.newest is None:
        context = {"crumbs": _crumbs(), "may_choose": request.actor.may("north_star.choose"), "chosen": choice}
        return render(request, "scenarios/nothing.html", context)
    sent = request.POST if request.method == "POST" else request.GET
    work = Bench(selectors.today(_scope(choice, sent)), Changes())
    form = SaveForm(request.POST or None)
    if request.method == "POST":
        work.read(request.POST, request.workspace.currency)
        _use_what_was_sought(work, request)
        if request.POST.get("act") == "save" and (saved := _saved(request, work, form)) is not None:
            return saved
    status = 422 if request.POST.get("act") == "save" else 200
    extra = {"choice": choice, "periods": bench.periods(choice), "members": bench.members(choice)}
    return render(request, "scenarios/bench.html", _context(request, work, form) | extra, status=status)


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
        _use_what_was_sought(work, request)
        if act == "save" and (saved := _changed(request, work, form, row)) is not None:
            return saved
        if act == "copy" and (saved := _saved_copy(request, work, form, row)) is not None:
            return saved
    context = _context(request, work, form) | {
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
            actor=request.actor, scenario_id=row.pk, revision=_revision(request),
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
        kept = selectors.scenario_for(request.actor, _uuid(scenario))
        work = Bench(kept.sheet, kept.changes, kept=kept)
    else:
        choice = selectors.choice()
        if choice is None or choice.newest is None:
            raise NotHere(selectors.NO_TREE)
        work = Bench(selectors.today(_scope(choice, request.POST)), Changes())
    work.read(request.POST, request.workspace.currency)
    return render(request, "scenarios/_live.html", _result(request, work))


def _revision(request: HttpRequest) -> int:
    """The one that the page was made of; 0, which there never is, for what is no number."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotHere(selectors.NO_SCENARIO) from None


def _result(request: HttpRequest, work: Bench) -> dict[str, Any]:
    """What the template of the result needs."""
    teller = Teller(work.sheet, work.changes, request.workspace.currency)
    return {"result": teller.result(work.issues), "sought": _sought(work, teller)}


def _asked(work: Bench) -> tuple[str, str, Fraction | None]:
    """Which leaf is sought, for which metric, to be what; by default the goal of the root's target."""
    sent, sheet = work.sent or QueryDict(), work.sheet
    leaf, node = sent.get("seek_leaf", ""), sent.get("seek_node", "") or work.base.root
    if leaf not in sheet.leaves or node not in work.base.metrics:
        return "", node, None
    text = sent.get("seek_goal", "")[: forms.MOST_TYPED].strip()
    if text:
        style = style_of(work.base.metrics[node].unit, "")
        return leaf, node, Fraction(forms.read_figure(text, style))
    target = work.base.targets.get(node)
    goal = work.changes.goals.get(node, target.goal if target else None)
    return leaf, node, None if goal is None else Fraction(goal)


def _sought(work: Bench, teller: Teller) -> dict[str, object] | None:
    try:
        leaf, node, goal = _asked(work)
    except Refusal as refusal:
        return {"text": refusal.in_words(_), "tone": "bad", "usable": False}
    if not leaf:
        return None
    if goal is None:
        return {"text": _("It has no target. Type what it should be."), "tone": "info", "usable": False}
    return teller.sought(seeking.seek(work.sheet, work.changes, leaf, node, goal), leaf, node, goal)


def _use_what_was_sought(work: Bench, request: HttpRequest) -> None:
    """Put a sought value into its field, when its button was pressed."""
    if request.POST.get("act") != "use":
        return
    try:
        leaf, node, goal = _asked(work)
    except Refusal:
        return
    if not leaf or goal is None:
        return
    found = seeking.seek(work.sheet, work.changes, leaf, node, goal)
    if found.how in ("exact", "near") and found.value is not None:
        move = Move("set", seeking.as_typed(found.value, 8))
        work.changes = Changes(
            {**work.changes.moves, leaf: move}, work.changes.weights, work.changes.goals, work.changes.elasticities
        )
        work.texts[checks.field_of("move", leaf)] = forms.write_move(move, work.base.metrics[leaf])


def _context(request: HttpRequest, work: Bench, form: SaveForm) -> dict[str, Any]:
    """What the template of the page needs."""
    currency, kept = request.workspace.currency, work.kept
    result = _result(request, work)
    errors = {each["field"]: each["text"] for each in result["result"].problems}
    fields = bench.Bench(work.sheet, currency, work.texts, errors)
    sent = work.sent or QueryDict()
    nodes = dict.fromkeys([*(place.key for _depth, place in work.base.tree.walk())])
    return result | {
        "form": form,
        "scope": work.base.scope,
        "scope_words": scope_words(work.base.scope),
        "for": f"{work.base.scope.dimension}:{work.base.scope.member}" if work.base.scope.dimension else "",
        "digest": work.base.digest(),
        "leaves": fields.leaves(),
        "weights": fields.weights(),
        "goals": fields.goals(),
        "pulls": fields.pulls(kept.assumptions if kept else {}),
        "pushed": fields.pushed(),
        "nodes": [(key, fields.writer.name(key)) for key in nodes],
        "seek": {name: sent.get(name, "") for name in ("seek_leaf", "seek_node", "seek_goal")},
        "crumbs": _crumbs(),
    }


def _crumbs() -> list[tuple[str, str]]:
    return [(_("What if"), reverse("scenarios:list"))]


# --- acts on a saved one ----------------------------------------------------------------------------------------------


@requires("metrics.view")
@require_POST
def copy(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """A private copy of what is saved."""
    name = selectors.scenario_for(request.actor, scenario_id).row.name
    made = services.copy_scenario(
        actor=request.actor, scenario_id=scenario_id, name=_("Copy of %(name)s") % {"name": name[:100]}
    )
    tell(request, _("“%(name)s” is saved.") % {"name": made.name})
    return redirect("scenarios:detail", made.pk)


@requires("metrics.view")
@require_POST
def todays_values(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """Put today's figures under it."""
    services.take_todays_values(actor=request.actor, scenario_id=scenario_id, revision=_revision(request))
    tell(request, _("It starts from today's figures now."))
    return redirect("scenarios:detail", scenario_id)


@requires("metrics.view")
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """Ask, then delete one's own."""
    row = selectors.scenario_for(request.actor, scenario_id).row
    if row.author_id != request.actor.id:
        raise Refusal(services.NOT_YOURS, status=403)
    if request.method == "GET":
        return render(request, "scenarios/delete.html", {"scenario": row, "crumbs": _crumbs()})
    name = services.delete_scenario(actor=request.actor, scenario_id=scenario_id)
    tell(request, _("“%(name)s” is deleted.") % {"name": name})
    return redirect("scenarios:list")


@requires("metrics.view")
@require_GET
def export(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """A saved what-if as XLSX."""
    kept = selectors.scenario_for(request.actor, scenario_id)
    made = workbook(kept, Teller(kept.sheet, kept.changes, request.workspace.currency))
    response = HttpResponse(made, content_type=KIND)
    response["Content-Disposition"] = f'attachment; filename="what-if-{kept.row.pk.hex[:8]}.xlsx"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires("metrics.view")
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Up to three what-ifs side by side."""
    asked = [_uuid(text) for text in request.GET.getlist("s")]
    found = selectors.scenarios_for(request.actor, asked[:MOST_COMPARED])
    context = {
        "crumbs": _crumbs(),
        "compared": comparison.side_by_side(found, request.workspace.currency) if found else None,
        "too_many": len(asked) > MOST_COMPARED,
        "others": selectors.scenarios(request.actor)[:100],
        "chosen": [kept.row.pk for kept in found],
    }
    return render(request, "scenarios/compare.html", context)
