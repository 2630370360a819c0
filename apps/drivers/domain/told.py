"""What there is to say, in figures and names that are already written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Against = Literal["previous", "year", "period", "target", "peer"]


@dataclass(frozen=True)
class Leaf:
    """Where a cause leads to: its name, both of its values, and what it accounts for."""

    name: str
    before: str
    after: str
    effect: str


@dataclass(frozen=True)
class Cause:
    """A part that is named: what it accounts for, its own values ("" where it has none), and the leaf it leads to."""

    name: str
    effect: str
    before: str = ""
    after: str = ""
    leaf: Leaf | None = None


@dataclass(frozen=True)
class Started:
    """An initiative that has been started; `due` and `owner` may be empty."""

    title: str
    owner: str = ""
    due: str = ""


@dataclass(frozen=True)
class Outlook:
    """A forecast: of which period, its value and its range."""

    period: str
    value: str
    low: str
    high: str


@dataclass(frozen=True)
class Aim:
    """How it stands against its target: the status in words, what is due now, the goal and by when."""

    status: str
    due_now: str
    goal: str
    by: str


@dataclass(frozen=True)
class Told:
    """A bridge in writing. `rest` is the figure of all that is not named ("" for nothing), of `rest_count` parts.

    `whom` is the member it is about, `peer` the one it is compared with ("" for the whole company). `unsplit` says why
    nothing is told of its parts.
    """

    name: str
    period: str
    base: str
    against: Against
    before: str
    after: str
    change: str
    moved: bool
    causes: tuple[Cause, ...] = ()
    rest: str = ""
    rest_count: int = 0
    stable: tuple[str, ...] = ()
    gap: str = ""
    unsplit: str = ""
    whom: str = ""
    peer: str = ""
    started: tuple[Started, ...] = ()
    aim: Aim | None = None
    outlook: Outlook | None = None
