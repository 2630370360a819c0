"""Where metrics should be today, against their targets."""

from __future__ import annotations

from uuid import UUID

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.paging import in_order, page_response
from apps.api.schema import paged
from apps.api.serializers import paces as shapes
from apps.api.views.base import Resource
from apps.common.access import requires
from apps.kernel.issue import N_
from apps.targets.selectors import pacing
from apps.targets.selectors.pacing import Place
from apps.workspaces.scope import current_workspace


@requires("targets.view")
class Standings(Resource):
    query = shapes.StandingsQuery

    @extend_schema(
        summary=N_("Where the metrics of a member should be today"),
        description="Every target in force today for everything, one member of a dimension, or one team.",
        responses=paged(shapes.StandingShape),
    )
    def get(self, request: Request) -> Response:
        wanted, team = self.params.get("metric"), str(self.params.get("team") or "")
        place = Place(team=team) if team else Place(self.params["dimension"], self.params["member"])
        found = pacing.paced(place, current_workspace().calendar.today(now()))
        found = [each for each in found if wanted in (None, each.metric.key)]
        page, following = in_order(found, self.params, lambda each: str(each.target.pk))
        return page_response(self, shapes.StandingShape(page, many=True).data, following)


@requires("targets.view")
class TargetStanding(Resource):
    @extend_schema(
        summary=N_("How a metric stands against a target"),
        description="In force or not; what has ended stands as it ended.",
        responses=shapes.StandingShape,
    )
    def get(self, request: Request, target_id: UUID) -> Response:
        return Response(shapes.StandingShape(pacing.paced_one(target_id)).data)
