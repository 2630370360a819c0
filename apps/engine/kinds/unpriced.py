"""Amounts that no exchange rate converts: found, counted and told, never left out in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from apps.engine.compile import MEMBER, PERIOD, Expr, all_of, period_start, to_sql
from apps.engine.conversion import AMOUNT_DECIMALS, ORIGINAL, Conversion
from apps.engine.failure import EngineFailure
from apps.engine.kinds.bench import Bench, as_day
from apps.engine.kinds.rates import unpriced_days
from apps.engine.plan import Planned, Reading
from apps.engine.requests import Unpriced
from apps.engine.values import cell_text
from apps.kernel.issue import N_
from apps.kernel.period import Span

TOO_FINE = N_(
    "“%(column)s” has amounts with more than %(most)s decimals, which are not converted. Round them in the file, or "
    "make the column a plain number."
)


def unpriced(plans: Iterable[Planned], bench: Bench) -> Iterator[Unpriced]:
    """What of the amounts of these plans, which share their conversions, has no rate. `bench` converts them."""
    wanted = list(plans)
    for conversion in wanted[0].conversions() if wanted else ():
        if not _any_unpriced(conversion, [_span(plan, bench) for plan in wanted], bench):
            continue
        asked: dict[tuple[str, Span], list[Any]] = {}
        for plan in wanted:
            span = _span(plan, bench)
            sql = _sql(plan, conversion, bench)
            if sql and (sql, span) not in asked:
                asked[sql, span] = list(_found(sql, span, conversion, bench))
            for start, member, currency, first, rows in asked[sql, span] if sql else ():
                shown = member if plan.split_by is not None else None
                yield Unpriced(plan.id, start, shown, currency, first, rows, conversion.table)


def _any_unpriced(conversion: Conversion, spans: list[Span], bench: Bench) -> bool:
    """Whether any amount on the days of the spans has no rate. EngineFailure where amounts have more decimals than are
    kept."""
    source = bench.source(conversion.table)
    span = Span(min(span.start for span in spans), max(span.end for span in spans))
    files = source.within(span)
    if not files:
        return False
    bench.open(source, files, span)
    days = unpriced_days(source, conversion, bench)
    counts: dict[str, Expr] = {}
    for at, column in enumerate(conversion.columns):
        was = days[f"{ORIGINAL}{column}"]
        counts[f"missing_{at}"] = days.count(where=was.notnull() & days[column].isnull())
        counts[f"fine_{at}"] = days[f"fine_{at}"].sum()
    (found,) = bench.ask(to_sql(days.aggregate(**counts)))
    for at, column in enumerate(conversion.columns):
        if found[f"fine_{at}"]:
            raise EngineFailure(TOO_FINE, {"column": column, "most": AMOUNT_DECIMALS})
    return any(found[f"missing_{at}"] for at in range(len(conversion.columns)))


def _span(plan: Planned, bench: Bench) -> Span:
    """The days whose rows can matter to the values of a plan."""
    span, back = bench.span(plan), plan.lookback
    if back.ever or plan.first is None:
        return Span(date.min, span.end)
    first = bench.calendar.shift(bench.calendar.period_of(span.start, plan.grain), -back.periods).start
    return Span(first - timedelta(days=back.days), span.end)


def _sql(plan: Planned, conversion: Conversion, bench: Bench) -> str:
    """The rows of a plan whose amounts have no rate, by period, currency and member; "" if it takes none of them."""
    source = bench.source(conversion.table)
    rows = source.rows()
    wanted = [_lacks(reading, conversion, rows, bench) for reading in plan.readings(conversion.table)]
    terms = [term for term in wanted if term is not None]
    if not terms:
        return ""
    rows = rows.filter(reduce(or_, terms))
    keys: dict[str, Expr] = {
        PERIOD: period_start(rows.d, plan.grain, bench.calendar),
        "currency": rows[conversion.currency].fill_null(""),
    }
    if plan.split_by is not None and plan.split_by in source.types:
        keys[MEMBER] = rows[plan.split_by]
    return to_sql(rows.group_by(**keys).aggregate(first_day=rows.d.min(), missing=rows.count()))


def _lacks(reading: Reading, conversion: Conversion, rows: Expr, bench: Bench) -> Expr | None:
    """Whether a row that a plan reads lacks an amount for want of a rate; None if it reads no amounts.

    What its conditions say of an amount is not known then, so that all rows count that satisfy the others.
    """
    money = set(conversion.columns)
    used = money & {*reading.columns, *(condition.column for condition in reading.where)}
    if not used:
        return None
    types = bench.source(conversion.table).types
    known = all_of(rows, [each for each in reading.where if each.column not in money], types)
    terms = [rows[column].notnull() for column in reading.present] + ([] if known is None else [known])
    lacking = reduce(or_, (rows[f"{ORIGINAL}{column}"].notnull() & rows[column].isnull() for column in sorted(used)))
    return reduce(and_, [*terms, lacking])


def _found(sql: str, span: Span, conversion: Conversion, bench: Bench) -> Iterator[tuple[Any, ...]]:
    source = bench.source(conversion.table)
    files = source.within(span)
    if not files:
        return
    bench.open(source, files, span)
    for row in bench.ask(sql):
        member = cell_text(row[MEMBER]) if MEMBER in row else None
        yield as_day(row[PERIOD]), member, row["currency"], as_day(row["first_day"]), int(row["missing"])
