"""Values, the rows behind them, and the tree."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.domain.cursors import read_cursor, strange_cursor
from apps.api.paging import cut, link_to
from apps.api.serializers import model as shapes
from apps.api.serializers.data import RowsAsked, RowsQuery, RowsShape
from apps.api.serializers.work import WorkShape
from apps.api.values import ARROW, ArrowRenderer, CsvRenderer, Table, ValuesPage, as_items
from apps.api.views.base import Resource, idempotent, under_way
from apps.common.access import requires
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.selectors import listing

UNKNOWN_METRIC = N_("There is no metric “%(key)s”.")
CANNOT = N_("The request cannot be carried out like this. Mend what is listed.")


class ValuesJson(JSONRenderer):
    """A page of values as JSON."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return super().render({"items": as_items(data), "next": data.next}, accepted_media_type, renderer_context)


@requires("metrics.view")
class Values(Resource):
    query = shapes.ValuesQuery
    checks_when_made = True
    renderer_classes = (ValuesJson, CsvRenderer, ArrowRenderer)

    @extend_schema(
        summary=N_("Values of metrics"),
        description="By metric, period and member. A value that is missing is null, never 0; `state` says why.",
        responses={
            (200, "application/json"): ValuesPage,
            (200, "text/csv"): OpenApiTypes.STR,
            (200, ARROW): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        def make() -> Response:
            asked = self.params
            rows = listing.listed_values(_wanted(asked), after=_after(asked), limit=asked["limit"] + 1)
            page, following = cut(rows, asked["limit"], _place)
            return Response(Table(page, following), headers=link_to(self, following))

        return self.kept([selectors.edition()], make)


def _wanted(asked: dict[str, Any]) -> listing.Wanted:
    known = listing.ids_by_key(asked["metric"]) if asked["metric"] else {}
    issues = [
        Issue(f"metric.{index}", UNKNOWN_METRIC, {"key": key})
        for index, key in enumerate(asked["metric"])
        if key not in known
    ]
    if "member" in asked and not asked["dimension"]:
        issues.append(Issue("member", N_("Name the dimension, too.")))
    if issues:
        raise Refusal(CANNOT, issues=issues)
    return listing.Wanted(
        grain=Grain(asked["grain"]),
        metric_ids=tuple(known.values()),
        dimension=asked["dimension"],
        member=asked.get("member"),
        first=asked.get("first"),
        last=asked.get("last"),
    )


def _after(asked: dict[str, Any]) -> tuple[str, str, str] | None:
    if "cursor" not in asked:
        return None
    metric, start, member = (str(part) for part in read_cursor(asked["cursor"], [str, str, str]))
    try:
        return str(UUID(metric)), date.fromisoformat(start).isoformat(), member
    except ValueError:
        raise strange_cursor() from None


def _place(row: listing.Listed) -> list[str | int]:
    return [str(row.metric_id), row.point.period.start.isoformat(), row.point.member]


@requires("metrics.rows")
class ValueRows(Resource):
    query = RowsQuery

    @extend_schema(
        summary=N_("The uploaded rows behind a value"),
        description="A worker reads them: ask by POST, wait for the work, then GET the page.",
        responses=RowsShape,
    )
    def get(self, request: Request, value_id: int) -> Response:
        selectors.value_for(value_id)
        side, page = self.params["side"], self.params["page"]
        kept = selectors.rows_kept(value_id, side, page)
        if kept is None:
            raise NotHere(N_("This page of rows has not been read yet. Ask for it by POST, and wait for the work."))
        told = {"side": side, "page": page, "total": kept.total}
        return Response(RowsShape({**told, "columns": ["upload", "row", *kept.columns], "rows": kept.rows}).data)

    @extend_schema(summary=N_("Have a page of rows read"), request=RowsAsked, responses={202: WorkShape})
    @idempotent
    def post(self, request: Request, value_id: int) -> Response:
        told = self.body(RowsAsked)
        work = services.request_rows(actor=self.actor, value_id=value_id, side=told["side"], page=told["page"])
        work.refresh_from_db()
        return under_way(work)


@requires("metrics.view")
class Tree(Resource):
    query = shapes.TreeQuery
    checks_when_made = True

    @extend_schema(summary=N_("The metric tree"), responses=shapes.TreeShape)
    def get(self, request: Request) -> HttpResponse:
        def make() -> Response:
            grain = self.params.get("grain")
            root = selectors.tree(Grain(grain) if grain else None)
            nodes = list(root.walk()) if root else []
            told = {"north_star": root.key if root else None, "grain": grain, "nodes": nodes}
            return Response(shapes.TreeShape(told).data)

        return self.kept([selectors.edition()], make)
