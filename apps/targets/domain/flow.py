"""How far a total has come: from nothing to the goal within the time, more or, for a budget, less being better.

Higher is better: attainment = 1 + (actual - E) / |E|, which is actual / E where something is to be made and turns round
where the goal is a loss not to be exceeded (-1,000 and -800: 120 %).

Lower is better: progress around the baseline, the total without the effort, as far as its time is over:
(actual - B F) / (E - B F). Without such a baseline the mirror, 1 - (actual - E) / |E|. Never actual / target: that
would praise overspending.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def attainment(
    goal: Decimal, share: Fraction, actual: Decimal, *, up: bool, baseline: Decimal | None = None
) -> Fraction | None:
    """Of what should have been made when `share` of it is due, how much was; None while nothing is due.

    A goal of 0 knows no share: then it is 1 where the total is 0 or better, else 0.
    """
    value, whole = Fraction(actual), Fraction(goal)
    if whole == 0:
        return Fraction(int(value >= 0 if up else value <= 0))
    due = whole * share
    if due == 0:
        return None
    if up:
        return 1 + (value - due) / abs(due)
    without = None if baseline is None else Fraction(baseline)
    if without is not None and without > whole:
        return (value - without * share) / (due - without * share)
    return 1 - (value - due) / abs(due)


def progress(goal: Decimal, actual: Decimal) -> Fraction | None:
    """The part of the goal that is made (or, of a budget, spent); None where the goal is 0 or below."""
    return None if goal <= 0 else Fraction(actual) / Fraction(goal)


def is_reached(goal: Decimal, actual: Decimal, *, up: bool, over: bool) -> bool:
    """Whether the goal is met: a total as soon as it is made, a budget only when the time is over and it has held."""
    return actual >= goal if up else over and actual <= goal
