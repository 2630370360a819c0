"""How far a key result and an objective have come. Progress is computed here and nowhere else.

All of it is exact: figures come in as Decimal, shares go out as Fraction, 1 being all of the way. Nothing is cut to
whole digits on the way. A share may be negative (further away than at the start) and above 1 (overshot); how that
counts for the objective is said by `Rollup`. None means that nothing can be said, and never 0.

Sources of the formulas: `p = (current − start) / (goal − start)` in both directions as Quantive publishes it; at a
bound is within it; share of due check-ins, a missed one a miss, as Profit.co publishes it (9 of 13 → 69.23 %); a
distance falls off linearly over the tolerance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

ZERO, ONE = Fraction(0), Fraction(1)
Figure = Decimal | Fraction | int


class Kind(StrEnum):
    """How a key result says how far it is."""

    REACH = "reach"
    ABOVE = "above"
    BELOW = "below"
    RANGE = "range"
    BINARY = "binary"
    MILESTONES = "milestones"
    OPEN_BASELINE = "open_baseline"


class RangeRule(StrEnum):
    """How staying in a range is counted."""

    BINARY = "binary"
    CHECKINS = "checkins"
    DISTANCE = "distance"


class Rollup(StrEnum):
    """What of a key result's share counts for its objective."""

    CLAMPED = "clamped"
    FLOOR = "floor"
    RAW = "raw"


def reach(start: Figure, goal: Figure, value: Figure) -> Fraction:
    """The share of the way from `start` to `goal`, up or down; ValueError if they are equal: there is no way to go."""
    way = Fraction(goal) - Fraction(start)
    if way == 0:
        raise ValueError("start and goal are equal: there is nothing to reach")
    return (Fraction(value) - Fraction(start)) / way


def above(low: Figure, value: Figure) -> Fraction:
    """1 at `low` or above it, otherwise 0."""
    return ONE if Fraction(value) >= Fraction(low) else ZERO


def below(high: Figure, value: Figure) -> Fraction:
    """1 at `high` or below it, otherwise 0."""
    return ONE if Fraction(value) <= Fraction(high) else ZERO


def within(low: Figure, high: Figure, value: Figure) -> Fraction:
    """1 from `low` to `high`, both in it, otherwise 0."""
    return ONE if Fraction(low) <= Fraction(value) <= Fraction(high) else ZERO


def distance(low: Figure, high: Figure, tolerance: Figure, value: Figure) -> Fraction:
    """1 within the range; outside it falls to 0 over `tolerance`, which is above 0 (ValueError)."""
    if Fraction(tolerance) <= 0:
        raise ValueError("a tolerance is more than 0")
    outside = max(Fraction(low) - Fraction(value), Fraction(value) - Fraction(high), ZERO)
    return max(ZERO, ONE - outside / Fraction(tolerance))


def share_in_range(low: Figure, high: Figure, checked: Iterable[Figure | None]) -> Fraction | None:
    """How many of the due check-ins were in the range; one that was missed (None) is a miss. None if none was due."""
    good = [value is not None and within(low, high, value) == ONE for value in checked]
    return Fraction(sum(good), len(good)) if good else None


def milestones(steps: Iterable[tuple[Figure, bool]]) -> Fraction | None:
    """The weight of what is done by the weight of all; None without steps, or where all weigh nothing."""
    told = [(Fraction(weight), done) for weight, done in steps]
    whole = sum((weight for weight, _done in told), ZERO)
    return sum((weight for weight, done in told if done), ZERO) / whole if whole > 0 else None


@dataclass(frozen=True)
class Measure:
    """What a key result is measured by; of its figures, those of its kind are there."""

    kind: Kind
    start: Decimal | None = None
    goal: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    tolerance: Decimal | None = None
    rule: RangeRule | None = None


def progress(
    measure: Measure,
    value: Figure | None,
    *,
    checked: Sequence[Figure | None] = (),
    steps: Sequence[tuple[Figure, bool]] = (),
) -> Fraction | None:
    """How far a key result has come, unclamped.

    `value` is its present one (1 or 0 of done or not), `checked` the value at each due check-in (None: missed), `steps`
    weight and whether it is done. None where nothing can be said: no value yet, or no goal set yet.
    """
    if measure.kind is Kind.MILESTONES:
        return milestones(steps)
    if measure.kind is Kind.RANGE and measure.rule is RangeRule.CHECKINS:
        return share_in_range(_told(measure.low), _told(measure.high), checked)
    if value is None or (measure.kind is Kind.OPEN_BASELINE and measure.goal is None):
        return None
    match measure.kind:
        case Kind.REACH | Kind.OPEN_BASELINE:
            return reach(_told(measure.start), _told(measure.goal), value)
        case Kind.ABOVE:
            return above(_told(measure.low), value)
        case Kind.BELOW:
            return below(_told(measure.high), value)
        case Kind.RANGE if measure.rule is RangeRule.DISTANCE:
            return distance(_told(measure.low), _told(measure.high), _told(measure.tolerance), value)
        case Kind.RANGE:
            return within(_told(measure.low), _told(measure.high), value)
        case _:
            return ONE if Fraction(value) >= 1 else ZERO


def _told(figure: Decimal | None) -> Decimal:
    if figure is None:
        raise ValueError("a figure that this kind of key result is measured by is missing")
    return figure


def clamp(share: Fraction, rule: Rollup = Rollup.CLAMPED) -> Fraction:
    """What of a share counts: from 0 to 1; from 0 on; or all of it."""
    if rule is Rollup.RAW:
        return share
    floored = max(share, ZERO)
    return floored if rule is Rollup.FLOOR else min(floored, ONE)


@dataclass(frozen=True)
class Part:
    """A key result, or an objective that contributes: what it weighs and how far it has come (None: not known)."""

    weight: Figure
    share: Fraction | None


def roll_up(parts: Iterable[Part], rule: Rollup = Rollup.CLAMPED) -> Fraction | None:
    """The weighted mean of what can be said, each share counted by `rule`.

    A part of which nothing can be said has no share in it: it counts neither as 0 nor in the weights. None where
    nothing can be said of any that weighs something.
    """
    known = [(Fraction(part.weight), part.share) for part in parts if part.share is not None]
    whole = sum((weight for weight, _share in known), ZERO)
    if whole == 0:
        return None
    return sum((weight * clamp(share, rule) for weight, share in known), ZERO) / whole
