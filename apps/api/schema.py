"""The OpenAPI document, made from the views and their serializers."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from apps.accounts.access import permission_of
from apps.api.serializers.common import Strict

PROBLEM = "application/problem+json"
PREFIX = "/api/v1"


class ErrorShape(serializers.Serializer):
    """One thing to mend: the field, what is wrong with it, and a word for programs."""

    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    code = serializers.CharField()
    line = serializers.IntegerField(required=False, allow_null=True, help_text="Of a model file.")


class ProblemDocument(serializers.Serializer):
    """A problem (RFC 9457). `detail` and messages are in the language that was asked for."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ErrorShape(many=True)


class KeyScheme(OpenApiAuthenticationExtension):
    """How requests are authenticated."""

    target_class = "apps.api.views.base.WhoAsks"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key: lsk_…, made on the page “API keys”."}


IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="The same request with the same key is done once, and answered alike for 24 hours.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", {"type": "string"}, OpenApiParameter.HEADER, description="The ETag that was read."
)


class Schema(AutoSchema):
    """Adds what every operation has: problems, the headers of repeatable and replacing writes, and its tag."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).strip("/").split("/")[0].partition(".")[0]]

    def get_operation_id(self) -> str:
        steps = [step.strip("{}") for step in self.path.removeprefix(PREFIX).strip("/").replace(".", "/").split("/")]
        return "_".join([self.method.lower(), *steps])

    def get_override_parameters(self) -> list[OpenApiParameter]:
        found = list(super().get_override_parameters())
        if self.method == "GET":
            return [*found, self.view.query] if self.view.query().fields else found
        if self.method == "POST":
            return [*found, IDEMPOTENCY]
        return [*found, IF_MATCH]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        """What the view says, and what can go wrong anywhere."""
        found = super()._get_response_bodies(direction)
        refused = OpenApiResponse(ProblemDocument, "A problem")
        if self.method == "GET":
            found["304"] = {"description": "Not changed since If-None-Match"}
        for code in ("401", "403", "404", "422", "429", "default"):
            found[code] = self._get_response_for_code(refused, code, [PROBLEM], direction)
        return found

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        """What refuses unknown fields says so."""
        found = super()._map_basic_serializer(serializer, direction)
        return {**found, "additionalProperties": False} if isinstance(serializer, Strict) else found


def paged(shape: type[serializers.Serializer]) -> serializers.Serializer:
    """The answer of a list: a page of `shape`, and where the next one begins."""
    fields = {"items": shape(many=True), "next": serializers.CharField(allow_null=True)}
    return inline_serializer(f"{shape.__name__.removesuffix('Shape')}Page", fields)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of version 1, in English; made once for each process."""
    from apps.api.routes import WHOLE  # which needs the views, which need this

    with translation.override("en"):
        return SchemaGenerator(patterns=WHOLE, api_version="1").get_schema(request=None, public=True)


@cache
def operations() -> tuple[tuple[str, str, str, str | None], ...]:
    """Every operation: its path, method and summary, and the permission it takes."""
    from apps.api.routes import WHOLE

    views = {_as_written(str(each.pattern)): each.callback.view_class for each in WHOLE}
    return tuple(
        (path, method.upper(), told["summary"], permission_of(views[path], None, method.upper()))
        for path, methods in document()["paths"].items()
        for method, told in methods.items()
    )


def _as_written(pattern: str) -> str:
    """A pattern of Django's as OpenAPI writes it: <uuid:work_id> is {work_id}."""
    return "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", pattern)
