"""Writing exact numbers in tests: `share("79.996 %")`, `F("0.8")`, whole fen."""

from __future__ import annotations

from fractions import Fraction

F = Fraction


def percent(text: str | int) -> Fraction:
    """A percentage as a share: "79.996" is 0.79996."""
    return Fraction(Fraction(text), 100)


def fen(text: str) -> int:
    """An amount with two decimals in minor units: "27,250.00" is 2725000."""
    minor = Fraction(text.replace(",", "")) * 100
    assert minor.denominator == 1
    return minor.numerator
