"""The shape of the metric tree, on plain ids and keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from apps.metrics.domain import formula
from apps.metrics.domain.definition import Definition, FormulaDefinition
from apps.metrics.domain.structure import Structure, structure

FORMULA, INFLUENCE = "formula", "influence"

Id = TypeVar("Id", bound=Hashable)


class Sign(NamedTuple):
    """What is shown before a child; `stale`: it hangs there as a part of a formula that does not name it."""

    operator: str
    stale: bool


def structure_of(definition: Definition) -> Structure | None:
    """How a metric's formula hangs together; None for metrics without one, or whose formula cannot be read."""
    if not isinstance(definition, FormulaDefinition):
        return None
    try:
        return structure(formula.parse(definition.expression))
    except formula.FormulaError:
        return None


def factors_of(definition: Definition) -> tuple[str, ...]:
    """Keys of the metrics its formula names, in their order there; none for other kinds."""
    built = structure_of(definition)
    return tuple(built.signs) if built else ()


def missing_factors(definition: Definition, children: Sequence[str]) -> tuple[str, ...]:
    """Keys that the formula names and that do not hang below the node as a part of the formula."""
    return tuple(key for key in factors_of(definition) if key not in children)


def signs(definition: Definition, children: Sequence[tuple[str, str]]) -> list[Sign]:
    """The sign before each child (key, link), in the order shown.

    The first part of a sum or product has none unless it is subtracted or divided by; influences have none.
    """
    built = structure_of(definition)
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


def shape_sign(definition: Definition, links: Sequence[str]) -> str:
    """One sign for a node's whole branch: that of its formula, "~" if only influences hang there, "" without any."""
    built = structure_of(definition)
    if built and FORMULA in links:
        return built.operator
    return "~" if links else ""


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
