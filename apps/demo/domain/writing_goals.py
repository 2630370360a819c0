"""How the goals of an invented company are written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

YEAR, LAST, NOW = "year", "last quarter", "this quarter"
"""The three cycles: the calendar year, the quarter that is over and closed, the one that runs."""


@dataclass(frozen=True)
class Said:
    """What somebody says at a check-in beside the value: how sure they are, what is in the way, what comes next."""

    sure: str = "on_track"
    note: str = ""
    blockers: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Step:
    """A step of a key result; `done` counts the weeks of the cycle after which it was done, None: not yet."""

    title: str
    done: int | None = None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True)
class Result:
    """A key result.

    One that follows a metric starts at its value in the period before the cycle, rounded as it is shown; with `plus`
    its goal (or bound) is counted from there. `weekly` are the values typed at the check-ins, week by week, None where
    one was missed; `said` what was said at which of them.
    """

    title: str
    kind: str = "reach"
    metric: str = ""
    dimension: str = ""
    member: str = ""
    unit: str = ""
    start: Decimal | None = None
    goal: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    tolerance: Decimal | None = None
    rule: str = ""
    plus: Decimal | None = None
    weight: Decimal | None = None
    who: str = ""
    target: bool = False  # the metric's own target is what it is for
    steps: tuple[Step, ...] = ()
    weekly: tuple[Decimal | None, ...] = ()
    said: Mapping[int, Said] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Goal:
    """An objective: whose it is (mailbox), in which cycle, and what it is for (`above`: the title of another).

    `score` and `reason` are the judgement at the end of its cycle; `carried` says that it goes on in the next one.
    """

    title: str
    cycle: str
    who: str
    results: tuple[Result, ...]
    level: str = "team"
    team: str = ""
    why: str = ""
    kind: str = "aspirational"
    private: bool = False
    above: str = ""
    alignment: str = "contributes"
    counts: str = "key_results"
    score: Decimal | None = None
    reason: str = ""
    carried: bool = False
    comments: tuple[tuple[str, str], ...] = ()  # who (mailbox), what
