"""Metrics without a database, and trees of them at random with values at two ends."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from apps.drivers.domain.joints import End
from apps.metrics.domain import formula
from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.definition import Definition, ScoreDefinition, parse
from apps.metrics.domain.formula import Input
from apps.metrics.domain.scoring import score

NAMES = [f"m{number}" for number in range(400)]
SHAPES = (
    "{} + {}",
    "{} * {}",
    "{} - {} + {}",
    "{} * {} * {}",
    "{} / {}",
    "{} * {} + {}",
    "min({}, {})",
    "{} * {} / {}",
)


def _document(key: str, kind: str, **rest: Any) -> dict[str, Any]:
    return {
        "kind": kind, "key": key, "name": {"en": key.title(), "zh": key}, "unit": {"kind": "number"},
        "grains": ["month"],
    } | rest  # fmt: skip


def leaf_metric(key: str) -> Definition:
    return parse(_document(key, "manual"))


def formula_metric(key: str, expression: str) -> Definition:
    return parse(_document(key, "formula", expression=expression))


def score_of(groups: dict[str, tuple[int, dict[str, Any]]], **rest: Any) -> ScoreDefinition:
    """Dimensions with their weight, and members as (floor, goal, weight) or with a scale of their own."""
    written = [
        {"name": {"en": name, "zh": name}, "weight": str(weight), "parts": [_part(*each) for each in members.items()]}
        for name, (weight, members) in groups.items()
    ]
    found = parse(_document("health", "score", groups=written, unit={"kind": "score"}, **rest))
    assert isinstance(found, ScoreDefinition)
    return found


def _part(key: str, told: Any) -> dict[str, Any]:
    if isinstance(told, dict):
        return {"metric": key, "weight": "1", "scale": told}
    floor, goal, weight = told
    return {"metric": key, "weight": str(weight), "scale": {"type": "linear", "floor": str(floor), "goal": str(goal)}}


def end(**values: object) -> End:
    return End({Input(key): None if value is None else Fraction(str(value)) for key, value in values.items()})


numbers = st.fractions(-9, 9, max_denominator=4)
maybe = st.integers(0, 19).flatmap(lambda chance: st.none() if chance == 13 else numbers)


@st.composite
def stories(draw: st.DrawFn, depth: int) -> tuple[str, dict[str, Definition], End, End]:
    """The key at the top, definitions and both ends; some nodes are measured beside their formula or have no value."""
    definitions: dict[str, Definition] = {}
    ends: tuple[dict[Input, Any], dict[Input, Any]] = ({}, {})
    scores: dict[Input, ScoreDefinition] = {}
    fresh = iter(NAMES)

    def grow(level: int) -> str:
        key = next(fresh)
        what = draw(st.sampled_from(["formula", "formula", "formula", "score"])) if level else "leaf"
        if what == "leaf":
            definitions[key] = leaf_metric(key)
            for values in ends:
                values[Input(key)] = draw(maybe if level < depth else numbers)
            return key
        shape = draw(st.sampled_from(SHAPES))
        others = [grow(draw(st.integers(0, min(level - 1, 1)))) for _ in range(shape.count("{}") - 1)]
        below = draw(st.permutations([grow(level - 1), *others]))
        if what == "score":
            definition = score_of({name: (draw(st.integers(1, 9)), {name: (-9, 9, 1)}) for name in below})
            definitions[key] = scores[Input(key)] = definition
            for values in ends:
                values[Input(key)] = score(definition, {name: values[Input(name)] for name in below}, {}).score
            return key
        expression = shape.format(*below)
        definitions[key] = formula_metric(key, expression)
        tree, gap = formula.parse(expression), draw(st.sampled_from([(0, 0), (0, 0), (0, 0), (1, 1), (0, 2)]))
        for values, more in zip(ends, gap, strict=True):
            exact = evaluate(tree, values).exact
            values[Input(key)] = draw(maybe if level < depth else numbers) if exact is None else exact + more
        return key

    top = grow(depth)
    return top, definitions, End(ends[0], scores), End(ends[1], scores)
