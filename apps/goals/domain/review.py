"""How a cycle went, in figures: means and distributions of scores, what was reached. Exact; what has no score is no 0.

An objective without a score (nothing could be said of it) is counted as such and is in no mean. All objectives of a
group weigh the same: a weight says what one is to its parent, and nothing across a company.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from apps.goals.domain.scoring import Band, band, final


@dataclass(frozen=True)
class Scored:
    """An objective's scores: as computed, and as somebody judged it."""

    computed: Decimal | None
    judged: Decimal | None = None

    @property
    def final(self) -> Decimal | None:
        return final(self.computed, self.judged)


@dataclass(frozen=True)
class Summary:
    """A group of objectives: how many, their mean score (None without any), how many in each band, how many judged."""

    count: int = 0
    mean: Fraction | None = None
    computed_mean: Fraction | None = None
    bands: Mapping[Band, int] = field(default_factory=dict)
    judged: int = 0

    @property
    def scored(self) -> int:
        return self.count - self.bands.get(Band.NONE, 0)


def summary(scores: Iterable[Scored]) -> Summary:
    """Several objectives in figures."""
    rows = list(scores)
    return Summary(
        count=len(rows),
        mean=mean(row.final for row in rows),
        computed_mean=mean(row.computed for row in rows),
        bands=Counter(band(row.final) for row in rows),
        judged=sum(row.judged is not None and row.judged != row.computed for row in rows),
    )


def by_group(scores: Iterable[tuple[Hashable, Scored]]) -> dict[Hashable, Summary]:
    """The same for each group, such as each team."""
    held: dict[Hashable, list[Scored]] = {}
    for key, row in scores:
        held.setdefault(key, []).append(row)
    return {key: summary(rows) for key, rows in held.items()}


def mean(values: Iterable[Decimal | None]) -> Fraction | None:
    """The mean of those that are there; None if none is."""
    told = Counter(value for value in values if value is not None)  # scores have two digits: few different ones
    return sum((Fraction(value) * n for value, n in told.items()), Fraction(0)) / told.total() if told else None


@dataclass(frozen=True)
class Reached:
    """Key results by what became of them: all of the way, part of it, nothing that can be said."""

    reached: int
    missed: int
    unknown: int

    @property
    def share(self) -> Fraction | None:
        """Of those of which something can be said."""
        told = self.reached + self.missed
        return Fraction(self.reached, told) if told else None


def reached(progress: Iterable[Decimal | None]) -> Reached:
    """1 or more of the way is reached."""
    told = list(progress)
    done = sum(value is not None and value >= 1 for value in told)
    unknown = sum(value is None for value in told)
    return Reached(done, len(told) - done - unknown, unknown)


def change(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    """How much more it is than before; None where either is missing."""
    return None if now is None or before is None else now - before
