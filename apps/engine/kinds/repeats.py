"""Rows that another row of their entity follows: by month where no period is longer, each month with the days after it
that can still matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import MEMBER, PERIOD, Expr, period_start, to_sql
from apps.engine.duck_sql import of_next
from apps.engine.kinds.behind import Behind, is_member
from apps.engine.kinds.bench import SPAN, Bench, Step, Task, as_day
from apps.engine.kinds.entities import WINDOW, known
from apps.engine.kinds.scans import Group, Scan, scans
from apps.engine.plans.repeats import RepeatPlan
from apps.engine.requests import MeasureRow, Rows
from apps.engine.values import cell_text
from apps.kernel.period import Span

ENTITY, BY, N, AFTER, LATEST, FOLLOWED = "_entity", "_member", "_n", "_after", "_latest", "_followed"
"""Columns of our own beside those of the rows: no column of a data set begins like that."""


def tasks(plans: list[RepeatPlan], bench: Bench) -> Iterator[Task]:
    """One task for each plan."""
    for plan in plans:
        sql = to_sql(counts(plan, bench, _steps_over_ties(plan, bench)))
        group = Group(plan.grain, 1, plan.split_by, plan.first, plan.last)
        steps = tuple(Step(partial(_run, plan, sql, scan, bench)) for scan in scans(group, bench))
        yield Task({plan.id: sql}, steps, plan.split_by)


def _run(plan: RepeatPlan, sql: str, scan: Scan, bench: Bench) -> Iterator[MeasureRow]:
    first, last = bench.days(scan.files)
    booked = Span(max(first, scan.span.start), min(last + timedelta(days=1), scan.span.end))
    _open(plan, bench, booked)
    for row in bench.ask(sql):
        member = cell_text(row[MEMBER]) if plan.split_by else None
        hits, n = int(row["hits"] or 0), int(row["n"])
        yield MeasureRow(plan.id, as_day(row[PERIOD]), member, Decimal(hits), Decimal(n), n)


def _open(plan: RepeatPlan, bench: Bench, booked: Span) -> None:
    """Open the rows that are booked and those that may follow them."""
    seen = Span(booked.start, booked.end + timedelta(days=plan.lookahead.days))
    bench.open(bench.main, bench.main.within(seen), seen)
    bench.open_span(WINDOW, booked)


def _steps_over_ties(plan: RepeatPlan, bench: Bench) -> bool:
    """Whether the engine finds the next row that does not tie, and every row has a moment to tie with."""
    if plan.moment is None or plan.ties or not bench.piecewise:
        return False
    rows = _rows(plan, bench)
    bench.open(bench.main, bench.main.files)
    return not any(True for _ in bench.ask(to_sql(rows.filter(rows[plan.moment].isnull()).select("_row").limit(1))))


def counts(plan: RepeatPlan, bench: Bench, steps_over_ties: bool) -> Expr:
    """By period (and member): rows, and those that are followed."""
    rows = _rows(plan, bench)
    keys: dict[str, Any] = {BY: rows[plan.split_by]} if plan.split_by else {}
    if plan.moment is None and not plan.ties:
        each = rows.group_by(**{ENTITY: rows[plan.entity]}, d=rows.d, **keys).aggregate(**{N: rows.count()})
        each = followed(each, plan, alone=not keys)
    else:
        each = rows.mutate(**{ENTITY: rows[plan.entity], **keys})
        each = followed_at_once(each, plan) if steps_over_ties else followed(each, plan)
    each = _booked(each)
    periods = {PERIOD: period_start(each.d, plan.grain, bench.calendar)}
    members = {MEMBER: each[BY]} if keys else {}
    figures = {"n": each.count(), "hits": each.count(where=each[FOLLOWED])}
    if N in each.columns:
        figures = {"n": each[N].sum(), "hits": each[N].sum(where=each[FOLLOWED])}
    return each.group_by(**periods, **members).aggregate(**figures)


def _rows(plan: RepeatPlan, bench: Bench) -> Expr:
    return known(bench.main, plan.entity, [plan.where])


def _booked(rows: Expr) -> Expr:
    """Those on the days of the span that is open."""
    rows = rows.cross_join(ibis.table(dict.fromkeys(SPAN, dt.Date()), name=WINDOW))
    return rows.filter((rows.d >= rows[SPAN[0]]) & (rows.d < rows[SPAN[1]])).drop(*SPAN)


def followed(rows: Expr, plan: RepeatPlan, *, alone: bool = False) -> Expr:
    """Rows with entity and `d`, and whether another one follows each. `alone`: no two are of one entity and day.

    The next row by day is of the same day for all but one row of a day: the latest of what comes next is the next day.
    """
    if plan.ties:
        order = [rows.d, *([rows[plan.moment].notnull(), rows[plan.moment]] if plan.moment else [])]
        w = ibis.window(group_by=ENTITY, order_by=[*order, rows["_upload"], rows["_row"]])
        after = rows.mutate(**{AFTER: rows.d.lead().over(w)})
        return after.mutate(**{FOLLOWED: _within(after, plan)})
    after = rows.mutate(**{AFTER: rows.d.lead().over(ibis.window(group_by=ENTITY, order_by=rows.d))})
    if alone:
        return after.mutate(**{FOLLOWED: _within(after, plan)})
    of_day = ibis.window(group_by=[ENTITY, "d"])
    after = after.mutate(**{AFTER: after[AFTER].max().over(of_day)})
    later = _within(after, plan) & (after[AFTER] > after.d).fill_null(False)
    if plan.moment is not None:
        after = after.mutate(**{LATEST: after[plan.moment].max().over(of_day)})
        later = later | (after[plan.moment] < after[LATEST]).fill_null(False)
    return after.mutate(**{FOLLOWED: later})


def followed_at_once(rows: Expr, plan: RepeatPlan) -> Expr:
    """The same in one window, for rows that all have a moment."""
    after = rows.mutate(**{AFTER: of_next(rows.d, ENTITY, [rows.d, rows[plan.moment]])})
    return after.mutate(**{FOLLOWED: _within(after, plan)})


def _within(rows: Expr, plan: RepeatPlan) -> Expr:
    return (rows[AFTER].delta(rows.d, unit="day") < plan.within_days).fill_null(False)


def behind(request: Rows, bench: Bench) -> Behind:
    """The rows that count in the period, or those of them that are followed."""
    plan = request.plan
    assert isinstance(plan, RepeatPlan)  # noqa: S101 - dispatched by type
    _open(plan, bench, Span(*request.period))
    rows = _rows(plan, bench)
    found = _booked(followed(rows.mutate(**{ENTITY: rows[plan.entity]}), plan))
    if request.side == "numerator":
        found = found.filter(found[FOLLOWED])
    if plan.split_by and request.member is not None:
        found = found.filter(is_member(found[plan.split_by], request.member, bench.main.types[plan.split_by]))
    return Behind(bench.main, found)
