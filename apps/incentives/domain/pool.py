"""One pot for several people, split to the last cent, whatever order they stand in.

Amounts are whole minor units of a currency. The pool is rounded once; everybody gets `floor(pool x weight / weights)`,
and the cents that are left go to the largest remainders (ties: the larger weight, then the key). Source: goals_and_pay
3.9; "the cent goes to the first in the list" is what moneyphp/money#492 and RubyMoney/money#1033 complain of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from apps.incentives.domain.attainment import ZERO


class Excess(StrEnum):
    """What happens to money that somebody's cap leaves over: it stays unspent (default), or goes to the others."""

    UNSPENT = "unspent"
    RESPREAD = "respread"


class LeaverShare(StrEnum):
    """What happens to the share of somebody who forfeits it: it stays unspent (default), or goes to the others."""

    KEPT = "kept"
    RESPREAD = "respread"


class Funding(StrEnum):
    """What is in the pot at a payout factor of 1: an amount, the sum of its people's targets, a share of a metric."""

    FIXED = "fixed"
    SUM_OF_TARGETS = "sum_of_targets"
    SHARE_OF_METRIC = "share_of_metric"


@dataclass(frozen=True)
class Claim:
    """Somebody's weight in a pool: prorated target x individual coefficient. `cap` in minor units.

    `forfeits`: takes part in the division but is paid nothing (a leaver whose plan says so).
    """

    key: str
    weight: Fraction
    cap: int | None = None
    forfeits: bool = False


@dataclass(frozen=True)
class Part:
    """What one claim gets: `minor`, of it `extra` from the left-over (0 or one step), and the exact share before."""

    key: str
    minor: int
    exact: Fraction
    extra: int = 0
    capped: bool = False


@dataclass(frozen=True)
class Split:
    """A pool and its parts, in the order of the keys: `total == sum of the parts + unspent`, always."""

    total: int
    parts: tuple[Part, ...]
    unspent: int
    step: int = 1

    @property
    def by_key(self) -> Mapping[str, Part]:
        return {part.key: part for part in self.parts}


@dataclass(frozen=True)
class Terms:
    """What a plan says about its pool. Defaults as in goals_and_pay 3.12."""

    funding: Funding = Funding.SUM_OF_TARGETS
    rate: Fraction = field(default=ZERO)  # of the metric, for SHARE_OF_METRIC: 0.02 is 2 %
    metric: str = ""  # which one, for SHARE_OF_METRIC
    excess: Excess = Excess.UNSPENT
    leaver_share: LeaverShare = LeaverShare.KEPT


def apportion(total: int, weights: Sequence[tuple[str, Fraction]], step: int = 1) -> dict[str, int]:
    """`total` minor units by `weights` (key, not negative, one above 0), in whole steps, by largest remainder.

    A negative total is split as its opposite and turned. ValueError if nothing has a weight, a weight is negative, a
    key comes twice, or the total is not a number of steps.
    """
    whole = sum((weight for _, weight in weights), ZERO)
    if whole <= 0 or any(weight < 0 for _, weight in weights):
        raise ValueError("weights are 0 or more, and one of them is more")
    if len({key for key, _ in weights}) != len(weights):
        raise ValueError("a key comes twice")
    steps, odd = divmod(abs(total), step)
    if odd:
        raise ValueError(f"{total} is not a number of steps of {step}")
    exact = {key: Fraction(steps * weight, whole) for key, weight in weights}
    given = {key: share.numerator // share.denominator for key, share in exact.items()}
    left = steps - sum(given.values())
    for key, _ in sorted(weights, key=lambda each: (given[each[0]] - exact[each[0]], -each[1], each[0]))[:left]:
        given[key] += 1
    return {key: count * (-step if total < 0 else step) for key, count in given.items()}


def split(pool: int, claims: Sequence[Claim], terms: Terms | None = None, step: int = 1) -> Split:
    """Divide `pool` minor units (below 0 counts as 0) among `claims`.

    A cap that is no number of steps is lowered to one. Excess is spread again until nobody is above their cap; what all
    caps together cannot hold stays unspent.
    """
    terms = terms or Terms()
    total = max(pool, 0)
    sharing = [claim for claim in claims if not (claim.forfeits and terms.leaver_share is LeaverShare.RESPREAD)]
    fixed: dict[str, int] = {}
    if terms.excess is Excess.RESPREAD:
        fixed = _fixed(total, sharing, step)
    claimed = [(claim.key, claim.weight) for claim in sharing if claim.key not in fixed]
    rest, whole = total - sum(fixed.values()), sum((weight for _, weight in claimed), ZERO)
    given = fixed | (apportion(rest, claimed, step) if whole else {})
    exact = {key: Fraction(rest * weight, whole) for key, weight in claimed} if whole else {}
    parts = tuple(
        _part(claim, given.get(claim.key, 0), exact.get(claim.key), step)
        for claim in sorted(claims, key=lambda each: each.key)
    )
    return Split(total, parts, total - sum(part.minor for part in parts), step)


def _cap(claim: Claim, step: int) -> int | None:
    """The most that may be given, in whole steps."""
    return None if claim.cap is None else claim.cap - claim.cap % step


def _fixed(total: int, claims: Sequence[Claim], step: int) -> dict[str, int]:
    """Who is at their cap once everything above caps went to the others."""
    fixed: dict[str, int] = {}
    while True:
        rest = total - sum(fixed.values())
        sharing = [claim for claim in claims if claim.key not in fixed]
        whole = sum((claim.weight for claim in sharing), ZERO)
        over = {
            claim.key: cap
            for claim in sharing
            if (cap := _cap(claim, step)) is not None and rest * claim.weight > cap * whole
        }
        if not over:
            return fixed
        fixed |= over


def _part(claim: Claim, got: int, exact: Fraction | None, step: int) -> Part:
    """`exact` is None for who does not share in what is open: at their cap already, or out of it."""
    if claim.forfeits:
        return Part(claim.key, 0, exact or ZERO)
    if exact is None:
        return Part(claim.key, got, Fraction(got), capped=claim.cap is not None)
    cap = _cap(claim, step)
    if cap is not None and got > cap:
        return Part(claim.key, cap, exact, capped=True)
    return Part(claim.key, got, exact, step if got > exact else 0)


def add_up(total: int, lines: Sequence[tuple[str, Fraction]], step: int = 1) -> dict[str, int]:
    """A statement's lines, rounded so that they make `total`: three thirds of 100.00 are 33.34, 33.33 and 33.33.

    `lines` are exact and not negative; where all are 0, so must `total` be.
    """
    if all(amount == 0 for _, amount in lines):
        if total:
            raise ValueError("lines of 0 do not make an amount")
        return {key: 0 for key, _ in lines}
    return apportion(total, lines, step)
