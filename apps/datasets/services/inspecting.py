"""A first look at a file, by a worker: what kind it is, its columns, and what stands in the way of loading it."""

import logging
from uuid import UUID

from django.db import transaction

from apps import engine
from apps.accounts.domain.roles import Actor
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
    waiting = Upload.objects.filter(pk=claim.args["upload"]).exclude(
        status__in=[Upload.Status.LOADING, Upload.Status.LOADED, Upload.Status.DISCARDED]
    )
    upload = waiting.first()
    if upload is None:
        return
    waiting.update(status=Upload.Status.STORED, work=claim.work)
    request = engine.Inspect(str(storage.path_of(upload.storage_key)), upload.filename, claim.args.get("sheet", ""))
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


@transaction.atomic
def choose_sheet(*, actor: Actor, upload_id: UUID, sheet: str) -> Upload:
    """Look at another sheet of a workbook instead."""
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status not in (Upload.Status.INSPECTED, Upload.Status.REFUSED, Upload.Status.FAILED):
        raise Refusal(N_("This file is being worked on. Wait until that has ended."), status=409)
    if sheet not in (upload.shape or {}).get("sheets", ()):
        raise Refusal(N_("The workbook has no sheet “%(sheet)s”."), {"sheet": sheet})
    upload.sheet, upload.status, upload.problem = sheet, Upload.Status.STORED, []
    upload.work = look_at(upload, asked_by=actor.id)
    upload.save(update_fields=["sheet", "status", "problem", "work"])
    return upload


def locked(upload_id: UUID) -> Upload:
    """An upload, locked until the caller's transaction ends. Raises `NotHere`."""
    upload = Upload.objects.select_for_update().filter(pk=upload_id).exclude(status=Upload.Status.DISCARDED).first()
    if upload is None:
        raise NotHere(N_("There is no such upload."))
    return upload
