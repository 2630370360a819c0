"""Of which class a formula is: what has to be known to take a change of its value apart (sum, product, …).

Exact arithmetic of the tree, no data. A formula is *affine* in an input x if it is A + B·x with A and B free of x; B is
its *slope*. The change of x alone then contributes B·Δx, whatever the other inputs do; Shapley values average B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.formula.tree import (
    Call,
    Input,
    Name,
    Negative,
    Node,
    Number,
    Part,
    Prior,
    Product,
    Sum,
    input_of,
)
from apps.metrics.domain.formula.tree import inputs as inputs_of

Class = Literal["sum", "product", "multilinear", "quotient", "other"]

ONE, ZERO = Number(Decimal(1)), Number(Decimal(0))


@dataclass(frozen=True)
class Classification:
    """The class of a formula, and its coefficients.

    | kind | the formula is |
    |---|---|
    | sum | constant + Σ weights[x] · x |
    | product | constant · Π x, each input once, at least two |
    | multilinear | affine in each input, the others held: sums of products, each input once in each |
    | quotient | numerator / denominator, both of the three above, the denominator not constant |
    | other | anything else: min, max, abs, coalesce of inputs, x · x, nested divisions |

    `inputs` in the order of their first mention; prior(x, 1) is another input than x. `affine` are those it is affine
    in, of whatever class: for these `slope` gives the coefficient. `numerator` is the formula itself, and `denominator`
    None, for all but quotients; 1 and None for "other" says nothing.
    """

    kind: Class
    inputs: tuple[Input, ...]
    affine: frozenset[Input]
    numerator: Node
    denominator: Node | None = None
    constant: Fraction | None = None
    weights: Mapping[Input, Fraction] = field(default_factory=dict, hash=False)


@lru_cache(maxsize=4096)
def classify(tree: Node) -> Classification:
    """The class of a formula. Numbers are folded first, so `a * (2 - 1) / 4` is a sum with the weight 1/4.

    What is said holds for every value of the inputs; it may be weaker than the truth (`a * a - a * a` is "other").
    """
    found = inputs_of(tree)
    folded = _folded(tree)
    if folded is None:
        return Classification("other", found, frozenset(), tree)
    slopes = _slopes(folded)
    affine = frozenset(each for each, coefficient in slopes.items() if coefficient is not None)
    if len(affine) == len(found):
        return _polynomial(folded, found, affine, slopes)
    sides = _sides(folded)
    if sides is not None and inputs_of(sides[1]) and all(_is_multilinear(side) for side in sides):
        return Classification("quotient", found, affine, *sides)
    return Classification("other", found, affine, folded)


def slope(tree: Node, of: Input) -> Node | None:
    """The coefficient B of the formula A + B·`of`, free of `of`; None where the formula is not affine in it.

    0 where it does not read `of`. Evaluated with the other inputs it is the exact change of the value for each 1 that
    `of` changes by, where the formula has a value.
    """
    return slopes(tree).get(of, ZERO)


@lru_cache(maxsize=4096)
def slopes(tree: Node) -> Mapping[Input, Node | None]:
    """The `slope` in each input the tree reads, None where it is not affine in it."""
    return _slopes(tree)


def _slopes(tree: Node) -> dict[Input, Node | None]:
    if isinstance(tree, Name | Prior):
        return {input_of(tree): ONE}
    if isinstance(tree, Negative):
        inner = _slopes(tree.operand)
        return {each: None if found is None else _negative(found) for each, found in inner.items()}
    if isinstance(tree, Sum):
        return _slopes_of_sum(tree)
    return _slopes_of_product(tree) if isinstance(tree, Product) else dict.fromkeys(inputs_of(tree))


def _slopes_of_sum(tree: Sum) -> dict[Input, Node | None]:
    terms: dict[Input, list[Part]] = {}
    bent: set[Input] = set()
    for part in tree.terms:
        for each, inner in _slopes(part.node).items():
            if inner is None:
                bent.add(each)
            terms.setdefault(each, []).append(Part(part.sign, inner or ZERO))
    return {each: None if each in bent else _sum(found) for each, found in terms.items()}


def _slopes_of_product(tree: Product) -> dict[Input, Node | None]:
    found: dict[Input, Node | None] = {}
    for at, part in enumerate(tree.factors):
        for each, inner in _slopes(part.node).items():
            if each in found or part.sign == "/" or inner is None:
                found[each] = None
            else:
                found[each] = _product([*tree.factors[:at], Part("*", inner), *tree.factors[at + 1 :]])
    return found


# --- classes ----------------------------------------------------------------------------------------------------------


def _polynomial(
    tree: Node, found: tuple[Input, ...], affine: frozenset[Input], slopes: Mapping[Input, Node | None]
) -> Classification:
    """A formula that is affine in every input: a sum, a product, or a mixture."""
    weights = {each: _constant(coefficient) for each, coefficient in slopes.items() if coefficient is not None}
    known = {each: weight for each, weight in weights.items() if weight is not None}
    if len(known) == len(found):
        constant = _constant(_folded(_at_zero(tree)))
        if constant is not None:
            return Classification("sum", found, affine, tree, constant=constant, weights=known)
    constant = _monomial(tree)
    if constant is not None:
        return Classification("product", found, affine, tree, constant=constant)
    if _is_multilinear(tree):
        return Classification("multilinear", found, affine, tree)
    return Classification("other", found, affine, tree)


def _is_multilinear(tree: Node) -> bool:
    """Without a division by an input, a function, or an input times itself."""
    if isinstance(tree, Number | Name | Prior):
        return True
    if isinstance(tree, Negative):
        return _is_multilinear(tree.operand)
    if isinstance(tree, Sum):
        return all(_is_multilinear(part.node) for part in tree.terms)
    if not isinstance(tree, Product):
        return False
    read = [set(inputs_of(part.node)) for part in tree.factors]
    if sum(len(each) for each in read) > len(set().union(*read)):
        return False
    return all(
        _is_multilinear(part.node) and (part.sign == "*" or not each)
        for part, each in zip(tree.factors, read, strict=True)
    )


def _monomial(tree: Node) -> Fraction | None:
    """k of k · x · y · …; None if it is no single product. Inputs are known to stand in it once at most."""
    if isinstance(tree, Name | Prior):
        return Fraction(1)
    if isinstance(tree, Negative):
        inner = _monomial(tree.operand)
        return None if inner is None else -inner
    if not isinstance(tree, Product):
        return _constant(tree)
    constant = Fraction(1)
    for part in tree.factors:
        inner = _constant(part.node) if part.sign == "/" else _monomial(part.node)
        if inner is None or (part.sign == "/" and inner == 0):
            return None
        constant = constant / inner if part.sign == "/" else constant * inner
    return constant


def _sides(tree: Node) -> tuple[Node, Node] | None:
    """The formula as numerator and denominator; None where it has no division on top, or several in a sum."""
    if isinstance(tree, Negative):
        inner = _sides(tree.operand)
        return None if inner is None else (_negative(inner[0]), inner[1])
    if isinstance(tree, Sum):
        return _sides_of_sum(tree)
    if not isinstance(tree, Product):
        return tree, ONE
    over: list[Part] = []
    under: list[Part] = []
    for part in tree.factors:
        inner = _sides(part.node)
        if inner is None:
            return None
        top, bottom = inner if part.sign == "*" else (inner[1], inner[0])
        over += [Part("*", top)] if top != ONE else []
        under += [Part("*", bottom)] if bottom != ONE else []
    return _product(over), _product(under)


def _sides_of_sum(tree: Sum) -> tuple[Node, Node] | None:
    """Over one denominator, which terms without a division are multiplied with: a / b - 1 is (a - b) / b."""
    sides = [_sides(part.node) for part in tree.terms]
    known = [each for each in sides if each is not None]
    bottoms = {bottom for _, bottom in known if bottom != ONE}
    if len(known) < len(sides) or len(bottoms) > 1:
        return None
    bottom = bottoms.pop() if bottoms else ONE
    terms = [
        Part(part.sign, top if under == bottom else _product([Part("*", top), Part("*", bottom)]))
        for part, (top, under) in zip(tree.terms, known, strict=True)
    ]
    return _sum(terms), bottom


# --- numbers ----------------------------------------------------------------------------------------------------------


def _folded(tree: Node) -> Node | None:
    """The tree with every part that reads no input worked out; None where such a part divides by zero.

    Numbers that no decimal says exactly (1/3) stay a division of two.
    """
    if isinstance(tree, Number | Name | Prior):
        return tree
    if not inputs_of(tree):
        value = _value(tree)
        return None if value is None else _number(value)
    if isinstance(tree, Negative):
        inner = _folded(tree.operand)
        return None if inner is None else _negative(inner)
    if isinstance(tree, Call):
        arguments = [_folded(argument) for argument in tree.arguments]
        known = tuple(argument for argument in arguments if argument is not None)
        return Call(tree.function, known) if len(known) == len(arguments) else None
    parts = [(part.sign, _folded(part.node)) for part in (tree.terms if isinstance(tree, Sum) else tree.factors)]
    if any(node is None or (sign == "/" and _constant(node) == 0) for sign, node in parts):
        return None
    kept = tuple(Part(sign, node) for sign, node in parts if node is not None)
    return Sum(kept) if isinstance(tree, Sum) else Product(kept)


def _at_zero(tree: Node) -> Node:
    """The tree with 0 for every input."""
    if isinstance(tree, Name | Prior):
        return ZERO
    if isinstance(tree, Negative):
        return Negative(_at_zero(tree.operand))
    if isinstance(tree, Sum):
        return Sum(tuple(Part(part.sign, _at_zero(part.node)) for part in tree.terms))
    if isinstance(tree, Product):
        return Product(tuple(Part(part.sign, _at_zero(part.node)) for part in tree.factors))
    return Call(tree.function, tuple(_at_zero(each) for each in tree.arguments)) if isinstance(tree, Call) else tree


def _constant(tree: Node | None) -> Fraction | None:
    """What a tree without inputs comes to; None for any other, and where it has no value."""
    return None if tree is None or inputs_of(tree) else _value(tree)


def _value(tree: Node) -> Fraction | None:
    return evaluate(tree, {}).exact


def _number(value: Fraction) -> Node:
    """A number of any sign and exactness as a tree."""
    over, under = (Number(Decimal(abs(side))) for side in (value.numerator, value.denominator))
    node: Node = over if under == ONE else Product((Part("*", over), Part("/", under)))
    return Negative(node) if value < 0 else node


def _negative(node: Node) -> Node:
    return node.operand if isinstance(node, Negative) else Negative(node)


def _sum(terms: list[Part]) -> Node:
    if not terms:
        return ZERO
    if terms[0].sign == "-":
        terms = [Part("+", _negative(terms[0].node)), *terms[1:]]
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0].node


def _product(parts: list[Part]) -> Node:
    """A chain whose first member is multiplied; factors of 1 are left out."""
    kept = [part for part in parts if part.node != ONE]
    if not kept or kept[0].sign == "/":
        kept = [Part("*", ONE), *kept]
    return Product(tuple(kept)) if len(kept) > 1 else kept[0].node
