"""From what a metric converts to the engine's terms."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Any

from apps import engine
from apps.metrics.domain.money import Money


def in_home_currency(plan: Any, dataset: str, money: Money, loaded: Container[str]) -> Any:
    """The plan, which is asked of `dataset`, with the amounts it reads converted; `loaded` are the data sets that have
    rows: rates of which none is uploaded are none."""
    found = []
    for key, own in money.amounts.items():
        table = "" if key == dataset else key
        used = {
            column
            for reading in plan.readings(table)
            for column in (*reading.columns, *(condition.column for condition in reading.where))
        }
        if used & set(own.columns):
            found.append(engine.Conversion(own.columns, own.currency, money.home, **_rates(money, loaded), table=table))
    return replace(plan, money=tuple(found)) if found else plan


def _rates(money: Money, loaded: Container[str]) -> dict[str, Any]:
    rates = money.rates
    if rates is None or rates.dataset not in loaded:
        return {}
    return {"rates": rates.dataset, "rate_currency": rates.currency, "rate": rates.rate, "days": rates.days}


def tables_of(plan: Any) -> tuple[str, ...]:
    """The further data sets that a plan reads, exchange rates included."""
    rates = [conversion.rates for conversion in plan.conversions() if conversion.rates]
    return tuple(dict.fromkeys((*plan.table_keys(), *rates)))
