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
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, StrictStr, model_serializer, model_validator

from apps.kernel.issue import N_
from apps.metrics.domain.parts import ColumnKey, Common, Comparison, Key, Names, Number, Strict, wrong
from apps.metrics.domain.scales import FULL, Scale, points

_PRECISE = Context(prec=40)

Tone = Literal["good", "warn", "bad", "none"]
Points = Annotated[Number, Field(ge=0, le=100)]
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
    at_most: Points


class ScoreBand(Strict):
    """What a score is called from `at_least` points on, up to the next band: half-open, so that there are no holes."""

    name: Names
    at_least: Points
    tone: Tone


class SegmentWeights(Strict):
    """Other weights of the dimensions of the score, in their order, for one member of a split; 0 leaves one out.

    A service-only shop has no parts trade to be judged by. The total keeps the weights of the whole.
    """

    dimension: ColumnKey
    member: StrictStr = Field(max_length=200)
    weights: tuple[Annotated[Number, Field(ge=0, le=1000)], ...] = Field(min_length=1, max_length=8)


class ScoreDefinition(Common):
    """A score of 0 to 100 over other metrics. Weights are shares of their sum; without `bands` the usual ones hold."""

    kind: Literal["score"] = "score"
    groups: tuple[ScoreGroup, ...] = Field(min_length=1, max_length=8)
    caps: tuple[Cap, ...] = Field(default=(), max_length=10)
    least_coverage: Annotated[Number, Field(gt=0, le=1)] = Decimal("0.7")
    mean: Literal["arithmetic", "geometric"] = "arithmetic"
    segments: tuple[SegmentWeights, ...] = Field(default=(), max_length=50)
    bands: tuple[ScoreBand, ...] = Field(default=(), max_length=8)

    @model_serializer(mode="wrap")
    def _without_what_is_usual(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A document names neither segments nor bands where there are none of its own, as those of before did."""
        written: dict[str, Any] = write(self)
        for name in ("segments", "bands"):
            if not written[name]:
                written.pop(name)
        if self.convert:
            written.pop("convert", None)
        return written

    @model_validator(mode="after")
    def _bands_ascend(self) -> ScoreDefinition:
        starts = [band.at_least for band in self.bands]
        if starts and (starts[0] != 0 or any(a >= b for a, b in pairwise(starts))):
            raise wrong(N_("Order the bands from low to high, each start once; the first one starts at 0."))
        return self

    @model_validator(mode="after")
    def _segments_fit(self) -> ScoreDefinition:
        named = [(segment.dimension, segment.member) for segment in self.segments]
        if len(set(named)) < len(named):
            raise wrong(N_("Give each member its own weights only once."))
        for segment in self.segments:
            if segment.dimension not in self.dimensions:
                raise wrong(
                    N_("The score is not split by “%(dimension)s”, so that its members have no weights of their own."),
                    dimension=segment.dimension,
                )
            if len(segment.weights) != len(self.groups):
                raise wrong(
                    N_("“%(member)s” needs a weight for each of the %(n)s areas of the score."),
                    member=segment.member, n=len(self.groups),
                )  # fmt: skip
            if not any(segment.weights):
                raise wrong(N_("Not every weight of “%(member)s” can be 0."), member=segment.member)
        return self

    @model_validator(mode="after")
    def _each_once(self) -> ScoreDefinition:
        used = [part.metric for group in self.groups for part in group.parts]
        twice = sorted({key for key in used if used.count(key) > 1})
        if twice:
            raise wrong(N_("Each metric counts once. Named more than once: %(metrics)s."), metrics=", ".join(twice))
        return self


USUAL_BANDS = (
    ScoreBand(name=Names(en="At risk", zh="预警"), at_least=Decimal(0), tone="bad"),
    ScoreBand(name=Names(en="Needs attention", zh="需关注"), at_least=Decimal(60), tone="warn"),
    ScoreBand(name=Names(en="Healthy", zh="健康"), at_least=Decimal(80), tone="good"),
)


def bands_of(definition: ScoreDefinition) -> tuple[ScoreBand, ...]:
    """Its bands from low to high; the usual ones where it has none of its own."""
    return definition.bands or USUAL_BANDS


def band_of(definition: ScoreDefinition, score: Fraction | Decimal) -> ScoreBand:
    """The band of a score: the highest that begins at or below it."""
    found = [band for band in bands_of(definition) if band.at_least <= score]
    return found[-1] if found else bands_of(definition)[0]


def weighed_for(definition: ScoreDefinition, dimension: str, member: str) -> ScoreDefinition:
    """The definition as it holds for a member of a split: with the member's own weights, if it has any."""
    for segment in definition.segments:
        if dimension and (segment.dimension, segment.member) == (dimension, member):
            groups = tuple(
                group.model_copy(update={"weight": weight})
                for group, weight in zip(definition.groups, segment.weights, strict=True)
            )
            return definition.model_copy(update={"groups": groups})
    return definition


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
        shares += [weight / speaking * share / known if known and weight else Fraction(0) for share in present]
    return shares, coverage


def _arithmetic(parts: Sequence[ScoredPart]) -> Fraction:
    return sum((part.weight * part.points for part in parts if part.points is not None), Fraction(0))


def _geometric(parts: Sequence[ScoredPart]) -> Fraction:
    """The weighted geometric mean at 40 digits: one part of 0 points makes it 0."""
    known = [(part.weight, part.points) for part in parts if part.points is not None and part.weight]
    if any(points == 0 for _, points in known):
        return Fraction(0)
    logarithm = Decimal(0)
    for weight, gained in known:
        logarithm = _PRECISE.add(logarithm, _PRECISE.multiply(_decimal(weight), _PRECISE.ln(_decimal(gained))))
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
