"""Typed rows into one new file for each month they touch; files of the version before stay as they are or go."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from apps.engine.duck import Connection, literal, name, one, parquet
from apps.engine.requests import FileEntry, Load

if TYPE_CHECKING:
    from apps.engine.child import Desk

MOST_FILES_A_MONTH = 8
"""A month with this many files is written anew as one when rows are added to it."""


@dataclass(frozen=True)
class Incoming:
    """The rows that this load adds."""

    rows: int
    first: date | None
    last: date | None


@dataclass
class Months:
    """Files of the new version: those carried over, and new ones still in the desk's directory; with what is gone."""

    carried: list[FileEntry] = field(default_factory=list)
    written: list[FileEntry] = field(default_factory=list)
    removed: int = 0
    removed_first: date | None = None
    removed_last: date | None = None


def write_months(connection: Connection, request: Load, desk: Desk) -> Months:
    """Write the rows of view `good` by month, over, beside or instead of the files of the version before."""
    months = Months()
    before = entries_of(connection, request.previous)
    if request.mode == "replace":
        _note_removed(months, [(entry.rows, entry.first_day, entry.last_day) for entry in before])
        before = []
    hit = _months_with_replaced_rows(connection, request, before, months)
    rows = dict(connection.execute("SELECT strftime(d, '%Y-%m'), count(*) FROM good GROUP BY 1 ORDER BY 1").fetchall())
    old: dict[str, list[FileEntry]] = defaultdict(list)
    for entry in before:
        old[entry.month].append(entry)
    for month in sorted(old.keys() | rows.keys()):
        crowded = month in rows and len(old[month]) >= MOST_FILES_A_MONTH
        if month in hit or crowded:
            _write(connection, request, desk, months, month, old[month])
        else:
            months.carried += old[month]
            if month in rows:
                _write(connection, request, desk, months, month, [])
    return months


def entries_of(connection: Connection, paths: Sequence[str]) -> list[FileEntry]:
    """What each of our Parquet files holds."""
    if not paths:
        return []
    found = connection.execute(
        f"SELECT filename, count(*), min(d), max(d) FROM {parquet(paths, filename=True)} GROUP BY filename"
    ).fetchall()
    by_path = {path: (rows, first, last) for path, rows, first, last in found}
    entries = []
    for path in dict.fromkeys(paths):
        rows, first, last = by_path[os.path.abspath(path)]
        entries.append(FileEntry(path, f"{first:%Y-%m}", rows, os.path.getsize(path), first, last))
    return entries


def _months_with_replaced_rows(
    connection: Connection, request: Load, before: list[FileEntry], months: Months
) -> set[str]:
    """Months of the version before in which an incoming row replaces one; notes how many rows go, and when."""
    if not request.mapping.key or not before:
        return set()
    key = ", ".join(name(column) for column in request.mapping.key)
    old = parquet([entry.path for entry in before], filename=True)
    found = connection.execute(
        f"SELECT filename, count(*), min(d), max(d) FROM {old} SEMI JOIN good USING ({key}) GROUP BY filename"
    ).fetchall()
    _note_removed(months, [(rows, first, last) for _, rows, first, last in found])
    hit = {path for path, *_ in found}
    return {entry.month for entry in before if os.path.abspath(entry.path) in hit}


def _note_removed(months: Months, gone: list[tuple[int, date, date]]) -> None:
    months.removed = sum(rows for rows, _, _ in gone)
    months.removed_first = min((first for _, first, _ in gone), default=None)
    months.removed_last = max((last for _, _, last in gone), default=None)


def _write(connection: Connection, request: Load, desk: Desk, months: Months, month: str, old: list[FileEntry]) -> None:
    """Write one file: the rows of `good` in `month`, and those of `old` whose key does not come in.

    `good` is in order already.
    """
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    select = f"SELECT * FROM good WHERE d >= DATE '{first}' AND d < DATE '{after}'"
    if old:
        kept = parquet([entry.path for entry in old])
        if request.mapping.key:
            kept += f" ANTI JOIN good USING ({', '.join(name(column) for column in request.mapping.key)})"
        select = f"SELECT * FROM (SELECT * FROM {kept} UNION ALL BY NAME {select}) ORDER BY d, _upload, _row"
    path = os.path.join(desk.work_dir, f"month-{month}.parquet")
    connection.execute(f"COPY ({select}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")
    found = one(connection, f"SELECT count(*), min(d), max(d) FROM read_parquet({literal(path)})")
    if found[0]:
        months.written.append(FileEntry(path, month, found[0], os.path.getsize(path), found[1], found[2]))
