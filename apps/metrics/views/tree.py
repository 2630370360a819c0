"""The tree's editor: the draft as an outline on the left, a node's form on the right, every act a plain POST.

An act names the revision of the draft its page showed (`seen`). htmx gets the workplace anew, others are sent to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import get_args
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import push_url

from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Issue, NotHere, Refusal
from apps.metrics import selectors, services
from apps.metrics.domain.layout import Direction
from apps.metrics.forms import NodeForm
from apps.metrics.presentation import formula_in_names
from apps.metrics.selectors import MetricView, NodeView, TreeWork
from apps.metrics.views.outline import outline_of

NO_NODE = "There is no such place in the tree."
TOLD_BELOW = ("metric", "link", "parent")


@dataclass
class Place:
    """Where somebody works: the tree as it stands, a node of it, and whether a driver is being added below that."""

    work: TreeWork
    node: NodeView
    metrics: list[MetricView]
    adding: bool = False
    saved: bool = False
    refusal: Refusal | None = None
    form: NodeForm | None = field(default=None)

    @property
    def address(self) -> str:
        return reverse("metrics:add_node" if self.adding else "metrics:node", args=[self.node.id])


@requires("metrics.edit")
@require_GET
def setup(request: HttpRequest) -> HttpResponse:
    work = selectors.tree_work()
    if work is None:
        return render(request, "metrics/tree_setup.html", {"root": None, "crumbs": crumbs()})
    return redirect("metrics:node", work.root.id)


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def node(request: HttpRequest, node_id: UUID) -> HttpResponse:
    place = _place_of(request, node_id)
    if request.method != "POST":
        return _page(request, place)
    form = _form(place, request.POST)
    if not form.is_valid():
        place.form = form
        return _page(request, place, status=422)

    def act() -> None:
        parent, link = form.cleaned_data.get("parent"), form.cleaned_data.get("link", "")
        told = {"actor": request.actor, "seen": seen_of(request), "node_id": node_id}
        if parent and UUID(parent) != place.node.parent_id:
            services.draft_place(**told, parent_id=UUID(parent), link=link)
        else:
            services.draft_link(**told, link=link)

    return _acted(request, act, lambda: node_id, stays=node_id, form=form)


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, node_id: UUID) -> HttpResponse:
    place = _place_of(request, node_id, adding=True)
    if request.method != "POST":
        return _page(request, place)
    form = _form(place, request.POST)
    if not form.is_valid():
        place.form = form
        return _page(request, place, status=422)
    made: list[UUID] = []

    def act() -> None:
        told = {"actor": request.actor, "seen": seen_of(request), "parent_id": node_id}
        metric_id, link = UUID(form.cleaned_data["metric"]), form.cleaned_data["link"]
        made.append(services.draft_add(**told, metric_id=metric_id, link=link))

    return _acted(request, act, lambda: made[0], stays=node_id, form=form, adding=True)


@requires("metrics.edit")
@require_POST
def factors(request: HttpRequest, node_id: UUID) -> HttpResponse:
    def act() -> None:
        services.draft_add_factors(actor=request.actor, seen=seen_of(request), node_id=node_id)

    return _acted(request, act, lambda: node_id, stays=node_id)


@requires("metrics.edit")
@require_POST
def move(request: HttpRequest, node_id: UUID, direction: str) -> HttpResponse:
    if direction not in get_args(Direction):
        raise NotHere(NO_NODE)

    def act() -> None:
        services.draft_shift(actor=request.actor, seen=seen_of(request), node_id=node_id, direction=direction)

    return _acted(request, act, lambda: node_id, stays=node_id)


@requires("metrics.edit")
@require_POST
def place(request: HttpRequest, node_id: UUID) -> HttpResponse:
    """Where a node was dropped: below `parent`, before `before` or as the last one."""
    parent, before = (_uuid(request.POST.get(name, "")) for name in ("parent", "before"))

    def act() -> None:
        if parent is None:
            raise NotHere(NO_NODE)
        told = {"actor": request.actor, "seen": seen_of(request), "node_id": node_id}
        services.draft_place(**told, parent_id=parent, before_id=before)

    return _acted(request, act, lambda: node_id, stays=node_id)


@requires("metrics.edit")
@require_POST
def remove(request: HttpRequest, node_id: UUID) -> HttpResponse:
    above = _place_of(request, node_id).node.parent_id

    def act() -> None:
        services.draft_remove(actor=request.actor, seen=seen_of(request), node_id=node_id)

    return _acted(request, act, lambda: above, stays=node_id)


@requires("metrics.edit")
@require_POST
def turn(request: HttpRequest, node_id: UUID, way: str) -> HttpResponse:
    """Undo or redo, from wherever somebody is."""
    if way not in ("undo", "redo"):
        raise NotHere(NO_NODE)
    _place_of(request, node_id)
    services_way = services.draft_undo if way == "undo" else services.draft_redo

    def act() -> None:
        services_way(actor=request.actor, seen=seen_of(request))

    return _acted(request, act, lambda: node_id, stays=node_id)


def seen_of(request: HttpRequest) -> int | None:
    """The revision of the draft that the page of this act showed; None where it does not say."""
    told = request.POST.get("seen", "")
    return int(told) if told.isdecimal() and len(told) < 11 else None


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(gettext("Metric tree"), reverse("dashboards:tree")), *more]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _acted(
    request: HttpRequest,
    act: Callable[[], None],
    then: Callable[[], UUID | None],
    *,
    stays: UUID,
    form: NodeForm | None = None,
    adding: bool = False,
) -> HttpResponse:
    """Do it, and show the node `then` names; or why it cannot be done, at the node somebody was at."""
    try:
        act()
    except NotHere:
        raise
    except Refusal as refusal:
        found = _place(stays, adding=adding and refusal.status != 409, missing_ok=True)
        if form is not None and refusal.status != 409:
            found.form = form
        found.refusal = refusal
        return _page(request, found, status=refusal.status)
    target = then()
    if not request.htmx:
        return redirect("metrics:node", target) if target else redirect("metrics:tree_setup")
    found = _place(target, missing_ok=True)
    found.saved = form is not None
    return push_url(_page(request, found), found.address)


def _place(node_id: UUID | None, *, adding: bool = False, missing_ok: bool = False) -> Place:
    work = selectors.tree_work()
    if work is None:
        raise NotHere(NO_NODE)
    found = next((each for each in work.root.walk() if each.id == node_id), None)
    if found is None and not missing_ok:
        raise NotHere(NO_NODE)
    return Place(work, found or work.root, selectors.metrics(), adding=adding and found is not None)


def _place_of(request: HttpRequest, node_id: UUID, *, adding: bool = False) -> Place:
    """The node of an address. What somebody else took out since this page was made is no error: the act will say so."""
    place, seen = _place(node_id, adding=adding, missing_ok=True), seen_of(request)
    if place.node.id != node_id and (seen is None or seen == place.work.revision):
        raise NotHere(NO_NODE)
    return place


def _form(place: Place, data: object = None) -> NodeForm:
    node, adding = place.node, place.adding
    below = set() if adding else {each.id for each in node.walk()}
    parents = [(str(n.id), f"{'– ' * n.depth}{n.name}") for n in place.work.root.walk() if n.id not in below]
    taken = {child.metric_id for child in node.children} | {node.metric_id}
    choices = [
        (str(m.id), m.name) for m in place.metrics if m.id not in taken or (not adding and m.id == node.metric_id)
    ]
    if not adding and all(value != str(node.metric_id) for value, _name in choices):
        choices.append((str(node.metric_id), node.name))
    first = _first_missing(place) if adding else ""
    initial = (
        {"metric": first, "link": "formula" if first else "influence", "parent": str(node.id)}
        if adding
        else {"metric": str(node.metric_id), "link": node.link, "parent": str(node.parent_id or "")}
    )
    form = NodeForm(data, initial=initial, metrics=choices, parents=parents)
    form.fields["parent" if adding else "metric"].disabled = True
    if not adding and node.parent_id is None:
        del form.fields["parent"], form.fields["link"]
    return form


def _first_missing(place: Place) -> str:
    by_key = {metric.key: str(metric.id) for metric in place.metrics}
    return next((by_key[key] for key in place.node.missing_factors if key in by_key), "")


def _show(form: NodeForm, issues: tuple[Issue, ...]) -> None:
    for issue in issues:
        if issue.where in form.fields:
            form.add_error(issue.where, issue.in_words(gettext))


def _page(request: HttpRequest, place: Place, status: int = 200) -> HttpResponse:
    form, refusal = place.form or _form(place), place.refusal
    told = refusal.issues if refusal else ()
    if place.form is not None:
        _show(form, told)
    work, names = place.work, {metric.key: metric.name for metric in place.metrics}
    context = {
        "root": work.root,
        "work": work,
        "node": place.node,
        "adding": place.adding,
        "saved": place.saved,
        "form": form,
        "outline": outline_of(work.root, place.node.id, request.workspace.currency),
        "formula": _formula(place.node),
        "missing": [names.get(key, key) for key in place.node.missing_factors],
        "refusal": refusal.in_words(gettext) if refusal else "",
        "conflict": status == 409,
        "refused": [i.in_words(gettext) for i in told if place.form is None or i.where not in form.fields],
        "crumbs": crumbs(),
    }
    template = "metrics/_tree_setup.html" if request.htmx else "metrics/tree_setup.html"
    return render(request, template, context, status=status)


def _formula(node: NodeView) -> dict | None:
    expression = getattr(node.metric.definition, "expression", "")
    return {"left": node.name, "text": formula_in_names(node.metric)} if expression else None


# --- checking and publishing ------------------------------------------------------------------------------------------


@requires("metrics.edit")
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """What the draft changes, everything that is wrong with it, and the way to publish it."""
    work = selectors.tree_work()
    if work is None or not work.revision:
        tell(request, gettext("There is no draft of the tree: nothing was changed."))
        return redirect("metrics:tree_setup")
    return _check_page(request, work)


def _check_page(
    request: HttpRequest, work: TreeWork, *, note: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    found = selectors.tree_findings(work.layout, work.root)
    nodes = {str(each.id): each for each in work.root.walk()}
    told = refusal.issues if refusal else ()
    context = {
        "work": work,
        "changes": selectors.tree_changes(selectors.published_layout(), work.layout),
        "blocking": [_finding(issue, nodes) for issue in found if issue.blocking],
        "warnings": [_finding(issue, nodes) for issue in found if not issue.blocking],
        "note": note,
        "note_wrong": next((i.in_words(gettext) for i in told if i.where == "note"), ""),
        "refusal": refusal.in_words(gettext) if refusal else "",
        "refused": [i.in_words(gettext) for i in told if not i.where],
        "crumbs": crumbs((gettext("Edit the tree"), reverse("metrics:tree_setup"))),
    }
    return render(request, "metrics/tree_check.html", context, status=refusal.status if refusal else 200)


def _finding(issue: Issue, nodes: dict[str, NodeView]) -> dict[str, str]:
    node = nodes.get(issue.where)
    url = reverse("metrics:node", args=[node.id]) if node else ""
    return {"name": node.name if node else "", "url": url, "text": issue.in_words(gettext)}


@requires("metrics.edit")
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    note, over = request.POST.get("note", ""), request.POST.get("over", "")
    try:
        version = services.publish_tree(actor=request.actor, seen=seen_of(request), note=note, over=over)
    except NotHere:
        raise
    except Refusal as refusal:
        work = selectors.tree_work()
        if work is None or not work.revision:
            tell(request, refusal.in_words(gettext))
            return redirect("metrics:tree_setup")
        return _check_page(request, work, note=note, refusal=refusal)
    tell(request, gettext("Version %(n)s of the tree is published.") % {"n": version.number})
    return redirect("dashboards:tree")


@requires("metrics.edit")
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    services.discard_tree_draft(actor=request.actor, seen=seen_of(request))
    tell(request, gettext("The draft of the tree is discarded."))
    return redirect("metrics:tree_setup")


@requires("metrics.view")
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """Every published tree: who, when, why, what it changed."""
    context = {
        "versions": selectors.tree_history(),
        "has_draft": selectors.has_tree_draft(),
        "may_edit": request.actor.may("metrics.edit"),
        "crumbs": crumbs(),
    }
    return render(request, "metrics/tree_history.html", context)


@requires("metrics.edit")
@require_POST
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """Make an earlier tree the draft."""
    left_out = services.restore_tree(actor=request.actor, seen=seen_of(request), number=number)
    told = gettext("Version %(n)s is the draft now. Check it and publish it.") % {"n": number}
    if left_out:
        told += " " + gettext("%(n)s nodes are left out because their metrics are gone.") % {"n": left_out}
    tell(request, told)
    return redirect("metrics:check_tree")
