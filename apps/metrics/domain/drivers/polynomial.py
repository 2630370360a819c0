"""A formula whose inputs move together from one end to the other: a polynomial in the share of the way gone.

For a formula that is affine in each input (sums, products and their mixtures) the average over all orders in which the
inputs may move, which is the Shapley value, equals the average along the straight way from one end to the other (Owen
1972, multilinear extension of games). So no order has to be listed: however many inputs, one polynomial is integrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import zip_longest

from apps.metrics.domain.formula import Input, Name, Negative, Node, Number, Prior, Product, Sum
from apps.metrics.domain.formula.tree import input_of

Polynomial = tuple[Fraction, ...]
"""Coefficients of 1, t, t², …"""

Ends = Mapping[Input, tuple[Fraction, Fraction]]


def along(tree: Node, ends: Ends) -> Polynomial:
    """The formula with each input at before + t · (after - before). ValueError for divisions by them, and functions."""
    if isinstance(tree, Number):
        return (Fraction(tree.value),)
    if isinstance(tree, Name | Prior):
        before, after = ends[input_of(tree)]
        return (before, after - before)
    if isinstance(tree, Negative):
        return tuple(-each for each in along(tree.operand, ends))
    if isinstance(tree, Sum):
        return _sum(tree, ends)
    if isinstance(tree, Product):
        return _product(tree, ends)
    raise ValueError("A function has no polynomial.")


def average(polynomial: Polynomial) -> Fraction:
    """Its mean for t from 0 to 1."""
    return sum((each / (power + 1) for power, each in enumerate(polynomial)), Fraction(0))


def _sum(tree: Sum, ends: Ends) -> Polynomial:
    total: Polynomial = (Fraction(0),)
    for part in tree.terms:
        sign = -1 if part.sign == "-" else 1
        term = along(part.node, ends)
        total = tuple(a + sign * b for a, b in zip_longest(total, term, fillvalue=Fraction(0)))
    return total


def _product(tree: Product, ends: Ends) -> Polynomial:
    result: Polynomial = (Fraction(1),)
    for part in tree.factors:
        factor = along(part.node, ends)
        if part.sign == "*":
            result = _times(result, factor)
        elif len(factor) == 1 and factor[0]:
            result = tuple(each / factor[0] for each in result)
        else:
            raise ValueError("A quotient has no polynomial.")
    return result


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        if a:
            for j, b in enumerate(right):
                found[i + j] += a * b
    return tuple(found)
