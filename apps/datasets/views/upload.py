"""A page that shows what becomes of a file, and what somebody says about it there."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.forms import HowForm
from apps.datasets.models import Upload
from apps.datasets.views.words import how_it_was_read, kind_of, steps_of, upload_state
from apps.work import selectors as work_selectors


@requires("data.view")
@require_GET
def upload_detail(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """How far an upload is, what became of it, and what somebody has to do next.

    Whoever waited for a first look at a file (`?on`) of which nothing is to be said goes on to its columns.
    """
    upload = selectors.upload_for(upload_id)
    if "on" in request.GET and _only_lacks_names(upload) and request.actor.may("data.upload"):
        return redirect("datasets:columns", upload.pk)
    return upload_page(request, upload)


def _only_lacks_names(upload: Upload) -> bool:
    unknown = upload.dataset is None or not upload.dataset.columns
    return upload.status == Upload.Status.INSPECTED and unknown and not upload.notes_in_words


def upload_page(request: HttpRequest, upload: Upload, form: HowForm | None = None, status: int = 200) -> HttpResponse:
    """The page of an upload; `form` is what somebody chose for it and has to mend."""
    work = selectors.current_work(upload)
    working = work is not None and not work.is_finished
    may_upload = request.actor.may("data.upload")
    here = reverse("datasets:upload", args=[upload.pk])
    onward = f"{here}?on=1" if upload.shape is None else here
    context = {
        "upload": upload,
        "state": upload_state(upload),
        "steps": steps_of(upload),
        "progress": work_selectors.progress_of(work, next_url=onward) if working else None,
        "stopped": work is not None and work.status == "parked" and upload.status == Upload.Status.FAILED,
        "may_upload": may_upload,
        "may_discard": may_upload and upload.status not in _NOT_REMOVABLE,
        "notes": _notes(upload),
        "goes": services.gone_on(upload.binned_at) if upload.binned_at else None,
        **kind_of(upload),
    }
    if upload.shape is not None and upload.status in _MAY_BE_READ_AGAIN:
        context |= how_it_was_read(upload)
    if upload.dataset is not None and upload.status == Upload.Status.INSPECTED:
        context |= _known(upload, form)
    if upload.status == Upload.Status.REVIEW:
        context |= review_of(upload, form)
    if upload.status == Upload.Status.LOADED:
        context["before"] = selectors.version_before(upload)
        context["built"] = services.builders_of(upload.dataset)
        computing = work_selectors.latest("metrics.compute_dataset", upload.dataset_id)
        if computing is not None and not computing.is_finished:
            context["computing"] = work_selectors.progress_of(computing, next_url=here)
    return render(request, "datasets/upload.html", context, status=status)


_NOT_REMOVABLE = (Upload.Status.LOADING, Upload.Status.LOADED, Upload.Status.BINNED, Upload.Status.DISCARDED)
_MAY_BE_READ_AGAIN = (
    Upload.Status.INSPECTED, Upload.Status.REVIEW, Upload.Status.REFUSED, Upload.Status.FAILED,
)  # fmt: skip


def _notes(upload: Upload) -> list[dict[str, str]]:
    """What is worth knowing about a file before it is loaded."""
    if upload.shape is None or upload.status not in (Upload.Status.INSPECTED, Upload.Status.REVIEW):
        return []
    return upload.notes_in_words


def _known(upload: Upload, form: HowForm | None) -> dict:
    """What a file for known data needs: nothing, or columns that are missing in it."""
    dataset = upload.dataset
    lacking = services.lacking_headers(upload, dataset) if dataset.columns else None
    otherwise = services.contradicted_headers(upload, dataset) if dataset.columns else []
    difference = services.difference_of(upload, dataset) if dataset.columns else None
    fits = lacking == [] and not otherwise
    keys = set(dataset.row_key)
    has_keys = bool(keys) and not {c.source for c in selectors.columns_of(dataset) if c.name in keys} & set(
        lacking or ()
    )
    known_form = form or HowForm(dataset=dataset, initial={"seen": upload.mark})
    if not fits and dataset.current_version_id and has_keys and form is None:
        known_form.initial["mode"] = Upload.Mode.DELETE
    return {
        "lacking": lacking,
        "otherwise": otherwise,
        "difference": difference,
        "users": services.users_of(dataset, [column.name for column in difference.missing]) if difference else {},
        "fits": fits,
        "only_keys": not fits and has_keys and dataset.current_version_id is not None and not otherwise,
        "known_form": known_form,
    }


def review_of(upload: Upload, form: HowForm | None) -> dict:
    """What the rows that are ready come to, and the form to have them loaded otherwise."""
    period = {"period_first": upload.period_first, "period_last": upload.period_last}
    initial = {"mode": upload.mode, "meets": upload.mapping.get("meets"), "twins": upload.mapping.get("twins")}
    deletes = upload.mode == Upload.Mode.DELETE
    outcome = services.outcome_of(upload)
    return {
        "outcome": outcome,
        "rows_after": sum(file.rows for file in outcome.files),
        "before": upload.based_on,
        "how_form": form or HowForm(dataset=upload.dataset, initial=initial | period | {"seen": upload.mark}),
        "losses": [] if deletes else services.losses(upload.dataset, upload.mapping["columns"]),
        "breaks": [] if deletes else services.broken_by(upload.dataset, upload.mapping["columns"]),
        "moves_by": services.compared_by(upload) is not None and bool(services.builders_of(upload.dataset)),
        "unasked": bool(upload.dataset.reading.get("unasked")),
        "clean": not (upload.rows_rejected or outcome.removed or outcome.changed),
    }


@requires("data.upload")
@require_POST
def apply(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The go-ahead: what was made ready becomes the data."""
    text = request.POST.get("removed", "")
    upload = services.apply_upload(
        actor=request.actor,
        upload_id=upload_id,
        removed=int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None,
        breaks=request.POST.get("breaks") == "on",
        unasked=request.POST.get("unasked") == "on" if "asks_unasked" in request.POST else None,
        seen=request.POST.get("seen") or None,
    )
    if upload.status == Upload.Status.LOADING:
        words = _("The data changed since this file was made ready. It is made ready anew: look at the numbers again.")
        messages.warning(request, words)
    return redirect("datasets:upload", upload_id)


@requires("data.upload")
@require_POST
def again(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Ask again for work on an upload that was set aside."""
    services.try_upload_again(actor=request.actor, upload_id=upload_id)
    return redirect("datasets:upload", upload_id)


@requires("data.upload")
@require_POST
def discard(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Remove a file that is not in the data."""
    services.discard_upload(actor=request.actor, upload_id=upload_id)
    messages.success(request, _("The file was removed."))
    return redirect("datasets:list")


@requires("data.view")
@require_GET
def original(request: HttpRequest, upload_id: UUID) -> FileResponse:
    """The file as it came: always to be saved, never to be shown."""
    upload = selectors.upload_for(upload_id)
    if upload.status == Upload.Status.DISCARDED or upload.gone_at:
        raise Http404
    return download(services.path_of(upload.storage_key).open("rb"), upload.filename)


def download(file: object, filename: str, content_type: str = "application/octet-stream") -> FileResponse:
    """A file to be saved: the browser may neither show it nor guess what it is, and keeps no copy."""
    response = FileResponse(file, as_attachment=True, filename=filename, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
