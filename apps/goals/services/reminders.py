"""Remind people of their check-ins, by the company's clock: once for each check-in and stage, whoever runs twice.

The notice is the row that says it was told: its key names the day and the stage, and a person has a key once
(`apps.notifications`). A scheduler that was away tells only the newest stage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from apps.accounts import selectors as accounts
from apps.goals.domain.cadence import Slot, Stage, Stand, stage
from apps.goals.selectors import checkins as selectors
from apps.goals.selectors.checkins import Line
from apps.kernel.issue import N_
from apps.notifications.selectors import told_before
from apps.notifications.services import tell
from apps.workspaces.scope import current_workspace

KINDS: Mapping[Stage, tuple[str, str]] = {
    Stage.SOON: ("goals.check_in_soon", N_("Check in by tomorrow, %(day)s. Key results that wait for you: %(count)s")),
    Stage.DUE: ("goals.check_in_due", N_("Check in today, %(day)s. Key results that wait for you: %(count)s")),
    Stage.MISSED: ("goals.check_in_missed", N_("The check-in of %(day)s was missed. Key results: %(count)s")),
}
DIGEST = N_("%(team)s: check-ins of %(day)s that were missed: %(count)s")


@transaction.atomic
def remind(now: datetime) -> int:
    """Tell everybody whose check-in is due tomorrow, today, or was missed, and leads once for their whole team.

    How many were told something new. Eight queries, and a few for each who is told.
    """
    zone = ZoneInfo(current_workspace().time_zone)
    today = now.astimezone(zone).date()
    rows = selectors.live().filter(objective__cycle__start__lte=today, objective__cycle__due__gte=_back(today))
    people: dict[tuple[UUID, Stage, date], int] = defaultdict(int)
    teams: dict[tuple[UUID, date], int] = defaultdict(int)
    for line, slot, at in _waiting(selectors.lines(rows, today), now, zone):
        if line.responsible is not None:
            people[line.responsible, at, slot.due] += 1
        if at is Stage.MISSED and line.team is not None and not line.objective.private:
            teams[line.team, slot.due] += 1
    return _tell_people(people) + _tell_leads(teams)


def _back(today: date) -> date:
    """Cycles that ended so long ago have no check-in any more that anybody is told of."""
    return date.fromordinal(today.toordinal() - 14)


def _waiting(lines: Iterable[Line], now: datetime, zone: ZoneInfo) -> Iterator[tuple[Line, Slot, Stage]]:
    """The check-ins that somebody is to be told of now; what is made or falls away is not in it."""
    for line in lines:
        gone = line.last_missed if line.last_missed != line.slot else None  # the next one may be open already
        for slot, stand in ((gone, Stand.MISSED), (line.slot, line.stand), (line.ahead, Stand.AHEAD)):
            if slot is None or stand is Stand.DONE:
                continue
            at = stage(slot, now, zone)
            if at is not None and (at is Stage.MISSED) == (stand is Stand.MISSED):
                yield line, slot, at


def _tell_people(found: Mapping[tuple[UUID, Stage, date], int]) -> int:
    keys = {(person, at, day): f"check-in:{at}:{day.isoformat()}" for person, at, day in found}
    before = told_before(keys.values())
    told = 0
    for (person, at, day), count in sorted(found.items(), key=str):
        key = keys[person, at, day]
        if (person, key) in before:
            continue
        kind, message = KINDS[at]
        told += tell(
            people=[person], kind=kind, message=message, params={"day": day, "count": count}, key=key,
            url=reverse("checkins:mine"),
        )  # fmt: skip
    return told


def _tell_leads(found: Mapping[tuple[UUID, date], int]) -> int:
    """One notice for a team and a day, however many members missed it."""
    teams = {line.id: line for line in accounts.team_lines()} if found else {}
    told = 0
    for (team, day), count in sorted(found.items(), key=str):
        line = teams.get(team)
        if line is None or line.lead_id is None:
            continue
        told += tell(
            people=[line.lead_id], kind="goals.team_missed", message=DIGEST, key=f"missed:{team}:{day.isoformat()}",
            params={"team": line.name, "day": day, "count": count}, url=reverse("checkins:team", args=[team]),
        )  # fmt: skip
    return told
