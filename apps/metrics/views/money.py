"""How amounts of several currencies were taken in one, said beside a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps.metrics.domain.checks import Known
from apps.metrics.domain.money import Money, money_of
from apps.metrics.selectors import ValueView


def conversion_in_words(found: ValueView, known: Known, versions: Iterable[Any]) -> list[str]:
    """The rule and the version of the rates, as one sentence; nothing where no amount is converted."""
    money = money_of(found.definition, known)
    if not money.amounts:
        return []
    filled = {"home": money.home, "columns": ", ".join(_amounts(money, known))}
    numbers = {version.dataset.key: version.number for version in versions}
    if money.rates is None or money.rates.dataset not in numbers:
        text = _("Take %(columns)s in %(home)s. There are no exchange rates: other currencies have no value.")
        return [text % filled]
    filled |= {"rates": money.rates.name, "days": money.rates.days, "n": numbers[money.rates.dataset]}
    return [
        _(
            "Take %(columns)s in %(home)s: times the last rate of %(rates)s (version %(n)s) on or before the row's "
            "day, %(days)s days old at most; %(home)s itself counts 1. No amount is rounded here, and none without a "
            "rate is left out: then there is no value."
        )
        % filled
    ]


def _amounts(money: Money, known: Known) -> list[str]:
    found = []
    for key, own in money.amounts.items():
        columns = known.datasets[key].columns
        found += [f"“{columns[name].label or name}”" for name in own.columns]
    return list(dict.fromkeys(found))
