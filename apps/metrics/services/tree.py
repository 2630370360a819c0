"""Change the published tree at once: for code and REST. People work on a draft (`services/drafting.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors
from apps.metrics.domain import branches
from apps.metrics.domain.layout import DEEPEST, MOST_NODES
from apps.metrics.models import TreeNode
from apps.metrics.services.freshness import figures_are_new
from apps.metrics.services.locks import hold_metrics

CANNOT_STAND_HERE = N_("The node cannot stand here.")


@transaction.atomic
def add_node(*, actor: Actor, metric_id: UUID, parent_id: UUID, link: str = branches.FORMULA) -> TreeNode:
    """Hang a metric below a node, as a part of its formula or as an influence.

    The root is not added: it comes with the North Star (`choose_north_star`). Refusal where it cannot stand.
    """
    actor.must("metrics.edit")
    nodes = _held()
    node = TreeNode(metric_id=selectors.metric_for(metric_id).id, parent=_node(nodes, parent_id), link=link)
    _refuse_if(_issues(nodes, node))
    node.position = _next_position(nodes, parent_id)
    node.save()
    record(actor=actor, act="tree.added", subject=node, after=_said(node))
    return node


@transaction.atomic
def add_factors(*, actor: Actor, node_id: UUID) -> list[TreeNode]:
    """Hang every metric that a node's formula names below it, in the formula's order; those already there stay."""
    actor.must("metrics.edit")
    nodes = _held()
    parent = _node(nodes, node_id)
    definition = selectors.metric_for(parent.metric_id).definition
    there = {n.metric.key for n in nodes.values() if n.parent_id == node_id}
    added = []
    for key in branches.missing_factors(definition, list(there)):
        added.append(add_node(actor=actor, metric_id=selectors.metric_for(key).id, parent_id=node_id))
    return added


@transaction.atomic
def change_node(
    *,
    actor: Actor,
    node_id: UUID,
    metric_id: UUID | None = None,
    link: str | None = None,
    parent_id: UUID | None = None,
) -> TreeNode:
    """Show another metric at a node, link it otherwise, or hang it with its branch below another node.

    What is None stays. The root stays the North Star's. Refusal where it cannot stand.
    """
    actor.must("metrics.edit")
    nodes = _held()
    node = _node(nodes, node_id)
    before = _said(node)
    if node.parent_id is None:
        raise Refusal(N_("The root of the tree is the North Star Metric. Choose another North Star to change it."))
    if metric_id is not None:
        node.metric_id = selectors.metric_for(metric_id).id
    if link is not None:
        node.link = link
    if parent_id is not None and parent_id != node.parent_id:
        node.parent = _node(nodes, parent_id)
        node.position = _next_position(nodes, parent_id)
    _refuse_if(_issues(nodes, node))
    node.save()
    node = TreeNode.objects.select_related("metric", "parent__metric").get(pk=node.pk)
    if _said(node) != before:
        record(actor=actor, act="tree.changed", subject=node, before=before, after=_said(node))
    return node


@transaction.atomic
def move_node(*, actor: Actor, node_id: UUID, direction: Literal["up", "down"]) -> TreeNode:
    """Swap a node with the one before ("up") or after it ("down") among its siblings; nothing at the end of the row."""
    actor.must("metrics.edit")
    nodes = _held()
    node = _node(nodes, node_id)
    row = sorted((n for n in nodes.values() if n.parent_id == node.parent_id), key=lambda n: (n.position, n.pk))
    at = row.index(node)
    to = at - 1 if direction == "up" else at + 1
    if 0 <= to < len(row):
        row[at], row[to] = row[to], row[at]
        for position, sibling in enumerate(row):
            sibling.position = position
        TreeNode.objects.bulk_update(row, ["position"])
        record(actor=actor, act="tree.changed", subject=node, before={"place": at + 1}, after={"place": to + 1})
    return node


@transaction.atomic
def arrange(*, actor: Actor, parent_id: UUID, first: Sequence[UUID]) -> None:
    """Put these children of a node first, in this order; the others follow as they stand."""
    actor.must("metrics.edit")
    nodes = _held()
    parent = _node(nodes, parent_id)
    row = sorted((n for n in nodes.values() if n.parent_id == parent_id), key=lambda n: (n.position, n.pk))
    place = {node_id: at for at, node_id in enumerate(first)}
    wanted = sorted(row, key=lambda n: place.get(n.pk, len(place)))
    if wanted == row:
        return
    before, after = ([node.metric.key for node in order] for order in (row, wanted))
    for position, node in enumerate(wanted):
        node.position = position
    TreeNode.objects.bulk_update(wanted, ["position"])
    record(actor=actor, act="tree.changed", subject=parent, before={"order": before}, after={"order": after})


@transaction.atomic
def remove_node(*, actor: Actor, node_id: UUID) -> int:
    """Take a node and its branch out of the tree; the number of nodes removed. The metrics themselves stay."""
    actor.must("metrics.edit")
    nodes = _held()
    node = _node(nodes, node_id)
    if node.parent_id is None:
        raise Refusal(N_("The root of the tree is the North Star Metric. Choose another North Star to change it."))
    branch = branches.below(node.pk, _parents(nodes))
    record(
        actor=actor,
        act="tree.removed",
        subject=node,
        before={**_said(node), "branch": sorted(nodes[pk].metric.key for pk in branch)},
    )
    node.delete()
    return len(branch)


def _held() -> dict[UUID, TreeNode]:
    """Every node, while nobody else changes metrics or the tree."""
    hold_metrics()
    figures_are_new()
    rows = TreeNode.objects.select_related("metric", "parent__metric").order_by("position", "pk")
    return {row.pk: row for row in rows}


def _node(nodes: dict[UUID, TreeNode], node_id: UUID) -> TreeNode:
    if node_id not in nodes:
        raise NotHere(N_("There is no such node in the tree."))
    return nodes[node_id]


def _parents(nodes: dict[UUID, TreeNode]) -> dict[UUID, UUID | None]:
    return {pk: node.parent_id for pk, node in nodes.items()}


def _next_position(nodes: dict[UUID, TreeNode], parent_id: UUID) -> int:
    return max((n.position + 1 for n in nodes.values() if n.parent_id == parent_id), default=0)


def _refuse_if(issues: list[Issue]) -> None:
    if issues:
        raise Refusal(CANNOT_STAND_HERE, issues=issues)


def _issues(nodes: dict[UUID, TreeNode], node: TreeNode) -> list[Issue]:
    """Why `node`, as it would be, cannot stand below its parent."""
    view, parent = selectors.metric_for(node.metric_id), nodes[node.parent_id]
    issues = _place_issues(nodes, node, parent)
    if view.archived:
        issues.append(Issue("metric", N_("This metric is archived. Bring it back first.")))
    if any(n.parent_id == parent.pk and n.metric_id == view.id and n.pk != node.pk for n in nodes.values()):
        issues.append(Issue("metric", N_("This metric is already here.")))
    if node.link not in TreeNode.Link.values:
        issues.append(Issue("link", N_("Choose one of: %(choices)s."), {"choices": ", ".join(TreeNode.Link.values)}))
    elif node.link == TreeNode.Link.FORMULA:
        above = selectors.metric_for(parent.metric_id)
        issues += branches.link_issues(above.definition, above.name, view.definition, view.name)
    return issues


def _place_issues(nodes: dict[UUID, TreeNode], node: TreeNode, parent: TreeNode) -> list[Issue]:
    parents = _parents(nodes)
    way_up = list(branches.up_from(parent.pk, parents))
    branch = branches.below(node.pk, parents) if node.pk in nodes else {node.pk}
    issues = []
    if node.pk in way_up:
        issues.append(Issue("parent", N_("A node cannot hang below itself or below its own branch.")))
    above = {nodes[pk].metric_id for pk in way_up if pk not in branch}
    inside = {node.metric_id} | {nodes[pk].metric_id for pk in branch if pk in nodes and pk != node.pk}
    if above & inside:
        issues.append(Issue("metric", N_("A metric cannot hang below itself: it is already further up.")))
    if node.pk not in nodes and len(nodes) >= MOST_NODES:
        issues.append(Issue("", N_("A tree has at most %(most)s nodes."), {"most": MOST_NODES}))
    if len(way_up) + _height(branch, node.pk, parents) > DEEPEST:
        issues.append(Issue("parent", N_("A tree is at most %(most)s levels deep."), {"most": DEEPEST}))
    return issues


def _height(branch: set[UUID], top: UUID, parents: dict[UUID, UUID | None]) -> int:
    """Levels of a branch, its top included."""
    if top not in parents:
        return 1
    return max(list(branches.up_from(pk, parents)).index(top) + 1 for pk in branch)


def _said(node: TreeNode) -> dict[str, str | None]:
    return {"metric": node.metric.key, "below": node.parent.metric.key if node.parent else None, "link": node.link}
