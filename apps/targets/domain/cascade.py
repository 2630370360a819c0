"""Split a goal into goals of parts, so that they add up to it, to the last unit; and change a whole tree of them.

The largest remainders get what is left (Hamilton's way): each part gets the whole steps of its exact share, and the
steps that are left go one by one to the parts with the largest remainders, then to the larger part, then to the one
that comes first. So no part is more than one step away from its exact share, and nothing is lost or made.

A step is 1 for what is counted, and the smallest figure that is told for anything else (0.01 of a currency).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor

from apps.kernel.issue import N_, Issue
from apps.kernel.numbers import divide
from apps.targets.domain.kinds import Rule

MOST_PARTS = 500
_AS_GOOD_AS_WHOLE = Fraction(1, 10**15)
"""Shares are kept with 18 digits, so thirds do not make 1 exactly."""

NO_WEIGHT = N_("No part has a share. Give at least one of them more than 0.")
NEGATIVE = N_("A share is 0 or more.")
NO_FIGURES = N_("“%(name)s” has no value for that time a year ago. Choose another way to split, or type its share.")
NO_PARTS = N_("Choose at least one part.")
TOO_MANY = N_("That is %(n)s parts, more than %(most)s. Split it into regions first.")


def split(total: Decimal, weights: Sequence[Fraction], step: Decimal) -> list[Decimal]:
    """`total` in parts by their `weights`, each a multiple of `step` but for one that takes what no step fits.

    The parts add up to `total`, always. ValueError without a weight above 0, or with one below.
    """
    whole = sum(weights, Fraction(0))
    if whole <= 0 or min(weights) < 0:
        raise ValueError(NO_WEIGHT if whole <= 0 else NEGATIVE)
    sign = -1 if total < 0 else 1
    exact = [abs(Fraction(total)) * weight / whole / Fraction(step) for weight in weights]
    steps = [floor(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: (steps[at] - exact[at], -exact[at], at))
    left = floor(abs(Fraction(total)) / Fraction(step)) - sum(steps)
    for at in by_remainder[:left]:
        steps[at] += 1
    parts = [sign * step * each for each in steps]
    parts[max(range(len(exact)), key=lambda at: (exact[at], -at))] += total - sum(parts)
    return parts


def rest(total: Decimal, parts: Sequence[Decimal]) -> Decimal:
    """What is left of `total` after its parts; below 0 where they make more."""
    return total - sum(parts, Decimal(0))


def share_of(part: Decimal, total: Decimal) -> Decimal | None:
    """The share of a part, with as many digits as are kept; None of a total of 0."""
    found = divide(part, total)
    return None if found is None else round(found, 18)


def step_of(unit_kind: str, decimals: int, total: Decimal) -> Decimal:
    """The smallest figure a part may differ by: 1 for what is counted, else the digits that are told.

    A total with more digits than its unit shows keeps them: 100.125 in three parts is split to thousandths.
    """
    places = 0 if unit_kind == "count" else decimals + (2 if unit_kind == "percent" else 0)
    exponent = total.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101  (totals are finite)
    return Decimal(1).scaleb(-max(places, -exponent if unit_kind != "count" else 0))


@dataclass(frozen=True)
class Branch:
    """A target in a cascade: its goal, by what it was split off, its share of the one above, and its own parts."""

    key: str
    goal: Decimal
    rule: Rule | None = None
    share: Decimal | None = None
    parts: tuple[Branch, ...] = field(default=())

    def walk(self) -> Iterator[Branch]:
        """This one and everything below it, top down."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Change:
    """What a change at the top makes of one target: `before` and `after` are goals."""

    key: str
    before: Decimal
    after: Decimal
    depth: int


def changes(branch: Branch, goal: Decimal, step: Decimal, depth: int = 0) -> Iterator[Change]:
    """Everything that changes once `branch` gets another goal, top down, itself first; what stays is left out.

    Parts that were split by share or by last year keep their shares of the whole; those by hand keep their goals, and
    what they leave open is a rest. So a tree that added up adds up again wherever nothing was given by hand.
    """
    if goal != branch.goal:
        yield Change(branch.key, branch.goal, goal, depth)
    wanted = _parts_at(branch, goal, step)
    for part in branch.parts:
        yield from changes(part, wanted[part.key], step, depth + 1)


def _parts_at(branch: Branch, goal: Decimal, step: Decimal) -> Mapping[str, Decimal]:
    """What each part gets of `goal`."""
    kept = {part.key: part.goal for part in branch.parts}
    moving = [part for part in branch.parts if part.rule in (Rule.SHARE, Rule.LAST_YEAR) and part.share]
    if goal == branch.goal or not moving:
        return kept
    shares = [Fraction(part.share or 0) for part in moving]
    whole = sum(shares, Fraction(0))
    total = goal if abs(1 - whole) < _AS_GOOD_AS_WHOLE else _to_step(Fraction(goal) * whole, step)
    return kept | dict(zip((part.key for part in moving), split(total, shares, step), strict=True))


def _to_step(exact: Fraction, step: Decimal) -> Decimal:
    steps = floor(exact / Fraction(step) + Fraction(1, 2))
    return step * steps


@dataclass(frozen=True)
class Told:
    """One part as somebody planned it: `weight` for a split by share, `figure` of a year ago, `goal` by hand."""

    key: str
    name: str
    weight: Decimal | None = None
    figure: Decimal | None = None
    goal: Decimal | None = None


@dataclass(frozen=True)
class Planned:
    """One part with what it gets (None: nothing said) and its share of the whole."""

    key: str
    goal: Decimal | None
    share: Decimal | None


def issues(rule: Rule, told: Sequence[Told]) -> Iterator[Issue]:
    """Everything that keeps a total from being split so; `where` is "parts", or the key of a part."""
    if not told:
        yield Issue("parts", NO_PARTS)
    if len(told) > MOST_PARTS:
        yield Issue("parts", TOO_MANY, {"n": len(told), "most": MOST_PARTS})
    if rule is Rule.HAND or not told:
        return
    weights = {part.key: part.weight if rule is Rule.SHARE else part.figure for part in told}
    for part in told:
        weight = weights[part.key]
        if weight is None and rule is Rule.LAST_YEAR:
            yield Issue(part.key, NO_FIGURES, {"name": part.name})
        elif weight is not None and weight < 0:
            yield Issue(part.key, NEGATIVE)
    if not any(weight is not None and weight > 0 for weight in weights.values()):
        yield Issue("parts", NO_WEIGHT)


def plan(total: Decimal, rule: Rule, told: Sequence[Told], step: Decimal) -> list[Planned]:
    """What each part gets of `total`. Ask `issues` first.

    Shares that make less than 100 % leave a rest; those that make more are taken as weights of the whole, as last
    year's figures are.
    """
    if rule is Rule.HAND:
        return [
            Planned(part.key, part.goal, None if part.goal is None else share_of(part.goal, total)) for part in told
        ]
    weights = [Fraction((part.weight if rule is Rule.SHARE else part.figure) or 0) for part in told]
    whole = sum(weights, Fraction(0))
    of = _to_step(Fraction(total) * whole / 100, step) if rule is Rule.SHARE and whole < 100 else total
    parts = split(of, weights, step)
    base = Fraction(100) if rule is Rule.SHARE and whole < 100 else whole
    shares = [divide((each / base).numerator, (each / base).denominator) for each in weights]
    return [
        Planned(part.key, goal, None if share is None else round(share, 18))
        for part, goal, share in zip(told, parts, shares, strict=True)
    ]
