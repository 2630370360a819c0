"""On which days key results are due to be checked in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta


def due_days(*, every: int, weekday: int, since: date, first: date, last: date) -> Iterator[date]:
    """Each day on which a check-in is due from `first` to `last`, both in it.

    The days lie `every` weeks apart, on `weekday` (0: Monday); the first of them is the first such weekday on or after
    `since`. ValueError unless `every` is 1 or more and `weekday` 0 to 6.
    """
    if every < 1 or not 0 <= weekday <= 6:
        raise ValueError(f"every {every} weeks on weekday {weekday} is no cadence")
    day = since + timedelta(days=(weekday - since.weekday()) % 7)
    step = timedelta(weeks=every)
    if day < first:
        day += step * -(-(first - day).days // step.days)
    while day <= last:
        yield day
        day += step
