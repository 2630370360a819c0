"""What happens to a metric beside its definition: who vouches for it, who uses it, and its end."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.serializers import drafts as shapes
from apps.api.serializers.common import Strict
from apps.api.serializers.model import CertificationShape, MetricDetailShape
from apps.api.views.base import Resource, idempotent
from apps.api.views.metrics import detail_response
from apps.common.access import requires
from apps.kernel.issue import N_, NotHere
from apps.metrics import selectors, services

NOBODY = N_("Nobody vouches for the current version.")


@requires("metrics.view", write="metrics.edit")
class Certification(Resource):
    @extend_schema(summary=N_("Who vouches for the current version"), responses=CertificationShape)
    def get(self, request: Request, key: str) -> Response:
        found = selectors.metric_for(key).certified
        if found is None:
            raise NotHere(NOBODY)
        return Response(CertificationShape(found).data)

    @extend_schema(
        summary=N_("Vouch for the current version"),
        description="For who looks after the metric, and owners of the company. 409 if another version is current.",
        request=shapes.ToCertify,
        responses=CertificationShape,
    )
    def put(self, request: Request, key: str) -> Response:
        metric_id = selectors.metric_for(key).id
        told = self.body(shapes.ToCertify)
        services.certify(actor=self.actor, metric_id=metric_id, note=told["note"], number=told["version"])
        return Response(CertificationShape(selectors.metric_for(key).certified).data)

    @extend_schema(summary=N_("Vouch for the current version no longer"), responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        services.withdraw_certification(actor=self.actor, metric_id=selectors.metric_for(key).id)
        return Response(status=204)


@requires("metrics.view")
class Uses(Resource):
    @extend_schema(summary=N_("What uses a metric"), responses=shapes.UsesShape)
    def get(self, request: Request, key: str) -> Response:
        return Response({"items": shapes.UseShape(selectors.usage_of(key), many=True).data})


@requires("metrics.edit")
class Restore(Resource):
    @extend_schema(summary=N_("Bring an archived metric back"), request=None, responses={200: MetricDetailShape})
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        self.body(Strict)
        services.restore_metric(actor=self.actor, metric_id=selectors.metric_for(key).id)
        return detail_response(key)


@requires("metrics.edit")
class Delete(Resource):
    @extend_schema(
        summary=N_("Delete a metric that nothing uses"),
        description="With its values and versions. Refused, naming what, while anything uses it or ever did.",
        request=shapes.ToDelete,
        responses={204: None},
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        metric_id = selectors.metric_for(key).id
        told = self.body(shapes.ToDelete)
        services.delete_metric(actor=self.actor, metric_id=metric_id, confirmation=told["confirmation"])
        return Response(status=204)
