"""Exchange rates as a table with one rate for each currency and day, and rows whose amounts are converted by it.

The last rate on or before a day is found once for each currency and day, by a window over the days; rows then find it
by equality, which every engine joins by hash. A conversion is a view over the rows of a data set, under a name made of
the rates' files: so nothing that is kept of it outlives another version of the rates.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import Expr, rows_of, to_sql
from apps.engine.conversion import AMOUNT_DECIMALS, ORIGINAL, RATE, RATE_AGE, RATE_DECIMALS, Conversion
from apps.engine.dialects import speaking, spoken
from apps.engine.kinds.bench import Bench, Source
from apps.engine.plan import ColumnType

CURRENCY, AT, KNOWN_AT, LOW, HIGH = "_currency", "_at", "_known_at", "_low", "_high"
DAY, FIRST, HOLDS = "_day", "_first", "_holds"
NEW_RATE = dt.Decimal(20, RATE_DECIMALS)
"""What rates are kept as: with an `AMOUNT` they make a column of decimals, exactly."""

ANY_RATE = dt.Decimal(38, 18)
"""What expressions take them for, as for any column of decimals."""

AMOUNT = dt.Decimal(20 + AMOUNT_DECIMALS, AMOUNT_DECIMALS)
_LARGEST = 100_000_000  # what NEW_RATE holds before the point
_DAYS = {CURRENCY: dt.String(), AT: dt.Int32()}
_PRICED = {RATE: NEW_RATE, KNOWN_AT: dt.Int32()}
_SAYS = {CURRENCY: dt.String(), DAY: dt.Date(), RATE: ANY_RATE, FIRST: dt.Date(), HOLDS: dt.Int32()}
_SAID, _NUMBERS = "rates_said", "rates_days"
"""What a data set says of rates, under names of our own, so that the rest is the same for every one; and the days.
Opened anew for each table of rates that is made."""


def converting(bench: Bench, conversions: tuple[Conversion, ...]) -> Bench:
    """The same bench, its data sets with their amounts converted. Makes the tables of rates."""
    main, tables = bench.main, dict(bench.tables)
    for conversion in conversions:
        source = bench.source(conversion.table)
        converted = _converted(source, conversion, bench)
        if conversion.table:
            tables[conversion.table] = converted
        else:
            main = converted
    return replace(bench, main=main, tables=tables)


def warm() -> None:
    """Have laid ready what joins and windows need of Ibis and sqlglot, which conversions are the first to wait for."""
    conversion = Conversion(("amount",), "code", "home", "rates", "code", "rate")
    rows = rows_of({"amount": ColumnType.DECIMAL, "code": ColumnType.TEXT, "rate": ColumnType.DECIMAL})
    to_sql(_rows(rows, conversion, "prices", date.min))
    _prices_in(spoken())


def without_conversion(source: Source) -> Source:
    """The data set with its amounts as uploaded."""
    return source.beneath if source.beneath is not None and RATE in source.more else source


def _converted(source: Source, conversion: Conversion, bench: Bench) -> Source:
    """A data set with its amounts converted, under a name that says by what."""
    digest = _digest(conversion, bench)
    prices, start = f"rates_{digest}", _start(source, conversion)
    if conversion.rates:
        _make_prices(prices, start, source, conversion, bench)
    rows = cache(lambda: to_sql(_rows(source.rows(), conversion, prices if conversion.rates else "", start)))
    types = {**source.types, **dict.fromkeys(conversion.columns, ColumnType.DECIMAL)}
    more = {**source.more, **_more(source, conversion)}
    name = f"{source.table}_converted_{digest}"
    return Source(name, source.files, types, source, rows, more, conversion=conversion)


def unpriced_days(source: Source, conversion: Conversion, bench: Bench) -> Expr:
    """One row for each currency and day of the rows of a converted source, over those beneath it: what `_rows` makes of
    the largest of its amounts, and for each column how many amounts are too fine to be kept (`fine_0`, ...)."""
    assert source.beneath is not None  # noqa: S101 - it is converted
    rows = source.beneath.rows()
    amounts = {column: rows[column].max() for column in conversion.columns}
    fine = {f"fine_{at}": too_fine(source.beneath, column) for at, column in enumerate(conversion.columns)}
    each = rows.group_by("d", conversion.currency).aggregate(**amounts, **fine)
    return priced(each, source, bench)


def too_fine(source: Source, column: str) -> Expr:
    """How many amounts have more decimals than are kept: none where the files have no room for them."""
    rows = source.rows()
    if column not in source.wide:
        return ibis.literal(0)
    return rows.count(where=rows[column] != rows[column].cast(AMOUNT))


def priced(each: Expr, source: Source, bench: Bench, **renamed: Any) -> Expr:
    """What `_rows` makes of amounts beneath a converted source that were put together by day and currency: `renamed`
    are the `columns` and the `currency` of the conversion, where they are called otherwise."""
    assert source.conversion is not None  # noqa: S101 - it is converted
    conversion = source.conversion
    prices = f"rates_{_digest(conversion, bench)}" if conversion.rates else ""
    return _rows(each, replace(conversion, **renamed), prices, _start(source, conversion), aged=False)


def _digest(conversion: Conversion, bench: Bench) -> str:
    """What a conversion rests on, in short: files never change their content."""
    files = bench.source(conversion.rates).files if conversion.rates else ()
    text = "\n".join([str(conversion.to_json()), *(f"{entry.path}|{entry.rows}|{entry.bytes}" for entry in files)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _start(source: Source, conversion: Conversion) -> date:
    """The first day of which a rate can matter to the rows."""
    first = min(entry.first_day for entry in source.files)
    return date.fromordinal(max(first.toordinal() - conversion.days, 1))


def _more(source: Source, conversion: Conversion) -> dict[str, dt.DataType]:
    amounts = source.rows().schema()
    return {
        RATE: ANY_RATE,
        RATE_AGE: dt.Int64(),
        **{f"{ORIGINAL}{column}": amounts[column] for column in conversion.columns},
    }


def _make_prices(table: str, start: date, source: Source, conversion: Conversion, bench: Bench) -> None:
    """Make the table of one rate for each currency and day on which there is one."""
    rates = bench.source(conversion.rates)
    bench.open(rates, rates.files)
    last = max(entry.last_day for entry in source.files)
    columns = {CURRENCY: conversion.rate_currency, DAY: "d", RATE: conversion.rate}
    bench.open_renamed(_SAID, rates, columns, {FIRST: f"DATE '{start}'", HOLDS: f"{conversion.days:d}"})
    bench.open_numbers(_NUMBERS, AT, range((last - start) // timedelta(days=1) + 1))
    bench.create(table, {**_DAYS, **_PRICED})
    bench.insert(table, _prices_in(spoken()))


@cache
def _prices_in(dialect: str) -> str:
    """The SQL of `_prices`, which is the same for every conversion: a nursery has it ready."""
    with speaking(dialect):
        prices, schema = _prices(), {**_DAYS, **_PRICED}
        return to_sql(prices.select(**{column: prices[column].cast(kind) for column, kind in schema.items()}))


def _prices() -> Expr:
    """The last rate on or before each day, if it is not older than it may be, not above doubt, and more than 0.

    By day, counted from the first, stand the smallest and the largest that is told for a currency.
    """
    calendar = ibis.table({AT: dt.Int32()}, name=_NUMBERS)
    said = ibis.table(_SAYS, name=_SAID)
    at = said[DAY].delta(said[FIRST], unit="day")
    rate = ibis.ifelse(said[RATE] < _LARGEST, said[RATE], 0)  # 0 is none
    told = said.filter(said[CURRENCY].notnull(), said[RATE].notnull(), at >= 0)
    told = told.select(CURRENCY, HOLDS, **{AT: at.cast("int32"), LOW: rate.cast(NEW_RATE)})
    extremes = {LOW: told[LOW].min(), HIGH: told[LOW].max(), HOLDS: told[HOLDS].min()}
    by_day = told.group_by(CURRENCY, AT).aggregate(**extremes)
    grid = by_day.select(CURRENCY).distinct().cross_join(calendar)
    facts = by_day.view()
    found = grid.left_join(facts, [grid[CURRENCY] == facts[CURRENCY], grid[AT] == facts[AT]])
    found = found.select(**{CURRENCY: grid[CURRENCY], AT: grid[AT], "_told": facts[AT]})
    so_far = ibis.window(group_by=CURRENCY, order_by=found[AT], preceding=None, following=0)
    found = found.mutate(**{KNOWN_AT: found["_told"].max().over(so_far)}).drop("_told")
    rate = by_day.view()
    found = found.inner_join(rate, [found[CURRENCY] == rate[CURRENCY], found[KNOWN_AT] == rate[AT]])
    found = found.filter(found[AT] - found[KNOWN_AT] <= rate[HOLDS], rate[LOW] == rate[HIGH], rate[LOW] > 0)
    return found.select(**{CURRENCY: found[CURRENCY], AT: found[AT], RATE: rate[LOW], KNOWN_AT: found[KNOWN_AT]})


def _rows(rows: Expr, conversion: Conversion, prices: str, start: date, *, aged: bool = True) -> Expr:
    """The rows with their amounts converted; what they were, the rate and (if `aged`) its age stand beside."""
    own = rows[conversion.currency] == ibis.literal(conversion.home)
    one, none = ibis.literal(Decimal(1), NEW_RATE), ibis.null(NEW_RATE)
    columns = {column: rows[column] for column in rows.columns if column not in conversion.columns}
    if prices:
        known = ibis.table({**_DAYS, RATE: ANY_RATE, KNOWN_AT: dt.Int32()}, name=prices)
        day = rows.d.delta(ibis.literal(start, dt.Date()), unit="day")
        found = rows.left_join(known, [rows[conversion.currency] == known[CURRENCY], day == known[AT]])
        rate, age = ibis.ifelse(own, one, known[RATE]), ibis.ifelse(own, ibis.null("int64"), day - known[KNOWN_AT])
    else:
        found, rate, age = rows, ibis.ifelse(own, one, none), ibis.null("int64")
    for column in conversion.columns:
        amount = rows[column].cast(AMOUNT)
        converted = amount * rate if prices else ibis.ifelse(own, amount, ibis.null(AMOUNT))
        columns[column] = converted.cast(ANY_RATE)
    was = {f"{ORIGINAL}{column}": rows[column] for column in conversion.columns}
    order = [*rows.columns]
    beside = {RATE: rate, RATE_AGE: age} if aged else {RATE: rate}
    return found.select(**{column: columns[column] for column in order}, **beside, **was)
