"""A first look at a file, by a worker: what kind it is, its columns, and what stands in the way of loading it."""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.reading import faults_of, remembered
from apps.datasets.models import Upload
from apps.datasets.services import storage
from apps.datasets.services.problems import as_json
from apps.datasets.services.receiving import look_at
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import Claim

log = logging.getLogger(__name__)


def inspect_upload(claim: Claim) -> None:
    """Handler: look at an upload. Ends with its status inspected (a person goes on) or refused (with every issue)."""
    waiting = (
        Upload.objects.select_related("dataset")
        .filter(pk=claim.args["upload"])
        .exclude(status__in=[Upload.Status.LOADING, Upload.Status.LOADED, Upload.Status.DISCARDED])
    )
    upload = waiting.first()
    if upload is None:
        return
    waiting.update(status=Upload.Status.STORED, work=claim.work)
    path = str(storage.path_of(upload.storage_key))
    request = engine.Inspect(path, upload.filename, claim.args.get("sheet", ""), _reading(upload))
    try:
        shape = run_engine(request, claim)
    except engine.EngineFailure as failure:
        shape = engine.FileShape(
            "", issues=failure.issues or (Issue(upload.filename, failure.message, failure.params),)
        )
    status = Upload.Status.REFUSED if shape.blocking() else Upload.Status.INSPECTED
    with claim.completing():
        waiting.update(status=status, shape=shape.to_json(), sheet=shape.sheet, problem=as_json(shape.blocking()))
    _sweep_orphans()


def _sweep_orphans() -> None:
    """Each upload pays for a look at what crashes may have left. Whatever goes wrong here harms nobody."""
    try:
        candidates = storage.orphan_candidates()
        rows = Upload.objects.filter(pk__in=candidates).exclude(status=Upload.Status.DISCARDED)
        removed = storage.sweep(set(candidates) - set(rows.values_list("pk", flat=True)))
    except OSError:
        log.exception("Orphan files could not be swept")
        return
    if removed:
        log.warning("Removed %s files without a row.", removed)


def _reading(upload: Upload) -> engine.Reading:
    """What somebody said of this file, else what was said of the last one of the same data."""
    if upload.reading:
        return engine.Reading.from_json(upload.reading)
    return remembered(upload.dataset.reading) if upload.dataset is not None else engine.Reading()


@transaction.atomic
def read_again(
    *,
    actor: Actor,
    upload_id: UUID,
    sheet: str = "",
    encoding: str = "",
    delimiter: str = "",
    header_row: int = 0,
    keep: Sequence[str] = (),
    nulls: Sequence[str] | None = None,
) -> Upload:
    """Look at a file again: another sheet, encoding, delimiter or row of headers, other rows kept, other words for no
    value. What is left empty is found out."""
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status not in (Upload.Status.INSPECTED, Upload.Status.REFUSED, Upload.Status.FAILED):
        raise Refusal(N_("This file is being worked on. Wait until that has ended."), status=409)
    shape = upload.shape or {}
    if sheet and sheet not in (*shape.get("sheets", ()), *shape.get("hidden_sheets", ())):
        raise Refusal(N_("The workbook has no sheet “%(sheet)s”."), {"sheet": sheet})
    if faults := faults_of(encoding, delimiter, header_row, keep):
        raise Refusal(N_("The file cannot be read like this."), issues=faults)
    words = tuple(word.strip().lower() for word in nulls if word.strip()) if nulls is not None else None
    reading = engine.Reading(encoding, delimiter, header_row, tuple(keep), words)
    upload.sheet, upload.reading, upload.status, upload.problem = sheet, reading.to_json(), Upload.Status.STORED, []
    upload.work = look_at(upload, asked_by=actor.id)
    upload.save(update_fields=["sheet", "reading", "status", "problem", "work"])
    audit.record(actor=actor, act="upload.read_again", subject=upload, after={"sheet": sheet} | upload.reading)
    return upload


def locked(upload_id: UUID) -> Upload:
    """An upload, locked until the caller's transaction ends. Raises `NotHere`."""
    upload = Upload.objects.select_for_update().filter(pk=upload_id).exclude(status=Upload.Status.DISCARDED).first()
    if upload is None:
        raise NotHere(N_("There is no such upload."))
    return upload
