"""Known traps of scores: scales that point the wrong way, what is counted twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import checks
from apps.metrics.domain.definition import Definition, ScoreDefinition
from apps.metrics.domain.fields import Known
from apps.metrics.domain.scales import Anchors, Band, Inverted, Linear, Percentile, Scale, Steps
from apps.metrics.domain.scoring import ScorePart


def traps_of(definition: Definition, known: Known) -> Iterator[Issue]:
    """What a score may have stepped into; nothing for other kinds."""
    if not isinstance(definition, ScoreDefinition):
        return
    for where, part in parts_of(definition):
        yield from _part(f"{where}.scale", part, definition, known)
    yield from _twice(definition, known)


def parts_of(definition: ScoreDefinition) -> Iterator[tuple[str, ScorePart]]:
    """Every part with its path, in the order of the document."""
    for at, group in enumerate(definition.groups):
        for number, part in enumerate(group.parts):
            yield f"groups.{at}.parts.{number}", part


def _part(where: str, part: ScorePart, definition: ScoreDefinition, known: Known) -> Iterator[Issue]:
    metric = known.metrics.get(part.metric)
    if isinstance(part.scale, Percentile) and not definition.dimensions:
        message = N_("A rank needs others to compare with: without a split “%(key)s” never gives points.")
        yield Issue(where, message, {"key": part.metric})
    if metric is None:
        return
    rising = direction_of(part.scale)
    if rising and rising != metric.direction:
        more = N_("“%(key)s” is better when lower, and here more of it gives more points.")
        less = N_("“%(key)s” is better when higher, and here more of it gives fewer points.")
        yield Issue(where, more if rising == "up" else less, {"key": part.metric})
    bounds = bounds_of(part.scale)
    if metric.unit.kind == "percent" and bounds and max(map(abs, bounds)) > 2:
        message = N_("“%(key)s” is a share: 80%% is 0.8. Write 0.8 or 80%%, not 80.")
        yield Issue(where, message, {"key": part.metric})


def direction_of(scale: Scale) -> str:
    """Whether more of the metric gives more points ("up") or fewer ("down"); "" where it depends."""
    if isinstance(scale, Linear):
        return "up" if scale.goal > scale.floor else "down"
    if isinstance(scale, Inverted):
        return "down"
    if isinstance(scale, Percentile):
        return scale.direction
    if isinstance(scale, Anchors):
        return _direction([anchor.score for anchor in scale.anchors])
    return _direction([rung.score for rung in scale.steps]) if isinstance(scale, Steps) else ""


def _direction(scores: Sequence[Decimal]) -> str:
    rising = all(a <= b for a, b in pairwise(scores))
    falling = all(a >= b for a, b in pairwise(scores))
    return "" if rising == falling else "up" if rising else "down"


def bounds_of(scale: Scale) -> list[Decimal]:
    """The values of the metric at which its scale bends."""
    if isinstance(scale, Linear):
        return [scale.floor, scale.goal]
    if isinstance(scale, Inverted):
        return [scale.goal, scale.ceiling]
    if isinstance(scale, Band):
        return [scale.low_end, scale.low, scale.high, scale.high_end]
    if isinstance(scale, Anchors):
        return [anchor.at for anchor in scale.anchors]
    return [rung.up_to for rung in scale.steps if rung.up_to is not None] if isinstance(scale, Steps) else []


def _twice(definition: ScoreDefinition, known: Known) -> Iterator[Issue]:
    """A part that stands in the formula of another part."""
    used = {part.metric for _, part in parts_of(definition)}
    for where, part in parts_of(definition):
        other = known.metrics.get(part.metric)
        for key in checks.inputs_of(other) if other is not None else ():
            if key in used:
                message = N_("“%(inner)s” is part of “%(outer)s”: what moves it counts twice.")
                yield Issue(f"{where}.metric", message, {"inner": key, "outer": part.metric})
