"""From a file whose columns are named to a new version of its dataset, by a worker."""

from dataclasses import replace
from pathlib import Path

from django.db.models import Max
from django.db.models.functions import Now

from apps import engine
from apps.datasets.domain.columns import column_of, same_shape
from apps.datasets.domain.reading import reading_of, to_remember
from apps.datasets.models import Dataset, DatasetVersion, Upload
from apps.datasets.services import storage
from apps.datasets.services.problems import as_json
from apps.datasets.services.rejects import ask_for_first_page
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, Issue
from apps.work.services import Claim, WorkFailed, enqueue
from apps.workspaces.scope import current_workspace

NOTHING_LOADED = N_(
    "None of the %(rows)s rows could be loaded: each is listed with its reason. Correct the columns or the file, and "
    "load it again. The data is as it was."
)
COLUMNS_CHANGED = N_("The columns of the data have changed since this file's columns were named. Name them again.")
DATA_CHANGED = N_("The data changed while this file was being loaded.")


def load_upload(claim: Claim) -> None:
    """Handler: load an upload. Ends with its status loaded (and a new version) or failed (with every issue).

    Work on one dataset runs one at a time (its subject is the dataset), in the order in which it was asked for.
    """
    upload = Upload.objects.select_related("dataset__current_version").get(pk=claim.args["upload"])
    if upload.status in (Upload.Status.LOADED, Upload.Status.DISCARDED) or upload.mapping is None:
        return
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.LOADING, work=claim.work)
    issues = _changed_columns(upload)
    loaded = None
    if not issues:
        try:
            with storage.output_folder(upload.dataset_id, upload.pk) as folder:
                loaded = run_engine(_request(upload, folder), claim)
        except engine.EngineFailure as failure:
            issues = failure.issues or (Issue(upload.filename, failure.message, failure.params),)
    with claim.completing():
        if loaded is None:
            _write_failure(upload, issues)
        elif loaded.rows_loaded == 0:
            _write_nothing(upload, loaded)
        else:
            _write_version(upload, loaded)


def _changed_columns(upload: Upload) -> tuple[Issue, ...]:
    before = upload.dataset.current_version
    if before is None or upload.mode == Upload.Mode.REPLACE:
        return ()
    chosen = [column_of(column) for column in upload.mapping["columns"]]
    fits = same_shape(chosen, [column_of(column) for column in before.columns])
    return () if fits else (Issue(upload.filename, COLUMNS_CHANGED),)


def _request(upload: Upload, folder: Path) -> engine.Load:
    before = upload.dataset.current_version
    return engine.Load(
        path=str(storage.path_of(upload.storage_key)),
        filename=upload.filename,
        sheet=upload.sheet,
        mapping=engine.Mapping.from_json(upload.mapping),
        upload_id=str(upload.pk),
        previous=tuple(str(storage.path_of(file["path"])) for file in before.files) if before else (),
        mode=upload.mode,
        out_dir=str(folder),
        time_zone=current_workspace().time_zone,
        reading=reading_of(upload.shape),
    )


def _counts(loaded: engine.Loaded) -> dict[str, object]:
    return {
        "rows_in": loaded.rows_in,
        "rows_loaded": loaded.rows_loaded,
        "rows_rejected": loaded.rows_rejected,
        "rows_replaced": loaded.rows_replaced,
        "reject_counts": dict(loaded.reject_counts),
        "rejects_key": storage.key_of(loaded.rejects_path) if loaded.rejects_path else "",
    }


def _write_failure(upload: Upload, issues: tuple[Issue, ...]) -> None:
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.FAILED, problem=as_json(issues))


def _write_nothing(upload: Upload, loaded: engine.Loaded) -> None:
    problem = as_json([Issue(upload.filename, NOTHING_LOADED, {"rows": loaded.rows_in})])
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.FAILED, problem=problem, **_counts(loaded))
    ask_for_first_page(upload)


def _write_version(upload: Upload, loaded: engine.Loaded) -> None:
    dataset = Dataset.objects.select_for_update().get(pk=upload.dataset_id)
    if dataset.current_version_id != upload.dataset.current_version_id:
        raise WorkFailed(DATA_CHANGED, retry=True)
    last = dataset.versions.aggregate(last=Max("number"))["last"] or 0
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=last + 1,
        upload=upload,
        columns=upload.mapping["columns"],
        files=[replace(file, path=storage.key_of(file.path)).to_json() for file in loaded.files],
        rows=sum(file.rows for file in loaded.files),
        first_day=loaded.first_day,
        last_day=loaded.last_day,
        changed_first=loaded.changed_first,
        changed_last=loaded.changed_last,
    )
    dataset.current_version = version
    dataset.columns, dataset.row_key = upload.mapping["columns"], list(upload.mapping["key"])
    dataset.reading = to_remember(reading_of(upload.shape), upload.mapping.get("twins", ""))
    dataset.save(update_fields=["current_version", "columns", "row_key", "reading"])
    Upload.objects.filter(pk=upload.pk).update(
        status=Upload.Status.LOADED, loaded_at=Now(), problem=[], **_counts(loaded)
    )
    if loaded.rows_rejected:
        ask_for_first_page(upload)
    enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, version=str(version.pk))
