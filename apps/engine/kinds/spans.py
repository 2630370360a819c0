"""Which periods a plan about histories wants, and which entities matter to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.engine.compile import Expr
from apps.engine.kinds.entities import ENTITY
from apps.engine.kinds.rollup import K, Rollup
from apps.engine.plan import Planned


@dataclass(frozen=True)
class Limits:
    """Numbers of the first and the last period wanted; `whole`: from the first day of the data on."""

    first: int
    last: int
    whole: bool

    def numbers(self, found: Iterable[int]) -> range:
        """The periods wanted, from the first in which there is something."""
        return range(max(self.first, min(found)), self.last + 1)


def limits_of(plan: Planned, rollup: Rollup) -> Limits:
    """The periods of a plan: those it is limited to, else those of the data."""
    oldest, newest = (rollup.ordinals.of(day) for day in rollup.bench.days())
    first = rollup.ordinals.of(plan.first) if plan.first else oldest
    return Limits(first, rollup.ordinals.of(plan.last) if plan.last else newest, first <= oldest)


def members_of(table: Expr, keys: list[str], limits: Limits, before: int = 0, after: int = 0) -> Expr:
    """The history, until `after` periods beyond the last one wanted, of those active in a wanted period or up to
    `before` periods earlier. Where all periods are wanted that is everybody, and nothing is looked up."""
    history = table.filter(table[K] <= limits.last + after)
    if limits.whole:
        return history
    other = table.view()
    active = other.filter(other[K].between(limits.first - before, limits.last)).select(ENTITY).distinct()
    return history.semi_join(active, ENTITY)
