"""Look at an upload before anybody decides anything about it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from apps.engine import contents
from apps.engine.cells import looks_like
from apps.engine.detect import shape_of
from apps.engine.opening import Unreadable, error_cells, open_source
from apps.engine.plan import ColumnType
from apps.engine.read_csv import CsvSource, NotUtf8
from apps.engine.read_xlsx import XlsxSource
from apps.engine.requests import FileShape, Inspect, RejectCode
from apps.engine.source import Record, cells_of
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

SAMPLE_ROWS = 10_000
PREVIEW_ROWS = 20
MOST_COLUMNS = 500
_LONGEST_HEADER = 200
_NEWS_EVERY = 100_000
_NAMED = 20

Odd = dict[RejectCode, tuple[int, int]]  # how many rows, and the first of them


def work(request: Inspect, desk: Desk) -> FileShape:
    """Describe the file; whatever is wrong with it becomes an issue, not an exception."""
    try:
        source = open_source(request.path, request.filename, request.sheet)
        return _describe(source, request.filename, desk)
    except Unreadable as error:
        return FileShape(error.kind, issues=error.issues)
    except NotUtf8 as error:
        return FileShape(contents.CSV, issues=(contents.not_utf8(request.filename, request.path, error),))


def _describe(source: CsvSource | XlsxSource, filename: str, desk: Desk) -> FileShape:
    sample, rows, odd = _read(source, desk)
    columns = [list(column) for column in zip(*sample, strict=True)] if sample else [[] for _ in source.header]
    shapes = tuple(
        shape_of(name, position, cells)
        for position, (name, cells) in enumerate(zip(source.header, columns, strict=True), start=1)
    )
    workbook = isinstance(source, XlsxSource)
    return FileShape(
        contents.XLSX if workbook else contents.CSV,
        encoding=source.encoding,
        delimiter="" if workbook else source.delimiter,
        sheets=source.sheets if isinstance(source, XlsxSource) else (),
        sheet=source.sheet if isinstance(source, XlsxSource) else "",
        rows=rows,
        columns=shapes,
        preview=tuple(tuple(cells) for cells in sample[:PREVIEW_ROWS]),
        issues=tuple(_issues(source, filename, rows, odd)),
    )


def _read(source: CsvSource | XlsxSource, desk: Desk) -> tuple[list[list[str]], int, Odd]:
    """The cells of the first good rows, the number of rows, and what rows are not good."""
    sample: list[list[str]] = []
    odd: Odd = {}
    rows = 0
    for record in source.records():
        rows += 1
        if record.code is not None:
            count, first = odd.get(record.code, (0, record.row))
            odd[record.code] = (count + 1, first)
        elif len(sample) < SAMPLE_ROWS:
            sample.append(_cells(record, source.delimiter))
        if rows % _NEWS_EVERY == 0:
            desk.progress(source.position, source.size, N_("Reading the file"))
    return sample, rows, odd


def _cells(record: Record, delimiter: str) -> list[str]:
    return cells_of(record.line, delimiter)


def _issues(source: CsvSource | XlsxSource, filename: str, rows: int, odd: Odd) -> list[Issue]:
    where = source.sheet if isinstance(source, XlsxSource) else filename
    issues = header_issues(source.header, where)
    if rows == 0:
        message = N_("There is a header and no row below it.") if source.header else N_("There is no row in it.")
        issues.append(Issue(where, message))
    for code, (count, first) in odd.items():
        message = N_("%(count)s rows cannot be loaded (%(code)s), the first in row %(row)s.")
        params = {"count": count, "code": code.value, "row": first}
        issues.append(Issue(where, message, params, blocking=False))
    if isinstance(source, XlsxSource):
        issues += error_cells(source.facts, source.sheet)
    return issues


def header_issues(header: list[str], where: str) -> list[Issue]:
    """Headers that are missing, double, too many, or look like values."""
    issues: list[Issue] = []
    if len(header) > MOST_COLUMNS:
        message = N_("There are %(count)s columns; at most %(most)s are read. Keep those that are needed.")
        issues.append(Issue(where, message, {"count": len(header), "most": MOST_COLUMNS}))
    empty = [position for position, name in enumerate(header, start=1) if not name]
    for position in islice(empty, _NAMED):
        message = N_("Column %(position)s has no name. The first row must hold the names of all columns.")
        issues.append(Issue(where, message, {"position": position}))
    for name, count in Counter(header).items():
        if name and count > 1:
            positions = ", ".join(str(at) for at, other in enumerate(header, start=1) if other == name)
            message = N_("The columns %(positions)s have the same name “%(name)s”. Give each its own.")
            issues.append(Issue(where, message, {"positions": positions, "name": name[:_LONGEST_HEADER]}))
        if len(name) > _LONGEST_HEADER:
            message = N_("The name “%(name)s…” is too long. The first row must hold the names of the columns.")
            issues.append(Issue(where, message, {"name": name[:40]}))
    if (value := next(filter(_is_value, header), None)) is not None:
        message = N_("“%(name)s” in the first row looks like a value. The first row must hold the column names.")
        issues.append(Issue(where, message, {"name": value}, blocking=False))
    return issues


def _is_value(name: str) -> bool:
    """Whether a header is written like a number or a day; a year may be a header."""
    if not name or (len(name) == 4 and name.isdigit()):
        return False
    return looks_like(name, ColumnType.DECIMAL) or looks_like(name, ColumnType.DATE)
