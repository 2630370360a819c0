"""A year of a plan in words: budget, what it comes to, the range, and whether that is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.accounts import selectors as accounts
from apps.common import formats
from apps.incentives.domain.forecast import Bounds
from apps.incentives.domain.rounding import as_decimal
from apps.incentives.domain.sentences import percent
from apps.incentives.models import IncentivePlan, PeriodForecast, Run
from apps.incentives.presentation.runs import amount, word_of
from apps.incentives.presentation.statements import days_words
from apps.incentives.selectors.accruals import share_of
from apps.incentives.selectors.budgets import PeriodCost, bounds_of
from apps.kernel.issue import Issue


@dataclass(frozen=True)
class CostView:
    """One period, or a whole year."""

    days: str
    first: str
    budget: str
    typed: str
    amount: str
    low: str
    high: str
    source: str
    run: Run | None
    share: str
    verdict: tuple[str, str] | None
    others: tuple[str, ...] = ()

    @property
    def ranged(self) -> bool:
        return self.low != self.high


@dataclass(frozen=True)
class TeamView:
    """What the running period is likely to pay one team in one currency."""

    name: str
    amount: str
    low: str
    high: str


def verdict(budget: int | None, found: Bounds | None) -> tuple[str, str] | None:
    """Tone and word of an amount against its budget; None where one of the two is not known."""
    if budget is None or found is None:
        return None
    if found.likely > budget:
        return "bad", _("Over the budget")
    return ("warn", _("May go over it")) if found.high > budget else ("good", _("Within the budget"))


def cost_view(plan: IncentivePlan, cost: PeriodCost) -> CostView:
    """One period in words."""
    currency, found = plan.currency, cost.likely(plan.currency)
    share = share_of(cost.budget, found.likely if found else None)
    return CostView(
        days_words(cost.days), cost.days.first.isoformat(), amount(cost.budget, currency),
        "" if cost.budget is None else f"{as_decimal(cost.budget, currency):f}",
        amount(found.likely if found else None, currency), amount(found.low if found else None, currency),
        amount(found.high if found else None, currency), _source(cost), cost.run,
        "" if share is None else percent(share, 1), verdict(cost.budget, found), _others(cost, currency),
    )  # fmt: skip


def _source(cost: PeriodCost) -> str:
    if cost.run is not None and (cost.come_to is not None or cost.forecast is None):
        return word_of(cost.run)[1]
    if cost.forecast is not None:
        return _("Forecast of %(moment)s") % {"moment": formats.moment(cost.forecast.at)}
    return ""


def _others(cost: PeriodCost, currency: str) -> tuple[str, ...]:
    """What is paid in other currencies; no budget is held against it."""
    if cost.come_to is not None:
        return tuple(amount(minor, each) for each, minor in sorted(cost.come_to.items()) if each != currency)
    if cost.forecast is None:
        return ()
    found = sorted(bounds_of(cost.forecast).items())
    return tuple(amount(each.likely, place[0]) for place, each in found if place[0] != currency and not place[1])


def year_view(plan: IncentivePlan, rows: Sequence[PeriodCost]) -> CostView | None:
    """The year in all: budgets of all periods, and what is known or likely so far; None before anything is."""
    known = [found for each in rows if (found := each.likely(plan.currency)) is not None]
    budgets = [each.budget for each in rows if each.budget is not None]
    if not known and not budgets:
        return None
    currency, budget = plan.currency, sum(budgets) if budgets else None
    found = Bounds(sum(e.likely for e in known), sum(e.low for e in known), sum(e.high for e in known))
    told = found if known else None
    whole = len(known) == len(rows) and len(budgets) == len(rows)
    share = share_of(budget, found.likely) if whole else None
    return CostView(
        _("The year"), "", amount(budget, currency), "", amount(told and told.likely, currency),
        amount(told and told.low, currency), amount(told and told.high, currency),
        _("%(known)s of %(all)s periods") % {"known": len(known), "all": len(rows)}, None,
        "" if share is None else percent(share, 1), verdict(budget, told) if whole else None,
    )  # fmt: skip


def team_views(row: PeriodForecast) -> list[TeamView]:
    """The teams of a forecast, those that are paid most first. One query."""
    names = {str(line.id): line.name for line in accounts.team_lines()}
    found = sorted(
        ((currency, team, each) for (currency, team), each in bounds_of(row).items() if team),
        key=lambda told: (told[0], -told[2].likely, names.get(told[1], "")),
    )
    return [
        TeamView(names.get(team, "–"), *(amount(each, currency) for each in (told.likely, told.low, told.high)))
        for currency, team, told in found
    ]


def missing(row: PeriodForecast) -> list[str]:
    """What is missing for those who could not be calculated."""
    return [Issue(each["where"], each["message"], each["params"]).in_words(_) for each in row.missing]


def cost_table(plan: IncentivePlan, rows: Sequence[PeriodCost]) -> list[list[object]]:
    """Periods for a spreadsheet, the head first; what is not known is an empty cell."""
    table: list[list[object]] = [
        [_("Plan"), _("First day"), _("Last day"), _("Budget"), _("Comes to"), _("At least"), _("At most"),
         _("Source"), _("Currency")]
    ]  # fmt: skip
    for each in rows:
        found = each.likely(plan.currency)
        sums = (None, None, None) if found is None else (found.likely, found.low, found.high)
        money = [None if minor is None else as_decimal(minor, plan.currency) for minor in (each.budget, *sums)]
        table.append([plan.name, each.days.first, each.days.last, *money, _source(each), plan.currency])
    return table


def team_table(plan: IncentivePlan, row: PeriodForecast) -> list[list[object]]:
    """The teams of a forecast for a spreadsheet, the head first. One query."""
    names = {str(line.id): line.name for line in accounts.team_lines()}
    table: list[list[object]] = [[_("Team"), _("Comes to"), _("At least"), _("At most"), _("Currency")]]
    for (currency, team), each in sorted(bounds_of(row).items()):
        if team:
            money: list[Decimal] = [as_decimal(minor, currency) for minor in (each.likely, each.low, each.high)]
            table.append([names.get(team, ""), *money, currency])
    return table
