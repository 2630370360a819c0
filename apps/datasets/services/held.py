"""An upload that somebody is about to change, and what the last file of its data was like."""

from uuid import UUID

from apps.datasets.models import Dataset, Upload
from apps.kernel.issue import N_, NotHere


def locked(upload_id: UUID) -> Upload:
    """An upload, locked until the caller's transaction ends. Raises `NotHere`."""
    rows = Upload.objects.select_for_update().filter(pk=upload_id, gone_at=None)
    upload = rows.exclude(status=Upload.Status.DISCARDED).first()
    if upload is None:
        raise NotHere(N_("There is no such upload."))
    return upload


def headers_before(dataset: Dataset) -> list[str]:
    """The headers of the last file of a dataset, those of columns that were skipped included, as far as it is known."""
    return list(dataset.reading.get("headers") or [column["source"] for column in dataset.columns])
