"""Sums, counts and ratios: all plans of equal grain, window, split and span in one query a scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from apps.engine.compile import PERIOD, Expr, Measures, aggregate, all_of, to_sql, value_of
from apps.engine.kinds.behind import Behind, is_member, no_such_side
from apps.engine.kinds.bench import Bench, Row, Step, Task, as_day
from apps.engine.kinds.folds import Fold, folds
from apps.engine.kinds.scans import Group, Scan, one_by_one, scans
from apps.engine.kinds.splits import Splits, fit_together
from apps.engine.kinds.windows import Windows, adds_up, period_by_period
from apps.engine.plan import RATIOS, Aggregation, How
from apps.engine.plans.aggregates import MeasurePlan
from apps.engine.requests import MeasureRow, Rows
from apps.engine.values import EXACT
from apps.kernel.numbers import plain
from apps.kernel.period import Span

_HALF = Decimal("0.5")


LIGHT = frozenset({How.SUM, How.AVG, How.MIN, How.MAX})
"""What takes less to put together than to read, so that rows are worth laying aside for several splits."""

SMALL = LIGHT | {How.COUNT, How.NPS}
"""What keeps a number or two of each member, so that several splits are worth one query: each starts a scan of all
files of its own otherwise."""


def tasks(plans: list[MeasurePlan], bench: Bench) -> Iterator[Task]:
    """One task for each group of plans that share their scans."""
    for (group, added_up), members in _groups(plans, bench).items():
        query = Query(members, period_by_period(group, bench) if added_up else group, bench)
        steps = Windows(query, group, bench).steps() if added_up else query.steps(group)
        yield Task(dict.fromkeys((plan.id for plan in members), query.sql), tuple(steps))


def _groups(plans: list[MeasurePlan], bench: Bench) -> dict[tuple[Group, bool], list[MeasurePlan]]:
    """Plans of equal grain, window, split and span; and those groups that are the same by several columns."""
    groups: dict[tuple[Group, bool], list[MeasurePlan]] = {}
    for plan in plans:
        whole = folds(plan, bench)
        group = Group(plan.grain, plan.trailing, plan.split_by, plan.first, plan.last, plan.to_date, whole)
        added_up = adds_up(plan) and not bench.main.window  # then members are those of the window's end
        groups.setdefault((group, added_up), []).append(plan)
    alike: dict[object, list[tuple[Group, bool]]] = {}
    for key, members in groups.items():
        sides = frozenset(side for plan in members for side in plan.sides())
        small = {side.how for side in sides} <= SMALL
        alike.setdefault((replace(key[0], split_by=None), key[1], sides) if small else key, []).append(key)
    for several in alike.values():
        first, *others = several
        group, added_up = first
        if others and fit_together(period_by_period(group, bench) if added_up else group, bench):
            for other in others:
                groups[first] += groups.pop(other)
    return groups


class Query:
    """The one query of a group, compiled once and run over each of its scans."""

    def __init__(self, plans: list[MeasurePlan], group: Group, bench: Bench) -> None:
        self.bench, self._fold = bench, Fold(bench) if group.whole else None
        self._source = self._fold.source if self._fold else bench.main
        measures = Measures(self._source.rows(), self._source.types)
        self.splits = Splits(plan.split_by for plan in plans)
        self.plans = [
            (
                plan,
                self.splits.columns.index(plan.split_by),
                measures.matched(plan.sides()),
                [(side, measures.matched([side]), measures.values(side)) for side in plan.sides()],
            )
            for plan in plans
        ]
        by_month = one_by_one(group.grain, bench) and not group.whole
        grain = None if group.is_windowed or by_month else group.grain
        light = any(side.how in LIGHT for plan in plans for side in plan.sides())
        self._aside = light and self.splits.are_several
        together = self._fold.aggregate if self._fold else aggregate
        parts = [together(measures, grain, column, bench.calendar) for column in self.splits.columns]
        self.sql = to_sql(self.splits.stacked(parts))

    def steps(self, group: Group) -> Iterator[Step]:
        """A step for each scan, and one that tells what had no rate."""
        for scan in scans(group, self.bench):
            yield Step(partial(self.run, scan))
        yield from self.last()

    def last(self) -> Iterator[Step]:
        """What there is to tell when all scans are done."""
        if self._fold:
            yield Step(partial(self._fold.unpriced, [plan for plan, *_ in self.plans]))

    def ask(self, scan: Scan) -> Iterator[Row]:
        """The answers over one scan."""
        rows = self.bench.ask_of(self._source, scan.files, scan.span, self.sql, aside=self._aside)
        return self._fold.checked(rows) if self._fold else rows

    def run(self, scan: Scan) -> Iterator[MeasureRow]:
        """The values of every plan over one scan."""
        for row in self.ask(scan):
            start = scan.period_start or as_day(row[PERIOD])
            yield from self.values(row, start, self.splits.place(row), self.splits.member(row))

    def values(self, row: Row, start: date, place: int, member: str | None) -> Iterator[MeasureRow]:
        """The values of every plan of a split from a row of its answers."""
        for plan, own, matched, sides in self.plans:
            if own != place or not row[matched]:
                continue
            values = [
                value for side, rows, names in sides for value in _values(side, row[rows], [row[n] for n in names])
            ]
            numerator, denominator = (*values, None)[:2]
            yield MeasureRow(plan.id, start, member, numerator, denominator, row[matched])


def _values(side: Aggregation, rows: int, values: list[Any]) -> list[Decimal | None]:
    """What the columns of a side mean: one value, or for an average sum and count."""
    if side.how == How.MEDIAN:
        return [None if None in values else plain(EXACT.multiply(EXACT.add(*map(Decimal, values)), _HALF))]
    if side.how == How.NPS and rows and not values[1]:
        return [None, Decimal(0)]
    if side.how == How.SUM and not rows:
        return [Decimal(0)]
    return [None if value is None else plain(Decimal(value)) for value in values]


def behind(request: Rows, bench: Bench) -> Behind:
    """The rows of a side's conditions, with a value that counts, of the member, from the window of the period asked
    for. An average and a net promoter score have the same rows on both sides."""
    plan = request.plan
    assert isinstance(plan, MeasurePlan)  # noqa: S101 - dispatched by type
    side = {"numerator": plan.numerator, "denominator": plan.denominator}.get(request.side)
    if side is None and plan.numerator.how in RATIOS:
        side = plan.numerator
    if side is None:
        raise no_such_side()
    span = Span(*request.period)
    if plan.to_date is not None:
        span = Span(bench.calendar.period_of(span.start, plan.to_date).start, span.end)
    bench.open(bench.main, bench.main.within(span), span)
    rows, types = bench.main.rows(), bench.main.types
    wanted = [all_of(rows, side.where, types), _counts(rows, side)]
    if plan.split_by is not None and request.member is not None:
        wanted.append(is_member(rows[plan.split_by], request.member, types[plan.split_by]))
    conditions = [condition for condition in wanted if condition is not None]
    return Behind(bench.main, rows.filter(*conditions) if conditions else rows)


def _counts(rows: Expr, side: Aggregation) -> Expr | None:
    """Whether a row has a value that counts for the side; None where every row does."""
    value = value_of(rows, side)
    if value is None:
        return None
    return value.between(0, 10) if side.how == How.NPS else value.notnull()
