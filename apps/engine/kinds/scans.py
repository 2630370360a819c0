"""Which rows to go over at once: by month where no period is longer, one scan for each window, else one for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from apps.engine.kinds.bench import Bench
from apps.engine.plan import Planned
from apps.engine.plans.aggregates import window_of
from apps.engine.requests import FileEntry
from apps.kernel.period import Grain, Period, Span


@dataclass(frozen=True)
class Group:
    """Plans that share their scans: same grain, window, split and span of days."""

    grain: Grain
    trailing: int
    split_by: str | None
    first: date | None
    last: date | None
    to_date: Grain | None = None
    whole: bool = False
    """Whether all files are gone over at once, because what that makes is small."""

    @property
    def is_windowed(self) -> bool:
        """Whether a value covers more than its own period, so that each takes a scan of its own."""
        return self.trailing > 1 or self.to_date is not None


@dataclass(frozen=True)
class Scan:
    """A part of the rows of the main data set; `period_start` where the rows are those of one window."""

    files: tuple[FileEntry, ...]
    span: Span
    period_start: date | None = None


def periods_of(plan: Planned | Group, bench: Bench) -> list[Period]:
    """The periods of a plan: those it is limited to, else those that the main data set's days touch."""
    calendar, (first, last) = bench.calendar, bench.days()
    start = calendar.period_of(plan.first or first, plan.grain).start
    return calendar.between(
        start, calendar.period_of(plan.last or last, plan.grain).end - timedelta(days=1), plan.grain
    )


def scans(group: Group, bench: Bench) -> Iterator[Scan]:
    """The scans of a group, none of them without a file; no period is spread over two."""
    calendar, grain = bench.calendar, group.grain
    span = Span(
        calendar.period_of(group.first, grain).start if group.first else date.min,
        calendar.period_of(group.last, grain).end if group.last else date.max,
    )
    if group.is_windowed:
        for period in periods_of(group, bench):
            window = window_of(period, group.trailing, group.to_date, calendar)
            if files := bench.main.within(window):
                yield Scan(files, window, period.start)
    elif grain in (Grain.DAY, Grain.MONTH) and not group.whole:
        for piece in pieces(bench.main.within(span), bench):
            one = one_by_one(grain, bench)
            yield Scan(piece, span, calendar.period_of(piece[0].first_day, grain).start if one else None)
    elif files := bench.main.within(span):
        yield Scan(files, span)


def one_by_one(grain: Grain, bench: Bench) -> bool:
    """Whether each scan of a grain that has no windows is of one period, whose start it says."""
    return grain == Grain.MONTH and bench.piecewise


def pieces(entries: Iterable[FileEntry], bench: Bench) -> list[tuple[FileEntry, ...]]:
    """The files by month, or all at once for an engine that cuts its work itself."""
    by_month = sorted(entries, key=lambda entry: entry.month)
    if not bench.piecewise:
        return [tuple(by_month)] if by_month else []
    return [tuple(of_month) for _, of_month in groupby(by_month, key=lambda entry: entry.month)]
