"""How often teams check in, the meetings in which they go through their goals, and what goes on in another cycle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.paging import page_response
from apps.api.schema import paged
from apps.api.serializers import okr as okr_shapes
from apps.api.serializers import rhythm as shapes
from apps.api.serializers.common import Paged
from apps.api.views.base import Resource, idempotent
from apps.api.views.okr import by_id
from apps.common.access import requires
from apps.goals import services
from apps.goals.domain.cadence import Rule
from apps.goals.selectors import checkins, cycles, meetings
from apps.goals.selectors.days import today
from apps.kernel.issue import N_


@requires("objectives.view", write="checkins.write")
class Cadences(Resource):
    query = Paged

    @extend_schema(
        summary=N_("List how often teams check in"),
        description="Each cadence from a day on; without a team, everybody's. Where nobody said one: each Friday.",
        responses=paged(shapes.CadenceShape),
    )
    def get(self, request: Request) -> Response:
        page, following = by_id(checkins.every_cadence(), self.params)
        return page_response(self, shapes.CadenceShape(page, many=True).data, following)

    @extend_schema(
        summary=N_("Say how often a team checks in"),
        request=shapes.NewCadence,
        responses={201: shapes.CadenceShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewCadence)
        team = told.pop("team")
        made = services.set_cadence(
            actor=self.actor, team_id=team, rule=Rule(**told), today=today(), now=timezone.now()
        )  # fmt: skip
        return Response(shapes.CadenceShape(made).data, status=201)


@requires("objectives.view", write="checkins.write")
class Meetings(Resource):
    query = shapes.MeetingsQuery

    @extend_schema(
        summary=N_("List the meetings of teams, with what was noted"),
        description="Objectives that are private now are left out, also of meetings before.",
        responses=paged(shapes.MeetingShape),
    )
    def get(self, request: Request) -> Response:
        rows = meetings.every_meeting()
        if "team" in self.params:
            rows = rows.filter(team_id=self.params["team"])
        page, following = by_id(rows, self.params)
        return page_response(self, _meetings(page), following)

    @extend_schema(
        summary=N_("Begin a meeting of a team"),
        description="Or go on with the one that has not ended. Its lead begins it, or who looks after all goals.",
        request=shapes.NewMeeting,
        responses={201: shapes.MeetingShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewMeeting)
        made = services.begin_meeting(
            actor=self.actor, team_id=told["team"], cycle_id=told["cycle"], today=today(), now=timezone.now()
        )
        return Response(_meetings([made])[0], status=201)


@requires("checkins.write")
class MeetingNotes(Resource):
    @extend_schema(
        summary=N_("Note what was said of an objective"),
        description="409 if somebody noted something meanwhile, or the meeting has ended.",
        request=shapes.NewNote,
        responses={200: shapes.MeetingShape},
    )
    @idempotent
    def post(self, request: Request, meeting_id: UUID) -> Response:
        meetings.meeting_for(meeting_id)
        told = self.body(shapes.NewNote)
        row = services.note(
            actor=self.actor, meeting_id=meeting_id, objective_id=told.pop("objective"), today=today(), **told
        )
        return Response(_meetings([row])[0])


@requires("checkins.write")
class EndMeeting(Resource):
    @extend_schema(
        summary=N_("End a meeting"),
        description="What every objective had reached is kept with the notes, and the team is told where to read it.",
        request=shapes.ToEnd,
        responses={200: shapes.MeetingShape},
    )
    @idempotent
    def post(self, request: Request, meeting_id: UUID) -> Response:
        meetings.meeting_for(meeting_id)
        summary = self.body(shapes.ToEnd)["summary"]
        row = services.end_meeting(
            actor=self.actor, meeting_id=meeting_id, summary=summary, today=today(), now=timezone.now()
        )
        return Response(_meetings([row])[0])


def _meetings(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Meetings with what was noted in them. One query."""
    told = []
    for row, noted in meetings.with_notes(rows):
        row.noted = noted
        told.append(dict(shapes.MeetingShape(row).data))
    return told


@requires("objectives.edit")
class CopyObjectives(Resource):
    @extend_schema(
        summary=N_("Set objectives in another OKR cycle, or carry them over"),
        description="Copies begin anew; what is carried over goes on from where it stands, without what is done.",
        request=shapes.ToCopy,
        responses={201: okr_shapes.ObjectiveShape(many=True)},
    )
    @idempotent
    def post(self, request: Request, cycle_id: UUID) -> Response:
        cycles.cycle_for(cycle_id)
        told = self.body(shapes.ToCopy)
        act = services.carry_over if told["carry"] else services.copy_objectives
        made = act(actor=self.actor, objective_ids=told["objectives"], to=cycle_id, now=timezone.now())
        return Response(okr_shapes.ObjectiveShape(made, many=True).data, status=201)
