"""Targets, and the values that people type."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import selectors as accounts
from apps.api.paging import in_order, page_response
from apps.api.schema import paged
from apps.api.serializers import goals as shapes
from apps.api.views.base import Resource, idempotent
from apps.common.access import requires
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.targets import selectors, services

MEND = N_("The request cannot be carried out like this. Mend what is listed.")


@requires("targets.view", write="targets.edit")
class Targets(Resource):
    query = shapes.TargetsQuery

    @extend_schema(summary=N_("List targets in force"), responses=paged(shapes.TargetShape))
    def get(self, request: Request) -> Response:
        wanted = self.params.get("metric")
        held = [each for each in selectors.targets() if wanted in (None, each.metric.key)]
        page, following = in_order(held, self.params, lambda each: str(each.target.pk))
        return page_response(self, shapes.TargetShape(page, many=True).data, following)

    @extend_schema(
        summary=N_("Set a target"),
        description="409 if another one was set since `seen` was read. What was agreed before is kept.",
        request=shapes.NewTarget,
        responses={201: shapes.SetTargetShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewTarget)
        metric, owner = told.pop("metric"), told.pop("owner", None)
        named = {"owner_id": owner, "owner_name": name_of(owner)} if owner else {}
        metric_id = metrics.metric_for(metric).id
        target = services.set_target(actor=self.actor, metric_id=metric_id, **named, **told)
        headers = {"Location": f"/api/v1/targets/{target.pk}"}
        return Response(shapes.SetTargetShape(target).data, status=201, headers=headers)


def name_of(owner: UUID) -> str:
    person = accounts.person_for(owner)
    if person is None or not person.is_active:
        raise Refusal(MEND, issues=[Issue("owner", N_("Choose a person of this company."))])
    return str(person)[:120]


@requires("targets.view")
class TargetDetail(Resource):
    @extend_schema(summary=N_("A target, in force or not"), responses=shapes.SetTargetShape)
    def get(self, request: Request, target_id: UUID) -> Response:
        return Response(shapes.SetTargetShape(selectors.target_by_id(target_id)).data)


@requires("targets.edit")
class WithdrawTarget(Resource):
    @extend_schema(
        summary=N_("Withdraw a target"),
        description="It stays in the history with the reason. 409 if it is not in force any more.",
        request=shapes.ToWithdraw,
        responses={200: shapes.SetTargetShape},
    )
    @idempotent
    def post(self, request: Request, target_id: UUID) -> Response:
        selectors.target_by_id(target_id)
        reason = self.body(shapes.ToWithdraw)["reason"]
        target = services.withdraw_target(actor=self.actor, target_id=target_id, reason=reason)
        return Response(shapes.SetTargetShape(target).data)


@requires("metrics.view", write="values.type")
class TypedValues(Resource):
    query = shapes.TypedQuery

    @extend_schema(summary=N_("Typed values of a manual metric"), responses=shapes.TypedPageShape)
    def get(self, request: Request, key: str) -> Response:
        view, asked = metrics.metric_for(key), self.params
        grain = Grain(asked.get("grain") or view.grains[0])
        found = metrics.typed_values(view, grain, asked["dimension"], asked["member"])
        return Response({"items": shapes.TypedShape(found.values(), many=True).data})

    @extend_schema(
        summary=N_("Type values of a manual metric"),
        request=shapes.ToType,
        responses={200: shapes.TypedCountShape},
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        metric_id = metrics.metric_for(key).id
        told = self.body(shapes.ToType)
        values = [
            metric_services.TypedValue(
                typed["start"], typed["value"], typed["dimension"], typed["member"], typed["note"]
            )
            for typed in told["values"]
        ]
        changed = metric_services.type_values(
            actor=self.actor, metric_id=metric_id, grain=Grain(told["grain"]), values=values
        )
        return Response({"changed": changed})
