"""Effects as they are shown: rounded so that they still add up, with a percentage only where it says something."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

from apps.metrics.domain.arithmetic import rounded

_SMALL = Fraction(5, 100)


def shown(effects: Sequence[Fraction], places: int) -> list[Decimal]:
    """The effects at `places` digits after the point, adding up to their rounded sum (half to even).

    By the largest remainder: each is off by less than 1 in its last digit, and what is exactly 0 stays 0.
    """
    scale = 10**places
    floors = [floor(effect * scale) for effect in effects]
    target = int(rounded(sum(effects, Fraction(0)), places).scaleb(places))
    remainders = [effect * scale - low for effect, low in zip(effects, floors, strict=True)]
    first = sorted(range(len(effects)), key=lambda at: (-remainders[at], at))
    for at in first[: target - sum(floors)]:
        floors[at] += 1
    return [Decimal(units).scaleb(-places) for units in floors]


def shares_say_something(before: Fraction, after: Fraction, effects: Sequence[Fraction]) -> bool:
    """Whether effects may be shown as percentages of the change.

    Not if the value changed its sign, nor if effects mostly offset each other (it moved by less than 5 % of their sum).
    """
    change = abs(after - before)
    moved = sum((abs(effect) for effect in effects), Fraction(0))
    return before * after >= 0 and change > 0 and change >= _SMALL * moved
