"""Sentences about pay without Django: an English message with its figures, put into a language by whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from apps.incentives.domain.rounding import minor_digits, minor_per_unit, whole

Translate = Callable[[str], str]
FEW, MANY = 4, 6


@dataclass(frozen=True)
class Sentence:
    """`message` is a msgid with named placeholders, `figures` their texts; `key` is the component it is about."""

    message: str
    figures: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    def in_words(self, translate: Translate = str) -> str:
        """The sentence in a language: `translate` is gettext, or anything that answers a msgid with its text."""
        return translate(self.message) % dict(self.figures)


def fixed(value: Fraction, decimals: int) -> str:
    """With so many decimals, half up, digits in groups of three: 27,250.00."""
    scaled = whole(value * int("1" + "0" * decimals))
    return f"{Decimal(scaled).scaleb(-decimals):,.{decimals}f}".replace("-", "−")


def number(value: Fraction) -> str:
    """A value: exactly where six decimals are enough, else to four with a mark: 9,200, 4.6, 1,332.8804…"""
    for decimals in range(MANY + 1):
        if (value * int("1" + "0" * decimals)).denominator == 1:
            return fixed(value, decimals)
    return f"{fixed(value, FEW)}…"


def percent(share: Fraction, decimals: int = 2) -> str:
    """A share in percent: exactly where `decimals` are enough, else rounded to them: 92 %, 87.5 %, 116.67 %."""
    for fewer in range(decimals):
        if (share * int("100" + "0" * fewer)).denominator == 1:
            return f"{fixed(share * 100, fewer)} %"
    return f"{fixed(share * 100, decimals)} %"


MARKS: Mapping[str, str] = {
    "AUD": "A$", "CAD": "CA$", "CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "INR": "₹", "JPY": "JP¥", "KRW": "₩",
    "TWD": "NT$", "USD": "$",
}  # fmt: skip
"""No two alike, as people of one company may be paid in several: yen are not ¥. Any other currency is its code."""


def money(exact: Fraction, currency: str) -> str:
    """An exact amount: with the currency's digits where they are enough, else with four and a mark."""
    if (exact * minor_per_unit(currency)).denominator == 1:
        return worth(fixed(exact, minor_digits(currency)), currency)
    return worth(f"{fixed(exact, FEW)}…", currency)


def cents(minor: int, currency: str) -> str:
    """A rounded amount: ¥27,250.00."""
    return worth(fixed(Fraction(minor, minor_per_unit(currency)), minor_digits(currency)), currency)


def worth(figure: str, currency: str) -> str:
    """A figure with the sign of its currency after its own: −¥375.00, CHF 40.00."""
    mark = MARKS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"−{mark}{figure[1:]}" if figure.startswith("−") else f"{mark}{figure}"
