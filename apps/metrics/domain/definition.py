"""What a metric is: one document for each version, the same in a form, an API and a file.

A document is plain JSON. `parse` turns it into a frozen `Definition` or refuses it with every issue at once;
`document_of` turns it back. What a document says about data sets and other metrics is checked in `checks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from apps.kernel.issue import N_, Refusal
from apps.kernel.period import Grain
from apps.metrics.domain.complaints import issues_of

KEY_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
FUNCTIONS = ("min", "max", "abs", "coalesce")
"""Functions of formulas; a metric may not be called so."""

MOST_PERIODS_TRAILING = 400

How = Literal["sum", "count", "distinct", "avg", "min", "max", "median"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_null", "not_null"]
UnitKind = Literal["currency", "count", "number", "percent", "score"]
Direction = Literal["up", "down"]
Kind = Literal["aggregate", "ratio", "formula", "manual"]

HOWS: tuple[How, ...] = get_args(How)
OPERATORS: tuple[Operator, ...] = get_args(Operator)
UNIT_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
KINDS: tuple[Kind, ...] = get_args(Kind)
ADDITIVE_HOWS: tuple[How, ...] = ("sum", "count", "distinct")
"""What is 0, and not "no value", where a period is covered and nothing matches."""

Key = Annotated[StrictStr, Field(pattern=KEY_PATTERN)]
ColumnKey = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
FilterValue = StrictBool | StrictInt | Annotated[StrictStr, Field(max_length=200)]
Trailing = Annotated[StrictInt, Field(ge=1, le=MOST_PERIODS_TRAILING)]


def _wrong(message: str, **params: object) -> PydanticCustomError:
    """An error of our own, which `complaints` turns into an Issue with `message` as its msgid."""
    return PydanticCustomError("lodestar", "{message}", {"message": message, "params": params})


class Strict(BaseModel):
    """Frozen, and nothing unknown is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Names(Strict):
    """A text in English and Simplified Chinese; one of the two is enough."""

    en: StrictStr = Field(default="", max_length=120)
    zh: StrictStr = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _has_one(self) -> Names:
        if not self.en and not self.zh:
            raise _wrong(N_("Give it a name in English or Chinese."))
        return self

    def text(self, language: str | None) -> str:
        """The name in `language` ("en", "zh-hans"), or the other one where it has none."""
        chinese = (language or "en").lower().startswith("zh")
        return (self.zh or self.en) if chinese else (self.en or self.zh)


class Description(Strict):
    """A longer text in either language; both may be empty."""

    en: StrictStr = Field(default="", max_length=2000)
    zh: StrictStr = Field(default="", max_length=2000)

    def text(self, language: str | None) -> str:
        chinese = (language or "en").lower().startswith("zh")
        return (self.zh or self.en) if chinese else (self.en or self.zh)


class Unit(Strict):
    """How values are written: `percent` values are ratios (0.32 is 32 %), `currency` is the company's own."""

    kind: UnitKind = "number"
    suffix: Names | None = None
    decimals: StrictInt = Field(default=0, ge=0, le=6)


class Filter(Strict):
    """A condition on a row. `gt` is more than, `ge` is at least. Decimals and dates are written as text."""

    column: ColumnKey
    op: Operator
    values: tuple[FilterValue, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _counts(self) -> Filter:
        if self.op in ("is_null", "not_null") and self.values:
            raise _wrong(N_("“is empty” and “is not empty” take no value."))
        if self.op in ("in", "not_in") and not self.values:
            raise _wrong(N_("Give at least one value to compare with."))
        if self.op in ("eq", "ne", "lt", "le", "gt", "ge") and len(self.values) != 1:
            raise _wrong(N_("Give exactly one value to compare with."))
        return self


class Aggregation(Strict):
    """One number from the rows of a data set: how they are put together, of which column, of which rows."""

    dataset: Key
    how: How
    column: ColumnKey | None = None
    filters: tuple[Filter, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _column_fits(self) -> Aggregation:
        if self.how != "count" and self.column is None:
            raise _wrong(N_("Choose the column to work on."))
        if self.how == "count" and self.column is not None:
            raise _wrong(N_("Counting rows takes no column. To count different values, choose “distinct”."))
        return self


class Common(Strict):
    """What every metric has."""

    key: Key
    name: Names
    description: Description | None = None
    unit: Unit = Unit()
    direction: Direction = "up"
    grains: tuple[Grain, ...] = Field(min_length=1, max_length=6)
    dimensions: tuple[ColumnKey, ...] = Field(default=(), max_length=8)

    @model_validator(mode="after")
    def _each_once(self) -> Common:
        if self.key in FUNCTIONS:
            raise _wrong(N_("“%(key)s” is the name of a function of formulas. Choose another key."), key=self.key)
        if len(set(self.grains)) < len(self.grains):
            raise _wrong(N_("Name each kind of period only once."))
        if len(set(self.dimensions)) < len(self.dimensions):
            raise _wrong(N_("Name each dimension only once."))
        return self


class _Windowed(Common):
    trailing: Trailing = 1

    @model_validator(mode="after")
    def _one_grain(self) -> _Windowed:
        if self.trailing > 1 and len(self.grains) > 1:
            raise _wrong(
                N_("%(n)s periods mean something else by month than by quarter. Choose one kind of period."),
                n=self.trailing,
            )
        return self


class AggregateDefinition(_Windowed):
    """A number from rows. The value of a period covers it and the `trailing` - 1 periods before."""

    kind: Literal["aggregate"] = "aggregate"
    measure: Aggregation


class RatioDefinition(_Windowed):
    """One number from rows divided by another; each side has its own filters and may be of its own data set."""

    kind: Literal["ratio"] = "ratio"
    numerator: Aggregation
    denominator: Aggregation

    @model_validator(mode="after")
    def _sides_add_up(self) -> RatioDefinition:
        if {self.numerator.how, self.denominator.how} - set(ADDITIVE_HOWS):
            raise _wrong(N_("The two sides of a ratio are sums or counts. For anything else use a formula."))
        return self


class FormulaDefinition(Common):
    """Arithmetic over other metrics of the same period and member, such as `visits * spend_per_visit`."""

    kind: Literal["formula"] = "formula"
    expression: StrictStr = Field(min_length=1, max_length=2000)


class ManualDefinition(Common):
    """Values that people type."""

    kind: Literal["manual"] = "manual"


Definition = AggregateDefinition | RatioDefinition | FormulaDefinition | ManualDefinition
_ADAPTER: TypeAdapter[Definition] = TypeAdapter(Annotated[Definition, Field(discriminator="kind")])


def _plain(value: object) -> str:
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def parse(document: Mapping[str, Any]) -> Definition:
    """The definition a document describes; Refusal with all issues, each with the path of its field, if it is none."""
    try:
        text = json.dumps(document, default=_plain)
    except (TypeError, ValueError):
        raise Refusal(N_("A definition is made of texts, numbers and lists only.")) from None
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise Refusal(N_("The definition has to be mended first."), issues=issues_of(error, KINDS)) from None


def document_of(definition: Definition) -> dict[str, Any]:
    """The definition as plain JSON; `parse(document_of(d)) == d`."""
    return definition.model_dump(mode="json")


def measures_of(definition: Definition) -> Iterator[tuple[str, Aggregation]]:
    """The parts that are read from rows, with the path of their field: none for formulas and typed values."""
    if isinstance(definition, AggregateDefinition):
        yield "measure", definition.measure
    elif isinstance(definition, RatioDefinition):
        yield "numerator", definition.numerator
        yield "denominator", definition.denominator


def datasets_of(definition: Definition) -> tuple[str, ...]:
    """Keys of the data sets it reads, each once, in the order they are named."""
    return tuple(dict.fromkeys(measure.dataset for _, measure in measures_of(definition)))


def trailing_of(definition: Definition) -> int:
    """How many periods a value covers; 1 for kinds that know no window."""
    return definition.trailing if isinstance(definition, AggregateDefinition | RatioDefinition) else 1
