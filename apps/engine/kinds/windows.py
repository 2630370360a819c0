"""Sums and counts over windows of periods: each row is read once, and what the periods come to is added up here."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from apps.engine.compile import PERIOD
from apps.engine.kinds.bench import Bench, Row, Step, as_day
from apps.engine.kinds.partials import Part, Partials
from apps.engine.kinds.scans import Group, Scan, periods_of, scans
from apps.engine.kinds.sizes import check_size
from apps.engine.plan import How
from apps.engine.plans.aggregates import MeasurePlan, window_of
from apps.engine.requests import MeasureRow
from apps.engine.values import EXACT
from apps.kernel.period import Span

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
        self.found: dict[tuple[int, str | None], dict[date, Row]] = {}
        self.counts: Counter[str | None] = Counter()
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
            self.found.setdefault((part.place, part.member), {})[part.start] = part.row
        self.counts.update(self.query.splits.columns[part.place] for part in parts)
        check_size(self.counts)
        return iter(())

    def _part(self, row: Row, scan: Scan) -> Part:
        splits = self.query.splits
        start = scan.period_start or as_day(row.pop(PERIOD))
        return Part(splits.place(row), splits.member(row), start, splits.figures(row))

    def _windows(self) -> Iterator[MeasureRow]:
        self.kept.save()
        calendar, group = self.bench.calendar, self.group
        sums = {whose: _Sliding(rows) for whose, rows in self.found.items()}
        for period in periods_of(group, self.bench):
            window = window_of(period, group.trailing, group.to_date, calendar)
            for whose, sliding in sums.items():
                if row := sliding.over(window):
                    yield from self.query.values(row, period.start, *whose)


class _Sliding:
    """The rows of a member's periods as one row for each window: each column added up, without those that are empty.

    Windows begin and end ever later, so that a period is added once and taken away once.
    """

    def __init__(self, rows: dict[date, Row]) -> None:
        self._ahead = deque(sorted(rows.items()))
        self._inside: deque[tuple[date, Row]] = deque()
        self._totals: dict[str, Any] = {}
        self._known: Counter[str] = Counter()

    def over(self, window: Span) -> Row:
        """What the periods that begin in the window come to; an empty row where there are none."""
        while self._ahead and self._ahead[0][0] < window.end:
            self._inside.append(self._ahead.popleft())
            self._count(self._inside[-1][1], 1)
        while self._inside and self._inside[0][0] < window.start:
            self._count(self._inside.popleft()[1], -1)
        if not self._inside:
            return {}
        return {name: self._totals[name] if self._known[name] else None for name in self._inside[0][1]}

    def _count(self, row: Row, sign: int) -> None:
        totals = self._totals
        for name, value in row.items():
            if value is not None:
                self._known[name] += sign
                total, whole = totals.get(name, 0), isinstance(value, int)
                totals[name] = total + sign * value if whole else EXACT.fma(sign, value, total)
