"""Plans that differ by nothing but the column they are split by, in one query: rows are read once, and put together by
each of the columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ibis

from apps.engine.compile import MEMBER, Expr
from apps.engine.kinds.bench import Bench, Row
from apps.engine.kinds.scans import Group, scans
from apps.engine.values import cell_text

SPLIT = "_split"
"""The column that says which of the splits an answer belongs to."""

MOST_ROWS = 5_000_000
"""Rows of a scan that are laid aside between being read and being put together: more would not stay in memory."""


class Splits:
    """The columns that the plans of a query are split by (None: the total), and how to read their answers."""

    def __init__(self, columns: Iterable[str | None]) -> None:
        self.columns = tuple(dict.fromkeys(columns))
        self.are_several = len(self.columns) > 1
        self._named = [MEMBER for _ in self.columns]

    def stacked(self, parts: Sequence[Expr]) -> Expr:
        """The answers by each column below each other, with members of each type in a column of their own."""
        if not self.are_several:
            return parts[0]
        kinds = [part[MEMBER].type() if MEMBER in part.columns else None for part in parts]
        names = {kind: f"{MEMBER}_{at}" for at, kind in enumerate(dict.fromkeys(kinds)) if kind is not None}
        self._named = [names.get(kind, "") for kind in kinds]
        stacked = []
        for at, (part, own) in enumerate(zip(parts, kinds, strict=True)):
            members = {name: part[MEMBER] if kind == own else ibis.null(kind) for kind, name in names.items()}
            figures = [column for column in part.columns if column != MEMBER]
            stacked.append(part.select(*figures, **{SPLIT: ibis.literal(at, "int32")}, **members))
        return ibis.union(*stacked)

    def place(self, row: Row) -> int:
        """Which of the columns an answer is by."""
        return int(row[SPLIT]) if self.are_several else 0

    def member(self, row: Row) -> str | None:
        """The member that an answer is of, None for the total."""
        at = self.place(row)
        return None if self.columns[at] is None else cell_text(row[self._named[at]])

    def figures(self, row: Row) -> dict[str, Any]:
        """An answer without what says whose it is."""
        return {name: value for name, value in row.items() if name != SPLIT and not name.startswith(MEMBER)}


def fit_together(group: Group, bench: Bench) -> bool:
    """Whether the rows of each scan of a group may be laid aside: an engine that cuts its work itself does not."""
    if not bench.piecewise or group.whole or bench.main.beneath is not None:
        return False
    return all(sum(entry.rows for entry in scan.files) <= MOST_ROWS for scan in scans(group, bench))
