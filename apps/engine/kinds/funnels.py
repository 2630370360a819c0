"""Entities along several steps: who enters a period, and the first row of each step that counts for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial, reduce
from operator import and_
from typing import Any

import ibis

from apps.engine.compile import MEMBER, PERIOD, Expr, all_of, period_start, to_sql
from apps.engine.kinds.behind import Behind, is_member, no_such_side
from apps.engine.kinds.bench import BOOKED, Bench, Row, Step, Task, as_day
from apps.engine.kinds.entities import known
from apps.engine.kinds.optimist import STRAYS, Optimist
from apps.engine.kinds.scans import Group, Scan, one_by_one, scans
from apps.engine.kinds.splits import Splits, fit_together
from apps.engine.plans.funnels import FunnelPlan, FunnelStep, Order
from apps.engine.requests import MeasureRow, Rows
from apps.kernel.period import Span

ENTITY, BY, DAY, START = "_entity", "_member", "_day", "_start"
WHO, ON, WHEN = "_who", "_on", "_when"
"""Columns of our own: of the entities that entered, and of the rows of later steps."""

Columns = tuple[str | None, ...]
"""Columns that plans are split by (None: the total)."""


def tasks(plans: list[FunnelPlan], bench: Bench) -> Iterator[Task]:
    """One task for each plan, and for plans that differ by their split alone."""
    alike: dict[FunnelPlan, list[FunnelPlan]] = {}
    for plan in plans:
        alike.setdefault(replace(plan, id="", split_by=None), []).append(plan)
    for members in alike.values():
        first = members[0]
        group = Group(first.grain, 1, first.split_by, first.first, first.last)
        for several in [members] if fit_together(group, bench) else [[plan] for plan in members]:
            query = _Query(several, bench)
            steps = tuple(Step(partial(query.run, scan)) for scan in scans(group, bench))
            yield Task(query.sql, steps)


class _Query:
    """The query of plans over the rows of a scan, and those of the days after it."""

    def __init__(self, plans: list[FunnelPlan], bench: Bench) -> None:
        self.plans, self.bench, self.splits = plans, bench, Splits(plan.split_by for plan in plans)
        quick = self._sql(quick=True) if bench.piecewise else ""
        self._optimist = Optimist(quick, lambda: self._sql(quick=False), bench)
        self.sql = dict.fromkeys((plan.id for plan in plans), self._optimist.sql)

    def run(self, scan: Scan) -> Iterator[MeasureRow]:
        """The values of a scan."""
        first, last = self.bench.days(scan.files)
        booked = Span(max(first, scan.span.start), min(last + timedelta(days=1), scan.span.end))
        _open(self.plans[0], self.bench, booked)
        for row in self._optimist.ask():
            column, member = self.splits.columns[self.splits.place(row)], self.splits.member(row)
            for plan in self.plans:
                if plan.split_by == column:
                    yield from _values(plan, row, member, scan)
        self.sql |= dict.fromkeys(self.sql, self._optimist.sql)

    def _sql(self, *, quick: bool) -> str:
        """The counts by each of the columns; if quick, all of the same journeys."""
        plan, columns = self.plans[0], self.splits.columns
        if quick:
            each = _journeys(plan, columns, self.bench, quick=True)
            return to_sql(
                self.splits.stacked([_counts(plan, each, at, columns, self.bench) for at in range(len(columns))])
            )
        parts = [_counts(plan, _journeys(plan, (column,), self.bench), 0, (column,), self.bench) for column in columns]
        return to_sql(self.splits.stacked(parts))


def _values(plan: FunnelPlan, row: Row, member: str | None, scan: Scan) -> Iterator[MeasureRow]:
    """Every step over the first, and the last one once more as the headline."""
    start, entered = scan.period_start or as_day(row[PERIOD]), int(row["r1"])
    if not entered:
        return
    last = len(plan.steps)
    for series, number in [*((str(number), number) for number in range(1, last + 1)), ("", last)]:
        reached = Decimal(int(row[f"r{number}"]))
        yield MeasureRow(plan.id, start, member, reached, Decimal(entered), entered, series)


def _open(plan: FunnelPlan, bench: Bench, booked: Span) -> None:
    """Open the days on which entities enter, and of every data set those on which they may go on."""
    seen = Span(booked.start, booked.end + timedelta(days=plan.lookahead.days))
    for key in ("", *plan.further()):
        source = bench.source(key)
        bench.open(source, source.within(seen), seen)
    bench.mark(bench.main, booked)


def _counts(plan: FunnelPlan, each: Expr, at: int, columns: Columns, bench: Bench) -> Expr:
    """By period, unless a scan is of one, and member of one of the columns: entities that reached each step; and what
    is wrong with journeys that were found quickly."""
    keys = {} if one_by_one(plan.grain, bench) else {PERIOD: each[START]}
    if columns[at] is not None:
        keys[MEMBER] = each[_by(at)]
    figures = {f"r{number}": each.count(where=reached(plan, each, number)) for number in range(2, len(plan.steps) + 1)}
    if STRAYS in each.columns:
        figures[STRAYS] = each[STRAYS].sum()
    grouped = each.group_by(**keys) if keys else each
    return grouped.aggregate(r1=each.count(), **figures)


def _journeys(plan: FunnelPlan, columns: Columns, bench: Bench, *, quick: bool = False) -> Expr:
    """One row for each entity and period that it enters, with the moments `_t1`, `_t2`, ... of its steps, and its
    member by each of the columns."""
    each = _entered_quickly(plan, columns, bench) if quick else _entered(plan, columns[0], bench)
    keys = [key for key in (ENTITY, START) if key in each.columns]
    numbers = range(2, len(plan.steps) + 1)
    if plan.order == Order.STRICT:
        for number in numbers:
            each = _joined(plan, each, keys, _later(plan, bench, [number]), [number], before=number - 1)
        return each
    return _joined(plan, each, keys, _later(plan, bench, list(numbers)), list(numbers), before=1)


def _by(at: int) -> str:
    """The column with the member by one of the columns."""
    return f"{BY}{at}"


def _starts(plan: FunnelPlan, columns: Columns, bench: Bench) -> Expr:
    """The booked rows of step 1: entity, day, moment, and (unless a scan is of one) the period, and the members."""
    step = plan.steps[0]
    rows = known(bench.main.marked(), step.entity or plan.entity, [step.where])
    rows = rows.filter(rows[BOOKED])
    told: dict[str, Any] = {ENTITY: rows[step.entity or plan.entity], DAY: rows.d, "_t1": _moment(rows, step)}
    if not one_by_one(plan.grain, bench):
        told[START] = period_start(rows.d, plan.grain, bench.calendar)
    told |= {_by(at): rows[column] for at, column in enumerate(columns) if column is not None}
    return rows.select(**told)


def _entered(plan: FunnelPlan, column: str | None, bench: Bench) -> Expr:
    """The first row of step 1 of each entity in each period: by day, then by moment, then by member."""
    rows = _starts(plan, (column,), bench)
    keys = [key for key in (ENTITY, START) if key in rows.columns]
    if column is None:
        of_day = rows.group_by(*keys, DAY).aggregate(_t1=rows["_t1"].min())
        first = {DAY: of_day[DAY].min(), "_t1": of_day["_t1"].argmin(of_day[DAY])}
        return of_day.group_by(*keys).aggregate(**first)
    order = [rows[DAY], rows["_t1"], rows[_by(0)].isnull(), rows[_by(0)]]
    ranked = rows.mutate(_rank=ibis.row_number().over(ibis.window(group_by=keys, order_by=order)))
    return ranked.filter(ranked["_rank"] == 0).drop("_rank")


def _entered_quickly(plan: FunnelPlan, columns: Columns, bench: Bench) -> Expr:
    """The same by several columns, for rows whose moment lies on their day: then the first moment is that of the first
    day. How many do not comes with it."""
    rows = _starts(plan, columns, bench)
    keys = [key for key in (ENTITY, START) if key in rows.columns]
    found = {DAY: rows[DAY].min(), "_t1": rows["_t1"].min(), STRAYS: rows.count(where=rows["_t1"].date() != rows[DAY])}
    by = [_by(at) for at, column in enumerate(columns) if column is not None]
    firsts = {column: ibis.struct({"t1": rows["_t1"], "by": rows[column]}).min() for column in by}
    each = rows.group_by(*keys).aggregate(**found, **firsts)
    return each.mutate(**{column: each[column]["by"] for column in by}) if by else each  # an empty member comes last


def _later(plan: FunnelPlan, bench: Bench, numbers: list[int]) -> Expr:
    """The rows of these steps below each other: entity, day, moment, and for each step whether a row is of it."""
    alike: dict[tuple[str, str, str | None], list[int]] = {}
    for number in numbers:
        step = plan.steps[number - 1]
        alike.setdefault((step.table, step.entity or plan.entity, step.moment), []).append(number)
    parts = []
    for (table, entity, _), members in alike.items():
        source, steps = bench.source(table), {number: plan.steps[number - 1] for number in members}
        rows = known(source, entity, [step.where for step in steps.values()])
        columns = {WHO: rows[entity], ON: rows.d, WHEN: _moment(rows, steps[members[0]])}
        for number in numbers:
            of_step = all_of(rows, steps[number].where, source.types) if number in steps else ibis.literal(False)
            columns[_flag(number)] = ibis.literal(True) if of_step is None else of_step.fill_null(False)
        parts.append(rows.select(**columns))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _flag(number: int) -> str:
    """The column that says whether a row is of that step."""
    return f"_is{number}"


def _joined(plan: FunnelPlan, each: Expr, keys: list[str], later: Expr, numbers: list[int], before: int) -> Expr:
    """`each` with the first moment of each step that lies in the window and after that of the step `before`."""
    later = later.view()
    within = (later[ON] >= each[DAY]) & (later[ON].delta(each[DAY], unit="day") < plan.within_days)
    both = each.left_join(later, [each[ENTITY] == later[WHO], within])
    known_of_each = {column: both[column].arbitrary() for column in each.columns if column not in keys}
    firsts = {
        f"_t{number}": both[WHEN].min(
            where=both[_flag(number)] & _after(plan, both, before, number, both[WHEN], both[f"_t{before}"])
        )
        for number in numbers
    }
    return both.group_by(*keys).aggregate(**known_of_each, **firsts)


def reached(plan: FunnelPlan, each: Expr, number: int) -> Expr:
    """Whether an entity got as far as that step."""
    steps = [_after(plan, each, at - 1, at, each[f"_t{at}"], each[f"_t{at - 1}"]) for at in range(2, number + 1)]
    return reduce(and_, steps, ibis.literal(True)).fill_null(False)


def _after(plan: FunnelPlan, rows: Expr, before: int, number: int, later: Expr, earlier: Expr) -> Expr:
    """Whether the moment of a step comes after that of another one, or its day where either step has no moments."""
    if plan.steps[before - 1].moment is None or plan.steps[number - 1].moment is None:
        later, earlier = later.date(), earlier.date()
    return later >= earlier if plan.ties else later > earlier


def _of_step(plan: FunnelPlan, step: FunnelStep, bench: Bench) -> Expr:
    return known(bench.source(step.table), step.entity or plan.entity, [step.where])


def _moment(rows: Expr, step: FunnelStep) -> Expr:
    """When a row happened: its moment, or the start of its day."""
    start = rows.d.cast("timestamp")
    return start if step.moment is None else rows[step.moment].fill_null(start)


def behind(request: Rows, bench: Bench) -> Behind:
    """Of the entities that reached the step, its rows from the one that counts on until their windows end; of those
    that entered, their rows of step 1."""
    plan = request.plan
    assert isinstance(plan, FunnelPlan)  # noqa: S101 - dispatched by type
    series = request.series or str(len(plan.steps))
    if series not in {str(number) for number in range(1, len(plan.steps) + 1)}:
        raise no_such_side()
    number = 1 if request.side == "denominator" else int(series)
    step = plan.steps[number - 1]
    if request.table and request.table != step.table:
        raise no_such_side()
    period = bench.calendar.period_of(request.period[0], plan.grain)
    _open(plan, bench, Span(period.start, period.end))
    each = _journeys(plan, (plan.split_by,), bench)
    each = each.filter(reached(plan, each, number))
    if plan.split_by and request.member is not None:
        each = each.filter(is_member(each[_by(0)], request.member, bench.main.types[plan.split_by]))
    each = each.select(ENTITY, DAY, reached=each[f"_t{number}"]).view()
    rows = _of_step(plan, step, bench)
    days = rows.d.delta(each[DAY], unit="day")
    inside = (rows.d < period.end) if number == 1 else (days < plan.within_days)
    same_entity = rows[step.entity or plan.entity] == each[ENTITY]
    return Behind(
        bench.source(step.table), rows.semi_join(each, [same_entity, _moment(rows, step) >= each.reached, inside])
    )
