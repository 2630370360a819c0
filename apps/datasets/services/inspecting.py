"""A first look at a file, by a worker: what kind it is, its columns, and what stands in the way of loading it."""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.reading import faults_of, remembered, same_headers
from apps.datasets.models import Dataset, Upload
from apps.datasets.services import storage
from apps.datasets.services.held import headers_before, locked
from apps.datasets.services.mapping import load_unasked
from apps.datasets.services.problems import as_json
from apps.datasets.services.receiving import look_at
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, Issue, Refusal
from apps.work.services import Claim

log = logging.getLogger(__name__)
_PAST_THIS = (Upload.Status.LOADING, Upload.Status.LOADED, Upload.Status.BINNED, Upload.Status.DISCARDED)
_MOST_LOOKS = 4
"""At a workbook, for the data that one of its sheets may be of."""

READABLE_AGAIN = (Upload.Status.INSPECTED, Upload.Status.REVIEW, Upload.Status.REFUSED, Upload.Status.FAILED)


def inspect_upload(claim: Claim) -> None:
    """Handler: look at an upload. Ends with its status inspected (a person goes on), refused (with every issue) or,
    where the data is known and nothing is to be asked, loading."""
    waiting = Upload.objects.select_related("dataset").filter(pk=claim.args["upload"]).exclude(status__in=_PAST_THIS)
    upload = waiting.first()
    if upload is None:
        return
    waiting.update(status=Upload.Status.STORED, work=claim.work)
    dataset, shape = _looked_at(upload, claim)
    status = Upload.Status.REFUSED if shape.blocking() else Upload.Status.INSPECTED
    with claim.completing():
        found = {"shape": shape.to_json(), "sheet": shape.sheet, "problem": as_json(shape.blocking())}
        if dataset is not None and upload.dataset_id is None:
            found |= {"dataset": dataset, "recognised": True}
        if waiting.update(status=status, **found) and status == Upload.Status.INSPECTED and upload.review:
            load_unasked(upload.pk)
    _sweep_orphans()


def _looked_at(upload: Upload, claim: Claim) -> tuple[Dataset | None, engine.FileShape]:
    """The data that a file is for, chosen or told by its headers, and the file as that data's files are read."""
    sheet, dataset = claim.args.get("sheet", ""), upload.dataset
    if upload.reading:
        return dataset, _look(upload, claim, sheet, engine.Reading.from_json(upload.reading))
    if dataset is not None:
        return dataset, _as_remembered(upload, claim, sheet, dataset)
    shape = _look(upload, claim, sheet, engine.Reading())
    known = _known_by(shape) if upload.review else None
    if known is not None:
        return known, _as_remembered(upload, claim, sheet, known)
    return (upload.review and _told_by_a_sheet(upload, claim, shape)) or (None, shape)


def _told_by_a_sheet(upload: Upload, claim: Claim, shape: engine.FileShape) -> tuple[Dataset, engine.FileShape] | None:
    """The one dataset whose last file had its rows in a sheet of this name, behind the first, under these headers."""
    names = {*shape.sheets, *shape.hidden_sheets} - {shape.sheet}
    candidates = Dataset.objects.filter(archived_at=None, reading__sheet__in=names) if names else []
    looks = [(each, _as_remembered(upload, claim, "", each)) for each in candidates[:_MOST_LOOKS]]
    fits = [(each, look) for each, look in looks if same_headers(_headers(look), headers_before(each))]
    return fits[0] if len(fits) == 1 else None


def _as_remembered(upload: Upload, claim: Claim, sheet: str, dataset: Dataset) -> engine.FileShape:
    """Read as the last file of the data; if it is not built like that one, as it looks."""
    kept = dataset.reading
    shape = _look(upload, claim, sheet or kept.get("sheet", ""), remembered(kept))
    headers = set(_headers(shape))
    built_so = {column["source"] for column in dataset.columns} <= headers and not shape.blocking()
    placed = any(kept.get(name) for name in ("sheet", "delimiter", "header_row"))
    return shape if built_so or not placed else _look(upload, claim, sheet, remembered(kept, places=False))


def _look(upload: Upload, claim: Claim, sheet: str, reading: engine.Reading) -> engine.FileShape:
    request = engine.Inspect(str(storage.path_of(upload.storage_key)), upload.filename, sheet, reading)
    try:
        return run_engine(request, claim)
    except engine.EngineFailure as failure:
        issues = failure.issues or (Issue(upload.filename, failure.message, failure.params),)
        return engine.FileShape("", issues=issues)


def _known_by(shape: engine.FileShape) -> Dataset | None:
    """The one dataset whose last file had these headers."""
    headers = _headers(shape)
    fits = [each for each in Dataset.objects.filter(archived_at=None) if same_headers(headers, headers_before(each))]
    return fits[0] if len(fits) == 1 and headers else None


def _headers(shape: engine.FileShape) -> list[str]:
    return [column.name for column in shape.columns]


def _sweep_orphans() -> None:
    """Each upload pays for a look at what crashes may have left. Whatever goes wrong here harms nobody."""
    try:
        candidates = storage.orphan_candidates()
        rows = Upload.objects.filter(pk__in=candidates, gone_at=None).exclude(status=Upload.Status.DISCARDED)
        removed = storage.sweep(set(candidates) - set(rows.values_list("pk", flat=True)))
    except OSError:
        log.exception("Orphan files could not be swept")
        return
    if removed:
        log.warning("Removed %s files without a row.", removed)


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
    shown_only: bool = False,
    nulls: Sequence[str] | None = None,
) -> Upload:
    """Look at a file again: another sheet, encoding, delimiter or row of headers, other rows kept or left out, other
    words for no value. What is left empty is found out."""
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status not in READABLE_AGAIN:
        raise Refusal(N_("This file is being worked on. Wait until that has ended."), status=409)
    shape = upload.shape or {}
    if sheet and sheet not in (*shape.get("sheets", ()), *shape.get("hidden_sheets", ())):
        raise Refusal(N_("The workbook has no sheet “%(sheet)s”."), {"sheet": sheet})
    if faults := faults_of(encoding, delimiter, header_row, keep):
        raise Refusal(N_("The file cannot be read like this."), issues=faults)
    words = tuple(word.strip().lower() for word in nulls if word.strip()) if nulls is not None else None
    reading = engine.Reading(encoding, delimiter, header_row, tuple(keep), shown_only, words)
    upload.sheet, upload.reading, upload.status, upload.problem = sheet, reading.to_json(), Upload.Status.STORED, []
    upload.outcome = None
    upload.work = look_at(upload, asked_by=actor.id)
    upload.save(update_fields=["outcome", "sheet", "reading", "status", "problem", "work"])
    audit.record(actor=actor, act="upload.read_again", subject=upload, after={"sheet": sheet} | upload.reading)
    return upload
