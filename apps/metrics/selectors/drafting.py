"""Read the draft of the tree, what it changes, what is wrong with it, and the trees that were published before."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain
from apps.metrics.domain import branches, layout, tree_checks
from apps.metrics.domain.layout import Layout, Place
from apps.metrics.models import Metric, TreeDraft, TreeNode, TreeStep, TreeVersion
from apps.metrics.selectors.definitions import known, stored_metrics, view_of
from apps.metrics.selectors.series import recent
from apps.metrics.selectors.shapes import MetricView, NodeView
from apps.metrics.selectors.tree import Planter, north_star

STEPS_TOLD = 10

CHANGE_WORDS = {
    "added": N_("Added “%(metric)s” below “%(parent)s”"),
    "removed": N_("Took “%(metric)s” out from below “%(parent)s”"),
    "moved": N_("Moved “%(metric)s” below “%(parent)s”"),
    "linked": N_("Linked “%(metric)s” otherwise"),
    "ordered": N_("Put what is below “%(metric)s” in another order"),
}


class Row(NamedTuple):
    """A place as the tree is grown from it, like a stored node."""

    pk: UUID
    parent_id: UUID | None
    metric_id: UUID
    link: str
    position: int


@dataclass(frozen=True)
class TreeWork:
    """The tree that is worked on: the draft, or what is published as long as there is none (`revision` 0).

    `done` and `undone` are what undo and redo would turn, in words; "" if nothing. `behind` is the mark of the
    published tree if that was changed since the draft was begun.
    """

    layout: Layout
    root: NodeView
    revision: int
    steps: int = 0
    done: str = ""
    undone: str = ""
    by: str = ""
    at: datetime | None = None
    behind: str = ""


@dataclass(frozen=True)
class PublishedTree:
    """A tree of the history: which, who published it when and why, and what it changed, in words."""

    number: int
    note: str
    restores: int | None
    by: str
    at: datetime
    nodes: int
    changes: tuple[str, ...]


def published_layout() -> Layout:
    """The published tree as places. One query."""
    rows = TreeNode.objects.order_by("position", "pk").values_list("pk", "metric_id", "parent_id", "link")
    return Layout.of(Place(str(pk), str(metric), str(up) if up else None, link) for pk, metric, up, link in rows)


def mark_of(tree: Layout) -> str:
    """A word for exactly this tree."""
    return hashlib.sha256(json.dumps(tree.to_json()).encode()).hexdigest()


def known_places(tree: Layout) -> Layout:
    """The tree without places whose metric was deleted meanwhile. One query."""
    there = {str(pk) for pk in Metric.objects.values_list("pk", flat=True)}
    return Layout.of(place for place in tree.places if place.metric in there)


def has_tree_draft() -> bool:
    """Whether somebody has begun to change the tree. One query."""
    return TreeDraft.objects.exists()


def tree_work() -> TreeWork | None:
    """The draft with the newest values, or the published tree; None without a tree. Six queries, whatever its size."""
    star, published, draft = north_star(), published_layout(), TreeDraft.objects.first()
    if star is None or not published.places:
        return None
    views = {metric.pk: view_of(metric) for metric in stored_metrics()}
    if draft is None:
        return TreeWork(published, _grown(published, views, star.grain), 0)
    tree = Layout.of(place for place in Layout.from_json(draft.places).places if UUID(place.metric) in views)
    names = _names(views.values())
    steps = list(draft.steps.defer("places"))
    back = next((step for step in reversed(steps) if not step.undone), None)
    again = next((step for step in steps if step.undone), None)
    mark = mark_of(published)
    return TreeWork(
        layout=tree,
        root=_grown(tree, views, star.grain),
        revision=draft.revision,
        steps=sum(not step.undone for step in steps),
        done=_step_words(back, names) if back else "",
        undone=_step_words(again, names) if again else "",
        by=draft.changed_by_name,
        at=draft.changed_at,
        behind="" if draft.based_on == mark else mark,
    )


def tree_findings(tree: Layout, root: NodeView | None = None) -> list[Issue]:
    """Everything wrong with a tree, and everything to know before it is published; `where` is a node's id.

    Five queries; three with its `root` at hand.
    """
    star = north_star()
    if star is None:
        return [Issue("", N_("Choose the North Star first."))]
    views = {metric.pk: view_of(metric) for metric in stored_metrics()}
    grown = root or (_grown(tree, views, star.grain) if tree.places else None)
    valued = {node.metric_id for node in grown.walk() if node.latest or node.open} if grown else set()
    facts = {
        str(view.id): tree_checks.Facts(
            key=view.key,
            name=view.name,
            definition=view.definition,
            archived=view.archived,
            has_grain=star.grain in view.grains,
            has_value=view.id in valued,
            problem=bool(view.problems),
        )
        for view in views.values()
    }
    return tree_checks.findings(tree, facts, known(), str(star.metric.id))


def tree_changes(before: Layout, after: Layout) -> list[str]:
    """What another tree has otherwise, in words. One query."""
    return told_changes(before, after, gettext)


def told_changes(before: Layout, after: Layout, translate: Any = None) -> list[str]:
    """What another tree has otherwise, in words; in English without `translate`. One query."""
    return _told(layout.changes(before, after), _names(view_of(metric) for metric in stored_metrics()), translate)


def steps_since(draft: TreeDraft, seen: int) -> list[Issue]:
    """What was done to the draft since somebody looked at it, the newest last. Two queries."""
    names = _names(view_of(metric) for metric in stored_metrics())
    steps = draft.steps.filter(revision__gt=seen, undone=False).defer("places").order_by("-id")[:STEPS_TOLD]
    return [
        Issue("", N_("%(who)s: %(what)s"), {"who": step.by_name, "what": _step_words(step, names)})
        for step in reversed(steps)
    ]


def tree_history() -> list[PublishedTree]:
    """Every published tree, newest first. Two queries."""
    versions = list(TreeVersion.objects.all())
    names = _names(view_of(metric) for metric in stored_metrics())
    found = []
    for version, before in zip_longest(versions, versions[1:]):
        tree = Layout.from_json(version.places)
        was = Layout.from_json(before.places) if before else None
        found.append(
            PublishedTree(
                number=version.number,
                note=version.note,
                restores=version.restores,
                by=version.published_by_name,
                at=version.published_at,
                nodes=len(tree.places),
                changes=tuple(_told(layout.changes(was, tree), names, gettext)) if was else (),
            )
        )
    return found


def _told(changes: Iterable[layout.Change], names: Mapping[str, str], translate: Any) -> list[str]:
    return [
        (translate or str)(CHANGE_WORDS[change.kind])
        % {"metric": names.get(change.metric, "?"), "parent": names.get(change.above or "", "?")}
        for change in changes
    ]


def _names(views: Iterable[MetricView]) -> dict[str, str]:
    return {str(view.id): view.name for view in views}


def _step_words(step: TreeStep, names: Mapping[str, str]) -> str:
    filled = {key: names.get(str(value), str(value)) for key, value in step.act.items() if key != "message"}
    words: str = step.act["message"]
    return gettext(words) % filled


def _grown(tree: Layout, views: Mapping[UUID, MetricView], grain: Grain) -> NodeView:
    children: dict[UUID | None, list[Row]] = defaultdict(list)
    for place in tree.places:
        parent = UUID(place.parent) if place.parent else None
        row = Row(UUID(place.id), parent, UUID(place.metric), place.link, len(children[parent]))
        children[parent].append(row)
    used = {row.metric_id for rows in children.values() for row in rows}
    planter = Planter({pk: views[pk] for pk in used}, children, recent(used, grain), grain)
    return planter.node(children[None][0], 0, branches.Sign("", stale=False))
