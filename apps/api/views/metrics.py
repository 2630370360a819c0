"""Metrics: their definitions and versions, and having them computed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.paging import in_order, page_response
from apps.api.problems import of_issue
from apps.api.schema import paged
from apps.api.serializers import model as shapes
from apps.api.serializers.common import Paged
from apps.api.serializers.work import WorkShape
from apps.api.views.base import Resource, idempotent, under_way
from apps.common.access import requires
from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics import selectors, services
from apps.metrics.domain.definition import Definition, document_of, parse
from apps.metrics.services.asking import request_compute
from apps.metrics.services.locks import hold_metrics

OTHER_KEY = N_("The definition has another key than the address. Send it to its own address.")
MEND_FIRST = N_("The definition has to be mended first.")
UNDER = "definition"
NO_DAY = N_("Write a day such as 2026-06-30.")


@requires("metrics.view", write="metrics.edit")
class Metrics(Resource):
    query = shapes.MetricsQuery

    @extend_schema(summary=N_("List metrics"), responses=paged(shapes.MetricShape))
    def get(self, request: Request) -> Response:
        views = selectors.metrics(archived=self.params["archived"])
        page, following = in_order(views, self.params, lambda view: view.key)
        return page_response(self, shapes.MetricShape(page, many=True).data, following)

    @extend_schema(
        summary=N_("Define a metric"), request=shapes.NewDefinition, responses={201: shapes.MetricDetailShape}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.NewDefinition)
        definition = read_definition(told["definition"])
        _define(self, definition, told, new=True)
        response = detail_response(definition.key, status=201)
        response["Location"] = f"/api/v1/metrics/{definition.key}"
        return response


@requires("metrics.view", write="metrics.edit")
class MetricDetail(Resource):
    @extend_schema(summary=N_("A metric with its definition"), responses=shapes.MetricDetailShape)
    def get(self, request: Request, key: str) -> Response:
        view = selectors.metric_for(key)
        self.version = _version_of(view)
        return Response(_detail(view))

    @extend_schema(
        summary=N_("Replace a metric's definition"),
        description="A new version; the same definition again makes none. If-Match is needed.",
        request=shapes.NewDefinition,
        responses=shapes.MetricDetailShape,
    )
    def put(self, request: Request, key: str) -> Response:
        told = self.body(shapes.NewDefinition)
        selectors.metric_for(key)
        definition = read_definition(told["definition"])
        if definition.key != key:
            raise Refusal(MEND_FIRST, issues=[Issue(f"{UNDER}.key", OTHER_KEY)])
        with transaction.atomic():
            hold_metrics()
            self.must_match(_version_of(selectors.metric_for(key)), needed=True)
            _define(self, definition, told, new=False)
        return detail_response(key)

    @extend_schema(summary=N_("Take a metric out of use"), responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        with transaction.atomic():
            hold_metrics()
            view = selectors.metric_for(key)
            self.must_match(_version_of(view), needed=False)
            services.archive_metric(actor=self.actor, metric_id=view.id)
        return Response(status=204)


def read_definition(document: dict[str, Any]) -> Definition:
    """The document as a definition; everything wrong with it under `definition`."""
    try:
        return parse(document)
    except Refusal as refusal:
        refusal.prefix = UNDER
        raise


def start_of(told: dict[str, Any]) -> services.Start:
    """From when on a change of a score is to hold. Refusal for a day that is none."""
    said = told["effective_from"]
    if said in set(services.Since):
        return services.Since(said)
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Refusal(MEND_FIRST, issues=[Issue("effective_from", NO_DAY)]) from None


def _define(view: Resource, definition: Definition, told: dict[str, Any], *, new: bool) -> None:
    try:
        services.define(
            actor=view.actor, definition=definition, owner_id=told.get("owner"), note=told["note"], new=new,
            start=start_of(told),
        )  # fmt: skip
    except Refusal as refusal:
        own = any(issue.where in ("owner", "effective_from") for issue in refusal.issues)
        refusal.prefix = "" if own else UNDER
        raise


def _version_of(view: selectors.MetricView) -> str:
    """What an ETag calls the state of a metric that a replacement would lose."""
    return f"v{view.version_number}{'-archived' if view.archived else ''}"


def _detail(view: selectors.MetricView) -> dict[str, Any]:
    told = shapes.MetricShape(view).data
    told["sentence"] = selectors.in_words(view.definition)
    told["problems"] = [{**of_issue(issue), "blocking": issue.blocking} for issue in view.problems]
    told["definition"] = document_of(view.definition)
    return told


def detail_response(key: str, status: int = 200) -> Response:
    """A metric with its ETag, as it is by now."""
    view = selectors.metric_for(key)
    return Response(_detail(view), status=status, headers={"ETag": f'"{_version_of(view)}"'})


@requires("metrics.view")
class MetricVersions(Resource):
    query = Paged

    @extend_schema(summary=N_("Versions of a metric, newest first"), responses=paged(shapes.MetricVersionShape))
    def get(self, request: Request, key: str) -> Response:
        versions = selectors.history_of(key)
        page, following = in_order(versions, self.params, lambda version: -version.number)
        return page_response(self, [version_told(version) for version in page], following)


def version_told(version: selectors.VersionView) -> dict[str, Any]:
    """A version as the API writes it down."""
    return shapes.MetricVersionShape(
        {
            "number": version.number,
            "definition": document_of(version.definition),
            "note": version.note,
            "created_by": version.by,
            "created_at": version.at,
            "restores": version.restores,
            "same_figures": version.same_figures,
            "certification": version.certified,
            "lapsed_from": version.lapsed_from,
            "effective_from": version.effective_from,
            "approved_by": version.approved_by,
        }
    ).data


@requires("metrics.edit")
class Validate(Resource):
    @extend_schema(
        summary=N_("Check a definition"),
        description="Nothing is stored. The answer lists everything to mend at once.",
        request=shapes.ToCheck,
        responses={200: shapes.CheckedShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        document = self.body(shapes.ToCheck)["definition"]
        sentence = ""
        try:
            definition = parse(document)
        except Refusal as refusal:
            issues = list(refusal.issues) or [Issue("", refusal.message, refusal.params)]
        else:
            issues = services.check(definition)
            sentence = selectors.in_words(definition)
        valid = not any(issue.blocking for issue in issues)
        return Response({"valid": valid, "sentence": sentence, "issues": list(_told(issues))})


def _told(issues: list[Issue]) -> Iterator[dict[str, Any]]:
    for issue in issues:
        yield shapes.issue_json(of_issue(issue, UNDER), blocking=issue.blocking)


@requires("metrics.edit")
class Compute(Resource):
    @extend_schema(
        summary=N_("Have values brought up to date"),
        description="What is up to date already stays as it is. The answer says where one asks how far it is.",
        request=shapes.ToCompute,
        responses={202: WorkShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        told = self.body(shapes.ToCompute)
        work = request_compute(actor=self.actor, metric=told.get("metric", ""), dataset=told.get("dataset", ""))
        work.refresh_from_db()
        return under_way(work)
