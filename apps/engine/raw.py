"""Stage A of a load: the upload, whatever it was, as Parquet of text with row numbers, and the rows that are no rows.

Both readers give lines of canonical CSV. They are written with their row number in front, and DuckDB turns that file
into Parquet on all threads; how many rows come out is compared with how many went in.
"""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.engine.cells import LONGEST_TEXT
from apps.engine.duck import Connection, literal, one
from apps.engine.failure import EngineFailure
from apps.engine.inspect import header_issues
from apps.engine.opening import damaged_later, open_source
from apps.engine.read_csv import CsvSource
from apps.engine.requests import Load
from apps.engine.source import LONGEST_RECORD, Source
from apps.engine.unreadable import Unreadable
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

_BUFFER = 1 << 20
_NEWS_EVERY = 100_000


@dataclass(frozen=True)
class Raw:
    """The upload as text: `path` is Parquet with `_row` and a column c1, c2, ... for each of `header`; `odd_path` is
    CSV (row, code, text) of the rows with too many cells and the like, counted by code in `odd`."""

    path: str
    header: tuple[str, ...]
    rows: int
    odd_path: str
    odd: Counter[str]


def open_for_load(request: Load, desk: Desk) -> Source:
    """The upload, if nothing blocking is wrong with it. Raises EngineFailure with every issue."""
    try:
        source = open_source(request.path, request.filename, desk, request.sheet, request.reading).source
    except Unreadable as error:
        raise refused(error.issues) from error
    issues = [issue for issue in header_issues(source.header, request.filename) if issue.blocking]
    if issues:
        raise refused(issues)
    return source


def refused(issues: Iterator[Issue] | tuple[Issue, ...] | list[Issue]) -> EngineFailure:
    """The failure of an upload that a person has to mend."""
    return EngineFailure(N_("The file cannot be loaded as it is."), issues=tuple(issues))


def write_lines(source: Source, request: Load, desk: Desk) -> tuple[str, str, int, Counter[str]]:
    """Write good rows to one file and the others to a second; their paths, the number of good rows, the others'."""
    good_path, odd_path = os.path.join(desk.work_dir, "rows.csv"), os.path.join(desk.work_dir, "odd.csv")
    delimiter = source.delimiter.encode()
    rows, odd = 0, Counter[str]()
    try:
        with open(good_path, "wb", _BUFFER) as good, open(odd_path, "w", encoding="utf-8", newline="") as other:
            writer = csv.writer(other)
            for row, line, code in source.records():
                if code is None:
                    good.write(b"%d%b%b\n" % (row, delimiter, line))
                    rows += 1
                else:
                    text = line[: LONGEST_TEXT * 4].replace(b"\0", b"?").decode(errors="replace")
                    writer.writerow([row, code.value, text[:LONGEST_TEXT]])
                    odd[code.value] += 1
                if (rows + odd.total()) % _NEWS_EVERY == 0:
                    desk.progress(source.position, source.size, N_("Reading the file"))
    except Exception as error:
        if (said := damaged_later(source.kind, request.filename, error)) is None:
            raise
        raise refused(said.issues) from error
    if isinstance(source, CsvSource) and source.position != source.size:
        message = N_("The file was not read to its end; nothing was loaded.")
        raise EngineFailure(message, retry=True)
    if not rows + odd.total():
        raise refused([Issue(request.filename, N_("There is a header and no row below it."))])
    return good_path, odd_path, rows, odd


def to_parquet(connection: Connection, lines: str, delimiter: str, header: list[str], rows: int, out_path: str) -> None:
    """Turn canonical CSV into Parquet, and make sure that no row was lost."""
    columns = {"_row": "BIGINT"} | {f"c{at}": "VARCHAR" for at in range(1, len(header) + 1)}
    kinds = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    connection.execute(
        f"COPY (SELECT * FROM read_csv({literal(lines)}, auto_detect = false, header = false,"
        f" delim = {literal(delimiter)}, quote = '\"', escape = '\"', new_line = '\\n', encoding = 'utf-8',"
        f" max_line_size = {4 * LONGEST_RECORD}, columns = {{{kinds}}}))"
        f" TO {literal(out_path)} (FORMAT parquet, COMPRESSION zstd,"
        f" KV_METADATA {{header: {literal(json.dumps(header, ensure_ascii=False))}}})"
    )
    (found,) = one(connection, f"SELECT count(*) FROM read_parquet({literal(out_path)})")
    if found != rows:
        message = N_("The file has %(rows)s rows, but %(found)s were read; nothing was loaded.")
        raise EngineFailure(message, {"rows": rows, "found": found}, retry=True)
