"""What our Parquet files hold, told by their footers: no row is read for it."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date

from apps.engine import keys
from apps.engine.duck import Connection, literal, name, one, parquet
from apps.engine.plan import ColumnType
from apps.engine.requests import FileEntry, Mapping

_COMPARED_AS = {ColumnType.TEXT: "VARCHAR", ColumnType.INTEGER: "BIGINT", ColumnType.DATE: "DATE"}
"""Types whose smallest and largest value a footer tells as text that can be read again."""


def entries_of(connection: Connection, paths: Sequence[str], key: Sequence[str] = ()) -> list[FileEntry]:
    """What each of our Parquet files holds. What their footers say of that and of `key` stays in table `footers`."""
    columns = ", ".join(map(literal, ("d", *key)))
    if not paths:
        return []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE footers AS SELECT file_name, path_in_schema, row_group_num_rows, stats_min_value,"
        f" stats_max_value FROM parquet_metadata({_listed(paths)}) WHERE path_in_schema IN ({columns})"
    )
    found = connection.execute(
        "SELECT file_name, sum(row_group_num_rows)::BIGINT, min(CAST(stats_min_value AS DATE)),"
        " max(CAST(stats_max_value AS DATE)), bool_and(stats_min_value IS NOT NULL)"
        " FROM footers WHERE path_in_schema = 'd' GROUP BY file_name"
    ).fetchall()
    by_path: dict[str, tuple[int, date, date]] = {
        path: (rows, first, last) for path, rows, first, last, known in found if known
    }
    silent = [path for path in dict.fromkeys(paths) if os.path.abspath(path) not in by_path]
    if silent:
        read = connection.execute(
            f"SELECT filename, count(*), min(d), max(d) FROM {parquet(silent, filename=True)} GROUP BY filename"
        )
        by_path |= {path: (rows, first, last) for path, rows, first, last in read.fetchall()}
    entries = []
    for path in dict.fromkeys(paths):
        rows, first, last = by_path[os.path.abspath(path)]
        entries.append(FileEntry(path, f"{first:%Y-%m}", rows, os.path.getsize(path), first, last))
    return entries


def may_hold(connection: Connection, entries: Sequence[FileEntry], mapping: Mapping, incoming: str) -> list[FileEntry]:
    """Those of `entries`, of which `entries_of` told, in which a row may have the key of a row of the table or view
    `incoming`.

    Order numbers and days grow with time, so that a new day's file shares its keys' range with few of them or none: so
    say the footers. Of keys in no order what lies beside the files tells (`apps.engine.keys`).
    """
    left = list(entries)
    for column, kind in mapping.key_types():
        if kind not in _COMPARED_AS or not left:
            continue
        least, most = (f"CAST(stats_{end}_value AS {_COMPARED_AS[kind]})" for end in ("min", "max"))
        apart = connection.execute(
            "SELECT file_name FROM (SELECT file_name, bool_and(stats_min_value IS NOT NULL AND stats_max_value IS NOT"
            f" NULL) AS known, min({least}) AS least, max({most}) AS most FROM footers WHERE path_in_schema ="
            f" {literal(column)} GROUP BY file_name), (SELECT min({name(column)}) AS first, max({name(column)}) AS last"
            f" FROM {incoming}) WHERE known AND (most < first OR least > last)"
        ).fetchall()
        out = {path for (path,) in apart}
        left = [entry for entry in left if os.path.abspath(entry.path) not in out]
    return _asked(connection, left, mapping.key_types(), incoming)


def _asked(connection: Connection, entries: list[FileEntry], kinds: keys.Kinds, incoming: str) -> list[FileEntry]:
    """Those of `entries` of which the hashes beside them do not tell that they hold none of the keys."""
    (rows,) = one(connection, f"SELECT count(*) FROM {incoming}") if entries else (0,)
    if not 0 < rows <= keys.MOST_ASKED:
        return entries
    asked, signed = keys.Asked(connection, kinds, incoming), keys.signature(connection, kinds)
    left = []
    for entry in entries:
        segments = keys.segments_of(connection, entry.path, kinds, signed)
        if segments is None or asked.may_be_in(segments):
            left.append(entry)
    return left


def write_keys(connection: Connection, entries: Sequence[FileEntry], kinds: keys.Kinds) -> None:
    """Put the hashes of their keys beside new files."""
    signed = keys.signature(connection, kinds)
    for entry in entries:
        keys.write(connection, entry.path, kinds, signed, keys.beside(entry.path))


def _listed(paths: Sequence[str]) -> str:
    return f"[{', '.join(literal(os.path.abspath(path)) for path in dict.fromkeys(paths))}]"
