"""Weights of key results, in percent. Nobody's edit changes another's weight: the sum is told, and mended on demand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

WHOLE = Decimal(100)
DIGITS = 2
_STEPS = 10**DIGITS


def total(weights: Sequence[Decimal]) -> Decimal:
    return sum(weights, Decimal(0))


def is_whole(weights: Sequence[Decimal]) -> bool:
    """Whether they make 100 %; without any there is nothing to make."""
    return not weights or total(weights) == WHOLE


def left(weights: Sequence[Decimal]) -> Decimal:
    """What is left to 100 %, and 0 where they make it or more: what another one is offered."""
    return max(WHOLE - total(weights), Decimal(0))


def evenly(count: int) -> list[Decimal]:
    """100 % in `count` parts that differ by a hundredth at most and make exactly 100; the first ones get what is over.

    3 → 33.34, 33.33, 33.33.
    """
    return _shared([Fraction(1)] * count)


def in_proportion(weights: Sequence[Decimal]) -> list[Decimal]:
    """The same proportions, made to add up to exactly 100 by largest remainder; evenly where all weigh nothing.

    50, 30, 40 → 41.67, 25, 33.33.
    """
    if total(weights) == 0:
        return evenly(len(weights))
    return _shared([Fraction(weight) for weight in weights])


def share(weight: Decimal, weights: Sequence[Decimal]) -> Fraction | None:
    """What a weight counts among `weights`, whatever they add up to; None where all weigh nothing."""
    whole = Fraction(total(weights))
    return Fraction(weight) / whole if whole else None


def _shared(parts: Sequence[Fraction]) -> list[Decimal]:
    if not parts:
        return []
    whole = sum(parts, Fraction(0))
    steps = int(WHOLE) * _STEPS
    exact = [part * steps / whole for part in parts]
    floors = [int(each) for each in exact]
    order = sorted(range(len(parts)), key=lambda at: (floors[at] - exact[at], -parts[at], at))
    for at in order[: steps - sum(floors)]:
        floors[at] += 1
    return [Decimal(each).scaleb(-DIGITS) for each in floors]
