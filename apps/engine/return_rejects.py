"""Rejected rows as a file in the shape they came in, with the reasons in front: mended, it can be sent again."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import xlsxwriter

from apps.engine import contents
from apps.engine.duck import connect, literal
from apps.engine.encodings import bom_of
from apps.engine.failure import EngineFailure
from apps.engine.finishing import finished
from apps.engine.opening import Opened, open_source
from apps.engine.requests import Exported, RejectCode, ReturnRejects
from apps.engine.source import Record, Source, cells_of, line_writer
from apps.engine.unreadable import Unreadable
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from apps.engine.child import Desk

Reasons = list[tuple[str, str]]
"""The header of a cell that is at fault ("": the row is), and the code."""

_WITH_CELLS = (None, RejectCode.TOO_MANY_CELLS, RejectCode.TOO_FEW_CELLS)
_MOST_ROWS_OF_A_SHEET = 1_048_575
_LONGEST_CELL = 32_767


def work(request: ReturnRejects, desk: Desk) -> Exported:
    """Read the file once more, and write the rows that the reject list names, whole or not at all."""
    try:
        opened = open_source(request.path, request.filename, desk, request.sheet, request.reading)
    except Unreadable as error:
        raise EngineFailure(N_("The file cannot be loaded as it is."), issues=error.issues) from error
    rows = _named(opened.source, _listed(request, desk))
    if opened.source.kind in contents.WORKBOOKS:
        return _to_workbook(request, desk, opened.source, rows)
    return _to_text(request, desk, opened, rows)


def _listed(request: ReturnRejects, desk: Desk) -> Iterator[tuple[int, Reasons]]:
    """The rows to give back, in order, with what is wrong with each."""
    connection = connect(desk, [request.rejects_path], keep_order=True)
    cursor = connection.execute(
        f'SELECT "row", "column", code FROM read_parquet({literal(request.rejects_path)}) ORDER BY "row", "column"'
    )
    entries = (entry for chunk in iter(lambda: cursor.fetchmany(10_000), []) for entry in chunk)
    wanted = (entry for entry in entries if entry[2] not in request.without)
    for row, found in groupby(wanted, key=itemgetter(0)):
        yield row, [(column, code) for _, column, code in found]


def _named(source: Source, listed: Iterator[tuple[int, Reasons]]) -> Iterator[tuple[Record, Reasons]]:
    """The records of these rows; both come in order, so that none is held."""
    row, reasons = next(listed, (0, []))
    for record in source.records():
        if not row:
            return
        if record.row == row:
            yield record, reasons
            row, reasons = next(listed, (0, []))


def _to_text(request: ReturnRejects, desk: Desk, opened: Opened, rows: Iterator[tuple[Record, Reasons]]) -> Exported:
    """Each row as it stood behind its reasons: one with too few cells still has too few."""
    source, count = opened.source, 0
    objects = source.kind == contents.JSONL
    codec = opened.codec or "utf-8"
    write = line_writer(source.delimiter)

    def put(words: tuple[str, Mapping[str, str]], record: Record, reasons: Reasons) -> str:
        header, said = words
        reason = _said(reasons, said)
        if not objects:
            return f"{write([reason]).decode()}{source.delimiter}{_text(record.line)}\n"
        if record.code is not None:
            return _text(record.line) + "\n"  # no object to put the reason into: it stands as it came
        cells = zip(source.header, cells_of(record.line, source.delimiter), strict=True)
        return json.dumps({header: reason} | dict(cells), ensure_ascii=False) + "\n"

    with finished(request.out_path, desk) as path, open(path, "wb") as file:
        if source.kind == contents.CSV:
            with open(opened.packed.path, "rb") as original:
                file.write(bom_of(original.read(4)))
        if not objects:
            file.write(_encoded(write([request.header, *source.header]).decode() + "\n", codec, request.header))
        for record, reasons in rows:
            try:
                line = put((request.header, request.reasons), record, reasons).encode(codec)
            except UnicodeEncodeError:
                line = put((request.header, request.plain), record, reasons).encode(codec, errors="replace")
            file.write(line)
            count += 1
    return Exported(request.out_path, count, "jsonl" if objects else "csv")


def _encoded(line: str, codec: str, header: str) -> bytes:
    """The line of headers; one that the encoding has no signs for is called "reason"."""
    try:
        return line.encode(codec)
    except UnicodeEncodeError:
        return line.replace(header, "reason", 1).encode(codec, errors="replace")


def _to_workbook(
    request: ReturnRejects, desk: Desk, source: Source, rows: Iterator[tuple[Record, Reasons]]
) -> Exported:
    """A sheet of texts: numbers in full digits, days in ISO form, so that they load to what they were."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": desk.work_dir}
    count = 0
    with finished(request.out_path, desk) as path, xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        _put_row(sheet, 0, [request.header, *source.header])
        for record, reasons in rows:
            if count == _MOST_ROWS_OF_A_SHEET:
                message = N_("More rows were rejected than a sheet holds. Mend them where the file comes from.")
                raise EngineFailure(message)
            count += 1
            cells = cells_of(record.line, source.delimiter) if record.code in _WITH_CELLS else [_text(record.line)]
            _put_row(sheet, count, [_said(reasons, request.reasons), *cells])
    return Exported(request.out_path, count, "xlsx")


def _put_row(sheet: xlsxwriter.worksheet.Worksheet, row: int, cells: list[str]) -> None:
    for column, cell in enumerate(cells):
        if cell:
            sheet.write_string(row, column, cell[:_LONGEST_CELL])


def _said(reasons: Reasons, words: Mapping[str, str]) -> str:
    """What is wrong with a row: each cell at fault with its reason."""
    said = [(column, words.get(code, code)) for column, code in reasons]
    return "; ".join(f"{column}: {reason}" if column else reason for column, reason in said)


def _text(line: bytes) -> str:
    return line.decode(errors="replace")
