"""Whose numbers a team's own numbers are: those of one member of a dimension, “those where store is S01”.

This room does not know of metrics. The room that does offers what there is to choose from, once, when the product
starts (`offer_numbers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Numbers(NamedTuple):
    """A member of a dimension; both empty: a team without numbers of its own."""

    dimension: str = ""
    member: str = ""

    @property
    def key(self) -> str:
        """The same as one word of a form."""
        return f"{self.dimension}:{self.member}" if self.dimension else ""


@dataclass(frozen=True)
class Offered:
    """A dimension that metrics are split by: its key, what the company calls it, and its members by name."""

    dimension: str
    name: str
    members: tuple[str, ...]


Offer = Callable[[], Iterable[Offered]]
"""Gives every dimension there is, in a fixed number of queries."""

_offers: dict[str, Offer] = {}


def offer_numbers(room: str, offer: Offer) -> None:
    """Register what `room` knows of dimensions and their members; called once, in its AppConfig.ready."""
    _offers[room] = offer


def offered() -> list[Offered]:
    """Every dimension and member that a team's numbers can be of. The queries of each room that offers some."""
    return [each for offer in _offers.values() for each in offer()]
