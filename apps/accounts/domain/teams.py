"""The tree of teams, and who belongs to which from when until when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from apps.kernel.issue import N_, Issue

MOST_LEVELS = 12

Parents = Mapping[object, object | None]
"""Every team's id to its parent's id, None at the top."""


@dataclass(frozen=True)
class TeamNode:
    """A team in the tree, with the people who belong to it on the day asked for."""

    id: object
    name: str
    parent_id: object | None = None
    lead_id: object | None = None
    lead_name: str = ""
    members: int = 0
    archived: bool = False
    children: tuple["TeamNode", ...] = ()

    @property
    def members_below(self) -> int:
        """Memberships of this team and of all teams under it; somebody in two teams counts twice."""
        return self.members + sum(child.members_below for child in self.children)


@dataclass(frozen=True)
class Stay:
    """Somebody's time in a team: from `start`, until just before `end` (None: still there)."""

    start: date
    end: date | None = None

    def overlaps(self, other: "Stay") -> bool:
        """Whether both share a day. One that ends on the day the other starts does not."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def build_tree(teams: Iterable[TeamNode]) -> tuple[TeamNode, ...]:
    """The tree of a flat list, siblings in the order they came. A team whose parent is missing is at the top."""
    flat = list(teams)
    known = {team.id for team in flat}
    below: dict[object, list[TeamNode]] = {}
    for team in flat:
        below.setdefault(team.parent_id if team.parent_id in known else None, []).append(team)

    def grow(team: TeamNode) -> TeamNode:
        return replace(team, children=tuple(grow(child) for child in below.get(team.id, ())))

    return tuple(grow(team) for team in below.get(None, ()))


def flatten(tree: Iterable[TeamNode], depth: int = 0) -> list[tuple[int, TeamNode]]:
    """The tree as lines, each with its depth (0 at the top), parents before children."""
    lines = []
    for team in tree:
        lines.append((depth, team))
        lines.extend(flatten(team.children, depth + 1))
    return lines


def under(team_id: object, parents: Parents) -> set[object]:
    """A team and every team below it."""
    found = {team_id}
    while True:
        more = {team for team, parent in parents.items() if parent in found and team not in found}
        if not more:
            return found
        found |= more


def move_issues(team_id: object | None, parent_id: object | None, parents: Parents) -> list[Issue]:
    """What speaks against putting a team (None: a new one) below another (None: at the top)."""
    if team_id is not None and parent_id in under(team_id, parents):
        return [Issue("parent", N_("A team cannot be placed below itself or below one of its own teams."))]
    if _depth_of(parent_id, parents) + _height_of(team_id, parents) > MOST_LEVELS:
        return [Issue("parent", N_("Teams can be at most %(most)s levels deep."), {"most": MOST_LEVELS})]
    return []


def stay_issues(stay: Stay, others: Collection[Stay]) -> list[Issue]:
    """What speaks against a stay, given the same person's other stays in the same team."""
    if stay.end is not None and stay.end <= stay.start:
        return [Issue("end", N_("The last day is before the first. Choose a later day, or leave it empty."))]
    return [
        Issue("start", N_("This person already belongs to this team from %(start)s to %(end)s."), _days(other))
        if other.end is not None
        else Issue("start", N_("This person already belongs to this team since %(start)s."), _days(other))
        for other in others
        if stay.overlaps(other)
    ]


def _days(stay: Stay) -> dict[str, str]:
    last = "" if stay.end is None else (stay.end - timedelta(days=1)).isoformat()
    return {"start": stay.start.isoformat(), "end": last}


def _depth_of(team_id: object | None, parents: Parents) -> int:
    """How many levels stand from the top down to a team, itself included; 0 for None."""
    depth = 0
    while team_id is not None and depth <= len(parents):
        depth, team_id = depth + 1, parents.get(team_id)
    return depth


def _height_of(team_id: object | None, parents: Parents) -> int:
    """How many levels a team has from itself downward."""
    if team_id is None:
        return 1
    below = [team for team, parent in parents.items() if parent == team_id]
    return 1 + max((_height_of(team, parents) for team in below), default=0)
