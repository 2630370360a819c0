"""The grammar of a cell: one set of patterns for proposing a column's type in Python and for loading it in DuckDB.

The patterns are written in what Python's `re` and DuckDB's RE2 have in common, and always match the whole cell.
"""

from __future__ import annotations

import re

from apps.engine.plan import ColumnType
from apps.engine.requests import DateOrder

BLANKS = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
"""Stripped from both ends of every cell: a blank, a line end, a no-break, full-width or zero-width space."""

LONGEST_TEXT = 500
"""Characters of a rejected cell that are kept."""

WHOLE = r"[+-]?[0-9]{1,18}(\.0{1,18})?"
PLAIN_NUMBER = r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?"
DRESSED_NUMBER = (
    r"([+-]?[￥¥$€£]? ?|[￥¥$€£] ?[+-])"
    r"([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})(\.[0-9]{1,16})? ?[%％元]?"
)
UNDRESSED = r"[^0-9.+-]"

YES = ("true", "yes", "y", "t", "1", "是", "真")
NO = ("false", "no", "n", "f", "0", "否", "假")

_YEAR = "(19|20|21)[0-9]{2}"
"""A date of another century is a slip of the finger, and would stretch every series to it."""

_CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_ZONE = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_DAYS = {
    DateOrder.YMD: (
        rf"{_YEAR}(-[0-9]{{1,2}}-[0-9]{{1,2}}|/[0-9]{{1,2}}/[0-9]{{1,2}}|\.[0-9]{{1,2}}\.[0-9]{{1,2}}"
        r"|年[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4})"
    ),
    DateOrder.DMY: rf"[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.]{_YEAR}",
}
_DAYS[DateOrder.MDY] = _DAYS[DateOrder.DMY]

ISO_DAY = _YEAR + "-[0-9]{2}-[0-9]{2}"
ISO_MOMENT = ISO_DAY + r"[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"

PARTS_OF_DAY = {
    DateOrder.YMD: (r"^([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?", r"\1-\2-\3"),
    DateOrder.DMY: (r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})", r"\3-\2-\1"),
    DateOrder.MDY: (r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})", r"\3-\1-\2"),
}
"""Pattern and replacement that bring the day of a date into year-month-day."""

ENDS_WITH_ZONE = r".*:[0-9.]+" + _ZONE


def day_pattern(order: DateOrder) -> str:
    """A day, perhaps with a time of day and an offset. A year in front is read in every order."""
    days = _DAYS[DateOrder.YMD] if order == DateOrder.YMD else f"({_DAYS[DateOrder.YMD]}|{_DAYS[order]})"
    return rf"{days}([ T]{_CLOCK}({_ZONE})?)?"


def moment_pattern(order: DateOrder) -> str:
    """A day with a time of day, perhaps with an offset."""
    days = _DAYS[DateOrder.YMD] if order == DateOrder.YMD else f"({_DAYS[DateOrder.YMD]}|{_DAYS[order]})"
    return rf"{days}[ T]{_CLOCK}({_ZONE})?"


def strip(cell: str) -> str:
    """The cell as it is loaded as text: without blanks around it."""
    return cell.strip(BLANKS)


_IDENTIFIER = re.compile(r"[+-]?(0[0-9]+|[0-9]{16,})(\.[0-9]*)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(rf"{PLAIN_NUMBER}|{DRESSED_NUMBER}")
_MOMENTS = {order: re.compile(moment_pattern(order)) for order in DateOrder}
_DATES = {order: re.compile(_DAYS[order]) for order in DateOrder}


def looks_like(cell: str, kind: ColumnType, order: DateOrder = DateOrder.YMD) -> bool:
    """Whether a stripped, non-empty cell is written like `kind`.

    Stricter than loading: digits with a leading zero or more than 15 of them are taken for an identifier, and eight
    digits in a row for a number. A column of 0 and 1 is of integers.
    """
    if kind == ColumnType.TEXT:
        return True
    if kind == ColumnType.BOOLEAN:
        return cell.lower() in YES + NO
    if kind == ColumnType.INTEGER:
        return bool(_INTEGER.fullmatch(cell)) and not is_identifier(cell)
    if kind == ColumnType.DECIMAL:
        return bool(_DECIMAL.fullmatch(cell)) and not is_identifier(cell)
    if kind == ColumnType.DATE:
        return bool(_DATES[order].fullmatch(cell)) and not cell.isdigit()
    return bool(_MOMENTS[order].fullmatch(cell)) and not cell.isdigit()


def is_identifier(cell: str) -> bool:
    """Digits that a number would not keep: a leading zero, or more than 15 of them."""
    return bool(_IDENTIFIER.fullmatch(cell))
