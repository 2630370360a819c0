"""What families give for the rows behind a value, and the parts they share."""

from __future__ import annotations

from dataclasses import dataclass

from apps.engine.compile import Expr
from apps.engine.failure import EngineFailure
from apps.engine.kinds.bench import Source
from apps.engine.plan import ColumnType
from apps.engine.values import cell_value
from apps.kernel.issue import N_

MOST_ROWS = 5_000
"""Rows of one page, for files of them; a page that people read has a hundred."""


@dataclass(frozen=True)
class Behind:
    """Rows of a data set that made a value: an expression over the table of `source`, which is open."""

    source: Source
    rows: Expr


def is_member(column: Expr, member: str, kind: ColumnType) -> Expr:
    """Whether a cell is that of a member; "" stands for the rows without one."""
    return column.isnull() if member == "" else column == cell_value(member, kind)


def no_such_side() -> EngineFailure:
    """A metric without a denominator has none to look into, and no part that it does not name."""
    message = N_("A page has 1 to %(most)s rows of the numerator or the denominator of a plan.")
    return EngineFailure(message, {"most": MOST_ROWS})
