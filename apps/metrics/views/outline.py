"""From the tree that is worked on to the rows of its outline."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from apps.common import formats
from apps.common.pieces import Act, OutlineItem
from apps.kernel.issue import N_
from apps.metrics.presentation import style_of
from apps.metrics.selectors import NodeView

OPEN_DEPTH = 2
ACTS = (
    ("up", "arrow-up", N_("Move %(name)s up")),
    ("down", "arrow-down", N_("Move %(name)s down")),
    ("out", "chevron-left", N_("Move %(name)s out, after its parent")),
    ("in", "chevron-right", N_("Move %(name)s in, below the one before it")),
)


def outline_of(root: NodeView, current: UUID, currency: str) -> OutlineItem:
    """The outline with the acts of the current node; branches below two levels are folded unless it is in them."""
    return _Outliner(current, currency).item(root, (root,))


class _Outliner:
    def __init__(self, current: UUID, currency: str) -> None:
        self.current, self.currency = current, currency
        self.node_url, self.add_url = (reverse(f"metrics:{name}", args=[UUID(int=0)]) for name in ("node", "add_node"))
        self.better = {"up": gettext("higher is better"), "down": gettext("lower is better")}
        self.no_data, self.stale, self.other_grain = (
            gettext("No data"),
            gettext("The formula above no longer names this metric."),
            gettext("This metric is not read by the same kind of period as the North Star."),
        )

    def item(self, node: NodeView, siblings: Sequence[NodeView], shape: str = "") -> OutlineItem:
        kids = tuple(self.item(kid, node.children, node.shape) for kid in node.children)
        here = node.id == self.current
        key = str(node.id)
        return OutlineItem(
            key=key,
            name=node.name,
            href=self.node_url.replace(str(UUID(int=0)), key),
            meta=self.meta(node),
            operator="~" if node.link == "influence" else node.operator or shape or "·",
            influence=node.link == "influence",
            star=node.parent_id is None,
            current=here,
            bad=self.trouble(node),
            add_url=self.add_url.replace(str(UUID(int=0)), key),
            acts=self.acts(node, siblings) if here else (),
            open=node.depth < OPEN_DEPTH or any(kid.current or kid.holds_current for kid in kids),
            holds_current=any(kid.current or kid.holds_current for kid in kids),
            kids=kids,
        )

    def acts(self, node: NodeView, siblings: Sequence[NodeView]) -> tuple[Act, ...]:
        if node.parent_id is None:
            return ()
        at = [sibling.id for sibling in siblings].index(node.id)
        possible = {"up": at > 0, "down": at < len(siblings) - 1, "in": at > 0, "out": node.depth > 1}
        named = {"name": node.name}
        moves = [
            Act(reverse("metrics:move_node", args=[node.id, way]), icon, gettext(words) % named)
            for way, icon, words in ACTS
            if possible[way]
        ]
        label = gettext("Take %(name)s out of the tree") % named
        return (*moves, Act(reverse("metrics:remove_node", args=[node.id]), "trash", label))

    def meta(self, node: NodeView) -> str:
        value = style_of(node.unit, self.currency).short(node.latest.value) if node.latest else self.no_data
        return f"{value} · {self.better.get(node.direction, formats.DASH)}"

    def trouble(self, node: NodeView) -> str:
        if node.stale:
            return self.stale
        return "" if node.has_grain else self.other_grain
