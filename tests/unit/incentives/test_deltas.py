"""Corrections after posting: net of everything posted, negative balances, reversals."""

from __future__ import annotations

from itertools import accumulate

import pytest

from apps.incentives.domain.deltas import Negative, NegativeRule, Settlement, Waiver, delta, reversal, settle
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import Dice, law
from tests.unit.incentives.numbers import fen

CARRY = Negative()
APPROVED = Waiver("hr", "cfo", "Our own mistake.")


def test_a_delta_is_net_of_all_that_was_posted() -> None:
    """A second correction is measured against original and first correction, not against the original alone."""
    assert delta(fen("28,000.00"), [fen("27,250.00")]) == fen("750.00")
    assert delta(fen("27,625.00"), [fen("27,250.00"), fen("750.00")]) == fen("-375.00")
    assert delta(fen("27,250.00"), []) == fen("27,250.00")


@pytest.mark.parametrize(
    ("earned", "before", "rule", "waiver", "expected"),
    [
        ("50.00", "-77.92", CARRY, None, ("0.00", "-27.92", "0.00")),
        ("77.92", "-77.92", CARRY, None, ("0.00", "0.00", "0.00")),
        ("100.00", "-77.92", CARRY, None, ("22.08", "0.00", "0.00")),
        ("-77.92", "0.00", CARRY, None, ("0.00", "-77.92", "0.00")),
        ("-77.92", "0.00", Negative(NegativeRule.PAY), None, ("-77.92", "0.00", "0.00")),
        ("-77.92", "0.00", Negative(NegativeRule.WAIVE), None, ("0.00", "-77.92", "0.00")),
        ("-77.92", "0.00", Negative(NegativeRule.WAIVE), APPROVED, ("0.00", "0.00", "77.92")),
        ("-77.92", "0.00", CARRY, APPROVED, ("0.00", "-77.92", "0.00")),
        ("-9.99", "0.00", Negative(NegativeRule.IGNORE_SMALL, 1_000), None, ("0.00", "0.00", "9.99")),
        ("-10.00", "0.00", Negative(NegativeRule.IGNORE_SMALL, 1_000), None, ("0.00", "-10.00", "0.00")),
    ],
)
def test_what_is_owed_back(
    earned: str, before: str, rule: Negative, waiver: Waiver | None, expected: tuple[str, str, str]
) -> None:
    found = settle(fen(earned), fen(before), rule, waiver)
    assert (found.pay, found.balance, found.waived) == tuple(fen(each) for each in expected)
    assert (found.earned, found.before) == (fen(earned), fen(before))


@pytest.mark.parametrize(
    ("waiver", "sentence"),
    [
        (Waiver("hr", "cfo", " "), "^Say why the amount is forgiven: the reason stands on the statement.$"),
        (Waiver("hr", "hr", "Ours."), "^Who proposes to forgive an amount cannot approve it. Ask a second person.$"),
    ],
)
def test_forgiving_takes_a_reason_and_a_second_person(waiver: Waiver, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        settle(-1, 0, Negative(NegativeRule.WAIVE), waiver)


def test_a_balance_in_favour_is_no_balance() -> None:
    with pytest.raises(ValueError, match="0 or below"):
        settle(1, 1, CARRY)


def test_a_reversal_takes_back_line_by_line() -> None:
    assert reversal([5, -3, 0]) == (-5, 3, 0)


# --- laws ------------------------------------------------------------------------------------------------------------


def cents(dice: Dice, least: int) -> list[int]:
    return dice.some(least, 8, lambda: dice.number(-10_000, 10_000))


@law
def test_original_and_all_deltas_make_the_corrected_amount(dice: Dice) -> None:
    amounts = cents(dice, 1)
    posted: list[int] = []
    for amount in amounts:
        posted.append(delta(amount, posted))
    assert list(accumulate(posted)) == amounts
    assert sum((*posted, *reversal(posted))) == 0


@law
def test_nothing_is_lost_in_settling(dice: Dice) -> None:
    rule, earned, before = dice.one(list(NegativeRule)), dice.number(-10_000, 10_000), dice.number(-10_000, 0)
    found = settle(earned, before, Negative(rule, 500), dice.maybe(lambda: APPROVED))
    assert found.earned + found.before == found.pay + found.balance - found.waived
    assert found.balance <= 0 <= found.waived
    assert found.pay >= 0 or rule is NegativeRule.PAY


@law
def test_carrying_pays_in_the_end_what_was_earned(dice: Dice) -> None:
    earnings = cents(dice, 0)
    last = Settlement(0, 0, 0, 0)
    pay = 0
    for earned in earnings:
        last = settle(earned, last.balance, CARRY)
        pay += last.pay
    assert pay + last.balance == sum(earnings)
