"""Several what-ifs side by side: every node of any of their trees, what it is now and what it would be in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.scenarios.presentation.figures import scope_words
from apps.scenarios.presentation.result import Row, Teller
from apps.scenarios.selectors import Kept


@dataclass(frozen=True)
class Column:
    """One what-if: what it is called, whose figures it starts from, and its nodes by key."""

    kept: Kept
    scope: str
    rows: dict[str, Row]

    @property
    def root(self) -> Row:
        return next(iter(self.rows.values()))


@dataclass(frozen=True)
class Line:
    """A node across the columns; None where a tree does not have it. `differ` says that the figures now differ."""

    name: str
    depth: int
    cells: list[Row | None]
    now: str
    differ: bool


@dataclass(frozen=True)
class Compared:
    """The whole table. `mixed`: they do not all start from the same figures."""

    columns: list[Column]
    lines: list[Line]
    mixed: bool


def side_by_side(found: Sequence[Kept], currency: str) -> Compared:
    columns = [_column(kept, currency) for kept in found]
    keys = dict.fromkeys(key for column in columns for key in column.rows)
    lines = [_line(key, columns) for key in keys]
    return Compared(columns, lines, len({kept.base.digest() for kept in found}) > 1)


def _column(kept: Kept, currency: str) -> Column:
    teller = Teller(kept.sheet, kept.changes, currency)
    rows: dict[str, Row] = {}
    for depth, branch in kept.base.tree.walk():
        rows.setdefault(branch.key, teller.row(branch, depth))
    return Column(kept, scope_words(kept.base.scope), rows)


def _line(key: str, columns: Sequence[Column]) -> Line:
    cells = [column.rows.get(key) for column in columns]
    known = [cell for cell in cells if cell is not None]
    return Line(known[0].name, known[0].depth, cells, known[0].now, len({cell.now for cell in known}) > 1)
