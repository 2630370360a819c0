"""Where a request is worked on: its data sets, opened as tables for expressions, and the connection that answers.

This is the only place of `apps.engine.kinds` that knows which engine runs the expressions: DuckDB here, a cluster with
the bench of `apps.engine.spark`.
"""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import ibis.expr.datatypes as dt

from apps.engine.checks import is_wide, sql_types_in, type_of
from apps.engine.compile import TABLE, Expr, rows_of, sql_type
from apps.engine.conversion import Conversion
from apps.engine.duck import Connection, connect, name, parquet
from apps.engine.plan import ColumnType, Planned
from apps.engine.requests import FileEntry, MeasureRow, Unpriced
from apps.kernel.period import Calendar, Span

SPAN = ("_span_start", "_span_end")
"""The columns of a table that holds one span of days."""

BOOKED = "_booked"
"""The column of a marked source that says whether a row's day is one of those that count."""

_WITH = "WITH "

_LEFT: list[Connection] = []
"""The connection of the last bench that was closed, so that nobody takes it apart."""

if TYPE_CHECKING:
    from apps.engine.child import Desk

EVER = Span(date.min, date.max)

Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A data set of the request: the table `table` of expressions, its files and the types of its columns.

    With `beneath`, `table` is what the query `select()` gives of the rows of that one; `more` are its columns beside
    those of the data set. It may also read the open span `window`, whose end is that of the periods asked for.
    `made_of` says what else its rows depend on, `conversion` how their amounts come from those beneath. `wide` names
    the columns whose files have room for more decimals than an amount may have.
    """

    table: str
    files: tuple[FileEntry, ...]
    types: Mapping[str, ColumnType] = field(hash=False)
    beneath: Source | None = None
    select: Callable[[], str] = field(default=str, hash=False, compare=False)
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)
    window: str = ""
    made_of: Callable[[date], tuple[str, ...]] = field(default=lambda day: (), hash=False, compare=False)
    conversion: Conversion | None = None
    wide: frozenset[str] = frozenset()

    def rows(self) -> Expr:
        """Its rows, for expressions."""
        return rows_of(self.types, self.table, self.more)

    def marked(self) -> Source:
        """The same rows with `BOOKED`, once `Bench.mark` has said which they are."""
        return replace(self, table=f"{self.table}_marked", more={**self.more, BOOKED: dt.Boolean()})

    def within(self, span: Span) -> tuple[FileEntry, ...]:
        """The files with a day of the span."""
        return tuple(entry for entry in self.files if entry.last_day >= span.start and entry.first_day < span.end)


@dataclass(frozen=True)
class Bench:
    """Everything a family needs to compute its plans. `rollups` is a directory or ""."""

    connection: Connection
    calendar: Calendar
    main: Source
    tables: Mapping[str, Source]
    rollups: str = ""
    work_dir: str = ""
    piecewise: ClassVar[bool] = True
    """Whether work is cut by month, so that it stays small; a cluster cuts it itself."""

    def source(self, key: str = "") -> Source:
        """The data set of that key; "" is the plans' own."""
        return self.tables[key] if key else self.main

    @property
    def suffix(self) -> str:
        """What tells tables over these rows from those over other ones of the same request."""
        return self.main.table.removeprefix(TABLE)

    def span(self, plan: Planned) -> Span:
        """The days of the periods that a plan is limited to."""
        start = self.calendar.period_of(plan.first, plan.grain).start if plan.first else EVER.start
        return Span(start, self.calendar.period_of(plan.last, plan.grain).end if plan.last else EVER.end)

    def days(self, files: Iterable[FileEntry] | None = None) -> tuple[date, date]:
        """First and last day of the files (of the main data set)."""
        entries = list(self.main.files if files is None else files)
        return min(entry.first_day for entry in entries), max(entry.last_day for entry in entries)

    def open(
        self, source: Source, files: Iterable[FileEntry], span: Span = EVER, period_end: date | None = None
    ) -> None:
        """Let the source's table be the rows of these files on the days of the span. `period_end` is the day after the
        period that is asked for, where that is not the end of the span."""
        if source.beneath is None:
            self.open_files(source, files, span)
            return
        self.open(source.beneath, files, span)
        if source.window:
            self.open_span(source.window, Span(span.start, period_end or span.end))
        self.open_view(source.table, source.select())

    def open_view(self, table: str, select: str) -> None:
        """Let `table` be the rows of a query over tables that are open."""
        self.run(f"CREATE OR REPLACE TEMP VIEW {name(table)} AS {select}")

    def open_files(self, source: Source, files: Iterable[FileEntry], span: Span) -> None:
        """Let the table of a source that is read from files be their rows on the days of the span."""
        self.open_view(source.table, _rows_of_files(source, files, span))

    def ask_of(
        self, source: Source, files: Iterable[FileEntry], span: Span, sql: str, *, aside: bool = False
    ) -> Iterator[Row]:
        """The rows of a query over the rows of these files on the days of the span, and over tables that are made of no
        view of them: what `open` and `ask` give, but that each file is looked up once, not for the view and again. With
        `aside` rows are read once, however often the query names them."""
        if source.beneath is not None:
            self.open(source, files, span)
            return self.ask(sql)
        laid = "MATERIALIZED" if aside else "NOT MATERIALIZED"
        rows = f"WITH {name(source.table)} AS {laid} ({_rows_of_files(source, files, span)})"
        return self.ask(f"{rows}, {sql.removeprefix(_WITH)}" if sql.startswith(_WITH) else f"{rows} {sql}")

    def mark(self, source: Source, span: Span) -> None:
        """Open the marked form of an open source: its rows, of which those on the days of the span are booked."""
        booked = f"d >= DATE '{span.start}' AND d < DATE '{span.end}'"
        self.open_view(source.marked().table, f"SELECT *, {booked} AS {BOOKED} FROM {name(source.table)}")

    def open_span(self, table: str, span: Span) -> None:
        """Let `table` be one row with the first day of the span and the day after its last."""
        days = ", ".join(f"DATE '{day}' AS {column}" for day, column in zip(span, SPAN, strict=True))
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name(table)} AS SELECT {days}")

    def open_numbers(self, table: str, column: str, numbers: range) -> None:
        """Let `table` be one row for each of the numbers."""
        listed = f"FROM range({numbers.start}, {numbers.stop}) AS listed(number)"
        self.open_view(table, f"SELECT CAST(number AS INTEGER) AS {name(column)} {listed}")

    def open_renamed(
        self, table: str, source: Source, columns: Mapping[str, str], constants: Mapping[str, str]
    ) -> None:
        """Let `table` be the rows of an open source: these of its columns under other names, and constants (SQL)."""
        quoted = self.quoted
        listed = [f"{quoted(theirs)} AS {quoted(ours)}" for ours, theirs in columns.items()]
        listed += [f"{value} AS {quoted(ours)}" for ours, value in constants.items()]
        self.open_view(table, f"SELECT {', '.join(listed)} FROM {quoted(source.table)}")

    def create(self, table: str, schema: Mapping[str, Any]) -> None:
        """Make an empty table of the connection's own with columns of these (Ibis) types."""
        columns = ", ".join(f"{name(column)} {sql_type(kind)}" for column, kind in schema.items())
        self.run(f"CREATE TEMP TABLE {name(table)} ({columns})")

    def insert(self, table: str, select: str) -> None:
        """Put the rows of a query into a table made by `create`, columns in its order."""
        self.run(f"INSERT INTO {name(table)} {select}")

    def rename(self, table: str, to: str) -> None:
        """Give a table made by `create` another name."""
        self.run(f"ALTER TABLE {name(table)} RENAME TO {name(to)}")

    def drop(self, table: str) -> None:
        """Free what a table made by `create` takes."""
        self.run(f"DROP TABLE {name(table)}")

    def quoted(self, identifier: str) -> str:
        """A name as the engine's SQL has it."""
        return name(identifier)

    def close(self) -> None:
        """Let go of the engine: of DuckDB when this process ends, which takes less than to put everything away."""
        _LEFT[:] = [self.connection]

    def run(self, sql: str) -> None:
        """Carry out a statement of DuckDB."""
        self.connection.execute(sql)

    def ask(self, sql: str) -> Iterator[Row]:
        """The rows of a query, by column name."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(10_000):
            for values in chunk:
                yield dict(zip(names, values, strict=True))


@dataclass(frozen=True)
class Step:
    """A part of the work: one scan or query. `run` gives the values it finds, and amounts without a rate."""

    run: Callable[[], Iterator[MeasureRow | Unpriced]]


@dataclass(frozen=True)
class Task:
    """Plans that are computed together: their steps, in order, and the SQL by plan id, settled when they are done."""

    sql: Mapping[str, str]
    steps: tuple[Step, ...]


Files = tuple[FileEntry, ...]


def open_bench(desk: Desk, main: Files, tables: Mapping[str, Files], calendar: Calendar, rollups: str = "") -> Bench:
    """The bench of a request: a connection that may read its files, and what columns they have.

    A further data set without files has no columns that anybody knows, and is left out.
    """
    if desk.cluster.url:
        from apps.engine.spark import open_spark

        return open_spark(desk.cluster, main, tables, calendar)
    files = {key: [entry.path for entry in entries] for key, entries in tables.items() if entries}
    readable = [*(entry.path for entry in main), *(path for paths in files.values() for path in paths)]
    connection = connect(desk, readable, directories=[rollups] if rollups else [])
    others = {key: _source(connection, f"{TABLE}_{at}", tables[key]) for at, key in enumerate(sorted(files))}
    return Bench(connection, calendar, _source(connection, TABLE, main), others, rollups, desk.work_dir)


def _source(connection: Connection, table: str, files: Files) -> Source:
    found = sql_types_in(connection, [entry.path for entry in files])
    wide = frozenset(column for column, kind in found.items() if is_wide(kind))
    return Source(table, files, {column: type_of(kind) for column, kind in found.items()}, wide=wide)


def _rows_of_files(source: Source, files: Iterable[FileEntry], span: Span) -> str:
    """A query for the rows of files on the days of the span."""
    files = list(files)
    entries = files or [source.files[0]]
    inside = bool(files) and all(entry.first_day >= span.start and entry.last_day < span.end for entry in entries)
    where = "" if inside else f" WHERE d >= DATE '{span.start}' AND d < DATE '{span.end}'"
    if not files:
        where = " WHERE false"
    return f"SELECT * FROM {parquet([entry.path for entry in entries])}{where}"


def as_day(start: date | datetime) -> date:
    """DuckDB truncates a day to a moment of midnight, though Ibis calls it a day."""
    return start.date() if isinstance(start, datetime) else start
