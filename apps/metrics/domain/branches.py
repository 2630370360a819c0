"""The shape of the metric tree, on plain ids and keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import formula
from apps.metrics.domain.definition import Definition, FormulaDefinition, RatioDefinition
from apps.metrics.domain.scoring import ScoreDefinition
from apps.metrics.domain.structure import Structure, structure

FORMULA, INFLUENCE = "formula", "influence"

Id = TypeVar("Id", bound=Hashable)


class Sign(NamedTuple):
    """What is shown before a child; `stale`: it hangs there as a part of a formula that does not name it."""

    operator: str
    stale: bool


def structure_of(definition: Definition, below: Mapping[str, Definition] | None = None) -> Structure | None:
    """How a metric's formula hangs together; None for metrics without one, or whose formula cannot be read.

    A ratio is the product of the ratios `below` it, by key, where these telescope: revenue / customers =
    orders / customers × revenue / orders. A score is calculated from its members, by no single sign.
    """
    if isinstance(definition, RatioDefinition):
        return _telescoped(definition, below or {})
    if isinstance(definition, ScoreDefinition):
        return Structure("other", {part.metric: "ƒ" for group in definition.groups for part in group.parts})
    if not isinstance(definition, FormulaDefinition):
        return None
    return _structure_of(definition.expression)


@lru_cache(maxsize=2048)
def _structure_of(expression: str) -> Structure | None:
    try:
        return structure(formula.parse(expression))
    except formula.FormulaError:
        return None


def _telescoped(whole: RatioDefinition, below: Mapping[str, Definition]) -> Structure | None:
    parts = [part for part in below.values() if isinstance(part, RatioDefinition) and part.trailing == whole.trailing]
    if len(parts) < 2 or len(parts) < len(below):
        return None
    over = Counter(part.numerator for part in parts)
    under = Counter(part.denominator for part in parts)
    if over - under != Counter([whole.numerator]) or under - over != Counter([whole.denominator]):
        return None
    return Structure("product", dict.fromkeys(below, "×"))


def may_be_factor(whole: Definition, part: Definition) -> bool:
    """Whether a ratio may hang below another as a factor: over the same window they share a side."""
    if (
        not isinstance(whole, RatioDefinition)
        or not isinstance(part, RatioDefinition)
        or whole.trailing != part.trailing
    ):
        return False
    return (part.denominator == whole.denominator) != (part.numerator == whole.numerator)


def link_issues(above: Definition, above_name: str, part: Definition, part_name: str) -> list[Issue]:
    """Why `part` cannot be linked as a part of what `above` is calculated from; nothing if it can."""
    factors = factors_of(above)
    if part.key in factors or may_be_factor(above, part):
        return []
    filled = {"parent": above_name, "child": part_name, "factors": ", ".join(factors)}
    if not factors:
        message = N_("“%(parent)s” has no formula, so “%(child)s” can only influence it.")
    else:
        message = N_(
            "The formula of “%(parent)s” does not name “%(child)s”, only: %(factors)s. Link it as an influence."
        )
    return [Issue("link", message, filled)]


def factors_of(definition: Definition) -> tuple[str, ...]:
    """Keys of the metrics its formula names, in their order there; none for other kinds."""
    built = structure_of(definition)
    return tuple(built.signs) if built else ()


def missing_factors(definition: Definition, children: Sequence[str]) -> tuple[str, ...]:
    """Keys that the formula names and that do not hang below the node as a part of the formula."""
    return tuple(key for key in factors_of(definition) if key not in children)


def signs(
    definition: Definition, children: Sequence[tuple[str, str]], definitions: Mapping[str, Definition] | None = None
) -> list[Sign]:
    """The sign before each child (key, link), in the order shown; `definitions` of the children by key.

    The first part of a sum or product has none unless it is subtracted or divided by; influences have none.
    """
    built = structure_of(definition, _linked(children, definitions))
    found: list[Sign] = []
    first = True
    for key, link in children:
        if link != FORMULA:
            found.append(Sign("", stale=False))
            continue
        sign = built.signs.get(key) if built else None
        if sign is None:
            found.append(Sign("", stale=True))
            continue
        found.append(Sign("" if first and sign in "+×" else sign, stale=False))
        first = False
    return found


def shape_sign(
    definition: Definition, children: Sequence[tuple[str, str]], definitions: Mapping[str, Definition] | None = None
) -> str:
    """One sign for a node's whole branch: that of its formula, "~" if only influences hang there, "" without any.

    `children` and `definitions` as in `signs`.
    """
    linked = _linked(children, definitions)
    built = structure_of(definition, linked)
    if built and any(link == FORMULA for _, link in children):
        return built.operator
    return "~" if children else ""


def _linked(children: Sequence[tuple[str, str]], definitions: Mapping[str, Definition] | None) -> dict[str, Definition]:
    """The definitions of the children that are linked as parts of a formula."""
    known = definitions or {}
    return {key: known[key] for key, link in children if link == FORMULA and key in known}


def up_from(node: Id, parent_of: Mapping[Id, Id | None]) -> Iterator[Id]:
    """`node`, its parent, and so on to the root; stops where it would walk in a circle."""
    seen: set[Id] = set()
    at: Id | None = node
    while at is not None and at not in seen:
        seen.add(at)
        yield at
        at = parent_of.get(at)


def below(node: Id, parent_of: Mapping[Id, Id | None]) -> set[Id]:
    """Every node under `node`, and itself."""
    found, waiting = {node}, {node}
    while waiting:
        waiting = {child for child, parent in parent_of.items() if parent in waiting} - found
        found |= waiting
    return found
