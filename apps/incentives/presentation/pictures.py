"""A payout curve as a small picture: a line, and a dot where somebody landed; whole coordinates in a fixed frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from apps.incentives.domain.curve import Curve, Shape, factor
from apps.incentives.domain.rounding import whole
from apps.incentives.domain.sentences import number, percent

WIDTH, HEIGHT = 300, 96
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 12, 18
_FIFTH, _TINY = Fraction(1, 5), Fraction(1, 100_000)


@dataclass(frozen=True)
class Tick:
    """A point of the curve on the axis below."""

    x: int
    words: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Picture:
    """What the template draws; `words` say the same."""

    line: str
    dot_x: int
    dot_y: int
    base: int
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT


def picture(curve: Curve, x: Fraction, *, on_values: bool) -> Picture | None:
    """The curve around `x`; None for one without points that pays as attained."""
    marks = sorted({point.x for point in curve.points}) or ([Fraction(1)] if curve.shape is Shape.DIRECT else [])
    if not marks:
        return None
    low, high = min(marks[0], x), max(marks[-1], x)
    span = (high - low) or abs(high) or Fraction(1)
    low, high = low - span * _FIFTH, high + span * _FIFTH
    tiny = (high - low) * _TINY
    spots = [low, *(spot for mark in marks for spot in (mark - tiny, mark, mark + tiny)), high]
    ys = [factor(curve, spot) for spot in spots]
    paid = factor(curve, x)
    top = max([*ys, paid, Fraction(1)])

    def at(value: Fraction) -> int:
        return LEFT + whole(Fraction((value - low) * (WIDTH - LEFT - RIGHT), high - low))

    def up(value: Fraction) -> int:
        return HEIGHT - BOTTOM - whole(Fraction(value * (HEIGHT - TOP - BOTTOM), top))

    line = " ".join(f"{at(spot)},{up(y)}" for spot, y in zip(spots, ys, strict=True))
    return Picture(line, at(x), up(paid), HEIGHT - BOTTOM, _ticks(marks, at, on_values))


def _ticks(marks: list[Fraction], at: object, on_values: bool) -> tuple[Tick, ...]:
    """The points, as long as their words do not stand on each other."""
    found: list[Tick] = []
    for mark in marks:
        place = at(mark)  # type: ignore[operator]
        if found and place - found[-1].x < 52:
            continue
        anchor = "start" if place < 24 else "end" if place > WIDTH - 24 else "middle"
        found.append(Tick(place, number(mark) if on_values else percent(mark), anchor))
    return tuple(found)
