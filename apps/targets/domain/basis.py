"""A goal said by an average: "10 % above the average of the last 3 months"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from apps.kernel.issue import N_, Issue
from apps.kernel.numbers import divide, plain

MOST_PERIODS = 36

TOO_FEW = N_("There are only %(n)s ended periods with a value, not %(wanted)s. Choose fewer, or type the value.")
BOTH = N_("Give either a value or an average, not both.")


class Unit(StrEnum):
    """What the change is told in."""

    PERCENT = "percent"
    UNITS = "units"


@dataclass(frozen=True)
class Basis:
    """So much more (or, negative, less) than the average of the last `periods` values: per cent of it, or units."""

    periods: int
    change: Decimal
    unit: Unit

    def as_json(self, average: Decimal) -> dict[str, Any]:
        return {
            "periods": self.periods, "change": f"{plain(self.change):f}", "unit": str(self.unit),
            "average": f"{plain(average):f}",
        }  # fmt: skip


def average(values: Sequence[Decimal]) -> Fraction:
    """The plain mean; ValueError of no values."""
    if not values:
        raise ValueError("no values")
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values)


def goal(basis: Basis, mean: Fraction, times: int = 1) -> Fraction:
    """The goal: the mean with the change, `times` over (a total over so many periods).

    10 % above a mean of 200 is 220, 10 % above a mean of -200 is -180: more is always higher.
    """
    change = abs(mean) * Fraction(basis.change) / 100 if basis.unit is Unit.PERCENT else Fraction(basis.change)
    return (mean + change) * times


def issues(basis: Basis, values: Sequence[Decimal], typed: Decimal | None) -> list[Issue]:
    """What keeps a goal from being said so: too few values, or a value typed as well."""
    found = []
    if typed is not None:
        found.append(Issue("over", BOTH))
    if len(values) < basis.periods:
        found.append(Issue("over", TOO_FEW, {"n": len(values), "wanted": basis.periods}))
    return found


def as_decimal(exact: Fraction) -> Decimal:
    value = divide(exact.numerator, exact.denominator)
    assert value is not None  # noqa: S101  (a fraction has no denominator of 0)
    return value


def from_json(stored: Mapping[str, Any]) -> Basis:
    """A basis as it is kept, read back."""
    return Basis(int(stored["periods"]), Decimal(stored["change"]), Unit(stored["unit"]))
