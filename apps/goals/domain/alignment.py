"""What an objective is for: which others it contributes to or supports, without going round in circles."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import date

from apps.kernel.issue import N_, Issue

Parents = Mapping[Hashable, Hashable | None]
"""Each objective's id to what it is for."""


def above(objective: Hashable, parents: Parents) -> list[Hashable]:
    """What an objective is for, from the nearest up; a circle that stands already is gone round once."""
    found: list[Hashable] = []
    at = parents.get(objective)
    while at is not None and at not in found and at != objective:
        found.append(at)
        at = parents.get(at)
    return found


def goes_round(objective: Hashable, parent: Hashable | None, parents: Parents) -> bool:
    """Whether an objective would be for itself if it were for `parent`."""
    return parent is not None and (parent == objective or objective in above(parent, parents))


def issues(
    *,
    objective: Hashable | None,
    parent: Hashable | None,
    parents: Parents,
    days: tuple[date, date],
    parent_days: tuple[date, date],
    contributes: bool,
    private: bool,
    parent_private: bool,
) -> Iterator[Issue]:
    """Everything that speaks against an objective (None: a new one) being for another."""
    if parent is None:
        return
    if objective is not None and goes_round(objective, parent, parents):
        yield Issue("parent", N_("That one is itself for this objective: they would go round in a circle."))
    if days[0] > parent_days[1] or days[1] < parent_days[0]:
        yield Issue("parent", N_("Its cycle has no day in common with this one. Choose an objective of the same time."))
    if private and contributes:
        yield Issue(
            "alignment", N_("A private objective can support another, not contribute: its progress would be seen.")
        )
    if parent_private and not private:
        yield Issue("parent", N_("That objective is private. What is open to all cannot be for it."))
