"""The histories of a data set as words, kept between requests as one file, beside what each month's files were then.

A month that has changed, come or gone costs its own rows: the bits of its periods are taken away, and the rows of these
periods are read again. What is kept is named by what it was made of: never wrong, only missing.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from apps.engine.compile import MEMBER, Expr, to_sql
from apps.engine.kinds.entities import ENTITY, known
from apps.engine.kinds.rollup import Rollup
from apps.engine.kinds.scans import pieces
from apps.engine.kinds.store import Store, digest_of, publish
from apps.engine.requests import FileEntry

MOST_PERIODS = 62
BITS = "bits"
_DAMAGED = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError)


def bit(place: Expr) -> Expr:
    """The word in which only the bit of a place is set."""
    return ibis.literal(1, dt.Int8()).cast("int64") << place.cast("int64")


def histories_of(parts: Expr, keys: list[str]) -> Expr:
    """One word for each entity (of each member), from rows that say some of its bits."""
    return parts.group_by(ENTITY, *keys).aggregate(**{BITS: parts[BITS].bit_or()})


def bits_of_rows(rollup: Rollup) -> Expr:
    """Each row as the word of its period, beside its entity (and member)."""
    main, key = rollup.bench.main, rollup.key
    rows = known(main, key.entity, [tuple(sorted(key.where, key=repr))])
    keys = {ENTITY: rows[key.entity]} | ({MEMBER: rows[key.split_by]} if key.split_by else {})
    return rows.select(**keys, **{BITS: bit(rollup.ordinals.expression(rows.d) - rollup.oldest)})


@dataclass(frozen=True)
class Month:
    """A month as it is, or was: a digest of its files, and the first and the last place of a period that it touches."""

    digest: str
    first: int
    last: int


Months = dict[str, Month]


class KeptWords:
    """The words of the rows of a rollup: `ENTITY`, its keys, `BITS`."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup, self._bench, self._store = rollup, rollup.bench, Store(rollup.bench)

    @cached_property
    def sql(self) -> str:
        """What makes the words of all rows."""
        return to_sql(histories_of(bits_of_rows(self._rollup), self._rollup.keys))

    def open(self, table: str, schema: dict[str, Any]) -> None:
        """Let `table` be the words, made of what is kept as far as that goes. Those of all months are kept from now on;
        of a part of them nobody would know when they may go."""
        months = self._months()
        kept, file = self._known()
        if len(self._rollup.files()) < len(self._bench.main.files):
            self._store.open(table, schema, [self._store.make(self._select(months, kept, file))])
            return
        name = digest_of([], [self._named, *months.items()])
        path = self._store.fetch(name, lambda: self._select(months, kept, file))
        self._store.open(table, schema, [path])
        if months != kept:
            self._remember(months, os.path.basename(path))

    def _select(self, months: Months, kept: Months, file: str) -> str:
        """The words as they are now: what is kept, without the periods that have changed, and the rows of these."""
        changed = [
            month for name in {*months, *kept} if months.get(name) != kept.get(name)
            for month in (months.get(name), kept.get(name)) if month is not None
        ]  # fmt: skip
        places = {place for month in changed for place in range(month.first, month.last + 1)}
        again = [name for name, month in months.items() if places & {*range(month.first, month.last + 1)}]
        if not file or len(again) * 2 > len(months):
            self._rollup.open_rows()
            return self.sql
        fresh = [entry for entry in self._rollup.files() if entry.month in again]
        self._rollup.open_rows(fresh)
        keys, before = self._rollup.keys, f"{self._rollup.name}_kept"
        schema = self._rollup.schema()
        columns = {key: schema[key] for key in (ENTITY, *keys)} | {BITS: dt.Int64()}
        self._store.open(before, columns, [file])
        old = ibis.table(columns, name=before)
        mask = sum(1 << place for place in range(MOST_PERIODS) if place not in places)
        old = old.mutate(**{BITS: old[BITS] & ibis.literal(mask, dt.Int64())})
        old = old.filter(old[BITS] != 0)
        both = ibis.union(old, bits_of_rows(self._rollup)) if fresh else old
        return to_sql(histories_of(both, keys))

    def _months(self) -> Months:
        """The months as they are."""
        found = {}
        for files in pieces(self._rollup.files(), self._bench):
            first, last = self._bench.days(files)
            end = self._rollup.ordinals.period(self._rollup.until).end
            cut = [end] if last >= end else []
            digest = digest_of(sorted(files, key=_path), [*self._bench.main.made_of(last), *cut])
            places = (self._rollup.ordinals.of(day) - self._rollup.oldest for day in (first, last))
            found[files[0].month] = Month(digest, *places)
        return found

    @cached_property
    def _named(self) -> str:
        """A name for the words of this data set, whatever its months are."""
        folder = os.path.dirname(os.path.abspath(self._bench.main.files[0].path))
        return digest_of([], [self.sql, self._rollup.key.grain, self._bench.calendar, folder])

    def _known(self) -> tuple[Months, str]:
        """The months that words are kept of, and the file with these; nothing and "" where there are none."""
        try:
            told = self._told()
            file = self._placed(told["file"])
            months = {str(name): Month(str(of[0]), int(of[1]), int(of[2])) for name, of in told["months"].items()}
        except _DAMAGED:
            return {}, ""
        return (months, file) if self._store.has(file) else ({}, "")

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(Path(self._path).read_text())
        return told

    def _placed(self, file: str) -> str:
        return os.path.join(self._bench.rollups, os.path.basename(file))

    def _remember(self, months: Months, file: str) -> None:
        """Say what the words in the file are of. The file before stays for who may be reading it, not the one before
        that."""
        made = Path(self._bench.work_dir, f"{secrets.token_hex(8)}.json")
        listed = {name: [month.digest, month.first, month.last] for name, month in months.items()}
        earlier, gone = "", ""
        with suppress(*_DAMAGED):
            earlier, gone = self._told()["file"], self._told()["earlier"]
        with suppress(OSError):
            made.write_text(json.dumps({"file": file, "earlier": earlier, "months": listed}))
            if publish(str(made), self._path) and gone not in ("", file, earlier):
                os.unlink(self._placed(gone))

    @property
    def _path(self) -> str:
        return os.path.join(self._bench.rollups, f"{self._named}.json")


def _path(entry: FileEntry) -> str:
    return entry.path
