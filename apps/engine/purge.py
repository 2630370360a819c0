"""Write files of a data set anew without some of their rows: those of an upload, or those before a day."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from apps.engine.duck import Connection, connect, literal, name, one, parquet
from apps.engine.entry import FileEntry
from apps.engine.publish import sync
from apps.engine.quality import Purge, Purged, Rewritten
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from datetime import date

    from apps.engine.child import Desk


def work(request: Purge, desk: Desk) -> Purged:
    """Only files that hold such rows are written; the others are not even listed in the answer."""
    paths = [entry.path for entry in (*request.files, *request.earlier)]
    if not request.files or not (request.upload or request.before):
        return Purged((), (), 0, 0, None, None)
    connection = connect(desk, paths)
    gone = _condition(request)
    token = desk.work_dir.rsplit("-", 1)[-1]
    rewritten: list[Rewritten] = []
    spans: list[date] = []
    removed = 0
    for number, entry in enumerate(request.files):
        desk.progress(number, len(request.files), N_("Taking rows out"))
        rows, first, last = one(
            connection, f"SELECT count(*), min(d), max(d) FROM {parquet([entry.path])} WHERE {gone}"
        )
        if not rows:
            continue
        removed, spans = removed + rows, [*spans, first, last]
        query = f"SELECT * FROM {parquet([entry.path])} WHERE NOT ({gone})"
        left = (
            _written(connection, request, query, f"kept-{number}-{token}", entry.month) if rows < entry.rows else None
        )
        rewritten.append(Rewritten(entry.path, left))
    added = _returning(connection, request, gone, token) if request.earlier and request.key and removed else []
    spans += [day for entry in added for day in (entry.first_day, entry.last_day)]
    if rewritten:
        sync(request.out_dir)
    returned = sum(entry.rows for entry in added)
    return Purged(tuple(rewritten), tuple(added), removed, returned, min(spans, default=None), max(spans, default=None))


def _condition(request: Purge) -> str:
    parts = [f"_upload = {literal(request.upload)}"] if request.upload else []
    parts += [f"d < DATE '{request.before.isoformat()}'"] if request.before else []
    return " OR ".join(parts)


def _returning(connection: Connection, request: Purge, gone: str, token: str) -> list[FileEntry]:
    """Rows of before whose key a row had that goes now: by month, as every file is."""
    key = ", ".join(name(column) for column in request.key)
    keys = f"SELECT DISTINCT {key} FROM {parquet([entry.path for entry in request.files])} WHERE {gone}"
    earlier = parquet([entry.path for entry in request.earlier])
    connection.execute(f"CREATE VIEW back AS SELECT * FROM {earlier} SEMI JOIN ({keys}) USING ({key})")
    months = connection.execute("SELECT DISTINCT date_trunc('month', d)::DATE FROM back ORDER BY 1").fetchall()
    written = []
    for (first,) in months:
        query = f"SELECT * FROM back WHERE date_trunc('month', d)::DATE = DATE '{first}' ORDER BY d, _upload, _row"
        entry = _written(connection, request, query, f"back-{first:%Y-%m}-{token}", f"{first:%Y-%m}")
        written += [entry] if entry else []
    return written


def _written(connection: Connection, request: Purge, query: str, stem: str, month: str) -> FileEntry | None:
    """A new file of the rows of `query`, durable under its final name; None where there are none."""
    draft = os.path.join(os.path.abspath(request.out_dir), f".work-{stem.rsplit('-', 1)[-1]}", f"{stem}.parquet")
    connection.execute(f"COPY ({query}) TO {literal(draft)} (FORMAT parquet, COMPRESSION zstd)")
    rows, first, last = _span(connection, draft)
    if not rows or first is None or last is None:
        return None
    sync(draft)
    final = os.path.join(os.path.abspath(request.out_dir), f"{stem}.parquet")
    os.rename(draft, final)
    return FileEntry(final, month, rows, os.path.getsize(final), first, last)


def _span(connection: Connection, path: str) -> tuple[int, date | None, date | None]:
    rows, first, last = one(connection, f"SELECT count(*), min(d), max(d) FROM read_parquet({literal(path)})")
    return rows, first, last
