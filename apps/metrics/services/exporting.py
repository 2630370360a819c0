"""Worker: write all uploaded rows behind a value to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from apps import engine
from apps.common.tables import line_writer
from apps.datasets import selectors as datasets
from apps.kernel.issue import N_
from apps.metrics.models import MetricValue
from apps.metrics.services.reading import rows_of, value_asked_for
from apps.metrics.services.rows import path_of_rows
from apps.work.services import Claim

FIRST_PORTION, PORTION = 200, 5_000
"""Rows that the engine hands over at once: the first few say how wide they are."""

PORTION_SIZE = 4_000_000
"""Characters that a portion may come to, about: few rows at once where they are long."""

MOST_ROWS = 100_000
"""Rows in a file; whoever needs more has them in the uploads."""


def write_rows_file(claim: Claim) -> None:
    """Write the file that `request_rows_file` asked for: upload, row number and cells, safe for a spreadsheet.

    A killed worker leaves a file under a name nobody looks at; the next one writes its own from the start.
    """
    side = str(claim.args["side"])
    value = value_asked_for(claim, side, 0)
    final = path_of_rows(value, side)
    final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = final.with_name(f".{uuid4().hex}")
    try:
        with open(draft, "x", encoding="utf-8-sig", newline="") as file:
            write = line_writer(file)
            for row in _lines(claim, value, side):
                write(row)
            file.flush()
            os.fsync(file.fileno())
        with claim.completing():
            os.replace(draft, final)
    finally:
        draft.unlink(missing_ok=True)
    _forget_others(final, value, side)


def _lines(claim: Claim, value: MetricValue, side: str) -> Iterator[list[str]]:
    offset, names, portion = 0, {}, FIRST_PORTION
    while True:
        page: engine.RowPage = rows_of(claim, value, side, offset, portion)
        if not offset:
            yield ["file", "row", *(column.removeprefix("_") for column in page.columns)]
        new = {row.upload for row in page.rows} - names.keys()
        names |= datasets.uploads_named(new) if new else {}
        for row in page.rows:
            yield [names.get(row.upload, row.upload), str(row.row), *row.cells]
        offset, portion = offset + len(page.rows), _next_portion(page)
        claim.progress(offset, min(page.total, MOST_ROWS), N_("Writing the rows"))
        if not page.rows or offset >= min(page.total, MOST_ROWS):
            return


def _next_portion(page: engine.RowPage) -> int:
    """How many rows like these are of the size a portion may have."""
    size = sum(len(cell) + 8 for row in page.rows for cell in row.cells)
    return max(1, min(PORTION, PORTION_SIZE * len(page.rows) // size)) if size else FIRST_PORTION


def _forget_others(final: Path, value: MetricValue, side: str) -> None:
    """Remove what was written for this value before it was computed anew."""
    for old in final.parent.glob(f"{value.pk}-*-{side}.csv"):
        if old != final:
            old.unlink(missing_ok=True)
