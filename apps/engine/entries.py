"""What our Parquet files hold, told by what lies beside them or by their footers: no row is read for it."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from apps.engine import keys
from apps.engine.duck import Connection, literal, name, one, parquet
from apps.engine.keys import Told
from apps.engine.plan import ColumnType
from apps.engine.requests import FileEntry

_COMPARED = {
    ColumnType.TEXT: "CAST({} AS VARCHAR)",
    ColumnType.INTEGER: "CAST({} AS BIGINT)",
    ColumnType.DATE: "CAST({} AS DATE) - DATE '1970-01-01'",
}
"""Types whose smallest and largest value a footer tells as text that can be read again, and as what they are compared:
texts by their code points, which is the order of their bytes in UTF-8."""


class Before:
    """The files of a version, and in which of them rows with the keys of other rows may be.

    Order numbers and days grow with time, so that a new day's file shares its keys' range with few of them or none. Of
    keys in no order what lies beside the files tells (`apps.engine.keys`).
    """

    def __init__(self, connection: Connection, paths: Sequence[str], kinds: keys.Kinds) -> None:
        self._connection, self._kinds = connection, kinds
        self._signed = keys.signature(connection, kinds) if kinds and paths else ""
        beside = {path: keys.told_beside(path, self._signed) for path in dict.fromkeys(paths) if kinds}
        told = {path: found for path, found in beside.items() if found is not None}
        told |= told_of(connection, [path for path in paths if path not in told], kinds)
        self._told = {path: told[path] for path in dict.fromkeys(paths)}
        self.entries = tuple(entry_of(path, found) for path, found in self._told.items())

    def may_hold(self, incoming: str) -> list[FileEntry]:
        """The files in which a row may have the key of a row of the table or view `incoming`."""
        left = list(self.entries)
        compared = [(column, _COMPARED[kind]) for column, kind in self._kinds if kind in _COMPARED]
        if compared and left:
            ends = ", ".join(f"{of.format(f'{end}({name(column)})')}" for column, of in compared for end in _ENDS)
            found = one(self._connection, f"SELECT {ends} FROM {incoming}")
            wanted = {column: found[2 * at : 2 * at + 2] for at, (column, _) in enumerate(compared)}
            left = [entry for entry in left if not _is_apart(self._told[entry.path].ranges, wanted)]
        return self._asked(left, incoming)

    def _asked(self, entries: list[FileEntry], incoming: str) -> list[FileEntry]:
        """Those of `entries` of which the hashes beside them do not tell that they hold none of the keys."""
        (rows,) = one(self._connection, f"SELECT count(*) FROM {incoming}") if entries else (0,)
        if not 0 < rows <= keys.MOST_ASKED:
            return entries
        asked = keys.Asked(self._connection, self._kinds, incoming)
        left = []
        for entry in entries:
            told = self._told[entry.path]
            segments = keys.segments_of(self._connection, entry.path, self._kinds, self._signed, told)
            if segments is None or asked.may_be_in(segments):
                left.append(entry)
        return left


_ENDS = ("min", "max")


def _is_apart(ranges: dict[str, list[Any]], wanted: dict[str, tuple[Any, ...]]) -> bool:
    """Whether the values of a column are all smaller or all larger than those wanted in it."""
    return any(
        column in ranges and first is not None and (ranges[column][1] < first or ranges[column][0] > last)
        for column, (first, last) in wanted.items()
    )


def entries_of(connection: Connection, paths: Sequence[str]) -> list[FileEntry]:
    """What each of our Parquet files holds."""
    return [entry_of(path, told) for path, told in told_of(connection, paths).items()]


def entry_of(path: str, told: Told) -> FileEntry:
    """A file as requests name it."""
    first, last = map(date.fromisoformat, told.days)
    return FileEntry(path, f"{first:%Y-%m}", told.rows, os.path.getsize(path), first, last)


def told_of(connection: Connection, paths: Iterable[str], kinds: keys.Kinds = ()) -> dict[str, Told]:
    """What the footers of our Parquet files say of them, and of the columns of a key; where they say nothing of days,
    the rows."""
    by_path = {os.path.abspath(path): path for path in paths}
    if not by_path:
        return {}
    columns = ", ".join(literal(column) for column, _ in (("d", None), *kinds))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE footers AS SELECT file_name, path_in_schema AS of, row_group_num_rows AS n,"
        f" stats_min_value AS least, stats_max_value AS most FROM parquet_metadata({_listed(by_path)})"
        f" WHERE of IN ({columns})"
    )
    known = "GROUP BY file_name HAVING bool_and(least IS NOT NULL AND most IS NOT NULL)"
    days = "CAST(min({}) AS VARCHAR), CAST(max({}) AS VARCHAR)"
    found = connection.execute(
        f"SELECT file_name, sum(n)::BIGINT, {days.format('CAST(least AS DATE)', 'CAST(most AS DATE)')} FROM footers"
        f" WHERE of = 'd' {known}"
    ).fetchall()
    if silent := by_path.keys() - {path for path, *_ in found}:
        found += connection.execute(
            f"SELECT filename, count(*), {days.format('d', 'd')} FROM {parquet(sorted(silent), filename=True)}"
            " GROUP BY filename"
        ).fetchall()
    told = {path: Told(rows, (first, last), {}) for path, rows, first, last in found}
    for column, kind in kinds:
        if kind in _COMPARED:
            least, most = map(_COMPARED[kind].format, ("least", "most"))
            for path, *ends in connection.execute(
                f"SELECT file_name, min({least}), max({most}) FROM footers WHERE of = {literal(column)} {known}"
            ).fetchall():
                told[path].ranges[column] = ends
    return {path: told[absolute] for absolute, path in by_path.items()}


def write_keys(connection: Connection, entries: Sequence[FileEntry], kinds: keys.Kinds) -> None:
    """Put the hashes of their keys beside new files."""
    signed = keys.signature(connection, kinds)
    for path, told in told_of(connection, [entry.path for entry in entries], kinds).items():
        keys.write(connection, path, kinds, signed, told)


def _listed(paths: Iterable[str]) -> str:
    return f"[{', '.join(map(literal, paths))}]"
