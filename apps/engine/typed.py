"""Stage B of a load, as SQL: from text cells to values, each exact or refused, never rounded and never guessed."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apps.engine import cells
from apps.engine.duck import literal, name
from apps.engine.plan import ColumnType
from apps.engine.requests import ColumnMapping, DateOrder, Mapping, NumberStyle, RejectCode, Role
from apps.engine.source import GONE
from apps.kernel.currency import KNOWN

WIDE = "DECIMAL(38, 18)"
SOUND, BAD, HELD = 0, 1, 2
"""The states of a line: to be loaded, rejected, or no row at all but something that holds a place."""

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
    """How the cells of one column are read, as SQL over its `text` (t1, t2, …).

    `quick` is what DuckDB takes the text for, and `proof` says whether that is written just as the text is: a cell that
    reads back letter for letter needs no other look (`kept`: what is made of it). For the others `step` is a tidier
    text, and `slow` what that means, by the grammar of `apps.engine.cells`. Text has nothing but `slow`.
    """

    column: ColumnMapping
    number: int
    slow: str
    required: bool
    quick: str = ""
    proof: str = ""
    step: str = ""
    kept: str = ""

    @property
    def text(self) -> str:
        return f"t{self.number}"

    @property
    def value(self) -> str:
        """The name of the value in `slab_select`; of a decimal the quick one, `wide` being the other."""
        return f"v{self.number}"

    @property
    def wide(self) -> str:
        """The name of a decimal that is not written plainly, or does not fit `NARROW`; "" for other columns."""
        return f"w{self.number}" if self.column.type == ColumnType.DECIMAL else ""

    @property
    def rest(self) -> str:
        """The name of the text of a cell that cannot be read; "" where every text can."""
        return "" if self.column.type == ColumnType.TEXT and self.column.role != Role.CURRENCY else f"x{self.number}"

    @property
    def empty(self) -> str:
        """True for a cell without a value."""
        return f"{self.value} IS NULL" + (f" AND {self.wide} IS NULL" if self.wide else "")

    @property
    def bad(self) -> str:
        """True for a cell whose row must be rejected."""
        if self.required:
            return self.empty
        return f"{self.rest} IS NOT NULL" if self.rest else "false"

    @property
    def plain(self) -> str:
        """The value of a cell that is written plainly."""
        if self.proof:
            return self.kept or f"q{self.number}"
        return self.value if self.rest else self.text

    @property
    def sound(self) -> str:
        """True for a cell that is written plainly; "" where every cell is."""
        if self.required and not self.rest:
            return f"{self.text} IS NOT NULL"
        if not self.rest:
            return ""
        proven = f"coalesce({self.proof}, false)" if self.proof else f"{self.value} IS NOT NULL"
        return proven if self.required else f"{self.text} IS NULL OR {proven}"

    @property
    def code(self) -> str:
        """The code of a bad cell, as SQL."""
        if not self.rest:
            return f"'{RejectCode.MISSING}'"
        code = _CODES.get(self.column.type, RejectCode.MISSING)
        if self.column.role == Role.CURRENCY:
            code = RejectCode.BAD_CURRENCY
        return f"CASE WHEN {self.rest} IS NULL THEN '{RejectCode.MISSING}' ELSE '{code}' END"


def cells_of(mapping: Mapping, time_zone: str) -> list[Cell]:
    """One Cell for each mapped column."""
    found = []
    for number, column in enumerate(mapping.columns, start=1):
        required = column.required or column.role == Role.TIME or column.name in mapping.key
        found.append(_cell(column, number, time_zone, required=required))
    return found


def slab_select(
    columns: list[Cell],
    header: list[str],
    lines: str,
    time_column: str,
    nulls: Collection[str] = (),
    loose: Collection[int] | None = None,
) -> str:
    """A query over `lines` (c1, c2, …: a slab) that gives, for each line, the values, the text of cells that cannot be
    read, the day `d` (none without a `time_column`), and its `_state`."""
    texts = [f"{_text(cell, header, nulls, loose)} AS {cell.text}" for cell in columns]
    quick = "".join(f", {cell.quick} AS q{cell.number}" for cell in columns if cell.quick)
    proofs = "".join(f", {_proven(cell)} AS p{cell.number}" for cell in columns if cell.proof)
    steps = "".join(f", {cell.step} AS b{cell.number}" for cell in columns if cell.step)
    values = ", ".join(_values(cell) for cell in columns)
    rests = "".join(f", CASE WHEN {cell.empty} THEN {cell.text} END AS {cell.rest}" for cell in columns if cell.rest)
    bad = " OR ".join(f"({cell.bad})" for cell in columns if cell.required or cell.rest) or "false"
    times = [cell.value for cell in columns if cell.column.name == time_column]
    day = f"CAST({times[0]} AS DATE)" if times else "CAST(NULL AS DATE)"
    kept = ", ".join(part for cell in columns for part in (cell.value, cell.wide, cell.rest) if part)
    query = f"SELECT c1 = {literal(GONE)} AS gone, {', '.join(texts)} FROM {lines}"
    for more in (quick, proofs, steps, f", {values}", rests):
        query = f"SELECT *{more} FROM ({query})" if more else query
    state = f"CASE WHEN gone THEN {HELD} WHEN {bad} THEN {BAD} ELSE {SOUND} END"
    return f"SELECT {kept}, {day} AS d, CAST(coalesce({state}, {SOUND}) AS UTINYINT) AS _state FROM ({query})"


def plain_select(
    columns: list[Cell],
    header: list[str],
    lines: str,
    time_column: str,
    nulls: Collection[str] = (),
    loose: Collection[int] | None = None,
    first: int = 1,
    *,
    holds: bool = True,
) -> str:
    """A query over `lines`, which begin with row `first`, for what is published of them, their day `d` and their number
    `_row`, if each of their cells is written plainly; it fails at the first that is not. `holds`: some hold the place
    of another row. "" where a column has no plain way of writing."""
    if any(cell.wide and not cell.proof for cell in columns):
        return ""
    texts = ", ".join(f"{_text(cell, header, nulls, loose)} AS {cell.text}" for cell in columns)
    reads = "".join(_quickly(cell) for cell in columns)
    day = next(cell.plain for cell in columns if cell.column.name == time_column)
    values = ", ".join(f"{cell.plain} AS {name(cell.column.name)}" for cell in columns)
    sound = " AND ".join(f"({cell.sound})" for cell in columns if cell.sound) or "true"
    asked = f"CASE WHEN gone THEN false WHEN {sound} THEN true ELSE error('not plain') END"
    gone = f"c1 = {literal(GONE)}" if holds else "false"
    query = f"SELECT {gone} AS gone, {texts}, row_number() OVER () + {first - 1} AS _row FROM {lines}"
    return f"SELECT {values}, CAST({day} AS DATE) AS d, _row FROM (SELECT *{reads} FROM ({query})) WHERE {asked}"


def _quickly(cell: Cell) -> str:
    if cell.proof:
        return f", {cell.quick} AS q{cell.number}"
    step = f", {cell.step} AS b{cell.number}" if cell.step else ""
    return f"{step}, {cell.slow} AS {cell.value}" if cell.rest else step


def bad_cells_select(cell: Cell, first: int) -> str:
    """A query over table `slab`, which begins with row `first`, that lists the bad cells of one column as (row, column,
    code, text)."""
    return (
        f'SELECT rowid + {first} AS "row", {literal(cell.column.source)} AS "column", {cell.code} AS code,'
        f" left(coalesce({cell.rest or 'NULL'}, ''), {cells.LONGEST_TEXT}) AS \"text\""
        f" FROM slab WHERE _state = {BAD} AND ({cell.bad})"
    )


def narrow_select(cell: Cell) -> str:
    """Over table `slab`: how many values of a decimal column are not quick ones, and whether NARROW holds them."""
    fits = f"coalesce(try_cast({cell.wide} AS {NARROW}) = {cell.wide}, {cell.wide} IS NULL)"
    return f"count({cell.wide}), coalesce(bool_and({fits}), true)"


def published(cell: Cell, others: int = 0, fit: bool = True) -> str:
    """The value under its own name, of a decimal as narrow as all values allow."""
    column = name(cell.column.name)
    if not cell.wide or not others:
        return f"{cell.value} AS {column}"
    if fit:
        return f"coalesce({cell.value}, CAST({cell.wide} AS {NARROW})) AS {column}"
    return f"coalesce(CAST({cell.value} AS {WIDE}), {cell.wide}) AS {column}"


def _text(cell: Cell, header: list[str], nulls: Collection[str], loose: Collection[int] | None) -> str:
    """The cell without blanks around it, an empty one as NULL, and so is one that holds a word of `nulls` (in small
    letters), unless its column takes every word as it is."""
    at = header.index(cell.column.source)
    text = f"nullif(c{at + 1}, '')" if loose is not None and at not in loose else _stripped(f"c{at + 1}")
    if not nulls or cell.column.verbatim:
        return text
    longest = 3 * max(map(len, nulls))
    words = ", ".join(map(literal, sorted(nulls)))
    return f"CASE WHEN strlen({text}) <= {longest} AND lower({text}) IN ({words}) THEN NULL ELSE {text} END"


def _stripped(raw: str) -> str:
    """A cell without blanks around it. The look at both ends spares nearly all cells the slow trim."""
    blank = f"[{cells.BLANKS}]"
    trimmed = f"nullif(trim({raw}, {literal(cells.BLANKS)}), '')"
    return f"CASE WHEN regexp_matches({raw}, {literal(f'^{blank}|{blank}$')}) THEN {trimmed} ELSE nullif({raw}, '') END"


def _proven(cell: Cell) -> str:
    return f"{cell.text} IS NULL OR coalesce({cell.proof}, false)"


def _values(cell: Cell) -> str:
    if not cell.proof:
        quick = f"CAST(NULL AS {NARROW}) AS {cell.value}, " if cell.wide else ""
        return f"{quick}{cell.slow} AS {cell.wide or cell.value}"
    quick, proven = f"q{cell.number}", f"p{cell.number}"
    if cell.wide:
        quickly = f"CASE WHEN {proven} THEN {quick} END AS {cell.value}"
        return f"{quickly}, CASE WHEN NOT {proven} THEN {cell.slow} END AS {cell.wide}"
    return f"CASE WHEN {proven} THEN {cell.kept or quick} ELSE {cell.slow} END AS {cell.value}"


def _cell(column: ColumnMapping, number: int, time_zone: str, *, required: bool) -> Cell:
    text, step, quick = f"t{number}", f"b{number}", f"q{number}"
    if column.role == Role.CURRENCY:
        return Cell(column, number, _currency(text), required)
    if column.type == ColumnType.TEXT:
        return Cell(column, number, text, required)
    if column.type == ColumnType.BOOLEAN:
        return Cell(column, number, _boolean(text), required)
    if column.type in (ColumnType.DATE, ColumnType.DATETIME):
        slow = _moment(text, step, column, time_zone)
        tidy = f"CASE WHEN NOT ({_is_iso(text)}) THEN {_glued(_iso(_half(text), column.date_order))} END"
        written = (
            f"CASE WHEN strlen({text}) = 10 THEN CAST(CAST({quick} AS DATE) AS VARCHAR) ELSE CAST({quick} AS VARCHAR)"
        )
        proof = f"{written} END = {text} AND {quick} >= TIMESTAMP '1900-01-01' AND {quick} < TIMESTAMP '2200-01-01'"
        kept = f"CAST({_there(column, quick, time_zone)} AS {_kind(column)})"
        cast = f"try_cast({text} AS TIMESTAMP)"
        return Cell(column, number, slow, required, cast, proof, _unless(number, tidy), kept)
    style, whole = column.number_style, column.type == ColumnType.INTEGER
    slow = (_integer if whole else _decimal)(text, step, style)
    if style != NumberStyle.POINT:
        return Cell(column, number, slow, required, step=_half(text))
    cast = f"try_cast({text} AS {'BIGINT' if whole else NARROW})"
    proof = f"CAST({quick} AS VARCHAR) = {text}"
    if not whole:
        proof = f"starts_with(CAST({quick} AS VARCHAR), {text}) AND NOT suffix({text}, '.')"
    return Cell(column, number, slow, required, cast, proof, _unless(number, _half(text)))


def _unless(number: int, step: str) -> str:
    return f"CASE WHEN NOT p{number} THEN {step} END"


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


def _decimal(text: str, half: str, style: NumberStyle) -> str:
    """A number: in plain digits as `text`, else as it is written in `half`."""
    dressed = f"CASE WHEN {_matches(half, cells.number_pattern(style))} THEN {_undressed(half, style)} END"
    if style != NumberStyle.POINT:
        return dressed
    return f"CASE WHEN {_matches(text, cells.PLAIN_NUMBER)} THEN try_cast({text} AS {WIDE}) ELSE {dressed} END"


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


def _integer(text: str, half: str, style: NumberStyle) -> str:
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
    instant = f"regexp_replace(regexp_replace({iso}, ' ?(Z|UTC)$', '+00:00'), ' ([+-][0-9:]+)$', '\\1')"
    plain = _there(column, f"try_cast({text} AS TIMESTAMP)", time_zone)
    value = (
        f"CASE WHEN {iso} IS NULL THEN CASE WHEN {_is_iso(text)} THEN {plain} END"
        f" WHEN {_matches(iso, cells.ENDS_WITH_ZONE)} THEN try_cast({instant} AS TIMESTAMPTZ)"
        f" AT TIME ZONE {literal(time_zone)} ELSE {_there(column, f'({_clock(iso)})', time_zone)} END"
    )
    return f"CAST({value} AS {_kind(column)})"


def _kind(column: ColumnMapping) -> str:
    return "DATE" if column.type == ColumnType.DATE else "TIMESTAMP"


def _there(column: ColumnMapping, moment: str, time_zone: str) -> str:
    """A moment without an offset, from the column's zone into the company's."""
    if not column.time_zone or column.type == ColumnType.DATE:
        return moment
    return f"{moment} AT TIME ZONE {literal(column.time_zone)} AT TIME ZONE {literal(time_zone)}"


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
