"""What a column most likely is, from a sample of its cells: a proposal for a person, never a decision."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.engine.cells import NO, YES, is_identifier, looks_like, strip
from apps.engine.plan import ColumnType
from apps.engine.requests import ColumnShape, DateOrder
from apps.kernel.issue import N_, Issue

_SHARE = 0.95
_FEWEST = 20
_SAMPLES = 5
_SHOWN = 80
_WORDS = ("true", "false", "yes", "no", "是", "否")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.][0-9]{4}")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")


def shape_of(name: str, position: int, sample: Sequence[str]) -> ColumnShape:
    """The shape of a column, whose header is `name`, from cells as they stand in the file."""
    cells = [cell for raw in sample if (cell := strip(raw))]
    kind, order, issues = _propose(name, cells)
    distinct = dict.fromkeys(cells)
    return ColumnShape(
        name,
        position,
        kind,
        empty=len(sample) - len(cells),
        distinct=len(distinct),
        samples=tuple(cell[:_SHOWN] for cell in list(distinct)[:_SAMPLES]),
        issues=tuple(issues),
        date_order=order,
    )


def _propose(name: str, cells: list[str]) -> tuple[ColumnType, DateOrder, list[Issue]]:
    if not cells or any(is_identifier(cell) for cell in cells):
        return ColumnType.TEXT, DateOrder.YMD, []
    order, order_issues = _date_order(name, cells)
    for kind in (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DATE, ColumnType.DATETIME):
        odd = [cell for cell in cells if not _fits(cell, kind, order)]
        if not odd or (len(cells) >= _FEWEST and len(odd) <= len(cells) * (1 - _SHARE)):
            dated = kind in (ColumnType.DATE, ColumnType.DATETIME)
            if kind == ColumnType.DATETIME and all(_MIDNIGHT.search(cell) for cell in cells):
                kind = ColumnType.DATE
            issues = (order_issues if dated else []) + _odd_issues(name, kind, odd, len(cells))
            return kind, order if dated else DateOrder.YMD, issues
    return (ColumnType.BOOLEAN if _is_boolean(cells) else ColumnType.TEXT), DateOrder.YMD, []


def _fits(cell: str, kind: ColumnType, order: DateOrder) -> bool:
    if kind == ColumnType.DATETIME:
        return looks_like(cell, ColumnType.DATETIME, order) or looks_like(cell, ColumnType.DATE, order)
    return looks_like(cell, kind, order)


def _is_boolean(cells: list[str]) -> bool:
    """Words for yes and no; single letters only in pairs, for M and F are no such pair."""
    found = {cell.lower() for cell in cells}
    if not found <= set(YES + NO):
        return False
    return found <= set(_WORDS) or (bool(found & set(YES)) and bool(found & set(NO)))


def _odd_issues(name: str, kind: ColumnType, odd: list[str], count: int) -> list[Issue]:
    if not odd:
        return []
    message = N_("%(odd)s of %(count)s cells looked at are not of type %(type)s, such as “%(sample)s”.")
    params = {"odd": len(odd), "count": count, "type": kind.value, "sample": odd[0][:_SHOWN]}
    return [Issue(name, message, params, blocking=False)]


def _date_order(name: str, cells: list[str]) -> tuple[DateOrder, list[Issue]]:
    """Which of two numbers before a year is the day: the one that is above 12 somewhere. Else a person must say."""
    pairs = [match.groups() for cell in cells if (match := _DAY_FIRST.match(cell))]
    if not pairs:
        return DateOrder.YMD, []
    if any(int(first) > 12 for first, _ in pairs):
        return DateOrder.DMY, []
    if any(int(second) > 12 for _, second in pairs):
        return DateOrder.MDY, []
    message = N_("Nothing here tells day from month (such as “%(sample)s”). Choose which comes first.")
    return DateOrder.DMY, [Issue(name, message, {"sample": cells[0][:_SHOWN]}, blocking=False)]
