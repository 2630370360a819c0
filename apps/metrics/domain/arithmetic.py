"""What a formula comes to: exact fractions inside, one rounding where a value is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.kernel.issue import N_
from apps.metrics.domain.formula import Call, Input, Name, Negative, Node, Number, Part, Prior, Product, Sum
from apps.metrics.domain.formula.tree import children, input_of
from apps.metrics.domain.reasons import Reason

PLACES = 12
"""Digits after the point of a stored value; rounded half to even."""

LARGEST = 10**26
"""Values from here on cannot be stored (26 digits before the point)."""

DIVISION_BY_ZERO = N_("It divides by zero.")
TOO_LARGE = N_("The value is too large.")

Exact = Decimal | Fraction | int


Values = Mapping[Input, Exact | None]
"""What the inputs of a formula come to: metrics in the same period (`Input(key)`) or some periods earlier."""


@dataclass(frozen=True)
class Outcome:
    """The exact result of a formula, or why there is none.

    `missing` names the inputs without a value that stood in the way; `reason` says what else did.
    """

    exact: Fraction | None
    missing: tuple[Input, ...] = ()
    reason: Reason | None = None

    @property
    def value(self) -> Decimal | None:
        """The result at 12 places, half to even."""
        return None if self.exact is None else rounded(self.exact)


def rounded(exact: Exact, places: int = PLACES) -> Decimal:
    """`exact` at `places` digits after the point, half to even; any number of digits before it."""
    scaled = round(Fraction(exact) * 10**places)
    return Decimal(f"{scaled}E{-places}")


def fits(exact: Exact | None) -> bool:
    """Whether a number can be stored; None can."""
    return exact is None or abs(Fraction(exact)) < LARGEST


def evaluate(tree: Node, values: Values) -> Outcome:
    """What `tree` comes to with these values of its inputs; one that is not there, or None, has no value.

    An input without a value leaves the whole without one, except in `coalesce`, which takes the first of its
    arguments that has one. Division by zero has no value either.
    """
    if isinstance(tree, Name | Prior):
        read = input_of(tree)
        return reading(read, values.get(read))
    return combine(tree, [evaluate(child, values) for child in children(tree)])


def reading(read: Input, value: Exact | None) -> Outcome:
    """What the mention of an input comes to: its value, or that it is missing."""
    return Outcome(None, missing=(read,)) if value is None else Outcome(Fraction(value))


def combine(node: Node, outcomes: Sequence[Outcome]) -> Outcome:
    """What a node other than an input comes to, from what its children came to, in their order."""
    if isinstance(node, Number):
        return Outcome(Fraction(node.value))
    if isinstance(node, Call) and node.function == "coalesce":
        return next((outcome for outcome in outcomes if outcome.exact is not None), _first_trouble(outcomes))
    numbers = [outcome.exact for outcome in outcomes if outcome.exact is not None]
    if len(numbers) < len(outcomes):
        return _first_trouble(outcomes)
    if isinstance(node, Sum):
        return Outcome(sum((-n if sign == "-" else n for (sign, _), n in _with(node.terms, numbers)), Fraction(0)))
    if isinstance(node, Product):
        return _product(node, numbers)
    return Outcome(_one_of(node, numbers))


def _with(parts: tuple[Part, ...], numbers: list[Fraction]) -> Iterator[tuple[Part, Fraction]]:
    return zip(parts, numbers, strict=True)


def _product(product: Product, numbers: list[Fraction]) -> Outcome:
    result = Fraction(1)
    for (sign, _), number in _with(product.factors, numbers):
        if sign == "*":
            result *= number
        elif number == 0:
            return Outcome(None, reason=Reason(DIVISION_BY_ZERO))
        else:
            result /= number
    return Outcome(result)


def _one_of(node: Node, numbers: list[Fraction]) -> Fraction:
    """A sign turned, or the absolute, smallest or largest value."""
    if isinstance(node, Negative):
        return -numbers[0]
    function = node.function if isinstance(node, Call) else ""
    return {"abs": lambda: abs(numbers[0]), "min": lambda: min(numbers), "max": lambda: max(numbers)}[function]()


def _first_trouble(outcomes: Sequence[Outcome]) -> Outcome:
    """No result: every missing input by name, and the first other reason."""
    missing = tuple(dict.fromkeys(each for outcome in outcomes if outcome.exact is None for each in outcome.missing))
    return Outcome(None, missing, next((o.reason for o in outcomes if o.reason is not None), None))
