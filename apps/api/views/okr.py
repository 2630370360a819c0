"""Cycles, objectives, key results, and what was said of them. Who sees what is private is as on pages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.domain.cursors import read_cursor, strange_cursor
from apps.api.paging import cut, page_response
from apps.api.schema import paged
from apps.api.serializers import okr as shapes
from apps.api.serializers.common import Paged
from apps.api.views.base import Resource, created, idempotent
from apps.common.access import requires
from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.selectors import cycles, objectives, said, templates
from apps.goals.selectors.people import Reader, reader
from apps.kernel.issue import N_, Refusal


def by_id(rows: QuerySet, params: dict[str, Any]) -> tuple[list[Any], str | None]:
    """A page of rows in the order of their ids, and the cursor of the next page."""
    rows = rows.order_by("pk")
    if params.get("cursor"):
        [after] = read_cursor(params["cursor"], [str])
        try:
            rows = rows.filter(pk__gt=UUID(str(after)))
        except ValueError:
            raise strange_cursor() from None
    return cut(rows[: params["limit"] + 1], params["limit"], lambda row: [str(row.pk)])


class Goals(Resource):
    """A resource that is read as somebody who leads certain teams."""

    @property
    def looker(self) -> Reader:
        return reader(self.actor)


def revision_of(view: Resource, row: Any) -> str:
    """What an ETag of it begins with: counted up with every change that a person makes."""
    view.version = f"r{row.revision}"
    return view.version


# --- cycles -----------------------------------------------------------------------------------------------------------


def _cycle(row: Any) -> dict[str, Any]:
    row.stand = str(cycles.stand_of(row))
    return dict(shapes.CycleShape(row).data)


@requires("objectives.view", write="cycles.manage")
class Cycles(Resource):
    query = Paged

    @extend_schema(summary=N_("List OKR cycles"), responses=paged(shapes.CycleShape))
    def get(self, request: Request) -> Response:
        page, following = by_id(cycles.all_cycles(), self.params)
        return page_response(self, [_cycle(row) for row in page], following)

    @extend_schema(summary=N_("Make an OKR cycle"), request=shapes.NewCycle, responses={201: shapes.MadeCycle})
    @idempotent
    def post(self, request: Request) -> Response:
        told, gone = self.body(shapes.NewCycle), []
        template = told.pop("template", None)
        if template is None:
            made = services.make_cycle(actor=self.actor, **told)
        else:
            own = {name: told[name] for name in ("name", "kind", "start", "due")}
            made, gone = services.make_from_template(actor=self.actor, template_id=template, now=timezone.now(), **own)
        return created(_cycle(made) | {"left_out": gone}, f"cycles/{made.pk}")


@requires("objectives.view", write="cycles.manage")
class CycleDetail(Resource):
    @extend_schema(summary=N_("An OKR cycle"), responses=shapes.CycleShape)
    def get(self, request: Request, cycle_id: UUID) -> Response:
        row = cycles.cycle_for(cycle_id)
        revision_of(self, row)
        return Response(_cycle(row))

    @extend_schema(
        summary=N_("Change an OKR cycle"),
        description="If-Match with the ETag that was read: 428 without, 412 if somebody was faster.",
        request=shapes.ChangedCycle,
        responses=shapes.CycleShape,
    )
    def put(self, request: Request, cycle_id: UUID) -> Response:
        row = cycles.cycle_for(cycle_id)
        self.must_match(revision_of(self, row), needed=True)
        told = self.body(shapes.ChangedCycle)
        changed = services.change_cycle(
            actor=self.actor, cycle_id=row.pk, revision=row.revision, now=timezone.now(), **told
        )
        return Response(_cycle(changed))


def _template(row: Any) -> dict[str, Any]:
    row.titles = [each["title"] for each in row.objectives]
    return dict(shapes.CycleTemplateShape(row).data)


@requires("cycles.manage")
class CycleTemplates(Resource):
    query = Paged

    @extend_schema(summary=N_("List templates of OKR cycles"), responses=paged(shapes.CycleTemplateShape))
    def get(self, request: Request) -> Response:
        page, following = by_id(templates.all_templates(), self.params)
        return page_response(self, [_template(row) for row in page], following)

    @extend_schema(
        summary=N_("Save a cycle as a template"),
        request=shapes.NewCycleTemplate,
        responses={201: shapes.CycleTemplateShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewCycleTemplate)
        cycle = cycles.cycle_for(told["cycle"])
        chosen = told.get("objectives")
        if chosen is None:
            chosen = list(templates.for_template(cycle).values_list("pk", flat=True))
        made = services.save_template(actor=self.actor, cycle_id=cycle.pk, name=told["name"], objective_ids=chosen)
        return created(_template(made), f"cycle-templates/{made.pk}")


@requires("cycles.manage")
class CycleTemplateDetail(Resource):
    @extend_schema(summary=N_("A template of OKR cycles"), responses=shapes.CycleTemplateShape)
    def get(self, request: Request, template_id: UUID) -> Response:
        row = templates.template_for(template_id)
        revision_of(self, row)
        return Response(_template(row))

    @extend_schema(summary=N_("Delete a template of OKR cycles"), responses={204: None})
    def delete(self, request: Request, template_id: UUID) -> Response:
        services.delete_template(actor=self.actor, template_id=template_id)
        return Response(status=204)


@requires("cycles.manage")
class CloseCycle(Resource):
    @extend_schema(
        summary=N_("Close an OKR cycle"),
        description="Values and progress are frozen as they stood at the end of its last day.",
        request=shapes.ToClose,
        responses={200: shapes.CycleShape},
    )
    @idempotent
    def post(self, request: Request, cycle_id: UUID) -> Response:
        cycles.cycle_for(cycle_id)
        revision = self.body(shapes.ToClose)["revision"]
        row = services.close_cycle(actor=self.actor, cycle_id=cycle_id, revision=revision, now=timezone.now())
        return Response(_cycle(row))


@requires("cycles.manage")
class ReopenCycle(Resource):
    @extend_schema(
        summary=N_("Open a closed OKR cycle again"), request=shapes.ToReopen, responses={200: shapes.CycleShape}
    )
    @idempotent
    def post(self, request: Request, cycle_id: UUID) -> Response:
        cycles.cycle_for(cycle_id)
        reason = self.body(shapes.ToReopen)["reason"]
        row = services.reopen_cycle(actor=self.actor, cycle_id=cycle_id, reason=reason, now=timezone.now())
        return Response(_cycle(row))


# --- objectives -------------------------------------------------------------------------------------------------------


@requires("objectives.view", write="objectives.edit")
class Objectives(Goals):
    query = shapes.ObjectivesQuery

    @extend_schema(summary=N_("List objectives"), responses=paged(shapes.ObjectiveShape))
    def get(self, request: Request) -> Response:
        asked = {
            f"{name}_id": self.params[name] for name in ("cycle", "team", "owner", "parent") if name in self.params
        }
        rows = objectives.seen_by(self.looker).filter(**asked)
        if "level" in self.params:
            rows = rows.filter(level=self.params["level"])
        if not self.params["dropped"]:
            rows = rows.filter(dropped_at__isnull=True)
        page, following = by_id(rows, self.params)
        return page_response(self, shapes.ObjectiveShape(page, many=True).data, following)

    @extend_schema(
        summary=N_("Set an objective with its key results"),
        request=shapes.NewObjective,
        responses={201: shapes.WholeObjectiveShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewObjective)
        with _Fields():
            made = services.create_objective(
                actor=self.actor, cycle_id=told["cycle"], draft=_draft(told), now=timezone.now()
            )
        return created(_whole(self.looker, made.pk), f"objectives/{made.pk}")


@requires("objectives.view", write="objectives.edit")
class ObjectiveDetail(Goals):
    @extend_schema(summary=N_("An objective with its key results"), responses=shapes.WholeObjectiveShape)
    def get(self, request: Request, objective_id: UUID) -> Response:
        looker = self.looker
        revision_of(self, objectives.objective_for(looker, objective_id))
        return Response(_whole(looker, objective_id))

    @extend_schema(
        summary=N_("Change an objective and its key results"),
        description="If-Match with the ETag that was read: 428 without, 412 if somebody was faster.",
        request=shapes.ChangedObjective,
        responses=shapes.WholeObjectiveShape,
    )
    def put(self, request: Request, objective_id: UUID) -> Response:
        looker = self.looker
        row = objectives.objective_for(looker, objective_id)
        self.must_match(revision_of(self, row), needed=True)
        told = self.body(shapes.ChangedObjective)
        dropping = [(each["id"], each["reason"]) for each in told.get("dropping", ())]
        with _Fields():
            services.change_objective(
                actor=self.actor, objective_id=row.pk, revision=row.revision, draft=_draft(told), dropping=dropping,
                now=timezone.now(),
            )  # fmt: skip
        return Response(_whole(looker, row.pk))


@requires("objectives.edit")
class DropObjective(Goals):
    @extend_schema(
        summary=N_("Give an objective up"), request=shapes.ToDrop, responses={200: shapes.WholeObjectiveShape}
    )
    @idempotent
    def post(self, request: Request, objective_id: UUID) -> Response:
        objectives.objective_for(self.looker, objective_id)
        told = self.body(shapes.ToDrop)
        services.drop_objective(actor=self.actor, objective_id=objective_id, now=timezone.now(), **told)
        return Response(_whole(self.looker, objective_id))


@requires("objectives.edit")
class TakeUpObjective(Goals):
    @extend_schema(
        summary=N_("Take a dropped objective up again"), request=None, responses={200: shapes.WholeObjectiveShape}
    )
    @idempotent
    def post(self, request: Request, objective_id: UUID) -> Response:
        services.take_up_objective(actor=self.actor, objective_id=objective_id, now=timezone.now())
        return Response(_whole(self.looker, objective_id))


@requires("objectives.edit")
class HandOverObjective(Goals):
    @extend_schema(
        summary=N_("Hand an objective over"),
        description=(
            "Those of its key results that were the same person's go with it. To somebody for whom one may set an "
            "objective there. 409 if it was changed since `revision`."
        ),
        request=shapes.ToHandOver,
        responses={200: shapes.WholeObjectiveShape},
    )
    @idempotent
    def post(self, request: Request, objective_id: UUID) -> Response:
        objectives.objective_for(self.looker, objective_id)
        told = self.body(shapes.ToHandOver)
        services.hand_over(actor=self.actor, objective_id=objective_id, **told)
        return Response(_whole(self.looker, objective_id))


@requires("objectives.edit")
class ScoreObjective(Goals):
    @extend_schema(
        summary=N_("Judge what an objective was worth"),
        description="Once its cycle is over, and before it is closed. The computed score stays beside it.",
        request=shapes.ToScore,
        responses={200: shapes.WholeObjectiveShape},
    )
    @idempotent
    def post(self, request: Request, objective_id: UUID) -> Response:
        objectives.objective_for(self.looker, objective_id)
        told = self.body(shapes.ToScore)
        services.score_objective(actor=self.actor, objective_id=objective_id, now=timezone.now(), **told)
        return Response(_whole(self.looker, objective_id))


def _whole(looker: Reader, objective_id: UUID) -> dict[str, Any]:
    """An objective with its key results and their steps. Three queries."""
    row = objectives.objective_for(looker, objective_id)
    results = objectives.key_results_of(row)
    steps = objectives.milestones_of([each.pk for each in results])
    for each in results:
        each.steps = steps.get(each.pk, [])
    told = dict(shapes.ObjectiveShape(row).data)
    return told | {"key_results": shapes.WholeKeyResultShape(results, many=True).data}


class _Fields:
    """Issues name the fields of the request: `key_results.0.goal`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Refusal) and error.issues:
            error.issues = tuple(replace(issue, where=_field(issue.where)) for issue in error.issues)


def _field(where: str) -> str:
    parts = where.split(".")
    if parts[0] == "kr":
        parts[0] = "key_results"
        parts[-1] = "range_rule" if parts[-1] == "rule" else parts[-1]
    return ".".join(parts)


def _draft(told: dict[str, Any]) -> ObjectiveDraft:
    return ObjectiveDraft(
        title=told["title"], level=told["level"], team_id=told.get("team"), owner_id=told.get("owner"),
        why=told["why"], kind=told["kind"], private=told["private"], parent_id=told.get("parent"),
        alignment=told["alignment"], weight=told.get("weight"), counts=told["counts"],
        key_results=tuple(_key_result(each) for each in told.get("key_results", ())),
    )  # fmt: skip


def _key_result(told: dict[str, Any]) -> KeyResultDraft:
    plain = ("title", "metric", "grain", "dimension", "member", "unit")
    figures = ("start", "goal", "low", "high", "tolerance", "weight")
    return KeyResultDraft(
        **{name: told[name] for name in plain},
        **{name: told.get(name) for name in figures},
        kind=Kind(told["kind"]),
        rule=RangeRule(told["range_rule"]) if told.get("range_rule") else None,
        owner_id=told.get("owner"),
        target_id=told.get("target"),
        id=told.get("id"),
        revision=told.get("revision", 0),
        steps=tuple(
            StepDraft(step["title"], step.get("weight", Decimal(1)), step.get("due"), step.get("id"))
            for step in told.get("steps", ())
        ),
    )


# --- key results, and what was said -----------------------------------------------------------------------------------


@requires("objectives.view")
class KeyResults(Goals):
    query = shapes.KeyResultsQuery

    @extend_schema(
        summary=N_("List key results"),
        description="Those that are not dropped, of objectives that are not dropped.",
        responses=paged(shapes.KeyResultShape),
    )
    def get(self, request: Request) -> Response:
        names = {
            "cycle": "objective__cycle_id",
            "objective": "objective_id",
            "owner": "owner_id",
            "metric": "metric__key",
        }
        asked = {field: self.params[name] for name, field in names.items() if name in self.params}
        page, following = by_id(said.key_results(self.looker).filter(**asked), self.params)
        return page_response(self, shapes.KeyResultShape(page, many=True).data, following)


@requires("objectives.view")
class KeyResultDetail(Goals):
    @extend_schema(summary=N_("A key result"), responses=shapes.WholeKeyResultShape)
    def get(self, request: Request, key_result_id: UUID) -> Response:
        row = objectives.key_result_for(self.looker, key_result_id)
        row.steps = objectives.milestones_of([row.pk]).get(row.pk, [])
        revision_of(self, row)
        return Response(shapes.WholeKeyResultShape(row).data)
