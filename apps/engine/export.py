"""The reject list as a file for a spreadsheet, in which nothing a stranger typed becomes a formula."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from apps.engine.duck import connect, literal
from apps.engine.finishing import finished
from apps.engine.rejects import COLUMNS, ORDER
from apps.engine.requests import Exported, ExportRejects
from apps.kernel.harmless import harmless

if TYPE_CHECKING:
    from apps.engine.child import Desk

CHUNK = 10_000


def work(request: ExportRejects, desk: Desk) -> Exported:
    """Write the list as CSV (UTF-8 with BOM, so that Excel reads it) to `out_path`, whole or not at all."""
    connection = connect(desk, [request.path], keep_order=True)
    source = f"read_parquet({literal(request.path)}, hive_partitioning = false)"
    cursor = connection.execute(f"SELECT {COLUMNS} FROM {source} ORDER BY {ORDER}")
    rows = 0
    with finished(request.out_path, desk) as path, open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([neutral(header) for header in request.headers])
        while chunk := cursor.fetchmany(CHUNK):
            for row, column, code, text in chunk:
                reason = request.reasons.get(code, code)
                writer.writerow([row, neutral(column), neutral(reason), neutral(text)])
            rows += len(chunk)
    return Exported(request.out_path, rows)


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes in front of one."""
    return harmless(text)
