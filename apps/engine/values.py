"""Values of a typed column as the text a person reads, and back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Context, Decimal

from apps.engine.plan import ColumnType, Scalar
from apps.kernel.numbers import plain

EXACT = Context(prec=100)
"""For arithmetic that loses no digit of what the engine gives."""


def cell_text(value: Scalar | None) -> str:
    """A value as text: empty for none, plain digits, ISO days, true and false. `cell_value` reads it again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(plain(value), "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def cell_value(text: str, kind: ColumnType) -> Scalar:
    """The value of a column of type `kind` that `cell_text` gave. Raises ValueError or ArithmeticError."""
    if kind == ColumnType.BOOLEAN:
        return {"true": True, "false": False}.get(text) or text == "true"
    if kind == ColumnType.INTEGER:
        return int(text)
    if kind == ColumnType.DECIMAL:
        return Decimal(text)
    if kind == ColumnType.DATE:
        return date.fromisoformat(text)
    if kind == ColumnType.DATETIME:
        return datetime.fromisoformat(text)
    return text
