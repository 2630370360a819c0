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
from apps.engine.kinds.bench import BOOKED, Bench, Step, Task, as_day
from apps.engine.kinds.entities import known
from apps.engine.kinds.optimist import STRAYS, Optimist
from apps.engine.kinds.scans import Group, Scan, one_by_one, scans
from apps.engine.plans.repeats import RepeatPlan
from apps.engine.requests import MeasureRow, Rows
from apps.engine.values import cell_text
from apps.kernel.period import Span

ENTITY, BY, N, AT, AFTER = "_entity", "_member", "_n", "_at", "_after"
LATEST, FOLLOWED = "_latest", "_followed"
"""Columns of our own beside those of the rows: no column of a data set begins like that."""


def tasks(plans: list[RepeatPlan], bench: Bench) -> Iterator[Task]:
    """One task for each plan."""
    for plan in plans:
        query = _Query(plan, bench)
        group = Group(plan.grain, 1, plan.split_by, plan.first, plan.last)
        steps = tuple(Step(partial(query.run, scan)) for scan in scans(group, bench))
        yield Task(query.sql, steps)


class _Query:
    """The query of a plan over the rows that are booked in a scan, and those that may follow them."""

    def __init__(self, plan: RepeatPlan, bench: Bench) -> None:
        self.plan, self.bench = plan, bench
        quick = ""
        if plan.moment is not None and not plan.ties and bench.piecewise:
            quick = to_sql(_quick_counts(plan, plan.moment, bench))
        self._optimist = Optimist(quick, self._sure, bench)
        self.sql = {plan.id: self._optimist.sql}

    def _sure(self) -> str:
        return to_sql(counts(self.plan, self.bench, _steps_over_ties(self.plan, self.bench)))

    def run(self, scan: Scan) -> Iterator[MeasureRow]:
        """The values of a scan."""
        plan = self.plan
        first, last = self.bench.days(scan.files)
        _open(plan, self.bench, Span(max(first, scan.span.start), min(last + timedelta(days=1), scan.span.end)))
        for row in self._optimist.ask():
            if n := int(row["n"] or 0):
                member = cell_text(row[MEMBER]) if plan.split_by else None
                start = scan.period_start or as_day(row[PERIOD])
                yield MeasureRow(plan.id, start, member, Decimal(int(row["hits"] or 0)), Decimal(n), n)
        self.sql[plan.id] = self._optimist.sql


def _open(plan: RepeatPlan, bench: Bench, booked: Span) -> None:
    """Open the rows that are booked and those that may follow them."""
    seen = Span(booked.start, booked.end + timedelta(days=plan.lookahead.days))
    bench.open(bench.main, bench.main.within(seen), seen)
    bench.mark(bench.main, booked)


def _steps_over_ties(plan: RepeatPlan, bench: Bench) -> bool:
    """Whether the engine finds the next row that does not tie, and every row that is open has a moment to tie with."""
    if plan.moment is None or plan.ties or not bench.piecewise:
        return False
    rows = _rows(plan, bench)
    return not any(True for _ in bench.ask(to_sql(rows.filter(rows[plan.moment].isnull()).select("_row").limit(1))))


def counts(plan: RepeatPlan, bench: Bench, steps_over_ties: bool) -> Expr:
    """By period (and member): rows, and those that are followed."""
    rows = _rows(plan, bench)
    keys: dict[str, Any] = {BY: rows[plan.split_by]} if plan.split_by else {}
    if plan.moment is None and not plan.ties:
        each = rows.group_by(**{ENTITY: rows[plan.entity]}, d=rows.d, **{BOOKED: rows[BOOKED]}, **keys)
        each = followed(each.aggregate(**{N: rows.count()}), plan, alone=not keys)
    else:
        each = rows.mutate(**{ENTITY: rows[plan.entity], **keys})
        each = followed_at_once(each, plan) if steps_over_ties else followed(each, plan)
    each = each.filter(each[BOOKED])
    figures = {"n": each.count(), "hits": each.count(where=each[FOLLOWED])}
    if N in each.columns:
        figures = {"n": each[N].sum(), "hits": each[N].sum(where=each[FOLLOWED])}
    return _by_period(each, each.d, plan, bench).aggregate(**figures)


def _quick_counts(plan: RepeatPlan, moment: str, bench: Bench) -> Expr:
    """The same, and how many rows tie with another one, have no moment, or one of another day than theirs: if there is
    none, the next row by moment is the next one by day and moment, and moments alone are sorted."""
    rows = _rows(plan, bench)
    own = ibis.ifelse(rows[moment].date() == rows.d, rows[moment], ibis.null(dt.Timestamp()))
    keys = {BY: rows[plan.split_by]} if plan.split_by else {}
    rows = rows.select(**{ENTITY: rows[plan.entity], AT: own, BOOKED: rows[BOOKED]}, **keys)
    each = rows.mutate(**{AFTER: rows[AT].lead().over(ibis.window(group_by=ENTITY, order_by=rows[AT]))})
    near = (each[AFTER].date().delta(each[AT].date(), unit="day") < plan.within_days).fill_null(False)
    return _by_period(each, each[AT].date(), plan, bench).aggregate(
        n=each.count(where=each[BOOKED]),
        hits=each.count(where=each[BOOKED] & near),
        **{STRAYS: each.count(where=each[AT].isnull() | (each[AFTER] == each[AT]))},
    )


def _by_period(each: Expr, day: Expr, plan: RepeatPlan, bench: Bench) -> Expr:
    """Rows by period, unless a scan is of one, and by member."""
    alone = one_by_one(plan.grain, bench)
    keys = ({} if alone else {PERIOD: period_start(day, plan.grain, bench.calendar)}) | (
        {MEMBER: each[BY]} if plan.split_by else {}
    )
    return each.group_by(**keys) if keys else each


def _rows(plan: RepeatPlan, bench: Bench) -> Expr:
    return known(bench.main.marked(), plan.entity, [plan.where])


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
    found = followed(rows.mutate(**{ENTITY: rows[plan.entity]}), plan)
    found = found.filter(found[BOOKED])
    if request.side == "numerator":
        found = found.filter(found[FOLLOWED])
    if plan.split_by and request.member is not None:
        found = found.filter(is_member(found[plan.split_by], request.member, bench.main.types[plan.split_by]))
    return Behind(bench.main, found)
