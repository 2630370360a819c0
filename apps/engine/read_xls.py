"""The records of an Excel 97-2003 workbook (BIFF8): errors, and formulas that were never calculated.

Record numbers and fields: [MS-XLS] 2.4.28 BoolErr, 2.4.127 Formula, 2.4.28 BoundSheet8, 2.5.133 FormulaValue.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import olefile

from apps.engine.ole import streams_of
from apps.engine.sheet_facts import NO_VALUE, SheetFacts
from apps.engine.unreadable import Damaged

_BOUND_SHEET, _BOOL_ERR, _FORMULA, _ROW, _END = 0x0085, 0x0205, 0x0006, 0x0208, 0x000A
_DIMENSIONS = 0x0200
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256
_CELL_RECORDS = frozenset((0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E))
"""Records that begin with a row and a column."""

_VALUES = {0x0203: 14, 0x027E: 10, 0x00BD: 12, _BOOL_ERR: 8}
"""Records of numbers and truth values, and how long they are at least."""

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_ON_LOAD = 0x0002
_HIDDEN_ROW = 0x20


def facts_of_all(path: str) -> dict[str, SheetFacts]:
    """What the records, read once, say of each sheet. Raises ValueError for a cell, or a dimension, beyond what a sheet
    can be: calamine would make room for all cells up to it."""
    names = streams_of(path)
    name = "Workbook" if "Workbook" in names else "Book"
    with olefile.OleFileIO(path) as book:
        macros = book.exists("_VBA_PROJECT_CUR")
        if name not in names or names.index(name) not in [entry.sid for entry in book.root.kids]:
            raise Damaged("no workbook, or one inside another comes first")  # which is what calamine would read
        stream = book.openstream(name).read()
    found: dict[str, SheetFacts] = {}
    for start, title in _sheets(stream):
        facts = found.setdefault(title, SheetFacts(macros=macros))
        for kind, body in _records(stream, start):
            if kind == _END:
                break
            _note(facts, kind, body)
        else:
            raise Damaged("a sheet that does not end")
    return found


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _sheets(stream: bytes) -> Iterator[tuple[int, str]]:
    """Where each sheet begins, and its name."""
    for kind, body in _records(stream, 0):
        if kind == _END:
            return
        if kind == _BOUND_SHEET and len(body) >= 8:
            (start,) = struct.unpack_from("<I", body)
            length, wide = body[6], body[7] & 1
            text = body[8 : 8 + length * (2 if wide else 1)]
            yield start, text.decode("utf-16-le" if wide else "latin-1", errors="replace")


def _note(facts: SheetFacts, kind: int, body: bytes) -> None:
    if kind in _VALUES and len(body) >= _VALUES[kind] and not (kind == _BOOL_ERR and body[7]):
        facts.holds(struct.unpack_from("<H", body)[0] + 1)
    if kind in _CELL_RECORDS and len(body) >= 4 and body[3]:
        raise ValueError("a cell beyond column 256")
    if kind == _DIMENSIONS and len(body) >= 10:
        top, rows, left, columns = struct.unpack_from("<IIHH" if len(body) >= 12 else "<HHHH", body)
        if not top <= rows <= _MOST_ROWS or not left <= columns <= _MOST_COLUMNS:
            raise ValueError("a dimension beyond what a sheet can be")
    if kind == _ROW and len(body) >= 16:
        row, _, past = struct.unpack_from("<HHH", body)
        facts.last_row, facts.last_column = max(facts.last_row, row + 1), max(facts.last_column, past)
        if body[12] & _HIDDEN_ROW:
            facts.hide(range(row + 1, row + 2))
    elif kind == _BOOL_ERR and len(body) >= 8 and body[7] == 1:
        row, column = struct.unpack_from("<HH", body)
        facts.keep(row + 1, column + 1, _ERRORS.get(body[6], "#ERROR"))
    elif kind == _FORMULA and len(body) >= 16 and body[12:14] == b"\xff\xff":
        row, column, _ = struct.unpack_from("<HHH", body)
        (flags,) = struct.unpack_from("<H", body, 14)
        if body[6] == 2:
            facts.keep(row + 1, column + 1, _ERRORS.get(body[8], "#ERROR"))
        elif body[6] == 3 and flags & _ON_LOAD:
            facts.keep(row + 1, column + 1, NO_VALUE)
