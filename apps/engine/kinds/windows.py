"""Sums and counts over windows of periods: each row is read once, and what the periods come to is added up here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from apps.engine.compile import MEMBER, PERIOD
from apps.engine.kinds.bench import Bench, Row, Step, as_day
from apps.engine.kinds.partials import Part, Partials
from apps.engine.kinds.scans import Group, Scan, periods_of, scans
from apps.engine.kinds.sizes import check_size
from apps.engine.plan import How
from apps.engine.plans.aggregates import MeasurePlan, window_of
from apps.engine.requests import MeasureRow
from apps.engine.values import EXACT, cell_text

if TYPE_CHECKING:
    from apps.engine.kinds.aggregates import Query

ADDED_UP = frozenset({How.SUM, How.COUNT, How.AVG, How.NPS})
"""What of several periods together is the sum of what it is of each: sums, counts, and pairs of them."""


def adds_up(plan: MeasurePlan) -> bool:
    """Whether the value of a window follows from those of its periods, which it always holds whole."""
    return plan.is_windowed and all(side.how in ADDED_UP for side in plan.sides())


def period_by_period(group: Group, bench: Bench) -> Group:
    """The group of the periods that the windows of a windowed group are made of."""
    first = group.first
    if first is not None:
        period = bench.calendar.period_of(first, group.grain)
        first = window_of(period, group.trailing, group.to_date, bench.calendar).start
    return replace(group, trailing=1, to_date=None, first=first)


class Windows:
    """The answers of a query by period, gathered, and the values of the windows."""

    def __init__(self, query: Query, group: Group, bench: Bench) -> None:
        self.query, self.group, self.bench = query, group, bench
        self.found: dict[str | None, dict[date, Row]] = {}
        self.count = 0
        self.kept = Partials((query.sql, group.grain, bench.calendar), bench)

    def steps(self) -> Iterator[Step]:
        """A step for each scan, and one that adds up."""
        for scan in scans(period_by_period(self.group, self.bench), self.bench):
            yield Step(partial(self._gather, scan))
        yield Step(self._windows)
        yield from self.query.last()

    def _gather(self, scan: Scan) -> Iterator[MeasureRow]:
        parts = None if self.group.whole else self.kept.find(scan)
        if parts is None:
            parts = [self._part(row, scan) for row in self.query.ask(scan)]
            if not self.group.whole:
                self.kept.add(scan, parts)
        for part in parts:
            self.found.setdefault(part.member, {})[part.start] = part.row
        self.count += len(parts)
        check_size(self.count, self.group.split_by)
        return iter(())

    def _part(self, row: Row, scan: Scan) -> Part:
        member = cell_text(row[MEMBER]) if self.query.split else None
        values = {name: value for name, value in row.items() if name not in (PERIOD, MEMBER)}
        return Part(member, scan.period_start or as_day(row[PERIOD]), values)

    def _windows(self) -> Iterator[MeasureRow]:
        self.kept.save()
        calendar, group = self.bench.calendar, self.group
        for period in periods_of(group, self.bench):
            window = window_of(period, group.trailing, group.to_date, calendar)
            for member, rows in self.found.items():
                inside = [row for start, row in rows.items() if window.start <= start < window.end]
                if inside:
                    yield from self.query.values(_sum(inside), period.start, member)


def _sum(rows: list[Row]) -> Row:
    """The rows of several periods as one: each column added up, without those that are empty."""
    return {name: _total([row[name] for row in rows]) for name in rows[0]}


def _total(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    if all(isinstance(value, int) for value in known):
        return sum(known)
    total = Decimal(0)
    for value in known:
        total = EXACT.add(total, Decimal(value))
    return total
