"""What a run is calculated from, and what it comes to: every input and every figure on the way, frozen.

A snapshot holds its inputs for good, so calculating it again gives the same result, text for text (`canonical.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from apps.incentives.domain.attainment import ONE
from apps.incentives.domain.components import Assembly, Decision, Readings
from apps.incentives.domain.plan import Plan
from apps.incentives.domain.pool import Split
from apps.incentives.domain.proration import Days, Leave
from apps.kernel.issue import Issue

ENGINE_VERSION = "1"
"""Raised when the same snapshot would give another result; golden vectors of plans are then run again."""

TARGET_METRIC = "target"
POOL_METRIC = "pool"
RESERVED = frozenset({"", "cap", TARGET_METRIC, POOL_METRIC})
"""Keys that no component, gate or multiplier may have: readings of metrics that a target or a pool is a share of."""


@dataclass(frozen=True)
class Slice:
    """Somebody's assignment for a stretch of days: a team, a target bonus, a coefficient.

    `amount` is the target bonus for the whole period in the plan's currency; where the plan takes a share of a salary
    or a metric, that share, and `salary` is the salary for the whole period.
    """

    days: Days
    team: str
    amount: Fraction
    coefficient: Fraction = ONE
    salary: Fraction | None = None


@dataclass(frozen=True)
class Participant:
    """Somebody in a run. `key` never changes; `cap` is their own person cap in the plan's currency.

    `currency` is what they are paid in ("": the plan's). `forfeits` with its `reason`: takes part, is paid nothing.
    `earlier` are minor units already posted for earlier periods of the year (read by cumulative plans alone).
    """

    key: str
    slices: tuple[Slice, ...]
    leaves: tuple[Leave, ...] = ()
    cap: Fraction | None = None
    currency: str = ""
    forfeits: bool = False
    reason: str = ""
    earlier: int = 0


@dataclass(frozen=True)
class Adjustment:
    """A signed amount in minor units that somebody adds by hand; it outlives every recalculation."""

    key: str
    participant: str
    minor: int
    reason: str
    by: str


@dataclass(frozen=True)
class Snapshot:
    """Everything a run is calculated from, frozen.

    `pools`: what is in a team's pool at a factor of 1, for plans that fix it. `rates`: units of another currency for
    one of the plan's. `working_days` of the period, in rising order, where the plan counts them.
    """

    plan: Plan
    period: Days
    participants: tuple[Participant, ...]
    readings: Readings
    decisions: tuple[Decision, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    pools: Mapping[str, Fraction] = field(default_factory=dict)
    rates: Mapping[str, Fraction] = field(default_factory=dict)
    working_days: tuple[date, ...] = ()
    engine: str = ENGINE_VERSION


@dataclass(frozen=True)
class SliceResult:
    """One slice: its target for the whole period, the share of it, the team's factor, and what that makes, exactly.

    `money == target x share x factor x coefficient` in the plan's currency; in a pool `weight` is what counts, and
    `money` is the person's part.
    """

    days: Days
    team: str
    target: Fraction
    share: Fraction
    coefficient: Fraction
    factor: Fraction
    money: Fraction

    @property
    def weight(self) -> Fraction:
        """Prorated target x individual coefficient."""
        return self.target * self.share * self.coefficient


@dataclass(frozen=True)
class Line:
    """A component's part of what somebody is paid: exact, and in minor units so that all lines make the amount."""

    key: str
    exact: Fraction
    minor: int


@dataclass(frozen=True)
class Result:
    """What somebody is paid, and how it came about.

    `uncapped` and `exact` (after the person cap) are in the plan's currency, `minor` is `exact x rate` rounded, in
    `currency`. `total == minor - earlier + adjusted`.
    """

    participant: str
    currency: str
    slices: tuple[SliceResult, ...]
    lines: tuple[Line, ...]
    uncapped: Fraction
    exact: Fraction
    rate: Fraction
    minor: int
    earlier: int
    adjusted: int
    forfeited: bool = False

    @property
    def total(self) -> int:
        """Minor units that are due for the run."""
        return self.minor - self.earlier + self.adjusted


@dataclass(frozen=True)
class Blocked:
    """Somebody who cannot be calculated yet, and everything that stands in the way."""

    participant: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True)
class PoolResult:
    """A team's pool: `funded` at a factor of 1, `exact` what the factor makes of it, and how it was split."""

    team: str
    funded: Fraction
    factor: Fraction
    exact: Fraction
    split: Split


@dataclass(frozen=True)
class Run:
    """What a snapshot came to. `assemblies` by team (and, with tiers, the target they were measured against)."""

    results: tuple[Result, ...]
    blocked: tuple[Blocked, ...]
    assemblies: Mapping[tuple[str, str], Assembly]
    pools: tuple[PoolResult, ...] = ()

    @property
    def by_key(self) -> Mapping[str, Result]:
        """Results by participant."""
        return {result.participant: result for result in self.results}

    @property
    def total(self) -> Mapping[str, int]:
        """What the run pays in all, by currency, in minor units."""
        sums: dict[str, int] = {}
        for result in self.results:
            sums[result.currency] = sums.get(result.currency, 0) + result.total
        return sums
