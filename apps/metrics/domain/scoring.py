"""The health score: what a score is made of, and what it comes to.

Each part turns the value of a metric into 0 to 100 points (its scale), parts are weighed within their dimension and
dimensions among each other. A part without a value gives its weight to the others of its dimension, a dimension
without any to the other dimensions; but below a least coverage of the weights there is no score, because leaving out
the worst part would raise it. Sources: `semantics/metrics.md` 2.12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from apps.kernel.issue import N_
from apps.metrics.domain.parts import Common, Comparison, Key, Names, Number, Strict, wrong

FULL = Fraction(100)
_PRECISE = Context(prec=40)


class Linear(Strict):
    """0 at `floor`, 100 at `goal`, straight between; a goal below the floor means that less is better."""

    type: Literal["linear"] = "linear"
    floor: Number
    goal: Number

    @model_validator(mode="after")
    def _apart(self) -> Linear:
        if self.floor == self.goal:
            raise wrong(N_("The values of 0 and of 100 points have to differ."))
        return self


class Inverted(Strict):
    """100 at or below `goal`, 0 at or above `ceiling`, straight between: less is better."""

    type: Literal["inverted"] = "inverted"
    goal: Number
    ceiling: Number

    @model_validator(mode="after")
    def _apart(self) -> Inverted:
        if self.goal >= self.ceiling:
            raise wrong(N_("Where less is better, the value of 100 points is the smaller one."))
        return self


class Anchor(Strict):
    """So many points at this value."""

    at: Number
    score: Annotated[Number, Field(ge=0, le=100)]


class Anchors(Strict):
    """Points at several values, straight between them, level outside."""

    type: Literal["anchors"] = "anchors"
    anchors: tuple[Anchor, ...] = Field(min_length=2, max_length=20)

    @model_validator(mode="after")
    def _ascending(self) -> Anchors:
        if any(a.at >= b.at for a, b in pairwise(self.anchors)):
            raise wrong(N_("Order the values from small to large, each once."))
        return self


class Band(Strict):
    """100 from `low` to `high`, falling to 0 at `low_end` and `high_end`: too much is as bad as too little."""

    type: Literal["band"] = "band"
    low_end: Number
    low: Number
    high: Number
    high_end: Number

    @model_validator(mode="after")
    def _ascending(self) -> Band:
        if not self.low_end < self.low <= self.high < self.high_end:
            raise wrong(N_("Order the values from small to large, each once."))
        return self


class Rung(Strict):
    """So many points up to this value, which belongs to it; the last rung has no end."""

    up_to: Number | None = None
    score: Annotated[Number, Field(ge=0, le=100)]


class Steps(Strict):
    """Points by steps. A value on the border belongs to the lower step."""

    type: Literal["steps"] = "steps"
    steps: tuple[Rung, ...] = Field(min_length=2, max_length=20)

    @model_validator(mode="after")
    def _ascending(self) -> Steps:
        ends = [rung.up_to for rung in self.steps]
        if ends[-1] is not None or None in ends[:-1]:
            raise wrong(N_("Every step but the last one says up to which value it goes."))
        known = [end for end in ends if end is not None]
        if any(a >= b for a, b in pairwise(known)):
            raise wrong(N_("Order the values from small to large, each once."))
        return self


class Percentile(Strict):
    """The share of the other members of the dimension that are below, ties by half. Relative: no level, a rank."""

    type: Literal["percentile"] = "percentile"
    direction: Literal["up", "down"] = "up"


Scale = Annotated[Linear | Inverted | Anchors | Band | Steps | Percentile, Field(discriminator="type")]
Weight = Annotated[Number, Field(gt=0, le=1000)]


class ScorePart(Strict):
    """A metric, what its values are worth, and how much that weighs within its dimension."""

    metric: Key
    weight: Weight = Decimal(1)
    scale: Scale


class ScoreGroup(Strict):
    """A dimension of the score, such as customer stickiness, and how much it weighs among the others."""

    name: Names
    weight: Weight
    parts: tuple[ScorePart, ...] = Field(min_length=1, max_length=12)


class Cap(Strict):
    """While the metric's value compares so, the score is at most `at_most`, whatever the rest says."""

    metric: Key
    op: Comparison
    value: Number
    at_most: Annotated[Number, Field(ge=0, le=100)]


class ScoreDefinition(Common):
    """A score of 0 to 100 over other metrics. Weights are shares of their sum."""

    kind: Literal["score"] = "score"
    groups: tuple[ScoreGroup, ...] = Field(min_length=1, max_length=8)
    caps: tuple[Cap, ...] = Field(default=(), max_length=10)
    least_coverage: Annotated[Number, Field(gt=0, le=1)] = Decimal("0.7")
    mean: Literal["arithmetic", "geometric"] = "arithmetic"

    @model_validator(mode="after")
    def _each_once(self) -> ScoreDefinition:
        used = [part.metric for group in self.groups for part in group.parts]
        twice = sorted({key for key in used if used.count(key) > 1})
        if twice:
            raise wrong(N_("Each metric counts once. Named more than once: %(metrics)s."), metrics=", ".join(twice))
        return self


@dataclass(frozen=True)
class ScoredPart:
    """One part: the metric's value, its points, and its weight in the whole after missing parts gave theirs away.

    `value` and `points` are None, and the weight is 0, where it has no value.
    """

    metric: str
    group: int
    value: Fraction | None
    points: Fraction | None
    weight: Fraction


@dataclass(frozen=True)
class Scored:
    """A score with all that made it.

    `score` is None below the least coverage. `coverage` is the share of the weights whose metric has a value;
    `capped_by` the metric of the cap that held it down. With the arithmetic mean and no cap,
    score = sum of weight x points, exactly.
    """

    score: Fraction | None
    coverage: Fraction
    parts: tuple[ScoredPart, ...]
    capped_by: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The metrics without a value."""
        return tuple(part.metric for part in self.parts if part.points is None)


Peers = Mapping[str, Sequence[Fraction]]
"""For each metric the values of all members of the dimension, the one judged included."""


def metrics_of(definition: ScoreDefinition) -> tuple[str, ...]:
    """Keys of the metrics it reads, each once: its parts, then its caps."""
    parts = [part.metric for group in definition.groups for part in group.parts]
    return tuple(dict.fromkeys([*parts, *(cap.metric for cap in definition.caps)]))


def score(definition: ScoreDefinition, values: Mapping[str, Fraction | None], peers: Peers) -> Scored:
    """What the score comes to with these values by metric key; a key that is missing or None has no value."""
    judged = [
        (at, group, part, values.get(part.metric), _points_of(part, values.get(part.metric), peers))
        for at, group in enumerate(definition.groups)
        for part in group.parts
    ]
    shares, coverage = _shares(definition, [points is not None for *_, points in judged])
    parts = tuple(
        ScoredPart(part.metric, at, value, points, share)
        for (at, _, part, value, points), share in zip(judged, shares, strict=True)
    )
    if coverage < Fraction(definition.least_coverage):
        return Scored(None, coverage, parts)
    mean = _geometric(parts) if definition.mean == "geometric" else _arithmetic(parts)
    capped, by = _capped(definition, mean, values)
    return Scored(capped, coverage, parts, by)


def _shares(definition: ScoreDefinition, has_value: Sequence[bool]) -> tuple[list[Fraction], Fraction]:
    """The weight of each part in the whole (0 without a value), and the share of all weights that has a value."""
    whole = Fraction(sum(group.weight for group in definition.groups))
    flags = iter(has_value)
    groups = []
    for group in definition.groups:
        all_parts = Fraction(sum(part.weight for part in group.parts))
        present = [Fraction(part.weight) if next(flags) else Fraction(0) for part in group.parts]
        groups.append((Fraction(group.weight) / whole, present, all_parts))
    coverage = sum((weight * sum(present) / all_parts for weight, present, all_parts in groups), Fraction(0))
    speaking = sum((weight for weight, present, _ in groups if sum(present)), Fraction(0))
    shares = []
    for weight, present, _ in groups:
        known = sum(present)
        shares += [weight / speaking * share / known if known else Fraction(0) for share in present]
    return shares, coverage


def _arithmetic(parts: Sequence[ScoredPart]) -> Fraction:
    return sum((part.weight * part.points for part in parts if part.points is not None), Fraction(0))


def _geometric(parts: Sequence[ScoredPart]) -> Fraction:
    """The weighted geometric mean at 40 digits: one part of 0 points makes it 0."""
    known = [(part.weight, part.points) for part in parts if part.points is not None]
    if any(points == 0 for _, points in known):
        return Fraction(0)
    logarithm = Decimal(0)
    for weight, points in known:
        logarithm = _PRECISE.add(logarithm, _PRECISE.multiply(_decimal(weight), _PRECISE.ln(_decimal(points))))
    return min(Fraction(_PRECISE.exp(logarithm)), FULL)


def _decimal(number: Fraction) -> Decimal:
    return _PRECISE.divide(Decimal(number.numerator), Decimal(number.denominator))


def _capped(definition: ScoreDefinition, mean: Fraction, values: Mapping[str, Fraction | None]) -> tuple[Fraction, str]:
    lowest, by = mean, ""
    for cap in definition.caps:
        value = values.get(cap.metric)
        if value is not None and compares(value, cap.op, Fraction(cap.value)) and Fraction(cap.at_most) < lowest:
            lowest, by = Fraction(cap.at_most), cap.metric
    return lowest, by


def compares(value: Fraction, op: Comparison, other: Fraction) -> bool:
    """Whether `value` is more than, at least, less than, at most or exactly `other`."""
    return {
        "gt": value > other,
        "ge": value >= other,
        "lt": value < other,
        "le": value <= other,
        "eq": value == other,
    }[op]


def _points_of(part: ScorePart, value: Fraction | None, peers: Peers) -> Fraction | None:
    if value is None:
        return None
    return points(part.scale, value, peers.get(part.metric, ()))


def points(scale: Scale, value: Fraction, peers: Sequence[Fraction] = ()) -> Fraction | None:
    """The points, 0 to 100, of a value on a scale; None for a rank without at least one other member."""
    if isinstance(scale, Linear):
        return _between(value, Fraction(scale.floor), Fraction(scale.goal))
    if isinstance(scale, Inverted):
        return _between(value, Fraction(scale.ceiling), Fraction(scale.goal))
    if isinstance(scale, Anchors):
        return _on_line([(Fraction(anchor.at), Fraction(anchor.score)) for anchor in scale.anchors], value)
    if isinstance(scale, Band):
        ends = [(scale.low_end, 0), (scale.low, 100), (scale.high, 100), (scale.high_end, 0)]
        return _on_line([(Fraction(at), Fraction(points)) for at, points in ends], value)
    if isinstance(scale, Steps):
        rung = next(rung for rung in scale.steps if rung.up_to is None or value <= Fraction(rung.up_to))
        return Fraction(rung.score)
    return _rank(scale, value, peers)


def _between(value: Fraction, zero: Fraction, full: Fraction) -> Fraction:
    return min(max((value - zero) / (full - zero) * FULL, Fraction(0)), FULL)


def _on_line(line: Sequence[tuple[Fraction, Fraction]], value: Fraction) -> Fraction:
    if value <= line[0][0]:
        return line[0][1]
    for (x0, y0), (x1, y1) in pairwise(line):
        if value <= x1:
            return y1 if x0 == x1 else y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return line[-1][1]


def _rank(scale: Percentile, value: Fraction, peers: Sequence[Fraction]) -> Fraction | None:
    others = len(peers) - 1
    if others < 1:
        return None
    below = sum(peer < value for peer in peers)
    ties = sum(peer == value for peer in peers) - 1
    rank = (below + Fraction(ties, 2)) / others * FULL
    return FULL - rank if scale.direction == "down" else rank
