"""Go through a team's goals together: begin, note what was said of each, end with a summary that the team gets."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.goals.models import Cycle, Meeting
from apps.goals.selectors import meetings as selectors
from apps.goals.selectors.people import Reader, reader
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal
from apps.metrics.services import new_edition
from apps.notifications.services import tell

LONGEST = 4000
NOT_YOURS = N_("Who leads the team, or looks after goals, begins and ends its meetings.")
NOT_A_MEMBER = N_("Notes are taken by the team and by whoever leads it.")
ENDED = N_("%(name)s has ended this meeting. What you typed is still here.")
NOTED_BEFORE_YOU = N_("%(name)s noted something here meanwhile. What you typed is still here: look, then save again.")
NOTHING = N_("The team has no goals in this OKR cycle that a meeting could go through.")


def may_lead(looking: Reader, team_id: UUID) -> bool:
    """Who begins and ends the meetings of a team: its lead, those above, and who looks after all goals."""
    return team_id in looking.leads or looking.actor.may("objectives.edit_all")


@transaction.atomic
def begin_meeting(*, actor: Actor, team_id: UUID, cycle_id: UUID, today: date, now: datetime) -> Meeting:
    """Begin a meeting, or go on with the one of the team that has not ended. Its order is fixed now: blockers first."""
    looking = _must_lead(actor, team_id)
    cycle = Cycle.objects.select_for_update().filter(pk=cycle_id).first()
    if cycle is None:
        raise NotHere(N_("There is no such OKR cycle."))
    going = Meeting.objects.filter(team_id=team_id, cycle=cycle, ended_at__isnull=True).first()
    if going is not None:
        return going
    order = selectors.order_for(looking, team_id, cycle, today)
    if not order:
        raise Refusal(NOTHING, status=409)
    new_edition("goals")
    return Meeting.objects.create(
        team_id=team_id, cycle=cycle, on=today, led_by=actor.id, led_by_name=actor.name[:120], started_at=now,
        notes={"order": [str(pk) for pk in order], "said": {}},
    )  # fmt: skip


@transaction.atomic
def note(
    *, actor: Actor, meeting_id: UUID, objective_id: UUID, text: str, spoke: UUID | None, seen: int, today: date
) -> Meeting:
    """Write down what was said of an objective and who spoke for it. `seen` counts its notes as the person saw them."""
    actor.must("checkins.write")
    row = _held(meeting_id)
    looking = reader(actor)
    members = accounts.people_in([row.team_id], today)
    if actor.id not in members and not may_lead(looking, row.team_id):
        raise Forbidden(NOT_A_MEMBER)
    if row.ended_at is not None:
        raise Refusal(ENDED, {"name": row.led_by_name}, status=409)
    key, text = str(objective_id), text.strip()
    if key not in row.notes["order"]:
        raise NotHere(N_("There is no such objective."))
    if len(text) > LONGEST:
        raise Refusal(NOTHING_SAVED, issues=[Issue("text", N_("At most %(most)s characters."), {"most": LONGEST})])
    before = row.notes["said"].get(key, {})
    told = {"text": text, "spoke": str(spoke) if spoke else "", "spoke_name": _name(spoke)}
    if {name: before.get(name, "") for name in told} == told:
        return row
    if before.get("count", 0) != seen:
        raise Refusal(NOTED_BEFORE_YOU, {"name": before.get("by", "")}, status=409)
    row.notes["said"][key] = {**told, "count": seen + 1, "by": actor.name[:120]}
    row.revision += 1
    row.save(update_fields=["notes", "revision"])
    return row


NOTHING_SAVED = N_("The note was not saved. What you typed is still here.")


@transaction.atomic
def end_meeting(*, actor: Actor, meeting_id: UUID, summary: str, today: date, now: datetime) -> Meeting:
    """End a meeting: what every objective had reached is kept with the notes, and the team is told where to read it.

    Nothing that is private is in it, and the notice names nothing but team and day. Twice is once; with
    another summary it is refused with status 409.
    """
    row = _held(meeting_id)
    looking = _must_lead(actor, row.team_id)
    if row.ended_at is not None:
        if summary.strip() not in ("", row.summary):
            raise Refusal(ENDED, {"name": row.led_by_name}, status=409)
        return row
    if len(summary.strip()) > LONGEST:
        text = N_("At most %(most)s characters.")
        raise Refusal(NOTHING_SAVED, issues=[Issue("summary", text, {"most": LONGEST})])
    row.notes["then"] = selectors.snapshot(looking, row, today)
    row.summary, row.ended_at, row.revision = summary.strip(), now, row.revision + 1
    row.save(update_fields=["notes", "summary", "ended_at", "revision"])
    team = accounts.team_for(row.team_id)
    record(actor=actor, act="meeting.ended", subject=row, after={"team": team.name, "day": row.on.isoformat()})
    people = accounts.people_in([row.team_id], today) | ({team.lead_id} if team.lead_id else set())
    tell(
        people=people, kind="goals.meeting_ended", but=actor.id, key=f"meeting:{row.pk}",
        message=N_("%(team)s: summary of the meeting of %(day)s"), params={"team": team.name, "day": row.on},
        url=reverse("checkins:meeting", args=[row.pk]),
    )  # fmt: skip
    new_edition("goals")
    return row


def _must_lead(actor: Actor, team_id: UUID) -> Reader:
    actor.must("checkins.write")
    if accounts.team_for(team_id) is None:
        raise NotHere(N_("There is no such team."))
    looking = reader(actor)
    if not may_lead(looking, team_id):
        raise Forbidden(NOT_YOURS)
    return looking


def _held(meeting_id: UUID) -> Meeting:
    row = Meeting.objects.select_for_update(of=("self",)).filter(pk=meeting_id, team__isnull=False).first()
    if row is None:
        raise NotHere(N_("There is no such meeting."))
    return row


def _name(person: UUID | None) -> str:
    return accounts.names_of([person]).get(person, "")[:120] if person else ""
