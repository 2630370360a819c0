"""How far a metric came, for pay: attainment, a share (1 is the target), never rounded unless the plan says so.

Sources: goals_and_pay 3.2 (higher is better), 3.3 (lower is better), 3.4 (range). The general form for any target but 0
is Infor's, `1 + (actual - target) / |target|`; `Lower.MIRROR` is the same with the sign turned (Profit.co, Infor).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from apps.incentives.domain.rounding import rounded_share
from apps.kernel.issue import N_, Refusal

ZERO, ONE = Fraction(0), Fraction(1)


class Basis(StrEnum):
    """What attainment is measured by."""

    RATIO = "ratio"  # to the target (default)
    BASELINE = "baseline"  # the share of the way from a start to the target
    ACTUAL = "actual"  # none: the curve is written on the metric's own values
    BINARY = "binary"  # reached or not
    RANGE = "range"  # inside two bounds


class Direction(StrEnum):
    """Whether more of the metric is better, or less."""

    HIGHER = "higher"
    LOWER = "lower"


class Lower(StrEnum):
    """The ratio of a metric of which less is better: 2 - actual / target, or target / actual."""

    MIRROR = "mirror"
    RECIPROCAL = "reciprocal"


class RangeRule(StrEnum):
    """What is paid outside a range, or how being inside is counted."""

    DISTANCE = "distance"  # falls off in a straight line over the tolerance (default for pay)
    BINARY = "binary"  # nothing
    SHARE = "share"  # readings inside of readings due; a missed one is a miss
    MIRRORED = "mirrored"  # around one exact value: 1 - |actual - target| / |target|


@dataclass(frozen=True)
class Attaining:
    """How a plan measures one component. Every setting of goals_and_pay 3.12 that concerns attainment is a field.

    `decimals` rounds the percentage before the curve (2: 79.996 % counts as 80.00 %); None, the default, never does.
    """

    basis: Basis = Basis.RATIO
    direction: Direction = Direction.HIGHER
    lower: Lower = Lower.MIRROR
    range_rule: RangeRule = RangeRule.DISTANCE
    bound_included: bool = True
    decimals: int | None = None


@dataclass(frozen=True)
class Reading:
    """What is known of a metric when pay is calculated, in the metric's unit; None is missing and never 0.

    `low`, `high`, `tolerance` belong to a range, `inside` and `due` count readings, `source` names the metric value,
    its version, the data behind it: pairs of words and ids that only travel along.
    """

    actual: Fraction | None = None
    target: Fraction | None = None
    start: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    tolerance: Fraction | None = None
    inside: int | None = None
    due: int | None = None
    source: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Attained:
    """An attainment: `raw` as measured, `value` as it counts (never below 0, rounded if the plan says so).

    With `Basis.ACTUAL` both are the metric's value itself. `top` says that no ratio exists and the curve's last point
    counts: a reciprocal of a value that is 0 or below it.
    """

    raw: Fraction
    value: Fraction
    top: bool = False


def attain(rule: Attaining, reading: Reading) -> Attained:
    """Measure `reading` by `rule`. Refusal says which figure is missing, or why there is no such ratio."""
    if rule.basis is Basis.ACTUAL:
        actual = _need(reading.actual, _ACTUAL)
        return Attained(actual, actual)
    if _beyond_reciprocal(rule, reading):
        return Attained(ZERO, ZERO, top=True)
    raw = _WAYS[rule.basis](rule, reading)
    value = max(raw, ZERO)
    return Attained(raw, value if rule.decimals is None else rounded_share(value, rule.decimals))


def needs(rule: Attaining) -> tuple[str, ...]:
    """The fields of a reading that `rule` cannot do without."""
    if rule.basis is Basis.RANGE:
        return _RANGE_NEEDS[rule.range_rule]
    return {
        Basis.ACTUAL: ("actual",),
        Basis.BASELINE: ("actual", "target", "start"),
        Basis.RATIO: ("actual", "target"),
        Basis.BINARY: ("actual", "target"),
    }[rule.basis]


_RANGE_NEEDS = {
    RangeRule.DISTANCE: ("actual", "low", "high", "tolerance"),
    RangeRule.BINARY: ("actual", "low", "high"),
    RangeRule.SHARE: ("inside", "due"),
    RangeRule.MIRRORED: ("actual", "target"),
}
_ACTUAL = N_("The metric has no value for the period. Upload the data, or decide what counts instead.")
_TARGET = N_("There is no target for the period. Set one, or write the curve on the metric's values.")
_START = N_("There is no value to start from. Give one, or measure by the ratio to the target.")
_RANGE = N_("The range has no lower or no upper bound. Give both.")
_DUE = N_("No reading was due in the period, so there is no share of them. Choose another rule.")
_TOLERANCE = N_("The tolerance must be above 0: it says over which distance the payout falls off.")
_ZERO_TARGET = N_(
    "The target is 0, so there is no ratio to it. Write the curve on the metric's values, or pay for reached or not."
)
_RECIPROCAL_TARGET = N_("Target divided by actual needs a target above 0. Use the mirror instead.")
_WRONG_WAY = N_(
    "The target lies on the wrong side of the start: it asks for a worse value. Check start, target and direction."
)


def _need(figure: Fraction | None, message: str) -> Fraction:
    if figure is None:
        raise Refusal(message)
    return figure


def _beyond_reciprocal(rule: Attaining, reading: Reading) -> bool:
    """Whether target / actual has no meaning: nothing was spent, or a credit came in."""
    if rule.basis is not Basis.RATIO or rule.direction is not Direction.LOWER or rule.lower is not Lower.RECIPROCAL:
        return False
    if _need(reading.target, _TARGET) <= 0:
        raise Refusal(_RECIPROCAL_TARGET)
    return _need(reading.actual, _ACTUAL) <= 0


def _ratio(rule: Attaining, reading: Reading) -> Fraction:
    actual, target = _need(reading.actual, _ACTUAL), _need(reading.target, _TARGET)
    if target == 0:
        raise Refusal(_ZERO_TARGET)
    if rule.direction is Direction.HIGHER:
        return ONE + Fraction(actual - target, abs(target))
    if rule.lower is Lower.RECIPROCAL:
        return Fraction(target, actual)
    return ONE - Fraction(actual - target, abs(target))


def _baseline(rule: Attaining, reading: Reading) -> Fraction:
    """One formula for both directions; a way that leads the wrong way is refused, for it would pay for a decline."""
    actual, target = _need(reading.actual, _ACTUAL), _need(reading.target, _TARGET)
    start = _need(reading.start, _START)
    way = target - start
    if (way if rule.direction is Direction.HIGHER else -way) <= 0:
        raise Refusal(_WRONG_WAY)
    return Fraction(actual - start, way)


def _binary(rule: Attaining, reading: Reading) -> Fraction:
    ahead = _need(reading.actual, _ACTUAL) - _need(reading.target, _TARGET)
    if rule.direction is Direction.LOWER:
        ahead = -ahead
    return ONE if ahead > 0 or (ahead == 0 and rule.bound_included) else ZERO


def _range(rule: Attaining, reading: Reading) -> Fraction:
    if rule.range_rule is RangeRule.SHARE:
        if not reading.due or reading.inside is None:
            raise Refusal(_DUE)
        return Fraction(reading.inside, reading.due)
    actual = _need(reading.actual, _ACTUAL)
    if rule.range_rule is RangeRule.MIRRORED:
        target = _need(reading.target, _TARGET)
        if target == 0:
            raise Refusal(_ZERO_TARGET)
        return ONE - Fraction(abs(actual - target), abs(target))
    low, high = _need(reading.low, _RANGE), _need(reading.high, _RANGE)
    distance = max(low - actual, actual - high)
    if rule.range_rule is RangeRule.BINARY:
        return ONE if distance < 0 or (distance == 0 and rule.bound_included) else ZERO
    tolerance = _need(reading.tolerance, _TOLERANCE)
    if tolerance <= 0:
        raise Refusal(_TOLERANCE)
    return ONE - Fraction(max(distance, ZERO), tolerance)


_WAYS: dict[Basis, Callable[[Attaining, Reading], Fraction]] = {
    Basis.RATIO: _ratio,
    Basis.BASELINE: _baseline,
    Basis.BINARY: _binary,
    Basis.RANGE: _range,
}
