"""Typed rows into new files by month; files of the version before stay as they are, are written anew without rows that
go, or go."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from apps.engine.duck import Connection, literal, one
from apps.engine.going import Going
from apps.engine.requests import FileEntry, Mode
from apps.engine.staging import WRITTEN, Part

if TYPE_CHECKING:
    from apps.engine.child import Desk

ENOUGH = 122_880
"""Rows that are a file of their own; smaller parts of a month become one, if they are more than `FEW`."""

FEW = 2

MOST_FILES_A_MONTH = 8
"""So many files of a month that are of about the size of what is added to it become one with it."""


@dataclass(frozen=True)
class Incoming:
    """The rows that this load adds."""

    rows: int
    first: date | None
    last: date | None


@dataclass
class Months:
    """Files of the new version: those carried over, and new ones still in the desk's directory."""

    carried: list[FileEntry] = field(default_factory=list)
    written: list[FileEntry] = field(default_factory=list)


def write_months(connection: Connection, mode: str, going: Going, desk: Desk, parts: Sequence[Part]) -> Months:
    """Write the rows of view `good` by month, over, beside or instead of the files of the version before.

    A file is written anew only if it loses rows, or is one of many small ones: what an addition costs depends on what
    is added, not on what is there. Of `parts` that lose no row, those of a month are its files as they are.
    """
    months = Months()
    counted = "SELECT strftime(date_trunc('month', d), '%Y-%m'), count(*) FROM good GROUP BY date_trunc('month', d)"
    rows: dict[str, int] = {} if mode == Mode.DELETE else dict(connection.execute(counted).fetchall())
    ready: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        ready[part.month].append(part)
    old: dict[str, list[FileEntry]] = defaultdict(list)
    for entry in () if going.everything else going.before:
        old[entry.month].append(entry)
    for month in sorted(old.keys() | rows.keys()):
        anew = [entry for entry in old[month] if not going.stays(entry)]
        stay = [entry for entry in old[month] if going.stays(entry)]
        if month in rows:
            anew += crowd(stay, rows[month] + sum(entry.rows for entry in anew))
        months.carried += [entry for entry in stay if entry not in anew]
        if not anew and month in rows and _is_ready(ready[month], rows[month]):
            months.written += [_entry(part) for part in ready[month]]
        elif anew or month in rows:
            _write(connection, going, desk, months, month, anew, incoming=month in rows)
    return months


def _is_ready(parts: Sequence[Part], rows: int) -> bool:
    """Whether the parts of a month, of whose rows that many are wanted, can be its files."""
    whole = sum(part.rows for part in parts) == rows
    return whole and (len(parts) <= FEW or rows >= ENOUGH * len(parts))


def _entry(part: Part) -> FileEntry:
    if part.first is None or part.last is None:
        raise ValueError("a part without a month is no file of one")
    return FileEntry(part.path, part.month, part.rows, os.path.getsize(part.path), part.first, part.last)


def crowd(entries: Sequence[FileEntry], rows: int) -> list[FileEntry]:
    """The files that become one with `rows` new rows: those up to 8 times as large, if there are 8, and so on with what
    they come to. A row is written anew as often as the number of its month's rows has octal digits, about."""
    left, chosen = list(entries), list[FileEntry]()
    while True:
        peers = [entry for entry in left if entry.rows <= MOST_FILES_A_MONTH * rows]
        if len(peers) < MOST_FILES_A_MONTH:
            return chosen
        chosen += peers
        rows += sum(entry.rows for entry in peers)
        left = [entry for entry in left if entry not in peers]


def _write(
    connection: Connection,
    going: Going,
    desk: Desk,
    months: Months,
    month: str,
    old: Sequence[FileEntry],
    *,
    incoming: bool,
) -> None:
    """Write one file: the rows of `good` in `month`, and those of `old` that stay."""
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    parts = [going.kept([entry.path for entry in old])] if old else []
    if incoming:
        parts.append(f"SELECT * FROM good WHERE d >= DATE '{first}' AND d < DATE '{after}'")
    select = f"SELECT * FROM ({' UNION ALL BY NAME '.join(parts)}) ORDER BY d, _upload, _row"
    path = os.path.join(desk.work_dir, f"month-{month}.parquet")
    connection.execute(f"COPY ({select}) TO {literal(path)} ({WRITTEN})")
    found = one(connection, f"SELECT count(*), min(d), max(d) FROM read_parquet({literal(path)})")
    if found[0]:
        months.written.append(FileEntry(path, month, found[0], os.path.getsize(path), found[1], found[2]))
