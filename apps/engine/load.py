"""Turn an upload into a dataset version: raw text, typed values, rejects, then files by month; all or nothing."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from apps.engine import contents, typed
from apps.engine.changes import Changes, count, net
from apps.engine.checks import check_against, check_request
from apps.engine.duck import Connection, connect, literal, name, one, parquet
from apps.engine.entries import entries_of, may_hold
from apps.engine.failure import EngineFailure
from apps.engine.going import Days, Going, going, within
from apps.engine.months import Incoming, write_months
from apps.engine.plan import ColumnType
from apps.engine.publish import publish
from apps.engine.raw import open_for_load, to_parquet, write_lines
from apps.engine.requests import FileEntry, Load, Loaded, Meets, Mode, RejectCode, Role, Twins
from apps.engine.rules import how_many_broken, set_broken_aside
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

_STAGES = 5


@dataclass(frozen=True)
class Stage:
    """Typed rows on disk, before it is known which of them are published."""

    path: str
    cells: list[typed.Cell]
    raw_path: str
    odd_path: str
    rows_in: int


def work(request: Load, desk: Desk) -> Loaded:
    """Carry out the load. Raises EngineFailure, with every issue, before anything is published."""
    check_request(request)
    connection = connect(desk, request.previous, keep_order=True)
    stage = _stage(connection, request, desk)
    check_against(connection, request)
    desk.progress(3, _STAGES, N_("Looking for double and bad rows"))
    before = entries_of(connection, request.previous)
    rejects_path = os.path.join(desk.work_dir, "rejects.parquet")
    days = _list_rejects(connection, request, stage, before)
    rejected, counts = _write_rejects(connection, rejects_path)
    _create_good(connection, stage, request)
    incoming = Incoming(*one(connection, "SELECT count(*), min(d), max(d) FROM good"))
    if incoming.rows + rejected != stage.rows_in:
        message = N_("%(rows)s rows went in, but %(loaded)s were loaded and %(rejected)s rejected; nothing was kept.")
        params = {"rows": stage.rows_in, "loaded": incoming.rows, "rejected": rejected}
        raise EngineFailure(message, params, retry=True)
    goes = going(connection, request, before, days)
    changes = _changes(connection, request, goes, incoming)
    desk.progress(4, _STAGES, N_("Writing the months"))
    months = write_months(connection, request.mode, goes, desk)
    files, raw_path, rejects_path = publish(request, desk, months, stage.raw_path, rejects_path)
    changed = span_of([incoming.first, incoming.last, *goes.span, *(days or ())])
    whole = span_of([day for entry in files for day in (entry.first_day, entry.last_day)])
    desk.progress(_STAGES, _STAGES, N_("Done"))
    return Loaded(
        files=files,
        rows_in=stage.rows_in,
        rows_loaded=incoming.rows,
        rows_rejected=rejected,
        rows_replaced=goes.rows,
        first_day=whole[0],
        last_day=whole[1],
        changed_first=changed[0],
        changed_last=changed[1],
        rejects_path=rejects_path,
        raw_path=raw_path,
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


def _stage(connection: Connection, request: Load, desk: Desk) -> Stage:
    """Write the upload as raw text and as typed values, both Parquet in the desk's directory."""
    source = open_for_load(request, desk)
    header, delimiter = source.header, source.delimiter
    check_request(request, header)
    lines, odd_path, rows, odd = write_lines(source, request, desk)
    is_book = source.kind in contents.WORKBOOKS
    del source
    if is_book:
        gc.collect()  # a workbook is large, and DuckDB wants the room
    desk.progress(1, _STAGES, N_("Storing the rows"))
    raw_path, typed_path = (os.path.join(desk.work_dir, part) for part in ("raw.parquet", "typed.parquet"))
    to_parquet(connection, lines, delimiter, header, rows, raw_path)
    os.unlink(lines)
    desk.progress(2, _STAGES, N_("Reading numbers and dates"))
    cells = typed.cells_of(request.mapping, request.time_zone)
    time_column = next((column.name for column in request.mapping.columns if column.role == Role.TIME), "")
    nulls = request.reading.nulls or ()
    texts = typed.text_select(cells, header, f"read_parquet({literal(raw_path)})", nulls)
    select = typed.typed_select(cells, texts, time_column)
    connection.execute(
        f"COPY (SELECT * FROM ({select}) ORDER BY d, _row) TO {literal(typed_path)} (FORMAT parquet, COMPRESSION zstd)"
    )
    connection.execute(f"CREATE VIEW texts AS {texts}")
    connection.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet({literal(typed_path)})")
    return Stage(typed_path, cells, raw_path, odd_path, rows + odd.total())


def _list_rejects(connection: Connection, request: Load, stage: Stage, before: list[FileEntry]) -> Days | None:
    """Make table `rejects`, and `aside` of the sound rows in it; the days whose rows of before go, if any do."""
    connection.execute(
        "CREATE TABLE rejects AS SELECT * FROM read_csv("
        f"{literal(stage.odd_path)}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" max_line_size = {1 << 20}, columns = {{'row': 'BIGINT', 'code': 'VARCHAR', 'text': 'VARCHAR'}})"
    )
    connection.execute("ALTER TABLE rejects ADD COLUMN \"column\" VARCHAR DEFAULT ''")
    if one(connection, "SELECT count(*) FROM staged WHERE _bad")[0]:
        _list_bad_cells(connection, stage)
    if request.rules and request.mode != Mode.DELETE:
        set_broken_aside(connection, request, stage.path)
    connection.execute("CREATE TABLE aside (_row BIGINT)")
    connection.execute("CREATE VIEW sound AS SELECT * FROM staged WHERE NOT _bad")
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
        left = "SELECT * FROM staged WHERE NOT _bad AND _row NOT IN (SELECT _row FROM aside)"
        connection.execute(f"CREATE OR REPLACE VIEW sound AS {left}")
    connection.execute("DROP TABLE found")


def _time_of(request: Load) -> str:
    return next(column.source for column in request.mapping.columns if column.role == Role.TIME)


def _key_of(request: Load) -> str:
    sources = {column.name: column.source for column in request.mapping.columns}
    return ", ".join(sources[column] for column in request.mapping.key)


def _list_bad_cells(connection: Connection, stage: Stage) -> None:
    values = typed.value_select(stage.cells, "SELECT * FROM texts WHERE _row IN (SELECT _row FROM staged WHERE _bad)")
    connection.execute(f"CREATE TABLE bad AS {values}")
    for cell in stage.cells:
        connection.execute(f"INSERT INTO rejects BY NAME {typed.bad_cells_select(cell, 'bad')}")
    connection.execute("DROP TABLE bad")


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


def _list_by_key(connection: Connection, request: Load, before: list[FileEntry], days: Days | None) -> None:
    """List rows whose key the data has already, where those are not wanted, or has not, where they name rows to go."""
    deletes, meets = request.mode == Mode.DELETE, request.mapping.meets
    if not request.mapping.key or request.mode == Mode.REPLACE or not (deletes or meets != Meets.REPLACE):
        return
    key = ", ".join(name(column) for column in request.mapping.key)
    known = f"SELECT {key} FROM sound LIMIT 0"
    if files := may_hold(connection, before, request.mapping.key, "sound"):
        outside = f" WHERE NOT ({within(days)})" if days is not None else ""
        known = f"SELECT {key} FROM {parquet([entry.path for entry in files])}{outside}"
    code = {Meets.KEEP: RejectCode.KEPT_KEY}.get(meets, RejectCode.KNOWN_KEY)
    join = "ANTI JOIN" if deletes else "SEMI JOIN"
    rows = f"SELECT _row, concat_ws(', ', {key}) AS text FROM sound {join} ({known}) USING ({key})"
    _set_aside(connection, rows, _key_of(request), RejectCode.UNKNOWN_KEY if deletes else code)


def _create_good(connection: Connection, stage: Stage, request: Load) -> None:
    """A view of the rows that are published, with decimals as narrow as all values of their column allow."""
    columns = ", ".join(_published(connection, cell) for cell in stage.cells)
    connection.execute(
        f"CREATE VIEW good AS SELECT {columns}, d, {literal(request.upload_id)} AS _upload, _row FROM sound"
    )


def _published(connection: Connection, cell: typed.Cell) -> str:
    column = name(cell.column.name)
    if cell.column.type != ColumnType.DECIMAL:
        return column
    fits = f"bool_and({column} IS NULL OR coalesce(try_cast({column} AS {typed.NARROW}) = {column}, false))"
    (narrow,) = one(connection, f"SELECT coalesce({fits}, true) FROM staged WHERE NOT _bad")
    return f"CAST({column} AS {typed.NARROW}) AS {column}" if narrow else column
