"""From a value down to the uploaded rows that made it."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.engine.checks import types_in
from apps.engine.compile import TABLE, Types, all_of, rows_of, to_sql
from apps.engine.duck import connect, one, parquet
from apps.engine.failure import EngineFailure
from apps.engine.plan import Aggregation, Condition, Op, issues_of
from apps.engine.requests import RowPage, Rows, UploadedRow
from apps.engine.values import cell_text, cell_value
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

MOST_ROWS = 200


def work(request: Rows, desk: Desk) -> RowPage:
    """One page of the rows, in the order in which they were uploaded. Raises EngineFailure for what does not fit."""
    start, end = request.period
    files = [entry.path for entry in request.files if entry.last_day >= start and entry.first_day < end]
    side = _side(request)
    if not files:
        return RowPage((), (), 0, request.offset)
    connection = connect(desk, files)
    types = types_in(connection, files)
    if issues := _issues(request, types):
        raise EngineFailure(N_("These rows cannot be looked up."), issues=issues)
    columns = [column for column in types if column != "d"]
    days = f"d >= DATE '{start}' AND d < DATE '{end}'"
    connection.execute(f"CREATE TEMP VIEW {TABLE} AS SELECT * FROM {parquet(files)} WHERE {days}")
    found = _behind(request, side, types)
    (total,) = one(connection, to_sql(found.aggregate(total=found.count())))
    page = found.order_by("_upload", "_row").limit(request.limit, offset=request.offset)
    rows = connection.execute(to_sql(page.select("_upload", "_row", *columns))).fetchall()
    uploaded = tuple(UploadedRow(upload, row, tuple(map(cell_text, cells))) for upload, row, *cells in rows)
    return RowPage(tuple(columns), uploaded, total, request.offset)


def _side(request: Rows) -> Aggregation:
    """The side of the plan that is asked for; a metric without a denominator has none to look into."""
    side = {"numerator": request.plan.numerator, "denominator": request.plan.denominator}.get(request.side)
    if side is None or not 0 < request.limit <= MOST_ROWS or request.offset < 0:
        message = N_("A page has 1 to %(most)s rows of the numerator or the denominator of a plan.")
        raise EngineFailure(message, {"most": MOST_ROWS})
    return side


def _issues(request: Rows, types: Types) -> list[Issue]:
    issues = issues_of(request.plan, types)
    split = request.plan.split_by
    if request.member and split is not None and split in types:
        try:
            cell_value(request.member, types[split])
        except (ValueError, ArithmeticError):
            message = N_("“%(value)s” is not of the type of “%(column)s” (%(type)s).")
            params = {"value": request.member[:80], "column": split, "type": types[split].value}
            issues.append(Issue(split, message, params))
    return issues


def _behind(request: Rows, side: Aggregation, types: Types) -> Any:
    """The rows that count: of the side's conditions, with a value in its column, of the member."""
    conditions = list(side.where)
    if side.column is not None:
        conditions.append(Condition(side.column, Op.NOT_NULL))
    split = request.plan.split_by
    if split is not None and request.member is not None:
        if request.member == "":
            conditions.append(Condition(split, Op.IS_NULL))
        else:
            conditions.append(Condition(split, Op.EQ, (cell_value(request.member, types[split]),)))
    table = rows_of(types)
    wanted = all_of(table, conditions, types)
    return table if wanted is None else table.filter(wanted)
