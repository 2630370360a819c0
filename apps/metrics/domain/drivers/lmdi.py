"""Shares by logarithms (LMDI-I, additive form; Ang): for sums and products of positive numbers only.

A factor x of Y accounts for L(Y1, Y0) · ln(x1 / x0), with L the logarithmic mean (p - q) / (ln p - ln q). It agrees
with Shapley values where factors move little, and is offered beside them because the field knows it. Logarithms are
taken at 50 digits; what they leave over (in the 48th digit) goes to the largest effect, so that shares add up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from fractions import Fraction

from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.drivers.branch import Branch, Effect
from apps.metrics.domain.formula import Input, Node
from apps.metrics.domain.formula_classes import Classification, classify

_PRECISE = Context(prec=50)
_CLOSE = Fraction(5, 100)

Ends = Mapping[Input, tuple[Fraction, Fraction]]


def logarithmic(branch: Branch) -> Effect | None:
    """What each node accounts for of `branch.change`; None where a formula is no sum or product, or a number is ≤ 0."""
    return _effect(branch, Fraction(1), branch.change)


def differs(one: Effect, other: Effect) -> bool:
    """Whether two methods disagree about a part by more than 5 % of the largest effect: then the method is named."""
    largest = max((abs(part.effect) for part in one.parts.values()), default=Fraction(0))
    gaps = (abs(part.effect - other.parts[each].effect) for each, part in one.parts.items() if each in other.parts)
    return any(gap > _CLOSE * largest for gap in gaps)


def _effect(branch: Branch, slope: Fraction, effect: Fraction) -> Effect | None:
    if branch.formula is None or branch.before is None or branch.after is None:
        return Effect(branch.name, branch.before, branch.after, effect)
    ends = _ends(branch)
    found = _coefficients(branch.formula, ends) if ends else None
    if ends is None or found is None:
        return None
    coefficients, (low, high) = found
    gaps = (branch.before - low, branch.after - high)
    effects = {each: slope * rate * (ends[each][1] - ends[each][0]) for each, rate in coefficients.items()}
    gap = slope * (gaps[1] - gaps[0])
    largest = max(effects, key=lambda each: abs(effects[each]))
    effects[largest] += effect - gap - sum(effects.values())
    parts = {
        each: _effect(branch.parts[each], slope * coefficients[each], share) for each, share in effects.items()
    }  # fmt: skip
    known = {each: part for each, part in parts.items() if part is not None}
    if len(known) < len(parts):
        return None
    return Effect(branch.name, branch.before, branch.after, effect, gap, *gaps, parts=known)


def _ends(branch: Branch) -> dict[Input, tuple[Fraction, Fraction]] | None:
    found = {}
    for each, part in branch.parts.items():
        if part.before is None or part.after is None:
            return None
        found[each] = (part.before, part.after)
    return found


def _coefficients(tree: Node, ends: Ends) -> tuple[dict[Input, Fraction], tuple[Fraction, Fraction]] | None:
    """For each input what the node gains for each 1 of it, and the node's value at both ends by the formula."""
    known = classify(tree)
    values = [evaluate(tree, {each: pair[side] for each, pair in ends.items()}).exact for side in (0, 1)]
    low, high = values
    if low is None or high is None:
        return None
    if known.kind == "sum":
        return {each: known.weights[each] for each in known.inputs}, (low, high)
    powers = _powers(known)
    if powers is None or min(low, high, *(number for each in powers for number in ends[each])) <= 0:
        return None
    mean = _mean(low, high)
    return {each: power * mean / _mean(*ends[each]) for each, power in powers.items()}, (low, high)


def _powers(known: Classification) -> dict[Input, int] | None:
    """1 for each factor and -1 for each divisor of a single product; None for any other formula."""
    if known.kind == "product":
        return dict.fromkeys(known.inputs, 1)
    if known.kind != "quotient" or known.denominator is None:
        return None
    over, under = classify(known.numerator), classify(known.denominator)
    if not all(_single(side) for side in (over, under)) or set(over.inputs) & set(under.inputs):
        return None
    return dict.fromkeys(over.inputs, 1) | dict.fromkeys(under.inputs, -1)


def _single(side: Classification) -> bool:
    return side.kind == "product" or (side.kind == "sum" and len(side.inputs) <= 1 and side.constant in (0, None)) or (
        not side.inputs
    )  # fmt: skip


def _mean(p: Fraction, q: Fraction) -> Fraction:
    """The logarithmic mean of two positive numbers; p where they are equal."""
    if p == q:
        return p
    logarithms = _PRECISE.subtract(_PRECISE.ln(_decimal(p)), _PRECISE.ln(_decimal(q)))
    return (p - q) / Fraction(logarithms)


def _decimal(number: Fraction) -> Decimal:
    return _PRECISE.divide(Decimal(number.numerator), Decimal(number.denominator))
