"""Who sees and who changes which objectives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Q

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.accounts.domain.teams import under
from apps.goals.models import KeyResult, Objective
from apps.goals.selectors.days import today


@dataclass(frozen=True)
class Reader:
    """Somebody who looks at goals: who they are, and what they lead today.

    `leads` are the teams they lead with all teams below those; `led` the people who belong to a team that they lead
    themselves: only of those do they see private objectives.
    """

    actor: Actor
    teams: Mapping[UUID, accounts.TeamLine] = field(default_factory=dict)
    leads: frozenset[UUID] = frozenset()
    led: frozenset[UUID] = frozenset()

    def sees(self, objective: Objective) -> bool:
        """Whether they may know that it exists."""
        return not objective.private or objective.owner_id == self.actor.id or objective.owner_id in self.led

    def may_change(self, objective: Objective) -> bool:
        """Whether they may change it: who builds the model any, everybody their own, a lead those of the team.

        What is private to somebody else is changed by nobody else.
        """
        if objective.private:
            return objective.owner_id == self.actor.id and self.actor.may("objectives.edit")
        return self.may_set(objective.level, objective.team_id, objective.owner_id)

    def may_set(self, level: str, team_id: UUID | None, owner_id: UUID | None) -> bool:
        """Whether they may set an objective there, or change one that stands there."""
        if self.actor.may("objectives.edit_all"):
            return True
        if not self.actor.may("objectives.edit"):
            return False
        own = owner_id == self.actor.id
        if level == Objective.Level.PERSON:
            return own or owner_id in self.led
        return level == Objective.Level.TEAM and team_id in self.leads

    def may_close(self, objective: Objective) -> bool:
        """Whether they may say, at the end of a cycle, what it was worth and that it goes on: who may change it, and
        who looks after cycles; of what is private nobody but its owner."""
        if objective.private or self.may_change(objective):
            return self.may_change(objective)
        return self.actor.may("cycles.manage")

    def may_check_in(self, key_result: KeyResult) -> bool:
        """Whether they may say its value: its owner, and who owns or may change its objective."""
        objective = key_result.objective
        if not self.actor.may("checkins.write") or not self.sees(objective):
            return False
        return self.actor.id in (key_result.owner_id, objective.owner_id) or self.may_change(objective)

    def below(self, team_id: UUID) -> set[UUID]:
        """A team and all teams below it."""
        return set(under(team_id, {line.id: line.parent_id for line in self.teams.values()}))  # type: ignore[arg-type]


def reader(actor: Actor, on: date | None = None) -> Reader:
    """What somebody leads on a day (today). Two queries; one for who leads no team."""
    lines = {line.id: line for line in accounts.team_lines()}
    own = {line.id for line in lines.values() if line.lead_id == actor.id and not line.archived}
    parents = {line.id: line.parent_id for line in lines.values()}
    leads = {team for each in own for team in under(each, parents)}
    led = accounts.people_in(own, on or today()) if own else set()
    return Reader(actor, lines, frozenset(leads), frozenset(led))  # type: ignore[arg-type]


def successors(reader: Reader, row: Objective) -> set[UUID] | None:
    """To whom they may hand an objective over; None: to anybody. Up to two queries.

    Where they lead: to whoever is there. What is somebody's own also to the lead of a team they are in (of the one
    above, where they lead it themselves), who can hand it on.
    """
    if reader.actor.may("objectives.edit_all"):
        return None
    found = accounts.people_in(reader.leads, today()) | {reader.actor.id}
    if row.level == Objective.Level.PERSON:
        found = set(reader.led) | {reader.actor.id}
        if row.owner_id == reader.actor.id:
            found |= _leads_of(reader, row.owner_id)
    return found - {row.owner_id}  # type: ignore[arg-type]


def _leads_of(reader: Reader, person: UUID) -> set[UUID]:
    found = set()
    for team_id in accounts.team_ids_of(person, today()):
        line = reader.teams.get(team_id)
        if line is not None and line.lead_id == person and line.parent_id is not None:
            line = reader.teams.get(line.parent_id)
        if line is not None and line.lead_id and not line.archived:
            found.add(line.lead_id)
    return found


def visible(reader: Reader, prefix: str = "") -> Q:
    """Which objectives somebody may know of; `prefix` is the way to the objective, such as "objective__"."""
    open_to_all = Q(**{f"{prefix}private": False})
    own = Q(**{f"{prefix}owner_id": reader.actor.id})
    return open_to_all | own | Q(**{f"{prefix}owner_id__in": list(reader.led)})
