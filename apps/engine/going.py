"""Which rows of the version before go when a file comes in, told without touching the files that lose none."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from apps.engine.duck import Connection, name, parquet
from apps.engine.entries import Before
from apps.engine.requests import FileEntry, Load, Meets, Mode

Days = tuple[date, date]


@dataclass(frozen=True)
class Going:
    """The rows that go: all of `before` (`everything`), those of `days`, those whose `key` a row of view `good` has.

    `touched` are the files that lose rows, by path, with how many and the first and last day of those.
    """

    before: tuple[FileEntry, ...] = ()
    everything: bool = False
    days: Days | None = None
    key: tuple[str, ...] = ()
    touched: dict[str, tuple[int, date, date]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(rows for rows, _, _ in self.touched.values())

    @property
    def span(self) -> tuple[date | None, date | None]:
        """The first and last day of a row that goes."""
        spans = self.touched.values()
        return min((first for _, first, _ in spans), default=None), max((last for _, _, last in spans), default=None)

    def stays(self, entry: FileEntry) -> bool:
        """Whether a file of the version before stays as it is."""
        return entry.path not in self.touched

    def kept(self, paths: Sequence[str]) -> str:
        """A query for the rows of these files that stay."""
        joined = f" ANTI JOIN good USING ({_listed(self.key)})" if self.key else ""
        return f"SELECT * FROM {parquet(paths)}{joined}{self._where(inside=False)}"

    def gone(self) -> str:
        """A query for the rows that go; there has to be one."""
        files = parquet(list(self.touched))
        if self.everything or not self.key:
            return f"SELECT * FROM {files}{'' if self.everything else self._where(inside=True)}"
        by_key = f"SELECT * FROM {files} SEMI JOIN good USING ({_listed(self.key)}){self._where(inside=False)}"
        if self.days is None:
            return by_key
        return f"SELECT * FROM {files}{self._where(inside=True)} UNION ALL {by_key}"

    def _where(self, *, inside: bool) -> str:
        if self.days is None:
            return ""
        return f" WHERE {'' if inside else 'NOT '}({within(self.days)})"


def within(days: Days) -> str:
    """A condition that holds for rows of these days."""
    return f"d BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'"


def going(connection: Connection, request: Load, before: Before, days: Days | None) -> Going:
    """What goes by this request, whose rows are in view `good`; `days` as found for mode "period"."""
    entries = before.entries
    if not entries:
        return Going()
    if request.mode == Mode.REPLACE:
        whole = {entry.path: (entry.rows, entry.first_day, entry.last_day) for entry in entries}
        return Going(entries, everything=True, touched=whole)
    takes_places = request.mode == Mode.DELETE or request.mapping.meets == Meets.REPLACE
    key = request.mapping.key if takes_places else ()
    touched: dict[str, tuple[int, date, date]] = {}
    if days is not None:
        inside = [entry for entry in entries if entry.first_day <= days[1] and entry.last_day >= days[0]]
        touched = _counted(connection, inside, f" WHERE {within(days)}")
    if key:
        outside = f" WHERE NOT ({within(days)})" if days is not None else ""
        candidates = before.may_hold("good")
        for path, more in _counted(connection, candidates, f" SEMI JOIN good USING ({_listed(key)}){outside}").items():
            touched[path] = _sum(touched.get(path), more)
    return Going(entries, False, days, key, touched)


def _counted(connection: Connection, entries: Sequence[FileEntry], rest: str) -> dict[str, tuple[int, date, date]]:
    if not entries:
        return {}
    paths = {os.path.abspath(entry.path): entry.path for entry in entries}
    found = connection.execute(
        f"SELECT filename, count(*), min(d), max(d) FROM {parquet(list(paths), filename=True)}{rest} GROUP BY filename"
    ).fetchall()
    return {paths[path]: (rows, first, last) for path, rows, first, last in found}


def _sum(one: tuple[int, date, date] | None, other: tuple[int, date, date]) -> tuple[int, date, date]:
    return (one[0] + other[0], min(one[1], other[1]), max(one[2], other[2])) if one is not None else other


def _listed(key: Sequence[str]) -> str:
    return ", ".join(map(name, key))
