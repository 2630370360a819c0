"""Which values of a series a forecast may be made from: the newest unbroken run of closed periods of one definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.kernel.issue import N_
from apps.kernel.period import Grain, Period

SEASON: dict[Grain, int] = {
    Grain.DAY: 7, Grain.WEEK: 52, Grain.MONTH: 12, Grain.QUARTER: 4, Grain.HALF: 2, Grain.YEAR: 1,
}  # fmt: skip
"""Periods after which the same time comes again: the week of days, the year of everything longer."""

LEARN = 10
"""Values from which a method is learnt, at least."""
CHECK = 6
"""Further values on which it is checked, at least."""
FLOOR = LEARN + CHECK
MOST = {Grain.DAY: 371, Grain.WEEK: 260, Grain.MONTH: 120, Grain.QUARTER: 60, Grain.HALF: 40, Grain.YEAR: 40}
"""The newest values that are looked at; older ones say little of what comes."""

GAP = N_("%(period)s has no value.")
OTHER_DEFINITION = N_("Until %(period)s another definition was in force.")
MISSING = N_("The period before %(period)s is missing.")


@dataclass(frozen=True)
class Closed:
    """The value of a period that has ended; `version` is the number of the definition that gave it. Not `settled`: its
    data does not reach to its end, or it was computed before that."""

    period: Period
    value: Decimal | None
    version: int
    settled: bool = True


@dataclass(frozen=True)
class History:
    """Consecutive periods, each with a value, all of one definition, oldest first.

    `begins` says why it reaches back no further: a message and the key of the period; "" where there simply is no older
    value, or where older ones are not looked at.
    """

    points: tuple[Closed, ...] = ()
    begins: str = ""
    begins_at: str = ""

    @property
    def values(self) -> list[Decimal]:
        return [point.value for point in self.points if point.value is not None]

    @property
    def missing(self) -> int:
        """How many more closed periods are needed; 0 if there are enough."""
        return max(0, FLOOR - len(self.points))


def usable(points: Sequence[Closed], grain: Grain) -> History:
    """The newest run of `points` (closed periods, oldest first) without a gap, of one definition.

    Periods without a settled value at the very end (not covered yet, or in part) are passed over: ten days of a month
    look like a fall. Any other without a value ends the run.
    """
    rest = list(points)
    while rest and (rest[-1].value is None or not rest[-1].settled):
        rest.pop()
    run: list[Closed] = []
    for point in reversed(rest):
        if run and point.period.end != run[-1].period.start:
            return _run(run, MISSING, run[-1].period.key)
        if point.value is None:
            return _run(run, GAP, point.period.key)
        if run and point.version != run[-1].version:
            return _run(run, OTHER_DEFINITION, point.period.key)
        run.append(point)
        if len(run) == MOST[grain]:
            break
    return _run(run)


def _run(newest_first: list[Closed], message: str = "", period: str = "") -> History:
    return History(tuple(reversed(newest_first)), message, period)
