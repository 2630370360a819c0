"""What each month of the invented companies comes to: work orders and revenue.

The worked numbers hold because the plan is made backwards from them. A rolling year moves by what the newest month has
more than the same month a year before; so the second year's months are the first year's plus the steps the rolling
figures are to make. The figures themselves are never written anywhere: Lodestar computes them from the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from apps.demo.domain.allocate import spread

# How busy a workshop is by calendar month, in percent of its average: the Spring Festival is quiet, the heat is not.
SEASON = (108, 72, 97, 100, 104, 102, 108, 105, 98, 100, 103, 106)
MONTHS = 24

GROUP_CUSTOMERS = 15_000
# Rolling twelve months, at the end of month 12, 13 ... 24: yuan a customer, and work orders of all stores.
GROUP_SPEND = (4080, 4092, 4118, 4125, 4152, 4178, 4200, 4262, 4281, 4389, 4521, 4668, 4800)
GROUP_VISITS = (40900, 41050, 41260, 41350, 41580, 41800, 42000, 42360, 42500, 43080, 43700, 44380, 45000)

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
    """Two years of the after-sales group, up to and with the month that holds `last_month`."""
    months = months_until(last_month)
    season = [SEASON[month.month - 1] for month in months[:12]]
    visits = _two_years(spread(GROUP_VISITS[0], season), GROUP_VISITS)
    per_customer = GROUP_CUSTOMERS * 100
    cents = _two_years(spread(GROUP_SPEND[0] * per_customer, season), [yuan * per_customer for yuan in GROUP_SPEND])
    return [MonthPlan(*row) for row in zip(months, visits, cents, strict=True)]


def shop_plan(last_year: int) -> list[MonthPlan]:
    """The 4S shop's `last_year` and the year before it."""
    months = months_until(date(last_year, 12, 1))
    ramped = [season * ramp for season, ramp in zip(SEASON, SHOP_RAMP, strict=True)]
    visits = spread(SHOP_VISITS[0], SEASON) + spread(SHOP_VISITS[1], ramped)
    cents = spread(SHOP_YUAN[0] * 100, SEASON) + spread(SHOP_YUAN[1] * 100, ramped)
    return [MonthPlan(*row) for row in zip(months, visits, cents, strict=True)]


def _two_years(first_year: list[int], rolling: Sequence[int]) -> list[int]:
    """The first year as it is, the second as the same months plus the steps between the rolling totals."""
    steps = [later - earlier for earlier, later in pairwise(rolling)]
    return first_year + [month + step for month, step in zip(first_year, steps, strict=True)]
