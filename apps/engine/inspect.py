"""Look at an upload before anybody decides anything about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from apps.engine import contents
from apps.engine.detect import shape_of
from apps.engine.headings import is_value
from apps.engine.nulls import null_words
from apps.engine.opening import Opened, damaged_later, notes_on, open_source
from apps.engine.read_csv import CsvSource
from apps.engine.read_sheet import SheetSource
from apps.engine.requests import Aside, FileShape, Found, Inspect, RejectCode
from apps.engine.source import Block, Record, Source, cells_of, rows_of
from apps.engine.unreadable import Unreadable
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

SAMPLE_ROWS = 10_000
PREVIEW_ROWS = 20
MOST_COLUMNS = 500
_LONGEST_HEADER = 200
_LONGEST_SHOWN = 200
_NEWS_EVERY = 100_000
_NAMED = 20
HIDDEN = RejectCode.HIDDEN_ROW.value

Odd = dict[RejectCode, tuple[int, Record]]  # how many rows, and the first of them


def work(request: Inspect, desk: Desk) -> FileShape:
    """Describe the file; whatever is wrong with it becomes an issue, not an exception."""
    kind = ""
    try:
        opened = open_source(request.path, request.filename, desk, request.sheet, request.reading)
        kind = opened.source.kind
        return _describe(opened, request, desk)
    except Unreadable as error:
        return FileShape(error.kind, issues=error.issues, reading=request.reading)
    except Exception as error:
        if (said := damaged_later(kind, request.filename, error)) is None:
            raise
        return FileShape(kind, issues=said.issues, reading=request.reading)


def _describe(opened: Opened, request: Inspect, desk: Desk) -> FileShape:
    source = opened.source
    if len(source.header) > MOST_COLUMNS:
        issues = tuple(header_issues(source.header, _place(source, request.filename)))
        return FileShape(source.kind, issues=issues, reading=request.reading)
    sample, rows, odd = _read(source, desk)
    columns = [list(column) for column in zip(*sample, strict=True)] if sample else [[] for _ in source.header]
    words, certain = null_words(columns)
    nulls = request.reading.nulls if request.reading.nulls is not None else certain
    shapes = tuple(
        shape_of(name, position, cells, nulls)
        for position, (name, cells) in enumerate(zip(source.header, columns, strict=True), start=1)
    )
    is_text = source.kind in (contents.CSV, contents.JSONL)
    delimiter = source.delimiter if source.kind == contents.CSV else ""
    reading = replace(
        request.reading,
        encoding=opened.codec,
        delimiter=delimiter,
        header_row=source.header_row,
        nulls=nulls,
    )
    return FileShape(
        source.kind,
        encoding=source.encoding if is_text else "",
        delimiter=delimiter,
        sheets=source.sheets if isinstance(source, SheetSource) else (),
        hidden_sheets=source.hidden_sheets if isinstance(source, SheetSource) else (),
        sheet=source.sheet if isinstance(source, SheetSource) else "",
        rows=rows,
        columns=shapes,
        preview=tuple(tuple(cells) for cells in sample[:PREVIEW_ROWS]),
        issues=tuple(_issues(source, request, rows, odd)),
        reading=reading,
        found=tuple(_found(source, odd) + words),
        container=opened.packed.container,
        inner=opened.packed.filename[:200] if opened.packed.container else "",
    )


def _place(source: Source, filename: str) -> str:
    return source.sheet if isinstance(source, SheetSource) else filename


def _read(source: Source, desk: Desk) -> tuple[list[list[str]], int, Odd]:
    """The cells of the first good rows, the number of rows, and what rows are not good."""
    sample: list[list[str]] = []
    odd: Odd = {}
    rows, news = 0, _NEWS_EVERY
    for piece in source.pieces() if isinstance(source, CsvSource | SheetSource) else source.records():
        if isinstance(piece, Block):
            rows += piece.rows
            if len(sample) < SAMPLE_ROWS:
                sample += islice(rows_of(piece.lines, source.delimiter), SAMPLE_ROWS - len(sample))
        else:
            rows += 1
            if piece.code is not None:
                count, first = odd.get(piece.code, (0, piece))
                odd[piece.code] = (count + 1, first)
            elif len(sample) < SAMPLE_ROWS:
                sample.append(cells_of(piece.line, source.delimiter))
        if rows >= news:
            news = rows + _NEWS_EVERY
            desk.progress(source.position, source.size, N_("Reading the file"))
    return sample, rows, odd


def _found(source: Source, odd: Odd) -> list[Found]:
    """Rows that are no data: titles above the header, blank ones, headers again, totals; and those that a sheet
    hides."""
    found = [Found("title", 1, row, text[:_LONGEST_SHOWN]) for row, text in source.titles]
    between = [row for row in source.blank if source.header_row < row]
    if between:
        found.append(Found("blank_row", len(between), between[0]))
    for kind in Aside:
        count, first = odd.get(RejectCode(kind.value), (0, None))
        if first is not None:
            text = first.line.decode(errors="replace")[:_LONGEST_SHOWN]
            found.append(Found(kind.value, count, first.row, text))
    if isinstance(source, SheetSource) and source.facts.hidden:
        found.append(Found(HIDDEN, sum(map(len, source.facts.hidden)), source.facts.hidden[0].start))
    return found


def _issues(source: Source, request: Inspect, rows: int, odd: Odd) -> list[Issue]:
    where = _place(source, request.filename)
    issues = header_issues(source.header, where)
    if rows == 0:
        message = N_("There is a header and no row below it.") if source.header else N_("There is no row in it.")
        issues.append(Issue(where, message))
    for code, (count, first) in odd.items():
        if code.value in (*Aside, HIDDEN):
            continue
        message = N_("%(count)s rows cannot be loaded (%(code)s), the first in row %(row)s.")
        params = {"count": count, "code": code.value, "row": first.row}
        issues.append(Issue(where, message, params, blocking=False))
    if isinstance(source, SheetSource):
        issues += notes_on(source.facts, source.sheet, shown_only=request.reading.shown_only)
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
    if (value := next(filter(is_value, header), None)) is not None:
        message = N_("“%(name)s” in the first row looks like a value. The first row must hold the column names.")
        issues.append(Issue(where, message, {"name": value}, blocking=False))
    return issues
