"""Effects as they are shown: rounded so that they still add up, with a percentage only where it says something."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import floor

_SMALL = Fraction(5, 100)
_WIDE = Context(prec=60)


def half_up(exact: Fraction, places: int) -> Decimal:
    """A number at `places` digits after the point, half away from zero, as every page rounds."""
    units = floor(abs(exact) * 10**places + Fraction(1, 2))
    return Decimal(-units if exact < 0 else units).scaleb(-places, _WIDE)


def dealt(effects: Sequence[Fraction], total: Decimal, places: int) -> list[Decimal]:
    """The effects at `places` digits, adding up to `total`: by the largest remainder; what is exactly 0 comes last."""
    scale = 10**places
    units = [floor(effect * scale) for effect in effects]
    left = int(total.scaleb(places, _WIDE)) - sum(units)
    remainders = [effect * scale - low for effect, low in zip(effects, units, strict=True)]
    order = sorted(range(len(effects)), key=lambda at: (effects[at] == 0, -remainders[at], at))
    if left < 0:
        order = sorted(range(len(effects)), key=lambda at: (effects[at] == 0, remainders[at], at))
    for turn in range(abs(left) if order else 0):
        units[order[turn % len(order)]] += 1 if left > 0 else -1
    return [Decimal(each).scaleb(-places, _WIDE) for each in units]


def shares_say_something(before: Fraction, after: Fraction, effects: Sequence[Fraction]) -> bool:
    """Whether effects may be shown as percentages of the change.

    Not if the value changed its sign, nor if effects mostly offset each other (it moved by less than 5 % of their sum).
    """
    change = abs(after - before)
    moved = sum((abs(effect) for effect in effects), Fraction(0))
    return before * after >= 0 and change > 0 and change >= _SMALL * moved
