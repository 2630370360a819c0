"""What is to stay where it is: at or above a limit, at or below it, between two, or a share to be held.

There is no way to make and so no pace: a value is compared as it is, bounds included. Outside, it counts in part
within a tolerance, max(0, 1 - distance / tolerance), and not at all without one. A share of things counted also has an
interval (Wilson's score interval, 95 %): a share that misses its limit by less than chance allows is not called missed.

Wilson, E. B. (1927): Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt

Z = Fraction(196, 100)
"""The normal deviate of 95 %."""
LEAST_COUNTED = 10
"""Of fewer things a share says nothing: 1 of 3 is not a third."""

_GRID = 10**15


@dataclass(frozen=True)
class Interval:
    """Where the true share lies in 95 of 100 such cases, as shares of 1."""

    low: Fraction
    high: Fraction


def distance(value: Decimal, low: Decimal | None, high: Decimal | None) -> Fraction:
    """How far `value` lies outside [low, high]; 0 inside and on the bounds."""
    if low is not None and value < low:
        return Fraction(low) - Fraction(value)
    if high is not None and value > high:
        return Fraction(value) - Fraction(high)
    return Fraction(0)


def attainment(value: Decimal, low: Decimal | None, high: Decimal | None, tolerance: Decimal | None = None) -> Fraction:
    """1 within the bounds (included), else max(0, 1 - distance / tolerance); 0 outside where there is no tolerance.

    From 4 to 5 with a tolerance of 1: 4.5 and 5 are 1, 3.5 is 0.5, 5.25 is 0.75, 2.9 is 0.
    """
    outside = distance(value, low, high)
    if outside == 0:
        return Fraction(1)
    if not tolerance:
        return Fraction(0)
    return max(Fraction(0), 1 - outside / Fraction(tolerance))


def wilson(successes: int, n: int) -> Interval:
    """Wilson's score interval of `successes` of `n`; ValueError unless 0 <= successes <= n and n > 0."""
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    share, square = Fraction(successes, n), Z * Z
    middle = share + square / (2 * n)
    half = Z * _root(share * (1 - share) / n + square / (4 * n * n))
    whole = 1 + square / n
    return Interval(max(Fraction(0), (middle - half) / whole), min(Fraction(1), (middle + half) / whole))


def interval_of(value: Decimal, numerator: Decimal | None, denominator: Decimal | None) -> Interval | None:
    """The interval of a share from its two sides; None unless it is a number of things of a number of things."""
    if numerator is None or denominator is None or denominator <= 0 or not 0 <= numerator <= denominator:
        return None
    whole = numerator == numerator.to_integral_value() and denominator == denominator.to_integral_value()
    if not whole or not 0 <= value <= 1:
        return None
    return wilson(int(numerator), int(denominator))


def _root(square: Fraction) -> Fraction:
    scaled = square * _GRID * _GRID
    return Fraction(isqrt(scaled.numerator // scaled.denominator), _GRID)
