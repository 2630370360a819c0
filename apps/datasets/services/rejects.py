"""Rows that could not be loaded: pages of them, and all of them as a file, both made by a worker on request."""

import os
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.datasets.domain.reading import reading_of
from apps.datasets.domain.rejects import REASONS, SET_ASIDE
from apps.datasets.models import RowPage, Upload
from apps.datasets.services import storage
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, NotHere
from apps.work.services import Claim, WorkFailed, enqueue

ROWS_ON_A_PAGE = 100


def page_subject(upload_id: UUID, page: int) -> str:
    """Under what a page of rejected rows (counted from 1) is kept."""
    return f"rejects:{upload_id}:{page}"


def ask_for_page(*, actor: Actor, upload_id: UUID, page: int) -> object:
    """Have a page of rejected rows read; the work that does it."""
    actor.must("data.view")
    return _ask(_with_rejects(upload_id), page, asked_by=actor.id)


def ask_for_first_page(upload: Upload) -> None:
    """Have the first page read before anybody asks."""
    _ask(upload, 1)


def _ask(upload: Upload, page: int, asked_by: UUID | None = None) -> object:
    return enqueue(
        "datasets.rejects",
        subject=f"{upload.pk}:{page}",
        about=upload.filename,
        asked_by=asked_by,
        upload=str(upload.pk),
        page=page,
    )


def read_rejects(claim: Claim) -> None:
    """Handler: read one page of an upload's rejected rows into a `RowPage`."""
    upload = _with_rejects(claim.args["upload"])
    page = claim.args["page"]
    request = engine.Rejects(
        str(storage.path_of(upload.rejects_key)), offset=(page - 1) * ROWS_ON_A_PAGE, limit=ROWS_ON_A_PAGE
    )
    try:
        found = run_engine(request, claim)
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure
    values = {
        "columns": ["row", "column", "code", "text"],
        "rows": [[reject.row, reject.column, reject.code.value, reject.text] for reject in found.rejects],
        "total": found.total,
        "made_at": Now(),
    }
    with claim.completing():
        RowPage.objects.update_or_create(subject=page_subject(upload.pk, page), defaults=values)


def reject_file(upload: Upload, language: str) -> Path | None:
    """The file of all rejected rows in a language, if a worker has made it."""
    path = _file(upload.pk, language)
    return path if path.is_file() else None


def ask_for_file(*, actor: Actor, upload_id: UUID, language: str) -> object:
    """Have all rejected rows written to a CSV file for people who read `language`; the work that does it."""
    actor.must("data.view")
    upload = _with_rejects(upload_id)
    return enqueue(
        "datasets.export_rejects",
        subject=f"{upload.pk}:{language}",
        about=upload.filename,
        asked_by=actor.id,
        upload=str(upload.pk),
        language=language,
    )


def export_rejects(claim: Claim) -> None:
    """Handler: write all rejected rows of an upload as CSV, safe to open in a spreadsheet."""
    upload = _with_rejects(claim.args["upload"])
    final = _file(upload.pk, claim.args["language"])
    draft = final.with_name(f".{uuid4().hex}")
    with translation.override(claim.args["language"]):
        headers = (_("Row"), _("Column"), _("Reason"), _("What stands there"))
        reasons = {code: _(words) for code, words in REASONS.items()}
    request = engine.ExportRejects(str(storage.path_of(upload.rejects_key)), str(draft), headers, reasons)
    try:
        run_engine(request, claim)
        with claim.completing():
            os.replace(draft, final)
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure
    finally:
        draft.unlink(missing_ok=True)


def returned_file(upload: Upload, language: str) -> Path | None:
    """The rejected rows in the shape they came in, with reasons in a language, if a worker has written them."""
    folder = storage.folder_of_upload(upload.pk)
    _known_language(language)
    return next(iter(sorted(folder.glob(f"returned-{language}.*"))), None)


def ask_for_returned(*, actor: Actor, upload_id: UUID, language: str) -> object:
    """Have the rejected rows written in the shape they came in, to be mended and sent again; the work that does it."""
    actor.must("data.view")
    upload = _with_rejects(upload_id)
    return enqueue(
        "datasets.return_rejects",
        subject=f"{upload.pk}:{language}",
        about=upload.filename,
        asked_by=actor.id,
        upload=str(upload.pk),
        language=language,
    )


def return_rejects(claim: Claim) -> None:
    """Handler: write an upload's rejected rows as they came, with their reasons in front. What was set aside as
    somebody chose needs no mending, and is left out."""
    upload, language = _with_rejects(claim.args["upload"]), claim.args["language"]
    _known_language(language)
    folder = storage.folder_of_upload(upload.pk)
    draft = folder / f".{uuid4().hex}"
    with translation.override(language):
        header, reasons = _("Reason"), {code: _(words) for code, words in REASONS.items()}
    request = engine.ReturnRejects(
        path=str(storage.path_of(upload.storage_key)),
        filename=upload.filename,
        sheet=upload.sheet,
        reading=reading_of(upload.shape),
        rejects_path=str(storage.path_of(upload.rejects_key)),
        out_path=str(draft),
        header=header,
        reasons=reasons,
        plain=dict(REASONS),
        without=SET_ASIDE,
    )
    try:
        written = run_engine(request, claim)
        with claim.completing():
            os.replace(draft, folder / f"returned-{language}.{written.kind}")
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure
    finally:
        draft.unlink(missing_ok=True)


def forget_files(upload_id: UUID) -> None:
    """Remove what was written of rejected rows: the upload is read anew, and other rows may be rejected then."""
    folder = storage.folder_of_upload(upload_id)
    for path in [*folder.glob("returned-*"), *folder.glob("rejected-*")]:
        path.unlink(missing_ok=True)


def _known_language(language: str) -> None:
    if language not in dict(settings.LANGUAGES):
        raise ValueError(f"{language!r} is not a language of the product.")


def _file(upload_id: UUID, language: str) -> Path:
    _known_language(language)
    return storage.folder_of_upload(upload_id) / f"rejected-{language}.csv"


def _with_rejects(upload_id: UUID | str) -> Upload:
    upload = Upload.objects.filter(pk=upload_id).exclude(rejects_key="").first()
    if upload is None:
        raise NotHere(N_("There are no rejected rows of this upload."))
    return upload
