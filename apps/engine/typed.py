"""Stage B of a load, as SQL: from text cells to values, each exact or refused, never rounded and never guessed."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from dataclasses import dataclass

from apps.engine import cells
from apps.engine.duck import literal, name
from apps.engine.plan import ColumnType
from apps.engine.requests import ColumnMapping, DateOrder, Mapping, RejectCode, Role
from apps.kernel.currency import KNOWN

WIDE = "DECIMAL(38, 18)"
NARROW = "DECIMAL(18, 6)"
"""What decimals are kept as when all of a column's values fit, for speed and size; WIDE holds the others."""

SQL_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: WIDE,
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMP",
    ColumnType.BOOLEAN: "BOOLEAN",
}
_CODES = {
    ColumnType.INTEGER: RejectCode.BAD_NUMBER,
    ColumnType.DECIMAL: RejectCode.BAD_NUMBER,
    ColumnType.DATE: RejectCode.BAD_DATE,
    ColumnType.DATETIME: RejectCode.BAD_DATE,
    ColumnType.BOOLEAN: RejectCode.BAD_BOOLEAN,
}


@dataclass(frozen=True)
class Cell:
    """How the cells of one column are read: SQL over the raw columns."""

    column: ColumnMapping
    text: str
    value: str
    required: bool

    @property
    def bad(self) -> str:
        """True for a cell whose row must be rejected."""
        conditions = []
        if self.column.type != ColumnType.TEXT or self.column.role == Role.CURRENCY:
            conditions.append(f"({self.text} IS NOT NULL AND {name(self.column.name)} IS NULL)")
        if self.required:
            conditions.append(f"{self.text} IS NULL")
        return " OR ".join(conditions) or "false"

    @property
    def code(self) -> str:
        """The code of a bad cell, as SQL."""
        code = _CODES.get(self.column.type, RejectCode.MISSING)
        if self.column.role == Role.CURRENCY:
            code = RejectCode.BAD_CURRENCY
        return f"CASE WHEN {self.text} IS NULL THEN '{RejectCode.MISSING}' ELSE '{code}' END"


def cells_of(mapping: Mapping, time_zone: str) -> list[Cell]:
    """One Cell for each mapped column; its text is column t1, t2, ... of `text_select`."""
    found = []
    for number, column in enumerate(mapping.columns, start=1):
        required = column.required or column.role == Role.TIME or column.name in mapping.key
        found.append(Cell(column, f"t{number}", _value(f"t{number}", column, time_zone), required))
    return found


def text_select(columns: list[Cell], header: list[str], raw: str) -> str:
    """A query that gives the mapped columns of `raw` as text without blanks around it, an empty one as NULL."""
    texts = [f"{_stripped(f'c{header.index(cell.column.source) + 1}')} AS {cell.text}" for cell in columns]
    return f"SELECT _row, {', '.join(texts)} FROM {raw}"


def _stripped(raw: str) -> str:
    """A cell without blanks around it. The look at both ends spares nearly all cells the slow trim."""
    blank = f"[{cells.BLANKS}]"
    trimmed = f"nullif(trim({raw}, {literal(cells.BLANKS)}), '')"
    return f"CASE WHEN regexp_matches({raw}, {literal(f'^{blank}|{blank}$')}) THEN {trimmed} ELSE nullif({raw}, '') END"


def value_select(columns: list[Cell], texts: str) -> str:
    """A query over `text_select` that adds the values under their names."""
    values = [f"{cell.value} AS {name(cell.column.name)}" for cell in columns]
    return f"SELECT *, {', '.join(values)} FROM ({texts})"


def typed_select(columns: list[Cell], texts: str, time_column: str) -> str:
    """A query that gives `_row`, the values, the day `d`, and `_bad`: whether the row must be rejected."""
    values = ", ".join(name(cell.column.name) for cell in columns)
    bad = " OR ".join(f"({cell.bad})" for cell in columns)
    day = f"CAST({name(time_column)} AS DATE)"
    return f"SELECT _row, {values}, {day} AS d, ({bad}) AS _bad FROM ({value_select(columns, texts)})"


def bad_cells_select(cell: Cell, values: str) -> str:
    """A query over `value_select` that lists the bad cells of one column as (row, column, code, text)."""
    text = f"left({cell.text}, {cells.LONGEST_TEXT})"
    return (
        f'SELECT _row AS "row", {literal(cell.column.source)} AS "column", {cell.code} AS code,'
        f" coalesce({text}, '') AS \"text\" FROM {values} WHERE {cell.bad}"
    )


def _value(text: str, column: ColumnMapping, time_zone: str) -> str:
    if column.role == Role.CURRENCY:
        return _currency(text)
    if column.type == ColumnType.TEXT:
        return text
    if column.type == ColumnType.BOOLEAN:
        return _boolean(text)
    if column.type == ColumnType.DECIMAL:
        return _decimal(text)
    if column.type == ColumnType.INTEGER:
        return _integer(text)
    return _moment(text, column.date_order, time_zone, "DATE" if column.type == ColumnType.DATE else "TIMESTAMP")


def _currency(text: str) -> str:
    """The code of a currency in capital letters; no other text is one."""
    codes = ", ".join(literal(code) for code in sorted(KNOWN))
    return f"CASE WHEN upper({text}) IN ({codes}) THEN upper({text}) END"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _boolean(text: str) -> str:
    yes, no = (", ".join(literal(word) for word in words) for words in (cells.YES, cells.NO))
    return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"


def _decimal(text: str) -> str:
    """Per cent become hundredths by a product of decimals: a quotient would be a binary float."""
    undressed = f"regexp_replace({text}, {literal(cells.UNDRESSED)}, '', 'g')"
    hundredth = f"CAST(try_cast({undressed} AS DECIMAL(34, 16)) * CAST(0.01 AS DECIMAL(3, 2)) AS {WIDE})"
    return (
        f"CASE WHEN {_matches(text, cells.PLAIN_NUMBER)} THEN try_cast({text} AS {WIDE})"
        f" WHEN {_matches(text, cells.DRESSED_NUMBER)} THEN"
        f" CASE WHEN right({text}, 1) IN ('%', '％') THEN {hundredth} ELSE try_cast({undressed} AS {WIDE}) END END"
    )


def _integer(text: str) -> str:
    decimal = _decimal(text)
    return (
        f"CASE WHEN {_matches(text, cells.WHOLE)} THEN try_cast(split_part({text}, '.', 1) AS BIGINT)"
        f" WHEN {decimal} = try_cast({decimal} AS BIGINT) THEN try_cast({decimal} AS BIGINT) END"
    )


def _moment(text: str, order: DateOrder, time_zone: str, kind: str) -> str:
    iso = _iso(text, order)
    instant = f"regexp_replace(regexp_replace({iso}, ' ?(Z|UTC)$', '+00:00'), ' ([+-][0-9:]+)$', '\\1')"
    local = (
        f"CASE WHEN {_matches(text, cells.ISO_DAY)} OR {_matches(text, cells.ISO_MOMENT)}"
        f" THEN try_cast({text} AS TIMESTAMP)"
        f" WHEN {_matches(text, cells.day_pattern(order))} THEN"
        f" CASE WHEN {_matches(text, cells.ENDS_WITH_ZONE)}"
        f" THEN try_cast({instant} AS TIMESTAMPTZ) AT TIME ZONE {literal(time_zone)}"
        f" ELSE try_cast({iso} AS TIMESTAMP) END END"
    )
    return f"CAST({local} AS {kind})"


def _iso(text: str, order: DateOrder) -> str:
    """The cell with its day in the form year-month-day."""
    pattern, replacement = cells.PARTS_OF_DAY[DateOrder.YMD]
    year_first = f"regexp_replace({text}, {literal(pattern)}, {literal(replacement)})"
    if order == DateOrder.YMD:
        return year_first
    pattern, replacement = cells.PARTS_OF_DAY[order]
    other = f"regexp_replace({text}, {literal(pattern)}, {literal(replacement)})"
    return f"CASE WHEN {_matches(text, cells.day_pattern(DateOrder.YMD))} THEN {year_first} ELSE {other} END"
