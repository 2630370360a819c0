"""From a file whose columns are named to a new version of its dataset, by a worker."""

from pathlib import Path

from apps import engine
from apps.datasets.domain.columns import column_of, key_columns, same_shape
from apps.datasets.domain.reading import reading_of
from apps.datasets.domain.rejects import faulty_of
from apps.datasets.models import Dataset, RowPage, Upload
from apps.datasets.services import storage, versions
from apps.datasets.services.checking import refusing_rules
from apps.datasets.services.problems import as_json
from apps.datasets.services.rejects import ask_for_first_page, forget_files
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, Issue
from apps.work.services import Claim, WorkFailed
from apps.workspaces.scope import current_workspace

NOTHING_LOADED = N_(
    "None of the %(rows)s rows could be loaded: each is listed with its reason. Correct the columns or the file, and "
    "load it again. The data is as it was."
)
NOT_WHOLE = N_(
    "%(faulty)s of the %(rows)s rows have to be mended, and all were to be loaded or none. Each is listed with its "
    "reason. The data is as it was."
)
NOTHING_LEFT = N_("No row would be left in the data by this, so it was not done. The data is as it was.")
COLUMNS_CHANGED = N_("The columns of the data have changed since this file's columns were named. Name them again.")
DATA_CHANGED = N_("The data changed while this file was being loaded.")


def load_upload(claim: Claim) -> None:
    """Handler: load an upload. Ends with its status loaded (and a new version), review (its rows are ready and wait for
    a go-ahead) or failed (with every issue).

    Work on one dataset runs one at a time (its subject is the dataset), in the order in which it was asked for.
    """
    upload = Upload.objects.select_related("dataset__current_version").get(pk=claim.args["upload"])
    if upload.status in (Upload.Status.LOADED, Upload.Status.BINNED, Upload.Status.DISCARDED) or upload.mapping is None:
        return
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.LOADING, work=claim.work)
    forget_files(upload.pk)
    RowPage.objects.filter(subject__startswith=f"rejects:{upload.pk}:").delete()
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
        elif stands_against := _stands_against(upload, loaded):
            _write_nothing(upload, loaded, stands_against)
        else:
            _write(upload, loaded)


def _changed_columns(upload: Upload) -> tuple[Issue, ...]:
    before = upload.dataset.current_version
    if before is None or upload.mode == Upload.Mode.REPLACE:
        return ()
    chosen = [column_of(column) for column in upload.mapping["columns"]]
    there = [column_of(column) for column in before.columns]
    if upload.mode == Upload.Mode.DELETE:
        there = key_columns(there, upload.dataset.row_key)
    return () if same_shape(chosen, there) else (Issue(upload.filename, COLUMNS_CHANGED),)


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
        days=(upload.period_first, upload.period_last) if upload.period_first else None,
        rules=refusing_rules(upload.dataset),
    )


def _stands_against(upload: Upload, loaded: engine.Loaded) -> Issue | None:
    """Why what was made ready can never be applied, if it cannot."""
    faulty = faulty_of(loaded.rows_rejected, loaded.reject_counts)
    if loaded.rows_loaded == 0:
        return Issue(upload.filename, NOTHING_LOADED, {"rows": loaded.rows_in})
    if upload.whole and faulty:
        return Issue(upload.filename, NOT_WHOLE, {"faulty": faulty, "rows": loaded.rows_in})
    return None if loaded.files else Issue(upload.filename, NOTHING_LEFT)


def _write_failure(upload: Upload, issues: tuple[Issue, ...]) -> None:
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.FAILED, problem=as_json(issues))


def _write_nothing(upload: Upload, loaded: engine.Loaded, issue: Issue) -> None:
    counts = versions.counts_of(loaded, storage.key_of(loaded.rejects_path) if loaded.rejects_path else "")
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.FAILED, problem=as_json([issue]), **counts)
    if loaded.rows_rejected:
        ask_for_first_page(upload)


def _write(upload: Upload, loaded: engine.Loaded) -> None:
    dataset = Dataset.objects.select_for_update().get(pk=upload.dataset_id)
    if dataset.current_version_id != upload.dataset.current_version_id:
        raise WorkFailed(DATA_CHANGED, retry=True)
    outcome = versions.kept(loaded)
    if not upload.review or _only_adds(dataset, loaded):
        versions.write_version(upload, dataset, outcome, (upload.uploaded_by, upload.uploaded_by_name))
        return
    Upload.objects.filter(pk=upload.pk).update(
        status=Upload.Status.REVIEW,
        problem=[],
        outcome=outcome,
        based_on=dataset.current_version,
        **versions.counts_of(loaded, outcome["rejects_path"]),
    )
    if loaded.rows_rejected:
        ask_for_first_page(upload)


def _only_adds(dataset: Dataset, loaded: engine.Loaded) -> bool:
    """Whether a file does nothing but add sound rows, to data that somebody said takes those unasked."""
    changes = loaded.rows_rejected or loaded.changed or loaded.removed or loaded.rows_replaced
    return bool(dataset.reading.get("unasked")) and not changes
