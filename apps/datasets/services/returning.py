"""An upload out of the bin where newer rows have come since: its file is made ready once more, against them."""

from __future__ import annotations

from uuid import uuid4

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.columns import column_of
from apps.datasets.domain.modes import How
from apps.datasets.models import Dataset, Upload
from apps.datasets.services import storage
from apps.datasets.services.mapping import faults_against, have_loaded
from apps.datasets.services.receiving import refuse_if_here
from apps.engine.requests import Meets


def made_ready_once_more(actor: Actor, binned: Upload, dataset: Dataset) -> Upload:
    """A new upload of the file of one in the bin, in the caller's transaction: made ready as that one was, so that
    somebody sees what it does to the rows of now. Rows whose key is there stay, as they are newer. Where its columns no
    longer fit the data, it waits for them to be named. The one in the bin stays there.

    Raises `AlreadyHere` where that was done already, `NoRoom`.
    """
    refuse_if_here(binned.sha256)
    again_id = uuid4()
    key = storage.kept_twice(binned.storage_key, again_id)
    told = {name: getattr(binned, name) for name in ("filename", "size", "sha256", "shape", "sheet", "reading")}
    again = Upload.objects.create(
        id=again_id, dataset=dataset, storage_key=key, status=Upload.Status.INSPECTED, review=True,
        uploaded_by=actor.id, uploaded_by_name=actor.name[:120], **told,
    )  # fmt: skip
    audit.record(actor=actor, act="upload.received", subject=again, after={"bytes": again.size, "sha256": again.sha256})
    columns, row_key = [column_of(column) for column in binned.mapping["columns"]], binned.mapping["key"]
    how = How(
        mode=binned.mode, first=binned.period_first, last=binned.period_last, twins=binned.mapping["twins"],
        meets=Meets.KEEP.value if row_key else binned.mapping["meets"], whole=binned.whole, review=True,
    )  # fmt: skip
    if faults_against(again, dataset, columns, row_key, how):
        return again
    return have_loaded(actor, again, dataset, columns, row_key, how)
