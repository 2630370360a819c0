"""Whether the values of a metric add up: over periods (for a total to be made) and over parts (for a cascade).

A ratio of a sum is no sum of ratios: 2,000 a customer in each of six stores is 2,000 for all of them, not 12,000.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from apps.kernel.issue import N_
from apps.metrics.domain.definition import (
    ADDITIVE_HOWS,
    AggregateDefinition,
    Definition,
    FormulaDefinition,
    ManualDefinition,
    is_zero_when_empty,
    trailing_of,
)
from apps.metrics.domain.formula import parse
from apps.metrics.domain.formula.tree import inputs as inputs_of
from apps.metrics.domain.formula_classes import classify


class Adds(StrEnum):
    """How values of parts come together: exactly, but for what is in two parts at once, or not at all."""

    EXACTLY = "exactly"
    NEARLY = "nearly"
    NOT = "not"


NEARLY_WORDS = N_("Whoever counts in two parts counts once in the whole: the parts may add up to more than the whole.")
NOT_WORDS = N_(
    "This metric is a ratio, an average or a score: its parts do not add up to the whole. Give each part a goal of its "
    "own, or the same goal to all."
)


def over_time(definition: Definition, known: Mapping[str, Definition]) -> bool:
    """Whether the values of several periods add up to that of all of them. `known`: the definitions by key."""
    if isinstance(definition, AggregateDefinition):
        return definition.measure.how in ADDITIVE_HOWS and trailing_of(definition) == 1
    if isinstance(definition, ManualDefinition):
        return definition.unit.kind in ("count", "currency")
    if isinstance(definition, FormulaDefinition):
        parts = _summands(definition, known)
        return bool(parts) and all(over_time(each, known) for each in parts)
    return False


def over_parts(definition: Definition, known: Mapping[str, Definition]) -> Adds:
    """How the values of stores, regions or teams come together. `known`: the definitions by key."""
    if isinstance(definition, ManualDefinition):
        return Adds.EXACTLY if definition.unit.kind in ("count", "currency") else Adds.NOT
    if isinstance(definition, FormulaDefinition):
        found = {over_parts(each, known) for each in _summands(definition, known)}
        return next((each for each in (Adds.NOT, Adds.NEARLY, Adds.EXACTLY) if each in found), Adds.NOT)
    if isinstance(definition, AggregateDefinition) and definition.measure.how in ADDITIVE_HOWS:
        return Adds.EXACTLY
    if definition.unit.kind in ("percent", "score"):
        return Adds.NOT
    return Adds.NEARLY if is_zero_when_empty(definition) or definition.kind in ("stock", "entity_count") else Adds.NOT


def empty_is_nothing(definition: Definition) -> bool:
    """Whether a part without a value made nothing where the whole has one: totals of rows, of which it had none.

    A store that is closed on Sundays has no Sunday; a day nobody has uploaded is missing in the whole, too.
    """
    return over_time(definition, {}) and isinstance(definition, AggregateDefinition)


def _summands(definition: FormulaDefinition, known: Mapping[str, Definition]) -> list[Definition]:
    """The metrics a formula adds or subtracts; none if it does anything else, or reads other periods."""
    tree = parse(definition.expression)
    form = classify(tree)
    if form.kind != "sum" or form.constant or any(each.back for each in inputs_of(tree)):
        return []
    found = [known[each.key] for each in inputs_of(tree) if each.key in known]
    return found if len(found) == len(inputs_of(tree)) else []
