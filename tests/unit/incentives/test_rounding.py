"""One rounding, stated: half up or half even, minor or whole unit, by currency."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.incentives.domain.rounding import (
    Mode,
    Rounding,
    Unit,
    as_decimal,
    from_minor,
    minor_digits,
    minor_per_unit,
    rounded_share,
    step_of,
    to_minor,
    whole,
)
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import Dice, law
from tests.unit.incentives.numbers import F


@pytest.mark.parametrize(
    ("exact", "up", "even"),
    [
        ("0.5", 1, 0),
        ("1.5", 2, 2),
        ("2.5", 3, 2),
        ("-0.5", -1, 0),
        ("-2.5", -3, -2),
        ("2.4", 2, 2),
        ("2.6", 3, 3),
        ("-2.6", -3, -3),
    ],
)
def test_halves(exact: str, up: int, even: int) -> None:
    assert (whole(F(exact)), whole(F(exact), Mode.HALF_EVEN)) == (up, even)


@pytest.mark.parametrize(
    ("code", "digits", "per"), [("CNY", 2, 100), ("JPY", 0, 1), ("KWD", 3, 1_000), ("CLF", 4, 10_000)]
)
def test_minor_units_by_currency(code: str, digits: int, per: int) -> None:
    assert (minor_digits(code), minor_per_unit(code)) == (digits, per)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Refusal, match=r"^“RMB” is not a currency code of ISO 4217. Write three letters, such as CNY.$"):
        minor_digits("RMB")
    with pytest.raises(Refusal, match=r"^“12345678901234567890” is"):
        minor_digits("123456789012345678901")


@pytest.mark.parametrize(
    ("amount", "currency", "rounding", "minor"),
    [
        (F(3_000) * F(47, 92), "CNY", Rounding(), 153_261),
        (F("1532.605"), "CNY", Rounding(), 153_261),
        (F("1532.605"), "CNY", Rounding(Mode.HALF_EVEN), 153_260),
        (F("1532.50"), "CNY", Rounding(unit=Unit.WHOLE), 153_300),
        (F("1532.50"), "CNY", Rounding(Mode.HALF_EVEN, Unit.WHOLE), 153_200),
        (F("1532.50"), "JPY", Rounding(), 1_533),
        (F("1.2345"), "KWD", Rounding(), 1_235),
        (F("-1.5"), "JPY", Rounding(), -2),
    ],
)
def test_amounts(amount: Fraction, currency: str, rounding: Rounding, minor: int) -> None:
    assert to_minor(amount, currency, rounding) == minor


def test_there_and_back() -> None:
    assert from_minor(2_725_000, "CNY") == 27_250
    assert str(as_decimal(2_725_000, "CNY")) == "27250.00"
    assert as_decimal(-7_792, "CNY") == Decimal("-77.92")
    assert str(as_decimal(5, "JPY")) == "5"
    assert [step_of(code, Rounding(unit=Unit.WHOLE)) for code in ("CNY", "JPY")] == [100, 1]
    assert step_of("CNY", Rounding()) == 1


def test_shares_are_rounded_in_their_percentage() -> None:
    assert rounded_share(F("0.79996"), 2) == F("0.8")
    assert rounded_share(F("0.79994"), 2) == F("0.7999")
    assert rounded_share(F("0.795"), 0) == F("0.8")


@law
def test_the_nearest_and_its_mirror(dice: Dice) -> None:
    amount, rounding = dice.exact(-1_000, 1_000, 42_000), Rounding(dice.one(list(Mode)), dice.one(list(Unit)))
    step = step_of("CNY", rounding)
    rounded = to_minor(amount, "CNY", rounding)
    assert rounded % step == 0
    assert abs(rounded - amount * 100) * 2 <= step
    assert to_minor(-amount, "CNY", rounding) == -rounded
