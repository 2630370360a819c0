"""What each entity did in each period, in one table that every plan about histories shares.

Made month by month, so that no hash table outgrows the processor's cache. What a month comes to is kept as a file, if
the request names a directory for that: a month whose files are the same is not read again.
"""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import MEMBER, Expr, ibis_type, to_sql
from apps.engine.kinds.bench import EVER, Bench, Step
from apps.engine.kinds.entities import ENTITY, known
from apps.engine.kinds.ordinal import Ordinals
from apps.engine.kinds.scans import pieces
from apps.engine.kinds.store import Store, digest_of
from apps.engine.plan import ColumnType, Condition
from apps.engine.requests import FileEntry, MeasureRow
from apps.kernel.period import Grain, Span

K, N = "k", "n"


@dataclass(frozen=True)
class Key:
    """What plans must have in common to share a table."""

    entity: str
    where: frozenset[Condition]
    grain: Grain
    split_by: str | None


class Rollup:
    """The table: `k` (number of the period), `entity`, `member` if split, `n` rows, and the sum of each column.

    `until` is the number of the last period that is needed.
    """

    def __init__(self, table: str, key: Key, columns: tuple[str, ...], until: int, bench: Bench) -> None:
        self.name, self.key, self.columns, self.bench = table, key, columns, bench
        self.ordinals = Ordinals(key.grain, bench.calendar)
        self.oldest = self.ordinals.of(bench.days()[0])
        self.until = until
        self.keys = [MEMBER] if key.split_by else []
        self._store = Store(bench)
        self._made: list[str] = []
        self._starts: dict[int, date] = {}

    @cached_property
    def sql(self) -> str:
        """What sums up the rows of some files."""
        return self._compiled(within_one=False)

    @cached_property
    def _sql_within_one(self) -> str:
        """The same for rows of one period."""
        return self._compiled(within_one=True)

    def table(self) -> Expr:
        """The table, for expressions."""
        return ibis.table(self.schema(), name=self.name)

    def start(self, number: int) -> date:
        """The first day of the period of that number: asked for each member again."""
        if number not in self._starts:
            self._starts[number] = self.ordinals.period(number).start
        return self._starts[number]

    def amount(self, column: str) -> str:
        """The name of the summed column in the table."""
        return f"a{self.columns.index(column)}"

    def schema(self) -> dict[str, dt.DataType]:
        """Its columns."""
        types = self.bench.main.types
        schema: dict[str, dt.DataType] = {K: dt.Int32(), ENTITY: ibis_type(types[self.key.entity])}
        if self.key.split_by:
            schema[MEMBER] = ibis_type(types[self.key.split_by])
        return schema | {N: dt.Int64()} | {self.amount(column): dt.Decimal(38, 18) for column in self.columns}

    def steps(self) -> Iterator[Step]:
        """Make the table: a step for each month; one more where a period may span months."""
        months = pieces(self.files(), self.bench)
        parts = (
            f"{self.name}_parts" if self.key.grain not in (Grain.DAY, Grain.MONTH) and len(months) > 1 else self.name
        )
        if self._store.is_open and months:
            kept: list[str] = []
            for month in months:
                yield Step(partial(self._keep, month, kept))
            yield Step(partial(self._open, parts, kept))
        else:
            yield Step(partial(self._create, parts))
            for month in months:
                yield Step(partial(self._add, parts, month))
        if parts != self.name:
            yield Step(partial(self._gather, parts))

    @property
    def is_kept(self) -> bool:
        """Whether months are kept for the next request."""
        return self._store.is_open

    def open_rows(self, files: list[FileEntry] | None = None) -> None:
        """Open the rows (of some files) of all periods that are needed, for who wants them instead of the table."""
        span = Span(date.min, self.ordinals.period(self.until).end)
        self.bench.open(self.bench.main, self.files() if files is None else files, span)

    def files(self) -> list[FileEntry]:
        """The files with a row of a period that is needed."""
        last = self.ordinals.period(self.until).end
        return [entry for entry in self.bench.main.files if entry.first_day < last]

    def drop(self) -> Iterator[MeasureRow]:
        """Free the memory of what was made."""
        while self._made:
            self.bench.drop(self._made.pop())
        return iter(())

    def _create(self, table: str) -> Iterator[MeasureRow]:
        self.bench.create(table, self.schema())
        self._made.append(table)
        return iter(())

    def _add(self, table: str, files: tuple[FileEntry, ...]) -> Iterator[MeasureRow]:
        """Put a month into the table."""
        self.bench.insert(table, self._select(files))
        return iter(())

    def _keep(self, files: tuple[FileEntry, ...], kept: list[str]) -> Iterator[MeasureRow]:
        """See that what a month comes to is in the store."""
        made_of = self.bench.main.made_of(self.bench.days(files)[1])
        digest = digest_of(files, [self.sql, self.key.grain, self.bench.calendar, *made_of])
        kept.append(self._store.fetch(digest, partial(self._select, files)))
        return iter(())

    def _open(self, table: str, kept: list[str]) -> Iterator[MeasureRow]:
        """Let the table be what is in the store."""
        self._store.open(table, self.schema(), kept)
        return iter(())

    def _select(self, files: tuple[FileEntry, ...]) -> str:
        """What a month comes to. If it lies within one period, no day is looked at."""
        self.bench.open(self.bench.main, files, EVER)
        first, last = (self.ordinals.of(day) for day in self.bench.days(files))
        if first != last:
            return f"SELECT * FROM ({self.sql}) AS month"
        return f"SELECT CAST({first} AS INTEGER) AS {K}, * FROM ({self._sql_within_one}) AS month"

    def _compiled(self, *, within_one: bool) -> str:
        """The query that sums up the rows of some files, all of one period or not."""
        rows = known(self.bench.main, self.key.entity, [tuple(sorted(self.key.where, key=repr))])
        keys = {} if within_one else {K: self.ordinals.expression(rows.d)}
        keys[ENTITY] = rows[self.key.entity]
        if self.key.split_by:
            keys[MEMBER] = rows[self.key.split_by]
        sums = {self.amount(column): self._sum(rows, column) for column in self.columns}
        return to_sql(rows.group_by(**keys).aggregate(**{N: rows.count()}, **sums))

    def _sum(self, rows: Expr, column: str) -> Expr:
        """A sum that Parquet can hold: of whole numbers the engine makes one of 128 bits."""
        total = rows[column].sum()
        return total.cast(dt.Decimal(38, 0)) if self.bench.main.types[column] == ColumnType.INTEGER else total

    def _gather(self, name: str) -> Iterator[MeasureRow]:
        """Put the parts of each period together that came from several months."""
        parts = ibis.table(self.schema(), name=name)
        sums = {column: parts[column].sum() for column in parts.columns if column not in (K, ENTITY, MEMBER)}
        gathered = parts.group_by(K, ENTITY, *self.keys).aggregate(**sums).select(*self.schema())
        self._create(self.name)
        self.bench.insert(self.name, to_sql(gathered))
        if name in self._made:
            self._made.remove(name)
            self.bench.drop(name)
        return iter(())
