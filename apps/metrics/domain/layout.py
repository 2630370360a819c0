"""The tree as a plain list of places that can be worked on: every act gives another layout, none changes one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from apps.kernel.issue import N_, Issue

MOST_NODES = 500
DEEPEST = 12

Direction = Literal["up", "down", "in", "out"]


class Place(NamedTuple):
    """A node: its id, its metric's id, the node it hangs below (None: the root), and how it is linked."""

    id: str
    metric: str
    parent: str | None
    link: str


class Spot(NamedTuple):
    """Somewhere in the tree: below `parent`, before the node `before` (None: as the last one)."""

    parent: str
    before: str | None


@dataclass(frozen=True)
class Change:
    """What one layout has otherwise than another. `kind` is added, removed, moved, linked, or ordered (the order of the
    children of `metric`'s node); `above` is the metric it hangs below afterwards (removed: before)."""

    kind: Literal["added", "removed", "moved", "linked", "ordered"]
    metric: str
    above: str | None
    link: str


@dataclass(frozen=True)
class Layout:
    """Places from the root down: a parent stands before its children, siblings stand in the order they are shown."""

    places: tuple[Place, ...]

    @classmethod
    def of(cls, places: Iterable[Place]) -> Layout:
        """Any order of parents and children; siblings keep the order they come in. What hangs nowhere is left out."""
        children: dict[str | None, list[Place]] = {}
        for place in places:
            children.setdefault(place.parent, []).append(place)
        found: list[Place] = []
        waiting = [*reversed(children.get(None, [])[:1])]
        while waiting:
            place = waiting.pop()
            found.append(place)
            waiting += reversed(children.pop(place.id, []))
        return cls(tuple(found))

    @classmethod
    def from_json(cls, written: Iterable[Sequence[str | None]]) -> Layout:
        return cls.of(Place(str(i), str(metric), parent, str(link)) for i, metric, parent, link in written)

    def to_json(self) -> list[list[str | None]]:
        return [list(place) for place in self.places]

    @cached_property
    def by_id(self) -> dict[str, Place]:
        return {place.id: place for place in self.places}

    @cached_property
    def below(self) -> dict[str | None, tuple[Place, ...]]:
        """The children of each node, in order; those of None is the root."""
        found: dict[str | None, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.parent, []).append(place)
        return {parent: tuple(children) for parent, children in found.items()}

    def children(self, node: str) -> tuple[Place, ...]:
        return self.below.get(node, ())

    def branch(self, node: str) -> Iterator[Place]:
        """A node and everything under it, top down."""
        yield self.by_id[node]
        for child in self.children(node):
            yield from self.branch(child.id)

    def way_up(self, node: str | None) -> Iterator[Place]:
        """A node, its parent, and so on to the root."""
        while node is not None:
            place = self.by_id[node]
            yield place
            node = place.parent

    def height(self, node: str) -> int:
        """Levels of a branch, its top included."""
        return 1 + max((self.height(child.id) for child in self.children(node)), default=0)

    # --- acts ---------------------------------------------------------------------------------------------------------

    def with_place(self, place: Place, before: str | None = None) -> Layout:
        """One more node, before a sibling or as the last one below its parent."""
        others = [each for each in self.places if each.id != place.id]
        at = next((i for i, each in enumerate(others) if each.id == before), len(others))
        return Layout.of([*others[:at], place, *others[at:]])

    def without(self, node: str) -> Layout:
        """The tree without a branch."""
        gone = {place.id for place in self.branch(node)}
        return Layout(tuple(place for place in self.places if place.id not in gone))

    def linked(self, node: str, link: str) -> Layout:
        """The tree with a node linked otherwise."""
        return Layout(tuple(each._replace(link=link) if each.id == node else each for each in self.places))

    def spot(self, node: str, direction: Direction) -> Spot | None:
        """Where a step up, down, in (below the sibling before it) or out (after its parent) leads; None if nowhere."""
        place = self.by_id[node]
        if place.parent is None:
            return None
        row = self.children(place.parent)
        at = row.index(place)
        if direction == "up":
            return Spot(place.parent, row[at - 1].id) if at else None
        if direction == "down":
            behind = row[at + 2].id if at + 2 < len(row) else None
            return Spot(place.parent, behind) if at + 1 < len(row) else None
        if direction == "in":
            return Spot(row[at - 1].id, None) if at else None
        above = self.by_id[place.parent]
        if above.parent is None:
            return None
        uncles = self.children(above.parent)
        after = uncles.index(above) + 1
        return Spot(above.parent, uncles[after].id if after < len(uncles) else None)


def moved(layout: Layout, node: str, to: Spot, link: str) -> Layout:
    """The tree with a node and its branch elsewhere. `place_issues` says beforehand whether it may stand there."""
    return layout.with_place(layout.by_id[node]._replace(parent=to.parent, link=link), to.before)


def place_issues(layout: Layout, place: Place) -> list[Issue]:
    """Why `place`, new or moved, with the branch it has, cannot hang below its parent."""
    assert place.parent is not None  # noqa: S101 - the root is the North Star's
    above = list(layout.way_up(place.parent))
    branch = list(layout.branch(place.id)) if place.id in layout.by_id else [place]
    issues = []
    if any(each.id == place.id for each in above):
        return [Issue("parent", N_("A node cannot hang below itself or below its own branch."))]
    inside = {place.metric, *(each.metric for each in branch if each.id != place.id)}
    if inside & {each.metric for each in above}:
        issues.append(Issue("metric", N_("A metric cannot hang below itself: it is already further up.")))
    if any(each.metric == place.metric and each.id != place.id for each in layout.children(place.parent)):
        issues.append(Issue("metric", N_("This metric is already here.")))
    if place.id not in layout.by_id and len(layout.places) >= MOST_NODES:
        issues.append(Issue("", N_("A tree has at most %(most)s nodes."), {"most": MOST_NODES}))
    height = layout.height(place.id) if place.id in layout.by_id else 1
    if len(above) + height > DEEPEST:
        issues.append(Issue("parent", N_("A tree is at most %(most)s levels deep."), {"most": DEEPEST}))
    return issues


def changes(before: Layout, after: Layout) -> list[Change]:
    """What `after` has otherwise, node by node, in the order of the trees; the order of siblings last."""
    found = [_change("removed", before, place) for place in before.places if place.id not in after.by_id]
    for place in after.places:
        was = before.by_id.get(place.id)
        if was is None:
            found.append(_change("added", after, place))
        elif was.parent != place.parent:
            found.append(_change("moved", after, place))
        elif was.link != place.link:
            found.append(_change("linked", after, place))
    found += [
        Change("ordered", place.metric, None, place.link)
        for place in after.places
        if place.id in before.by_id and _reordered(before, after, place.id)
    ]
    return found


def _change(kind: Literal["added", "removed", "moved", "linked"], layout: Layout, place: Place) -> Change:
    above = layout.by_id[place.parent].metric if place.parent else None
    return Change(kind, place.metric, above, place.link)


def _reordered(before: Layout, after: Layout, node: str) -> bool:
    was = [each.id for each in before.children(node)]
    now = [each.id for each in after.children(node)]
    both = set(was) & set(now)
    return [each for each in was if each in both] != [each for each in now if each in both]
