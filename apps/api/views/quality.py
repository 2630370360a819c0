"""How data stands, what is to hold for its rows, and when they are expected."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.serializers import quality as shapes
from apps.api.views.base import Resource
from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.domain import checks, health
from apps.kernel.issue import N_


@requires("data.view")
class Quality(Resource):
    @extend_schema(summary=N_("How a dataset stands"), responses=shapes.QualityShape)
    def get(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        profile, standing = selectors.profile_of(dataset.current_version), selectors.standing_for(dataset)
        told = {
            "version": dataset.current_version.number if dataset.current_version else None,
            "late_from": standing.late_from,
            "warnings": selectors.warnings_in_words(health.warnings(standing)),
            "rows": profile.rows if profile else None,
            "columns": profile.columns if profile else None,
        }
        return Response(shapes.QualityShape(told).data)


@requires("data.view", write="data.upload")
class Checks(Resource):
    @extend_schema(summary=N_("What is checked, and what was found"), responses=shapes.ChecksShape)
    def get(self, request: Request, key: str) -> Response:
        return _checks(selectors.dataset_by_key(key))

    @extend_schema(
        summary=N_("Say what is checked"),
        description="The dataset has these checks afterwards and no others; those that stay keep their history.",
        request=shapes.ToCheckAll,
        responses=shapes.ChecksShape,
    )
    def put(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        told = self.body(shapes.ToCheckAll)
        services.set_checks(actor=self.actor, dataset_id=dataset.pk, wanted=told["checks"])
        return _checks(dataset)


@requires("data.view", write="data.upload")
class Rhythm(Resource):
    @extend_schema(summary=N_("When rows of a dataset are expected"), responses=shapes.ExpectedShape)
    def get(self, request: Request, key: str) -> Response:
        return _expected(selectors.dataset_by_key(key))

    @extend_schema(
        summary=N_("Say when rows of a dataset are expected"),
        request=shapes.ToSetRhythm,
        responses=shapes.ExpectedShape,
    )
    def put(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        told = self.body(shapes.ToSetRhythm)
        services.set_rhythm(actor=self.actor, dataset_id=dataset.pk, rhythm=told["rhythm"], now=timezone.now())
        return _expected(dataset)


def _expected(dataset: selectors.Dataset) -> Response:
    return Response(shapes.ExpectedShape({"rhythm": selectors.rhythm_of(dataset)}).data)


def _checks(dataset: selectors.Dataset) -> Response:
    number = dataset.current_version.number if dataset.current_version else 0
    found = {result.tested_id: result for result in selectors.results_of(dataset, [number])}
    columns, told = selectors.columns_of(dataset), []
    for row in selectors.checks_of(dataset):
        result, check = found.get(row.pk), selectors.check_as_said(row)
        examples = result.examples if result else []
        told.append(
            {
                **vars(check),
                "id": row.pk,
                "sentence": checks.in_words(check, columns).in_words(_),
                "failing": result.failing if result else None,
                "refused": result.refused if result else 0,
                "examples": [dict(zip("012", example, strict=True)) for example in examples],
            }
        )
    return Response(shapes.ChecksShape({"checks": told}).data)
