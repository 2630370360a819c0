"""To which day the values of one member of a dimension reach, such as those of a store that uploads by itself.

A day without a value of a store may be one on which it was closed, or one of which nobody knows yet. Where every other
store has Tuesday, only the past tells: one that has been closed on Sundays made nothing last Sunday; one that always
had Tuesdays has not uploaded yet, and is judged by what it had before.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

WEEKS = 4
"""So many former weeks tell whether somebody is usually there on a day of the week."""
LEAST_WEEKS = 2
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def reaches_to(own: date, whole: date, *, had: Collection[date], all_had: Collection[date]) -> date:
    """The last day that is known of a member whose newest value is of `own`, where the total reaches to `whole`.

    `had` and `all_had` are the days of the weeks before of which the member and the total have a value. A day after
    `own` counts as closed where the total has none itself, or where on most of the same days of the four weeks before
    (of two at least) on which the total had a value the member had none. The first day that does not ends it.
    """
    at = own
    while at < whole:
        day = at + _DAY
        if day in all_had and not _usually_closed(day, had, all_had):
            break
        at = day
    return at


def _usually_closed(day: date, had: Collection[date], all_had: Collection[date]) -> bool:
    same = [before for n in range(1, WEEKS + 1) if (before := day - n * _WEEK) in all_had]
    return len(same) >= LEAST_WEEKS and 2 * sum(before not in had for before in same) > len(same)
