"""From a path to rows, or to everything that is wrong with the file, in words."""

from __future__ import annotations

from collections.abc import Sequence

import python_calamine

from apps.engine import contents
from apps.engine.read_csv import CsvSource, NotUtf8
from apps.engine.read_xlsx import SheetFacts, SheetTooLarge, XlsxSource
from apps.kernel.issue import N_, Issue


class Unreadable(Exception):
    """The file cannot be read as a table; `issues` say why, each with the way out."""

    def __init__(self, issues: Sequence[Issue], kind: str = "") -> None:
        super().__init__("; ".join(map(str, issues)))
        self.issues = tuple(issues)
        self.kind = kind


def open_source(path: str, filename: str, sheet: str = "") -> CsvSource | XlsxSource:
    """The file at `path` as rows. Raises Unreadable."""
    kind, issues = contents.look(path, filename)
    if issues:
        raise Unreadable(issues, kind)
    try:
        if kind == contents.CSV:
            return CsvSource(path)
        source = XlsxSource(path, sheet)
    except NotUtf8 as error:
        raise Unreadable([contents.not_utf8(filename, path, error)], kind) from error
    except SheetTooLarge as error:
        raise Unreadable([_too_large(error)], kind) from error
    except KeyError as error:
        message = N_("The workbook has no sheet “%(sheet)s”.")
        raise Unreadable([Issue(filename, message, {"sheet": sheet})], kind) from error
    except (python_calamine.CalamineError, SyntaxError, UnicodeDecodeError) as error:
        message = N_("The workbook is damaged or was cut off on its way. Save it again and upload that.")
        raise Unreadable([Issue(filename, message)], kind) from error
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


def error_cells(facts: SheetFacts, sheet: str) -> list[Issue]:
    """Cells with an Excel error: their rows are rejected where the column is not text."""
    if not facts.errors:
        return []
    (row, column), text = next(iter(facts.odd.items()))
    message = N_("%(count)s cells hold an error (first: %(text)s in row %(row)s, column %(column)s).")
    params = {"count": facts.errors, "text": text, "row": row, "column": column}
    return [Issue(sheet, message, params, blocking=False)]
