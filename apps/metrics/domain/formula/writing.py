"""A formula as text: to be read back, or to be read by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps.metrics.domain.formula.tree import Name, Negative, Node, Number, Part, Prior, Product, Sum

_SHOWN = {"*": "×", "/": "÷", "-": "−"}

Earlier = Callable[[str, int], str]
"""How to say the value that a metric of this name had so many periods before."""


def as_written(name: str, periods: int) -> str:
    """The way it is typed."""
    return f"prior({name}, {periods})"


def write(tree: Node, labels: Mapping[str, str] | None = None, earlier: Earlier = as_written) -> str:
    """The tree as text that `parse` reads back to an equal tree.

    With `labels` (by metric key) it is for reading only: names instead of keys, × ÷ − for the signs, and prior said
    by `earlier`.
    """
    return _Writer(labels, earlier if labels is not None else as_written).text(tree)


class _Writer:
    def __init__(self, labels: Mapping[str, str] | None, earlier: Earlier) -> None:
        self._labels = labels
        self._earlier = earlier

    def text(self, tree: Node) -> str:
        if isinstance(tree, Number):
            return f"{tree.value:f}"
        if isinstance(tree, Name):
            return self._name(tree.key)
        if isinstance(tree, Prior):
            return self._earlier(self._name(tree.key), tree.back)
        if isinstance(tree, Negative):
            return self._sign("-") + self._inner(tree.operand, Sum, Product)
        if isinstance(tree, Sum):
            return self._chain(tree.terms, Sum)
        if isinstance(tree, Product):
            return self._chain(tree.factors, Sum, Product)
        return f"{tree.function}({', '.join(self.text(argument) for argument in tree.arguments)})"

    def _name(self, key: str) -> str:
        return key if self._labels is None else self._labels.get(key, key)

    def _chain(self, parts: tuple[Part, ...], *bracketed: type) -> str:
        text = self._inner(parts[0].node, *bracketed)
        for part in parts[1:]:
            text += f" {self._sign(part.sign)} {self._inner(part.node, *bracketed)}"
        return text

    def _inner(self, node: Node, *bracketed: type) -> str:
        return f"({self.text(node)})" if isinstance(node, bracketed) else self.text(node)

    def _sign(self, sign: str) -> str:
        return sign if self._labels is None else _SHOWN.get(sign, sign)
