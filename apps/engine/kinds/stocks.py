"""Levels on days: each value holds from its day until the next one of its entity, or until it is too old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import MEMBER, Expr, all_of, to_sql
from apps.engine.kinds.behind import Behind, is_member, no_such_side
from apps.engine.kinds.bench import SPAN, Bench, Step, Task
from apps.engine.kinds.entities import WINDOW
from apps.engine.kinds.scans import periods_of
from apps.engine.plans.stocks import At, StockPlan
from apps.engine.requests import MeasureRow, Rows
from apps.engine.values import cell_text
from apps.kernel.numbers import plain
from apps.kernel.period import Period, Span

BY, N, VALUE, AT, AFTER, FROM, UNTIL = "_member", "_n", "_value", "_at", "_after", "_from", "_until"
"""Columns of our own beside those of the rows: no column of a data set begins like that."""


def tasks(plans: list[StockPlan], bench: Bench) -> Iterator[Task]:
    """One task for each plan, one scan for each period."""
    for plan in plans:
        query = _Query(plan, bench)
        steps = tuple(Step(partial(query.run, period)) for period in periods_of(plan, bench))
        yield Task({plan.id: query.sql}, steps)


class _Query:
    """The query of a plan over the rows that can hold on the days of a period."""

    def __init__(self, plan: StockPlan, bench: Bench) -> None:
        self.plan, self.bench = plan, bench
        rows = _rows(plan, bench)
        keys: dict[str, Any] = {BY: rows[plan.split_by]} if plan.split_by else {}
        if plan.at == At.AVERAGE:
            each = rows.group_by(*plan.entity, d=rows.d, **keys)
            each = holding(each.aggregate(**{N: rows.count(), VALUE: rows[plan.column].sum()}), plan)
            self._days_sql = to_sql(each.select(start=each[FROM], end=each[UNTIL]).distinct())
            figures = {"level": (each[VALUE] * (each[UNTIL] - each[FROM])).sum(), "n": each[N].sum()}
        else:
            each = _latest(rows, plan).mutate(**keys)
            figures = {"level": each[plan.column].sum(), "n": each.count()}
        grouped = each.group_by(**{MEMBER: each[BY]}) if keys else each
        self.sql = to_sql(grouped.aggregate(**figures))

    def run(self, period: Period) -> Iterator[MeasureRow]:
        """The values of one period."""
        _open(self.plan, self.bench, period)
        found = [row for row in self.bench.ask(self.sql) if row["n"]]
        days = None
        if self.plan.at == At.AVERAGE and found:
            spans = ((int(row["start"]), int(row["end"])) for row in self.bench.ask(self._days_sql))
            days = Decimal(_covered(spans))
        for row in found:
            member = cell_text(row[MEMBER]) if self.plan.split_by else None
            level = plain(Decimal(row["level"]))
            yield MeasureRow(self.plan.id, period.start, member, level, days, int(row["n"]))


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """How many days lie in any of the spans."""
    covered, reached = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered


def _open(plan: StockPlan, bench: Bench, period: Period) -> None:
    """Open the rows that can hold on any of the days that count for a period."""
    days = plan.days(period)
    seen = Span(days.start - timedelta(days=plan.carry_days), days.end)
    bench.open(bench.main, bench.main.within(seen), seen, period.end)
    bench.open_span(WINDOW, days)


def _rows(plan: StockPlan, bench: Bench) -> Expr:
    """The rows that say a value of an entity."""
    rows = bench.main.rows()
    conditions = [rows[column].notnull() for column in (*plan.entity, plan.column)]
    wanted = all_of(rows, plan.where, bench.main.types)
    return rows.filter(*conditions, *([] if wanted is None else [wanted]))


def _latest(rows: Expr, plan: StockPlan) -> Expr:
    """Of the rows that can hold on the one day of the open span, those of each entity's last day: what `holding` finds
    for a single day."""
    each = rows.group_by(*plan.entity).aggregate(**{AFTER: rows.d.max()}).view()
    return rows.semi_join(each, [*(rows[column] == each[column] for column in plan.entity), rows.d == each[AFTER]])


def holding(rows: Expr, plan: StockPlan) -> Expr:
    """Those of the rows that hold on a day of the open span, with the first of these days and the one after the last,
    counted from the start of the span.

    The next row by day is of the same day for all but one row of a day: the latest of what comes next is the next day.
    """
    rows = rows.cross_join(ibis.table(dict.fromkeys(SPAN, dt.Date()), name=WINDOW))
    length = rows[SPAN[1]].delta(rows[SPAN[0]], unit="day")
    rows = rows.mutate(**{AT: rows.d.delta(rows[SPAN[0]], unit="day"), "_length": length})
    by_entity = ibis.window(group_by=list(plan.entity), order_by=rows[AT])
    rows = rows.mutate(**{AFTER: rows[AT].lead().over(by_entity)})
    of_day = ibis.window(group_by=[*plan.entity, AT])
    rows = rows.mutate(**{AFTER: rows[AFTER].max().over(of_day)})
    replaced = ibis.ifelse(rows[AFTER] > rows[AT], rows[AFTER], rows["_length"])
    until = ibis.least(replaced.fill_null(rows["_length"]), rows[AT] + plan.carry_days + 1, rows["_length"])
    rows = rows.mutate(**{FROM: ibis.greatest(rows[AT], 0), UNTIL: until})
    return rows.filter(rows[UNTIL] > rows[FROM])


def behind(request: Rows, bench: Bench) -> Behind:
    """The rows whose values hold on the days that count."""
    plan = request.plan
    assert isinstance(plan, StockPlan)  # noqa: S101 - dispatched by type
    if request.side == "denominator" and plan.at != At.AVERAGE:
        raise no_such_side()
    _open(plan, bench, bench.calendar.period_of(request.period[0], plan.grain))
    found = holding(_rows(plan, bench), plan)
    if plan.split_by and request.member is not None:
        found = found.filter(is_member(found[plan.split_by], request.member, bench.main.types[plan.split_by]))
    return Behind(bench.main, found)
