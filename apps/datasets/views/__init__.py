"""Pages of datasets and uploads."""

from apps.datasets.views.columns import columns, load, reading
from apps.datasets.views.data import dataset_detail, dataset_list, rate_days, rename, restore, versions
from apps.datasets.views.quality import end_check, new_check, overview, quality, set_rhythm
from apps.datasets.views.rejects import rejects, rejects_file, returned
from apps.datasets.views.removal import (
    delete_dataset,
    delete_upload,
    keep_for,
    purge_upload,
    put_back_dataset,
    put_back_upload,
    removal,
)
from apps.datasets.views.sending import arriving, new_upload
from apps.datasets.views.upload import again, apply, discard, original, upload_detail

__all__ = [
    "again",
    "apply",
    "arriving",
    "columns",
    "dataset_detail",
    "dataset_list",
    "delete_dataset",
    "delete_upload",
    "discard",
    "end_check",
    "keep_for",
    "load",
    "new_check",
    "new_upload",
    "original",
    "overview",
    "purge_upload",
    "put_back_dataset",
    "put_back_upload",
    "quality",
    "rate_days",
    "reading",
    "rejects",
    "rejects_file",
    "removal",
    "rename",
    "restore",
    "returned",
    "set_rhythm",
    "upload_detail",
    "versions",
]
