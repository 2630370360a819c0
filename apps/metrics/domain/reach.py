"""How far formulas look back, through the formulas they are made of: which earlier periods a value rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.metrics.domain import checks, formula, graph
from apps.metrics.domain.definition import Definition, FormulaDefinition
from apps.metrics.domain.formula import Input

Reach = Mapping[str, frozenset[int]]
"""The metrics without a formula that a formula rests on, with how many periods before its own it reads each."""


def reads_of(definition: Definition) -> tuple[Input, ...]:
    """Which metrics it reads, in which period; none for metrics that come from rows, are typed, or cannot be read."""
    if not isinstance(definition, FormulaDefinition):
        return tuple(Input(key) for key in checks.inputs_of(definition))
    try:
        return formula.inputs(formula.parse(definition.expression))
    except formula.FormulaError:
        return ()


def of(inputs: Mapping[str, Sequence[Input]]) -> dict[str, Reach]:
    """For each formula, by key with what it reads, the metrics at its leaves. ValueError if formulas form a cycle.

    `growth = arpu / prior(arpu, 12)` over `arpu = revenue / customers` rests on revenue and customers, 0 and 12 back.
    """
    found: dict[str, Reach] = {}
    for key in graph.in_order({key: [used.key for used in read] for key, read in inputs.items()}):
        leaves: dict[str, set[int]] = {}
        for used in inputs[key]:
            for leaf, backs in found.get(used.key, {used.key: frozenset((0,))}).items():
                leaves.setdefault(leaf, set()).update(used.back + back for back in backs)
        found[key] = {leaf: frozenset(backs) for leaf, backs in leaves.items()}
    return found
