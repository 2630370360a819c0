"""What a comparison of two versions found as a file for a spreadsheet, in which no text becomes a formula."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from apps.engine.differences import compared_columns, selected, source_of
from apps.engine.duck import connect
from apps.engine.export import CHUNK, neutral
from apps.engine.finishing import finished
from apps.engine.requests import ExportDifferences, Exported
from apps.engine.values import cell_text

if TYPE_CHECKING:
    from apps.engine.child import Desk


def work(request: ExportDifferences, desk: Desk) -> Exported:
    """Write all of them as CSV (UTF-8 with BOM, so that Excel reads it) to `out_path`, whole or not at all."""
    connection = connect(desk, [request.path], keep_order=True)
    source = source_of(request.path)
    columns = compared_columns(connection, source)
    cursor = connection.execute(f"SELECT {selected(columns)} FROM {source}")
    rows = 0
    with finished(request.out_path, desk) as path, open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        heads = [head for column in columns for head in (column, request.before % column)]
        writer.writerow([neutral(head) for head in (request.change, *heads)])
        while chunk := cursor.fetchmany(CHUNK):
            for kind, *cells in chunk:
                before, after = cells[: len(columns)], cells[len(columns) :]
                both = [neutral(cell_text(cell)) for pair in zip(after, before, strict=True) for cell in pair]
                writer.writerow([neutral(request.kinds.get(kind, kind)), *both])
            rows += len(chunk)
    return Exported(request.out_path, rows)
