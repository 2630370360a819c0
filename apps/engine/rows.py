"""From a value down to the uploaded rows that made it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from apps.engine.compile import to_sql
from apps.engine.conversion import CONVERTED, ORIGINAL, RATE, RATE_AGE, RATE_DAY
from apps.engine.failure import EngineFailure
from apps.engine.kinds import behind
from apps.engine.kinds.behind import MOST_ROWS, no_such_side
from apps.engine.kinds.bench import Bench, as_day, open_bench
from apps.engine.kinds.rates import converting
from apps.engine.plans import issues_of
from apps.engine.requests import RowPage, Rows, UploadedRow
from apps.engine.values import cell_text, cell_value
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk


def work(request: Rows, desk: Desk) -> RowPage:
    """One page of the rows, in the order in which they were uploaded. Raises EngineFailure for what does not fit."""
    if not 0 < request.limit <= MOST_ROWS or request.offset < 0 or request.side not in ("numerator", "denominator"):
        raise no_such_side()
    if not request.files:
        return RowPage((), (), 0, request.offset)
    with closing(open_bench(desk, request.files, request.tables, request.calendar)) as bench:
        if issues := _issues(request, bench):
            raise EngineFailure(N_("These rows cannot be looked up."), issues=issues)
        return _page(request, bench)


def _page(request: Rows, bench: Bench) -> RowPage:
    if conversions := request.plan.conversions():
        bench = converting(bench, conversions)
    found = behind(request, bench)
    more = found.source.more
    columns = [column for column in found.source.types if column != "d" and not column.startswith("_")]
    (counted,) = bench.ask(to_sql(found.rows.aggregate(total=found.rows.count())))
    page = found.rows.order_by("_upload", "_row").limit(request.limit, offset=request.offset)
    rows = bench.ask(to_sql(page.select("_upload", "_row", "d", *more, *columns)))
    amounts = [column for column in columns if f"{ORIGINAL}{column}" in more]
    uploaded = tuple(UploadedRow(row["_upload"], row["_row"], tuple(_cells(row, columns, amounts))) for row in rows)
    shown = [*columns, *([RATE, RATE_DAY] if amounts else []), *(f"{CONVERTED}{column}" for column in amounts)]
    return RowPage(tuple(shown), uploaded, counted["total"], request.offset)


def _cells(row: dict[str, Any], columns: list[str], amounts: list[str]) -> Iterator[str]:
    """The cells of a row as uploaded, then what made its amounts another currency's."""
    for column in columns:
        yield cell_text(row[f"{ORIGINAL}{column}" if column in amounts else column])
    if amounts:
        age = row[RATE_AGE]
        yield cell_text(row[RATE])
        yield "" if age is None or row[RATE] is None else str(as_day(row["d"]) - timedelta(days=age))
    for column in amounts:
        yield cell_text(row[column])


def _issues(request: Rows, bench: Bench) -> list[Issue]:
    types = bench.main.types
    issues = issues_of(request.plan, types, {key: source.types for key, source in bench.tables.items()})
    split, attribute = request.plan.split_by, request.plan.attribute
    if attribute is not None and attribute.table in bench.tables:
        split, types = attribute.column, bench.tables[attribute.table].types
    if request.member and split is not None and split in types:
        try:
            cell_value(request.member, types[split])
        except (ValueError, ArithmeticError):
            message = N_("“%(value)s” is not of the type of “%(column)s” (%(type)s).")
            params = {"value": request.member[:80], "column": split, "type": types[split].value}
            issues.append(Issue(split, message, params))
    return issues
