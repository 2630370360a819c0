"""A tree of metrics as it hangs, without values, and the two ends between which it is explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from apps.metrics.domain.arithmetic import evaluate, rounded
from apps.metrics.domain.formula import Input, Node
from apps.metrics.domain.scoring import Peers, ScoreDefinition, score


@dataclass(frozen=True)
class Joint:
    """A metric at its place: what its formula or its score reads (`parts`), and what only influences it (`beside`).

    `id` is that of a node of the tree, or a path where the formula names what no node stands for. `back` says how many
    periods before the end it is read. `is_score`: its parts are the members of a score, not of a formula.
    """

    id: str
    key: str
    back: int = 0
    formula: Node | None = None
    is_score: bool = False
    parts: Mapping[Input, Joint] = field(default_factory=dict, hash=False)
    beside: tuple[Joint, ...] = ()

    @cached_property
    def read(self) -> Input:
        """Under which its value stands at an end."""
        return Input(self.key, self.back)

    def walk(self) -> Iterator[Joint]:
        """This joint and everything under it, top down."""
        yield self
        for part in (*self.parts.values(), *self.beside):
            yield from part.walk()

    def counted(self) -> Iterator[Joint]:
        """Top down as `walk`, without what only influences."""
        yield self
        for part in self.parts.values():
            yield from part.counted()


@dataclass(frozen=True)
class End:
    """All values at one end, before rounding, by what reads them; None or missing where there is none.

    `scores` are the definitions in force there, `peers` the values of all members for those that are ranked.
    """

    values: Mapping[Input, Fraction | None]
    scores: Mapping[Input, ScoreDefinition] = field(default_factory=dict)
    peers: Peers = field(default_factory=dict)

    def exact(self, joint: Joint) -> dict[str, Fraction | None]:
        """The value of every joint by its id: exactly what its formula comes to where that is what was stored.

        Stored values are rounded at 12 places, so a formula of formulas would be beside itself by a hair; where it is
        further away than that, the stored value stands, and the difference is a gap. What has no value stored has none.
        """
        found: dict[str, Fraction | None] = {}
        self._work_out(joint, found)
        return found

    def _work_out(self, joint: Joint, found: dict[str, Fraction | None]) -> None:
        for part in (*joint.parts.values(), *joint.beside):
            self._work_out(part, found)
        stored = self.values.get(joint.read)
        found[joint.id] = stored
        exact = self._computed(joint, found) if stored is not None else None
        if stored is not None and exact is not None and rounded(exact) == rounded(stored):
            found[joint.id] = exact

    def _computed(self, joint: Joint, found: Mapping[str, Fraction | None]) -> Fraction | None:
        values = {each: found[part.id] for each, part in joint.parts.items()}
        if joint.formula is not None:
            return evaluate(joint.formula, values).exact
        if joint.is_score and joint.read in self.scores:
            named = {part.key: found[part.id] for part in joint.parts.values()}
            return score(self.scores[joint.read], named, self.peers).score
        return None
