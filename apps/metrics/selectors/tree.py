"""Read the North Star and the metric tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import QuerySet

from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain, Period
from apps.metrics.domain import branches
from apps.metrics.models import NorthStar, TreeNode
from apps.metrics.selectors.definitions import view_of
from apps.metrics.selectors.series import Recent, recent
from apps.metrics.selectors.shapes import MetricView, NodeView, NorthStarView


def north_star() -> NorthStarView | None:
    """The company's one number, or None as long as none is chosen. One query."""
    chosen = _choices().filter(ended_at__isnull=True).first()
    return _chosen(chosen) if chosen else None


def north_star_history() -> list[NorthStarView]:
    """Every choice, newest first. One query."""
    return [_chosen(choice) for choice in _choices()]


def _choices() -> QuerySet[NorthStar]:
    return NorthStar.objects.select_related("metric__current_version")


def _chosen(choice: NorthStar) -> NorthStarView:
    return NorthStarView(
        id=choice.pk,
        metric=view_of(choice.metric),
        grain=Grain(choice.grain),
        reason=choice.reason,
        chosen_by_name=choice.chosen_by_name,
        chosen_at=choice.chosen_at,
        ended_at=choice.ended_at,
    )


def tree(
    grain: Grain | None = None,
    *,
    at: Period | None = None,
    dimension: str = "",
    member: str = "",
    views: Iterable[MetricView] | None = None,
) -> NodeView | None:
    """The whole tree from its root, with values by `grain` (None: without values); None if there is none.

    `at` shows no period after that one. `member` shows one member of `dimension` at every node that is split by it;
    what is not keeps its total. Two queries (one without values), and one more with a member, whatever its size.
    `views` are all metrics, archived ones too, where they have been read already: then none is read twice.
    """
    stored = TreeNode.objects.order_by("position", "pk")
    rows = list(stored if views is not None else stored.select_related("metric__current_version"))
    children: dict[UUID | None, list[TreeNode]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    if not children[None]:
        return None
    by_id = {view.id: view for view in views} if views is not None else {}
    hung = {row.metric_id: by_id.get(row.metric_id) or view_of(row.metric) for row in rows}
    split = {pk for pk, view in hung.items() if dimension in view.dimensions} if member else set()
    upto = at.start if at else None
    values: dict[UUID, Recent] = {}
    if grain:
        values = recent(hung.keys() - split, grain, upto=upto)
    if grain and split:
        values |= recent(split, grain, upto=upto, dimension=dimension, member=member)
    return Planter(hung, children, values, grain).node(children[None][0], 0, branches.Sign("", stale=False))


def node_for(node_id: UUID) -> NodeView:
    """One node with its branch, without values; NotHere if there is none. One query."""
    root = tree()
    for node in root.walk() if root else ():
        if node.id == node_id:
            return node
    raise NotHere(N_("There is no such node in the tree."))


@dataclass(frozen=True)
class Planter:
    """Grows views of nodes from stored ones, or from places of a draft."""

    views: dict[UUID, MetricView]
    children: dict[UUID | None, list[TreeNode]]
    values: dict[UUID, Recent]
    grain: Grain | None

    def node(self, row: TreeNode, depth: int, sign: branches.Sign) -> NodeView:
        view = self.views[row.metric_id]
        below = self.children[row.pk]
        linked = [(self.views[child.metric_id].key, child.link) for child in below]
        definitions = {self.views[child.metric_id].key: self.views[child.metric_id].definition for child in below}
        signs = branches.signs(view.definition, linked, definitions)
        factors = [key for key, link in linked if link == branches.FORMULA]
        leaf = self._leaf(row, view, depth, sign)
        return replace(
            leaf,
            shape=branches.shape_sign(view.definition, linked, definitions),
            missing_factors=branches.missing_factors(view.definition, factors),
            children=tuple(self.node(child, depth + 1, s) for child, s in zip(below, signs, strict=True)),
        )

    def _leaf(self, row: TreeNode, view: MetricView, depth: int, sign: branches.Sign) -> NodeView:
        found = self.values.get(row.metric_id, Recent())
        return NodeView(
            id=row.pk,
            parent_id=row.parent_id,
            position=row.position,
            depth=depth,
            metric=view,
            link=row.link,
            operator=sign.operator,
            shape="",
            stale=sign.stale,
            has_grain=self.grain is None or self.grain in view.grains,
            latest=found.latest,
            previous=found.previous,
            open=found.open,
            spark=found.spark,
            missing_factors=(),
        )
