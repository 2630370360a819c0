"""From a path to rows, or to everything that is wrong with the file, in words."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

import python_calamine

from apps.engine import contents
from apps.engine.encodings import LABELS, NotText, encoding_of, to_utf8
from apps.engine.failure import EngineFailure
from apps.engine.read_csv import CsvSource
from apps.engine.read_jsonl import JsonLinesSource
from apps.engine.read_parquet import DAMAGED, ParquetSource
from apps.engine.read_sheet import SheetSource
from apps.engine.requests import AS_FOUND, Reading
from apps.engine.sheet_facts import SheetFacts, SheetTooLarge
from apps.engine.source import Source
from apps.engine.unpack import Packed, unpacked
from apps.engine.unreadable import Damaged, Unreadable
from apps.kernel.issue import N_, Issue

if TYPE_CHECKING:
    from apps.engine.child import Desk

_BOOK_DAMAGED = N_("The workbook is damaged or was cut off on its way. Save it again and upload that.")
_NO_COLUMN = N_("No line holds an object with a key, so there are no columns. Write one object for each row.")
_PARQUET_DAMAGED = N_("The Parquet file is damaged, was cut off on its way, or is not what it says. Write it again.")


@dataclass(frozen=True)
class Opened:
    """A source, with the codec that its text was read in ("" for none), and what the file came in."""

    source: Source
    codec: str
    packed: Packed


def open_source(path: str, filename: str, desk: Desk, sheet: str = "", reading: Reading = AS_FOUND) -> Opened:
    """The file at `path` as rows. Raises Unreadable."""
    packed = unpacked(path, filename, desk.work_dir)
    kind, issues = contents.look(packed.path, packed.filename)
    if issues:
        raise Unreadable(issues, kind)
    try:
        if kind in (contents.CSV, contents.JSONL):
            return _open_text(packed, kind, desk, reading)
        if kind == contents.PARQUET:
            return Opened(ParquetSource(packed.path, desk, reading), "", packed)
        return Opened(_open_book(packed, kind, sheet, reading), "", packed)
    except NotText as error:
        raise Unreadable([contents.not_text(filename, error)], kind) from error
    except DAMAGED as error:
        if "memory" in str(error).lower():
            raise
        raise Unreadable([Issue(filename, _PARQUET_DAMAGED)], kind) from error


def damaged_later(kind: str, filename: str, error: Exception) -> Unreadable | None:
    """What a defect that only shows while rows are read says to a person; None for any other error."""
    if isinstance(error, NotText):
        return Unreadable([contents.not_text(filename, error)], kind)
    if kind == contents.PARQUET and isinstance(error, DAMAGED) and "memory" not in str(error).lower():
        return Unreadable([Issue(filename, _PARQUET_DAMAGED)], kind)
    if kind in contents.WORKBOOKS and isinstance(error, Damaged | python_calamine.CalamineError):
        return Unreadable([_damage(filename, error)], kind)
    return None


def _damage(filename: str, error: Exception) -> Issue:
    if isinstance(error, Damaged) and error.row:
        message = N_(
            "The workbook is damaged: what stands in row %(row)s is not what a spreadsheet program writes. Open it in "
            "Excel or WPS, look at that row, save it again and upload that."
        )
        return Issue(filename, message, {"row": error.row})
    return Issue(filename, _BOOK_DAMAGED)


def _open_text(packed: Packed, kind: str, desk: Desk, reading: Reading) -> Opened:
    codec = reading.encoding or encoding_of(packed.path, reading.likely)
    if codec not in LABELS:
        raise EngineFailure(N_("“%(encoding)s” is no encoding that can be read."), {"encoding": codec[:40]})
    path, label = packed.path, ""
    if codec != "utf-8":
        path, label = os.path.join(desk.work_dir, "text"), LABELS[codec]
        to_utf8(packed.path, codec, path)
    if kind == contents.JSONL:
        lines = JsonLinesSource(path, reading, label)
        if not lines.header:
            raise Unreadable([Issue(packed.filename, _NO_COLUMN)], kind)
        return Opened(lines, codec, packed)
    return Opened(CsvSource(path, reading, label), codec, packed)


def _open_book(packed: Packed, kind: str, sheet: str, reading: Reading) -> SheetSource:
    filename = packed.filename
    try:
        source = SheetSource(packed.path, kind, sheet, reading)
    except SheetTooLarge as error:
        raise Unreadable([_too_large(error)], kind) from error
    except KeyError as error:
        message = N_("The workbook has no sheet “%(sheet)s”.")
        raise Unreadable([Issue(filename, message, {"sheet": sheet})], kind) from error
    except python_calamine.PasswordError as error:
        message = N_("The workbook is protected by a password. Save it without one and upload that.")
        raise Unreadable([Issue(filename, message)], kind) from error
    except (python_calamine.CalamineError, SyntaxError, ValueError, ExpatError, OSError, BadZipFile) as error:
        raise Unreadable([_damage(filename, error)], kind) from error
    if found := blocking_facts(source.facts, source.sheet):
        raise Unreadable(found, kind)
    return source


def _too_large(error: SheetTooLarge) -> Issue:
    message = N_(
        "The sheet reaches to row %(row)s and column %(column)s, which is too large to read. Often a single stray "
        "cell far outside is the cause: delete the empty rows and columns, or save the sheet as CSV UTF-8."
    )
    return Issue(error.sheet, message, {"row": error.facts.last_row, "column": error.facts.last_column})


def blocking_facts(facts: SheetFacts, sheet: str) -> list[Issue]:
    """Cells whose value nobody can know: refused, or rows would be loaded as if they were empty."""
    if facts.uncalculated:
        (row, column) = next((place for place, text in facts.odd.items() if text.startswith("#NO")), (0, 0))
        message = N_(
            "%(count)s cells hold a formula that was never calculated (first: row %(row)s, column %(column)s). "
            "Open the workbook in Excel or WPS, save it, and upload that."
        )
        return [Issue(sheet, message, {"count": facts.uncalculated, "row": row, "column": column})]
    if facts.errors > len(facts.odd):
        message = N_("%(count)s cells hold an error such as #REF!. Mend the formulas and save the workbook again.")
        return [Issue(sheet, message, {"count": facts.errors})]
    return []


def notes_on(facts: SheetFacts, sheet: str, *, shown_only: bool = False) -> list[Issue]:
    """What a person should know of a sheet: error cells, whose rows are rejected where the column is not text, hidden
    rows (but if they are left out: `shown_only`), macros."""
    notes: list[Issue] = []
    if facts.errors:
        (row, column), text = next(iter(facts.odd.items()))
        message = N_("%(count)s cells hold an error (first: %(text)s in row %(row)s, column %(column)s).")
        params = {"count": facts.errors, "text": text, "row": row, "column": column}
        notes.append(Issue(sheet, message, params, blocking=False))
    if facts.hidden and not shown_only:
        message = N_(
            "Rows that are hidden in the sheet: %(count)s, the first is row %(row)s. They are read like all others, "
            "unless you have them left out."
        )
        params = {"count": sum(map(len, facts.hidden)), "row": facts.hidden[0].start}
        notes.append(Issue(sheet, message, params, blocking=False))
    if facts.macros:
        notes.append(Issue(sheet, N_("The workbook holds macros. They are not run and not needed."), blocking=False))
    return notes
