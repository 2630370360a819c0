"""Sources: how they stand, what they brought, and having one read now. Secrets are typed on pages only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.paging import in_order, page_response
from apps.api.schema import paged
from apps.api.serializers import sources as shapes
from apps.api.serializers.common import Paged
from apps.api.views.base import Resource, idempotent
from apps.common.access import requires
from apps.kernel.issue import N_
from apps.sources import selectors, services


@requires("data.view")
class Sources(Resource):
    query = Paged

    @extend_schema(summary=N_("List sources"), responses=paged(shapes.SourceShape))
    def get(self, request: Request) -> Response:
        page, following = in_order(selectors.sources(), self.params, lambda source: source.name)
        return page_response(self, [_told(source) for source in page], following)


@requires("data.view")
class SourceDetail(Resource):
    @extend_schema(summary=N_("How a source stands"), responses=shapes.SourceShape)
    def get(self, request: Request, source_id: UUID) -> Response:
        return Response(_told(selectors.source_for(source_id)))


@requires("data.view", write="sources.manage")
class Readings(Resource):
    query = Paged

    @extend_schema(summary=N_("Readings of a source, newest first"), responses=paged(shapes.ReadingShape))
    def get(self, request: Request, source_id: UUID) -> Response:
        rows = selectors.pulls_of(selectors.source_for(source_id))
        page, following = in_order(rows, self.params, lambda pull: -int(pull.begun_at.timestamp() * 1_000_000))
        return page_response(self, [_reading(pull) for pull in page], following)

    @extend_schema(summary=N_("Have a source read now"), request=None, responses={202: shapes.ReadingShape})
    @idempotent
    def post(self, request: Request, source_id: UUID) -> Response:
        pull = services.run_now(actor=self.actor, source_id=source_id)
        pull = selectors.pulls_of(selectors.source_for(source_id)).get(pk=pull.pk)
        return Response(_reading(pull), status=202)


@requires("sources.manage")
class PauseSource(Resource):
    @extend_schema(summary=N_("Read a source no more by the clock"), request=None, responses=shapes.SourceShape)
    @idempotent
    def post(self, request: Request, source_id: UUID) -> Response:
        services.pause_source(actor=self.actor, source_id=source_id)
        return Response(_told(selectors.source_for(source_id)))


@requires("sources.manage")
class ResumeSource(Resource):
    @extend_schema(summary=N_("Read a source by the clock again"), request=None, responses=shapes.SourceShape)
    @idempotent
    def post(self, request: Request, source_id: UUID) -> Response:
        services.resume_source(actor=self.actor, source_id=source_id, now=timezone.now())
        return Response(_told(selectors.source_for(source_id)))


def _told(source: selectors.Source) -> dict[str, Any]:
    schedule = source.clock.line() if source.schedule else ""
    told = {name: getattr(source, name) for name in ("id", "name", "kind", "status", "dataset", "mode")}
    told |= {"next_at": source.next_at, "failures": source.failures}
    return dict(shapes.SourceShape(told | {"schedule": schedule, "problems": source.problems_in_words}).data)


def _reading(pull: selectors.Pull) -> dict[str, Any]:
    told = {name: getattr(pull, name) for name in ("id", "status", "why", "rows", "size", "begun_at", "ended_at")}
    uploads = [file.upload_id for file in pull.files.all() if file.upload_id]
    return dict(shapes.ReadingShape(told | {"uploads": uploads, "problems": pull.problems_in_words}).data)
