"""What a deletion changes, before anybody says yes to it. Nothing is read but what workers have counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from apps.datasets import selectors
from apps.datasets.models import Dataset, Upload
from apps.datasets.services.binning import gone_on
from apps.datasets.services.hearing import builders_of, effects_of
from apps.datasets.services.purging import MOST_DAYS, cutoff_of
from apps.datasets.services.usage import User
from apps.kernel.issue import Issue


@dataclass(frozen=True)
class Foreseen:
    """What deleting an upload changes. `rows` None: no worker has counted its rows yet. `returns`: rows that it
    replaced by their key come back. `goes`: until when it can be put back. `may`: there is something to delete."""

    upload: Upload
    dataset: Dataset | None
    rows: int | None
    first: date | None
    last: date | None
    metrics: list[User]
    effects: list[Issue]
    returns: bool
    goes: datetime
    may: bool


def deletion_of(upload: Upload, now: datetime) -> Foreseen:
    """What deleting an upload would change."""
    dataset = upload.dataset
    profile = selectors.profile_of(dataset.current_version) if dataset else None
    rows = profile.uploads.get(str(upload.pk)) if profile else None
    return Foreseen(
        upload=upload,
        dataset=dataset,
        rows=rows[0] if rows else 0 if profile else None,
        first=date.fromisoformat(rows[1]) if rows else None,
        last=date.fromisoformat(rows[2]) if rows else None,
        metrics=builders_of(dataset) if dataset else [],
        effects=effects_of(dataset) if dataset else [],
        returns=upload.mode == Upload.Mode.APPEND and bool(upload.rows_replaced and dataset and dataset.row_key),
        goes=gone_on(now),
        may=upload.status == Upload.Status.LOADED and dataset is not None,
    )


@dataclass(frozen=True)
class Swept:
    """What the next sweep deletes if rows are kept for `days`: `rows` before `cutoff`. `known`: they were counted."""

    days: int
    cutoff: date
    rows: int
    known: bool


def swept_by(dataset: Dataset, days: int, now: datetime) -> Swept:
    """What the next sweep would delete."""
    profile = selectors.profile_of(dataset.current_version)
    cutoff = cutoff_of(min(days, MOST_DAYS), now)
    counted = selectors.days_of(profile) if profile else {}
    return Swept(days, cutoff, sum(rows for day, rows in counted.items() if day < cutoff), profile is not None)
