"""Curves of retention and steps of funnels, from the cells that are kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.metrics.domain.arithmetic import rounded


@dataclass(frozen=True)
class Kept:
    """What one cohort kept at one interval; `closed` once nothing can change it any more."""

    kept: Decimal | None
    size: Decimal | None
    closed: bool


@dataclass(frozen=True)
class Pooled:
    """What the closed cohorts kept together: all kept over all sizes, and how many cohorts that were."""

    share: Decimal | None
    cohorts: int


def pooled(cells: Iterable[Kept]) -> Pooled:
    """All that closed cohorts kept, divided once by all their sizes; an open cohort is left out, never taken as low."""
    closed = [(cell.kept, cell.size) for cell in cells if cell.closed and cell.kept is not None and cell.size]
    if not closed:
        return Pooled(None, 0)
    kept, size = sum((kept for kept, _ in closed), Decimal(0)), sum((size or 0 for _, size in closed), Decimal(0))
    return Pooled(rounded(Fraction(kept) / Fraction(size)), len(closed))


@dataclass(frozen=True)
class StepFigures:
    """A step of a funnel: how many reached it, its shares of the first step and of the one before, and how many were
    lost on the way to it. Shares are None where there is nothing to divide by, or for the first step."""

    reached: Decimal
    of_first: Decimal | None
    of_before: Decimal | None
    lost: Decimal | None


def steps_from(reached: Sequence[Decimal]) -> list[StepFigures]:
    """The figures of each step from how many reached it."""
    found = []
    for at, number in enumerate(reached):
        before = reached[at - 1] if at else None
        found.append(
            StepFigures(
                reached=number,
                of_first=_share(number, reached[0]) if at else None,
                of_before=_share(number, before),
                lost=None if before is None else before - number,
            )
        )
    return found


def _share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    return rounded(Fraction(part) / Fraction(whole)) if whole else None
