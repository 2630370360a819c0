"""How far a key result and an objective should be by a day, and how they stand against that.

`elapsed` is the share of the cycle's time that is over, 0 to 1: by days (`domain.cycles.elapsed`), or by a shape of
`targets.domain`. What has a way to go should have gone that share of it. What is to be kept (above, below, in a range)
should be kept all the time: 1. Done or not is due on the last day: nothing before. Steps with days of their own are due
on those days; without, by the share of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from apps.goals.domain.progress import ONE, ZERO, Figure, Kind

ON_TRACK_FROM = Fraction(95, 100)
LAGGING_FROM = Fraction(75, 100)


class Standing(StrEnum):
    """Half-open bands of progress by pace: on track from 0.95, lagging from 0.75, else at risk; none before any is due.

    UpRaise's bands. Viva's `p >= elapsed` would call 0.499 at half-time late.
    """

    ON_TRACK = "on_track"
    LAGGING = "lagging"
    AT_RISK = "at_risk"
    NONE = "none"


@dataclass(frozen=True)
class Step:
    """A step of a key result: what it weighs, and the day it is due, if it has one."""

    weight: Figure
    due: date | None = None


def expected(kind: Kind, elapsed: Fraction, *, on: date, steps: Sequence[Step] = ()) -> Fraction:
    """The share that a key result should have by the day `on`."""
    match kind:
        case Kind.ABOVE | Kind.BELOW | Kind.RANGE:
            return ONE
        case Kind.BINARY:
            return ONE if elapsed >= 1 else ZERO
        case Kind.MILESTONES if steps and all(step.due is not None for step in steps):
            return _due(steps, on)
        case _:
            return elapsed


def _due(steps: Sequence[Step], on: date) -> Fraction:
    whole = sum((Fraction(step.weight) for step in steps), ZERO)
    due = sum((Fraction(step.weight) for step in steps if step.due is not None and step.due <= on), ZERO)
    return due / whole if whole else ZERO


def standing(progress: Fraction | None, expected: Fraction | None) -> Standing:
    """The band that a progress falls into; none without one, and as long as nothing is due."""
    if progress is None or expected is None or expected <= 0:
        return Standing.NONE
    if progress >= ON_TRACK_FROM * expected:
        return Standing.ON_TRACK
    return Standing.LAGGING if progress >= LAGGING_FROM * expected else Standing.AT_RISK


def expected_of(parts: Iterable[tuple[Figure, Fraction]]) -> Fraction | None:
    """What an objective should have by now: the weighted mean of what its parts should have; None without any."""
    told = [(Fraction(weight), due) for weight, due in parts]
    whole = sum((weight for weight, _due in told), ZERO)
    return sum((weight * due for weight, due in told), ZERO) / whole if whole else None
