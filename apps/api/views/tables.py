"""The rows of a dataset as a whole. A worker reads them, as the process of the web never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.domain.cursors import read_cursor, strange_cursor, write_cursor
from apps.api.paging import link_to
from apps.api.serializers import data as shapes
from apps.api.serializers.work import WorkShape
from apps.api.views.base import Resource, idempotent, under_way
from apps.common.access import requires
from apps.datasets import selectors, services
from apps.kernel.issue import N_, NotHere

if TYPE_CHECKING:
    from apps.datasets.selectors import DatasetVersion

NOT_READ = N_("This page of rows has not been read yet. Ask for it by POST, and wait for the work.")


@requires("metrics.rows")
class DatasetRows(Resource):
    query = shapes.TableQuery

    @extend_schema(
        summary=N_("The rows of a dataset"),
        description="A worker reads them: ask by POST, wait for the work, then GET the page. `next` begins the next.",
        responses=shapes.TableShape,
    )
    def get(self, request: Request, key: str) -> Response:
        version, offset = _place(key, self.params)
        kept = selectors.row_page(selectors.table_subject(version, offset))
        if kept is None:
            raise NotHere(NOT_READ)
        after = offset + len(kept.rows)
        following = write_cursor([version.number, after]) if kept.rows and after < kept.total else None
        told = {"version": version.number, "total": kept.total, "columns": ["upload", "row", *kept.columns]}
        told |= {"rows": kept.rows, "next": following}
        return Response(shapes.TableShape(told).data, headers=link_to(self, following))

    @extend_schema(summary=N_("Have a page of a dataset read"), request=shapes.TableAsked, responses={202: WorkShape})
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        version, offset = _place(key, self.body(shapes.TableAsked))
        work = services.ask_for_rows(actor=self.actor, version=version, offset=offset)
        work.refresh_from_db()
        return under_way(work)


def _place(key: str, asked: dict[str, Any]) -> tuple[DatasetVersion, int]:
    """The version, and how many of its rows stand before the page."""
    dataset = selectors.dataset_by_key(key)
    if "cursor" not in asked:
        return services.version_to_read(dataset), 0
    number, offset = (int(part) for part in read_cursor(asked["cursor"], [int, int]))
    if not 0 <= number < 2**31 or offset < 0:
        raise strange_cursor()
    return services.version_to_read(dataset, number), offset
