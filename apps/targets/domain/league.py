"""Members of a dimension by how far they have come: ranks that ties share, and nobody ranked by chance.

A rank is by attainment as it is shown, to a tenth of a percent: what looks equal is equal, and the next rank is skipped
(1, 1, 3). Whoever has no attainment yet, or too few things counted for it to mean anything, stands below without a
rank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LEAST_COUNTED = 10
"""From fewer rows or things an attainment is chance: one sale more would turn the table over."""
_TENTH = Decimal("0.001")


@dataclass(frozen=True)
class Entry:
    """A member with its attainment now and `earlier`; `counted`: how many things are behind it (None: not known).

    `key` tells those called the same apart; "": there are none.
    """

    member: str
    attainment: Decimal | None
    earlier: Decimal | None = None
    counted: int | None = None
    key: str = ""

    @property
    def own_key(self) -> str:
        return self.key or self.member

    @property
    def too_few(self) -> bool:
        return self.counted is not None and self.counted < LEAST_COUNTED


@dataclass(frozen=True)
class Ranked:
    """A member's place. `moved` is how many places it rose (below 0: fell) since; None where one rank is missing."""

    entry: Entry
    rank: int | None
    tied: bool = False
    moved: int | None = None


def table(entries: Iterable[Entry]) -> list[Ranked]:
    """The league: the best first, ties by name, the unranked last."""
    entries = list(entries)
    now = ranks({each.own_key: each.attainment for each in entries if not each.too_few})
    before = ranks({each.own_key: each.earlier for each in entries if not each.too_few})
    ranked = []
    for each in entries:
        rank, former = now.get(each.own_key), before.get(each.own_key)
        tied = rank is not None and sum(1 for other in now.values() if other == rank) > 1
        moved = former - rank if rank is not None and former is not None else None
        ranked.append(Ranked(each, rank, tied, moved))
    return sorted(ranked, key=lambda row: (row.rank is None, row.rank or 0, row.entry.member.casefold()))


def ranks(attained: dict[str, Decimal | None]) -> dict[str, int]:
    """The rank of each member that has an attainment: 1 and how many are better."""
    shown = {member: _shown(value) for member, value in attained.items() if value is not None}
    return {member: 1 + sum(1 for other in shown.values() if other > value) for member, value in shown.items()}


def _shown(attained: Decimal) -> Decimal:
    return attained.quantize(_TENTH, rounding=ROUND_HALF_UP)
