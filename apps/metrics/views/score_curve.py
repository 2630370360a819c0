"""The small picture of a scale: its curve from 0 to 100 points, where the newest value stands, and that in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from apps.common import formats
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.scales import Percentile, Scale, Steps, points
from apps.metrics.domain.score_traps import bounds_of

WIDTH, HEIGHT, EDGE = 132, 46, 4


@dataclass(frozen=True)
class Curve:
    """Finished SVG values: the path of the line, where the value stands (None: nowhere), the ends of the axis as texts,
    and the worked line, such as “28 % → 56 points”."""

    path: str
    dot: tuple[str, str] | None
    low: str
    high: str
    worked: str
    label: str


def curve_of(scale: Scale, value: Fraction | None, say: Callable[[Decimal], str], label: str) -> Curve:
    """The picture of `scale` with `value` on it; `say` writes a value, `label` says the scale in words."""
    if isinstance(scale, Percentile):
        ends = (EDGE, HEIGHT - EDGE) if scale.direction == "up" else (EDGE, EDGE)
        other = EDGE if scale.direction == "up" else HEIGHT - EDGE
        path = f"M{ends[0]} {ends[1]}L{WIDTH - EDGE} {other}"
        return Curve(path, None, _("last"), _("first"), _("Depends on the other members."), label)
    bounds = [Fraction(bound) for bound in bounds_of(scale)]
    low, high = _ends(bounds, value)
    at = [low, *sorted({bound for bound in bounds if low < bound < high}), high]
    path = _stairs(scale, at, low, high) if isinstance(scale, Steps) else _line(scale, at, low, high)
    dot = None
    worked = _("No value yet.")
    if value is not None:
        gained = points(scale, value) or Fraction(0)
        dot = (_x(value, low, high), _y(gained))
        worked = worked_line(say(rounded(value)), gained)
    return Curve(path, dot, say(rounded(low)), say(rounded(high)), worked, label)


def worked_line(value: str, gained: Fraction) -> str:
    """ "28 % → 56 points"."""
    return _("%(value)s → %(points)s points") % {
        "value": value,
        "points": formats.plain(formats.rounded(rounded(gained), 1)),
    }


def _ends(bounds: list[Fraction], value: Fraction | None) -> tuple[Fraction, Fraction]:
    """A seventh more than what bends on both sides, and the value; nothing below 0 where nothing is below it."""
    low, high = min(bounds), max(bounds)
    room = (high - low) / 7 or abs(low) / 7 or Fraction(1)
    known = [low - room, high + room] + ([value] if value is not None else [])
    found = min(known)
    return (max(found, Fraction(0)) if low >= 0 and (value is None or value >= 0) else found), max(known)


def _line(scale: Scale, at: list[Fraction], low: Fraction, high: Fraction) -> str:
    drawn = [f"{_x(each, low, high)} {_y(points(scale, each) or Fraction(0))}" for each in at]
    return "M" + "L".join(drawn)


def _stairs(scale: Steps, at: list[Fraction], low: Fraction, high: Fraction) -> str:
    """Level up to each border, which belongs to the lower step, then straight up or down."""
    path, before = "", None
    for start, end in pairwise(at):
        level = _y(points(scale, (start + end) / 2) or Fraction(0))
        path += f"{'M' if before is None else 'L'}{_x(start, low, high)} {level}L{_x(end, low, high)} {level}"
        before = level
    return path


def _x(value: Fraction, low: Fraction, high: Fraction) -> str:
    share = (value - low) / (high - low) if high > low else Fraction(1, 2)
    return f"{float(EDGE + share * (WIDTH - 2 * EDGE)):.1f}"


def _y(gained: Fraction) -> str:
    return f"{float(HEIGHT - EDGE - gained / 100 * (HEIGHT - 2 * EDGE)):.1f}"
