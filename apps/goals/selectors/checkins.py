"""Read who has to check in on what, by when, and what was said. What is private to others is never in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.goals.domain import cadence
from apps.goals.domain.cadence import Rule, Slot, Stand
from apps.goals.models import Cadence, CheckIn, Correction, Cycle, KeyResult, Milestone, Objective
from apps.goals.selectors.days import zone
from apps.goals.selectors.people import Reader, visible
from apps.kernel.issue import N_, NotHere
from apps.targets.domain.calendars import Workdays, country_of
from apps.workspaces.scope import current_workspace

ORDER = (Stand.DUE, Stand.OPEN, Stand.MISSED, Stand.AHEAD, Stand.DONE)
"""What needs somebody first."""


@dataclass(frozen=True)
class Line:
    """A key result with the check-in that is to be made next, or was last missed, and who is to make it.

    `slot` is None where no check-in is due any more in its cycle, `ahead` the one after it. `missed` counts
    those that were not made, `last_missed` is the newest of them.
    """

    key_result: KeyResult
    slot: Slot | None
    ahead: Slot | None
    stand: Stand
    last: CheckIn | None
    missed: int
    due_so_far: int
    responsible: UUID | None
    team: UUID | None
    last_missed: Slot | None = None

    @property
    def objective(self) -> Objective:
        return self.key_result.objective

    @property
    def waits(self) -> bool:
        """Whether somebody should say something now."""
        return self.stand in (Stand.DUE, Stand.OPEN)


@dataclass(frozen=True)
class Cadences:
    """The cadences of a company: a team's own, else that of the nearest team above with one, else everybody's."""

    rules: Mapping[UUID | None, tuple[Rule, ...]]
    parents: Mapping[UUID, UUID | None]

    def of(self, team_id: UUID | None) -> tuple[Rule, ...]:
        """The rules that hold for a team, one after another: until its own begin, those that held for it before."""
        if team_id is None:
            return (cadence.USUAL, *self.rules.get(None, ()))
        source = self.source(team_id)
        if source is None:
            return self.of(None)
        own = self.rules[source]
        return (*(rule for rule in self.of(self.parents.get(source)) if rule.since < own[0].since), *own)

    def source(self, team_id: UUID | None) -> UUID | None:
        """The team whose cadence holds for a team; None: everybody's."""
        seen: set[UUID] = set()
        while team_id is not None and team_id not in seen:
            if team_id in self.rules:
                return team_id
            seen.add(team_id)
            team_id = self.parents.get(team_id)
        return None


def cadences(teams: Mapping[UUID, accounts.TeamLine] | None = None) -> Cadences:
    """Every cadence there is. Two queries; one where the teams are given."""
    known = teams if teams is not None else {line.id: line for line in accounts.team_lines()}
    rules = defaultdict(list)
    for row in Cadence.objects.order_by("since"):
        rules[row.team_id].append(rule_of(row))
    return Cadences(
        {team: tuple(each) for team, each in rules.items()}, {pk: line.parent_id for pk, line in known.items()}
    )


def every_cadence() -> QuerySet[Cadence]:
    """Every cadence anybody set, also those that others followed. Lazy."""
    return Cadence.objects.all()


def rule_of(row: Cadence) -> Rule:
    """A stored cadence as a rule."""
    return Rule(row.every, row.weekday, row.since, row.skip_within_days, row.grace_days)


def slots_of(rules: Sequence[Rule], cycle: Cycle, since: date | None = None) -> list[Slot]:
    """The check-ins that are due in a cycle, from the day `since` on that a key result is there, or was checked in
    first. No query."""
    first = max(cycle.start, since) if since else cycle.start
    return cadence.slots(rules, first, cycle.due, working_days())


def working_days() -> cadence.IsWorking:
    """Whether a day is worked in the country of the company's clock. No query."""
    return Workdays(country_of(current_workspace().time_zone)).is_working


def live() -> QuerySet[KeyResult]:
    """For services alone: key results of cycles that are not closed, not dropped; private ones too."""
    return KeyResult.objects.select_related("objective__cycle", "objective__team", "metric").filter(
        dropped_at__isnull=True, objective__dropped_at__isnull=True, objective__cycle__closed_at__isnull=True
    )


def mine(reader: Reader, on: date) -> list[Line]:
    """The key results that somebody answers for in cycles that run, what is due first. Seven queries.

    Also those of teams they lead whose owner is not here any more.
    """
    me = reader.actor.id
    own = Q(owner_id=me) | Q(Q(owner_id__isnull=True) | Q(objective__private=True), objective__owner_id=me)
    led = [pk for pk, line in reader.teams.items() if line.lead_id == me]
    left = Q(objective__team_id__in=led) | Q(objective__level="person", objective__owner_id__in=reader.led)
    rows = live().filter(own | left, visible(reader, "objective__"), objective__cycle__start__lte=on)
    found = lines(rows.order_by("objective__cycle__due", "objective__position", "position"), on, reader.teams)
    return [line for line in found if line.responsible == me]


def of_team(reader: Reader, team_id: UUID, on: date, *, cycle_id: UUID | None = None) -> list[Line]:
    """The key results of a team's objectives and of its members' that are no secret, in cycles that run. Eight."""
    members = accounts.people_in([team_id], on)
    theirs = Q(objective__level="team", objective__team_id=team_id)
    theirs |= Q(objective__level="person", objective__owner_id__in=members)
    rows = live().filter(theirs, objective__private=False, objective__cycle__start__lte=on)
    if cycle_id is not None:
        rows = rows.filter(objective__cycle_id=cycle_id)
    return lines(rows.order_by("objective__position", "objective__created_at", "position"), on, reader.teams)


def line_of(row: KeyResult, on: date) -> Line:
    """One key result. Five queries."""
    return lines([row], on)[0]


def lines(rows: Iterable[KeyResult], on: date, teams: Mapping[UUID, accounts.TeamLine] | None = None) -> list[Line]:
    """Key results with what is due, what needs somebody first; otherwise in their order. Five queries, or six."""
    every = list(rows)
    known = teams if teams is not None else {line.id: line for line in accounts.team_lines()}
    rules = cadences(known)
    first = accounts.first_team_of({row.objective.owner_id or row.owner_id for row in every}, on)
    asked = {person for row in every for person in (row.owner_id, row.objective.owner_id)}
    asked |= {known[team].lead_id for row in every if (team := team_of(row.objective, first)) in known}
    away = accounts.inactive_among(asked - {None})
    said = checkins_of(every)
    kept: dict[tuple[object, ...], list[Slot]] = {}
    here, found = zone(), []
    for row in every:
        team = team_of(row.objective, first)
        since = min([timezone.localdate(row.created_at, here), *(each.on for each in said.get(row.pk, ()))])
        key = (rules.source(team), row.objective.cycle_id, max(since, row.objective.cycle.start))
        if key not in kept:
            kept[key] = slots_of(rules.of(team), row.objective.cycle, since)
        who = _responsible(row, known, team, away)
        found.append(_line(row, kept[key], said.get(row.pk, []), on, who, team))
    return sorted(found, key=lambda line: ORDER.index(line.stand))


def team_of(objective: Objective, first: Mapping[UUID, UUID]) -> UUID | None:
    """The team by whose cadence an objective is checked in; `first` are the teams of people. No query."""
    if objective.level == Objective.Level.TEAM:
        return objective.team_id
    return first.get(objective.owner_id) if objective.level == Objective.Level.PERSON else None


def _responsible(
    row: KeyResult, teams: Mapping[UUID, accounts.TeamLine], team: UUID | None, away: set[UUID]
) -> UUID | None:
    """Who is to check in: its owner, the objective's, the lead of the team; who is not here any more is passed over.

    What is private is its owner's alone.
    """
    lead = teams[team].lead_id if team in teams else None
    wanted = (row.objective.owner_id,) if row.objective.private else (row.owner_id, row.objective.owner_id, lead)
    return next((person for person in wanted if person and person not in away), None)


def _line(
    row: KeyResult,
    slots: Sequence[Slot],
    said: Sequence[CheckIn],
    on: date,
    responsible: UUID | None,
    team: UUID | None,
) -> Line:
    last, here = row.objective.cycle.due, zone()
    days = [(cadence.counts_on(each.on, timezone.localdate(each.at, here), last), each.pk) for each in said]
    slot, ahead = cadence.current(slots, on), cadence.following(slots, on)
    gone = cadence.missed(slots, days, on)
    if slot is None:
        ended = [each for each in slots if each.closes < on]
        slot = gone[-1] if gone and gone[-1] == ended[-1] else ahead
    return Line(
        key_result=row,
        slot=slot,
        ahead=ahead if ahead != slot else None,
        stand=cadence.stand(slot, days, on) if slot else Stand.DONE,
        last=said[-1] if said else None,
        missed=len(gone),
        due_so_far=len(cadence.told_at(slots, days, on)),
        responsible=responsible,
        team=team,
        last_missed=gone[-1] if gone else None,
    )


def checkins_of(rows: Iterable[KeyResult]) -> dict[UUID, list[CheckIn]]:
    """What was said of key results, the oldest first. One query."""
    found = defaultdict(list)
    for each in CheckIn.objects.filter(key_result__in=[row.pk for row in rows]).order_by("on", "at"):
        found[each.key_result_id].append(each)
    return dict(found)


def history_of(key_result_id: UUID) -> QuerySet[CheckIn]:
    """The check-ins of a key result, the newest first, with what they said before they were corrected. Two queries."""
    former = Prefetch("corrections", queryset=Correction.objects.order_by("-at", "-id"))
    return CheckIn.objects.filter(key_result_id=key_result_id).prefetch_related(former)


def newest(key_result_id: UUID) -> CheckIn | None:
    """The last check-in of a key result. One query."""
    return CheckIn.objects.filter(key_result_id=key_result_id).order_by("-on", "-at").first()


def checkin_for(reader: Reader, checkin_id: UUID) -> CheckIn:
    """A check-in; NotHere if what it is about is not theirs to see. One query."""
    rows = CheckIn.objects.select_related("key_result__objective__cycle", "key_result__metric")
    found = rows.filter(visible(reader, "key_result__objective__"), pk=checkin_id).first()
    if found is None:
        raise NotHere(N_("There is no such check-in."))
    return found


def steps_of(row: KeyResult) -> list[Milestone]:
    """The steps of a key result, in their order. One query; none where it has none."""
    return list(row.milestones.all()) if row.kind == KeyResult.Kind.MILESTONES else []
