"""What each month of the invented companies comes to: work orders and revenue.

The worked numbers hold because the plan is made backwards from them. A rolling year moves by what the newest month has
more than the same month a year before; so each month from the second year on is the same one a year before plus the
step the rolling figures are to make. The figures themselves are never written anywhere: Lodestar computes them from
the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from apps.demo.domain.allocate import spread

# How busy a workshop is by calendar month, in percent of its average: the Spring Festival is quiet, the heat is not.
SEASON = (108, 72, 97, 100, 104, 102, 108, 105, 98, 100, 103, 106)
SHOP_MONTHS = 24
MONTHS = 30  # of a group: long enough that a figure of a rolling year can be forecast

GROUP_CUSTOMERS = 15_000
# Rolling twelve months, at the end of month 12, 13 ... 30: yuan a customer, and work orders of all stores.
GROUP_SPEND = (
    4021, 4018, 4035, 4049, 4047, 4066,
    4080, 4092, 4118, 4125, 4152, 4178, 4200, 4330, 4432, 4579, 4655, 4741, 4800,
)  # fmt: skip
GROUP_VISITS = (
    40340, 40330, 40480, 40610, 40600, 40780,
    40900, 41050, 41260, 41350, 41580, 41800, 42000, 42960, 43420, 44250, 44560, 44840, 45000,
)  # fmt: skip

SHOP_CUSTOMERS = 8_000
SHOP_VISITS = (20_000, 25_600)
SHOP_YUAN = (32_000_000, 40_960_000)
SHOP_RAMP = (86, 88, 91, 94, 97, 99, 102, 104, 106, 109, 111, 113)  # the second year builds up


@dataclass(frozen=True)
class MonthPlan:
    """One month: its first day, the work orders it has and the revenue they add up to, in fen."""

    first_day: date
    visits: int
    cents: int


def months_until(last: date, count: int = MONTHS) -> list[date]:
    """First days of the `count` months that end with the one that holds `last`."""
    index = last.year * 12 + last.month - 1
    return [date(i // 12, i % 12 + 1, 1) for i in range(index - count + 1, index + 1)]


def group_plan(last_month: date) -> list[MonthPlan]:
    """What the after-sales group does in each month, up to and with the month that holds `last_month`."""
    months = months_until(last_month)
    season = [SEASON[month.month - 1] for month in months[:12]]
    visits = _onwards(spread(GROUP_VISITS[0], season), GROUP_VISITS)
    per_customer = GROUP_CUSTOMERS * 100
    cents = _onwards(spread(GROUP_SPEND[0] * per_customer, season), [yuan * per_customer for yuan in GROUP_SPEND])
    return [MonthPlan(*row) for row in zip(months, visits, cents, strict=True)]


def shop_plan(last_year: int) -> list[MonthPlan]:
    """The 4S shop's `last_year` and the year before it."""
    months = months_until(date(last_year, 12, 1), SHOP_MONTHS)
    ramped = [season * ramp for season, ramp in zip(SEASON, SHOP_RAMP, strict=True)]
    visits = spread(SHOP_VISITS[0], SEASON) + spread(SHOP_VISITS[1], ramped)
    cents = spread(SHOP_YUAN[0] * 100, SEASON) + spread(SHOP_YUAN[1] * 100, ramped)
    return [MonthPlan(*row) for row in zip(months, visits, cents, strict=True)]


def _onwards(first_year: list[int], rolling: Sequence[int]) -> list[int]:
    """The first year as it is, then each month as the same one a year before plus a step between rolling totals."""
    months = list(first_year)
    for at, (earlier, later) in enumerate(pairwise(rolling)):
        months.append(months[at] + later - earlier)
    return months
