"""Read datasets and uploads. Nothing here reads uploaded rows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.common.lookup import Listing
from apps.datasets.domain.columns import GROUPS, Column, column_of
from apps.datasets.domain.rejects import faulty_of
from apps.datasets.models import Dataset, DatasetVersion, RowPage, Upload, path_of
from apps.datasets.selectors.quality import Overview as Overview
from apps.datasets.selectors.quality import as_rhythm as as_rhythm
from apps.datasets.selectors.quality import check_as_said as check_as_said
from apps.datasets.selectors.quality import checks_of as checks_of
from apps.datasets.selectors.quality import days_of as days_of
from apps.datasets.selectors.quality import every_check as every_check
from apps.datasets.selectors.quality import every_rhythm as every_rhythm
from apps.datasets.selectors.quality import overview as overview
from apps.datasets.selectors.quality import profile_before as profile_before
from apps.datasets.selectors.quality import profile_of as profile_of
from apps.datasets.selectors.quality import results_of as results_of
from apps.datasets.selectors.quality import rhythm_of as rhythm_of
from apps.datasets.selectors.quality import standing_for as standing_for
from apps.datasets.selectors.quality import standing_of as standing_of
from apps.datasets.selectors.quality import troubled as troubled
from apps.datasets.selectors.quality import warnings_in_words as warnings_in_words
from apps.engine.requests import Role
from apps.kernel.issue import N_, NotHere
from apps.work import selectors as work_selectors

if TYPE_CHECKING:
    from apps.engine.requests import FileEntry
    from apps.work.services import Work


class State(StrEnum):
    """How a dataset stands."""

    EMPTY = "empty"  # nothing was ever loaded
    LOADING = "loading"  # a worker is at it
    WAITING = "waiting"  # a file waits for its columns to be named
    FAILED = "failed"  # the newest file was refused or failed
    PARTLY = "partly"  # loaded, and rows of the newest file were rejected
    FRESH = "fresh"  # loaded whole


@dataclass(frozen=True)
class Freshness:
    """How fresh a dataset is. `rows` and the days are of its current version; `work_id` of what is being done."""

    dataset_id: UUID
    key: str
    name: str
    rows: int
    first_day: date | None
    last_day: date | None
    last_upload_at: datetime | None
    last_upload_by: str
    rejected: int
    state: State
    upload_id: UUID | None
    work_id: UUID | None


def datasets() -> QuerySet[Dataset]:
    """Every dataset in use, by name, with its current version."""
    return Dataset.objects.filter(archived_at=None).select_related("current_version")


def binned_datasets() -> QuerySet[Dataset]:
    """Datasets that were deleted and can be put back, by name."""
    return Dataset.objects.filter(archived_at__isnull=False, gone_at=None).exclude(binned_by_name="")


def dataset_for(dataset_id: object) -> Dataset:
    """One dataset by id. Raises `NotHere`."""
    return _one(datasets().filter(pk=dataset_id))


def dataset_by_key(key: str) -> Dataset:
    """One dataset by key. Raises `NotHere`."""
    return _one(datasets().filter(key=key))


def dataset_keys() -> set[str]:
    """Every key that is taken."""
    return set(Dataset.objects.values_list("key", flat=True))


def dataset_names() -> dict[str, str]:
    """Every key that is taken, with the name of its dataset. One query."""
    return dict(Dataset.objects.values_list("key", "name"))


def version_for(version_id: object) -> DatasetVersion:
    """One version by id, with its dataset and upload. Raises `NotHere`."""
    found = DatasetVersion.objects.filter(pk=version_id).select_related("dataset", "upload", "restores__upload")
    found = found.first()
    if found is None:
        raise NotHere(N_("There is no such version of the data."))
    return found


def columns_of(dataset: Dataset) -> list[Column]:
    """The columns of a dataset, in their order; none before the first load."""
    return [column_of(column) for column in dataset.columns]


def dimensions_of(dataset: Dataset) -> list[Column]:
    """The columns that values can be split by."""
    return [column for column in columns_of(dataset) if column.role in GROUPS]


def holds_rates(dataset: Dataset) -> bool:
    """Whether its rows are exchange rates."""
    return any(column.role == Role.RATE for column in columns_of(dataset))


def files_of(version: DatasetVersion) -> "tuple[FileEntry, ...]":
    """The Parquet files of a version, with absolute paths, for the engine."""
    return with_paths(version.files)


def with_paths(files: Iterable[dict]) -> "tuple[FileEntry, ...]":
    """Parquet files as they are kept, with absolute paths."""
    from apps.engine.requests import FileEntry

    entries = (FileEntry.from_json(file) for file in files)
    return tuple(replace(entry, path=str(path_of(entry.path))) for entry in entries)


def coverage_of(dataset: Dataset) -> tuple[date, date] | None:
    """First and last local day of the rows of a dataset; None before the first load."""
    version = dataset.current_version
    return (version.first_day, version.last_day) if version and version.first_day and version.last_day else None


def freshness(search: str = "") -> list[Freshness]:
    """How fresh every dataset is, by name; with `search`, of those whose name or key holds it. One query."""
    everything = [_freshness(_Fresh(*row)) for row in _fresh()]
    wanted = search.casefold()
    return [one for one in everything if wanted in one.name.casefold() or wanted in one.key]


class _Fresh(NamedTuple):
    """A row of `_fresh_rows`. A version that was restored was loaded by the upload of the one that it brings back."""

    dataset_id: UUID
    key: str
    name: str
    rows: int | None
    first_day: date | None
    last_day: date | None
    loaded_at: datetime | None
    loaded_by: str | None
    rejected: int | None
    reject_counts: dict | None
    newest_id: UUID | None
    newest_status: str | None
    newest_work: UUID | None


def _fresh_rows() -> QuerySet:
    newest = Upload.objects.filter(dataset=OuterRef("pk"))
    newest = newest.exclude(status__in=[Upload.Status.DISCARDED, Upload.Status.BINNED]).order_by("-uploaded_at")
    loaded = ("uploaded_at", "uploaded_by_name", "rows_rejected", "reject_counts")
    return Dataset.objects.filter(archived_at=None).values_list(
        *("pk", "key", "name"),
        *(f"current_version__{name}" for name in ("rows", "first_day", "last_day")),
        *(
            Coalesce(f"current_version__restores__upload__{name}", f"current_version__upload__{name}")
            for name in loaded
        ),
        *(Subquery(newest.values(name)[:1]) for name in ("pk", "status", "work")),
    )


_fresh = Listing(_fresh_rows)


def _freshness(row: _Fresh) -> Freshness:
    faulty = None if row.rejected is None else faulty_of(row.rejected, row.reject_counts or {})
    state = _state(row.newest_status, faulty)
    return Freshness(
        dataset_id=row.dataset_id,
        key=row.key,
        name=row.name,
        rows=row.rows or 0,
        first_day=row.first_day,
        last_day=row.last_day,
        last_upload_at=row.loaded_at,
        last_upload_by=row.loaded_by or "",
        rejected=faulty or 0,
        state=state,
        upload_id=row.newest_id,
        work_id=row.newest_work if state == State.LOADING else None,
    )


def _state(newest: str | None, faulty: int | None) -> State:
    """By the newest upload, and the rows that the loaded one could not take; None before the first load."""
    if newest in (Upload.Status.STORED, Upload.Status.LOADING):
        return State.LOADING
    if newest in (Upload.Status.INSPECTED, Upload.Status.REVIEW):
        return State.WAITING
    if newest in (Upload.Status.REFUSED, Upload.Status.FAILED):
        return State.FAILED
    if faulty is None:
        return State.EMPTY
    return State.PARTLY if faulty else State.FRESH


def upload_for(upload_id: object) -> Upload:
    """One upload by id, with its dataset and its work. Raises `NotHere`."""
    found = Upload.objects.select_related("dataset__current_version", "work", "version", "based_on")
    found = found.filter(pk=upload_id).first()
    if found is None:
        raise NotHere(N_("There is no such upload."))
    return found


def uploads_of(dataset: Dataset) -> QuerySet[Upload]:
    """Uploads of a dataset, newest first, each with the version it made, if any."""
    return Upload.objects.filter(dataset=dataset).select_related("version").defer("shape", "mapping")


def uploads(*, before: tuple[datetime, UUID] | None = None) -> QuerySet[Upload]:
    """Every upload, newest first; with `before` (when it came, and id) only those that stand behind it."""
    rows = Upload.objects.select_related("dataset", "version", "work").defer("shape", "mapping")
    rows = rows.order_by("-uploaded_at", "-pk")
    if before is None:
        return rows
    when, upload_id = before
    return rows.filter(Q(uploaded_at__lt=when) | Q(uploaded_at=when, pk__lt=upload_id))


def versions_of(dataset: Dataset) -> QuerySet[DatasetVersion]:
    """The versions of a dataset, newest first, each with its upload, or with the one that it brings back."""
    rows = DatasetVersion.objects.filter(dataset=dataset).select_related("upload", "restores__upload")
    return rows.defer(
        "files",
        "upload__shape",
        "upload__mapping",
        "restores__files",
        "restores__upload__shape",
        "restores__upload__mapping",
    )


def version_before(upload: Upload) -> DatasetVersion | None:
    """The version before the one that an upload made, while that is current: what taking it back leads to. One
    query."""
    version = getattr(upload, "version", None)
    if version is None or version.pk != upload.dataset.current_version_id:
        return None
    earlier = DatasetVersion.objects.filter(dataset=upload.dataset, number__lt=version.number)
    return earlier.order_by("-number").defer("files").first()


def open_uploads() -> QuerySet[Upload]:
    """Uploads that are not at their end, newest first: being looked at, waiting for somebody, being loaded, refused."""
    ended = [Upload.Status.LOADED, Upload.Status.BINNED, Upload.Status.DISCARDED]
    return Upload.objects.exclude(status__in=ended).select_related("dataset").defer("shape", "mapping")


def current_work(upload: Upload) -> "Work | None":
    """The work on an upload that was asked for last."""
    work = upload.work
    return work_selectors.work_for(work.pk) if work is not None and work.again_id else work


def row_page(subject: str) -> RowPage | None:
    """A page of rows that a worker has read."""
    return RowPage.objects.filter(subject=subject).first()


def table_subject(version: DatasetVersion, offset: int) -> str:
    """Under what the rows of a version from `offset` on are kept."""
    return f"dataset-rows/{version.pk}/{offset}"


def compared_subject(before: DatasetVersion, after: DatasetVersion, kind: str | None = None, page: int = 1) -> str:
    """Under what the counts of a comparison are kept (no `kind`), or a page of the rows of a kind ("": of all)."""
    whole = f"compared/{before.pk}/{after.pk}"
    return whole if kind is None else f"{whole}/{kind}/{page}"


def uploads_named(ids: Iterable[str]) -> dict[str, str]:
    """File names of uploads by their ids (as text), for rows that name where they came from. One query."""
    return {str(pk): name for pk, name in Upload.objects.filter(pk__in=list(ids)).values_list("pk", "filename")}


def versions_named(ids: Iterable[str]) -> list[DatasetVersion]:
    """Versions by id, each with its dataset and upload. One query."""
    rows = DatasetVersion.objects.filter(pk__in=list(ids)).select_related("dataset", "upload", "restores__upload")
    return list(rows.defer("files", "restores__files"))


def uploaders_of(version_ids: Iterable[str], first: date, last: date) -> set[UUID]:
    """Who uploaded rows of the days from `first` to `last` that these versions hold, or brought them back. One
    query."""
    chosen = DatasetVersion.objects.filter(pk__in=list(version_ids)).order_by()
    latest = chosen.filter(dataset=OuterRef("dataset")).values("dataset").annotate(top=Max("number")).values("top")
    undated = Q(changed_first__isnull=True)
    rows = DatasetVersion.objects.filter(
        undated | Q(changed_first__lte=last, changed_last__gte=first),
        dataset__in=chosen.values("dataset"), number__lte=Subquery(latest),
    )  # fmt: skip
    people = rows.values_list("upload__uploaded_by", "made_by")
    return {each for both in people for each in both if each is not None}


def _one(rows: QuerySet[Dataset]) -> Dataset:
    found = rows.first()
    if found is None:
        raise NotHere(N_("There is no such data."))
    return found
