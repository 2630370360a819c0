"""Amounts of several currencies in the company's own: which of them a metric converts, by which rates, and what is
missing. The rule itself is the engine's (`apps.engine.conversion`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from apps.kernel.issue import N_
from apps.kernel.period import Calendar, Period
from apps.metrics.domain import expression, formula
from apps.metrics.domain.definition import (
    Aggregation,
    Definition,
    RecurringDefinition,
    StockDefinition,
    datasets_of,
    measures_of,
)
from apps.metrics.domain.fields import Known, KnownDataset, Rates
from apps.metrics.domain.look import Look
from apps.metrics.domain.reasons import Reason

NO_RATE = N_(
    "There is no exchange rate for amounts in %(currencies)s (rows: %(rows)s, from %(day)s on). Add to %(rates)s the "
    "rate of that day or of up to %(days)s days before."
)
NO_RATES = N_(
    "Amounts in %(currencies)s cannot be converted to %(home)s (rows: %(rows)s, from %(day)s on): there are no "
    "exchange rates. Upload a file with day, currency and rate."
)
NO_CURRENCY = N_(
    "Amounts without a currency cannot be converted (rows: %(rows)s, from %(day)s on). Fill in the currency and upload "
    "them again."
)


@dataclass(frozen=True)
class Amounts:
    """The columns of a data set that are amounts of money, and the one that says in which currency."""

    currency: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Money:
    """What a metric converts to `home`: by data set its amounts, and by which rates (None: there are none)."""

    home: str = ""
    amounts: Mapping[str, Amounts] = field(default_factory=dict, hash=False)
    rates: Rates | None = None

    def said(self) -> str:
        """All of it in short: values computed by something else have to be computed anew. "" where nothing is."""
        if not self.amounts:
            return ""
        parts = [f"{key}:{own.currency}:{'+'.join(own.columns)}" for key, own in sorted(self.amounts.items())]
        rates = self.rates
        told = f"{rates.dataset}:{rates.currency}:{rates.rate}:{rates.days}" if rates else "-"
        return f"{self.home} {told} {' '.join(parts)}"


@dataclass(frozen=True)
class Gap:
    """Amounts of a period in a currency ("": none is named) without a rate: how many, the first of them when."""

    currency: str
    first: date
    rows: int


Gaps = Mapping[tuple[date, str | None], list[Gap]]
"""By the first day of the period, and member (None: of all)."""


def amounts_of(dataset: KnownDataset) -> Amounts | None:
    """The amounts of a data set whose rows have a currency; None if they have none."""
    currency = next((key for key, column in dataset.columns.items() if column.role == "currency"), "")
    columns = tuple(key for key, column in dataset.columns.items() if column.role == "money")
    return Amounts(currency, columns) if currency and columns else None


def money_of(definition: Definition, known: Known) -> Money:
    """What of the amounts that a definition reads is converted."""
    found: dict[str, Amounts] = {}
    for key, columns in _used(definition) if definition.convert else ():
        dataset = known.datasets.get(key)
        own = amounts_of(dataset) if dataset else None
        if own is not None and set(columns) & set(own.columns):
            found[key] = own
    return Money(known.currency, found, known.rates) if found else Money()


def reads(definition: Definition, known: Known) -> tuple[str, ...]:
    """Every data set that its values come from, exchange rates included."""
    rates = money_of(definition, known).rates
    return tuple(dict.fromkeys((*datasets_of(definition), *([rates.dataset] if rates else []))))


def _used(definition: Definition) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The columns that numbers are made of or chosen by, by data set."""
    for _, measure in measures_of(definition):
        yield measure.dataset, (*_columns(measure), *(each.column for each in measure.filters))
    if isinstance(definition, StockDefinition | RecurringDefinition):
        yield definition.dataset, (definition.column, *(each.column for each in definition.filters))


def _columns(measure: Aggregation) -> tuple[str, ...]:
    if measure.column is not None:
        return (measure.column,)
    if measure.expression is None:
        return ()
    try:
        return tuple(formula.names(expression.parse(measure.expression)))
    except formula.FormulaError:
        return ()


def gap_reason(
    definition: Definition, money: Money, calendar: Calendar, look: Look, place: tuple[Period, str | None], gaps: Gaps
) -> Reason | None:
    """Why the value of a period (and member) is none, if an amount that it is made of has no rate."""
    period, member = place
    first = _first_day(definition, calendar, look, period)
    missing = [
        gap
        for (start, of), found in gaps.items()
        if of in (None, member) and start < period.end and calendar.period_of(start, period.grain).end > first
        for gap in found
    ]
    return _reason(money, missing) if missing else None


def _first_day(definition: Definition, calendar: Calendar, look: Look, period: Period) -> date:
    """The first day whose amounts the value of a period is made of."""
    if isinstance(definition, RecurringDefinition) and definition.figure not in ("new", "reactivation"):
        return period.start if definition.figure == "mrr" else calendar.shift(period, -1).start
    if look.history:
        return date.min
    return look.start(calendar, period) - timedelta(days=look.carry_days)


def _reason(money: Money, missing: Iterable[Gap]) -> Reason:
    gaps = list(missing)
    named = [gap for gap in gaps if gap.currency] or gaps
    params = {
        "rows": sum(gap.rows for gap in named),
        "currencies": ", ".join(sorted({gap.currency for gap in named})),
        "day": min(gap.first for gap in named).isoformat(),
        "home": money.home,
    }
    if not params["currencies"]:
        return Reason(NO_CURRENCY, params)
    if money.rates is None:
        return Reason(NO_RATES, params)
    return Reason(NO_RATE, params | {"rates": money.rates.name, "days": money.rates.days})
