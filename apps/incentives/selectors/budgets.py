"""A year of a plan, period by period: what it may cost, what it paid or comes to, and what it is likely to pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from apps.incentives.domain.forecast import Bounds
from apps.incentives.domain.proration import Days
from apps.incentives.domain.states import State
from apps.incentives.models import Calculation, IncentivePlan, PeriodBudget, PeriodForecast, Run
from apps.kernel.period import Grain, Period
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class PeriodCost:
    """One period of a plan. `budget` in minor units of the plan's currency; None: none was set.

    `come_to` is what its regular run comes to with the corrections that were posted, by currency; None where nothing
    was calculated. `forecast` is there for a running period once somebody asked for it.
    """

    days: Days
    budget: int | None
    run: Run | None
    come_to: Mapping[str, int] | None
    forecast: PeriodForecast | None

    def likely(self, currency: str) -> Bounds | None:
        """What it pays in a currency: what it comes to, once a run is calculated, else its forecast."""
        if self.come_to is not None:
            sum_ = self.come_to.get(currency, 0)
            return Bounds(sum_, sum_, sum_)
        return bounds_of(self.forecast).get((currency, "")) if self.forecast is not None else None


def bounds_of(row: PeriodForecast) -> dict[tuple[str, str], Bounds]:
    """What a kept forecast says, by currency and team ("" for everybody)."""
    return {(currency, team): Bounds(*figures) for currency, team, *figures in row.sums}


def year_of(day: date, shift: int = 0) -> Period:
    """The company's year that holds a day, or one so many years later. No query."""
    calendar = current_workspace().calendar
    return calendar.shift(calendar.period_of(day, Grain.YEAR), shift)


def costs(plan: IncentivePlan, year: Period) -> list[PeriodCost]:
    """The periods of a plan that begin in a year, in order. Four queries."""
    last = year.end - timedelta(days=1)
    periods = current_workspace().calendar.between(year.start, last, Grain(plan.period))
    within = {"plan": plan, "first__gte": year.start, "first__lte": last}
    budgets = dict(PeriodBudget.objects.filter(**within).values_list("first", "minor"))
    forecasts = {row.first: row for row in PeriodForecast.objects.filter(**within)}
    runs: dict[date, list[Run]] = {}
    for run in Run.objects.filter(**within).exclude(kind=Run.Kind.DRY).exclude(state=State.VOID).order_by("created_at"):
        runs.setdefault(run.first, []).append(run)
    totals = _totals(within)
    return [
        _cost(Days(each.start, each.end - timedelta(days=1)), budgets.get(each.start), runs.get(each.start, []), totals,
              forecasts.get(each.start))
        for each in periods
    ]  # fmt: skip


def _totals(within: Mapping[str, object]) -> dict[tuple[object, int], Mapping[str, int]]:
    rows = Calculation.objects.filter(**{f"run__{name}": value for name, value in within.items()}, whole=True)
    return {(run, revision): totals for run, revision, totals in rows.values_list("run_id", "revision", "totals")}


def _cost(
    days: Days,
    budget: int | None,
    runs: list[Run],
    totals: Mapping[tuple[object, int], Mapping[str, int]],
    forecast: PeriodForecast | None,
) -> PeriodCost:
    regular = next((run for run in runs if run.kind == Run.Kind.REGULAR), None)
    counted = [
        totals[run.pk, run.revision]
        for run in runs
        if (run is regular or run.state in (State.LOCKED, State.PAID)) and (run.pk, run.revision) in totals
    ]
    come_to: dict[str, int] | None = {} if regular is not None and regular.revision else None
    for each in counted if come_to is not None else ():
        for currency, minor in each.items():
            come_to[currency] = come_to.get(currency, 0) + minor
    return PeriodCost(days, budget, regular, come_to, forecast)
