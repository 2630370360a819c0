"""What people can be told of, and how each kind usually reaches them. Rooms above add their kinds when they start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

APP = "app"
MAIL = "mail"
WAYS = (APP, MAIL)
"""The ways a notice can reach somebody, in the order in which they are offered."""


@dataclass(frozen=True)
class Kind:
    """Something people are told of. `title` and `group` are msgids; `usual` are the ways of who chose nothing."""

    name: str
    title: str
    group: str
    usual: frozenset[str]


_kinds: dict[str, Kind] = {}


class UnknownKind(LookupError):
    """A kind of notice that no room has announced: a defect."""


def announces(name: str, *, title: str, group: str, usual: Iterable[str] = WAYS) -> Kind:
    """Say that there is a kind of notice. The same name twice is the same kind, or a `ValueError`."""
    kind = Kind(name, title, group, _known(usual))
    if _kinds.setdefault(name, kind) != kind:
        raise ValueError(f"Two kinds of notices are called {name}.")
    return kind


def kind_of(name: str) -> Kind:
    """A kind by its name; `UnknownKind` where no room has announced it."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(f"Nobody has announced notices of the kind {name!r}.") from None


def kinds() -> tuple[Kind, ...]:
    """Every kind, in the order in which the rooms announced them."""
    return tuple(_kinds.values())


def ways(kind: Kind, chosen: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """How a kind reaches somebody, who has `chosen` by the names of kinds: nothing said is as usual, none is never."""
    return frozenset(chosen[kind.name]) & frozenset(WAYS) if kind.name in chosen else kind.usual


def _known(usual: Iterable[str]) -> frozenset[str]:
    found = frozenset(usual)
    if strange := found - set(WAYS):
        raise ValueError(f"There is no way {sorted(strange)} to tell people something.")
    return found
