"""What a formula comes to: exact fractions inside, one rounding where a value is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.kernel.issue import N_
from apps.metrics.domain.formula import Call, Input, Name, Negative, Node, Number, Part, Prior, Product, Sum
from apps.metrics.domain.formula.tree import input_of
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
    return Decimal((int(scaled < 0), tuple(int(digit) for digit in str(abs(scaled))), -places))


def fits(exact: Exact | None) -> bool:
    """Whether a number can be stored; None can."""
    return exact is None or abs(Fraction(exact)) < LARGEST


def evaluate(tree: Node, values: Values) -> Outcome:
    """What `tree` comes to with these values of its inputs; one that is not there, or None, has no value.

    An input without a value leaves the whole without one, except in `coalesce`, which takes the first of its
    arguments that has one. Division by zero has no value either.
    """
    if isinstance(tree, Number):
        return Outcome(Fraction(tree.value))
    if isinstance(tree, Name | Prior):
        read = input_of(tree)
        value = values.get(read)
        return Outcome(None, missing=(read,)) if value is None else Outcome(Fraction(value))
    if isinstance(tree, Negative):
        inner = evaluate(tree.operand, values)
        return inner if inner.exact is None else Outcome(-inner.exact)
    if isinstance(tree, Sum):
        return _sum(tree.terms, values)
    if isinstance(tree, Product):
        return _product(tree.factors, values)
    return _call(tree, values)


def _sum(terms: tuple[Part, ...], values: Values) -> Outcome:
    outcomes = [evaluate(term.node, values) for term in terms]
    numbers = _numbers(outcomes)
    if numbers is None:
        return _first_trouble(outcomes)
    return Outcome(sum((-n if term.sign == "-" else n for term, n in zip(terms, numbers, strict=True)), Fraction(0)))


def _product(factors: tuple[Part, ...], values: Values) -> Outcome:
    outcomes = [evaluate(factor.node, values) for factor in factors]
    numbers = _numbers(outcomes)
    if numbers is None:
        return _first_trouble(outcomes)
    result = Fraction(1)
    for factor, number in zip(factors, numbers, strict=True):
        if factor.sign == "*":
            result *= number
        elif number == 0:
            return Outcome(None, reason=Reason(DIVISION_BY_ZERO))
        else:
            result /= number
    return Outcome(result)


def _call(call: Call, values: Values) -> Outcome:
    outcomes = [evaluate(argument, values) for argument in call.arguments]
    if call.function == "coalesce":
        return next((outcome for outcome in outcomes if outcome.exact is not None), _first_trouble(outcomes))
    numbers = _numbers(outcomes)
    if numbers is None:
        return _first_trouble(outcomes)
    if call.function == "abs":
        return Outcome(abs(numbers[0]))
    return Outcome(min(numbers) if call.function == "min" else max(numbers))


def _numbers(outcomes: list[Outcome]) -> list[Fraction] | None:
    """All results, or None if one of them is missing."""
    found = [outcome.exact for outcome in outcomes if outcome.exact is not None]
    return found if len(found) == len(outcomes) else None


def _first_trouble(outcomes: list[Outcome]) -> Outcome:
    """No result: every missing input by name, and the first other reason."""
    missing = tuple(dict.fromkeys(each for outcome in outcomes if outcome.exact is None for each in outcome.missing))
    return Outcome(None, missing, next((o.reason for o in outcomes if o.reason is not None), None))
