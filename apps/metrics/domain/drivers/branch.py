"""A tree with two ends, and the shares of the difference between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from apps.metrics.domain.formula import Input, Node
from apps.metrics.domain.reasons import Reason

Method = Literal["shapley", "sequential"]


@dataclass(frozen=True)
class Branch:
    """A value at both ends, and what it is made of.

    `before` and `after` are what was measured, unrounded; None where there is none. `formula` reads the inputs that
    `parts` gives; without a formula it is a leaf. What was measured beside what the formula comes to is its gap.
    """

    name: str
    before: Fraction | None
    after: Fraction | None
    formula: Node | None = None
    parts: Mapping[Input, Branch] = field(default_factory=dict, hash=False)

    @property
    def change(self) -> Fraction:
        """After less before; ValueError where one is missing."""
        if self.before is None or self.after is None:
            raise ValueError(f"{self.name} has no value at one of its ends.")
        return self.after - self.before


@dataclass(frozen=True)
class Effect:
    """What a node accounts for of the difference at the root, in the root's unit.

    `effect` is the sum of the effects of `parts` and of `gap`, exactly. `gap` is what the node's measured value moved
    beside its formula (None without a formula): a bar of its own, never spread over the others. `unsplit` says why a
    node with a formula is taken as a whole. `own` is what it accounts for of the difference of the node right above, in
    that one's unit; None where that was not found on the way.
    """

    name: str
    before: Fraction | None
    after: Fraction | None
    effect: Fraction
    gap: Fraction | None = None
    gap_before: Fraction | None = None
    gap_after: Fraction | None = None
    parts: Mapping[Input, Effect] = field(default_factory=dict, hash=False)
    unsplit: Reason | None = None
    own: Fraction | None = field(default=None, compare=False)

    def walk(self) -> Iterator[Effect]:
        """This node, then everything below it."""
        yield self
        for part in self.parts.values():
            yield from part.walk()

    def leaves(self) -> Iterator[tuple[str, Fraction]]:
        """Names and effects of what is not split further, gaps under the name of their node. Adds up to `effect`."""
        if not self.parts:
            yield self.name, self.effect
            return
        for part in self.parts.values():
            yield from part.leaves()
        if self.gap:
            yield self.name, self.gap
