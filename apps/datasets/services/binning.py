"""Uploads and datasets into the bin, and back out of it. Nothing is gone before `settings.KEEP_BIN_DAYS` are over.

The rows of an upload leave the data at once, by a new version without them; versions before it, the file and its
Parquet stay until it is purged (`purging.py`). A dataset in the bin is as it was, only out of sight.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets import selectors
from apps.datasets.models import Dataset, DatasetVersion, Upload
from apps.datasets.services import storage
from apps.datasets.services.hearing import builders_of
from apps.datasets.services.held import locked
from apps.datasets.services.problems import as_json
from apps.datasets.services.profiling import ask_for_profile
from apps.datasets.services.returning import made_ready_once_more
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import Claim, Work, WorkFailed, enqueue

NOT_IN_DATA = N_("Only a file whose rows are in the data is deleted; others can be removed on their page.")
NOTHING_TO_TAKE = N_(
    "This file removed rows by their key; there are none of its own to delete. Bring back an earlier version instead."
)
LOADING = N_("Files of this data are being loaded. Wait until that has ended.")
DATA_CHANGED = N_("The data changed while rows were taken out.")
NOT_BINNED = N_("This is not in the bin.")
IN_USE = N_("This data is in use, so it cannot be deleted. Archive or change what uses it first.")
NAME_DIFFERS = N_("Type the name of the data exactly as it is: %(name)s.")
HAS_UPLOADS_OPEN = N_("Files are on their way into this data. Wait, or remove them first.")


@transaction.atomic
def delete_upload(*, actor: Actor, upload_id: UUID, now: datetime) -> Upload:
    """Put an upload into the bin: a worker makes a version of the data without its rows. Where it replaced rows by key,
    those come back; where it made the current version, all is as before it.

    Raises Forbidden, NotHere, and Refusal for what is not loaded, or has no rows to take out.
    """
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status != Upload.Status.LOADED or upload.dataset_id is None:
        raise Refusal(NOT_IN_DATA, status=409)
    dataset = Dataset.objects.select_for_update().get(pk=upload.dataset_id)
    if dataset.archived_at is not None:
        raise NotHere(N_("There is no such data."))
    if upload.mode == Upload.Mode.DELETE and not made_current(upload, dataset):
        raise Refusal(NOTHING_TO_TAKE, status=409)
    if Upload.objects.filter(dataset=dataset, status=Upload.Status.LOADING).exists():
        raise Refusal(LOADING, status=409)
    upload.status, upload.binned_at, upload.binned_by_name = Upload.Status.BINNED, now, actor.name[:120]
    upload.work = enqueue(
        "datasets.take_out", subject=dataset.pk, about=upload.filename, asked_by=actor.id, upload=str(upload.pk)
    )
    upload.save(update_fields=["status", "binned_at", "binned_by_name", "work"])
    before = {"dataset": dataset.key, "rows": upload.rows_loaded}
    audit.record(actor=actor, act="upload.deleted", subject=upload, before=before)
    return upload


def made_current(upload: Upload, dataset: Dataset) -> bool:
    """Whether the data is as this upload made it."""
    return dataset.current_version is not None and dataset.current_version.upload_id == upload.pk


def take_out(claim: Claim) -> None:
    """Handler: a new version of the data without the rows of an upload that is in the bin."""
    upload = Upload.objects.select_related("dataset__current_version").get(pk=claim.args["upload"])
    taken = DatasetVersion.objects.filter(takes_out=upload, upload=None, number__gte=upload.version.number)
    if upload.status != Upload.Status.BINNED or taken.exists():
        return
    before = version_before(upload.version)
    if made_current(upload, upload.dataset):
        with claim.completing():
            _step_back(upload, before)
        return
    with storage.output_folder(upload.dataset_id, claim.work.pk) as folder:
        purged = without_its_rows(upload, before, str(folder), claim)
        with claim.completing():
            _step_on(upload, purged)


def version_before(version: DatasetVersion) -> DatasetVersion | None:
    """The version before one; None: it is the first."""
    rows = DatasetVersion.objects.filter(dataset=version.dataset_id, number__lt=version.number)
    return rows.order_by("-number").first()


def without_its_rows(upload: Upload, before: DatasetVersion | None, folder: str, claim: Claim) -> engine.Purged:
    """The files that the data is made of without the rows of an upload, written into a folder."""
    key = tuple(upload.dataset.row_key) if upload.mode == Upload.Mode.APPEND else ()
    earlier = selectors.files_of(before) if before is not None and key else ()
    files = selectors.files_of(upload.dataset.current_version)
    request = engine.Purge(files, folder, upload=str(upload.pk), earlier=earlier, key=key)
    try:
        return run_engine(request, claim)
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure


def _step_back(upload: Upload, before: DatasetVersion | None) -> None:
    """The state before the upload again, whatever it had done."""
    dataset = _still(upload)
    made = upload.version
    _add(
        dataset,
        upload,
        files=before.files if before else [],
        columns=before.columns if before else made.columns,
        span=(before.first_day, before.last_day) if before else (None, None),
        changed=(made.changed_first, made.changed_last),
    )


def _step_on(upload: Upload, purged: engine.Purged) -> None:
    """The current state without the rows of the upload."""
    dataset = _still(upload)
    left = [*engine.without(selectors.files_of(dataset.current_version), purged), *purged.added]
    days = [day for entry in left for day in (entry.first_day, entry.last_day)]
    _add(
        dataset,
        upload,
        files=[replace(entry, path=storage.key_of(entry.path)).to_json() for entry in left],
        columns=dataset.columns,
        span=(min(days, default=None), max(days, default=None)),
        changed=(purged.changed_first, purged.changed_last),
    )


def _still(upload: Upload) -> Dataset:
    dataset = Dataset.objects.select_for_update().get(pk=upload.dataset_id)
    if dataset.current_version_id != upload.dataset.current_version_id:
        raise WorkFailed(DATA_CHANGED, retry=True)
    return dataset


def _add(dataset: Dataset, upload: Upload | None, *, files: list, columns: list, span: tuple, changed: tuple) -> None:
    """A new version that nobody uploaded, and the request to compute from it."""
    last = dataset.versions.aggregate(last=Max("number"))["last"] or 0
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=last + 1,
        takes_out=upload,
        columns=columns,
        files=files,
        rows=sum(file["rows"] for file in files),
        first_day=span[0],
        last_day=span[1],
        changed_first=changed[0],
        changed_last=changed[1],
        made_by_name=upload.binned_by_name if upload else "",
    )
    dataset.current_version, dataset.columns = version, columns
    dataset.save(update_fields=["current_version", "columns"])
    enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, version=str(version.pk))
    ask_for_profile(dataset)


def taking_out_stopped(work: Work) -> None:
    """Called when taking rows out was set aside: the upload is in the data as before, and says why."""
    problem = as_json([Issue("", work.reason, work.reason_params)])
    stuck = Upload.objects.filter(pk=work.args["upload"], status=Upload.Status.BINNED)
    stuck.update(status=Upload.Status.LOADED, binned_at=None, binned_by_name="", problem=problem)


@transaction.atomic
def put_back_upload(*, actor: Actor, upload_id: UUID) -> Upload:
    """Take an upload out of the bin: the data is as before it was deleted.

    Where newer rows have come since, its file is made ready once more as a new upload, which is returned, and waits for
    a go-ahead; the deleted one stays in the bin.
    """
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status != Upload.Status.BINNED:
        raise Refusal(NOT_BINNED, status=409)
    dataset = Dataset.objects.select_for_update().get(pk=upload.dataset_id)
    if dataset.archived_at is not None:
        raise NotHere(N_("There is no such data."))
    without = dataset.current_version
    before = version_before(without) if without is not None and without.takes_out_id == upload.pk else None
    if before is None:
        return made_ready_once_more(actor, upload, dataset)
    _add(
        dataset, None, files=before.files, columns=before.columns, span=(before.first_day, before.last_day),
        changed=(without.changed_first, without.changed_last),
    )  # fmt: skip
    upload.status, upload.binned_at, upload.binned_by_name = Upload.Status.LOADED, None, ""
    upload.save(update_fields=["status", "binned_at", "binned_by_name"])
    DatasetVersion.objects.filter(takes_out=upload).update(takes_out=None)
    audit.record(actor=actor, act="upload.put_back", subject=upload)
    return upload


@transaction.atomic
def delete_dataset(*, actor: Actor, dataset_id: UUID, name: str, now: datetime) -> Dataset:
    """Put a dataset into the bin, for somebody who typed its name. Refused with everything that uses it."""
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    if dataset is None:
        raise NotHere(N_("There is no such data."))
    users = builders_of(dataset)
    if users:
        raise Refusal(IN_USE, issues=[Issue("users", "%(name)s", {"name": user.name}) for user in users], status=409)
    open_ones = selectors.open_uploads().filter(dataset=dataset)
    if open_ones.exists():
        raise Refusal(HAS_UPLOADS_OPEN, status=409)
    if name.strip() != dataset.name:
        named = {"name": dataset.name}
        raise Refusal(NAME_DIFFERS, named, issues=[Issue("name", NAME_DIFFERS, named)])
    dataset.archived_at, dataset.binned_by_name = now, actor.name[:120]
    dataset.save(update_fields=["archived_at", "binned_by_name"])
    audit.record(actor=actor, act="dataset.deleted", subject=dataset, before={"key": dataset.key})
    return dataset


@transaction.atomic
def put_back_dataset(*, actor: Actor, dataset_id: UUID) -> Dataset:
    """Take a dataset out of the bin, as it was."""
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, gone_at=None).first()
    if dataset is None:
        raise NotHere(N_("There is no such data."))
    if dataset.archived_at is None:
        raise Refusal(NOT_BINNED, status=409)
    dataset.archived_at, dataset.binned_by_name = None, ""
    dataset.save(update_fields=["archived_at", "binned_by_name"])
    audit.record(actor=actor, act="dataset.put_back", subject=dataset)
    version = str(dataset.current_version_id or "")
    if version:
        enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, version=version)
    return dataset


def gone_on(binned_at: datetime) -> datetime:
    """When what was put into the bin at a moment is purged."""
    return binned_at + timedelta(days=settings.KEEP_BIN_DAYS)
