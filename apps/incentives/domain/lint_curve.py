"""What is wrong, or worth knowing, about a curve, tiers or a cap."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from apps.incentives.domain.attainment import ZERO, Attaining, Basis, Direction
from apps.incentives.domain.curve import Above, Below, Curve, Shape, TierRule, Tiers
from apps.incentives.domain.sentences import number, percent
from apps.kernel.issue import N_, Issue

CLIFF = Fraction(1, 4)
"""A jump of so much of the target at one point is told."""


def written(value: Fraction, basis: Basis = Basis.RATIO) -> str:
    """A share in percent, or a metric's value as a number."""
    return number(value) if basis is Basis.ACTUAL else percent(value)


def cap_issues(at: str, cap: Fraction | None) -> Iterator[Issue]:
    """A cap is above 0; below 100 % it is told, for then reaching the target does not pay the target."""
    if cap is not None and cap <= 0:
        yield Issue(at, N_("A cap must be above 0. Leave it out if there is none."))
    elif cap is not None and cap < 1:
        yield Issue(at, _LOW_CAP, {"cap": percent(cap)}, blocking=False)


_LOW_CAP = N_("The cap of %(cap)s lies below 100 %%: reaching the target does not pay the target bonus.")


def curve_issues(at: str, curve: Curve, rule: Attaining | None) -> Iterator[Issue]:
    """Points, direction, ends. `rule` says what x is; None: a metric's value that may rise or fall."""
    basis = Basis.ACTUAL if rule is None else rule.basis
    points = f"{at}.points"
    if curve.shape is Shape.DIRECT and len(curve.points) > 1:
        yield Issue(points, N_("A direct curve takes one point at most: its threshold."))
    if curve.shape is not Shape.DIRECT and not curve.points:
        yield Issue(points, N_("The curve has no points. Give two or more."))
    if any((before.x < after.x) is curve.falling or before.x == after.x for before, after in pairwise(curve.points)):
        yield Issue(points, N_("Points stand in order, from the least good to the best, each value once."))
    if any(before.y > after.y for before, after in pairwise(curve.points)):
        yield Issue(points, N_("The curve pays less for more. Put the factors in rising order."))
    if any(point.y < 0 for point in curve.points):
        yield Issue(points, N_("A payout factor must be 0 or more."))
    if rule is not None and basis is not Basis.ACTUAL and any(point.x < 0 for point in curve.points):
        yield Issue(points, N_("Attainment is never below 0. Move the point."))
    if rule is not None and curve.falling is not (basis is Basis.ACTUAL and rule.direction is Direction.LOWER):
        yield Issue(f"{at}.falling", _WRONG_WAY)
    yield from _ends(at, curve)
    yield from _cliffs(points, curve, basis)


_WRONG_WAY = N_("The curve runs the wrong way: it falls only on values of a metric of which less is better.")


def _ends(at: str, curve: Curve) -> Iterator[Issue]:
    extended = curve.above is Above.EXTEND
    if extended and (curve.shape is not Shape.INTERPOLATE or len(curve.points) < 2):
        yield Issue(f"{at}.above", N_("Only straight lines between two or more points go on past the last one."))
    if extended and curve.cap is None:
        yield Issue(f"{at}.cap", N_("The curve goes on past its last point. Give it a cap."))
    if curve.shape is Shape.DIRECT and curve.cap is None:
        yield Issue(f"{at}.cap", N_("The curve has no cap: it pays any attainment in full."), blocking=False)
    yield from cap_issues(f"{at}.cap", curve.cap)
    if curve.cap is not None and any(point.y > curve.cap for point in curve.points):
        yield Issue(
            f"{at}.cap", N_("Points above the cap are never paid. Lower them, or raise the cap."), blocking=False
        )
    if curve.cap is not None and _end(curve) is not None and curve.cap > (_end(curve) or ZERO):
        yield Issue(f"{at}.cap", N_("The cap is never reached: the last point pays less."), blocking=False)


def _end(curve: Curve) -> Fraction | None:
    """What a flat curve pays at most."""
    endless = curve.shape is Shape.DIRECT or curve.above is Above.EXTEND or not curve.points
    return None if endless else curve.points[-1].y


def _cliffs(at: str, curve: Curve, basis: Basis) -> Iterator[Issue]:
    """Points at which a hair more pays much more."""
    jumps = []
    if curve.points and curve.below is Below.ZERO:
        first = curve.points[0]
        jumps.append((first.x, ZERO, first.x if curve.shape is Shape.DIRECT else first.y))
    if curve.shape is Shape.STEP:
        jumps += [(after.x, before.y, after.y) for before, after in pairwise(curve.points)]
    for x, low, high in jumps:
        if high - low >= CLIFF:
            told = {"x": written(x, basis), "low": percent(low), "high": percent(high)}
            yield Issue(at, _CLIFF, told, blocking=False)


_CLIFF = N_("At %(x)s pay jumps from %(low)s to %(high)s of the target: a hair less costs all of that.")


def tier_issues(at: str, tiers: Tiers) -> Iterator[Issue]:
    """Bands in order, rates not negative; what whole-rate tiers jump by at each bound."""
    bands = f"{at}.bands"
    if not tiers.bands:
        yield Issue(bands, N_("There are no bands. Give one or more."))
    if any(before.start >= after.start for before, after in pairwise(tiers.bands)):
        yield Issue(bands, N_("Bands stand in rising order, each start once."))
    if any(tier.rate < 0 or tier.start < 0 for tier in tiers.bands):
        yield Issue(bands, N_("Starts and rates must be 0 or more."))
    if tiers.rule is not TierRule.WHOLE_RATE:
        return
    for before, after in pairwise(tiers.bands):
        low, high = before.rate * after.start, after.rate * after.start
        if low > high:
            yield Issue(bands, N_("A band pays less than the one below it: more would pay less."))
        elif low < high:
            told = {"x": number(after.start), "low": number(low), "high": number(high)}
            yield Issue(bands, N_("At %(x)s pay jumps from %(low)s to %(high)s."), told, blocking=False)
