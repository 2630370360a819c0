"""The form of a year's budgets: one field for each period of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _

from apps.incentives.domain.rounding import as_decimal, minor_digits
from apps.incentives.forms.runs import LARGEST
from apps.incentives.forms.shown import Shown
from apps.incentives.presentation.statements import days_words
from apps.incentives.selectors.budgets import PeriodCost


class BudgetForm(Shown):
    """Budgets by the first day of their period, in units of the plan's currency; empty: none."""

    def __init__(self, *args: object, costs: Iterable[PeriodCost], currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        for each in costs:
            self.fields[each.days.first.isoformat()] = forms.DecimalField(
                label=days_words(each.days), required=False, min_value=0, max_value=LARGEST,
                initial=None if each.budget is None else as_decimal(each.budget, currency),
            )  # fmt: skip

    def clean(self) -> dict[str, Decimal | None]:
        told: dict[str, Decimal | None] = super().clean() or {}
        digits = minor_digits(self.currency)
        for name, amount in list(told.items()):
            if amount is not None and amount.scaleb(digits) != amount.scaleb(digits).to_integral_value():
                words = _("%(currency)s has %(digits)s digits after the point.")
                self.add_error(name, words % {"currency": self.currency, "digits": digits})
        return told

    @property
    def budgets(self) -> dict[date, int | None]:
        """In minor units, by the first day."""
        digits = minor_digits(self.currency)
        return {
            date.fromisoformat(name): None if amount is None else int(amount.scaleb(digits))
            for name, amount in self.cleaned_data.items()
        }
