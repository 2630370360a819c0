"""Columns of a dataset: how they are held, and everything that can be wrong with what somebody chose for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.datasets.domain.naming import DATASET_KEY, KEY, RESERVED
from apps.engine import conversion
from apps.engine.plan import NUMERIC, ColumnType
from apps.engine.requests import ColumnMapping, ColumnShape, DateOrder, Meets, NumberStyle, Role, Twins
from apps.engine.requests import Mapping as EngineMapping
from apps.kernel.issue import N_, Issue, Refusal

MOST_RATE_DAYS = conversion.MOST_RATE_DAYS
TIMES = frozenset({ColumnType.DATE, ColumnType.DATETIME})
NUMBERS = frozenset({Role.MEASURE, Role.MONEY, Role.RATE})
TWINS_LAST = Twins.LAST.value
GROUPS = frozenset({Role.DIMENSION, Role.CURRENCY})
"""Columns that values can be split by."""


@dataclass(frozen=True)
class Column:
    """A column of a dataset, as metrics and pages see it."""

    name: str
    source: str
    type: str
    role: str
    required: bool = False
    date_order: str = DateOrder.YMD.value
    number_style: str = NumberStyle.POINT.value
    time_zone: str = ""
    verbatim: bool = False

    def to_json(self) -> dict[str, object]:
        return self.mapping().to_json()

    def mapping(self) -> ColumnMapping:
        """The same in the engine's terms. ValueError for a type, role, order or style there is not."""
        kind, role, order = ColumnType(self.type), Role(self.role), DateOrder(self.date_order)
        style = NumberStyle(self.number_style)
        return ColumnMapping(
            self.source, self.name, kind, role, self.required, order, style, self.time_zone, self.verbatim
        )


def column_of(data: Mapping[str, object]) -> Column:
    """A column from a plain dict, such as a form, the API or a JSON field gives; missing parts are empty text."""
    return Column(
        name=str(data.get("name", "")).strip(),
        source=str(data.get("source", "")),
        type=str(data.get("type", "")),
        role=str(data.get("role", "")),
        required=data.get("required") in (True, "true", "on"),
        date_order=str(data.get("date_order") or DateOrder.YMD.value),
        number_style=str(data.get("number_style") or NumberStyle.POINT.value),
        time_zone=str(data.get("time_zone") or ""),
        verbatim=data.get("verbatim") in (True, "true", "on"),
    )


def engine_mapping(
    columns: Sequence[Column], row_key: Sequence[str], twins: str = "", meets: str = ""
) -> EngineMapping:
    """What the engine loads by."""
    mapped = tuple(column.mapping() for column in columns)
    return EngineMapping(mapped, tuple(row_key), Twins(twins or Twins.LAST), Meets(meets or Meets.REPLACE))


def key_columns(columns: Sequence[Column], row_key: Sequence[str]) -> list[Column]:
    """The columns of a row key: all that a file of rows to remove has to have."""
    return [column for column in columns if column.name in row_key]


@dataclass(frozen=True)
class Fault:
    """Something to mend in a choice of columns: in `field` of the column at `position`, or (None) of the whole."""

    position: int | None
    field: str
    issue: Issue


class MappingRefused(Refusal):
    """A choice of columns that cannot be loaded; `faults` says each place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(N_("The columns cannot be used like this yet."), issues=[fault.issue for fault in faults])
        self.faults = tuple(faults)


def faults_of(
    columns: Sequence[Column], row_key: Sequence[str], headers: Collection[str], known: Sequence[Column] = ()
) -> list[Fault]:
    """Everything wrong with taking `columns` from a file with these `headers`.

    `known` are the columns that rows have to fit (none for a new dataset, or where the file replaces everything).
    """
    if not columns:
        return [_whole("columns", N_("Choose at least one column: all of them are skipped."))]
    found: list[Fault] = []
    for position, column in enumerate(columns):
        found += _column_faults(position, column, headers)
    found += _repeated(columns)
    found += _time_faults(columns)
    found += _key_faults(columns, row_key)
    found += _money_faults(columns, row_key)
    found += _known_faults(columns, known)
    return found


def dataset_faults(name: str, key: str, names: Collection[str], keys: Collection[str]) -> list[Fault]:
    """Everything wrong with calling a new dataset `name`, with the key `key`, beside those there are."""
    found: list[Fault] = []
    if not name:
        found.append(_whole("name", N_("Give the data a name, such as “Work orders”.")))
    elif len(name) > 120:
        found.append(_whole("name", N_("This name is too long; use up to 120 characters.")))
    elif name.casefold() in {other.casefold() for other in names}:
        message = N_("There is data of this name already. Choose it in the list above, or use another name.")
        found.append(_whole("name", message))
    if not DATASET_KEY.fullmatch(key):
        found.append(_whole("key", N_("Use a to z, 0 to 9 and _, a letter first, up to 40 characters.")))
    elif key in keys:
        found.append(_whole("key", N_("This key is taken; use another one.")))
    return found


def missing_headers(known: Sequence[Column], headers: Collection[str]) -> list[str]:
    """Headers that the known columns come from and that the file does not have."""
    return [column.source for column in known if column.source not in headers]


@dataclass(frozen=True)
class Difference:
    """How a file's columns differ from those of the last file of its data: headers that are new or missing, and known
    columns whose cells look like another type, each with the type it has and the one it looks like."""

    new: tuple[str, ...] = ()
    missing: tuple[Column, ...] = ()
    retyped: tuple[tuple[Column, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.missing or self.retyped)


def difference(known: Sequence[Column], before: Collection[str], shapes: Sequence[ColumnShape]) -> Difference:
    """What differs in a file of these `shapes` from the `known` columns and the headers of the file `before`."""
    found = {shape.name: shape for shape in shapes}
    taken = {column.source for column in known}
    retyped = [
        (column, str(found[column.source].type.value))
        for column in known
        if column.source in found and _cannot_be(column.type, found[column.source].type)
    ]
    return Difference(
        tuple(name for name in found if name not in before and name not in taken),
        tuple(column for column in known if column.source not in found),
        tuple(retyped),
    )


def _cannot_be(known: str, looks: ColumnType) -> bool:
    """Whether cells that look so are mostly wrong in a column of the known type: any fits text, whole numbers are
    decimal ones, and days are moments."""
    if known in (looks.value, ColumnType.TEXT.value):
        return False
    wider = {ColumnType.DECIMAL.value: ColumnType.INTEGER, ColumnType.DATETIME.value: ColumnType.DATE}
    return wider.get(known) != looks


def missing_faults(columns: Sequence[Column], headers: Collection[str]) -> list[Fault]:
    """The columns that a file of rows to remove does not have."""
    message = N_("The file has no column “%(source)s”.")
    return [
        Fault(None, "columns", Issue(column.source, message, {"source": column.source}))
        for column in columns
        if column.source not in headers
    ]


def contradicted(known: Sequence[Column], shapes: Sequence[ColumnShape]) -> list[str]:
    """Headers of known columns whose dates or numbers are surely written otherwise in this file than in the last."""
    found = {shape.name: shape for shape in shapes}
    names = []
    for column in known:
        shape = found.get(column.source)
        if shape is None or shape.asks:
            continue
        dated = column.type in TIMES and shape.date_order != DateOrder.YMD and shape.date_order != column.date_order
        numbered = column.type in NUMERIC and shape.number_style != column.number_style
        if dated or (numbered and NumberStyle.COMMA in (shape.number_style, column.number_style) and _has_point(shape)):
            names.append(column.source)
    return names


def _has_point(shape: ColumnShape) -> bool:
    return any("," in sample or "." in sample for sample in shape.samples)


def same_shape(columns: Sequence[Column], known: Sequence[Column]) -> bool:
    """Whether rows of `columns` fit beside rows of `known`: the same names, with the same types."""
    return {(column.name, column.type) for column in columns} == {(column.name, column.type) for column in known}


def with_sources(known: Sequence[Column], headers: Collection[str]) -> list[Column]:
    """The known columns that the file has, as they are; the others without a source."""
    return [column if column.source in headers else replace(column, source="") for column in known]


def _column_faults(position: int, column: Column, headers: Collection[str]) -> list[Fault]:
    found: list[Fault] = []

    def fault(field: str, message: str, **params: object) -> None:
        found.append(Fault(position, field, Issue(column.source or column.name, message, params)))

    if column.source not in headers:
        fault("source", N_("The file has no column “%(source)s”."), source=column.source)
    if not KEY.fullmatch(column.name):
        fault("name", N_("Use a to z, 0 to 9 and _, a letter first, up to 41 characters."))
    elif column.name in RESERVED:
        fault("name", N_("“%(name)s” is used by the product itself; use another name."), name=column.name)
    if column.type not in set(ColumnType):
        fault("type", N_("Choose a type."))
    if column.role not in set(Role):
        fault("role", N_("Choose what the column is for."))
    if column.date_order not in set(DateOrder):
        fault("date_order", N_("Choose in which order dates are written."))
    if column.number_style not in set(NumberStyle):
        fault("number_style", N_("Choose what stands before decimals: a point or a comma."))
    if column.time_zone and not _is_zone(column.time_zone):
        fault("time_zone", N_("There is no time zone “%(zone)s”."), zone=column.time_zone[:64])
    if column.role == Role.TIME and column.type in set(ColumnType) - TIMES:
        fault("type", N_("The time of a row has to be a date, or a date with time."))
    if column.role in NUMBERS and column.type in set(ColumnType) - NUMERIC:
        fault("type", N_("A number to calculate with has to be a whole or decimal number."))
    if column.role == Role.CURRENCY and column.type in set(ColumnType) - {ColumnType.TEXT}:
        fault("type", N_("The codes of currencies are text."))
    return found


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def unanswered(columns: Sequence[Mapping[str, object]], asks: Mapping[str, Collection[str]]) -> list[Fault]:
    """What nothing in the file tells (`asks`: by header) and nobody has said for the column either."""
    found: list[Fault] = []
    for position, column in enumerate(columns):
        source, kind = str(column.get("source", "")), str(column.get("type", ""))
        for field in asks.get(source, ()):
            fits = kind in (TIMES if field == "date_order" else NUMERIC)
            if fits and not column.get(field):
                found.append(Fault(position, field, Issue(source, _ASKED[field])))
    return found


_ASKED = {
    "date_order": N_("Its dates can be read in two ways. Choose which part comes first."),
    "number_style": N_("Its numbers can be read in two ways. Choose what stands before decimals."),
}


def _repeated(columns: Sequence[Column]) -> list[Fault]:
    found: list[Fault] = []
    for field, message in (
        ("name", N_("Two columns are called “%(value)s”; give each a name of its own.")),
        ("source", N_("The column “%(value)s” of the file is taken twice.")),
    ):
        seen: set[str] = set()
        for position, column in enumerate(columns):
            value = getattr(column, field)
            if value and value in seen:
                found.append(Fault(position, field, Issue(column.source, message, {"value": value})))
            seen.add(value)
    return found


def _time_faults(columns: Sequence[Column]) -> list[Fault]:
    times = [(position, column) for position, column in enumerate(columns) if column.role == Role.TIME]
    if not times:
        return [_whole("columns", N_("Say which column is the time of a row: metrics are computed by day and period."))]
    message = N_("Only one column can be the time of a row; “%(first)s” is it already.")
    return [
        Fault(position, "role", Issue(column.source, message, {"first": times[0][1].source}))
        for position, column in times[1:]
    ]


def _key_faults(columns: Sequence[Column], row_key: Sequence[str]) -> list[Fault]:
    names = {column.name for column in columns}
    message = N_("The row key names “%(name)s”, which is not among the columns that are taken.")
    return [_whole("row_key", message, name=name) for name in row_key if name not in names]


def _money_faults(columns: Sequence[Column], row_key: Sequence[str]) -> list[Fault]:
    """Amounts and rates need the currency they are in, one for each row; of a day there is one rate of each."""
    by_role: dict[str, list[tuple[int, Column]]] = {}
    for position, column in enumerate(columns):
        by_role.setdefault(column.role, []).append((position, column))
    currencies, rates = by_role.get(Role.CURRENCY, []), by_role.get(Role.RATE, [])
    found = [
        Fault(position, "role", Issue(column.source, message, {"first": several[0][1].source}))
        for several, message in (
            (currencies, N_("Only one column can be the currency of a row; “%(first)s” is it already.")),
            (rates, N_("Only one column can be the exchange rate; “%(first)s” is it already.")),
        )
        for position, column in several[1:]
    ]
    if currencies and not rates and Role.MONEY not in by_role:
        position, column = currencies[0]
        message = N_("Say which columns are amounts of money in this currency. If none are, make it a group.")
        found.append(Fault(position, "role", Issue(column.source, message)))
    if rates and not currencies:
        position, column = rates[0]
        message = N_("An exchange rate needs a column with the currency that it is of.")
        found.append(Fault(position, "role", Issue(column.source, message)))
    if rates and Role.MONEY in by_role:
        position, column = by_role[Role.MONEY][0]
        message = N_("A table of exchange rates holds no amounts. Upload them on their own.")
        found.append(Fault(position, "role", Issue(column.source, message)))
    wanted = {column.name for column in columns if column.role in (Role.TIME, Role.CURRENCY)}
    if rates and currencies and set(row_key) != wanted:
        message = N_("Of a currency there is one rate a day: make day and currency, and nothing else, the row key.")
        found.append(_whole("row_key", message))
    return found


def _known_faults(columns: Sequence[Column], known: Sequence[Column]) -> list[Fault]:
    found: list[Fault] = []
    there = {column.name: column for column in known}
    for position, column in enumerate(columns if known else ()):
        before = there.get(column.name)
        if before is None:
            field, message = (
                "name",
                N_("The data has no column “%(name)s”. Skip it, or let this file replace everything."),
            )
        elif column.type != before.type:
            field, message = "type", N_("“%(name)s” has another type in the data. Keep it, or replace everything.")
        elif (column.role == Role.TIME) != (before.role == Role.TIME):
            field, message = (
                "role",
                N_("The time of a row is another column in the data. Keep it, or replace everything."),
            )
        elif (column.role == Role.CURRENCY) != (before.role == Role.CURRENCY):
            field, message = (
                "role",
                N_("The currency of a row is another column in the data. Keep it, or replace everything."),
            )
        else:
            continue
        found.append(Fault(position, field, Issue(column.source, message, {"name": column.name})))
    chosen = {column.name for column in columns}
    message = N_("The data has a column “%(name)s” (“%(source)s”): say which column of the file it is.")
    absent = [column for column in known if column.name not in chosen]
    return found + [_whole("columns", message, name=column.name, source=column.source) for column in absent]


def _whole(field: str, message: str, **params: object) -> Fault:
    return Fault(None, field, Issue("", message, params))
