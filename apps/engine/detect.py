"""What a column most likely is, from a sample of its cells: a proposal for a person, never a decision."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from apps.engine.cells import NO, YES, half_width, is_identifier, looks_like, strip
from apps.engine.plan import ColumnType
from apps.engine.shape import ColumnShape, DateOrder, NumberStyle
from apps.kernel.issue import N_, Issue

_SHARE = 0.95
_FEWEST = 20
_SAMPLES = 5
_SHOWN = 80
_WORDS = ("true", "false", "yes", "no", "是", "否")
_PARTS = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})(?![0-9])")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")


def shape_of(name: str, position: int, sample: Sequence[str], nulls: Collection[str] = ()) -> ColumnShape:
    """The shape of a column, whose header is `name`, from cells as they stand in the file; `nulls` are empty ones."""
    cells = [cell for raw in sample if (cell := strip(raw)) and cell.lower() not in nulls]
    found = _propose(name, cells)
    distinct = dict.fromkeys(cells)
    return ColumnShape(
        name,
        position,
        found.kind,
        empty=len(sample) - len(cells),
        distinct=len(distinct),
        samples=tuple(cell[:_SHOWN] for cell in list(distinct)[:_SAMPLES]),
        issues=tuple(found.issues),
        date_order=found.order,
        number_style=found.style,
        asks=found.asks,
    )


@dataclass
class _Proposal:
    kind: ColumnType = ColumnType.TEXT
    order: DateOrder = DateOrder.YMD
    style: NumberStyle = NumberStyle.POINT
    issues: list[Issue] = field(default_factory=list)
    asks: tuple[str, ...] = ()


def _propose(name: str, cells: list[str]) -> _Proposal:
    if not cells or any(is_identifier(cell) for cell in cells):
        return _Proposal()
    order, order_issues = _date_order(name, cells)
    style, style_issues = _number_style(name, cells)
    for kind in (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DATE, ColumnType.DATETIME):
        odd = [cell for cell in cells if not _fits(cell, kind, order, style)]
        if odd and not (len(cells) >= _FEWEST and len(odd) <= len(cells) * (1 - _SHARE)):
            continue
        issues = _odd_issues(name, kind, odd, len(cells))
        if kind in (ColumnType.DATE, ColumnType.DATETIME):
            if kind == ColumnType.DATETIME and all(_MIDNIGHT.search(cell) for cell in cells):
                kind = ColumnType.DATE
            asks = ("date_order",) if order_issues else ()
            return _Proposal(kind, order, issues=order_issues + issues, asks=asks)
        asks = ("number_style",) if style_issues else ()
        return _Proposal(kind, style=style, issues=style_issues + issues, asks=asks)
    return _Proposal(ColumnType.BOOLEAN if _is_boolean(cells) else ColumnType.TEXT)


def _fits(cell: str, kind: ColumnType, order: DateOrder, style: NumberStyle) -> bool:
    if kind == ColumnType.DATETIME:
        return looks_like(cell, ColumnType.DATETIME, order) or looks_like(cell, ColumnType.DATE, order)
    return looks_like(cell, kind, order, style)


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
    """Which of the numbers of a date is the day: the one that is above 12 somewhere. Else a person must say."""
    pairs = [(cell, match.groups()) for cell in cells if (match := _PARTS.match(half_width(cell)))]
    if not pairs:
        return DateOrder.YMD, []
    readings = [_orders(*parts) for _, parts in pairs]
    certain = {next(iter(orders)) for orders in readings if len(orders) == 1}
    if len(certain) == 1:
        return certain.pop(), []
    common = [
        order for order in (DateOrder.DMY, DateOrder.MDY, DateOrder.YYMD) if any(order in one for one in readings)
    ]
    message = N_("Nothing here tells day from month (such as “%(sample)s”). Choose which comes first.")
    sample = next((cell for (cell, _), orders in zip(pairs, readings, strict=True) if len(orders) > 1), pairs[0][0])
    return (common or [DateOrder.DMY])[0], [Issue(name, message, {"sample": sample[:_SHOWN]}, blocking=False)]


def _orders(first: str, second: str, third: str) -> set[DateOrder]:
    """The orders in which three numbers can be a date."""
    one, two, three = int(first), int(second), int(third)
    found = set()
    if 1 <= one <= 31 and 1 <= two <= 12:
        found.add(DateOrder.DMY)
    if 1 <= one <= 12 and 1 <= two <= 31:
        found.add(DateOrder.MDY)
    if len(first) == len(third) == 2 and 1 <= two <= 12 and 1 <= three <= 31:
        found.add(DateOrder.YYMD)
    return found


def _number_style(name: str, cells: list[str]) -> tuple[NumberStyle, list[Issue]]:
    """What point and comma mean: told by numbers that only one style knows. Else, if it matters, a person must say."""
    unsure: str | None = None
    certain: set[NumberStyle] = set()
    for cell in cells:
        if "," not in (half := half_width(cell)) and "." not in half:
            continue
        fits = [style for style in NumberStyle if looks_like(cell, ColumnType.DECIMAL, style=style)]
        if len(fits) == 1:
            certain.add(fits[0])
        elif fits:
            unsure = unsure or cell
    if len(certain) == 1 or (unsure is None and not certain):
        return certain.pop() if certain else NumberStyle.POINT, []
    message = N_("“%(sample)s” can be read in two ways here. Choose whether a point or a comma stands before decimals.")
    sample = unsure or next(cell for cell in cells if "," in cell or "." in cell)
    return NumberStyle.POINT, [Issue(name, message, {"sample": sample[:_SHOWN]}, blocking=False)]
