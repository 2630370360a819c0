"""What higher rooms add to a metric's page. They add themselves with `services.tell_beside` when the product starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from apps.kernel.period import Period
from apps.metrics.selectors.shapes import Series


@dataclass(frozen=True)
class Ahead:
    """What a metric is expected to be in a period still to come, and between which values."""

    period: Period
    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day, as a vertical line through its period: `text` is a sign or two."""

    day: date
    text: str


@dataclass(frozen=True)
class Beside:
    """What one room adds to the page of a series: periods ahead, a path and marks on its chart, and a piece of page.

    `template` gets `context` and nothing else; it begins with an element of the page's grid (a card).
    """

    ahead: tuple[Ahead, ...] = ()
    path: Mapping[Period, Decimal] = field(default_factory=dict, hash=False)
    marks: tuple[Mark, ...] = ()
    template: str = ""
    context: Mapping[str, object] = field(default_factory=dict, hash=False)


class Reader(Protocol):
    """Who looks at the page; `accounts.domain.roles.Actor` is one."""

    def may(self, permission: str) -> bool: ...


Adder = Callable[[Series, Reader], Beside | None]
"""Gives what one room adds, in a fixed number of queries; None for nothing."""

_adders: dict[str, Adder] = {}


def tell_beside(room: str, adder: Adder) -> None:
    """Register what `room` adds to the page of a series; called once, in its AppConfig.ready."""
    _adders[room] = adder


def beside(series: Series, reader: Reader) -> list[Beside]:
    """What higher rooms add to the page of a series. The queries of each room that told its own."""
    found = (adder(series, reader) for adder in _adders.values())
    return [each for each in found if each is not None]
