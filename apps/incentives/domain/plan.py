"""A plan: everything that decides about pay, frozen, with the conventions of goals_and_pay 3.12 as fields.

Shares are fractions of 1 (a weight of 50 % is 1/2, a cap of 150 % is 3/2), money is in units of the plan's currency.
A default is the one that section states; `lint.py` says what a plan must be before it is published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from apps.incentives.domain.attainment import ZERO, Attaining
from apps.incentives.domain.curve import Curve, Tiers
from apps.incentives.domain.deltas import Negative
from apps.incentives.domain.pool import Terms
from apps.incentives.domain.proration import Proration
from apps.incentives.domain.rounding import Rounding


class Scope(StrEnum):
    """Whose value of a metric counts: the company's, or that of the team somebody was in."""

    COMPANY = "company"
    TEAM = "team"


class Kind(StrEnum):
    """Each person has a target bonus of their own, or a team has a pool that is split."""

    INDIVIDUAL = "individual"
    POOL = "pool"


class Combine(StrEnum):
    """Where the curve stands."""

    WEIGHTED = "weighted"  # a curve for each component, then their weighted sum (default)
    ON_TOTAL = "on_total"  # attainments are weighted, one curve on their sum
    MULTIPLIED = "multiplied"  # components multiply each other; weights are not used


class GatesWhen(StrEnum):
    """Gates on the total: after the multipliers, so that nothing climbs over a gate (default), or before them."""

    LAST = "last"
    BEFORE_MULTIPLIERS = "before_multipliers"


class Unknown(StrEnum):
    """A gate whose metric has no value: blocks the calculation (default), or counts as not passed."""

    BLOCKS = "blocks"
    NOT_PASSED = "not_passed"


class TargetOf(StrEnum):
    """What a target bonus is: an amount, a share of a salary, a share of a metric."""

    FIXED = "fixed"
    SALARY = "salary"
    METRIC = "metric"


class Measured(StrEnum):
    """Each period stands alone (default), or the year to date is paid less what was posted for it before."""

    PERIOD = "period"
    CUMULATIVE = "cumulative"


class Missing(StrEnum):
    """What people may decide about a missing value. Undecided, it always blocks."""

    BLOCKS = "blocks"  # nothing: upload the data (default)
    ZERO = "zero"  # the component pays nothing, with a reason
    REWEIGHT = "reweight"  # the component is void, its weight goes to the others, with a second person's approval


@dataclass(frozen=True)
class Component:
    """One line of a plan: a metric, its weight, and the way from its attainment to a payout factor.

    `key` names it in readings and results for good. With `tiers` it pays money on the metric's own value, stands beside
    the weights, and has no curve. `cap` is the most its factor may be.
    """

    key: str
    name: str
    metric: str
    weight: Fraction
    scope: Scope = Scope.TEAM
    attaining: Attaining = field(default_factory=Attaining)
    curve: Curve = field(default_factory=Curve)
    tiers: Tiers | None = None
    cap: Fraction | None = None


@dataclass(frozen=True)
class Condition:
    """A bound on a metric: at least it (`at_least`), or at most; the bound included or not."""

    metric: str
    bound: Fraction
    at_least: bool = True
    bound_included: bool = True
    scope: Scope = Scope.TEAM

    def holds(self, value: Fraction) -> bool:
        """Whether `value` keeps to the bound."""
        if value == self.bound:
            return self.bound_included
        return (value > self.bound) is self.at_least


@dataclass(frozen=True)
class Gate:
    """Whoever fails the condition gets no more than `cap` of the target: 0 is "no safety, no pay".

    `component` names one component whose factor it limits; "" is the total.
    """

    key: str
    name: str
    condition: Condition
    cap: Fraction = ZERO
    component: str = ""
    unknown: Unknown = Unknown.BLOCKS


@dataclass(frozen=True)
class Multiplier:
    """A factor on the total: `factor` while `condition` holds (always, where there is none), else 1; or a curve.

    `curve` is read at the value of `metric`.
    """

    key: str
    name: str
    factor: Fraction | None = None
    condition: Condition | None = None
    curve: Curve | None = None
    metric: str = ""
    scope: Scope = Scope.TEAM

    @property
    def times(self) -> Fraction:
        """What it multiplies by, without a curve."""
        return Fraction(1) if self.factor is None else self.factor


@dataclass(frozen=True)
class Plan:
    """A version of a plan. `key` and `version` name it; everything else decides about pay.

    `target_metric` is the metric that target bonuses are a share of, with `TargetOf.METRIC`.
    """

    key: str
    version: str
    name: str
    currency: str
    components: tuple[Component, ...]
    kind: Kind = Kind.INDIVIDUAL
    target: TargetOf = TargetOf.FIXED
    target_metric: str = ""
    combine: Combine = Combine.WEIGHTED
    total_curve: Curve | None = None
    gates: tuple[Gate, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    gates_when: GatesWhen = GatesWhen.LAST
    total_cap: Fraction | None = None
    person_cap: Fraction | None = None
    measured: Measured = Measured.PERIOD
    proration: Proration = field(default_factory=Proration)
    rounding: Rounding = field(default_factory=Rounding)
    pool: Terms = field(default_factory=Terms)
    negative: Negative = field(default_factory=Negative)
    missing: Missing = Missing.BLOCKS

    @property
    def weighted(self) -> tuple[Component, ...]:
        """The components that share the 100 %: all but those that pay money by tiers."""
        return tuple(component for component in self.components if component.tiers is None)
