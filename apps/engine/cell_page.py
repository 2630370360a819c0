"""Read a small sheet as people filled it in: every cell as text, with where it stands and whether it is a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.engine.cells import strip
from apps.engine.opening import Unreadable, open_source
from apps.engine.read_csv import NotUtf8
from apps.engine.read_xlsx import XlsxSource, formulas_of
from apps.engine.requests import CellPage, Cells
from apps.engine.source import cells_of
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

NOT_UTF8 = N_("Save the file as UTF-8, or as XLSX.")
BROKEN = N_("It cannot be read: its cells do not fit the header. Mend it, or begin with a fresh export.")


def work(request: Cells, desk: Desk) -> CellPage:
    """The rows below the header; whatever is wrong with the file becomes an issue, not an exception."""
    try:
        source = open_source(request.path, request.filename)
        numbers: list[int] = []
        rows: list[tuple[str, ...]] = []
        issues: list[Issue] = []
        for record in source.records():
            if len(rows) == request.most_rows:
                break
            if record.code is not None:
                issues.append(Issue(str(record.row), BROKEN))
                continue
            numbers.append(record.row)
            rows.append(tuple(strip(cell) for cell in cells_of(record.line, source.delimiter)))
    except Unreadable as error:
        return CellPage(issues=error.issues)
    except NotUtf8:
        return CellPage(issues=(Issue(request.filename, NOT_UTF8),))
    formulas = formulas_of(request.path, source.sheet) if isinstance(source, XlsxSource) else []
    more = len(rows) == request.most_rows
    return CellPage(tuple(source.header), tuple(numbers), tuple(rows), tuple(formulas), more, tuple(issues))
