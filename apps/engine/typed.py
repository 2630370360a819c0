"""Stage B of a load, as SQL: from text cells to values, each exact or refused, never rounded and never guessed."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apps.engine import cells
from apps.engine.duck import literal, name
from apps.engine.plan import ColumnType
from apps.engine.requests import ColumnMapping, DateOrder, Mapping, NumberStyle, RejectCode, Role
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
    """How the cells of one column are read, as SQL: `step` over its `text`, under the name `between`, is NULL for cells
    in plain digits, and a tidier text for others; `value` is made of both."""

    column: ColumnMapping
    text: str
    between: str
    step: str
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
        text, between = f"t{number}", f"b{number}"
        step, value = _step(text, column), _value(text, between, column, time_zone)
        found.append(Cell(column, text, between, step, value, required))
    return found


def text_select(columns: list[Cell], header: list[str], raw: str, nulls: Collection[str] = ()) -> str:
    """A query that gives the mapped columns of `raw` as text without blanks around it, an empty one as NULL, and so is
    one that holds a word of `nulls` (in small letters)."""
    texts = [
        f"{_said(_stripped(f'c{header.index(cell.column.source) + 1}'), nulls)} AS {cell.text}" for cell in columns
    ]
    return f"SELECT _row, {', '.join(texts)} FROM {raw}"


def _said(text: str, nulls: Collection[str]) -> str:
    if not nulls:
        return text
    return f"CASE WHEN lower({text}) NOT IN ({', '.join(map(literal, sorted(nulls)))}) THEN {text} END"


def _stripped(raw: str) -> str:
    """A cell without blanks around it. The look at both ends spares nearly all cells the slow trim."""
    blank = f"[{cells.BLANKS}]"
    trimmed = f"nullif(trim({raw}, {literal(cells.BLANKS)}), '')"
    return f"CASE WHEN regexp_matches({raw}, {literal(f'^{blank}|{blank}$')}) THEN {trimmed} ELSE nullif({raw}, '') END"


def value_select(columns: list[Cell], texts: str) -> str:
    """A query over `text_select` that adds the values under their names."""
    steps = "".join(f", {cell.step} AS {cell.between}" for cell in columns if cell.step)
    values = [f"{cell.value} AS {name(cell.column.name)}" for cell in columns]
    return f"SELECT *, {', '.join(values)} FROM (SELECT *{steps} FROM ({texts}))"


def typed_select(columns: list[Cell], texts: str, time_column: str) -> str:
    """A query that gives `_row`, the values, the day `d` (none without a `time_column`), and `_bad`: whether the row
    must be rejected."""
    values = ", ".join(name(cell.column.name) for cell in columns)
    bad = " OR ".join(f"({cell.bad})" for cell in columns)
    day = f"CAST({name(time_column)} AS DATE)" if time_column else "CAST(NULL AS DATE)"
    return f"SELECT _row, {values}, {day} AS d, ({bad}) AS _bad FROM ({value_select(columns, texts)})"


def bad_cells_select(cell: Cell, values: str) -> str:
    """A query over `value_select` that lists the bad cells of one column as (row, column, code, text)."""
    text = f"left({cell.text}, {cells.LONGEST_TEXT})"
    return (
        f'SELECT _row AS "row", {literal(cell.column.source)} AS "column", {cell.code} AS code,'
        f" coalesce({text}, '') AS \"text\" FROM {values} WHERE {cell.bad}"
    )


def _step(text: str, column: ColumnMapping) -> str:
    if column.role == Role.CURRENCY or column.type in (ColumnType.TEXT, ColumnType.BOOLEAN):
        return ""
    if column.type in (ColumnType.DATE, ColumnType.DATETIME):
        return f"CASE WHEN NOT ({_is_iso(text)}) THEN {_glued(_iso(_half(text), column.date_order))} END"
    if column.number_style != NumberStyle.POINT:
        return _half(text)
    return f"CASE WHEN NOT {_matches(text, cells.PLAIN_NUMBER)} THEN {_half(text)} END"


def _value(text: str, between: str, column: ColumnMapping, time_zone: str) -> str:
    if column.role == Role.CURRENCY:
        return _currency(text)
    if column.type == ColumnType.TEXT:
        return text
    if column.type == ColumnType.BOOLEAN:
        return _boolean(text)
    if column.type == ColumnType.DECIMAL:
        return _decimal(text, between, column.number_style)
    if column.type == ColumnType.INTEGER:
        return _integer(text, between, column.number_style)
    return _moment(text, between, column, time_zone)


def _currency(text: str) -> str:
    """The code of a currency in capital letters; no other text is one."""
    codes = ", ".join(literal(code) for code in sorted(KNOWN))
    return f"CASE WHEN upper({text}) IN ({codes}) THEN upper({text}) END"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _boolean(text: str) -> str:
    yes, no = (", ".join(literal(word) for word in words) for words in (cells.YES, cells.NO))
    return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"


def _half(text: str) -> str:
    return f"translate({text}, {literal(cells.WIDE_SIGNS)}, {literal(cells.HALF_SIGNS)})"


def _decimal(text: str, half: str, style: NumberStyle = NumberStyle.POINT) -> str:
    """A number: in plain digits where `half` is NULL, else as it is written in `half`."""
    dressed = f"CASE WHEN {_matches(half, cells.number_pattern(style))} THEN {_undressed(half, style)} END"
    return f"CASE WHEN {half} IS NULL THEN try_cast({text} AS {WIDE}) ELSE {dressed} END"


def _undressed(half: str, style: NumberStyle) -> str:
    """The value of a number of `number_pattern`. Scaled by a product: a quotient would be a binary float."""
    digits = f"regexp_replace({half}, {literal('[^0-9.]' if style == NumberStyle.POINT else '[^0-9,]')}, '', 'g')"
    if style == NumberStyle.COMMA:
        digits = f"replace({digits}, ',', '.')"
    signed = f"(CASE WHEN regexp_matches({half}, '[-(]') THEN '-' ELSE '' END || {digits})"
    cases = []
    for sign, (places, factor) in cells.TIMES.items():
        small = "." in factor
        width = 38 - int(places) - 1
        scale = 18 - int(places) if small else 14
        kind = f"DECIMAL({int(places) + 1}, {places if small else 0})"
        product = f"try_cast({signed} AS DECIMAL({width}, {scale})) * CAST({factor} AS {kind})"
        cases.append(f"WHEN contains({half}, '{sign}') THEN try_cast({product} AS {WIDE})")
    return f"CASE {' '.join(cases)} ELSE try_cast({signed} AS {WIDE}) END"


def _integer(text: str, half: str, style: NumberStyle = NumberStyle.POINT) -> str:
    decimal = _decimal(text, half, style)
    whole = f"CASE WHEN {decimal} = try_cast({decimal} AS BIGINT) THEN try_cast({decimal} AS BIGINT) END"
    if style != NumberStyle.POINT:
        return whole
    plain = f"try_cast(split_part({text}, '.', 1) AS BIGINT)"
    return f"CASE WHEN {_matches(text, cells.WHOLE)} THEN {plain} ELSE {whole} END"


def _is_iso(text: str) -> str:
    return f"{_matches(text, cells.ISO_DAY)} OR {_matches(text, cells.ISO_MOMENT)}"


def _moment(text: str, iso: str, column: ColumnMapping, time_zone: str) -> str:
    """A day or moment in the company's zone: without an offset it is told in the column's. `iso` is NULL for a cell
    that is in ISO form already, or is none."""
    kind = "DATE" if column.type == ColumnType.DATE else "TIMESTAMP"
    instant = f"regexp_replace(regexp_replace({iso}, ' ?(Z|UTC)$', '+00:00'), ' ([+-][0-9:]+)$', '\\1')"
    home = literal(time_zone)
    there = f"AT TIME ZONE {literal(column.time_zone)} AT TIME ZONE {home}"
    local = there if column.time_zone and kind != "DATE" else ""
    value = (
        f"CASE WHEN {iso} IS NULL THEN CASE WHEN {_is_iso(text)} THEN try_cast({text} AS TIMESTAMP) {local} END"
        f" WHEN {_matches(iso, cells.ENDS_WITH_ZONE)} THEN try_cast({instant} AS TIMESTAMPTZ) AT TIME ZONE {home}"
        f" ELSE ({_clock(iso)}) {local} END"
    )
    return f"CAST({value} AS {kind})"


def _iso(half: str, order: DateOrder) -> str:
    """The cell with its day in the form year-month-day; NULL where it is no day."""
    cases = []
    for spelling in cells.spellings(order):
        iso = f"regexp_replace({half}, {literal('^' + spelling.day)}, {literal(spelling.iso)})"
        if "[Jj]" in spelling.day:
            iso = _months_as_numbers(iso)
        cases.append(f"WHEN {_matches(half, spelling.whole())} THEN {iso}")
    first = f"regexp_replace({half}, {literal(cells.MONTH_ONLY)}, '\\1-\\2-01')"
    digits = f"regexp_replace({half}, {literal(cells.MOMENT_IN_DIGITS)}, '\\1-\\2-\\3 \\4:\\5:\\6')"
    cases.append(f"WHEN {_matches(half, cells.MONTH_ONLY)} THEN {first}")
    cases.append(f"WHEN {_matches(half, cells.MOMENT_IN_DIGITS)} THEN {digits}")
    return f"CASE {' '.join(cases)} END"


def _months_as_numbers(iso: str) -> str:
    for number, month in enumerate(cells.MONTHS, start=1):
        iso = f"regexp_replace({iso}, '(?i){month}[a-z]*\\.?', '{number:02d}')"
    return iso


def _clock(iso: str) -> str:
    """The moment of a day in ISO form with any clock behind it: of 24 hours, of words, of 12 hours."""
    words = f"regexp_replace(regexp_replace({iso}, '[时時点分]', ':', 'g'), '(:|秒)$', '')"
    bare = f"regexp_replace({words}, {literal('[, T]*(下午|晚上|中午|上午|凌晨|早上) ?|, ')}, ' ')"
    bare = f"regexp_replace({bare}, ' ?[AaPp]\\.?[Mm]\\.?$', '')"
    stamp = f"try_cast({_glued(bare)} AS TIMESTAMP)"
    return (
        f"CASE WHEN regexp_matches({iso}, {literal(cells.AFTER_NOON)}) AND hour({stamp}) < 12"
        f" THEN {stamp} + INTERVAL 12 HOUR"
        f" WHEN regexp_matches({iso}, {literal(cells.BEFORE_NOON)}) AND hour({stamp}) = 12"
        f" THEN {stamp} - INTERVAL 12 HOUR ELSE {stamp} END"
    )


def _glued(iso: str) -> str:
    """A day and its clock with one blank between them."""
    return f"trim(regexp_replace({iso}, '^([0-9]+-[0-9]+-[0-9]+)[T ]*([0-9]+:)', '\\1 \\2'))"
