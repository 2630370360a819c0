"""Payout curves: from an attainment, or from a metric's own value, to a payout factor (1 is the full target bonus).

Sources: goals_and_pay 3.5; the points on actual values follow SAP Variable Pay (its published 75.16 % is a test).
"Interpolate" here always means a straight line between two points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from apps.incentives.domain.attainment import ONE, ZERO, Attained
from apps.incentives.domain.rounding import rounded_share
from apps.kernel.issue import N_, Refusal


class Shape(StrEnum):
    """How a curve goes from point to point."""

    INTERPOLATE = "interpolate"  # a straight line between points (default)
    STEP = "step"  # the last point that was reached
    DIRECT = "direct"  # the payout factor is the attainment


class Below(StrEnum):
    """What is paid before the first point: nothing, or what the first point pays."""

    ZERO = "zero"
    FIRST = "first"


class Above(StrEnum):
    """What is paid past the last point: the same (which makes it a cap), or more along the last slope."""

    FLAT = "flat"
    EXTEND = "extend"


@dataclass(frozen=True)
class Point:
    """From `x` (a share, or a value of the metric) the factor is `y`."""

    x: Fraction
    y: Fraction


@dataclass(frozen=True)
class Curve:
    """Points from the least good to the best; the first is the threshold.

    `falling`: x falls from point to point (less is better, on actual values). `cap` is the most that is ever paid, as
    a factor. A direct curve takes no point, or one as its threshold. `threshold_included`: whether a point counts as
    reached by a value exactly on it (all steps of a step curve alike).
    """

    points: tuple[Point, ...] = ()
    shape: Shape = Shape.INTERPOLATE
    threshold_included: bool = True
    below: Below = Below.ZERO
    above: Above = Above.FLAT
    cap: Fraction | None = None
    falling: bool = False


class Zone(StrEnum):
    """Where on a curve a value came to lie."""

    BELOW = "below"
    ON = "on"
    BETWEEN = "between"
    ABOVE = "above"
    DIRECT = "direct"


@dataclass(frozen=True)
class Landing:
    """What a curve answered: the factor, the points it lies between (or on, or past), and whether the cap cut it."""

    factor: Fraction
    zone: Zone
    low: Point | None = None
    high: Point | None = None
    capped: bool = False


def land(curve: Curve, attained: Attained) -> Landing:
    """Where `attained` lies on `curve` and what that pays. Refusal where an endless curve is asked for its top."""
    if attained.top:
        return _capped(curve, _top(curve))
    return _capped(curve, _direct(curve, attained.value) if curve.shape is Shape.DIRECT else _at(curve, attained.value))


def factor(curve: Curve, x: Fraction) -> Fraction:
    """The payout factor at `x`."""
    return land(curve, Attained(x, x)).factor


def _capped(curve: Curve, landing: Landing) -> Landing:
    if curve.cap is None or landing.factor <= curve.cap:
        return landing
    return Landing(curve.cap, landing.zone, landing.low, landing.high, capped=True)


def _top(curve: Curve) -> Landing:
    if curve.shape is not Shape.DIRECT:
        return Landing(curve.points[-1].y, Zone.ON, curve.points[-1])
    if curve.cap is None:
        raise Refusal(N_("The attainment has no end here, and neither has the curve. Give the curve a cap."))
    return Landing(curve.cap, Zone.DIRECT)


def _before(curve: Curve) -> Landing:
    first = curve.points[0]
    return Landing(first.y if curve.below is Below.FIRST else ZERO, Zone.BELOW, None, first)


def _reached(curve: Curve, x: Fraction, point: Point) -> bool:
    if x == point.x:
        return curve.threshold_included
    return (x > point.x) is not curve.falling


def _direct(curve: Curve, x: Fraction) -> Landing:
    if curve.points and not _reached(curve, x, curve.points[0]):
        return _before(curve)
    return Landing(x, Zone.DIRECT)


def _at(curve: Curve, x: Fraction) -> Landing:
    points = curve.points
    if not _reached(curve, x, points[0]):
        return _before(curve)
    if curve.shape is Shape.STEP:
        last = max(index for index, point in enumerate(points) if _reached(curve, x, point))
        return Landing(points[last].y, Zone.ON, points[last], points[last + 1] if last + 1 < len(points) else None)
    for low, high in pairwise(points):
        if x == low.x:
            return Landing(low.y, Zone.ON, low, high)
        if (x < high.x) is not curve.falling and x != high.x:
            return Landing(_line(low, high, x), Zone.BETWEEN, low, high)
    end = points[-1]
    if x == end.x:
        return Landing(end.y, Zone.ON, end)
    extended = curve.above is Above.EXTEND and len(points) > 1
    return Landing(_line(points[-2], end, x) if extended else end.y, Zone.ABOVE, end)


def _line(low: Point, high: Point, x: Fraction) -> Fraction:
    return low.y + Fraction((high.y - low.y) * (x - low.x), high.x - low.x)


# --- tiers -----------------------------------------------------------------------------------------------------------


class TierRule(StrEnum):
    """Each band's rate for what lies in it (default), or the rate of the band reached for everything."""

    MARGINAL = "marginal"
    WHOLE_RATE = "whole_rate"


@dataclass(frozen=True)
class Tier:
    """From `start` on (in the metric's unit), so much for each unit: 0.05 is 5 %."""

    start: Fraction
    rate: Fraction


@dataclass(frozen=True)
class Tiers:
    """Bands on an amount, in rising order. A bound belongs to the band above it, unless `bound_included` is False."""

    bands: tuple[Tier, ...]
    rule: TierRule = TierRule.MARGINAL
    bound_included: bool = True


@dataclass(frozen=True)
class Band:
    """One line of what tiers paid: `amount` of the total at `rate`."""

    tier: Tier
    amount: Fraction
    pay: Fraction


def bands(tiers: Tiers, amount: Fraction) -> tuple[Band, ...]:
    """What lies in each band and what it pays; only bands with something in them. Below the first: nothing."""
    reached = [tier for tier in tiers.bands if amount > tier.start or (amount == tier.start and tiers.bound_included)]
    if not reached:
        return ()
    if tiers.rule is TierRule.WHOLE_RATE:
        return (Band(reached[-1], amount, amount * reached[-1].rate),)
    ends = [*(tier.start for tier in reached[1:]), amount]
    parts = [(tier, end - tier.start) for tier, end in zip(reached, ends, strict=True)]
    return tuple(Band(tier, part, part * tier.rate) for tier, part in parts if part > 0)


def tiered(tiers: Tiers, amount: Fraction) -> Fraction:
    """What `amount` pays in all: 170,000 in bands of 5, 8 and 10 % pays 11,000 marginal, 17,000 at the whole rate."""
    return sum((band.pay for band in bands(tiers, amount)), ZERO)


# --- how an attainment is shown --------------------------------------------------------------------------------------

MOST_DECIMALS = 10
NEAR = Fraction(1, 10_000)
"""A hundredth of a percentage point: so near to a point, two decimals may show what was not reached."""


def shown_decimals(share: Fraction, marks: Sequence[Fraction], decimals: int = 2) -> int:
    """How many decimals of a percentage to show: more where it lies within 0.01 point of a mark without being on it.

    7,999.6 of 10,000 would read 80.00 % and be paid as less than 80 %: three decimals show 79.996 %. At most ten.
    """
    near = [mark for mark in marks if share != mark and abs(share - mark) <= NEAR]
    shown = decimals
    while shown < MOST_DECIMALS and any(rounded_share(share, shown) == rounded_share(mark, shown) for mark in near):
        shown += 1
    return shown


def marks_of(curve: Curve) -> tuple[Fraction, ...]:
    """The values of x at which a curve bends or begins, for `shown_decimals`."""
    return tuple(point.x for point in curve.points) or (ONE,)
