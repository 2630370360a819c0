"""Deleted for good: rows leave every version, files leave the disk, and what was read of them is forgotten.

The one exception to versions that never change: a version that held such rows holds its other rows from then on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from apps import engine
from apps.accounts.domain.roles import ROBOT, Actor
from apps.audit import services as audit
from apps.datasets import selectors
from apps.datasets.models import Dataset, DatasetVersion, RowPage, Upload, VersionProfile
from apps.datasets.services import storage
from apps.datasets.services.binning import DATA_CHANGED, NOT_BINNED
from apps.datasets.services.hearing import forget_rows
from apps.datasets.services.held import locked
from apps.datasets.services.profiling import ask_for_profile
from apps.datasets.services.running import run_engine
from apps.datasets.services.sweeping import ROLLUPS
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import Claim, WorkFailed, enqueue
from apps.workspaces.scope import current_workspace

LEAST_DAYS, MOST_DAYS = 30, 36_500
DAYS_OUT_OF_RANGE = N_("Keep rows for %(least)s to %(most)s days, or leave it empty to keep them for good.")


@transaction.atomic
def keep_rows_for(*, actor: Actor, dataset_id: UUID, days: int | None) -> Dataset:
    """Say for how many days rows of a dataset are kept (None: for good). The next sweep deletes older ones for good."""
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    if dataset is None:
        raise NotHere(N_("There is no such data."))
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        params = {"least": LEAST_DAYS, "most": MOST_DAYS}
        raise Refusal(DAYS_OUT_OF_RANGE, params, issues=[Issue("days", DAYS_OUT_OF_RANGE, params)])
    if days != dataset.keep_days:
        before, dataset.keep_days = dataset.keep_days, days
        dataset.save(update_fields=["keep_days"])
        audit.record(
            actor=actor, act="dataset.keep_days_set", subject=dataset, before={"days": before}, after={"days": days}
        )
    return dataset


def cutoff_of(days: int, now: datetime) -> date:
    """The first day whose rows are kept."""
    return current_workspace().calendar.today(now) - timedelta(days=days)


def sweep_deleted(before: datetime) -> int:
    """Have purged what was put into the bin before a moment, and rows that are older than they are kept; how much of
    both was asked for. By the clock: may run twice."""
    uploads = Upload.objects.filter(status=Upload.Status.BINNED, binned_at__lt=before, gone_at=None)
    asked = [ask_to_purge(upload) for upload in uploads.select_related("dataset")]
    gone = Dataset.objects.filter(archived_at__lt=before, gone_at=None).exclude(binned_by_name="")
    asked += [enqueue("datasets.purge_dataset", subject=dataset.pk, about=dataset.name) for dataset in gone]
    now = timezone.now()
    for dataset in Dataset.objects.filter(archived_at=None, keep_days__isnull=False):
        cutoff = cutoff_of(dataset.keep_days, now)
        if dataset.versions.filter(first_day__lt=cutoff).exists():
            asked.append(enqueue("datasets.sweep_rows", subject=dataset.pk, about=dataset.name))
    return len(asked)


def ask_to_purge(upload: Upload) -> object:
    """Have an upload in the bin deleted for good."""
    return enqueue("datasets.purge_upload", subject=upload.dataset_id, about=upload.filename, upload=str(upload.pk))


@transaction.atomic
def purge_now(*, actor: Actor, upload_id: UUID) -> Upload:
    """Delete an upload that is in the bin for good, without waiting."""
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status != Upload.Status.BINNED:
        raise Refusal(NOT_BINNED, status=409)
    audit.record(actor=actor, act="upload.purge_asked", subject=upload)
    upload.work = ask_to_purge(upload)
    upload.save(update_fields=["work"])
    return upload


def purge_upload(claim: Claim) -> None:
    """Handler: the rows of an upload leave every version, its file and its Parquet leave the disk."""
    upload = Upload.objects.select_related("dataset__current_version").get(pk=claim.args["upload"])
    if upload.status != Upload.Status.BINNED or upload.gone_at is not None:
        return
    if not DatasetVersion.objects.filter(takes_out=upload).exists():
        raise WorkFailed(DATA_CHANGED, retry=True)  # its rows are still being taken out of the current version
    _rewrite(claim, upload.dataset, upload=str(upload.pk), uploads=[upload], adds=False)


def sweep_rows(claim: Claim) -> None:
    """Handler: rows older than a dataset keeps them leave every version; files of uploads that had only such go."""
    dataset = Dataset.objects.select_related("current_version").filter(pk=claim.work.subject, archived_at=None).first()
    if dataset is None or dataset.keep_days is None:
        return
    cutoff = cutoff_of(dataset.keep_days, timezone.now())
    _rewrite(claim, dataset, before=cutoff, uploads=_older_uploads(dataset, cutoff), adds=True)


def _older_uploads(dataset: Dataset, cutoff: date) -> list[Upload]:
    """Uploads of which nothing reaches to that day: their files held nothing that is kept."""
    loaded = Upload.objects.filter(dataset=dataset, status=Upload.Status.LOADED, gone_at=None)
    return list(loaded.filter(version__changed_last__lt=cutoff).select_related("version"))


def _rewrite(
    claim: Claim, dataset: Dataset, *, uploads: list[Upload], adds: bool, upload: str = "", before: date | None = None
) -> None:
    """Write every file of the dataset that holds such rows anew, in all versions; then the old files go."""
    versions = list(dataset.versions.order_by("number"))
    files = {entry.path: entry for version in versions for entry in selectors.files_of(version)}
    with storage.output_folder(dataset.pk, uuid4()) as folder:
        request = engine.Purge(tuple(files.values()), str(folder), upload=upload, before=before)
        try:
            purged = run_engine(request, claim)
        except engine.EngineFailure as failure:
            raise WorkFailed(failure.message, retry=False, params=failure.params) from failure
        with claim.completing():
            _apply(dataset, [version.pk for version in versions], purged, uploads, before, adds)
    named = _named(dataset)
    storage.remove_paths({change.path for change in purged.rewritten} - named)
    for each in uploads:
        storage.remove_upload(each.pk)
        storage.remove_unnamed(dataset.pk, each.pk, named)
    _forget_files()


def _apply(
    dataset: Dataset, seen: list[UUID], purged: engine.Purged, uploads: list[Upload], before: date | None, adds: bool
) -> None:
    held = Dataset.objects.select_for_update().get(pk=dataset.pk)
    now_there = list(held.versions.order_by("number"))
    if [version.pk for version in now_there] != seen:
        raise WorkFailed(DATA_CHANGED, retry=True)
    touched = False
    for version in now_there:
        left = engine.without(selectors.files_of(version), purged)
        if len(left) == len(version.files) and not {change.path for change in purged.rewritten} & _paths(version):
            continue
        touched = touched or version.pk == held.current_version_id
        _narrow(version, left)
    _forget(held, uploads, purged.removed, before)
    if adds and touched:
        _renew(held, purged)


def _paths(version: DatasetVersion) -> set[str]:
    return {entry.path for entry in selectors.files_of(version)}


def _narrow(version: DatasetVersion, left: Iterable[engine.FileEntry]) -> None:
    entries = list(left)
    days = [day for entry in entries for day in (entry.first_day, entry.last_day)]
    version.files = [replace(entry, path=storage.key_of(entry.path)).to_json() for entry in entries]
    version.rows = sum(entry.rows for entry in entries)
    version.first_day, version.last_day = min(days, default=None), max(days, default=None)
    version.save(update_fields=["files", "rows", "first_day", "last_day"])
    VersionProfile.objects.filter(version=version).delete()
    version.check_results.update(examples=[])


def _renew(dataset: Dataset, purged: engine.Purged) -> None:
    """A version of its own for what is left, so that metrics follow."""
    old = dataset.versions.get(pk=dataset.current_version_id)
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=dataset.versions.order_by("-number").values_list("number", flat=True)[0] + 1,
        restores=old.restores or (old if old.upload_id else None),
        columns=old.columns,
        files=old.files,
        rows=old.rows,
        first_day=old.first_day,
        last_day=old.last_day,
        changed_first=purged.changed_first,
        changed_last=purged.changed_last,
    )
    dataset.current_version = version
    dataset.save(update_fields=["current_version"])
    enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, version=str(version.pk))
    ask_for_profile(dataset)


def _forget(dataset: Dataset, uploads: list[Upload], rows: int, before: date | None) -> None:
    """What was read of rows, wherever it is kept, and what uploads' rows show of their cells."""
    for upload in uploads:
        Upload.objects.filter(pk=upload.pk).update(
            gone_at=timezone.now(), shape=None, rejects_key="", problem=[], sha256="", outcome=None
        )
        audit.record(actor=ROBOT, act="upload.purged", subject=upload, note=upload.binned_by_name)
    if before is not None and (rows or uploads):
        after = {"rows": rows, "before": before.isoformat(), "files": len(uploads)}
        audit.record(actor=ROBOT, act="dataset.rows_swept", subject=dataset, after=after)
    RowPage.objects.all().delete()


def _forget_files() -> None:
    """Files that were made of rows: any of them may hold some that are gone, and all can be made anew."""
    storage.remove_folder(ROLLUPS)
    forget_rows()


def _named(dataset: Dataset) -> set[str]:
    """Every file of a dataset that a version or an upload still names."""
    named = {str(path) for version in dataset.versions.all() for path in _paths(version)}
    for rejects, outcome in Upload.objects.filter(dataset=dataset, gone_at=None).values_list("rejects_key", "outcome"):
        waiting = [file["path"] for file in outcome["files"]] + [outcome["rejects_path"]] if outcome else []
        named |= {str(storage.path_of(key)) for key in [rejects, *waiting] if key}
    return named


def purge_dataset(claim: Claim) -> None:
    """Handler: a dataset that was in the bin is gone: its files and rows; that it was there stays on record."""
    dataset = Dataset.objects.filter(pk=claim.work.subject, archived_at__isnull=False, gone_at=None).first()
    if dataset is None:
        return
    uploads = list(Upload.objects.filter(dataset=dataset, gone_at=None))
    with claim.completing():
        held = Dataset.objects.select_for_update().get(pk=dataset.pk)
        if held.archived_at is None:
            return
        VersionProfile.objects.filter(version__dataset=held).delete()
        held.versions.update(files=[], rows=0)
        held.checks.all().delete()
        held.gone_at, held.key, held.current_version = timezone.now(), f"{held.key[:31]}_{held.pk.hex[:8]}", None
        held.save(update_fields=["gone_at", "key", "current_version"])
        _forget(held, uploads, 0, None)
        audit.record(actor=ROBOT, act="dataset.purged", subject=held, note=held.binned_by_name)
    storage.remove_dataset(dataset.pk)
    for upload in uploads:
        storage.remove_upload(upload.pk)
    _forget_files()


def sweep_unnamed(before: datetime) -> int:
    """Remove Parquet that nothing names and that is older than a day: what a crash left behind; how many files.

    What a load is writing is younger than that, and what waits for a go-ahead is named by its upload.
    """
    now, removed = timezone.now().timestamp(), 0
    for dataset in Dataset.objects.filter(gone_at=None):
        living = set(Upload.objects.filter(dataset=dataset, gone_at=None).values_list("pk", flat=True))
        removed += storage.sweep_dataset(dataset.pk, _named(dataset), living, now)
    return removed
