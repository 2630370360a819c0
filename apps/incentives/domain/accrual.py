"""What finance sets aside month by month, before a period's pay is known. Amounts are exact, in units of a currency.

Source: goals_and_pay 3.11: cumulative = forecast payout x elapsed share; a charge = cumulative - accrued before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from apps.incentives.domain.proration import Days
from apps.incentives.domain.rounding import ONCE_HALF_UP, Rounding, to_minor


@dataclass(frozen=True)
class Accrual:
    """As of the end of `day`: what is set aside in all, and what of it this time, in minor units."""

    day: date
    cumulative: int
    charge: int


def accruals(
    period: Days, forecasts: Iterable[tuple[date, Fraction]], currency: str, rounding: Rounding = ONCE_HALF_UP
) -> tuple[Accrual, ...]:
    """One entry for each (last day of a month, payout forecast for the whole period then), in the order of days.

    The last day of the period, or any later one, takes the payout in full. What falls is charged back.
    """
    found, before = [], 0
    for day, forecast in sorted(forecasts):
        passed = Days(period.first, day).within(period)
        share = Fraction(passed.count, period.count) if passed else Fraction(0)
        cumulative = to_minor(forecast * share, currency, rounding)
        found.append(Accrual(day, cumulative, cumulative - before))
        before = cumulative
    return tuple(found)
