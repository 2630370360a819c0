"""What a metric is: one document for each version, the same in a form, an API and a file.

A document is plain JSON. `parse` turns it into a frozen `Definition` or refuses it with every issue at once;
`document_of` turns it back. What a document says about data sets and other metrics is checked in `checks`.
The parts are in `parts`, the kinds that follow entities in `kinds`, the score in `scoring`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, StrictStr, TypeAdapter, ValidationError, model_validator

from apps.kernel.issue import N_, Refusal
from apps.metrics.domain.complaints import issues_of
from apps.metrics.domain.kinds import (
    Activity,
    Base,
    ConversionDefinition,
    CumulativeDefinition,
    EntityCountDefinition,
    EntityShareDefinition,
    FunnelDefinition,
    LifecycleDefinition,
    NpsDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    Step,
    StockDefinition,
    Threshold,
)
from apps.metrics.domain.parts import (
    ADDITIVE_HOWS,
    FUNCTIONS,
    HOWS,
    KEY_PATTERN,
    MOST_PERIODS_TRAILING,
    OPERATORS,
    UNIT_KINDS,
    Aggregation,
    Common,
    Description,
    Direction,
    EntityDimension,
    Filter,
    How,
    Names,
    Operator,
    Unit,
    UnitKind,
    Windowed,
    wrong,
)
from apps.metrics.domain.scoring import ScoreDefinition

__all__ = [
    "ADDITIVE_HOWS",
    "FUNCTIONS",
    "HOWS",
    "KEY_PATTERN",
    "KINDS",
    "MOST_PERIODS_TRAILING",
    "OPERATORS",
    "UNIT_KINDS",
    "Activity",
    "AggregateDefinition",
    "Aggregation",
    "Base",
    "Common",
    "ConversionDefinition",
    "CumulativeDefinition",
    "Definition",
    "Description",
    "Direction",
    "EntityCountDefinition",
    "EntityDimension",
    "EntityShareDefinition",
    "Filter",
    "FormulaDefinition",
    "FunnelDefinition",
    "How",
    "Kind",
    "LifecycleDefinition",
    "ManualDefinition",
    "Names",
    "NpsDefinition",
    "Operator",
    "RatioDefinition",
    "RecurringDefinition",
    "RepeatDefinition",
    "RetentionDefinition",
    "ScoreDefinition",
    "Step",
    "StockDefinition",
    "Threshold",
    "Unit",
    "UnitKind",
    "Windowed",
    "built_in_of",
    "datasets_of",
    "document_of",
    "is_derived",
    "is_zero_when_empty",
    "measures_of",
    "parse",
    "rows_from",
    "split_from",
    "steps_of",
    "stored_dimensions",
    "tables_of",
    "trailing_of",
]

Kind = Literal[
    "aggregate",
    "ratio",
    "formula",
    "entity_count",
    "entity_share",
    "conversion",
    "funnel",
    "lifecycle",
    "retention",
    "repeat",
    "cumulative",
    "stock",
    "recurring",
    "nps",
    "score",
    "manual",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class AggregateDefinition(Windowed):
    """A number from rows. The value of a period covers it and the `trailing` - 1 periods before."""

    kind: Literal["aggregate"] = "aggregate"
    measure: Aggregation


class RatioDefinition(Windowed):
    """One number from rows divided by another; each side has its own filters and may be of its own data set."""

    kind: Literal["ratio"] = "ratio"
    numerator: Aggregation
    denominator: Aggregation

    @model_validator(mode="after")
    def _sides_add_up(self) -> RatioDefinition:
        if {self.numerator.how, self.denominator.how} - set(ADDITIVE_HOWS):
            raise wrong(N_("The two sides of a ratio are sums or counts. For anything else use a formula."))
        return self


class FormulaDefinition(Common):
    """Arithmetic over other metrics of the same period and member, such as `visits * spend_per_visit`."""

    kind: Literal["formula"] = "formula"
    expression: StrictStr = Field(min_length=1, max_length=2000)


class ManualDefinition(Common):
    """Values that people type."""

    kind: Literal["manual"] = "manual"


Definition = (
    AggregateDefinition
    | RatioDefinition
    | FormulaDefinition
    | EntityCountDefinition
    | EntityShareDefinition
    | ConversionDefinition
    | FunnelDefinition
    | LifecycleDefinition
    | RetentionDefinition
    | RepeatDefinition
    | CumulativeDefinition
    | StockDefinition
    | RecurringDefinition
    | NpsDefinition
    | ScoreDefinition
    | ManualDefinition
)
_ADAPTER: TypeAdapter[Definition] = TypeAdapter(Annotated[Definition, Field(discriminator="kind")])


def _plain(value: object) -> str:
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


KEPT_LENGTH = 8000
"""Longest document, in characters, that is kept once it was read."""


def parse(document: Mapping[str, Any]) -> Definition:
    """The definition a document describes; Refusal with all issues, each with the path of its field, if it is none."""
    try:
        text = json.dumps(document, default=_plain)
    except (TypeError, ValueError):
        raise Refusal(N_("A definition is made of texts, numbers and lists only.")) from None
    try:
        return _read(text) if len(text) <= KEPT_LENGTH else _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise Refusal(N_("The definition has to be mended first."), issues=issues_of(error, KINDS)) from None


@lru_cache(maxsize=4096)
def _read(text: str) -> Definition:
    """A definition never changes, so whoever reads the same document again may have the same one."""
    return _ADAPTER.validate_json(text)


def document_of(definition: Definition) -> dict[str, Any]:
    """The definition as plain JSON; `parse(document_of(d)) == d`."""
    return definition.model_dump(mode="json")


# --- what kinds have in common ----------------------------------------------------------------------------------------


def measures_of(definition: Definition) -> Iterator[tuple[str, Aggregation]]:
    """Numbers made of rows, with the path of their field; none for kinds that follow entities another way."""
    if isinstance(definition, AggregateDefinition | CumulativeDefinition):
        yield "measure", definition.measure
    elif isinstance(definition, RatioDefinition):
        yield "numerator", definition.numerator
        yield "denominator", definition.denominator
    elif isinstance(definition, EntityCountDefinition | EntityShareDefinition):
        for index, condition in enumerate(definition.conditions):
            yield f"conditions.{index}.measure", condition.measure


def steps_of(definition: Definition) -> Iterator[tuple[str, Step]]:
    """The steps of a conversion or funnel, with the path of their field."""
    if isinstance(definition, ConversionDefinition):
        yield "start", definition.start
        yield "goal", definition.goal
    elif isinstance(definition, FunnelDefinition):
        for index, step in enumerate(definition.steps):
            yield f"steps.{index}", step


def datasets_of(definition: Definition) -> tuple[str, ...]:
    """Keys of the data sets it reads, each once, in the order they are named; the first is the one values come from."""
    found = [*rows_from(definition), *(dimension.dataset for dimension in definition.entity_dimensions)]
    return tuple(dict.fromkeys(found))


def rows_from(definition: Definition) -> tuple[str, ...]:
    """Those of its data sets whose rows make its values, and do not only say a member."""
    found = [measure.dataset for _, measure in measures_of(definition)]
    found += [step.dataset for _, step in steps_of(definition)]
    if isinstance(definition, LifecycleDefinition | RetentionDefinition | RepeatDefinition):
        found.append(definition.activity.dataset)
    elif isinstance(definition, StockDefinition | RecurringDefinition | NpsDefinition):
        found.append(definition.dataset)
    elif isinstance(definition, EntityShareDefinition):
        found.append(definition.base.dataset)
    return tuple(dict.fromkeys(found))


def split_from(definition: Definition) -> tuple[str, ...]:
    """Those of its data sets that have to know a dimension it is split by: of steps, the one of the first step."""
    first = next((step.dataset for _, step in steps_of(definition)), None)
    return rows_from(definition) if first is None else (first,)


def tables_of(definition: Definition) -> tuple[str, ...]:
    """Those of its data sets that are files of entities: they hold for all periods, and cover none of them."""
    measured = {measure.dataset for _, measure in measures_of(definition)}
    facts = {*rows_from(definition)}
    found = [dimension.dataset for dimension in definition.entity_dimensions]
    if isinstance(definition, EntityShareDefinition) and definition.base.started is not None:
        found.append(definition.base.dataset)
        facts = measured
    return tuple(key for key in dict.fromkeys(found) if key not in facts)


def trailing_of(definition: Definition) -> int:
    """How many periods a value covers; 1 for kinds that know no window."""
    if isinstance(definition, CumulativeDefinition):
        return definition.trailing or 1
    return definition.trailing if isinstance(definition, Windowed) else 1


def built_in_of(definition: Definition) -> str:
    """The built-in dimension under which its parts are kept: the periods of a curve, the steps of a funnel; or ""."""
    return {"retention": "interval", "funnel": "step"}.get(definition.kind, "")


def stored_dimensions(definition: Definition) -> tuple[str, ...]:
    """Every dimension its values are kept by, the total ("") first."""
    built_in = built_in_of(definition)
    return ("", *definition.split_names, *((built_in,) if built_in else ()))


def is_derived(definition: Definition) -> bool:
    """Whether it is computed from the values of other metrics."""
    return isinstance(definition, FormulaDefinition | ScoreDefinition)


def is_zero_when_empty(definition: Definition) -> bool:
    """Whether a covered period in which nothing matches is a true 0: sums and counts, not shares and averages."""
    if isinstance(definition, AggregateDefinition | CumulativeDefinition):
        return definition.measure.how in ADDITIVE_HOWS
    if isinstance(definition, RecurringDefinition):
        return definition.figure not in ("nrr", "grr")
    return isinstance(definition, EntityCountDefinition | LifecycleDefinition)
