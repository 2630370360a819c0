"""What was said of key results and objectives: values, check-ins, comments. Who sees what is private is as on pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.domain.cursors import read_cursor
from apps.api.paging import cut, page_response
from apps.api.schema import paged
from apps.api.serializers import okr as shapes
from apps.api.serializers.common import Paged
from apps.api.views.base import idempotent
from apps.api.views.okr import Goals, by_id
from apps.common.access import requires
from apps.goals import services
from apps.goals.domain.saying import Said
from apps.goals.selectors import checkins, objectives, talk
from apps.goals.selectors.days import today
from apps.kernel.issue import N_, Forbidden

NOBODY = N_("A service account is nobody who could be told. Use a personal key.")


@requires("objectives.view", write="checkins.write")
class KeyResultValues(Goals):
    query = Paged

    @extend_schema(
        summary=N_("Every value a key result had"),
        description="The oldest first. Nothing is changed: a correction is another value.",
        responses=paged(shapes.ValueShape),
    )
    def get(self, request: Request, key_result_id: UUID) -> Response:
        row = objectives.key_result_for(self.looker, key_result_id)
        rows = row.values.order_by("pk")
        if self.params.get("cursor"):
            [after] = read_cursor(self.params["cursor"], [int])
            rows = rows.filter(pk__gt=after)
        limit = self.params["limit"]
        page, following = cut(rows[: limit + 1], limit, lambda each: [each.pk])
        return page_response(self, shapes.ValueShape(page, many=True).data, following)

    @extend_schema(
        summary=N_("Put a value right"),
        description="What a typed key result was on a day of its cycle, and why. What was said before stays.",
        request=shapes.RightValue,
        responses={201: shapes.ValueShape},
    )
    @idempotent
    def post(self, request: Request, key_result_id: UUID) -> Response:
        objectives.key_result_for(self.looker, key_result_id)
        told = self.body(shapes.RightValue)
        row = services.correct_value(actor=self.actor, key_result_id=key_result_id, now=timezone.now(), **told)
        return Response(shapes.ValueShape(row.values.order_by("pk").last()).data, status=201)


@requires("objectives.view", write="checkins.write")
class CheckIns(Goals):
    query = Paged

    @extend_schema(summary=N_("Check-ins of a key result"), responses=paged(shapes.CheckInShape))
    def get(self, request: Request, key_result_id: UUID) -> Response:
        row = objectives.key_result_for(self.looker, key_result_id)
        page, following = by_id(row.checkins.all(), self.params)
        return page_response(self, shapes.CheckInShape(page, many=True).data, following)

    @extend_schema(
        summary=N_("Check in on a key result"),
        description="`seen` is the id of its newest check-in, null if there is none: 409 if somebody was faster.",
        request=shapes.NewCheckIn,
        responses={201: shapes.CheckInShape},
    )
    @idempotent
    def post(self, request: Request, key_result_id: UUID) -> Response:
        objectives.key_result_for(self.looker, key_result_id)
        told = self.body(shapes.NewCheckIn)
        steps, seen = told.pop("steps_done", None), told.pop("seen")
        made = services.check_in(
            actor=self.actor, key_result_id=key_result_id, said=Said(**told), seen=seen, today=today(),
            now=timezone.now(), steps_done=None if steps is None else set(steps),
        )  # fmt: skip
        return Response(shapes.CheckInShape(made).data, status=201)


@requires("checkins.write")
class CorrectCheckIn(Goals):
    @extend_schema(
        summary=N_("Correct a check-in"),
        description="`seen` is its `corrected_at` as it was read: 409 if somebody was faster. What it said stays.",
        request=shapes.CorrectedCheckIn,
        responses={200: shapes.CheckInShape},
    )
    @idempotent
    def post(self, request: Request, checkin_id: UUID) -> Response:
        checkins.checkin_for(self.looker, checkin_id)
        told = self.body(shapes.CorrectedCheckIn)
        reason, seen = told.pop("reason"), told.pop("seen")
        made = services.correct_check_in(
            actor=self.actor, checkin_id=checkin_id, said=Said(**told), reason=reason, seen=seen,
            now=timezone.now(),
        )  # fmt: skip
        return Response(shapes.CheckInShape(made).data)


@requires("objectives.view", write="checkins.write")
class Comments(Goals):
    query = Paged

    @extend_schema(summary=N_("Comments on an objective"), responses=paged(shapes.CommentShape))
    def get(self, request: Request, objective_id: UUID) -> Response:
        row = objectives.objective_for(self.looker, objective_id)
        page, following = by_id(row.comments.all(), self.params)
        return page_response(self, [_comment(each) for each in page], following)

    @extend_schema(
        summary=N_("Comment on an objective"),
        description="“@” and a name tells that person; whoever follows the objective hears of it.",
        request=shapes.NewComment,
        responses={201: shapes.CommentShape},
    )
    @idempotent
    def post(self, request: Request, objective_id: UUID) -> Response:
        objectives.objective_for(self.looker, objective_id)
        told = self.body(shapes.NewComment)
        made = services.add_comment(
            actor=self.actor, objective_id=objective_id, text=told["text"], now=timezone.now(),
            key_result_id=told["key_result"],
        )  # fmt: skip
        return Response(_comment(made), status=201)


def _comment(row: Any) -> dict[str, Any]:
    told = dict(shapes.CommentShape(row).data)
    return told | ({"text": ""} if row.deleted_at else {})


@requires("objectives.view")
class Following(Goals):
    @extend_schema(summary=N_("Whether one is told what happens to an objective"), responses=shapes.FollowingShape)
    def get(self, request: Request, objective_id: UUID) -> Response:
        row = objectives.objective_for(self.looker, objective_id)
        return Response({"following": talk.follows(row, self.actor.id)})

    @extend_schema(
        summary=N_("Be told what happens to an objective, or no more"),
        request=shapes.ToFollow,
        responses=shapes.FollowingShape,
    )
    def put(self, request: Request, objective_id: UUID) -> Response:
        objectives.objective_for(self.looker, objective_id)
        wanted = self.body(shapes.ToFollow)["following"]
        key = request._request.api_key
        if key and not key.is_personal:
            raise Forbidden(NOBODY)
        act = services.follow if wanted else services.unfollow
        act(actor=self.actor, objective_id=objective_id)
        return Response({"following": wanted})
