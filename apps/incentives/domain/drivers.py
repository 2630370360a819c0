"""Down the metric tree: what one step of a driver adds to somebody's pay, through the formulas that lie between.

The metric of a component may be a formula of other metrics, and those again. A driver at the end of it is moved by a
step that people can picture; the formulas say what that makes of the component's metric, and `calculate` what that
pays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.levers import better, moved, nice_step, pay_of, place_of
from apps.incentives.domain.plan import Component
from apps.incentives.domain.snapshot import Snapshot
from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.formula import Node, inputs

Trees = Mapping[str, Node]
"""The formula of each metric that has one, by key."""

Values = Mapping[str, Fraction]
"""What metrics are now for whom a component is measured, by key."""


@dataclass(frozen=True)
class Driver:
    """`step` of the metric `metric` (below 0: less of it) moves the component's metric by `moves` and pays `own` more,
    in minor units.
    """

    component: Component
    metric: str
    step: Fraction
    moves: Fraction
    own: int


def ends_of(metric: str, trees: Trees) -> tuple[str, ...]:
    """The metrics without a formula that `metric` is made of in the same period, each once; none where it has none."""
    return tuple(dict.fromkeys(_ends(metric, trees))) if metric in trees else ()


def _ends(metric: str, trees: Trees) -> Iterator[str]:
    if metric not in trees:
        yield metric
        return
    for each in inputs(trees[metric]):
        if not each.back:
            yield from _ends(each.key, trees)


def worth(metric: str, trees: Trees, values: Values) -> Fraction | None:
    """What a metric comes to by the formulas below it; None where something is missing, or lies in another period."""
    if metric not in trees:
        return values.get(metric)
    known = {each: worth(each.key, trees, values) for each in inputs(trees[metric]) if not each.back}
    return evaluate(trees[metric], known).exact


def drivers(snapshot: Snapshot, key: str, team: str, trees: Trees, values: Mapping[str, Values]) -> tuple[Driver, ...]:
    """What a step of each driver adds for the participant `key`, the strongest first; only those that add something.

    `values` are by team, "" for the company: where a component is measured. Unclear if the person has no result.
    """
    now = pay_of(snapshot, key).total
    found = []
    for component in snapshot.plan.components:
        place = place_of(component, team)
        actual = snapshot.readings.get(place, Reading()).actual
        here = values.get(place[1], {})
        base = worth(component.metric, trees, here)
        if actual is None or base is None:
            continue
        for metric in ends_of(component.metric, trees):
            if metric not in here:
                continue  # a formula may do without it
            step, moves = _step(component, metric, trees, here, base)
            if not moves:
                continue
            own = pay_of(moved(snapshot, {place: actual + moves}), key).total - now
            if own > 0:
                found.append(Driver(component, metric, step, moves, own))
    return tuple(sorted(found, key=lambda each: (-each.own, each.component.key, each.metric)))


def _step(component: Component, metric: str, trees: Trees, values: Values, base: Fraction) -> tuple[Fraction, Fraction]:
    """The step of a driver that makes the component's metric better, and by how much; (0, 0) where none does."""
    size = nice_step(values[metric])
    for step in (size, -size):
        after = worth(component.metric, trees, {**values, metric: values[metric] + step})
        if after is not None and (after - base) * better(component) > 0:
            return step, after - base
    return Fraction(0), Fraction(0)
