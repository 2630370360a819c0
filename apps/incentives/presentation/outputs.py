"""Accruals in words and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.common import formats
from apps.incentives.domain.rounding import minor_digits
from apps.incentives.domain.sentences import cents, percent
from apps.incentives.presentation.statements import days_words
from apps.incentives.selectors.accruals import PeriodAccrual, share_of


@dataclass(frozen=True)
class MonthView:
    day: str
    forecast: str
    kind: str
    cumulative: str
    charge: str


@dataclass(frozen=True)
class AccrualView:
    """One period of a plan."""

    days: str
    months: tuple[MonthView, ...]
    budget: str
    share: str


def accrual_views(found: Iterable[PeriodAccrual]) -> Sequence[AccrualView]:
    """Periods in words."""
    return [_view(each) for each in found]


def _view(period: PeriodAccrual) -> AccrualView:
    def words(minor: int | None) -> str:
        return "–" if minor is None else cents(minor, period.currency)

    months = tuple(
        MonthView(
            formats.day(each.day), words(each.forecast),
            _("final") if each.final else _("forecast") if each.forecast is not None else "",
            words(each.cumulative), words(each.charge),
        )
        for each in period.months
    )  # fmt: skip
    last = next((each.forecast for each in reversed(period.months) if each.forecast is not None), None)
    share = share_of(period.budget, last)
    return AccrualView(
        days_words(period.days), months, words(period.budget), "" if share is None else percent(share, 1)
    )


def accrual_table(found: Iterable[PeriodAccrual]) -> list[list[object]]:
    """Rows for a spreadsheet, the head first; what is not known is an empty cell."""
    head: list[object] = [
        _("Plan"), _("First day"), _("Last day"), _("As of"), _("Forecast"), _("Set aside in all"), _("This month"),
        _("Budget"), _("Currency"),
    ]  # fmt: skip
    rows: list[list[object]] = [head]
    for period in found:
        digits = minor_digits(period.currency)
        for each in period.months:
            money = [
                None if minor is None else Decimal(minor).scaleb(-digits)
                for minor in (each.forecast, each.cumulative, each.charge, period.budget)
            ]
            rows.append([period.plan.name, period.days.first, period.days.last, each.day, *money, period.currency])
    return rows
