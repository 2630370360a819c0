"""Read a small sheet as people filled it in: every cell as text, with where it stands and whether it is a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.engine import contents
from apps.engine.cells import strip
from apps.engine.opening import damaged_later, open_source
from apps.engine.read_sheet import SheetSource
from apps.engine.read_xlsx import formulas_of
from apps.engine.requests import Aside, CellPage, Cells, Reading
from apps.engine.source import Source, cells_of
from apps.engine.unreadable import Unreadable
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

_AS_IT_IS = Reading(header_row=1, keep=tuple(Aside), nulls=())
BROKEN = N_("It cannot be read: its cells do not fit the header. Mend it, or begin with a fresh export.")


def work(request: Cells, desk: Desk) -> CellPage:
    """The rows below the header; whatever is wrong with the file becomes an issue, not an exception."""
    kind = ""
    try:
        source = open_source(request.path, request.filename, desk, reading=_AS_IT_IS).source
        kind = source.kind
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
    except Exception as error:
        if (said := damaged_later(kind, request.filename, error)) is None:
            raise
        return CellPage(issues=said.issues)
    formulas = _formulas(request.path, source)
    more = len(rows) == request.most_rows
    return CellPage(tuple(source.header), tuple(numbers), tuple(rows), tuple(formulas), more, tuple(issues))


def _formulas(path: str, source: Source) -> list[str]:
    if isinstance(source, SheetSource) and source.kind == contents.XLSX:
        return formulas_of(path, source.sheet)
    return []
