"""New versions of a dataset: from a load that is done, at once or on somebody's go-ahead; or an earlier one again."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.reading import reading_of, to_remember
from apps.datasets.models import Dataset, DatasetVersion, Upload
from apps.datasets.services import storage
from apps.datasets.services.held import locked
from apps.datasets.services.mapping import CHANGED_MEANWHILE, headers_of
from apps.datasets.services.profiling import ask_for_profile
from apps.datasets.services.rejects import ask_for_first_page
from apps.datasets.services.usage import broken_by
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import enqueue

NOT_WAITING = N_("This file does not wait for a go-ahead: %(state)s.")
CONFIRM_REMOVED = N_("%(rows)s rows of the data go by this. Confirm that number.")
CONFIRM_BROKEN = N_("Metrics use columns that go or change by this: %(metrics)s. Confirm that they may stop.")
IS_CURRENT = N_("This is the current version already.")


def kept(loaded: engine.Loaded) -> dict[str, object]:
    """What a load came to, as it is kept: with keys instead of paths."""
    files = tuple(replace(file, path=storage.key_of(file.path)) for file in loaded.files)
    rejects = storage.key_of(loaded.rejects_path) if loaded.rejects_path else ""
    return replace(loaded, files=files, rejects_path=rejects).to_json()


def outcome_of(upload: Upload) -> engine.Loaded:
    """What the rows of an upload that waits for a go-ahead come to."""
    return engine.Loaded.from_json(upload.outcome)


def counts_of(loaded: engine.Loaded, rejects_key: str) -> dict[str, object]:
    """The counts of an upload's row."""
    return {
        "rows_in": loaded.rows_in,
        "rows_loaded": loaded.rows_loaded,
        "rows_rejected": loaded.rows_rejected,
        "rows_replaced": loaded.rows_replaced,
        "reject_counts": dict(loaded.reject_counts),
        "broken": dict(loaded.broken),
        "rejects_key": rejects_key,
    }


def write_version(upload: Upload, dataset: Dataset, outcome: dict, made_by: tuple[UUID | None, str]) -> DatasetVersion:
    """Make what a load came to the current version of its locked dataset, in the caller's transaction."""
    loaded = engine.Loaded.from_json(outcome)
    deletes = upload.mode == Upload.Mode.DELETE
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=_next_number(dataset),
        upload=upload,
        columns=dataset.columns if deletes else upload.mapping["columns"],
        files=[file.to_json() for file in loaded.files],
        rows=sum(file.rows for file in loaded.files),
        added=loaded.added,
        changed=loaded.changed,
        removed=loaded.removed,
        first_day=loaded.first_day,
        last_day=loaded.last_day,
        changed_first=loaded.changed_first,
        changed_last=loaded.changed_last,
        made_by=made_by[0],
        made_by_name=made_by[1][:120],
    )
    dataset.current_version = version
    if not deletes:
        dataset.columns, dataset.row_key = upload.mapping["columns"], list(upload.mapping["key"])
        said = upload.reading or dataset.reading
        unasked = {"unasked": True} if dataset.reading.get("unasked") else {}
        dataset.reading = unasked | to_remember(
            reading_of(upload.shape), upload.mapping, said=said, sheet=upload.sheet, headers=headers_of(upload)
        )
    dataset.save(update_fields=["current_version", "columns", "row_key", "reading"])
    Upload.objects.filter(pk=upload.pk).update(
        status=Upload.Status.LOADED,
        loaded_at=Now(),
        problem=[],
        outcome=None,
        **counts_of(loaded, loaded.rejects_path),
    )
    if loaded.rows_rejected:
        ask_for_first_page(upload)
    enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, version=str(version.pk))
    ask_for_profile(dataset)
    return version


@transaction.atomic
def apply_upload(
    *,
    actor: Actor,
    upload_id: UUID,
    removed: int | None = None,
    breaks: bool = False,
    unasked: bool | None = None,
    seen: str | None = None,
) -> Upload:
    """The go-ahead for a file whose rows are ready: they become the new version.

    `removed` has to be the number of rows that go, if any do, and `breaks` true if metrics lose columns by it: so
    nobody does either unknowingly. `unasked`: files that only add rows, all of them sound, are loaded without asking
    from now on. If the data changed since the rows were made ready, they are made ready anew, and the upload waits.
    """
    actor.must("data.upload")
    upload = locked(upload_id)
    if seen is not None and seen != upload.mark:
        raise Refusal(CHANGED_MEANWHILE, {"state": upload.get_status_display()}, status=409)
    if upload.status != Upload.Status.REVIEW or upload.outcome is None:
        raise Refusal(NOT_WAITING, {"state": upload.get_status_display()}, status=409)
    dataset = Dataset.objects.select_for_update().get(pk=upload.dataset_id)
    if dataset.current_version_id != upload.based_on_id:
        _make_ready_anew(upload, dataset, actor)
        return upload
    _must_be_confirmed(upload, dataset, removed, breaks)
    if unasked is not None:
        dataset.reading = dataset.reading | {"unasked": unasked}
    version = write_version(upload, dataset, upload.outcome, (actor.id, actor.name))
    told = {"dataset": dataset.key, "version": version.number, "added": version.added, "changed": version.changed}
    audit.record(actor=actor, act="upload.applied", subject=upload, after=told | {"removed": version.removed})
    upload.refresh_from_db()
    return upload


def _make_ready_anew(upload: Upload, dataset: Dataset, actor: Actor) -> None:
    upload.status, upload.outcome = Upload.Status.LOADING, None
    upload.work = enqueue(
        "datasets.load", subject=dataset.pk, about=upload.filename, asked_by=actor.id, upload=str(upload.pk)
    )
    upload.save(update_fields=["status", "outcome", "work"])


def _must_be_confirmed(upload: Upload, dataset: Dataset, removed: int | None, breaks: bool) -> None:
    issues = []
    goes = int(upload.outcome["removed"])
    if goes and removed != goes:
        issues.append(Issue("removed", CONFIRM_REMOVED, {"rows": goes}))
    if not breaks and upload.mode == Upload.Mode.REPLACE:
        names = sorted({user.name for loss in broken_by(dataset, upload.mapping["columns"]) for user in loss.users})
        if names:
            issues.append(Issue("breaks", CONFIRM_BROKEN, {"metrics": ", ".join(names)}))
    if issues:
        raise Refusal(N_("The rows cannot be applied without this."), issues=issues, status=409)


@transaction.atomic
def restore_version(*, actor: Actor, dataset_id: UUID, number: int) -> DatasetVersion:
    """Bring back version `number`: a new version that equals it, rows, columns and row key. Nothing is lost by it: the
    version that was current can be brought back the same way."""
    actor.must("data.upload")
    dataset = Dataset.objects.select_for_update().filter(pk=dataset_id, archived_at=None).first()
    old = DatasetVersion.objects.filter(dataset_id=dataset_id, number=number).select_related("restores").first()
    if dataset is None or old is None:
        raise NotHere(N_("There is no such version of the data."))
    if dataset.current_version_id == old.pk:
        raise Refusal(IS_CURRENT, status=409)
    current = dataset.current_version
    first, last = _changed_between(dataset, old.number, current.number)
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=_next_number(dataset),
        restores=old.restores or old,
        columns=old.columns,
        files=old.files,
        rows=old.rows,
        first_day=old.first_day,
        last_day=old.last_day,
        changed_first=first,
        changed_last=last,
        made_by=actor.id,
        made_by_name=actor.name[:120],
    )
    before = {"version": current.number, "rows": current.rows}
    dataset.current_version, dataset.columns = version, old.columns
    origin = version.restores.upload
    if origin is not None and origin.mapping:
        dataset.row_key = list(origin.mapping["key"])
    dataset.save(update_fields=["current_version", "columns", "row_key"])
    audit.record(
        actor=actor,
        act="dataset.restored",
        subject=dataset,
        before=before,
        after={"version": version.number, "equals": number, "rows": version.rows},
    )
    enqueue("metrics.compute_dataset", subject=dataset.pk, about=dataset.name, version=str(version.pk))
    ask_for_profile(dataset)
    return version


def _changed_between(dataset: Dataset, older: int, newer: int) -> tuple[date | None, date | None]:
    """The days in which two versions can differ: those that any version in between changed. A superset, found without
    reading a row."""
    versions = dataset.versions.filter(Q(number__gt=older) & Q(number__lte=newer) & Q(changed_first__isnull=False))
    spans = list(versions.values_list("changed_first", "changed_last"))
    return min((first for first, _ in spans), default=None), max((last for _, last in spans), default=None)


def _next_number(dataset: Dataset) -> int:
    return (dataset.versions.aggregate(last=Max("number"))["last"] or 0) + 1
