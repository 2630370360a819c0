"""Arithmetic over the columns of a row, such as `quantity * price - discount`: read by the grammar of formulas.

Only + - * and brackets: a quotient of columns would be averaged over rows, where it has to be taken once, of totals.
"""

from __future__ import annotations

import re

from apps.kernel.issue import N_
from apps.metrics.domain import formula
from apps.metrics.domain.formula import FormulaError, Name, Negative, Node, Number, Product, Sum

MOST_NODES = 40
_FUNCTION = re.compile(r"[a-z][a-z0-9_]*\s*[(（]")


def parse(text: str) -> Node:
    """The tree of an expression over columns; FormulaError at the character where it is none."""
    tree = formula.parse(text)
    names = [node.position for node in formula.name_nodes(tree)]
    _check(tree, text)
    if len(names) > MOST_NODES:
        raise FormulaError(
            N_("At character %(position)s: an expression uses at most %(most)s columns."), names[-1], most=MOST_NODES
        )
    return tree


def _check(node: Node, text: str) -> None:
    if isinstance(node, Negative):
        _check(node.operand, text)
    elif isinstance(node, Sum | Product):
        for part in node.terms if isinstance(node, Sum) else node.factors:
            if part.sign == "/":
                at = next(position for position, sign in enumerate(text, 1) if sign in "/÷／")
                message = N_("At character %(position)s: columns are not divided row by row. Make it a ratio.")
                raise FormulaError(message, at)
            _check(part.node, text)
    elif not isinstance(node, Name | Number):
        function = _FUNCTION.search(text)
        at = function.start() + 1 if function else 1
        raise FormulaError(N_("At character %(position)s: an expression over columns knows no functions."), at)
