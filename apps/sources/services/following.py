"""Follow the files that a reading brought on their way: load what fits, and say when somebody is needed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.datasets import selectors as dataset_rows
from apps.datasets import services as datasets
from apps.datasets.domain.columns import MappingRefused
from apps.kernel.issue import Issue, Refusal
from apps.sources.models import Pull, PullFile, Source
from apps.sources.services import ending, telling
from apps.sources.services.pulling import owner_of
from apps.sources.services.rows import locked

WORKING = ("stored", "loading")
LEFT = ("inspected", "review", "refused", "failed")


def upload_moved(upload_id: UUID | str) -> None:
    """An upload was looked at, loaded or stopped: if a reading brought it, that one goes on."""
    file = PullFile.objects.filter(upload_id=upload_id).select_related("pull").first()
    if file is not None:
        go_on(file.pull_id, timezone.now())


def go_on_all(now: datetime) -> int:
    """See to every reading whose files are on their way, so that none is forgotten; how many."""
    pulls = list(Pull.objects.filter(status__in=[Pull.Status.LOADING, Pull.Status.PERSON]).values_list("pk", flat=True))
    for pull_id in pulls:
        go_on(pull_id, now)
    return len(pulls)


@transaction.atomic
def go_on(pull_id: UUID, now: datetime) -> None:
    """Bring a reading as far as its files are. May run twice at once, and as often as one likes."""
    source_id = Pull.objects.filter(pk=pull_id).values_list("source_id", flat=True).first()
    if source_id is None:
        return
    source = locked(source_id)
    pull = Pull.objects.select_for_update().filter(pk=pull_id).first()
    if pull is None or pull.status not in (Pull.Status.LOADING, Pull.Status.PERSON):
        return
    uploads = [dataset_rows.upload_for(file.upload_id) for file in pull.files.exclude(upload=None)]
    _adopt(source, uploads)
    states = [_loaded_or(upload, source) for upload in uploads]
    if any(state in WORKING for state in states):
        pull.status = Pull.Status.LOADING
        pull.save(update_fields=["status"])
    elif any(state in LEFT for state in states):
        _left(source, pull, uploads, now)
    elif "loaded" in states:
        ending.succeeded(source, pull, Pull.Status.DONE, now)
    else:
        ending.dropped(source, pull, now)


def _adopt(source: Source, uploads: list) -> None:
    """The first file of a new source says which data it is; the rest follow it."""
    found = next((upload.dataset for upload in uploads if upload.status == "loaded"), None)
    if source.dataset_id is None and found is not None:
        source.dataset = found
        source.save(update_fields=["dataset"])


def _loaded_or(upload: object, source: Source) -> str:
    """Have a file loaded if it needs nobody; how it stands then."""
    if upload.status != "inspected" or upload.dataset is None or not upload.dataset.columns:
        return upload.status
    lacking = datasets.lacking_headers(upload, upload.dataset)
    if lacking or datasets.contradicted_headers(upload, upload.dataset):
        return upload.status
    try:
        datasets.load_as_known(actor=owner_of(source), upload_id=upload.pk, mode=source.mode)
    except (MappingRefused, Refusal):
        return upload.status
    return "loading"


def _left(source: Source, pull: Pull, uploads: list, now: datetime) -> None:
    """Somebody has to see to a file. Where all is read each time, the next reading may do better instead."""
    all_each_time = source.is_database and not source.chosen.rising
    if all_each_time and all(upload.status in ("refused", "failed") for upload in uploads):
        issues = [Issue(**issue) for upload in uploads for issue in upload.problem][:20]
        ending.failed(source, pull, issues, now, retry=False)
    elif pull.status != Pull.Status.PERSON:
        pull.status = Pull.Status.PERSON
        pull.save(update_fields=["status"])
        telling.tell_owner(source, "sources.waits", telling.WAITS, pull)
