"""From an exact amount to the amount that is paid: one function, one rule, stated on the plan.

Exact amounts are `Fraction`s in units of a currency (27,250 yuan); rounded ones are whole numbers of its minor unit
(2,725,000 fen, 1,000 yen, 1,500 fils), so that nothing can be lost after rounding.

Source: ISO 4217 for the minor units; goals_and_pay 3 ("round money once, half-up, in the currency's minor unit").
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from apps.kernel import currency as iso
from apps.kernel.issue import N_, Refusal


class Mode(StrEnum):
    """What happens to an amount exactly halfway between two: away from zero, or to the even neighbour."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


class Unit(StrEnum):
    """What an amount is rounded to: the currency's minor unit (0.01), or its whole unit (1.00)."""

    MINOR = "minor"
    WHOLE = "whole"


class When(StrEnum):
    """Once for each person and run (default), or each component for itself, the total being their sum."""

    ONCE = "once"
    PER_COMPONENT = "per_component"


@dataclass(frozen=True)
class Rounding:
    """How a plan rounds. Default: once, half up, to the minor unit."""

    mode: Mode = Mode.HALF_UP
    unit: Unit = Unit.MINOR
    when: When = When.ONCE


ONCE_HALF_UP = Rounding()

_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "CLF": 4,
}
_TEN_TO = tuple(int("1" + "0" * zeros) for zeros in range(13))


def minor_digits(currency: str) -> int:
    """Digits after the point of a currency: CNY 2, JPY 0, KWD 3. Refusal for a code that ISO 4217 does not know."""
    if currency not in iso.KNOWN:
        raise Refusal(
            N_("“%(code)s” is not a currency code of ISO 4217. Write three letters, such as CNY."),
            {"code": currency[:20]},
        )
    return _DIGITS.get(currency, 2)


def minor_per_unit(currency: str) -> int:
    """How many minor units make one: CNY 100, JPY 1, KWD 1,000."""
    return _TEN_TO[minor_digits(currency)]


def step_of(currency: str, rounding: Rounding) -> int:
    """The minor units between two amounts that may be paid: 1, or those of a whole unit."""
    return minor_per_unit(currency) if rounding.unit is Unit.WHOLE else 1


def whole(exact: Fraction, mode: Mode = Mode.HALF_UP) -> int:
    """The nearest whole number. Halves go away from zero, so that a reversal mirrors what it takes back."""
    floor, rest = divmod(abs(exact.numerator), exact.denominator)
    twice = 2 * rest - exact.denominator
    up = twice > 0 or (twice == 0 and (mode is Mode.HALF_UP or floor % 2 == 1))
    size = floor + 1 if up else floor
    return -size if exact.numerator < 0 else size


def to_minor(exact: Fraction, currency: str, rounding: Rounding = ONCE_HALF_UP) -> int:
    """The amount that is paid, in minor units: 1,532.6086… yuan are 153,261 fen."""
    step = step_of(currency, rounding)
    return whole(exact * Fraction(minor_per_unit(currency), step), rounding.mode) * step


def from_minor(minor: int, currency: str) -> Fraction:
    """The exact amount of so many minor units."""
    return Fraction(minor, minor_per_unit(currency))


def as_decimal(minor: int, currency: str) -> Decimal:
    """The amount as a column of the database or a file holds it, with the currency's digits: 27250.00."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def rounded_share(share: Fraction, decimals: int) -> Fraction:
    """A share rounded half up to `decimals` digits of its percentage: 0.79996 to two is 0.8 (80.00 %)."""
    grid = 100 * _TEN_TO[decimals]
    return Fraction(whole(share * grid), grid)
