"""Rooms above this one that want to hear of what happens to data. They add themselves when the product starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

Hearer = Callable[[], object]
"""Called in the transaction that changed how a dataset stands."""

_hearers: dict[str, Hearer] = {}


def tell_health(room: str, hearer: Hearer) -> None:
    """Register who in `room` hears that a dataset stands otherwise than before; called once, in its AppConfig.ready."""
    _hearers[room] = hearer


def health_changed() -> None:
    """Call everybody who wants to hear of it, in the caller's transaction."""
    for hearer in _hearers.values():
        hearer()


IsWorking = Callable[[date], bool]
_workdays: list[Callable[[str], IsWorking]] = []


def know_workdays(of_zone: Callable[[str], IsWorking]) -> None:
    """Register who knows on which days people work in a time zone; called once, in a higher room's AppConfig.ready."""
    _workdays[:] = [of_zone]


def workdays_of(time_zone: str) -> IsWorking:
    """Whether people work on a day, where that time zone is: Monday to Friday as long as nobody knows better."""
    return _workdays[0](time_zone) if _workdays else lambda day: day.isoweekday() <= 5
