"""Work, computations, and who asks."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.domain.roles import PERMISSIONS
from apps.api.domain.scopes import ScopedActor
from apps.api.paging import cut, moment_and_id, page_response, parts_of
from apps.api.schema import paged
from apps.api.serializers.model import MeShape
from apps.api.serializers.work import RunShape, RunsQuery, WorkShape
from apps.api.views.base import Resource
from apps.common.access import open_to_signed_in, requires
from apps.kernel.issue import N_, NotHere
from apps.metrics.selectors import listing as metrics
from apps.work import selectors
from apps.workspaces.scope import current_workspace


@requires("work.view")
class WorkDetail(Resource):
    @extend_schema(summary=N_("How far a piece of work is"), responses=WorkShape)
    def get(self, request: Request, work_id: UUID) -> Response:
        work = selectors.work_for(work_id)
        if work is None:
            raise NotHere(N_("There is no such work."))
        return Response(WorkShape(work).data)


@requires("metrics.view")
class Runs(Resource):
    query = RunsQuery

    @extend_schema(summary=N_("List computations, newest first"), responses=paged(RunShape))
    def get(self, request: Request) -> Response:
        rows = metrics.runs(status=self.params.get("status", ""), before=moment_and_id(self.params))
        page, following = cut(rows, self.params["limit"], lambda run: parts_of(run.started_at, run.pk))
        return page_response(self, RunShape(page, many=True).data, following)


@requires("metrics.view")
class RunDetail(Resource):
    @extend_schema(summary=N_("One computation"), responses=RunShape)
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(RunShape(metrics.run_for(run_id)).data)


@open_to_signed_in
class Me(Resource):
    @extend_schema(summary=N_("Who asks, and what they may do"), responses=MeShape)
    def get(self, request: Request) -> Response:
        actor, key, workspace = self.actor, request._request.api_key, current_workspace()
        through = "session" if key is None else "personal_key" if key.is_personal else "service_key"
        return Response(
            MeShape(
                {
                    "name": actor.name,
                    "through": through,
                    "roles": sorted(actor.roles),
                    "scopes": sorted(actor.scopes) if key and isinstance(key.actor, ScopedActor) else None,
                    "may": [permission for permission in PERMISSIONS if actor.may(permission)],
                    "expires_at": key.expires_at if key else None,
                    "workspace": {
                        "name": workspace.name,
                        "slug": workspace.slug,
                        "time_zone": workspace.time_zone,
                        "currency": workspace.currency,
                    },
                }
            ).data
        )
