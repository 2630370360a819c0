"""The bench of a cluster: the same expressions over the same files, computed by a Spark Connect server.

Expressions go there as SQL text, answers come back as rows; nothing is uploaded. Needs the package `pyspark-client` (or
`pyspark`), which is loaded only here. The child's time zone has to be UTC, as the session's is.
"""

# ruff: noqa: S608 - names are ours or fit `apps.engine.checks`; the cluster's session may only read anyway

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.parquet as pq

from apps.engine.cluster import Cluster
from apps.engine.compile import TABLE
from apps.engine.kinds.bench import BOOKED, EVER, SPAN, Bench, Files, Row, Source
from apps.engine.plan import ColumnType
from apps.engine.requests import FileEntry
from apps.engine.spark_session import Session, begin, told, unreadable
from apps.engine.typed import NARROW, WIDE
from apps.kernel.period import Calendar, Span

_SIMPLE = {"string": "STRING", "int64": "BIGINT", "date32[day]": "DATE", "bool": "BOOLEAN"}
_WIDTHS = ("BOOLEAN", "DATE", "TIMESTAMP_NTZ", "BIGINT", NARROW, WIDE, "STRING")
_KINDS = {
    "STRING": ColumnType.TEXT,
    "BIGINT": ColumnType.INTEGER,
    NARROW: ColumnType.DECIMAL,
    WIDE: ColumnType.DECIMAL,
    "DATE": ColumnType.DATE,
    "TIMESTAMP_NTZ": ColumnType.DATETIME,
    "BOOLEAN": ColumnType.BOOLEAN,
}
_IBIS_TYPES = {
    dt.String: "STRING",
    dt.Int32: "INT",
    dt.Int64: "BIGINT",
    dt.Date: "DATE",
    dt.Timestamp: "TIMESTAMP_NTZ",
    dt.Boolean: "BOOLEAN",
}

Frame = Any  # pyspark is loaded only where a cluster is used
Columns = Mapping[str, str]
"""Columns of a file with their type in SQL."""


@dataclass(frozen=True)
class SparkBench(Bench):
    """A bench whose tables are views of a session on the cluster."""

    cluster: Cluster = field(default_factory=Cluster)
    columns: dict[str, Columns] = field(default_factory=dict)  # by path
    made: dict[str, tuple[Mapping[str, Any], list[str]]] = field(default_factory=dict)  # schema and parts, by table
    piecewise: ClassVar[bool] = False

    @property
    def session(self) -> Session:
        """The session on the cluster."""
        session: Session = self.connection
        return session

    def open_files(self, source: Source, files: Iterable[FileEntry], span: Span) -> None:
        """Let the table of a source that is read from files be their rows on the days of the span."""
        entries = list(files)
        with told(self.cluster):
            frame = self._read(entries or [source.files[0]])
            if not entries:
                frame = frame.where("false")
            elif span != EVER:
                frame = frame.where(f"d >= DATE '{span.start}' AND d < DATE '{span.end}'")
            frame.createOrReplaceTempView(source.table)

    def _read(self, entries: list[FileEntry]) -> Frame:
        """The rows of files. Those with the same columns are read at once; types are the widest of all."""
        groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for entry in entries:
            groups.setdefault(tuple(self.columns[entry.path].items()), []).append(self.cluster.seen(entry.path))
        widest = _widest(dict(group) for group in groups)
        frames = []
        for group, paths in groups.items():
            own = dict(group)
            ddl = ", ".join(f"`{column}` {kind}" for column, kind in own.items())
            frame = self.session.read.schema(ddl).parquet(*paths)
            if own != widest:
                cells = {column: f"`{column}`" if column in own else "NULL" for column in widest}
                frame = frame.selectExpr(
                    *(f"CAST({cells[name]} AS {kind}) AS `{name}`" for name, kind in widest.items())
                )
            frames.append(frame)
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.union(frame)
        return whole

    def check(self, source: Source) -> None:
        """Raise EngineFailure unless the cluster sees every row of the files: Sail takes a missing file for empty."""
        with told(self.cluster):
            seen = self._read(list(source.files)).count()
        if seen != sum(entry.rows for entry in source.files):
            raise unreadable(self.cluster)

    def mark(self, source: Source, span: Span) -> None:
        """Open the marked form of an open source: its rows, of which those on the days of the span are booked."""
        booked = f"d >= DATE '{span.start}' AND d < DATE '{span.end}'"
        self.open_view(source.marked().table, f"SELECT *, {booked} AS {BOOKED} FROM `{source.table}`")

    def open_span(self, table: str, span: Span) -> None:
        """Let `table` be one row with the first day of the span and the day after its last."""
        days = ", ".join(f"DATE '{day}' AS {column}" for day, column in zip(span, SPAN, strict=True))
        self.open_view(table, f"SELECT {days}")

    def open_numbers(self, table: str, column: str, numbers: range) -> None:
        """Let `table` be one row for each of the numbers."""
        rows = ", ".join(f"({number})" for number in numbers)
        self.open_view(table, f"SELECT CAST(number AS INT) AS `{column}` FROM (VALUES {rows}) AS listed(number)")

    def create(self, table: str, schema: Mapping[str, Any]) -> None:
        """Note that there will be a table; `insert` says of what."""
        self.made[table] = (schema, [])

    def insert(self, table: str, select: str) -> None:
        """Add the rows of a query: a view of what its tables are now, computed once when first asked for."""
        schema, parts = self.made[table]
        parts.append(f"{table}_part{len(parts)}")
        columns = ", ".join(f"CAST(`{column}` AS {_sql_of(kind)}) AS `{column}`" for column, kind in schema.items())
        self.open_view(parts[-1], f"SELECT {columns} FROM ({select}) AS part")
        with told(self.cluster):
            whole = self.session.table(parts[0])
            for part in parts[1:]:
                whole = whole.union(self.session.table(part))
            whole.persist()
            whole.createOrReplaceTempView(table)

    def rename(self, table: str, to: str) -> None:
        """Give a table made by `create` another name."""
        self.made[to] = self.made.pop(table)
        with told(self.cluster):
            self.session.table(table).createOrReplaceTempView(to)
            self.session.catalog.dropTempView(table)

    def drop(self, table: str) -> None:
        """Free what a table made by `create` takes."""
        _, parts = self.made.pop(table)
        with told(self.cluster):
            if parts:
                self.session.table(table).unpersist()
            for view in [table, *parts]:
                self.session.catalog.dropTempView(view)

    def open_view(self, table: str, select: str) -> None:
        """Let `table` be the rows of a query over tables that are open."""
        with told(self.cluster):
            self.session.sql(select).createOrReplaceTempView(table)

    def run(self, sql: str) -> None:
        """Carry out a statement."""
        with told(self.cluster):
            self.session.sql(sql).collect()

    def ask(self, sql: str) -> Iterator[Row]:
        """The rows of a query, by column name; they come in batches."""
        with told(self.cluster):
            for row in self.session.sql(sql).toLocalIterator():
                yield row.asDict()

    def quoted(self, identifier: str) -> str:
        """A name as the engine's SQL has it."""
        return f"`{identifier}`"

    def ask_of(
        self, source: Source, files: Iterable[FileEntry], span: Span, sql: str, *, aside: bool = False
    ) -> Iterator[Row]:
        """The rows of a query over the rows of these files on the days of the span."""
        self.open(source, files, span)
        return self.ask(sql)

    def close(self) -> None:
        """End the session, if it can still be reached."""
        with suppress(Exception):
            self.session.stop()


def open_spark(cluster: Cluster, main: Files, tables: Mapping[str, Files], calendar: Calendar) -> SparkBench:
    """The bench of a request: a session on the cluster, and what columns the files have, read from where they lie
    here."""
    entries = {entry.path for files in [main, *tables.values()] for entry in files}
    columns = {path: _columns_of(path) for path in sorted(entries)}
    others = {
        key: _source(f"{TABLE}_{at}", tables[key], columns)
        for at, key in enumerate(sorted(key for key, files in tables.items() if files))
    }
    session = begin(cluster)
    bench = SparkBench(session, calendar, _source(TABLE, main, columns), others, cluster=cluster, columns=columns)
    for source in (bench.main, *others.values()):
        bench.check(source)
    return bench


def _source(table: str, files: Files, columns: Mapping[str, Columns]) -> Source:
    widest = _widest(columns[entry.path] for entry in files)
    types = {name: _KINDS[kind] for name, kind in widest.items() if not name.startswith("_")}
    return Source(table, files, types, wide=frozenset(name for name, kind in widest.items() if kind == WIDE))


def _columns_of(path: str) -> Columns:
    """The columns of one of our Parquet files."""
    return {column.name: _named(column.type) for column in pq.read_schema(path)}


def _named(kind: pa.DataType) -> str:
    """The type of a column of a Parquet file in SQL."""
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return "TIMESTAMP_NTZ" if pa.types.is_timestamp(kind) else _SIMPLE[str(kind)]


def _widest(several: Iterable[Columns]) -> dict[str, str]:
    """All columns of several files, each with the type that holds the values of every file."""
    found: dict[str, str] = {}
    for columns in several:
        for column, kind in columns.items():
            other = found.get(column, kind)
            both = sorted((kind, other), key=_WIDTHS.index)
            found[column] = WIDE if both[0] == "BIGINT" and both[1] == NARROW else both[1]
    return found


def _sql_of(kind: dt.DataType) -> str:
    """The name of an Ibis type in Spark's SQL."""
    if kind.is_decimal():
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return _IBIS_TYPES[type(kind)]
