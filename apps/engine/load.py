"""Turn an upload into a dataset version: typed values, rejects, then files by month; all or nothing."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

from apps.engine.changes import Changes, count, net
from apps.engine.checks import check_against, check_request
from apps.engine.duck import Connection, connect, literal, name, one, parquet
from apps.engine.entries import Before, write_keys
from apps.engine.failure import EngineFailure
from apps.engine.going import Days, Going, going, within
from apps.engine.months import Incoming, write_months
from apps.engine.publish import publish
from apps.engine.requests import Load, Loaded, Meets, Mode, RejectCode, Role, Twins
from apps.engine.rules import how_many_broken, set_broken_aside
from apps.engine.staging import stage
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

_STAGES = 5
_LEFT = "SELECT * FROM staged WHERE _row NOT IN (SELECT _row FROM aside)"


def work(request: Load, desk: Desk) -> Loaded:
    """Carry out the load. Raises EngineFailure, with every issue, before anything is published."""
    check_request(request)
    connection = connect(desk, request.previous, keep_order=True)
    check_against(connection, request)
    staged = stage(connection, request, desk)
    desk.progress(3, _STAGES, N_("Looking for double and bad rows"))
    kinds = request.mapping.key_types()
    before = Before(connection, request.previous, kinds if request.mode != Mode.REPLACE else ())
    rejects_path = os.path.join(desk.work_dir, "rejects.parquet")
    days = _list_rejects(connection, request, before)
    rejected, counts = _write_rejects(connection, rejects_path)
    _create_good(connection)
    incoming = Incoming(*one(connection, "SELECT count(*), min(d), max(d) FROM good"))
    if incoming.rows + rejected != staged.rows_in:
        message = N_("%(rows)s rows went in, but %(loaded)s were loaded and %(rejected)s rejected; nothing was kept.")
        params = {"rows": staged.rows_in, "loaded": incoming.rows, "rejected": rejected}
        raise EngineFailure(message, params, retry=True)
    goes = going(connection, request, before, days)
    changes = _changes(connection, request, goes, incoming)
    desk.progress(4, _STAGES, N_("Writing the months"))
    months = write_months(connection, request.mode, goes, desk, staged.parts)
    if kinds:
        write_keys(connection, months.written, kinds)
    files, rejects_path = publish(request, desk, months, rejects_path)
    changed = span_of([incoming.first, incoming.last, *goes.span, *(days or ())])
    whole = span_of([day for entry in files for day in (entry.first_day, entry.last_day)])
    desk.progress(_STAGES, _STAGES, N_("Done"))
    return Loaded(
        files=files,
        rows_in=staged.rows_in,
        rows_loaded=incoming.rows,
        rows_rejected=rejected,
        rows_replaced=goes.rows,
        first_day=whole[0],
        last_day=whole[1],
        changed_first=changed[0],
        changed_last=changed[1],
        rejects_path=rejects_path,
        reject_counts=counts,
        days=days,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        same=changes.same,
        broken=how_many_broken(connection, request),
    )


def span_of(days: list[date | None]) -> tuple[date | None, date | None]:
    """The first and the last of the days that are known."""
    known = [day for day in days if day is not None]
    return (min(known), max(known)) if known else (None, None)


def _changes(connection: Connection, request: Load, goes: Going, incoming: Incoming) -> Changes:
    if request.mode == Mode.DELETE:
        return Changes(removed=goes.rows)
    if not goes.rows:
        return Changes(added=incoming.rows)
    columns = net(connection, goes.gone(), "SELECT * FROM good", goes.rows + incoming.rows)
    key = request.mapping.key if set(request.mapping.key) <= set(columns) else ()
    return count(connection, key, goes.rows, incoming.rows)


def _list_rejects(connection: Connection, request: Load, before: Before) -> Days | None:
    """Add to table `rejects` sound rows that are not wanted, which are in `aside` then; the days whose rows of before
    go, if any do."""
    connection.execute("CREATE TABLE aside (_row BIGINT)")
    if request.rules and request.mode != Mode.DELETE:
        set_broken_aside(connection, request)
    connection.execute(f"CREATE VIEW sound AS {_LEFT}")
    days = request.days if request.mode == Mode.PERIOD else None
    if days is not None:
        _set_aside(connection, f"SELECT _row, CAST(d AS VARCHAR) AS text FROM sound WHERE NOT ({within(days)})",
                   _time_of(request), RejectCode.OUTSIDE_PERIOD)  # fmt: skip
    _list_duplicates(connection, request)
    if request.mode == Mode.PERIOD and days is None:
        first, last = one(connection, "SELECT min(d), max(d) FROM sound")
        days = (first, last) if first is not None else None
    _list_by_key(connection, request, before, days)
    return days


def _write_rejects(connection: Connection, out_path: str) -> tuple[int, dict[str, int]]:
    """Write the reject list; the number of rows it is about, and of its entries by code."""
    connection.execute(
        'COPY (SELECT "row", "column", code, coalesce("text", \'\') AS "text" FROM rejects ORDER BY "row", "column")'
        f" TO {literal(out_path)} (FORMAT parquet, COMPRESSION zstd)"
    )
    counts = dict(connection.execute("SELECT code, count(*) FROM rejects GROUP BY code ORDER BY code").fetchall())
    (rows,) = one(connection, 'SELECT count(DISTINCT "row") FROM rejects')
    return rows, counts


def _set_aside(connection: Connection, rows: str, header: str, code: RejectCode) -> None:
    """List what a query of (_row, text) gives as rejected, under a header of the file."""
    connection.execute(f"CREATE TABLE found AS {rows}")
    connection.execute(
        f'INSERT INTO rejects BY NAME SELECT _row AS "row", {literal(header)} AS "column",'
        f" '{code}' AS code, left(text, 500) AS \"text\" FROM found"
    )
    if one(connection, "SELECT count(*) FROM found")[0]:
        connection.execute("INSERT INTO aside SELECT _row FROM found")
        connection.execute(f"CREATE OR REPLACE VIEW sound AS {_LEFT}")
    connection.execute("DROP TABLE found")


def _time_of(request: Load) -> str:
    return next(column.source for column in request.mapping.columns if column.role == Role.TIME)


def _key_of(request: Load) -> str:
    sources = {column.name: column.source for column in request.mapping.columns}
    return ", ".join(sources[column] for column in request.mapping.key)


def _list_duplicates(connection: Connection, request: Load) -> None:
    """List rows that share a key: all but the last, or all of them where that is refused, or none."""
    key = ", ".join(name(column) for column in request.mapping.key)
    if not key or request.mapping.twins == Twins.KEEP:
        return
    shared = f"SELECT {key}, max(_row) AS last_row FROM sound GROUP BY {key} HAVING count(*) > 1"
    refused = request.mapping.twins == Twins.REFUSE and request.mode != Mode.DELETE
    code = RejectCode.SHARED_KEY if refused else RejectCode.DUPLICATE_KEY
    rows = f"SELECT _row, concat_ws(', ', {key}) AS text FROM sound JOIN ({shared}) USING ({key})"
    _set_aside(connection, f"{rows}{'' if refused else ' WHERE _row < last_row'}", _key_of(request), code)


def _list_by_key(connection: Connection, request: Load, before: Before, days: Days | None) -> None:
    """List rows whose key the data has already, where those are not wanted, or has not, where they name rows to go."""
    deletes, meets = request.mode == Mode.DELETE, request.mapping.meets
    if not request.mapping.key or request.mode == Mode.REPLACE or not (deletes or meets != Meets.REPLACE):
        return
    key = ", ".join(name(column) for column in request.mapping.key)
    known = f"SELECT {key} FROM sound LIMIT 0"
    if files := before.may_hold("sound"):
        outside = f" WHERE NOT ({within(days)})" if days is not None else ""
        known = f"SELECT {key} FROM {parquet([entry.path for entry in files])}{outside}"
    code = {Meets.KEEP: RejectCode.KEPT_KEY}.get(meets, RejectCode.KNOWN_KEY)
    join = "ANTI JOIN" if deletes else "SEMI JOIN"
    rows = f"SELECT _row, concat_ws(', ', {key}) AS text FROM sound {join} ({known}) USING ({key})"
    _set_aside(connection, rows, _key_of(request), RejectCode.UNKNOWN_KEY if deletes else code)


def _create_good(connection: Connection) -> None:
    """A view of the rows that are published."""
    connection.execute("CREATE VIEW good AS SELECT * FROM sound")
