"""Turn an upload into a dataset version: raw text, typed values, rejects, then files by month; all or nothing."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from apps.engine import contents, typed
from apps.engine.checks import check_against, check_request
from apps.engine.duck import Connection, connect, literal, name, one
from apps.engine.failure import EngineFailure
from apps.engine.months import Incoming, write_months
from apps.engine.plan import ColumnType
from apps.engine.publish import publish
from apps.engine.raw import open_for_load, to_parquet, write_lines
from apps.engine.requests import Load, Loaded, RejectCode, Role, Twins
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
    rejects_path = os.path.join(desk.work_dir, "rejects.parquet")
    rejected, counts = _write_rejects(connection, request, stage, rejects_path)
    _create_good(connection, stage, request)
    incoming = Incoming(*one(connection, "SELECT count(*), min(d), max(d) FROM good"))
    if incoming.rows + rejected != stage.rows_in:
        message = N_("%(rows)s rows went in, but %(loaded)s were loaded and %(rejected)s rejected; nothing was kept.")
        params = {"rows": stage.rows_in, "loaded": incoming.rows, "rejected": rejected}
        raise EngineFailure(message, params, retry=True)
    desk.progress(4, _STAGES, N_("Writing the months"))
    months = write_months(connection, request, desk)
    files, raw_path, rejects_path = publish(request, desk, months, stage.raw_path, rejects_path)
    changed = _span([incoming.first, incoming.last, months.removed_first, months.removed_last])
    whole = _span([day for entry in files for day in (entry.first_day, entry.last_day)])
    desk.progress(_STAGES, _STAGES, N_("Done"))
    return Loaded(
        files=files,
        rows_in=stage.rows_in,
        rows_loaded=incoming.rows,
        rows_rejected=rejected,
        rows_replaced=months.removed,
        first_day=whole[0],
        last_day=whole[1],
        changed_first=changed[0],
        changed_last=changed[1],
        rejects_path=rejects_path,
        raw_path=raw_path,
        reject_counts=counts,
    )


def _span(days: list[date | None]) -> tuple[date | None, date | None]:
    known = [day for day in days if day is not None]
    return (min(known), max(known)) if known else (None, None)


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
    time_column = next(column.name for column in request.mapping.columns if column.role == Role.TIME)
    nulls = request.reading.nulls or ()
    texts = typed.text_select(cells, header, f"read_parquet({literal(raw_path)})", nulls)
    select = typed.typed_select(cells, texts, time_column)
    connection.execute(
        f"COPY (SELECT * FROM ({select}) ORDER BY d, _row) TO {literal(typed_path)} (FORMAT parquet, COMPRESSION zstd)"
    )
    connection.execute(f"CREATE VIEW texts AS {texts}")
    connection.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet({literal(typed_path)})")
    return Stage(typed_path, cells, raw_path, odd_path, rows + odd.total())


def _write_rejects(connection: Connection, request: Load, stage: Stage, out_path: str) -> tuple[int, dict[str, int]]:
    """Write the reject list; the number of rows it is about, and of its entries by code."""
    connection.execute(
        "CREATE TABLE rejects AS SELECT * FROM read_csv("
        f"{literal(stage.odd_path)}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"',"
        f" max_line_size = {1 << 20}, columns = {{'row': 'BIGINT', 'code': 'VARCHAR', 'text': 'VARCHAR'}})"
    )
    connection.execute("ALTER TABLE rejects ADD COLUMN \"column\" VARCHAR DEFAULT ''")
    if one(connection, "SELECT count(*) FROM staged WHERE _bad")[0]:
        _list_bad_cells(connection, stage)
    _list_duplicates(connection, request)
    connection.execute(
        'COPY (SELECT "row", "column", code, coalesce("text", \'\') AS "text" FROM rejects ORDER BY "row", "column")'
        f" TO {literal(out_path)} (FORMAT parquet, COMPRESSION zstd)"
    )
    counts = dict(connection.execute("SELECT code, count(*) FROM rejects GROUP BY code ORDER BY code").fetchall())
    (rows,) = one(connection, 'SELECT count(DISTINCT "row") FROM rejects')
    return rows, counts


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
        connection.execute("CREATE TABLE twins (_row BIGINT)")
        return
    shared = f"SELECT {key}, max(_row) AS last_row FROM staged WHERE NOT _bad GROUP BY {key} HAVING count(*) > 1"
    text = f"concat_ws(', ', {key})"
    refused = request.mapping.twins == Twins.REFUSE
    code = RejectCode.SHARED_KEY if refused else RejectCode.DUPLICATE_KEY
    connection.execute(
        f"CREATE TABLE twins AS SELECT _row, {text} AS text FROM staged JOIN ({shared}) USING ({key})"
        f" WHERE NOT _bad{'' if refused else ' AND _row < last_row'}"
    )
    sources = {column.name: column.source for column in request.mapping.columns}
    header = literal(", ".join(sources[column] for column in request.mapping.key))
    connection.execute(
        f'INSERT INTO rejects BY NAME SELECT _row AS "row", {header} AS "column",'
        f" '{code}' AS code, left(text, 500) AS \"text\" FROM twins"
    )


def _create_good(connection: Connection, stage: Stage, request: Load) -> None:
    """A view of the rows that are published, with decimals as narrow as all values of their column allow."""
    kept = "NOT _bad"
    if one(connection, "SELECT count(*) FROM twins")[0]:
        kept += " AND _row NOT IN (SELECT _row FROM twins)"
    columns = ", ".join(_published(connection, cell) for cell in stage.cells)
    connection.execute(
        f"CREATE VIEW good AS SELECT {columns}, d, {literal(request.upload_id)} AS _upload, _row"
        f" FROM staged WHERE {kept}"
    )


def _published(connection: Connection, cell: typed.Cell) -> str:
    column = name(cell.column.name)
    if cell.column.type != ColumnType.DECIMAL:
        return column
    fits = f"bool_and({column} IS NULL OR coalesce(try_cast({column} AS {typed.NARROW}) = {column}, false))"
    (narrow,) = one(connection, f"SELECT coalesce({fits}, true) FROM staged WHERE NOT _bad")
    return f"CAST({column} AS {typed.NARROW}) AS {column}" if narrow else column
