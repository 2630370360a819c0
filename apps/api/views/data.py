"""Datasets, and the way of a file into one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.paging import cut, in_order, moment_and_id, page_response, parts_of
from apps.api.parsers import RowsParser
from apps.api.schema import paged
from apps.api.serializers import data as shapes
from apps.api.serializers.common import Paged
from apps.api.serializers.ways import NewRows
from apps.api.serializers.work import url_of
from apps.api.views.base import Resource, idempotent
from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.domain.guess import guesses_of
from apps.datasets.domain.modes import How
from apps.datasets.selectors import Upload
from apps.kernel.issue import N_, Issue, NotHere, Refusal

NO_DATASET = N_("There is no such data.")


@requires("data.view")
class Datasets(Resource):
    query = Paged

    @extend_schema(summary=N_("List datasets"), responses=paged(shapes.DatasetShape))
    def get(self, request: Request) -> Response:
        page, following = in_order(selectors.freshness(), self.params, lambda dataset: dataset.key)
        return page_response(self, shapes.DatasetShape(page, many=True).data, following)


@requires("data.view")
class DatasetDetail(Resource):
    @extend_schema(summary=N_("A dataset with its columns"), responses=shapes.DatasetDetailShape)
    def get(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        fresh = next(fresh for fresh in selectors.freshness(key) if fresh.key == key)
        told = shapes.DatasetShape(fresh).data
        told["version"] = dataset.current_version.number if dataset.current_version else None
        told["columns"] = shapes.ColumnShape(selectors.columns_of(dataset), many=True).data
        told["row_key"] = list(dataset.row_key)
        return Response(told)


@requires("data.view", write="data.upload")
class Rates(Resource):
    @extend_schema(summary=N_("For how long an exchange rate holds"), responses=shapes.RatesShape)
    def get(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        if not selectors.holds_rates(dataset):
            raise NotHere(services.NO_RATES)
        return Response(shapes.RatesShape({"days": dataset.rate_days}).data)

    @extend_schema(
        summary=N_("Say for how long an exchange rate holds"),
        description="All metrics that convert by these rates are computed again.",
        request=shapes.ToHoldRates,
        responses=shapes.RatesShape,
    )
    def put(self, request: Request, key: str) -> Response:
        dataset = selectors.dataset_by_key(key)
        told = self.body(shapes.ToHoldRates)
        dataset = services.set_rate_days(actor=self.actor, dataset_id=dataset.pk, days=told["days"])
        return Response(shapes.RatesShape({"days": dataset.rate_days}).data)


@requires("data.view")
class DatasetVersions(Resource):
    query = Paged

    @extend_schema(summary=N_("Versions of a dataset"), responses=paged(shapes.DatasetVersionShape))
    def get(self, request: Request, key: str) -> Response:
        versions = selectors.versions_of(selectors.dataset_by_key(key))
        page, following = in_order(versions, self.params, lambda version: -version.number)
        return page_response(self, shapes.DatasetVersionShape(page, many=True).data, following)


@requires("data.view", write="data.upload")
class Uploads(Resource):
    query = shapes.UploadsQuery

    def get_parsers(self) -> list:
        return [MultiPartParser(), RowsParser()]

    @extend_schema(summary=N_("List uploads, newest first"), responses=paged(shapes.UploadShape))
    def get(self, request: Request) -> Response:
        rows = selectors.uploads(before=moment_and_id(self.params))
        if "dataset" in self.params:
            rows = rows.filter(dataset=selectors.dataset_by_key(self.params["dataset"]))
        page, following = cut(rows, self.params["limit"], lambda row: parts_of(row.uploaded_at, row.pk))
        return page_response(self, shapes.UploadShape(page, many=True).data, following)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A file that comes with a key goes straight into the storage; a browser's form was read for its CSRF token."""
        self.handler = services.StorageUploadHandler("file")
        if request.method == "POST" and not hasattr(request, "_files"):
            request.upload_handlers = [self.handler]
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            self.handler.discard()

    @extend_schema(
        summary=N_("Send a file, or rows as JSON"),
        description="A worker looks at it next. Then name its columns, unless it is for a dataset that fits.",
        request={"multipart/form-data": shapes.NewUpload, "application/json": NewRows},
        responses={201: shapes.UploadDetailShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        if request.content_type.partition(";")[0].strip().lower() == "application/json":
            return self._rows()
        sent = _sent(self, request)
        dataset = selectors.dataset_by_key(sent["dataset"]) if sent.get("dataset") else None
        told = {"actor": self.actor, "filename": sent["file"].name, "dataset_id": dataset.pk if dataset else None}
        if hasattr(sent["file"], "incoming"):
            upload = services.keep_upload(**told, incoming=sent["file"].incoming, again=sent["again"])
        else:
            upload = services.receive_upload(**told, chunks=sent["file"].chunks(), again=sent["again"])
        return upload_response(selectors.upload_for(upload.pk), 201)

    def _rows(self) -> Response:
        """Rows are kept as lines of JSON, as they came, and go the way of every file."""
        told = self.body(NewRows)
        dataset = selectors.dataset_by_key(told["dataset"]) if told.get("dataset") else None
        upload = services.receive_upload(
            actor=self.actor,
            filename=f"{dataset.key if dataset else 'rows'} {localtime():%Y-%m-%d %H.%M.%S}.jsonl",
            chunks=(line.encode() for line in told["rows"]),
            dataset_id=dataset.pk if dataset else None,
            again=told["again"],
        )
        return upload_response(selectors.upload_for(upload.pk), 201)


def _sent(view: Uploads, request: Request) -> dict[str, Any]:
    """The form with its file; what kept the file from being taken is said before anything else."""
    request.data  # noqa: B018  (reads the body, and the file with it)
    if view.handler.refusal is not None:
        raise view.handler.refusal
    if view.handler.incoming is not None and view.handler.incoming.size == 0:
        raise Refusal(N_("The file is empty: it holds 0 bytes. Export it again, and upload that."))
    return view.body(shapes.NewUpload)


def upload_response(upload: Any, status: int) -> Response:
    """An upload with the work on it, and where to ask how far that is."""
    upload.work = selectors.current_work(upload)
    headers = {"Location": url_of(upload.work)} if status == 202 else {"Location": f"/api/v1/uploads/{upload.pk}"}
    return Response(shapes.UploadDetailShape(upload).data, status=status, headers=headers if status != 200 else {})


@requires("data.view", write="data.upload")
class UploadDetail(Resource):
    @extend_schema(summary=N_("How an upload stands"), responses=shapes.UploadDetailShape)
    def get(self, request: Request, upload_id: UUID) -> Response:
        return upload_response(selectors.upload_for(upload_id), 200)

    @extend_schema(summary=N_("Remove a file that is not in the data"), responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        services.discard_upload(actor=self.actor, upload_id=upload_id)
        return Response(status=204)


@requires("data.view", write="data.upload")
class UploadColumns(Resource):
    @extend_schema(summary=N_("What the columns of an upload probably are"), responses=shapes.GuessesShape)
    def get(self, request: Request, upload_id: UUID) -> Response:
        upload = selectors.upload_for(upload_id)
        if upload.shape is None:
            raise Refusal(N_("No worker has looked at this file yet."), status=409)
        known = upload.dataset is not None and upload.dataset.columns
        lacking = services.lacking_headers(upload, upload.dataset) if known else None
        asks = services.asks_of(upload)
        guesses = [
            {
                "column": replace(guess.column, **dict.fromkeys(asks.get(guess.column.source, ()), "")),
                "in_key": guess.in_key,
                "why": _(guess.why) if guess.why else "",
            }
            for guess in guesses_of(upload.shape)
        ]
        return Response(shapes.GuessesShape({"columns": guesses, "lacking": lacking}).data)

    @extend_schema(
        summary=N_("Name the columns, and have the file loaded"),
        description="Where rows of the data may go by it, it ends in `review` unless `apply` is true: see the review.",
        request=shapes.NamedColumns,
        responses={202: shapes.UploadDetailShape},
    )
    @idempotent
    def post(self, request: Request, upload_id: UUID) -> Response:
        told = self.body(shapes.NamedColumns)
        if "columns" not in told:
            _only(told, {*HOW, "row_key"})
            known = selectors.upload_for(upload_id).dataset
            services.load_as_known(actor=self.actor, upload_id=upload_id, how=_how(told, known))
        else:
            dataset = selectors.dataset_by_key(told["dataset"]) if told.get("dataset") else None
            _only(told, {*HOW, "columns", "row_key", "dataset"} if dataset else set(told) - {"dataset"})
            services.name_columns(
                actor=self.actor,
                upload_id=upload_id,
                dataset_id=dataset.pk if dataset else None,
                name=told.get("name", ""),
                key=told.get("key", ""),
                how=_how(told, dataset),
                columns=told["columns"],
                row_key=told["row_key"],
            )
        return upload_response(selectors.upload_for(upload_id), 202)


HOW = ("mode", "first", "last", "twins", "meets", "whole", "apply")


def _how(told: dict[str, Any], dataset: selectors.Dataset | None) -> How:
    """What becomes of the rows that are there. What is not said of keys is as for the last file."""
    said = {name: told[name] for name in ("mode", "first", "last", "twins", "meets", "whole") if name in told}
    apply = told.get("apply", told["mode"] == Upload.Mode.APPEND)
    usual = services.as_before(dataset) if dataset is not None else How()
    return replace(usual, **said, review=not apply)


def _only(told: dict[str, Any], known: set[str]) -> None:
    """Refuse what would be passed over in silence."""
    message = N_("Leave this out: the dataset that is there says it.")
    issues = [Issue(name, message) for name in told if name not in known and told[name]]
    if issues:
        raise Refusal(N_("The request cannot be carried out like this. Mend what is listed."), issues=issues)
