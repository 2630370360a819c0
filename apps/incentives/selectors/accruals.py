"""What finance sets aside month by month for each period of a plan, from what was calculated by then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from apps.incentives.domain.accrual import accruals
from apps.incentives.domain.proration import Days
from apps.incentives.domain.rounding import from_minor
from apps.incentives.models import Calculation, IncentivePlan, Run
from apps.kernel.period import Grain
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Month:
    """As of the last day of a month (or of the period), or the day on which a correction was posted: the forecast that
    counted then, and what was set aside.

    Minor units; None where nothing had been calculated by then: then nothing is known, which is not 0.
    """

    day: date
    forecast: int | None
    final: bool
    cumulative: int | None
    charge: int | None


@dataclass(frozen=True)
class PeriodAccrual:
    """One period of a plan, in its currency. `budget` is the one of its newest run that has any."""

    plan: IncentivePlan
    days: Days
    currency: str
    months: tuple[Month, ...]
    budget: int | None


def period_accruals(plan: IncentivePlan, today: date) -> list[PeriodAccrual]:
    """The periods of a plan that were calculated at least once, the newest first. One query."""
    made = Calculation.objects.filter(run__plan=plan, whole=True)
    rows = made.exclude(run__state="void").select_related("run").defer("snapshot").order_by("at")
    by_days: dict[Days, list[Calculation]] = {}
    corrections: dict[Days, list[Calculation]] = {}
    for row in rows:
        kind = corrections if row.run.kind == Run.Kind.ADJUSTMENT else by_days
        kind.setdefault(Days(row.run.first, row.run.last), []).append(row)
    newest = sorted(by_days, key=lambda days: days.first, reverse=True)
    return [_period(plan, days, by_days[days], corrections.get(days, []), today) for days in newest]


def _period(
    plan: IncentivePlan, days: Days, rows: list[Calculation], corrections: list[Calculation], today: date
) -> PeriodAccrual:
    ends = [day for day in _month_ends(days) if day < today]
    known = [(day, _known(plan, rows, day, days)) for day in ends]
    told = [(day, row) for day, row in known if row is not None]
    found = accruals(days, [(day, from_minor(_total(row, plan), plan.currency)) for day, row in told], plan.currency)
    by_day = {each.day: each for each in found}
    months = tuple(
        Month(
            day,
            None if row is None else _total(row, plan),
            row is not None and row.published_at is not None and day == days.last,
            by_day[day].cumulative if day in by_day else None,
            by_day[day].charge if day in by_day else None,
        )
        for day, row in known
    )
    months += tuple(_corrected(plan, months, corrections))
    budgets = [row.run.budget for row in rows if row.run.budget is not None]
    return PeriodAccrual(plan, days, plan.currency, months, budgets[-1] if budgets else None)


def _corrected(plan: IncentivePlan, months: tuple[Month, ...], corrections: list[Calculation]) -> Iterator[Month]:
    """What corrections that stand added to what was set aside, each on the day it was posted."""
    reached = months[-1].cumulative if months and months[-1].final else None
    posted = [row for row in corrections if row.published_at is not None and row.superseded_at is None]
    for row in sorted(posted, key=lambda each: each.published_at):
        if reached is not None:
            reached += _total(row, plan)
            yield Month(_day_of(row.published_at), reached, True, reached, _total(row, plan))


def _known(plan: IncentivePlan, rows: list[Calculation], day: date, days: Days) -> Calculation | None:
    """What was calculated last by the end of a day; at the end of the period, what was published, if anything."""
    if day == days.last:
        published = [row for row in rows if row.published_at is not None and row.superseded_at is None]
        if published:
            return published[-1]
        return rows[-1]
    before = [row for row in rows if _day_of(row.at) <= day]
    return before[-1] if before else None


def _day_of(moment: datetime) -> date:
    return current_workspace().calendar.today(moment)


def _total(row: Calculation, plan: IncentivePlan) -> int:
    return int(row.totals.get(plan.currency, 0))


def _month_ends(days: Days) -> Iterator[date]:
    """The last day of each month of a period, and its own."""
    calendar, day = current_workspace().calendar, days.first
    while day <= days.last:
        month = calendar.period_of(day, Grain.MONTH)
        yield min(month.end - timedelta(days=1), days.last)
        day = month.end


def share_of(budget: int | None, total: int | None) -> Fraction | None:
    """What of a budget a total is."""
    return None if not budget or total is None else Fraction(total, budget)
