"""What the data would be: with a file that waits for a go-ahead, or without one that somebody thinks of deleting."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from apps import engine
from apps.datasets import selectors
from apps.datasets.domain.columns import column_of, same_shape
from apps.datasets.models import DatasetVersion, Upload
from apps.datasets.services import storage
from apps.datasets.services.binning import made_current, version_before, without_its_rows
from apps.datasets.services.versions import outcome_of
from apps.work.services import Claim


@dataclass(frozen=True)
class Candidate:
    """A state of the data that is no version yet: its files with absolute paths, the days it spans and those in which
    it differs from the current version. `anew`: nothing of that stays. `speaks`: there is data for those days."""

    files: tuple[engine.FileEntry, ...]
    span: tuple[date | None, date | None]
    changed: tuple[date | None, date | None]
    anew: bool = False
    speaks: bool = True


def about(upload: Upload) -> tuple[DatasetVersion, str] | None:
    """The current version that an upload can be compared with, and what names the state that it leads to; None: there
    is nothing to compare. Where a file brings other columns, metrics have to be defined anew first."""
    current = upload.dataset.current_version if upload.dataset is not None else None
    if current is None:
        return None
    if upload.status == Upload.Status.LOADED:
        return current, f"without/{upload.pk}"
    if upload.status != Upload.Status.REVIEW or upload.based_on_id != current.pk:
        return None
    if upload.mode == Upload.Mode.REPLACE and not _same_columns(upload, current):
        return None
    return current, f"with/{upload.work_id}"


def _same_columns(upload: Upload, current: DatasetVersion) -> bool:
    both = (upload.mapping["columns"], current.columns)
    return same_shape(*([column_of(column) for column in columns] for columns in both))


@contextmanager
def candidate(upload: Upload, claim: Claim) -> Iterator[Candidate]:
    """The state that an upload leads to: applied if it waits for that, deleted if it is loaded. What had to be written
    for it is removed at the end of the block."""
    if upload.status == Upload.Status.REVIEW:
        yield _with(upload)
    elif made_current(upload, upload.dataset):
        yield _before(upload)
    else:
        folder = _scratch(claim.work.pk)
        try:
            yield _without(upload, folder, claim)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _with(upload: Upload) -> Candidate:
    loaded = outcome_of(upload)
    return Candidate(
        files=selectors.with_paths(file.to_json() for file in loaded.files),
        span=(loaded.first_day, loaded.last_day),
        changed=(loaded.changed_first, loaded.changed_last),
        anew=upload.mode == Upload.Mode.REPLACE,
        speaks=upload.mode != Upload.Mode.DELETE,
    )


def _before(upload: Upload) -> Candidate:
    made, before = upload.version, version_before(upload.version)
    span = (before.first_day, before.last_day) if before is not None else (None, None)
    files = selectors.files_of(before) if before is not None else ()
    return Candidate(files, span, (made.changed_first, made.changed_last))


def _without(upload: Upload, folder: Path, claim: Claim) -> Candidate:
    purged = without_its_rows(upload, version_before(upload.version), str(folder), claim)
    files = (*engine.without(selectors.files_of(upload.dataset.current_version), purged), *purged.added)
    days = [day for entry in files for day in (entry.first_day, entry.last_day) if day is not None]
    span = (min(days, default=None), max(days, default=None))
    return Candidate(files, span, (purged.changed_first, purged.changed_last))


def _scratch(work: UUID) -> Path:
    """A folder of this piece of work alone; what a killed try left in it goes first."""
    folder = storage.root() / "incoming" / f"candidate-{work}"
    shutil.rmtree(folder, ignore_errors=True)
    with storage.room():
        folder.mkdir(parents=True, mode=0o700)
    return folder
