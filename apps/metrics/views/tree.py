"""The tree's outline editor: the outline on the left, a node's form on the right, every act a plain POST."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.access import requires
from apps.common.middleware import tell
from apps.common.pieces import OutlineItem
from apps.kernel.issue import NotHere, Refusal
from apps.metrics import selectors, services
from apps.metrics.forms import NodeForm
from apps.metrics.presentation import formula_in_names, style_of
from apps.metrics.selectors import NodeView

NO_NODE = "There is no such place in the tree."


@dataclass(frozen=True)
class Work:
    """What stands on the right of the outline: a node being changed, or a new one being added below it."""

    node: NodeView
    form: NodeForm
    adding: bool
    saved: bool = False


@requires("metrics.edit")
@require_GET
def setup(request: HttpRequest) -> HttpResponse:
    root = _root()
    return _page(request, root, None) if root is None else redirect("metrics:node", root.id)


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def node(request: HttpRequest, node_id: UUID) -> HttpResponse:
    root, found = _found(node_id)
    form = _form(request, root, found, adding=False)
    if form.is_bound and form.is_valid():
        try:
            parent = form.cleaned_data.get("parent")
            services.change_node(
                actor=request.actor,
                node_id=found.id,
                link=form.cleaned_data["link"],
                parent_id=UUID(parent) if parent else None,
            )
        except Refusal as refusal:
            _show(form, refusal)
        else:
            root, found = _found(node_id)
            return _page(request, root, Work(found, _form_of(root, found, adding=False), adding=False, saved=True))
    return _page(request, root, Work(found, form, adding=False))


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, node_id: UUID) -> HttpResponse:
    root, below = _found(node_id)
    form = _form(request, root, below, adding=True)
    if form.is_bound and form.is_valid():
        try:
            made = services.add_node(
                actor=request.actor,
                metric_id=UUID(form.cleaned_data["metric"]),
                parent_id=below.id,
                link=form.cleaned_data["link"],
            )
        except Refusal as refusal:
            _show(form, refusal)
        else:
            return redirect("metrics:node", made.pk)
    return _page(request, root, Work(below, form, adding=True))


@requires("metrics.edit")
@require_POST
def factors(request: HttpRequest, node_id: UUID) -> HttpResponse:
    services.add_factors(actor=request.actor, node_id=node_id)
    return redirect("metrics:node", node_id)


@requires("metrics.edit")
@require_POST
def move(request: HttpRequest, node_id: UUID, direction: str) -> HttpResponse:
    if direction not in ("up", "down"):
        raise NotHere(NO_NODE)
    services.move_node(actor=request.actor, node_id=node_id, direction=direction)
    return redirect("metrics:node", node_id)


@requires("metrics.edit")
@require_POST
def remove(request: HttpRequest, node_id: UUID) -> HttpResponse:
    root, found = _found(node_id)
    services.remove_node(actor=request.actor, node_id=node_id)
    tell(request, gettext("“%(name)s” was taken out of the tree.") % {"name": found.name})
    return redirect("metrics:node", found.parent_id or root.id)


def _root() -> NodeView | None:
    star = selectors.north_star()
    return selectors.tree(star.grain) if star else None


def _found(node_id: UUID) -> tuple[NodeView, NodeView]:
    root = _root()
    for found in root.walk() if root else ():
        if found.id == node_id:
            return root, found
    raise NotHere(NO_NODE)


def _form(request: HttpRequest, root: NodeView, node: NodeView, *, adding: bool) -> NodeForm:
    return _form_of(root, node, adding=adding, data=request.POST or None)


def _form_of(root: NodeView, node: NodeView, *, adding: bool, data: object = None) -> NodeForm:
    below = {node.id, *(child.id for child in node.walk())} if not adding else set()
    parents = [
        (str(n.id), f"{'– ' * n.depth}{n.name}") for n in root.walk() if n.id not in below or (adding and n is node)
    ]
    taken = {child.metric_id for child in node.children} | {node.metric_id}
    choices = [
        (str(m.id), m.name) for m in selectors.metrics() if m.id not in taken or (not adding and m.id == node.metric_id)
    ]
    first = _first_missing(node)
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


def _first_missing(node: NodeView) -> str:
    by_key = {metric.key: str(metric.id) for metric in selectors.metrics()}
    return next((by_key[key] for key in node.missing_factors if key in by_key), "")


def _show(form: NodeForm, refusal: Refusal) -> None:
    for issue in refusal.issues:
        form.add_error(issue.where if issue.where in form.fields else None, issue.in_words(gettext))
    if not refusal.issues:
        form.add_error(None, refusal.in_words(gettext))


def _page(request: HttpRequest, root: NodeView | None, work: Work | None) -> HttpResponse:
    nodes = list(root.walk()) if root else []
    context = {
        "root": root,
        "outline": _outline(root, work.node.id if work else None, request.workspace.currency) if root else None,
        "work": work,
        "formula": _formula(work.node) if work else None,
        "missing": _missing(work.node) if work else [],
        "removable": [_removal(each) for each in nodes if each.parent_id is not None],
        "crumbs": [(gettext("Metric tree"), reverse("dashboards:tree"))],
    }
    status = 422 if work and work.form.is_bound and work.form.errors else 200
    return render(
        request, "metrics/_tree_setup.html" if request.htmx else "metrics/tree_setup.html", context, status=status
    )


def _removal(node: NodeView) -> dict[str, str]:
    url = reverse("metrics:remove_node", args=[node.id])
    return {"dialog": f"remove-{node.id}", "name": node.name, "url": url}


def _missing(node: NodeView) -> list[str]:
    names = {metric.key: metric.name for metric in selectors.metrics()}
    return [names.get(key, key) for key in node.missing_factors]


def _formula(node: NodeView) -> dict | None:
    expression = getattr(node.metric.definition, "expression", "")
    return {"left": node.name, "text": formula_in_names(node.metric)} if expression else None


def _outline(root: NodeView, current: UUID | None, currency: str) -> OutlineItem:
    return _item(root, current, currency, siblings=(root,))


def _item(node: NodeView, current: UUID | None, currency: str, siblings: Iterable[NodeView]) -> OutlineItem:
    ids = [sibling.id for sibling in siblings]
    at = ids.index(node.id)
    inner = node.parent_id is not None
    return OutlineItem(
        key=str(node.id),
        name=node.name,
        href=reverse("metrics:node", args=[node.id]),
        meta=_meta(node, currency),
        operator=node.operator or "·",
        influence=node.link == "influence",
        star=not inner,
        current=node.id == current,
        bad=_trouble(node),
        add_url=reverse("metrics:add_node", args=[node.id]),
        up_url=reverse("metrics:move_node", args=[node.id, "up"]) if inner and at > 0 else "",
        down_url=reverse("metrics:move_node", args=[node.id, "down"]) if inner and at < len(ids) - 1 else "",
        remove_dialog=f"remove-{node.id}" if inner else "",
        kids=tuple(_item(kid, current, currency, node.children) for kid in node.children),
    )


def _meta(node: NodeView, currency: str) -> str:
    value = style_of(node.unit, currency).short(node.latest.value) if node.latest else gettext("No data")
    better = gettext("higher is better") if node.direction == "up" else gettext("lower is better")
    return f"{value} · {better}"


def _trouble(node: NodeView) -> str:
    if node.stale:
        return gettext("The formula above no longer names this metric.")
    if not node.has_grain:
        return gettext("This metric is not read by the same kind of period as the North Star.")
    return ""
