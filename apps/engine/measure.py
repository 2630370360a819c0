"""Compute plans: as few scans as there are kinds of groups, month by month where periods allow it, all exact."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from apps.engine.checks import types_in
from apps.engine.compile import MEMBER, PERIOD, TABLE, Measures, aggregate, rows_of, to_sql
from apps.engine.duck import Connection, connect, parquet
from apps.engine.failure import EngineFailure
from apps.engine.plan import Aggregation, ColumnType, How, MeasurePlan, issues_of
from apps.engine.requests import FileEntry, Measure, Measured, MeasureRow
from apps.engine.values import cell_text
from apps.kernel.issue import N_, Issue
from apps.kernel.numbers import plain
from apps.kernel.period import Calendar, Grain, Span

if TYPE_CHECKING:
    from apps.engine.child import Desk

MOST_ROWS = 500_000
"""Values of one request; more is a dimension that is none, such as an order number."""

_EXACT = Context(prec=100)
_HALF = Decimal("0.5")
_EVER = Span(date.min, date.max)


@dataclass(frozen=True)
class Group:
    """Plans that share their scans: same grain, window, split and span of days."""

    grain: Grain
    trailing: int
    split_by: str | None
    first: date | None
    last: date | None


@dataclass(frozen=True)
class Scan:
    """A part of the rows to go over at once; `period_start` where the rows are those of one window."""

    files: tuple[FileEntry, ...]
    span: Span
    period_start: date | None = None


def work(request: Measure, desk: Desk) -> Measured:
    """Compute every plan. Raises EngineFailure with all that does not fit the data."""
    if not request.files:
        return Measured(())
    connection = connect(desk, [entry.path for entry in request.files])
    types = types_in(connection, [entry.path for entry in request.files])
    _check(request, types)
    groups: dict[Group, list[MeasurePlan]] = {}
    for plan in request.plans:
        group = Group(plan.grain, plan.trailing, plan.split_by, plan.first, plan.last)
        groups.setdefault(group, []).append(plan)
    work_list = [(group, list(_scans(group, request))) for group in groups]
    total, done = sum(len(scans) for _, scans in work_list), 0
    rows: list[MeasureRow] = []
    sql: dict[str, str] = {}
    for group, scans in work_list:
        query = Query(groups[group], group, types, request.calendar)
        sql |= dict.fromkeys((plan.id for plan in groups[group]), query.sql)
        for scan in scans:
            rows += query.run(connection, scan)
            _check_size(rows, group)
            done += 1
            desk.progress(done, total, N_("Computing"))
    return Measured(tuple(rows), sql)


class Query:
    """The one query of a group, compiled once and run over each of its scans."""

    def __init__(
        self, plans: list[MeasurePlan], group: Group, types: dict[str, ColumnType], calendar: Calendar
    ) -> None:
        measures = Measures(rows_of(types), types)
        self.plans = [
            (
                plan,
                measures.matched(plan.sides()),
                [(side, measures.matched([side]), measures.values(side)) for side in plan.sides()],
            )
            for plan in plans
        ]
        self.split = group.split_by is not None
        self.sql = to_sql(aggregate(measures, group.grain if group.trailing == 1 else None, group.split_by, calendar))

    def run(self, connection: Connection, scan: Scan) -> Iterator[MeasureRow]:
        """The values of every plan over one scan."""
        days = f"d >= DATE '{scan.span.start}' AND d < DATE '{scan.span.end}'"
        source = parquet([entry.path for entry in scan.files])
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {TABLE} AS SELECT * FROM {source} WHERE {days}")
        cursor = connection.execute(self.sql)
        names = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(10_000):
            for values in chunk:
                row = dict(zip(names, values, strict=True))
                start = scan.period_start or _as_day(row[PERIOD])
                member = cell_text(row[MEMBER]) if self.split else None
                yield from self._rows(row, start, member)

    def _rows(self, row: dict[str, Any], start: date, member: str | None) -> Iterator[MeasureRow]:
        for plan, matched, sides in self.plans:
            if not row[matched]:
                continue
            values = [
                value for side, rows, names in sides for value in _values(side, row[rows], [row[n] for n in names])
            ]
            numerator, denominator = (*values, None)[:2]
            yield MeasureRow(plan.id, start, member, numerator, denominator, row[matched])


def _as_day(start: date | datetime) -> date:
    """DuckDB makes a timestamp of a day that it truncates."""
    return start.date() if isinstance(start, datetime) else start


def _day(start: date) -> date:
    """DuckDB truncates a day to a moment of midnight, though Ibis calls it a day."""
    return start.date() if isinstance(start, datetime) else start


def _values(side: Aggregation, rows: int, values: list[Any]) -> list[Decimal | None]:
    """What the columns of a side mean: one value, or for an average sum and count."""
    if side.how == How.MEDIAN:
        return [None if None in values else plain(_EXACT.multiply(_EXACT.add(*map(Decimal, values)), _HALF))]
    if side.how == How.SUM and not rows:
        return [Decimal(0)]
    return [None if value is None else plain(Decimal(value)) for value in values]


def _scans(group: Group, request: Measure) -> Iterator[Scan]:
    """The scans of a group: by month where no period is longer, one for each window, else one for all."""
    calendar, grain = request.calendar, group.grain
    span = Span(
        calendar.period_of(group.first, grain).start if group.first else _EVER.start,
        calendar.period_of(group.last, grain).end if group.last else _EVER.end,
    )
    if group.trailing > 1:
        first = group.first or min(entry.first_day for entry in request.files)
        last = group.last or max(entry.last_day for entry in request.files)
        for period in calendar.between(first, last, grain):
            window = calendar.trailing(period, group.trailing)
            if files := _files_in(request, window):
                yield Scan(files, window, period.start)
    elif grain in (Grain.DAY, Grain.MONTH):
        by_month = sorted(_files_in(request, span), key=lambda entry: entry.month)
        for _, of_month in groupby(by_month, key=lambda entry: entry.month):
            yield Scan(tuple(of_month), span)
    elif files := _files_in(request, span):
        yield Scan(files, span)


def _files_in(request: Measure, span: Span) -> tuple[FileEntry, ...]:
    return tuple(entry for entry in request.files if entry.last_day >= span.start and entry.first_day < span.end)


def _check(request: Measure, types: dict[str, ColumnType]) -> None:
    issues = [issue for plan in request.plans for issue in issues_of(plan, types)]
    for plan_id, count in Counter(plan.id for plan in request.plans).items():
        if count > 1:
            issues.append(Issue(plan_id, N_("%(count)s plans have this name."), {"count": count}))
    if issues:
        raise EngineFailure(N_("This cannot be computed from the data as it is."), issues=issues)


def _check_size(rows: list[MeasureRow], group: Group) -> None:
    if len(rows) > MOST_ROWS:
        message = N_("“%(column)s” has too many different values to split by; over %(most)s figures would come of it.")
        raise EngineFailure(message, {"column": group.split_by or "", "most": MOST_ROWS})
