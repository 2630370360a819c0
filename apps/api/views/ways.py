"""What a file does before it is applied, versions compared and brought back, deletions. Seen first, then done."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.serializers import data as data_shapes
from apps.api.serializers import ways as shapes
from apps.api.serializers.work import WorkShape
from apps.api.views.base import Resource, idempotent, under_way
from apps.api.views.data import upload_response
from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.selectors import Upload
from apps.kernel.issue import N_, NotHere, Refusal
from apps.kernel.numbers import divide
from apps.metrics import services as metrics

NOT_WAITING = N_("This file does not wait for a go-ahead: %(state)s.")
NOT_COMPARED = N_("These versions have not been compared yet. Ask for it by POST, and wait for the work.")


@requires("data.view")
class UploadReview(Resource):
    @extend_schema(
        summary=N_("What a file does to its data"),
        description="There while its status is `review`: its rows are ready, and nothing is applied.",
        responses=shapes.ReviewShape,
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        upload = selectors.upload_for(upload_id)
        if upload.status != Upload.Status.REVIEW or upload.outcome is None:
            raise Refusal(NOT_WAITING, {"state": upload.get_status_display()}, status=409)
        outcome = services.outcome_of(upload)
        deletes = upload.mode == Upload.Mode.DELETE
        lost = [] if deletes else services.losses(upload.dataset, upload.mapping["columns"])
        told = {
            "rows_in": upload.rows_in,
            "rows_ready": upload.rows_loaded,
            "rows_to_mend": upload.rows_faulty,
            "rows_left_out": upload.set_aside,
            "added": outcome.added,
            "changed": outcome.changed,
            "removed": outcome.removed,
            "same": outcome.same,
            "rows_before": upload.based_on.rows if upload.based_on else 0,
            "rows_after": sum(file.rows for file in outcome.files),
            "first": outcome.days[0] if outcome.days else None,
            "last": outcome.days[1] if outcome.days else None,
            "lost": lost,
            "breaks": any(loss.users for loss in lost),
        }
        return Response(shapes.ReviewShape(told).data)


@requires("data.upload")
class ApplyUpload(Resource):
    @extend_schema(
        summary=N_("Apply a file that was made ready"),
        description="If the data changed meanwhile, it is made ready anew (`loading`): look at the review again.",
        request=shapes.ToApplyUpload,
        responses=data_shapes.UploadDetailShape,
    )
    @idempotent
    def post(self, request: Request, upload_id: UUID) -> Response:
        told = self.body(shapes.ToApplyUpload)
        services.apply_upload(actor=self.actor, upload_id=upload_id, removed=told.get("removed"), breaks=told["breaks"])
        return upload_response(selectors.upload_for(upload_id), 200)


@requires("data.upload")
class RestoreVersion(Resource):
    @extend_schema(
        summary=N_("Bring back a version of a dataset"),
        description="As a new version that equals it. The present one can be brought back the same way.",
        request=None,
        responses={201: data_shapes.DatasetVersionShape},
    )
    @idempotent
    def post(self, request: Request, key: str, number: int) -> Response:
        dataset = selectors.dataset_by_key(key)
        version = services.restore_version(actor=self.actor, dataset_id=dataset.pk, number=number)
        version.refresh_from_db()
        return Response(data_shapes.DatasetVersionShape(version).data, status=201)


@requires("metrics.rows")
class Comparison(Resource):
    query = shapes.DataComparedQuery

    @extend_schema(
        summary=N_("How two versions of a dataset differ"),
        description="Workers find it: ask by POST, wait for the work, then GET the same.",
        responses=shapes.DataComparedShape,
    )
    def get(self, request: Request, key: str) -> Response:
        before, after = _both(key, self.params)
        counts = selectors.row_page(selectors.compared_subject(before, after))
        kept = selectors.row_page(selectors.compared_subject(before, after, self.params["kind"], self.params["page"]))
        if counts is None or kept is None:
            raise NotHere(NOT_COMPARED)
        moves = selectors.row_page(metrics.moves_subject(before, after))
        told = {
            **dict(zip(counts.columns, counts.rows[0], strict=True)),
            "moves": None if moves is None else [_move(row) for row in moves.rows],
            "columns": kept.columns,
            "rows": [dict(zip(("change", "before", "after"), row, strict=True)) for row in kept.rows],
            "total": kept.total,
        }
        return Response(shapes.DataComparedShape(told).data)

    @extend_schema(
        summary=N_("Have two versions of a dataset compared"),
        request=shapes.DataComparedAsked,
        responses={202: WorkShape},
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        asked = self.body(shapes.DataComparedAsked)
        before, after = services.versions_to_compare(dataset, asked["before"], asked["after"])
        if selectors.row_page(metrics.moves_subject(before, after)) is None:
            metrics.ask_for_moves(actor=self.actor, before=before, after=after)
        work = services.ask_for_comparison(
            actor=self.actor, before=before, after=after, kind=asked["kind"], page=asked["page"]
        )
        work.refresh_from_db()
        return under_way(work)


def _both(key: str, asked: dict[str, Any]) -> tuple[Any, Any]:
    return services.versions_to_compare(selectors.dataset_by_key(key), asked["before"], asked["after"])


def _move(row: list[Any]) -> dict[str, Any]:
    metric, grain, start, before, after, periods = row
    return {
        "metric": metric,
        "grain": grain,
        "start": date.fromisoformat(start),
        "before": _figure(before),
        "after": _figure(after),
        "periods": periods,
    }


def _figure(text: str) -> Any:
    exact = Fraction(text) if text else None
    return None if exact is None else divide(exact.numerator, exact.denominator)


@requires("data.view", write="data.upload")
class UploadDeletion(Resource):
    @extend_schema(summary=N_("What deleting an upload changes"), responses=shapes.DeletionShape)
    def get(self, request: Request, upload_id: UUID) -> Response:
        return _deletion(upload_id)

    @extend_schema(
        summary=N_("Delete an upload and its rows"),
        description="It goes into the bin: a version of the data without its rows is made, and it can be put back.",
        request=None,
        responses={202: shapes.DeletionShape},
    )
    @idempotent
    def post(self, request: Request, upload_id: UUID) -> Response:
        services.delete_upload(actor=self.actor, upload_id=upload_id, now=timezone.now())
        return _deletion(upload_id, 202)

    @extend_schema(
        summary=N_("Take a deleted upload out of the bin"),
        description="Where newer rows have come since, the file is made ready once more as the upload that is named.",
        responses={202: shapes.ReturnedShape, 204: None},
    )
    def delete(self, request: Request, upload_id: UUID) -> Response:
        upload = services.put_back_upload(actor=self.actor, upload_id=upload_id)
        return Response(status=204) if upload.pk == upload_id else Response({"upload": upload.pk}, status=202)


def _deletion(upload_id: UUID, status: int = 200) -> Response:
    upload = selectors.upload_for(upload_id)
    foreseen = services.deletion_of(upload, timezone.now())
    state = "in_data" if foreseen.may else "not_in_data"
    if upload.gone_at:
        state = "gone"
    elif upload.status == Upload.Status.BINNED:
        state = "binned"
    told = {
        "state": state,
        "rows": foreseen.rows,
        "first_day": foreseen.first,
        "last_day": foreseen.last,
        "returns": foreseen.returns,
        "metrics": [user.name for user in foreseen.metrics],
        "effects": [issue.in_words(_) for issue in foreseen.effects],
        "gone_on": services.gone_on(upload.binned_at) if upload.binned_at else foreseen.goes,
    }
    return Response(shapes.DeletionShape(told).data, status=status)


@requires("data.view", write="data.upload")
class Retention(Resource):
    query = shapes.RetentionQuery

    @extend_schema(
        summary=N_("For how long rows of a dataset are kept, and what goes next"), responses=shapes.RetentionShape
    )
    def get(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        return _retention(dataset, self.params.get("days") or dataset.keep_days)

    @extend_schema(
        summary=N_("Say for how long rows of a dataset are kept"),
        description="The next sweep deletes older rows for good: GET with `days` says first how many.",
        request=shapes.ToRetain,
        responses=shapes.RetentionShape,
    )
    def put(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        days = self.body(shapes.ToRetain)["days"]
        dataset = services.keep_rows_for(actor=self.actor, dataset_id=dataset.pk, days=days)
        return _retention(selectors.dataset_for(dataset.pk), days)


def _retention(dataset: selectors.Dataset, days: int | None) -> Response:
    swept = services.swept_by(dataset, days, timezone.now()) if days else None
    told = {
        "days": days,
        "cutoff": swept.cutoff if swept else None,
        "rows_going": 0 if swept is None else swept.rows if swept.known else None,
    }
    return Response(shapes.RetentionShape(told).data)


@requires("data.view", write="data.upload")
class DatasetDeletion(Resource):
    @extend_schema(summary=N_("What deleting a dataset takes"), responses=shapes.DatasetDeletionShape)
    def get(self, request: Request, key: str) -> Response:
        return _dataset_deletion(_wherever(key))

    @extend_schema(
        summary=N_("Delete a dataset"),
        description="It goes into the bin, unless something is built on it, and can be put back.",
        request=shapes.ToDeleteDataset,
        responses=shapes.DatasetDeletionShape,
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        dataset, name = selectors.dataset_by_key(key), self.body(shapes.ToDeleteDataset)["name"]
        services.delete_dataset(actor=self.actor, dataset_id=dataset.pk, name=name, now=timezone.now())
        return _dataset_deletion(_wherever(key))

    @extend_schema(summary=N_("Take a deleted dataset out of the bin"), responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        services.put_back_dataset(actor=self.actor, dataset_id=_wherever(key).pk)
        return Response(status=204)


def _wherever(key: str) -> selectors.Dataset:
    """A dataset by its key, in the bin or not."""
    return selectors.binned_datasets().filter(key=key).first() or selectors.dataset_by_key(key)


def _dataset_deletion(dataset: selectors.Dataset) -> Response:
    told = {
        "binned": dataset.archived_at is not None,
        "gone_on": services.gone_on(dataset.archived_at) if dataset.archived_at else None,
        "users": [user.name for user in services.builders_of(dataset)],
        "effects": [issue.in_words(_) for issue in services.effects_of(dataset)],
    }
    return Response(shapes.DatasetDeletionShape(told).data)
