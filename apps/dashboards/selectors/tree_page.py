"""What the tree's page asks and reads: an as-of period, a member for the whole tree, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.utils import timezone

from apps.drivers import selectors as drivers
from apps.drivers.selectors import Against, TreeShares, Woods
from apps.goals import selectors as goals
from apps.goals.selectors import InitiativeView
from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.domain.checks import Known
from apps.metrics.selectors import NodeView, NorthStarView, Series
from apps.targets import selectors as targets
from apps.targets.selectors import Held

PERIODS_OFFERED = 60
ALL = "*"
"""In an address: everything, as what a member is compared with."""
NO_NODE = N_("There is no such node in the tree.")


@dataclass(frozen=True)
class Asked:
    """`period` None: the newest. `member` of `dimension` filters the whole tree; `peer` is the member it is compared
    with, "" being everything, None nothing."""

    grain: Grain
    period: Period | None = None
    dimension: str = ""
    member: str = ""
    peer: str | None = None
    against: Against = "previous"

    @property
    def is_plain(self) -> bool:
        """Whether the tree is shown as it stands now, of everything."""
        return self.period is None and not self.member and self.peer is None


def asked(params: Mapping[str, str], star: NorthStarView, calendar: Calendar) -> Asked:
    """What an address asks. Refusal for a period that does not exist; anything else unknown is left out."""
    grains = {str(grain): grain for grain in star.metric.grains}
    grain = grains.get(params.get("grain", ""), star.grain)
    key = params.get("period", "")
    dimension, _colon, member = params.get("of", "").partition(":")
    known = dimension in star.metric.dimensions and bool(member)
    peer = params.get("peer", "") if known else ""
    against = params.get("against", "")
    return Asked(
        grain=grain,
        period=calendar.parse(key, grain) if key else None,
        dimension=dimension if known else "",
        member=member if known else "",
        peer=None if not peer or peer == member else "" if peer == ALL else peer,
        against="year" if against == "year" else "target" if against == "target" else "previous",
    )


@dataclass(frozen=True)
class Tree:
    """What the tree's page shows. `periods` are the ended ones of the root, newest first; `splits` the members of each
    dimension of the root; `plans` how many actions there are, by metric."""

    north_star: NorthStarView | None
    asked: Asked | None = None
    root: NodeView | None = None
    marks: Mapping[UUID, Held] = field(default_factory=dict)
    shares: TreeShares | None = None
    plans: Mapping[UUID, int] = field(default_factory=dict)
    periods: Sequence[Period] = ()
    splits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    known: Known | None = None


def tree(params: Mapping[str, str], calendar: Calendar) -> Tree:
    """The metric tree as asked, with targets, actions, and what each node accounts for.

    Ten queries, whatever its size; thirteen where the root is split, and one more of one member.
    """
    chosen = metrics.north_star()
    if chosen is None:
        return Tree(None)
    told = asked(params, chosen, calendar)
    splits = metrics.splits_of(chosen.metric, told.grain) if chosen.metric.dimensions else {}
    told = _known_members(told, splits)
    every = metrics.metrics(archived=True)
    root = metrics.tree(told.grain, at=told.period, dimension=told.dimension, member=told.member, views=every)
    if root is None:
        return Tree(chosen, told)
    ids = {node.metric_id for node in root.walk()}
    offered = metrics.series(chosen.metric, told.grain)
    ended = [point.period for point in reversed(offered.points) if point.value is not None and not point.is_open]
    plans = goals.initiatives_of(ids, on=calendar.today(timezone.now()))
    return Tree(
        north_star=chosen,
        asked=told,
        root=root,
        marks=_marks(told, root, ids),
        shares=_shares(told, drivers.woods_of(root, every)),
        plans={metric_id: len(found) for metric_id, found in plans.items()},
        periods=ended[:PERIODS_OFFERED],
        splits={dimension: members for dimension, members in splits.items() if members},
        known=metrics.known(every) if splits else None,
    )


def _known_members(told: Asked, splits: Mapping[str, Sequence[str]]) -> Asked:
    """Without members that nobody has a value of."""
    there = splits.get(told.dimension, ())
    if told.member not in there:
        return replace(told, dimension="", member="", peer=None)
    return told if not told.peer or told.peer in there else replace(told, peer=None)


def _shares(told: Asked, found: Woods) -> TreeShares | None:
    """What each node accounts for of the root's change; None where the root has no value to compare."""
    root = found.root
    shown = told.period or (root.latest.period if root and root.latest else None)
    if shown is None:
        return None
    where = {"grain": told.grain, "period": shown, "dimension": told.dimension, "member": told.member, "found": found}
    if told.peer is not None:
        return drivers.tree_shares(**where, against="peer", peer=told.peer)
    return drivers.tree_shares(**where, against=told.against)


def _marks(told: Asked, root: NodeView, ids: set[UUID]) -> dict[UUID, Held]:
    """Targets with their standing as of the period that is shown, of the member that is shown."""
    if told.is_plain:
        return targets.standings(ids, told.grain)
    rows = targets.in_force().filter(
        metric_id__in=list(ids), grain=told.grain, dimension=told.dimension, member=told.member
    )
    nodes = {node.metric_id: node for node in root.walk()}
    found = {}
    for row in rows:
        node = nodes[row.metric_id]
        points = (node.latest,) if node.latest else ()
        seen = Series(node.metric, told.grain, told.dimension, told.member, points)
        found[row.metric_id] = Held(row, node.metric, targets.standing(row, seen), node.latest)
    return found


@dataclass(frozen=True)
class Node:
    """What the drawer shows of a node: its metric over time, its target, and what is done about it."""

    node: NodeView
    asked: Asked
    series: Series
    target: Held | None
    plans: Sequence[InitiativeView]
    known: Known


def node(node_id: UUID, params: Mapping[str, str], calendar: Calendar) -> Node:
    """One node as asked; NotHere if there is none. Nine queries at most, whatever the size of the tree."""
    chosen = metrics.north_star()
    if chosen is None:
        raise NotHere(NO_NODE)
    found = metrics.node_for(node_id)
    told = asked(params, chosen, calendar)
    split = told.member and told.dimension in found.metric.dimensions
    where = (told.dimension, told.member) if split else ("", "")
    series = metrics.series(found.metric, told.grain, *where)
    if told.period is not None:
        series = replace(series, points=tuple(p for p in series.points if p.period <= told.period))
    row = targets.target_for(found.metric, told.grain, *where)
    held = Held(row, found.metric, targets.standing(row, series), series.latest) if row else None
    plans = goals.initiatives_of([found.metric_id], on=calendar.today(timezone.now()))
    return Node(found, told, series, held, plans.get(found.metric_id, ()), metrics.known())
