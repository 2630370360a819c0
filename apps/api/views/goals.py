"""Targets, and the values that people type."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import selectors as accounts
from apps.api.paging import in_order, page_response
from apps.api.schema import paged
from apps.api.serializers import goals as shapes
from apps.api.views.base import Resource, created, idempotent
from apps.common.access import requires
from apps.kernel.issue import N_, Forbidden, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.targets import selectors, services
from apps.targets.domain.kinds import Rule

NO_PERSON = N_("A person has to ask for approval, so that it is another person who approves. Use a personal key.")
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
        description=(
            "Where the company wants a second admin to approve targets, it is only proposed: see its `state`. "
            "409 if another one was set since `seen` was read. What was agreed before is kept."
        ),
        request=shapes.NewTarget,
        responses={201: shapes.SetTargetShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        must_be_a_person(request)
        told = self.body(shapes.NewTarget)
        metric, owner = told.pop("metric"), told.pop("owner", None)
        told["team_id"] = told.pop("team", None)
        told["milestones"] = tuple((each["day"], each["value"]) for each in told["milestones"])
        named = {"owner_id": owner, "owner_name": name_of(owner)} if owner else {}
        metric_id = metrics.metric_for(metric).id
        target = services.set_target(actor=self.actor, metric_id=metric_id, **named, **told)
        return created(shapes.SetTargetShape(target).data, f"targets/{target.pk}")


def must_be_a_person(request: Request) -> None:
    """Where a second admin approves targets, a service account neither proposes nor approves one.

    Whoever holds its key could be the very admin who is then asked, or who has proposed.
    """
    by_key = request._request.api_key
    if by_key and not by_key.is_personal and selectors.needs_second_admin():
        raise Forbidden(NO_PERSON)


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


@requires("targets.view")
class TargetHistory(Resource):
    @extend_schema(summary=N_("Every target there was in its place"), responses=shapes.TargetHistoryShape)
    def get(self, request: Request, target_id: UUID) -> Response:
        found = selectors.history_of(selectors.target_by_id(target_id))
        return Response({"items": shapes.SetTargetShape(found, many=True).data})


@requires("targets.view")
class ProposedTargets(Resource):
    @extend_schema(summary=N_("Targets that wait for approval"), responses=shapes.TargetHistoryShape)
    def get(self, request: Request) -> Response:
        return Response({"items": shapes.SetTargetShape(selectors.proposed(), many=True).data})


@requires("targets.edit")
class ApproveTarget(Resource):
    @extend_schema(
        summary=N_("Approve a proposed target"),
        description="By another admin than who proposed it; its proposed parts come with it. 409 if it was decided.",
        request=shapes.ToApprove,
        responses={200: shapes.SetTargetShape},
    )
    @idempotent
    def post(self, request: Request, target_id: UUID) -> Response:
        selectors.target_by_id(target_id)
        must_be_a_person(request)
        seen = self.body(shapes.ToApprove).get("seen")
        target = services.approve_target(actor=self.actor, target_id=target_id, seen=seen)
        return Response(shapes.SetTargetShape(target).data)


@requires("targets.edit")
class RejectTarget(Resource):
    @extend_schema(
        summary=N_("Do not approve a proposed target, or take one's own back"),
        request=shapes.ToWithdraw,
        responses={200: shapes.SetTargetShape},
    )
    @idempotent
    def post(self, request: Request, target_id: UUID) -> Response:
        selectors.target_by_id(target_id)
        reason = self.body(shapes.ToWithdraw)["reason"]
        target = services.reject_target(actor=self.actor, target_id=target_id, reason=reason)
        return Response(shapes.SetTargetShape(target).data)


def _asked(told: dict) -> services.Asked:
    """A split as the service takes it: parts by their keys."""
    parts = {
        f"{selectors.TEAMS}:{part['team']}" if part.get("team") else f"{told['into']}:{part['member']}": part
        for part in told["parts"]
    }
    return services.Asked(
        Rule(told["rule"]), told["into"], told.get("goal"),
        {key: part["share"] for key, part in parts.items() if part["share"] is not None},
        {key: part["goal"] for key, part in parts.items() if part["goal"] is not None}, frozenset(parts),
    )  # fmt: skip


@requires("targets.edit")
class PreviewCascade(Resource):
    @extend_schema(
        summary=N_("What splitting a target would do"),
        description="Saves nothing. The stamp is what applying it asks for.",
        request=shapes.ToCascade,
        responses={200: shapes.CascadeShape},
    )
    @idempotent
    def post(self, request: Request, target_id: UUID) -> Response:
        selectors.target_by_id(target_id)
        found = services.preview_cascade(target_id, _asked(self.body(shapes.ToCascade)))
        issues = [{"where": issue.where, "message": issue.in_words(gettext)} for issue in found.issues]
        told = {"lines": found.lines, "rest": found.rest, "issues": issues, "stamp": found.stamp}
        return Response(shapes.CascadeShape(told).data)


@requires("targets.edit")
class ApplyCascade(Resource):
    @extend_schema(
        summary=N_("Split a target as a preview showed"),
        description="All or nothing. 409 if anything the preview was made from is another by now.",
        request=shapes.ToApplyCascade,
        responses={201: shapes.TargetHistoryShape},
    )
    @idempotent
    def post(self, request: Request, target_id: UUID) -> Response:
        selectors.target_by_id(target_id)
        must_be_a_person(request)
        told = self.body(shapes.ToApplyCascade)
        made = services.apply_cascade(
            actor=self.actor, target_id=target_id, asked=_asked(told), stamp=told["stamp"], reason=told["reason"]
        )
        return Response({"items": shapes.SetTargetShape(made, many=True).data}, status=201)


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
