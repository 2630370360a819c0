"""Read a team's meetings: in which order they go through its goals, what stands on each screen, what was noted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts import selectors as accounts
from apps.goals.models import Cycle, Meeting, Objective
from apps.goals.selectors import checkins
from apps.goals.selectors.checkins import Line
from apps.goals.selectors.people import Reader
from apps.kernel.issue import N_, NotHere

WORRY = {"off_track": 1, "at_risk": 2, "": 3, "on_track": 4}


def meetings_of(team_id: UUID) -> QuerySet[Meeting]:
    """The meetings of a team, the newest first."""
    return Meeting.objects.filter(team_id=team_id).select_related("cycle")


def every_meeting() -> QuerySet[Meeting]:
    """The meetings of all teams. Lazy."""
    return Meeting.objects.filter(team__isnull=False)


def with_notes(rows: Sequence[Meeting]) -> list[tuple[Meeting, list[dict[str, str | int]]]]:
    """Meetings with what was noted of each objective, in its order; what is private now is left out. One query."""
    asked = {pk for row in rows for pk in row.notes["order"]}
    titles = {str(pk): title for pk, title in _open(asked).values_list("pk", "title")}
    return [(row, list(_noted(row, titles))) for row in rows]


def _noted(row: Meeting, titles: dict[str, str]) -> Iterator[dict[str, str | int]]:
    for pk in row.notes["order"]:
        if pk in titles and (said := row.notes["said"].get(pk)):
            told = {name: said.get(name, "") for name in ("text", "by")}
            spoke, times = said.get("spoke_name", ""), said.get("count", 0)
            yield told | {"objective": pk, "title": titles[pk], "spoke": spoke, "times": times}


def _open(ids: Collection[str]) -> QuerySet[Objective]:
    return Objective.objects.filter(pk__in=ids, private=False)


def meeting_for(meeting_id: UUID) -> Meeting:
    """A meeting with its team and cycle. One query."""
    found = Meeting.objects.select_related("team", "cycle").filter(pk=meeting_id, team__isnull=False).first()
    if found is None:
        raise NotHere(N_("There is no such meeting."))
    return found


def order_for(reader: Reader, team_id: UUID, cycle: Cycle, on: date) -> list[UUID]:
    """The objectives of a team and of its members in a cycle, none of them private, in the order of a meeting.

    First what has blockers, then what is believed not to be reached, at risk, not said; among those as they stand.
    Ten queries.
    """
    by_objective = by_objective_of(checkins.of_team(reader, team_id, on, cycle_id=cycle.pk))
    members = accounts.people_in([team_id], on)
    rows = Objective.objects.filter(cycle=cycle, dropped_at__isnull=True, private=False).order_by(
        "position", "created_at"
    )
    found = [
        row
        for row in rows
        if (row.level == "team" and row.team_id == team_id) or (row.level == "person" and row.owner_id in members)
    ]
    return [row.pk for row in sorted(found, key=lambda row: _worry(by_objective.get(row.pk, [])))]


def by_objective_of(lines: list[Line]) -> dict[UUID, list[Line]]:
    """The same by objective, key results in their own order. No query."""
    found = defaultdict(list)
    for line in lines:
        found[line.objective.pk].append(line)
    return {pk: sorted(each, key=lambda line: line.key_result.position) for pk, each in found.items()}


def _worry(lines: list[Line]) -> int:
    if any(line.last and line.last.blockers for line in lines):
        return 0
    return min((WORRY[line.key_result.confidence] for line in lines), default=3)


def shown_in(meeting: Meeting) -> list[Objective]:
    """The objectives of a meeting in its order; what became private or was dropped since is not in it. One query."""
    rows = _open(meeting.notes["order"]).select_related("team", "cycle")
    by_id = {str(row.pk): row for row in rows}
    return [by_id[pk] for pk in meeting.notes["order"] if pk in by_id]


def snapshot(reader: Reader, meeting: Meeting, on: date) -> dict[str, object]:
    """What every objective has reached now, as plain JSON by objective. Twelve queries."""
    lines = by_objective_of(checkins.of_team(reader, meeting.team_id, on, cycle_id=meeting.cycle_id))
    return {
        str(row.pk): {
            "progress": None if row.progress is None else f"{row.progress:f}",
            "confidence": [line.key_result.confidence for line in lines.get(row.pk, [])],
            "blockers": [line.last.blockers for line in lines.get(row.pk, []) if line.last and line.last.blockers],
            "next": [line.last.next_step for line in lines.get(row.pk, []) if line.last and line.last.next_step],
        }
        for row in shown_in(meeting)
    }
