"""The whole tree explained, node by node: for whoever draws the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from django.utils.translation import gettext

from apps.drivers.domain.explaining import Share, Way
from apps.drivers.selectors.asking import NO_PERIOD, Against, ask, ended_periods
from apps.drivers.selectors.ends import Answer, Woods, answer, trouble_with, woods
from apps.kernel.period import Grain, Period
from apps.metrics.selectors import MetricView


@dataclass(frozen=True)
class NodeShare:
    """What one node of the tree accounts for; all numbers exact.

    `before`, `after` and `change` are in the node's own unit, `effect` (of the change at the root) and `gap` in the
    root's, `on_parent` in its parent's. None: nothing can be said, for influences always. `gap` is what is measured
    beside the formula; `flagged`: it is over 0.5 % of the node. `unsplit` says, in words, why a node is taken as a
    whole; "" where it is not.
    """

    before: Fraction | None
    after: Fraction | None
    effect: Fraction | None
    on_parent: Fraction | None
    gap: Fraction | None
    flagged: bool
    unsplit: str
    influence: bool

    @property
    def change(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class TreeShares:
    """The tree between two ends. `reason` says, in words, why there are no shares; "" where there are.

    `period` and `base` are None where there is not even a value to begin with.
    """

    root: MetricView | None
    nodes: Mapping[str, NodeShare] = field(default_factory=dict)
    period: Period | None = None
    base: Period | None = None
    reason: str = ""
    method: Way = "shapley"


def tree_shares(
    *,
    grain: Grain,
    period: Period | None = None,
    base: Period | None = None,
    dimension: str = "",
    member: str = "",
    against: Against = "previous",
    peer: str = "",
    method: Way = "shapley",
    found: Woods | None = None,
) -> TreeShares:
    """What every node of the metric tree accounts for of the change at its root, by the id of the node as text.

    `period` is the newest ended one with a value unless it is given, `base` what `against` says unless it is given.
    "peer" takes `member` against `peer` ("" for all) in one period. Four queries, and one more with a score, or against
    a target; two less with `found`, what has been read already; whatever the size of the tree.
    """
    found = found or woods()
    if found.root is None:
        return TreeShares(None, reason=gettext(NO_PERIOD), method=method)
    root = found.root.metric
    ended = [] if period else ended_periods(root, grain, dimension if member else "", member)
    kind: Against = "period" if base is not None and against in ("previous", "year") else against
    question = ask(
        root, grain, period=period, base=base, against=kind, dimension=dimension, member=member, peer=peer, way=method,
        ended=ended,
    )  # fmt: skip
    if question is None:
        return TreeShares(root, reason=gettext(NO_PERIOD), method=method)
    trouble = question.trouble
    told = answer(question, found) if trouble is None else None
    reason = trouble.in_words(gettext) if trouble else reason_of(told) if told else ""
    nodes = {share.id: _node(share) for share in told.share.walk()} if told and told.share else {}
    return TreeShares(root, nodes, question.period, question.base, reason, method)


def reason_of(told: Answer) -> str:
    """Why there is no answer, in words; "" where there is one."""
    trouble = trouble_with(told)
    return trouble.in_words(gettext) if trouble else ""


def _node(share: Share) -> NodeShare:
    return NodeShare(
        before=share.before,
        after=share.after,
        effect=share.effect,
        on_parent=share.on_parent,
        gap=share.gap,
        flagged=share.flagged,
        unsplit=share.unsplit.in_words(gettext) if share.unsplit else "",
        influence=share.influence,
    )
