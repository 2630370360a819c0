"""Why a score differs from another: inputs moved, the definition changed, coverage changed; exactly, part by part.

Three players in a Shapley game over the real score, caps and means included: the values of the inputs, the definition
(weights, scales, caps), and which inputs have a value at all. An input without a value at one end is taken at the one
it is known to have, so that its absence is coverage and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.metrics.domain import scales, scoring
from apps.metrics.domain.drivers.orders import orders
from apps.metrics.domain.scoring import Peers, Scored, ScoreDefinition

Values = Mapping[str, Fraction | None]
_INPUTS, _DEFINITION, _COVERAGE = range(3)


@dataclass(frozen=True)
class ScoreEnd:
    """A score at one end: its definition, the values by metric key, and the members ranked against."""

    definition: ScoreDefinition
    values: Values
    peers: Peers


@dataclass(frozen=True)
class ScoreChange:
    """What moved a score, in points; `inputs + definition + coverage` is the change, exactly.

    `by_metric` is what each input moved through its own points, `held` the rest of `inputs`: what a cap held back or
    let go, and what a geometric mean adds. `capped` names inputs that moved and whose points did not.
    """

    inputs: Fraction
    definition: Fraction
    coverage: Fraction
    by_metric: Mapping[str, Fraction]
    held: Fraction
    capped: tuple[str, ...]


def score_change(before: ScoreEnd, after: ScoreEnd) -> ScoreChange | None:
    """What moved the score from `before` to `after`; None where it has none at an end, or on the way."""
    ends = (before, after)
    scored = {state: _scored(ends, state) for state in range(8)}
    worth = {state: each.score for state, each in scored.items()}
    known = {state: score for state, score in worth.items() if score is not None}
    if len(known) < len(worth):
        return None
    inputs, definition, coverage = (_gain(known.__getitem__, player) for player in range(3))
    by_metric = _by_metric(scored)
    held = inputs - sum(by_metric.values(), Fraction(0))
    return ScoreChange(inputs, definition, coverage, by_metric, held, _capped(before, after))


def _gain(worth: Callable[[int], Fraction], player: int) -> Fraction:
    ways = orders("shapley", 3).before[player]
    return sum((weight * (worth(moved | 1 << player) - worth(moved)) for moved, weight in ways), Fraction(0))


def _scored(ends: tuple[ScoreEnd, ScoreEnd], moved: int) -> Scored:
    values, definition, coverage = (ends[moved >> player & 1] for player in (_INPUTS, _DEFINITION, _COVERAGE))
    other = ends[1 - (moved >> _INPUTS & 1)]
    seen = {}
    for key in {**ends[0].values, **ends[1].values}:
        known = values.values.get(key)
        seen[key] = None if coverage.values.get(key) is None else other.values.get(key) if known is None else known
    return scoring.score(definition.definition, seen, values.peers)


def _by_metric(scored: Mapping[int, Scored]) -> dict[str, Fraction]:
    """Weight times change of points of each part, averaged over how definition and coverage may stand."""
    found: dict[str, Fraction] = {}
    for moved, weight in orders("shapley", 3).before[_INPUTS]:
        first, last = scored[moved].parts, scored[moved | 1 << _INPUTS].parts
        for old, new in zip(first, last, strict=True):
            if old.points is not None and new.points is not None:
                effect = weight * old.weight * (new.points - old.points)
                found[old.metric] = found.get(old.metric, Fraction(0)) + effect
    return found


def _capped(before: ScoreEnd, after: ScoreEnd) -> tuple[str, ...]:
    """Inputs whose value moved while their points, by the definition at the end, stayed at 0 or 100."""
    found = []
    for part in (part for group in after.definition.groups for part in group.parts):
        old, new = before.values.get(part.metric), after.values.get(part.metric)
        if old is None or new is None or old == new or isinstance(part.scale, scales.Percentile):
            continue
        ends = {scales.points(part.scale, value) for value in (old, new)}
        if len(ends) == 1 and ends <= {Fraction(0), scales.FULL}:
            found.append(part.metric)
    return tuple(found)
