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


Tell = Callable[[Dataset], Mapping[str, Sequence[User]]]
_tellers: list[Tell] = []


def tells_users(tell: Tell) -> Tell:
    """Have `tell` asked for the users of a dataset's columns, by name."""
    _tellers.append(tell)
    return tell


def users_of(dataset: Dataset) -> dict[str, list[User]]:
    """Who uses each column of a dataset."""
    found: dict[str, list[User]] = {}
    for tell in _tellers:
        for column, users in tell(dataset).items():
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
    users = users_of(dataset) if gone else {}
    return [Loss(column, now, tuple(users.get(column.name, ()))) for column, now in gone]


def broken_by(dataset: Dataset, columns: Sequence[Mapping[str, object]]) -> list[Loss]:
    """Those of the losses that somebody uses."""
    return [loss for loss in losses(dataset, columns) if loss.users]
