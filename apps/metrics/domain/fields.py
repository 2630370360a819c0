"""Does a part of a definition fit the data sets: their columns, the types of these, the values compared with them?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.numbers import parse_decimal
from apps.metrics.domain import expression, formula
from apps.metrics.domain.definition import Aggregation, Definition, Filter

Scalar = str | int | bool | Decimal | date | datetime

NUMBER_TYPES = ("integer", "decimal")
ORDERED_TYPES = ("integer", "decimal", "date", "datetime")
DAY_TYPES = ("date", "datetime")
MOMENT_TYPES = ("datetime",)
SPLIT_ROLES = ("dimension", "currency")
"""Roles of the columns that values can be split by."""

NEED_NUMBERS = ("sum", "avg", "min", "max", "median", "percentile")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_EXAMPLES = {
    "integer": "12",
    "decimal": "12.5",
    "date": "2026-06-30",
    "datetime": "2026-06-30T08:00:00",
    "boolean": "true",
    "text": "paid",
}


@dataclass(frozen=True)
class KnownColumn:
    """A column of a data set: its key, the header people know it by, its type and role."""

    key: str
    label: str
    type: str
    role: str


@dataclass(frozen=True)
class KnownDataset:
    """A data set as far as definitions need to know it."""

    key: str
    name: str
    columns: Mapping[str, KnownColumn] = field(hash=False)
    row_key: tuple[str, ...] = ()

    def keeps_one_row(self, column: str) -> bool:
        """Whether there never are two rows of one entity, named by `column`: then it knows no history."""
        return self.row_key == (column,)


@dataclass(frozen=True)
class Rates:
    """The company's exchange rates: the data set, its name and columns, and for how many days a rate holds."""

    dataset: str
    name: str
    currency: str
    rate: str
    days: int


@dataclass(frozen=True)
class Known:
    """What there is: data sets by key, the current definitions of the other metrics by key, the company's currency and
    its exchange rates, if there are any."""

    datasets: Mapping[str, KnownDataset] = field(default_factory=dict, hash=False)
    metrics: Mapping[str, Definition] = field(default_factory=dict, hash=False)
    currency: str = "¤"
    rates: Rates | None = None


def dataset_of(where: str, key: str, known: Known) -> KnownDataset | Issue:
    """The data set of that key, or the issue that there is none."""
    dataset = known.datasets.get(key)
    if dataset is not None:
        return dataset
    message = N_("There is no data set “%(dataset)s”. There are: %(datasets)s.")
    return Issue(f"{where}.dataset".lstrip("."), message, {"dataset": key, "datasets": listed(known.datasets)})


def measure_issues(where: str, measure: Aggregation, known: Known) -> Iterator[Issue]:
    """What does not fit in a number made of rows."""
    dataset = dataset_of(where, measure.dataset, known)
    if isinstance(dataset, Issue):
        yield dataset
        return
    if measure.column is not None:
        types = NUMBER_TYPES if measure.how in NEED_NUMBERS else ()
        yield from column_issues(f"{where}.column", measure.column, dataset, types)
    if measure.expression is not None:
        yield from _expression_issues(f"{where}.expression", measure.expression, dataset)
    yield from filters_issues(where, measure.filters, dataset)


def column_issues(where: str, key: str, dataset: KnownDataset, types: tuple[str, ...] = ()) -> Iterator[Issue]:
    """Whether the column is there, and of one of `types` (any, where none is named)."""
    column = dataset.columns.get(key)
    if column is None:
        yield no_column(where, key, dataset)
    elif types and column.type not in types:
        fitting = [name for name, c in dataset.columns.items() if c.type in types]
        if types == NUMBER_TYPES:
            message = N_("“%(column)s” holds no numbers. Columns with numbers: %(columns)s.")
        elif types == MOMENT_TYPES:
            message = N_("“%(column)s” holds no times. Columns with times: %(columns)s.")
        else:
            message = N_("“%(column)s” holds no days. Columns with days or times: %(columns)s.")
        yield Issue(where, message, {"column": key, "columns": listed(fitting)})


def _expression_issues(where: str, text: str, dataset: KnownDataset) -> Iterator[Issue]:
    try:
        tree = expression.parse(text)
    except formula.FormulaError as error:
        yield from (Issue(where, issue.message, issue.params) for issue in error.issues)
        return
    for key in formula.names(tree):
        yield from column_issues(where, key, dataset, NUMBER_TYPES)
    if not formula.names(tree):
        yield Issue(where, N_("The expression uses no column."))


def filters_issues(where: str, filters: Iterable[Filter], dataset: KnownDataset) -> Iterator[Issue]:
    """What does not fit in conditions on rows."""
    for index, condition in enumerate(filters):
        yield from filter_issues(f"{where}.filters.{index}".lstrip("."), condition, dataset)


def no_column(where: str, column: str, dataset: KnownDataset) -> Issue:
    message = N_("%(dataset)s has no column “%(column)s”. It has: %(columns)s.")
    return Issue(where, message, {"dataset": dataset.name, "column": column, "columns": listed(dataset.columns)})


def filter_issues(where: str, condition: Filter, dataset: KnownDataset) -> Iterator[Issue]:
    column = dataset.columns.get(condition.column)
    if column is None:
        yield no_column(f"{where}.column", condition.column, dataset)
        return
    if condition.op in ("lt", "le", "gt", "ge") and column.type not in ORDERED_TYPES:
        message = N_("“%(column)s” is text or true/false and has no more or less. Compare it with “is” or “is one of”.")
        yield Issue(f"{where}.op", message, {"column": condition.column})
        return
    for index, value in enumerate(condition.values):
        try:
            typed(value, column.type)
        except Refusal:
            message = N_("“%(value)s” does not fit “%(column)s”, which holds values such as %(example)s.")
            filled = {"value": value, "column": condition.column, "example": _EXAMPLES[column.type]}
            yield Issue(f"{where}.values.{index}", message, filled)


def typed(value: str | int | bool, kind: str) -> Scalar:
    """A filter's value as the type of its column; Refusal if it is none.

    Texts of digits are read as numbers where the column holds numbers, never the other way round. Times are
    compared as written, in the company's own time.
    """
    try:
        return _READERS[kind](value)
    except (ValueError, KeyError):
        raise Refusal(N_("“%(value)s” does not fit here."), {"value": value}) from None


def _text(value: str | int | bool) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _integer(value: str | int | bool) -> int:
    if isinstance(value, bool) or (isinstance(value, str) and not _INTEGER.fullmatch(value)):
        raise ValueError(value)
    return int(value)


def _decimal(value: str | int | bool) -> Decimal:
    if isinstance(value, bool):
        raise ValueError(value)
    return parse_decimal(str(value))


def _boolean(value: str | int | bool) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[str(value)]


def _date(value: str | int | bool) -> date:
    if not _DATE.fullmatch(_text(value)):
        raise ValueError(value)
    return date.fromisoformat(_text(value))


def _datetime(value: str | int | bool) -> datetime:
    if not _DATETIME.fullmatch(_text(value)):
        raise ValueError(value)
    return datetime.fromisoformat(_text(value))


_READERS: dict[str, Callable[[str | int | bool], Scalar]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}


def listed(words: Iterable[object], most: int = 12) -> str:
    """The words with commas between, cut after `most`; a dash if there are none."""
    shown = [str(word) for word in words]
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "") if shown else "–"
