"""How many rows there are of each period and member: of the table that plans about histories share, or of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Protocol

from apps.engine.compile import MEMBER, to_sql
from apps.engine.kinds.bench import EVER, Row, Step
from apps.engine.kinds.entities import known
from apps.engine.kinds.partials import Part, Partials
from apps.engine.kinds.rollup import K, N, Rollup
from apps.engine.kinds.scans import Scan, pieces
from apps.engine.requests import FileEntry, MeasureRow
from apps.engine.values import cell_text

Counted = Mapping[tuple[str | None, int], int]
"""Rows by member (as text, None in the total) and number of the period."""


class Census(Protocol):
    """Whoever can say it."""

    def rows(self, first: int, last: int) -> Counted:
        """The rows of the periods from `first` to `last` (numbers), perhaps of more."""


def member_of(row: Row, rollup: Rollup) -> str | None:
    """The member of an answer as text."""
    return cell_text(row[MEMBER]) if rollup.keys else None


class CensusOfTable:
    """Counted in the table that plans about histories share."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup

    def rows(self, first: int, last: int) -> Counted:
        """The rows of the periods from `first` to `last` (numbers)."""
        rollup, parts = self._rollup, self._rollup.table()
        parts = parts.filter(parts[K].between(first, last))
        sql = to_sql(parts.group_by(*rollup.keys, K).aggregate(**{N: parts[N].sum()}))
        return {(member_of(row, rollup), row[K]): int(row[N]) for row in rollup.bench.ask(sql)}


class CensusOfRows:
    """Counted in the rows themselves, month by month from the period `first` on (a number). What months come to is kept
    for the next request."""

    def __init__(self, rollup: Rollup, first: int) -> None:
        self._rollup, self._first = rollup, first
        self._found: Counter[tuple[str | None, int]] = Counter()

    def steps(self) -> Iterator[Step]:
        """A step for each month, and one that keeps what they came to."""
        rollup = self._rollup
        for files in pieces(rollup.files(), rollup.bench):
            if rollup.ordinals.of(rollup.bench.days(files)[1]) >= self._first:
                yield Step(partial(self._count, files))
        yield Step(self._save)

    def rows(self, first: int, last: int) -> Counted:
        """The rows of all periods that were counted."""
        return self._found

    def _count(self, files: tuple[FileEntry, ...]) -> Iterator[MeasureRow]:
        scan = Scan(files, EVER)
        parts = self._kept.find(scan)
        if parts is None:
            parts = self._ask(files)
            self._kept.add(scan, parts)
        for part in parts:
            self._found[part.member, self._rollup.ordinals.of(part.start)] += int(part.row[N])
        return iter(())

    def _ask(self, files: tuple[FileEntry, ...]) -> list[Part]:
        """The counts of a month. If it lies within one period, no day is looked at."""
        rollup, bench = self._rollup, self._rollup.bench
        first, last = (rollup.ordinals.of(day) for day in bench.days(files))
        sql = self._sql if first != last else self._sql_within_one
        answers = bench.ask_of(bench.main, files, EVER, sql)
        return [
            Part(0, member_of(row, rollup), rollup.start(row.get(K, first)), {N: int(row[N])})
            for row in answers
            if row[N]
        ]

    def _save(self) -> Iterator[MeasureRow]:
        self._kept.save()
        return iter(())

    @cached_property
    def _kept(self) -> Partials:
        rollup = self._rollup
        return Partials((self._sql_within_one, rollup.key.grain, rollup.bench.calendar), rollup.bench)

    @cached_property
    def _sql(self) -> str:
        return self._compiled(within_one=False)

    @cached_property
    def _sql_within_one(self) -> str:
        return self._compiled(within_one=True)

    def _compiled(self, *, within_one: bool) -> str:
        rollup, key = self._rollup, self._rollup.key
        rows = known(rollup.bench.main, key.entity, [tuple(sorted(key.where, key=repr))])
        keys = {} if within_one else {K: rollup.ordinals.expression(rows.d)}
        if key.split_by:
            keys[MEMBER] = rows[key.split_by]
        counts = {N: rows.count()}
        return to_sql(rows.group_by(**keys).aggregate(**counts) if keys else rows.aggregate(**counts))
