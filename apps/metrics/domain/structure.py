"""How a formula hangs together: what stands between a node of the tree and its children."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from apps.metrics.domain.formula import Name, Negative, Node, Number, Part, Product, Sum, names

Shape = Literal["product", "quotient", "sum", "difference", "other"]

_SHOWN = {"*": "×", "/": "÷", "+": "+", "-": "−"}


@dataclass(frozen=True)
class Structure:
    """The shape of a formula, and the sign before each metric in it: × ÷ + −, or "ƒ" where it has no single one."""

    shape: Shape
    signs: Mapping[str, str] = field(hash=False)

    @property
    def operator(self) -> str:
        """One sign for the whole: × for products and quotients, + for sums, − for differences, ƒ for anything else."""
        return {"product": "×", "quotient": "÷", "sum": "+", "difference": "−", "other": "ƒ"}[self.shape]


def structure(tree: Node) -> Structure:
    """The shape of a formula. Constant factors and weights do not count: `0.3 * a + 0.7 * b` is a sum."""
    if isinstance(tree, Product):
        signs = _signs(tree.factors)
        if signs:
            divided = "÷" in signs.values()
            return Structure("quotient" if divided and len(signs) == 2 else "product", signs)
    if isinstance(tree, Sum):
        signs = _signs(tree.terms)
        if signs:
            minus = sum(sign == "−" for sign in signs.values())
            return Structure("difference" if minus and len(signs) == 2 else "sum", signs)
    if isinstance(tree, Name):
        return Structure("sum", {tree.key: "+"})
    return Structure("other", dict.fromkeys(names(tree), "ƒ"))


def _signs(parts: tuple[Part, ...]) -> dict[str, str]:
    """The sign of each metric, if each stands alone in one part of the chain; else nothing."""
    signs: dict[str, str] = {}
    for part in parts:
        found = names(part.node)
        if not found:
            continue
        if len(found) > 1 or found[0] in signs or not _alone(part.node):
            return {}
        signs[found[0]] = _SHOWN[_flipped(part.sign) if _negative(part.node) else part.sign]
    return signs


def _alone(node: Node) -> bool:
    """A metric by itself, or times constants."""
    if isinstance(node, Negative):
        return _alone(node.operand)
    if isinstance(node, Product):
        inner = [part for part in node.factors if names(part.node)]
        return len(inner) == 1 and inner[0].sign == "*" and _alone(inner[0].node) and _constants(node)
    return isinstance(node, Name)


def _constants(product: Product) -> bool:
    return all(isinstance(part.node, Number) for part in product.factors if not names(part.node))


def _negative(node: Node) -> bool:
    return isinstance(node, Negative) and not _negative(node.operand)


def _flipped(sign: str) -> str:
    return {"+": "-", "-": "+"}.get(sign, sign)
