"""Who reads the columns of a dataset. Rooms above tell it when they start; this room knows none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from apps.datasets.domain.columns import Column, column_of
from apps.datasets.models import Dataset


@dataclass(frozen=True)
class User:
    """Something that is computed from a column: its name, and its page."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Loss:
    """A column of the data that a file takes away or gives another type, and who uses it."""

    column: Column
    now: str
    users: tuple[User, ...] = ()


Tell = Callable[[Dataset, Sequence[str]], Mapping[str, Sequence[User]]]
_tellers: list[Tell] = []


def tells_users(tell: Tell) -> Tell:
    """Have `tell` asked who uses columns of a dataset, given by name."""
    _tellers.append(tell)
    return tell


def users_of(dataset: Dataset, names: Sequence[str]) -> dict[str, list[User]]:
    """Who uses these columns of a dataset, by name."""
    found: dict[str, list[User]] = {}
    for tell in _tellers if names else ():
        for column, users in tell(dataset, names).items():
            found.setdefault(column, []).extend(users)
    return found


def losses(dataset: Dataset, columns: Sequence[Mapping[str, object]]) -> list[Loss]:
    """The columns that the data has and would lose, or have as another type (`now`), if it had `columns`."""
    chosen = {column.name: column for column in map(column_of, columns)}
    there = [column_of(column) for column in dataset.columns]
    gone = [
        (column, "" if column.name not in chosen else chosen[column.name].type)
        for column in there
        if column.name not in chosen or chosen[column.name].type != column.type
    ]
    users = users_of(dataset, [column.name for column, _ in gone])
    return [Loss(column, now, tuple(users.get(column.name, ()))) for column, now in gone]


def broken_by(dataset: Dataset, columns: Sequence[Mapping[str, object]]) -> list[Loss]:
    """Those of the losses that somebody uses."""
    return [loss for loss in losses(dataset, columns) if loss.users]
