"""What must hold before a load touches anything; everything that does not is said at once."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.engine.duck import Connection, parquet
from apps.engine.failure import EngineFailure
from apps.engine.plan import ColumnType
from apps.engine.requests import Load, Mapping, Mode, Role
from apps.engine.typed import WIDE
from apps.kernel.issue import N_, Issue

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_UPLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DAY = "d"

_FAMILIES = {
    "VARCHAR": ColumnType.TEXT,
    "BIGINT": ColumnType.INTEGER,
    "DATE": ColumnType.DATE,
    "TIMESTAMP": ColumnType.DATETIME,
    "BOOLEAN": ColumnType.BOOLEAN,
}


def type_of(sql_type: str) -> ColumnType:
    """The type of a column of one of our Parquet files."""
    return ColumnType.DECIMAL if sql_type.startswith("DECIMAL") else _FAMILIES[sql_type]


def is_wide(sql_type: str) -> bool:
    """Whether such a column of one of our Parquet files has room for more decimals than most numbers need."""
    return sql_type.replace(" ", "") == WIDE.replace(" ", "")


def sql_types_in(connection: Connection, paths: Sequence[str]) -> dict[str, str]:
    """The columns of our Parquet files with what holds the values of every file, in words of SQL; `_upload` and `_row`
    left out."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {parquet(paths)}").fetchall()
    return {column: kind for column, kind, *_ in described if not column.startswith("_")}


def types_in(connection: Connection, paths: Sequence[str]) -> dict[str, ColumnType]:
    """The columns of our Parquet files with their types; `_upload` and `_row` left out."""
    return {column: type_of(kind) for column, kind in sql_types_in(connection, paths).items()}


def check_request(request: Load, header: list[str] | None = None) -> None:
    """Raise EngineFailure with all that is wrong with the request, and with it against the file's header."""
    issues = _mapping_issues(request.mapping, deletes=request.mode == Mode.DELETE)
    if request.mode not in set(Mode):
        params = {"mode": request.mode[:64], "modes": ", ".join(Mode)}
        issues.append(Issue("mode", N_("“%(mode)s” is none of: %(modes)s."), params))
    if request.mode == Mode.DELETE and not request.mapping.key:
        issues.append(Issue("key", N_("Rows are removed by their row key, and these have none.")))
    if request.days is not None and request.days[0] > request.days[1]:
        issues.append(Issue("days", N_("The first day is after the last one.")))
    if not _UPLOAD.fullmatch(request.upload_id):
        message = N_("“%(id)s” does not name an upload (letters, digits, _ and -).")
        issues.append(Issue("upload_id", message, {"id": request.upload_id[:64]}))
    zones = {"time_zone": request.time_zone} | {
        column.source: column.time_zone for column in request.mapping.columns if column.time_zone
    }
    for where, zone in zones.items():
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            issues.append(Issue(where, N_("There is no time zone “%(zone)s”."), {"zone": zone[:64]}))
    missing = [
        column.source for column in request.mapping.columns if header is not None and column.source not in header
    ]
    for source in dict.fromkeys(missing):
        message = N_("The file has no column “%(column)s”. It has: %(columns)s.")
        issues.append(Issue(request.filename, message, {"column": source, "columns": ", ".join(header or ())[:1000]}))
    if issues:
        raise EngineFailure(N_("The file cannot be loaded with this mapping."), issues=issues)


def _mapping_issues(mapping: Mapping, *, deletes: bool) -> list[Issue]:
    issues = []
    for column in mapping.columns:
        if not _NAME.fullmatch(column.name) or column.name == _DAY:
            message = N_("“%(name)s” cannot name a column: a small letter first, then letters, digits and _.")
            issues.append(Issue(column.source, message, {"name": column.name[:64]}))
    for column_name, count in Counter(column.name for column in mapping.columns).items():
        if count > 1:
            issues.append(Issue(column_name, N_("%(count)s columns are given this name."), {"count": count}))
    times = [column for column in mapping.columns if column.role == Role.TIME]
    if len(times) != 1 and not deletes:
        message = N_("Exactly one column must say when a row happened; %(count)s do.")
        issues.append(Issue("mapping", message, {"count": len(times)}))
    for column in times:
        if column.type not in (ColumnType.DATE, ColumnType.DATETIME):
            issues.append(Issue(column.source, N_("The time of a row must be a date, with or without a time of day.")))
    for column in mapping.columns:
        if column.role == Role.CURRENCY and column.type != ColumnType.TEXT:
            issues.append(Issue(column.source, N_("The codes of currencies are text.")))
    for key in mapping.key:
        if key not in {column.name for column in mapping.columns}:
            issues.append(Issue("key", N_("The key names “%(name)s”, which is no column."), {"name": key}))
    return issues


def check_against(connection: Connection, request: Load) -> None:
    """Refuse rows with columns of another type than the version before has, or without its key."""
    if request.mode == Mode.REPLACE or not request.previous:
        return
    before = types_in(connection, request.previous)
    issues = []
    for column in request.mapping.columns:
        if column.name in before and before[column.name] != column.type:
            message = N_(
                "“%(name)s” was of type %(before)s in earlier uploads and is %(now)s here. Map it to another name, "
                "choose the earlier type, or replace all data."
            )
            params = {"name": column.name, "before": before[column.name].value, "now": column.type.value}
            issues.append(Issue(column.source, message, params))
    for key in request.mapping.key:
        if key not in before:
            message = N_("Earlier uploads have no column “%(name)s” to tell rows apart by. Replace all data instead.")
            issues.append(Issue("key", message, {"name": key}))
    if issues:
        raise EngineFailure(N_("The file does not fit the data that is already there."), issues=issues)
