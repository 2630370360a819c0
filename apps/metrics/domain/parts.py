"""What definitions are made of: names, units, conditions on rows, numbers made of rows, and what every metric has."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    StrictInt,
    StrictStr,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from apps.kernel.issue import N_
from apps.kernel.period import Grain

KEY_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
FUNCTIONS = ("min", "max", "abs", "coalesce", "prior")
"""Functions of formulas; a metric may not be called so."""

MOST_PERIODS_TRAILING = 400
MOST_DAYS = 3660
BUILT_IN_DIMENSIONS = ("interval", "step")
"""Under which a retention metric keeps its curve and a funnel its steps; no column of a split is called so."""

How = Literal["sum", "count", "distinct", "avg", "min", "max", "median", "percentile"]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_null", "not_null"]
Comparison = Literal["gt", "ge", "lt", "le", "eq"]
UnitKind = Literal["currency", "count", "number", "percent", "score"]
Direction = Literal["up", "down"]
AsOf = Literal["period_end", "event", "latest"]

HOWS: tuple[How, ...] = get_args(How)
OPERATORS: tuple[Operator, ...] = get_args(Operator)
UNIT_KINDS: tuple[UnitKind, ...] = get_args(UnitKind)
ADDITIVE_HOWS: tuple[How, ...] = ("sum", "count", "distinct")
"""What is 0, and not "no value", where a period is covered and nothing matches."""

Key = Annotated[StrictStr, Field(pattern=KEY_PATTERN)]
ColumnKey = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
FilterValue = StrictBool | StrictInt | Annotated[StrictStr, Field(max_length=200)]
Trailing = Annotated[StrictInt, Field(ge=1, le=MOST_PERIODS_TRAILING)]
Days = Annotated[StrictInt, Field(ge=1, le=MOST_DAYS)]

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def wrong(message: str, **params: object) -> PydanticCustomError:
    """An error of our own, which `complaints` turns into an Issue with `message` as its msgid."""
    return PydanticCustomError("lodestar", "{message}", {"message": message, "params": params})


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str) or not _NUMBER.fullmatch(str(value).strip()):
        raise wrong(N_("Write a number of up to 15 digits; one with a point as text: “12.5”."))
    return Decimal(str(value).strip())


Number = Annotated[Decimal, BeforeValidator(_number)]
"""A whole number, or any number as text: a document keeps exactly what was written."""


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
            raise wrong(N_("Give it a name in English or Chinese."))
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
            raise wrong(N_("“is empty” and “is not empty” take no value."))
        if self.op in ("in", "not_in") and not self.values:
            raise wrong(N_("Give at least one value to compare with."))
        if self.op in ("eq", "ne", "lt", "le", "gt", "ge") and len(self.values) != 1:
            raise wrong(N_("Give exactly one value to compare with."))
        return self


Filters = Annotated[tuple[Filter, ...], Field(max_length=20)]


class Aggregation(Strict):
    """One number from the rows of a data set: how they are put together, of which column, of which rows.

    Instead of a column there may be an `expression`: + - * and brackets over columns and numbers, for each row. A
    `percentile` says with `share` which one: 0.9 is the value that 90 % of the rows stay at or below.
    """

    dataset: Key
    how: How
    column: ColumnKey | None = None
    expression: StrictStr | None = Field(default=None, min_length=1, max_length=500)
    share: Number | None = None
    filters: Filters = ()

    @model_validator(mode="after")
    def _column_fits(self) -> Aggregation:
        if self.how == "count" and (self.column is not None or self.expression is not None):
            raise wrong(N_("Counting rows takes no column. To count different values, choose “distinct”."))
        if self.how != "count" and self.column is None and self.expression is None:
            raise wrong(N_("Choose the column to work on."))
        if self.column is not None and self.expression is not None:
            raise wrong(N_("Choose a column or write an expression, not both."))
        if self.how == "distinct" and self.expression is not None:
            raise wrong(N_("Different values are counted of a column, not of an expression."))
        return self

    @model_validator(mode="after")
    def _share_fits(self) -> Aggregation:
        if self.how == "percentile" and (self.share is None or not 0 < self.share < 1):
            raise wrong(N_("Say which percentile, as a share between 0 and 1: “0.9” is the 90th."))
        if self.how != "percentile" and self.share is not None:
            raise wrong(N_("Only a percentile takes a share."))
        return self


class EntityDimension(Strict):
    """A split by what a customer file says of the entity: column `column` of `dataset`, found by its column `on`.

    `entity` is the column of the rows that names the entity; None: it is called like `on`. `as_of` says which row of
    the file counts: the one in force at the end of the period, on the day of the row that counts, or the newest. The
    values are kept under the name of the column, like those of a dimension of the rows.
    """

    column: ColumnKey
    dataset: Key
    on: ColumnKey
    entity: ColumnKey | None = None
    as_of: AsOf = "period_end"

    @property
    def named_by(self) -> str:
        """The column of the rows with the entity."""
        return self.entity or self.on


class Common(Strict):
    """What every metric has.

    `convert`: amounts of rows that have a currency are taken in the company's, by the exchange rate of their day.
    """

    key: Key
    name: Names
    description: Description | None = None
    unit: Unit = Unit()
    direction: Direction = "up"
    grains: tuple[Grain, ...] = Field(min_length=1, max_length=6)
    dimensions: tuple[ColumnKey, ...] = Field(default=(), max_length=8)
    entity_dimensions: tuple[EntityDimension, ...] = Field(default=(), max_length=4)
    convert: StrictBool = True

    @model_serializer(mode="wrap")
    def _without_the_usual(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A document says of conversion only that there is none."""
        written: dict[str, Any] = write(self)
        if self.convert:
            written.pop("convert", None)
        return written

    @model_validator(mode="after")
    def _each_once(self) -> Common:
        if self.key in FUNCTIONS:
            raise wrong(N_("“%(key)s” is the name of a function of formulas. Choose another key."), key=self.key)
        if len(set(self.grains)) < len(self.grains):
            raise wrong(N_("Name each kind of period only once."))
        if len(set(self.split_names)) < len(self.split_names):
            raise wrong(N_("Name each dimension only once."))
        return self

    @property
    def split_names(self) -> tuple[str, ...]:
        """Under which names its values are split: the dimensions of its rows, then those of files of entities."""
        return (*self.dimensions, *(dimension.column for dimension in self.entity_dimensions))

    def entity_dimension(self, name: str) -> EntityDimension | None:
        """The dimension of that name, if it is one of a file of entities."""
        return next((dimension for dimension in self.entity_dimensions if dimension.column == name), None)


class Windowed(Common):
    """A metric whose value covers its period and the `trailing` - 1 periods before."""

    trailing: Trailing = 1

    @model_validator(mode="after")
    def _one_grain(self) -> Windowed:
        if self.trailing > 1:
            must_have_one_grain(self, self.trailing)
        return self


def must_have_one_grain(definition: Common, periods: int) -> None:
    """An error where a number of periods would mean several lengths of time under one name."""
    if len(definition.grains) > 1:
        raise wrong(
            N_("%(n)s periods mean something else by month than by quarter. Choose one kind of period."), n=periods
        )
