"""What was expected of a metric without an action, as it is kept with it: plain JSON, figures as text.

It is made once, when the action begins, and stays. Another first day or another part of the metric is another question,
and asks for another one (`is_for`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.goals.domain.effect import NO_PAST, NOT_RECKONED, TOO_SHORT, Told
from apps.kernel.issue import Issue
from apps.kernel.period import Period


@dataclass(frozen=True)
class Place:
    """Which series of a metric, and which first day, a forecast is kept for."""

    grain: str
    dimension: str
    member: str
    start: date


@dataclass(frozen=True)
class Foreseen:
    """A forecast of `place`, made at `made_at` from `made_from` values (`first` to `last`, keys of periods) that had
    closed by its first day, by `method`; of `cases` past periods its range held `hits`.

    Without `told` there is none, and `because` says why.
    """

    place: Place
    told: tuple[Told, ...]
    method: str
    made_from: int
    missing: int
    need: int
    version: int
    first: str
    last: str
    coverage: Decimal
    hits: int
    cases: int
    made_at: datetime

    @property
    def because(self) -> Issue | None:
        """Why there is nothing to compare with; None if there is."""
        if self.told:
            return None
        if not self.made_from:
            return Issue("", NO_PAST)
        if self.missing:
            return Issue("", TOO_SHORT, {"have": self.made_from, "need": self.need})
        return Issue("", NOT_RECKONED)

    def as_json(self) -> dict[str, Any]:
        """For the database; read back by `foreseen`."""
        place = self.place
        return {
            "grain": place.grain,
            "dimension": place.dimension,
            "member": place.member,
            "start": place.start.isoformat(),
            "told": [[each.period.key, *map(str, (each.value, each.low, each.high))] for each in self.told],
            "method": self.method,
            "made_from": self.made_from,
            "missing": self.missing,
            "need": self.need,
            "version": self.version,
            "first": self.first,
            "last": self.last,
            "coverage": str(self.coverage),
            "hits": self.hits,
            "cases": self.cases,
            "made_at": self.made_at.isoformat(),
        }


def place_of(kept: Mapping[str, Any]) -> Place:
    """What a kept forecast is of."""
    return Place(kept["grain"], kept["dimension"], kept["member"], date.fromisoformat(kept["start"]))


def foreseen(kept: Mapping[str, Any], parse: Callable[[str], Period]) -> Foreseen:
    """What `as_json` wrote; `parse` gives the period of a key in the company's calendar."""
    told = tuple(
        Told(parse(key), Decimal(value), Decimal(low), Decimal(high)) for key, value, low, high in kept["told"]
    )
    return Foreseen(
        place=place_of(kept),
        told=told,
        coverage=Decimal(kept["coverage"]),
        made_at=datetime.fromisoformat(kept["made_at"]),
        **{
            name: kept[name]
            for name in ("method", "made_from", "missing", "need", "version", "first", "last", "hits", "cases")
        },
    )
