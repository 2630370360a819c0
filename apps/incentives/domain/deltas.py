"""What a correction changes in pay: new less everything posted, and what happens where that is negative.

All amounts are whole minor units. Sources: goals_and_pay 3.10; netting against every earlier posting, not against the
first one alone, is what OCA/agreement#36 asks for; the carried balance is SAP Commissions' default.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.kernel.issue import N_, Refusal


class NegativeRule(StrEnum):
    """What happens to an amount that is owed back."""

    CARRY = "carry"  # no negative payment; the balance is carried into the next run (default)
    PAY = "pay"  # the negative amount goes into the payroll file
    WAIVE = "waive"  # forgiven, once a second person approved it; carried until then
    IGNORE_SMALL = "ignore_small"  # forgiven below a floor amount, carried from it on


@dataclass(frozen=True)
class Negative:
    """A plan's rule; `floor` in minor units is read by `IGNORE_SMALL` alone."""

    rule: NegativeRule = NegativeRule.CARRY
    floor: int = 0


@dataclass(frozen=True)
class Waiver:
    """Somebody proposed to forgive a balance, somebody else approved it."""

    by: str
    approved_by: str
    reason: str


@dataclass(frozen=True)
class Settlement:
    """`earned + balance before == pay + balance after - waived`: nothing is lost on the way.

    `balance` is 0 or below: what is still owed back. `waived` is 0 or above: what was forgiven.
    """

    earned: int
    before: int
    pay: int
    balance: int
    waived: int = 0


def delta(new: int, posted: Iterable[int]) -> int:
    """What is still to be posted so that all postings of a person, plan and earning period make `new`."""
    return new - sum(posted)


def reversal(amounts: Iterable[int]) -> tuple[int, ...]:
    """Lines that take back what was posted, one for each, so that all together make nothing."""
    return tuple(-amount for amount in amounts)


def settle(earned: int, before: int, rule: Negative, waiver: Waiver | None = None) -> Settlement:
    """Turn what a run earned (or takes back) and the balance carried so far (0 or below) into a payment.

    Owes 77.92 and earns 50.00: pays 0.00, owes 27.92. Refusal for a waiver without a reason, or approved by its author.
    """
    if before > 0:
        raise ValueError(f"a carried balance is 0 or below, not {before}")
    due = earned + before
    if due >= 0:
        return Settlement(earned, before, due, 0)
    if rule.rule is NegativeRule.PAY:
        return Settlement(earned, before, due, 0)
    if rule.rule is NegativeRule.IGNORE_SMALL and -due < rule.floor:
        return Settlement(earned, before, 0, 0, waived=-due)
    if rule.rule is NegativeRule.WAIVE and waiver is not None:
        _check(waiver)
        return Settlement(earned, before, 0, 0, waived=-due)
    return Settlement(earned, before, 0, due)


def _check(waiver: Waiver) -> None:
    if not waiver.reason.strip():
        raise Refusal(N_("Say why the amount is forgiven: the reason stands on the statement."))
    if waiver.by == waiver.approved_by:
        raise Refusal(N_("Who proposes to forgive an amount cannot approve it. Ask a second person."))
