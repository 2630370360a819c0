"""Actions (initiatives): planned, changed, ended, taken up again; with what came of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.paging import page_response
from apps.api.schema import paged
from apps.api.serializers import actions as shapes
from apps.api.views.base import created, idempotent
from apps.api.views.goals import name_of
from apps.api.views.okr import Goals, by_id, revision_of
from apps.common.access import requires
from apps.goals import services
from apps.goals.domain.plan import Plan
from apps.goals.selectors import board
from apps.goals.selectors.days import today
from apps.goals.selectors.initiatives import initiative_for, seen_by, view_of
from apps.kernel.issue import N_, Issue
from apps.metrics import selectors as metrics


@requires("initiatives.view", write="initiatives.edit")
class Actions(Goals):
    query = shapes.ActionsQuery

    @extend_schema(summary=N_("List actions"), responses=paged(shapes.ActionShape))
    def get(self, request: Request) -> Response:
        names = {
            "metric": "metric__key", "target": "target_id", "key_result": "key_result_id", "owner": "owner_id",
            "stand": "stand", "verdict": "verdict",
        }  # fmt: skip
        asked = {field: self.params[name] for name, field in names.items() if name in self.params}
        rows = board.with_stand(seen_by(self.looker), today()).filter(**asked).select_related("metric")
        page, following = by_id(rows, self.params)
        return page_response(self, shapes.ActionShape([_told(row) for row in page], many=True).data, following)

    @extend_schema(
        summary=N_("Plan an action"),
        description="For one of: a metric, a target, a key result. The latter two say which member it is about.",
        request=shapes.NewAction,
        responses={201: shapes.ActionShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewAction)
        metric = told.get("metric")
        made = services.create_initiative(
            actor=self.actor,
            metric_id=metrics.metric_for(metric).id if metric else None,
            target_id=told.get("target"),
            key_result_id=told.get("key_result"),
            **_plan(told),
        )
        return created(shapes.ActionShape(_told(made)).data, f"actions/{made.pk}")


def _plan(told: dict[str, Any]) -> dict[str, Any]:
    names = ("title", "what", "start", "due", "dimension", "member")
    plan = Plan(**{name: told[name] for name in names}, expected=told.get("expected"), cost=told.get("cost"))
    owner = told.get("owner")
    named = {"owner_id": owner, "owner_name": name_of(owner)} if owner else {}
    return {"plan": plan, "running": told["running"], **named}


@requires("initiatives.view", write="initiatives.edit")
class ActionDetail(Goals):
    @extend_schema(summary=N_("An action, and what came of it"), responses=shapes.ActionShape)
    def get(self, request: Request, action_id: UUID) -> Response:
        row = initiative_for(self.actor, action_id)
        revision_of(self, row)
        return Response(shapes.ActionShape(_told(row)).data)

    @extend_schema(
        summary=N_("Change an action"),
        description="If-Match with the ETag that was read: 428 without, 412 if somebody was faster.",
        request=shapes.Planned,
        responses=shapes.ActionShape,
    )
    def put(self, request: Request, action_id: UUID) -> Response:
        row = initiative_for(self.actor, action_id)
        self.must_match(revision_of(self, row), needed=True)
        told = self.body(shapes.Planned)
        changed = services.change_initiative(
            actor=self.actor, initiative_id=row.pk, revision=row.revision, **_plan(told)
        )
        return Response(shapes.ActionShape(_told(changed)).data)


@requires("initiatives.edit")
class FinishAction(Goals):
    @extend_schema(summary=N_("Say that an action is done"), request=shapes.ToFinish, responses=shapes.ActionShape)
    @idempotent
    def post(self, request: Request, action_id: UUID) -> Response:
        initiative_for(self.actor, action_id)
        told, day = self.body(shapes.ToFinish), today()
        row = services.finish_initiative(
            actor=self.actor, initiative_id=action_id, revision=told["revision"], on=told.get("on", day), today=day,
            result=told["result"],
        )  # fmt: skip
        return Response(shapes.ActionShape(_told(row)).data)


@requires("initiatives.edit")
class StopAction(Goals):
    @extend_schema(summary=N_("Stop an action"), request=shapes.ToStop, responses=shapes.ActionShape)
    @idempotent
    def post(self, request: Request, action_id: UUID) -> Response:
        initiative_for(self.actor, action_id)
        told, day = self.body(shapes.ToStop), today()
        row = services.stop_initiative(
            actor=self.actor, initiative_id=action_id, revision=told["revision"], on=told.get("on", day), today=day,
            reason=told["reason"],
        )  # fmt: skip
        return Response(shapes.ActionShape(_told(row)).data)


@requires("initiatives.edit")
class ReopenAction(Goals):
    @extend_schema(summary=N_("Take an action up again"), request=shapes.ToTakeUp, responses=shapes.ActionShape)
    @idempotent
    def post(self, request: Request, action_id: UUID) -> Response:
        initiative_for(self.actor, action_id)
        revision = self.body(shapes.ToTakeUp)["revision"]
        row = services.reopen_initiative(actor=self.actor, initiative_id=action_id, revision=revision)
        return Response(shapes.ActionShape(_told(row)).data)


def _told(row: Any) -> dict[str, Any]:
    view = view_of(row, today())
    same = ("id", "dimension", "member", "title", "what", "owner_name", "start", "due", "status", "expected", "cost")
    return {
        **{name: getattr(view, name) for name in same},
        "metric": row.metric.key if row.metric_id else None,
        "target": view.target_id,
        "key_result": view.key_result_id,
        "owner": view.owner_id,
        "stand": str(view.stand),
        "ended_on": view.ended_on,
        "result": view.result,
        "revision": view.revision,
        "effect": _effect(row),
    }


def _effect(row: Any) -> dict[str, Any] | None:
    facts = row.verdict_facts
    if not row.verdict or facts is None:
        return None
    figures = {name: None if facts[name] is None else Decimal(facts[name]) for name in ("mean", "low", "high", "total")}
    why = facts["why"]
    return {
        "verdict": row.verdict,
        "why": Issue("", why["message"], why["params"]).in_words(gettext) if why else "",
        "periods": facts["periods"],
        "promise": facts["promise"] or None,
        "cost_of_one": None if facts["one"] is None else Decimal(facts["one"]),
        "judged_at": row.judged_at,
        **figures,
    }
