"""From definitions, and the tree that people hung, to joints: what the arithmetic reads is always complete.

What a formula names and no node stands for is a joint all the same, or nothing would add up. Where a node hangs as a
part of a formula that does not name it, or only influences, it stands beside, without any share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.drivers.domain.joints import Joint
from apps.metrics.domain import formula
from apps.metrics.domain.branches import FORMULA, structure_of
from apps.metrics.domain.definition import Definition, FormulaDefinition, RatioDefinition, ScoreDefinition
from apps.metrics.domain.formula import Input, Name, Node, Number, Part, Product
from apps.metrics.domain.scoring import metrics_of

DEEPEST = 12
"""So many levels of formulas below one another are opened beyond the nodes of the tree."""

NUMERATOR, DENOMINATOR = ":numerator", ":denominator"


@dataclass(frozen=True)
class Hung:
    """A node of the tree as people hung it: the metric, and how it is linked to the node above."""

    id: str
    key: str
    link: str = FORMULA
    children: Sequence[Hung] = ()


def plant(
    key: str,
    definitions: Mapping[str, Definition],
    hung: Hung | None = None,
    scores: Mapping[str, Sequence[ScoreDefinition]] | None = None,
) -> Joint:
    """The joint of a metric with all that it is made of.

    `hung` is its node in the tree, if it has one; `scores` are further definitions of scores that are in force at one
    of the ends: their members are parts, too. Keys without a definition are leaves.
    """
    return _Planter(definitions, scores or {}).joint(Hung(key, key) if hung is None else hung, 0, 0, hung is not None)


def sides_of(joint: Joint) -> Joint:
    """A ratio, opened by its numerator and denominator."""
    over, under = (Joint(f"{joint.id}/{side}", f"{joint.key}{side}") for side in (NUMERATOR, DENOMINATOR))
    tree = Product((Part("*", Name(over.key)), Part("/", Name(under.key))))
    return Joint(joint.id, joint.key, 0, tree, parts={over.read: over, under.read: under}, beside=joint.beside)


@dataclass(frozen=True)
class _Planter:
    definitions: Mapping[str, Definition]
    scores: Mapping[str, Sequence[ScoreDefinition]]

    def joint(self, hung: Hung, back: int, depth: int, in_tree: bool) -> Joint:
        definition = self.definitions.get(hung.key)
        linked = {child.key: child for child in hung.children if child.link == FORMULA and not back}
        tree = self.formula(definition, linked)
        reads = self.reads(hung.key, definition, tree)
        depth = 0 if in_tree else depth
        parts = {}
        if depth < DEEPEST:
            for each in reads:
                child = linked.get(each.key) if not each.back else None
                below = child or Hung(_path(hung.id, each), each.key)
                named = _named(each, back)
                parts[each] = self.joint(below, named.back, depth + 1, child is not None)
        used = {part.id for part in parts.values()}
        beside = tuple(self.joint(child, back, depth, True) for child in hung.children if child.id not in used)
        opened = bool(parts)
        return Joint(
            hung.id,
            hung.key,
            back,
            tree if opened else None,
            isinstance(definition, ScoreDefinition) and opened,
            parts,
            beside,
        )

    def formula(self, definition: Definition | None, linked: Mapping[str, Hung]) -> Node | None:
        """What a metric is calculated by: its own formula, or for a ratio the ratios below it that telescope."""
        if isinstance(definition, FormulaDefinition):
            try:
                return formula.parse(definition.expression)
            except formula.FormulaError:
                return None
        if isinstance(definition, RatioDefinition):
            below = {key: self.definitions[key] for key in linked if key in self.definitions}
            built = structure_of(definition, below)
            if built is not None and built.signs:
                factors = (Part("*", Name(key)) for key in built.signs)
                return Product((Part("*", Number(Decimal(1))), *factors))
        return None

    def reads(self, key: str, definition: Definition | None, tree: Node | None) -> Iterator[Input]:
        if tree is not None:
            yield from formula.inputs(tree)
        elif isinstance(definition, ScoreDefinition):
            every = [definition, *self.scores.get(key, ())]
            yield from dict.fromkeys(Input(each) for one in every for each in metrics_of(one))


def _named(each: Input, back: int) -> Input:
    """What a formula reads that is itself read `back` periods early."""
    return Input(each.key, each.back + back)


def _path(above: str, each: Input) -> str:
    return f"{above}/{each.key}@{each.back}" if each.back else f"{above}/{each.key}"
