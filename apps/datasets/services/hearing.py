"""Rooms above this one that want to hear of what happens to data. They add themselves when the product starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from apps.kernel.issue import Issue

if TYPE_CHECKING:
    from apps.datasets.models import Dataset
    from apps.datasets.services.usage import User

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


Builders = Callable[["Dataset"], "Iterable[User]"]
_builders: dict[str, Builders] = {}


def tell_builders(room: str, builders: Builders) -> None:
    """Register what in `room` is built on a dataset; called once, in its AppConfig.ready."""
    _builders[room] = builders


def builders_of(dataset: Dataset) -> list[User]:
    """Everything that is built on a dataset, in the order in which it is told."""
    return [user for builders in _builders.values() for user in builders(dataset)]


Effects = Callable[["Dataset"], Iterable[Issue]]
_effects: dict[str, Effects] = {}
_forgetters: dict[str, Hearer] = {}


def tell_effects(room: str, effects: Effects) -> None:
    """Register what `room` has to say of rows of a dataset that go; called once, in its AppConfig.ready."""
    _effects[room] = effects


def effects_of(dataset: Dataset) -> list[Issue]:
    """What all rooms have to say of rows of a dataset that go."""
    return [issue for effects in _effects.values() for issue in effects(dataset)]


def tell_forgetting(room: str, forget: Hearer) -> None:
    """Register who in `room` keeps files that were made of rows, and removes them; called once, in its
    AppConfig.ready."""
    _forgetters[room] = forget


def forget_rows() -> None:
    """Have every room remove the files it made of rows."""
    for forget in _forgetters.values():
        forget()


IsWorking = Callable[[date], bool]
_workdays: list[Callable[[str], IsWorking]] = []


def know_workdays(of_zone: Callable[[str], IsWorking]) -> None:
    """Register who knows on which days people work in a time zone; called once, in a higher room's AppConfig.ready."""
    _workdays[:] = [of_zone]


def workdays_of(time_zone: str) -> IsWorking:
    """Whether people work on a day, where that time zone is: Monday to Friday as long as nobody knows better."""
    return _workdays[0](time_zone) if _workdays else lambda day: day.isoweekday() <= 5
