"""Arithmetic over the cells of a row, typed and frozen: + - * of columns of numbers and of decimal numbers.

No quotient: a quotient of columns would be averaged over rows, where it has to be taken once, of totals. A row with an
empty cell in any of the columns has no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from apps.engine.codec import Message

MOST_NODES = 200
"""Columns, numbers and signs of one expression."""

MOST_DECIMALS = 18
"""Decimals of a product, where a column has up to `COLUMN_DECIMALS`: 20 digits before the point are left of 38."""

COLUMN_DECIMALS = 6


class Sign(StrEnum):
    """An operation."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"


@dataclass(frozen=True)
class Cell(Message):
    """The cell of a column of numbers."""

    tagged: ClassVar[bool] = True

    column: str


@dataclass(frozen=True)
class Number(Message):
    """A number."""

    tagged: ClassVar[bool] = True

    value: int | Decimal


@dataclass(frozen=True)
class Arithmetic(Message):
    """`left` `sign` `right`."""

    tagged: ClassVar[bool] = True

    sign: Sign
    left: Expression
    right: Expression


Expression = Cell | Number | Arithmetic


def nodes(expression: Expression) -> Iterator[Expression]:
    """Every part of the expression, itself included."""
    yield expression
    if isinstance(expression, Arithmetic):
        yield from nodes(expression.left)
        yield from nodes(expression.right)


def columns(expression: Expression) -> tuple[str, ...]:
    """The columns that the expression uses, each once."""
    return tuple(dict.fromkeys(node.column for node in nodes(expression) if isinstance(node, Cell)))


def decimals(expression: Expression) -> int:
    """Decimals that the value may have, if each column has as many as a column usually holds at most."""
    if isinstance(expression, Cell):
        return COLUMN_DECIMALS
    if isinstance(expression, Number):
        exponent = Decimal(expression.value).as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    left, right = decimals(expression.left), decimals(expression.right)
    return left + right if expression.sign == Sign.TIMES else max(left, right)


def in_text(expression: Expression) -> str:
    """As one would write it: `quantity * (price - discount)`."""
    if isinstance(expression, Cell):
        return expression.column
    if isinstance(expression, Number):
        return format(expression.value, "f") if isinstance(expression.value, Decimal) else str(expression.value)
    left, right = in_text(expression.left), in_text(expression.right)
    if expression.sign == Sign.TIMES and _is_sum(expression.left):
        left = f"({left})"
    if expression.sign != Sign.PLUS and _is_sum(expression.right):
        right = f"({right})"
    return f"{left} {expression.sign.value} {right}"


def _is_sum(expression: Expression) -> bool:
    return isinstance(expression, Arithmetic) and expression.sign != Sign.TIMES
