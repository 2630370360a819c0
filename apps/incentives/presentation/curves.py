"""A payout curve drawn as SVG and told as a table: coordinates are whole numbers, so nothing here is a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from apps.incentives.domain.attainment import ONE, ZERO
from apps.incentives.domain.curve import Above, Below, Curve, Point, Shape, Tiers, factor, tiered
from apps.incentives.domain.sample import levels_of
from apps.incentives.domain.sentences import money, number, percent

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 34


@dataclass(frozen=True)
class Mark:
    """A place on the drawing with what is written there."""

    x: int
    y: int
    text: str


@dataclass(frozen=True)
class Drawing:
    """What a template needs to draw a curve: `lines` are points of polylines, `here` the value of the example."""

    lines: tuple[str, ...]
    dots: tuple[Mark, ...]
    across: tuple[Mark, ...]
    upward: tuple[Mark, ...]
    here: Mark | None
    rows: tuple[tuple[str, str, str], ...]
    on_values: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM
    top: int = TOP


class Plane:
    """Turns values into whole pixels."""

    def __init__(self, xs: Sequence[Fraction], ys: Sequence[Fraction]) -> None:
        low, high = min(xs), max(xs)
        room = Fraction(high - low, 8) or ONE
        self.x0, self.x1 = low - room, high + room
        self.y1 = max([*ys, ONE]) * Fraction(11, 10)

    def x(self, value: Fraction) -> int:
        share = Fraction(value - self.x0, self.x1 - self.x0)
        return LEFT + int(min(max(share, ZERO), ONE) * (WIDTH - LEFT - RIGHT))

    def y(self, value: Fraction) -> int:
        share = Fraction(value, self.y1)
        return HEIGHT - BOTTOM - int(min(max(share, ZERO), ONE) * (HEIGHT - BOTTOM - TOP))

    def line(self, *points: tuple[Fraction, Fraction]) -> str:
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)


def drawing(
    curve: Curve, *, on_values: bool, currency: str, target: Fraction, here: Fraction | None = None
) -> Drawing | None:
    """A curve drawn, with a table of what it pays of a target bonus; None while there is nothing to draw."""
    points = curve.points or ((Point(ZERO, ZERO), Point(ONE, ONE)) if curve.shape is Shape.DIRECT else ())
    if len(points) < 1:
        return None
    shown = [point.x for point in points] + ([here] if here is not None else [])
    plane = Plane(shown, [factor(curve, x) for x in (*shown, *levels_of(curve))])
    x_of = number if on_values else percent
    rows = tuple(
        (x_of(level), percent(factor(curve, level)), money(target * factor(curve, level), currency))
        for level in levels_of(curve)
    )
    mark = None
    if here is not None:
        mark = Mark(plane.x(here), plane.y(factor(curve, here)), f"{x_of(here)} → {percent(factor(curve, here))}")
    return Drawing(
        lines=tuple(plane.line(*line) for line in _lines(curve, points, plane)),
        dots=tuple(Mark(plane.x(p.x), plane.y(p.y), f"{x_of(p.x)} → {percent(p.y)}") for p in points),
        across=_spaced([Mark(plane.x(p.x), HEIGHT - BOTTOM, x_of(p.x)) for p in points]),
        upward=tuple(Mark(LEFT, plane.y(y), percent(y)) for y in sorted({ZERO, *(p.y for p in points)})),
        here=mark,
        rows=rows,
        on_values=on_values,
    )


def _spaced(marks: list[Mark]) -> tuple[Mark, ...]:
    """Those marks of an axis that do not run into each other."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda each: each.x):
        if not found or mark.x - found[-1].x >= 46:
            found.append(mark)
    return tuple(found)


def _lines(curve: Curve, points: Sequence[Point], plane: Plane) -> list[list[tuple[Fraction, Fraction]]]:
    start, end = (plane.x1, plane.x0) if curve.falling else (plane.x0, plane.x1)
    first, last = points[0], points[-1]
    before = first.y if curve.below is Below.FIRST else ZERO
    lines = [[(start, before), (first.x, before)]]
    if curve.shape is Shape.STEP:
        for low, high in pairwise(points):
            lines.append([(low.x, low.y), (high.x, low.y)])
        lines.append([(last.x, last.y), (end, last.y)])
        return lines
    if curve.shape is Shape.DIRECT:
        first_y = first.x if curve.points else ZERO
        return [*lines, [(first.x, first_y), (end, factor(curve, end))]]
    rising = curve.above is Above.EXTEND and len(points) > 1
    drawn = [(point.x, min(point.y, curve.cap) if curve.cap is not None else point.y) for point in points]
    return [*lines, [*drawn, (end, factor(curve, end) if rising else drawn[-1][1])]]


def tier_rows(tiers: Tiers, currency: str) -> tuple[tuple[str, str], ...]:
    """What tiers pay around each of their bounds."""
    values = sorted(
        {value for band in tiers.bands for value in (band.start - 1, band.start, band.start * 2) if value > 0}
    )
    return tuple((number(value), money(tiered(tiers, value), currency)) for value in values)
