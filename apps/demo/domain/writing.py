"""How an invented company is written down: its people, tree and targets, and the documents of its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.demo.domain.writing_goals import Goal

Document = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody of a company: mailbox, name, role, and their team if they have one (`leads`: they lead it)."""

    mailbox: str
    name: str
    role: str
    team: str = ""
    leads: bool = False


@dataclass(frozen=True)
class Branch:
    """A metric's place in the tree, by key, and what hangs below it."""

    metric: str
    link: str = "formula"
    below: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Aim:
    """A target: `baseline` None is the metric's value of the period before the start, rounded as it is shown.

    `start` and `periods` count periods of the grain: `start` 1 is the one after the newest computed one, 0 the newest
    itself; `periods` None is until the end of the next calendar quarter.
    """

    metric: str
    grain: str
    goal: Decimal
    start: int
    periods: int | None
    baseline: Decimal | None = None
    plus: bool = False  # `goal` is added to the baseline
    reason: str = ""


@dataclass(frozen=True)
class Cascade:
    """A total for the quarter of the newest period, `more` above what was made a year before, rounded to hundreds.

    It is split to the members of a dimension like last year, and each of theirs to their teams by shares in per cent.
    """

    metric: str
    grain: str
    more: Decimal
    dimension: str
    teams: Mapping[str, int] = field(hash=False)  # what each team is called after its member's name, and its share
    reason: str = ""

    def team(self, member: str, name: str) -> str:
        return f"{member}·{name}"


@dataclass(frozen=True)
class TeamCascade:
    """A total like that of a `Cascade`, split like last year to the teams named by members of the first of `levels`, a
    dimension, and from each to the teams right below it that are named by members of the next."""

    metric: str
    grain: str
    more: Decimal
    levels: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class Deed:
    """An action for a metric: whose it is (mailbox), its first day counted from the first day of the newest full month,
    how many days it takes; `result` for one that is done, `member` where it is for one member of a dimension.

    With `key_result` (a title in the cycle that runs) it is for that; with `of_target` for the target of the metric."""

    metric: str
    title: str
    what: str
    who: str
    start: int
    days: int
    expected: Decimal | None = None
    running: bool = True
    result: str = ""
    dimension: str = ""
    member: str = ""
    key_result: str = ""
    of_target: bool = False


@dataclass(frozen=True)
class WhatIf:
    """A scenario that somebody (mailbox) shares: leaves of the tree set to other values."""

    name: str
    note: str
    who: str
    moves: Mapping[str, Decimal] = field(hash=False)


@dataclass(frozen=True)
class Reweighing:
    """A score was weighed otherwise (`weights` of its groups, in order) until the quarter began that reaches back over
    at least so many months that are over; who changed it (mailbox), and why."""

    metric: str
    weights: tuple[int, ...]
    months: int
    who: str
    note: str

    def earlier(self, document: Document) -> Document:
        """The score's definition as it was."""
        groups = [group | {"weight": weight} for group, weight in zip(document["groups"], self.weights, strict=True)]
        return document | {"groups": groups}


@dataclass(frozen=True)
class Company:
    """A company of the demo; `teams` maps each team to the one above it ("" for the top), `numbers` a team to the
    dimension whose member of the same name has its numbers, `owners` a metric to the mailbox of whoever looks after it;
    the manager looks after the others."""

    slug: str
    name: str
    domain: str
    people: tuple[Person, ...]
    metrics: tuple[Document, ...]
    north_star: str
    grain: str
    why: str
    tree: tuple[Branch, ...]
    aims: tuple[Aim, ...]
    deeds: tuple[Deed, ...] = ()
    goals: tuple[Goal, ...] = ()
    cascades: tuple[Cascade, ...] = ()
    team_cascades: tuple[TeamCascade, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    reweighed: tuple[Reweighing, ...] = ()
    told_teams: str = ""  # what each team can do, in the announcement of the North Star
    teams: Mapping[str, str] = field(default_factory=dict, hash=False)
    numbers: Mapping[str, str] = field(default_factory=dict, hash=False)
    owners: Mapping[str, str] = field(default_factory=dict, hash=False)
    typed: Mapping[str, Sequence[int]] = field(default_factory=dict, hash=False)

    @property
    def owner(self) -> Person:
        return next(person for person in self.people if person.role == "owner")

    def email(self, person: Person) -> str:
        return f"{person.mailbox}@{self.domain}"


# --- how definitions are written ------------------------------------------------------------------------------------

BY_PLACE = ("region", "store")


def total(dataset: str, column: str, *conditions: Document) -> Document:
    return {"dataset": dataset, "how": "sum", "column": column, "filters": list(conditions)}


def rows(dataset: str, *conditions: Document) -> Document:
    return {"dataset": dataset, "how": "count", "filters": list(conditions)}


def different(dataset: str, column: str) -> Document:
    return {"dataset": dataset, "how": "distinct", "column": column}


def where(column: str, op: str, *values: str | int | bool) -> Document:
    return {"column": column, "op": op, "values": list(values)}


def unit(kind: str, decimals: int = 0, en: str = "", zh: str = "") -> Document:
    suffix = {"en": en, "zh": zh} if en else None
    return {"kind": kind, "decimals": decimals, "suffix": suffix}


def metric(key: str, en: str, zh: str, measured_in: Document, **rest: Any) -> Document:
    told = {"key": key, "name": {"en": en, "zh": zh}, "unit": measured_in, "grains": ["month"]}
    return told | rest


def ratio(key: str, en: str, zh: str, measured_in: Document, over: Document, under: Document, **rest: Any) -> Document:
    told = {"kind": "ratio", "numerator": over, "denominator": under}
    return metric(key, en, zh, measured_in, **(told | rest))


def count(key: str, en: str, zh: str, measure: Document, **rest: Any) -> Document:
    told: Document = {"kind": "aggregate", "measure": measure, "measured_in": unit("count")}
    told |= rest
    return metric(key, en, zh, told.pop("measured_in"), **told)
