"""Forecasts."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.serializers.forecasts import ForecastQuery, ForecastShape
from apps.api.views.base import Resource
from apps.common.access import requires
from apps.evidence.selectors import forecast_of
from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain
from apps.metrics import selectors

NO_FORECAST = N_("There is no forecast of this series.")


@requires("metrics.view")
class Forecast(Resource):
    query = ForecastQuery

    @extend_schema(summary=N_("The forecast of a metric"), responses=ForecastShape)
    def get(self, request: Request, key: str) -> Response:
        metric, asked = selectors.metric_for(key), self.params
        found = forecast_of(metric.id, Grain(asked["grain"]), asked["dimension"], asked["member"])
        if found is None:
            raise NotHere(NO_FORECAST)
        return Response(ForecastShape(found).data)
