"""Notice that a figure a run was calculated from is another one by now.

Changes of who takes part mark a run stale by a trigger, in their own transaction. Values and targets belong to other
rooms: they are compared when something is new (`look_again`, in a worker), and once more before a run is submitted,
approved or locked.
"""

from __future__ import annotations

from fractions import Fraction

from apps.incentives.domain.attainment import Reading
from apps.incentives.models import Run, RunReading
from apps.incentives.selectors import moved_earlier
from apps.incentives.services.figures import read_figures
from apps.incentives.services.freezing import reading_of
from apps.kernel.issue import N_

FIGURE_MOVED = N_("A figure that the run reads is another one by now.")
TARGET_MOVED = N_("A target that the run reads is another one by now.")

YEAR_MOVED = N_("What was posted for earlier periods of the year is another sum by now.")

Place = tuple[str, str]


def moved_figures(run: Run, *, targets: bool = True) -> dict[Place, tuple[Reading, Reading]]:
    """The readings of a calculated run that would be others now, with both. Seven queries."""
    kept = {(row.key, row.team): reading_of(row.document) for row in readings(run)}
    now = read_figures(run, run.version.terms, sorted({team for _key, team in kept if team}))
    empty = Reading()
    found = {}
    for place in sorted({*kept, *now}):
        before = kept.get(place, empty)
        after = now[place].reading if place in now else empty
        if _figures(before, targets) != _figures(after, targets):
            found[place] = (before, after)
    return found


def readings(run: Run) -> list[RunReading]:
    """What the present revision read. One query."""
    return list(RunReading.objects.filter(run=run, revision=run.revision))


def _figures(reading: Reading, targets: bool) -> tuple[Fraction | int | None, ...]:
    aims = (reading.target, reading.start, reading.low, reading.high, reading.tolerance) if targets else ()
    return (reading.actual, reading.inside, reading.due, *aims)


def refresh_staleness(run: Run) -> bool:
    """Mark a held run stale if a value, a target or what it is net of moved since; whether it is stale."""
    if not run.stale and moved_earlier(run):
        run.stale, run.stale_because = True, YEAR_MOVED
        run.save(update_fields=["stale", "stale_because"])
    if not run.stale and run.revision:
        moved = moved_figures(run, targets=run.corrects_id is None)
        if moved:
            by_target = all(before.actual == after.actual for before, after in moved.values())
            run.stale, run.stale_because = True, TARGET_MOVED if by_target else FIGURE_MOVED
            run.save(update_fields=["stale", "stale_because"])
    return run.stale


SAID_BY_TRIGGERS = (
    N_("Who takes part was changed."),
    N_("What is in a pool was changed."),
    N_("A rate was changed."),
    N_("An amount was added or taken back by hand."),
    N_("It was decided anew what counts for a missing value."),
)
"""Why a run is stale, as the database writes it (`migrations/0003_guards.py`); here for their translation."""
