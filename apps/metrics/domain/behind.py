"""Which uploaded rows stand behind a value: of which side, and of which data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from apps.metrics.domain.definition import (
    ConversionDefinition,
    Definition,
    EntityCountDefinition,
    EntityShareDefinition,
    FormulaDefinition,
    FunnelDefinition,
    ManualDefinition,
    RatioDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    ScoreDefinition,
    datasets_of,
    steps_of,
)

Side = Literal["numerator", "denominator"]


@dataclass(frozen=True)
class Look:
    """One look at the rows behind a value. `name` is unique among the looks of a value ("numerator", or
    "numerator.refunds" where several data sets count); `dataset` is the key of the data set whose rows they are."""

    name: str
    side: Side
    dataset: str


def looks_of(definition: Definition, dimension: str = "", member: str = "") -> tuple[Look, ...]:
    """Every look at the rows of a value of `definition`, or of the step or interval `member` of its built-in
    `dimension`; none for what is computed from other metrics or typed."""
    if isinstance(definition, FormulaDefinition | ScoreDefinition | ManualDefinition):
        return ()
    if isinstance(definition, EntityCountDefinition | EntityShareDefinition):
        return tuple(_of_entities(definition))
    if isinstance(definition, ConversionDefinition | FunnelDefinition):
        return _of_way(definition, member if dimension == "step" else "")
    if isinstance(definition, RatioDefinition):
        sides = (definition.numerator.dataset, definition.denominator.dataset)
        return (Look("numerator", "numerator", sides[0]), Look("denominator", "denominator", sides[1]))
    dataset = datasets_of(definition)[0]
    above = Look("numerator", "numerator", dataset)
    return (above, Look("denominator", "denominator", dataset)) if _has_whole(definition) else (above,)


def _has_whole(definition: Definition) -> bool:
    """Whether the denominator has rows of its own: an average and a net promoter score are made of the same ones."""
    if isinstance(definition, RecurringDefinition):
        return definition.figure in ("nrr", "grr")
    return isinstance(definition, RetentionDefinition | RepeatDefinition)


def _of_entities(definition: EntityCountDefinition | EntityShareDefinition) -> Iterator[Look]:
    main, *others = dict.fromkeys(condition.measure.dataset for condition in definition.conditions)
    yield Look("numerator", "numerator", main)
    for key in others:
        yield Look(f"numerator.{key}", "numerator", key)
    if isinstance(definition, EntityShareDefinition):
        yield Look("denominator", "denominator", definition.base.dataset)


def _of_way(definition: ConversionDefinition | FunnelDefinition, step: str) -> tuple[Look, ...]:
    """Who got to the step (the last one for the headline), and who began."""
    datasets = [each.dataset for _, each in steps_of(definition)]
    number = int(step) if step.isdecimal() and 0 < int(step) <= len(datasets) else len(datasets)
    began = Look("denominator", "denominator", datasets[0])
    reached = Look("numerator", "numerator", datasets[number - 1])
    return (reached,) if number == 1 else (reached, began)
