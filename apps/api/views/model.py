"""The model as code: read it, see what another one would change, apply it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.serializers.code import ModelQuery, PlanShape, ToApply, ToPlan, plan_json
from apps.api.views.base import Resource, idempotent
from apps.api.views.goals import must_be_a_person
from apps.common.access import requires
from apps.kernel.issue import N_
from apps.model.domain.document import Model
from apps.model.domain.parsing import parse_model
from apps.model.domain.reading import Read, read_yaml
from apps.model.domain.renaming import renamed
from apps.model.domain.schema import json_schema
from apps.model.domain.writing import document, write_yaml
from apps.model.selectors import export_model
from apps.model.services import Options, apply_model, plan_model

YAML = "application/yaml"


class ModelJson(JSONRenderer):
    """A model as JSON."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return super().render(document(data), accepted_media_type, renderer_context)


class ModelYaml(BaseRenderer):
    """A model as the text that lives in git."""

    media_type = YAML
    format = "yaml"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return write_yaml(data).encode()


@requires("data.view")
class WholeModel(Resource):
    query = ModelQuery
    renderer_classes = (ModelJson, ModelYaml)

    @extend_schema(
        summary=N_("The whole model, as JSON or YAML"),
        description="Data sets with their columns, metrics, the North Star, its tree and targets; no rows, no people.",
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, YAML): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="model.yaml"'}
        return Response(export_model(self.actor), headers=headers if self.params.get("format") == "yaml" else None)


@requires("metrics.view")
class ModelSchema(Resource):
    @extend_schema(
        summary=N_("The JSON Schema of a model"),
        description="Draft 2020-12, for editors and pipelines.",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> Response:
        return Response(json_schema())


@requires("metrics.edit")
class ModelPlan(Resource):
    @extend_schema(
        summary=N_("See what a model would change"),
        description="It is tried out and taken back. Everything to mend is told at once, with its line and path.",
        request=ToPlan,
        responses={200: PlanShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(ToPlan)
        wanted, read = _model(told)
        return Response(plan_json(plan_model(actor=self.actor, wanted=wanted, read=read, options=_options(told))))


@requires("metrics.edit")
class ModelApply(Resource):
    @extend_schema(
        summary=N_("Apply a model"),
        description=(
            "In one transaction; a second time it changes nothing. What is applied is the plan of that fingerprint: if "
            "the workspace was changed meanwhile the answer is 409, and one looks at a new plan."
        ),
        request=ToApply,
        responses={200: PlanShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(ToApply)
        wanted, read = _model(told)
        if wanted.targets or told["prune"]:
            must_be_a_person(request)
        done = apply_model(
            actor=self.actor, wanted=wanted, read=read, options=_options(told), fingerprint=told["fingerprint"]
        )
        return Response(plan_json(done))


def _model(told: dict[str, Any]) -> tuple[Model, Read]:
    read = read_yaml(told["yaml"]) if "yaml" in told else Read(told["model"])
    return renamed(parse_model(read), told.get("columns", {})), read


def _options(told: dict[str, Any]) -> Options:
    return Options(prune=told["prune"], note=told["note"])
