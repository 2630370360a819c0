"""Issues, refusals and exact numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal
from apps.kernel.numbers import divide, parse_decimal, plain


def test_an_issue_says_where_and_what() -> None:
    issue = Issue("row 3, column amount", N_("“%(text)s” is not a number."), {"text": "N/A"})
    assert str(issue) == "row 3, column amount: “N/A” is not a number."
    assert issue.in_words({"“%(text)s” is not a number.": "“%(text)s”不是数字。"}.get) == "“N/A”不是数字。"
    assert str(Issue("", "100 % full.")) == "100 % full."
    assert issue.blocking
    assert len({issue, Issue("row 3, column amount", issue.message, {"text": "N/A"})}) == 1


def test_refusals_carry_status_and_issues() -> None:
    refusal = Refusal("The name “%(name)s” is taken.", {"name": "acme"}, issues=[Issue("name", "taken")])
    assert (str(refusal), refusal.status, len(refusal.issues)) == ("The name “acme” is taken.", 422, 1)
    assert (NotHere("gone").status, Forbidden("no").status, Refusal("late", status=409).status) == (404, 403, 409)
    assert isinstance(NotHere("gone"), Refusal)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 999_999))
def test_decimals_parse_exactly(whole: int, fraction: int) -> None:
    text = f"{whole}.{fraction:06d}"
    assert str(parse_decimal(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1,000", "1e3", "NaN", "Infinity", "+1", "--1", "1.", ".5", "1.1234567", "1" * 16, "１２", "1_0",
     "1\n", "0x1"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="is not a number"):
        parse_decimal(text)


def test_division_is_exact_to_38_digits_and_zero_gives_no_value() -> None:
    assert divide(Decimal("2500315.63"), 23570) == Decimal("106.08042554094187526516758591429783623")
    assert divide(1, 3) == Decimal("0.33333333333333333333333333333333333333")
    assert divide(0, 5) == 0
    assert divide(5, 0) is None
    assert divide(Decimal("0"), Decimal("0.0")) is None


@given(st.decimals(-(10**12), 10**12, places=2), st.integers(1, 10**6))
def test_a_quotient_times_its_denominator_is_the_numerator(numerator: Decimal, denominator: int) -> None:
    quotient = divide(numerator, denominator)
    assert quotient is not None
    assert abs(quotient * denominator - numerator) < Decimal("1e-15")


@pytest.mark.parametrize(
    ("value", "text"),
    [("11.770000", "11.77"), ("100", "100"), ("1E+5", "100000"), ("0.000", "0"), ("-0.10", "-0.1"), ("1e-18", "1E-18"),
     ("12345678901234567890123456789012345678.500", "12345678901234567890123456789012345678.5")],
)  # fmt: skip
def test_plain_drops_zeros_and_nothing_else(value: str, text: str) -> None:
    assert str(plain(Decimal(value))) == text
    assert plain(Decimal(value)) == Decimal(value)
