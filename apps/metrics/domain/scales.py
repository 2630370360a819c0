"""Scales of a score: what a value of a metric is worth, from 0 to 100 points. Sources: `semantics/metrics.md` 2.12."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from apps.kernel.issue import N_
from apps.metrics.domain.parts import Number, Strict, wrong

FULL = Fraction(100)


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
