"""What a formula is made of: a frozen tree of seven kinds of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple


class Input(NamedTuple):
    """What a formula reads: the metric `key`, `back` periods of the same kind before (0: of the same period)."""

    key: str
    back: int = 0


@dataclass(frozen=True)
class Number:
    """A number as written, never negative."""

    value: Decimal


@dataclass(frozen=True)
class Name:
    """The value of another metric; `position` is its first character, counted from 1."""

    key: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Prior:
    """The value that another metric had `back` periods earlier, 1 to 400; `position` is where its key begins."""

    key: str
    back: int
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Negative:
    """Minus something."""

    operand: Node


class Part(NamedTuple):
    """A member of a chain with the sign before it; the first one's is "+" in a sum and "*" in a product."""

    sign: str
    node: Node


@dataclass(frozen=True)
class Sum:
    """Two or more terms joined by + and -."""

    terms: tuple[Part, ...]


@dataclass(frozen=True)
class Product:
    """Two or more factors joined by * and /, worked from left to right."""

    factors: tuple[Part, ...]


@dataclass(frozen=True)
class Call:
    """min, max, abs or coalesce of other nodes."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Prior | Negative | Sum | Product | Call


def children(tree: Node) -> tuple[Node, ...]:
    """The nodes right below, from left to right."""
    if isinstance(tree, Negative):
        return (tree.operand,)
    if isinstance(tree, Sum):
        return tuple(part.node for part in tree.terms)
    if isinstance(tree, Product):
        return tuple(part.node for part in tree.factors)
    return tree.arguments if isinstance(tree, Call) else ()


def name_nodes(tree: Node) -> Iterator[Name | Prior]:
    """Every mention of a metric, from left to right."""
    if isinstance(tree, Name | Prior):
        yield tree
    for child in children(tree):
        yield from name_nodes(child)


def names(tree: Node) -> tuple[str, ...]:
    """Keys of the metrics it uses in any period, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(node.key for node in name_nodes(tree)))


def inputs(tree: Node) -> tuple[Input, ...]:
    """What it reads: keys with how many periods back, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(input_of(node) for node in name_nodes(tree)))


def input_of(node: Name | Prior) -> Input:
    """What one mention reads."""
    return Input(node.key, node.back if isinstance(node, Prior) else 0)
