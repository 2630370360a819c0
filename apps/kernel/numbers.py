"""Exact numbers: parsing what a user typed, and the one division."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

from apps.kernel.issue import N_, Refusal

PRECISION = 38
"""Significant digits of a quotient; also the widest decimal of the engine."""

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_CONTEXT = Context(prec=PRECISION, rounding=ROUND_HALF_EVEN)
_UNROUNDED = Context(prec=200)
_ONE = Decimal(1)


def parse_decimal(text: str) -> Decimal:
    """Parse `text` strictly: an optional minus, 1 to 15 digits, and up to 6 more after a point, all ASCII.

    Raises Refusal for anything else (spaces around it, a comma, an exponent, NaN, digits of another script).
    """
    if not _DECIMAL.fullmatch(text):
        raise Refusal(
            N_("“%(text)s” is not a number. Write digits and a point, such as -1234.5: up to 15 before, 6 after it."),
            {"text": text[:40]},
        )
    return Decimal(text)


def divide(numerator: Decimal | int, denominator: Decimal | int) -> Decimal | None:
    """The quotient to 38 significant digits, half to even; None when the denominator is 0 ("no value", never 0)."""
    if denominator == 0:
        return None
    return _CONTEXT.divide(Decimal(numerator), Decimal(denominator))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros after the point, and never with an exponent: 11.770000 gives 11.77."""
    short = value.normalize(_UNROUNDED)
    return short.quantize(_ONE, context=_UNROUNDED) if short == short.to_integral_value() else short
