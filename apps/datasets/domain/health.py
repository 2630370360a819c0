"""How a dataset stands: what of it everybody should know who reads a number built on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from apps.kernel.issue import N_, Issue

JUMP = Fraction(1, 20)
"""By so much the share of empty cells has to rise to be pointed out, and to twice what it was."""

LATE = N_("%(dataset)s is late: rows of %(day)s or later were expected by now.")
BREAK = N_("%(dataset)s: rows that break a check of the data: %(rows)s.")
BREAKS = N_("%(dataset)s: %(rows)s rows break %(checks)s checks of the data.")
EMPTY = N_("%(dataset)s: in the newest file “%(column)s” is empty in %(share)s of the rows, before in %(before)s.")


@dataclass(frozen=True)
class Jump:
    """A column that is empty more often: in how many of the newest file's rows, and of the rows before it."""

    column: str
    nulls: int
    rows: int
    before_nulls: int
    before_rows: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.nulls, self.rows)

    @property
    def before(self) -> Fraction:
        return Fraction(self.before_nulls, self.before_rows)


def jumps(new: Mapping[str, int], new_rows: int, before: Mapping[str, int], before_rows: int) -> list[Jump]:
    """Columns whose share of empty cells jumped: from `before` (empty cells by column) to the newest file's rows."""
    if not new_rows or not before_rows:
        return []
    found = []
    for column, nulls in new.items():
        if column not in before:
            continue
        jump = Jump(column, nulls, new_rows, before[column], before_rows)
        if jump.share - jump.before >= JUMP and jump.share >= 2 * jump.before:
            found.append(jump)
    return sorted(found, key=lambda jump: (jump.before - jump.share, jump.column))


@dataclass(frozen=True)
class Standing:
    """What is wrong with a dataset, as it is kept: rows of `late_from` or later are missing (None: not late), `rows`
    break `checks` of its checks, and `empty` says which columns are empty more often (name, share, share before)."""

    dataset: str
    late_from: date | None = None
    checks: int = 0
    rows: int = 0
    empty: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_well(self) -> bool:
        return self.late_from is None and not self.checks and not self.empty


def warnings(standing: Standing) -> Iterable[Issue]:
    """What to say beside every number that is built on it; days as ISO text."""
    name = {"dataset": standing.dataset}
    if standing.late_from is not None:
        yield Issue("", LATE, name | {"day": standing.late_from.isoformat()}, blocking=False)
    if standing.checks:
        message = BREAK if standing.checks == 1 else BREAKS
        yield Issue("", message, name | {"rows": standing.rows, "checks": standing.checks}, blocking=False)
    for column, share, before in standing.empty:
        yield Issue("", EMPTY, name | {"column": column, "share": share, "before": before}, blocking=False)
