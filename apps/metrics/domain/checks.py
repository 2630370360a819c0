"""Does a definition fit what there is: the data sets, their columns and types, the other metrics?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.numbers import parse_decimal
from apps.metrics.domain import formula, graph
from apps.metrics.domain.definition import (
    Aggregation,
    Definition,
    Filter,
    FormulaDefinition,
    measures_of,
)

Scalar = str | int | bool | Decimal | date | datetime

NUMBER_TYPES = ("integer", "decimal")
ORDERED_TYPES = ("integer", "decimal", "date", "datetime")
NEED_NUMBERS = ("sum", "avg", "min", "max", "median")
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


@dataclass(frozen=True)
class Known:
    """What there is: data sets by key, and the current definitions of the other metrics by key."""

    datasets: Mapping[str, KnownDataset] = field(default_factory=dict, hash=False)
    metrics: Mapping[str, Definition] = field(default_factory=dict, hash=False)

    def graph(self) -> dict[str, tuple[str, ...]]:
        """For each metric the metrics its formula names."""
        return {key: inputs_of(definition) for key, definition in self.metrics.items()}


def inputs_of(definition: Definition) -> tuple[str, ...]:
    """Keys of the metrics a formula names; none for other kinds, or where it cannot be read."""
    if not isinstance(definition, FormulaDefinition):
        return ()
    try:
        return formula.names(formula.parse(definition.expression))
    except formula.FormulaError:
        return ()


def issues(definition: Definition, known: Known) -> list[Issue]:
    """Everything in `definition` that does not fit `known`, each at the path of its field; empty if it can be used."""
    found = [issue for where, measure in measures_of(definition) for issue in _measure_issues(where, measure, known)]
    found += _dimension_issues(definition, known)
    if isinstance(definition, FormulaDefinition):
        found += _formula_issues(definition, known)
    found += _user_issues(definition, known)
    return found


def _measure_issues(where: str, measure: Aggregation, known: Known) -> Iterator[Issue]:
    dataset = known.datasets.get(measure.dataset)
    if dataset is None:
        message = N_("There is no data set “%(dataset)s”. There are: %(datasets)s.")
        yield Issue(f"{where}.dataset", message, {"dataset": measure.dataset, "datasets": listed(known.datasets)})
        return
    if measure.column is not None:
        column = dataset.columns.get(measure.column)
        if column is None:
            yield _no_column(f"{where}.column", measure.column, dataset)
        elif measure.how in NEED_NUMBERS and column.type not in NUMBER_TYPES:
            numbers = [key for key, c in dataset.columns.items() if c.type in NUMBER_TYPES]
            message = N_("“%(column)s” holds no numbers. Columns with numbers: %(columns)s.")
            yield Issue(f"{where}.column", message, {"column": measure.column, "columns": listed(numbers)})
    for index, condition in enumerate(measure.filters):
        yield from _filter_issues(f"{where}.filters.{index}", condition, dataset)


def _no_column(where: str, column: str, dataset: KnownDataset) -> Issue:
    message = N_("%(dataset)s has no column “%(column)s”. It has: %(columns)s.")
    return Issue(where, message, {"dataset": dataset.name, "column": column, "columns": listed(dataset.columns)})


def _filter_issues(where: str, condition: Filter, dataset: KnownDataset) -> Iterator[Issue]:
    column = dataset.columns.get(condition.column)
    if column is None:
        yield _no_column(f"{where}.column", condition.column, dataset)
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


def _dimension_issues(definition: Definition, known: Known) -> Iterator[Issue]:
    measures = list(measures_of(definition))
    for index, dimension in enumerate(definition.dimensions):
        for dataset in dict.fromkeys(known.datasets.get(measure.dataset) for _, measure in measures):
            if dataset is None:
                continue
            column = dataset.columns.get(dimension)
            if column is None or column.role != "dimension":
                message = N_("“%(column)s” is no dimension of %(dataset)s. Its dimensions: %(columns)s.")
                columns = [key for key, c in dataset.columns.items() if c.role == "dimension"]
                filled = {"column": dimension, "dataset": dataset.name, "columns": listed(columns)}
                yield Issue(f"dimensions.{index}", message, filled)


def _formula_issues(definition: FormulaDefinition, known: Known) -> Iterator[Issue]:
    try:
        tree = formula.parse(definition.expression)
    except formula.FormulaError as error:
        yield from error.issues
        return
    used = list(formula.name_nodes(tree))
    if not used:
        yield Issue("expression", N_("The formula uses no metric. For a fixed number, type the values by hand."))
    unknown = [node for node in used if node.key not in known.metrics and node.key != definition.key]
    for node in unknown:
        message = N_("At character %(position)s: there is no metric “%(key)s”. There are: %(metrics)s.")
        others = [key for key in known.metrics if key != definition.key]
        filled = {"position": node.position, "key": node.key, "metrics": listed(others)}
        yield Issue("expression", message, filled)
    yield from _cycle_issues(definition, known)
    for key in formula.names(tree):
        if key in known.metrics and key != definition.key:
            yield from _input_issues(definition, key, known.metrics[key])


def _cycle_issues(definition: FormulaDefinition, known: Known) -> Iterator[Issue]:
    cycle = graph.find_cycle({definition.key: inputs_of(definition), **_without(known.graph(), definition.key)})
    if cycle and definition.key in cycle:
        at = cycle.index(definition.key)
        around = (*cycle[at:-1], *cycle[:at], definition.key)
        message = N_("The formula would need its own result: %(path)s.")
        yield Issue("expression", message, {"path": " → ".join(around)})


def _without(mapping: Mapping[str, tuple[str, ...]], key: str) -> dict[str, tuple[str, ...]]:
    return {name: used for name, used in mapping.items() if name != key}


def _input_issues(definition: FormulaDefinition, key: str, used: Definition) -> Iterator[Issue]:
    for index, grain in enumerate(definition.grains):
        if grain not in used.grains:
            message = N_("“%(key)s” has no values by %(grain)s, only by %(grains)s.")
            yield Issue(f"grains.{index}", message, {"key": key, "grain": grain.value, "grains": listed(used.grains)})
    for index, dimension in enumerate(definition.dimensions):
        if dimension not in used.dimensions:
            message = N_("“%(key)s” is not split by “%(dimension)s”, only by: %(dimensions)s.")
            filled = {"key": key, "dimension": dimension, "dimensions": listed(used.dimensions)}
            yield Issue(f"dimensions.{index}", message, filled)


def _user_issues(definition: Definition, known: Known) -> Iterator[Issue]:
    """Formulas that use this metric must find in its new version what they need."""
    for key, user in known.metrics.items():
        if key == definition.key or definition.key not in inputs_of(user):
            continue
        lost = [grain.value for grain in user.grains if grain not in definition.grains]
        if lost:
            message = N_("The formula of “%(user)s” needs its values by %(grains)s. Change that metric first.")
            yield Issue("grains", message, {"user": key, "grains": listed(lost)})
        split = [dimension for dimension in user.dimensions if dimension not in definition.dimensions]
        if split:
            message = N_("The formula of “%(user)s” needs it split by %(dimensions)s. Change that metric first.")
            yield Issue("dimensions", message, {"user": key, "dimensions": listed(split)})


def listed(words: Iterable[object], most: int = 12) -> str:
    """The words with commas between, cut after `most`; a dash if there are none."""
    shown = [str(word) for word in words]
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "") if shown else "–"
