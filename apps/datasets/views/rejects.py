"""Rows that could not be loaded: paged here, and all of them as a file. Workers read them; pages only show."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.domain.rejects import REASONS
from apps.datasets.models import Upload
from apps.datasets.services.rejects import ROWS_ON_A_PAGE
from apps.datasets.views.upload import download
from apps.kernel.issue import N_, NotHere
from apps.work import selectors as work_selectors

_WRITINGS = ("datasets.export_rejects", "datasets.return_rejects")


@requires("data.view")
@require_GET
def rejects(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """A page of an upload's rejected rows; read by a worker if nobody has asked for it before."""
    upload = _with_rejects(upload_id)
    number = _page_number(request)
    found = selectors.row_page(services.page_subject(upload.pk, number))
    here = request.get_full_path()
    context = {
        "upload": upload,
        "counts": sorted(
            ((_(REASONS.get(code, code)), count) for code, count in upload.reject_counts.items()),
            key=lambda pair: -pair[1],
        ),
        "returned": services.returned_file(upload, _language()) is not None,
        "to_mend": upload.rows_faulty > 0 and upload.status != Upload.Status.DISCARDED,
        "may_upload": request.actor.may("data.upload"),
        "file_ready": services.reject_file(upload, _language()) is not None,
        "writing": _unfinished(request, here),
    }
    if found is None:
        work = services.ask_for_page(actor=request.actor, upload_id=upload.pk, page=number)
        context["progress"] = work_selectors.progress_of(work, next_url=here)
    else:
        context["page"] = Paginator(range(found.total), ROWS_ON_A_PAGE).get_page(number)
        context["rows"] = [[row, column, _(REASONS.get(code, code)), text] for row, column, code, text in found.rows]
        context["total"] = found.total
    return render(request, "datasets/rejects.html", context)


@requires("data.view")
@require_http_methods(["GET", "HEAD", "POST"])
def rejects_file(request: HttpRequest, upload_id: UUID) -> HttpResponse | FileResponse:
    """POST has a worker write all rejected rows to a file, GET gives the file."""
    upload = _with_rejects(upload_id)
    page = reverse("datasets:rejects", args=[upload.pk])
    path = services.reject_file(upload, _language())
    if request.method == "POST" and path is None:
        work = services.ask_for_file(actor=request.actor, upload_id=upload.pk, language=_language())
        return redirect(f"{page}?writing={work.pk}")
    if path is None:
        return redirect(page)
    stem = upload.filename.rsplit(".", 1)[0]
    return download(path.open("rb"), f"{stem} - {_('Rejected rows').lower()}.csv", "text/csv; charset=utf-8")


@requires("data.view")
@require_http_methods(["GET", "HEAD", "POST"])
def returned(request: HttpRequest, upload_id: UUID) -> HttpResponse | FileResponse:
    """POST has a worker write the rejected rows in the shape they came in, GET gives the file."""
    upload = _with_rejects(upload_id)
    page = reverse("datasets:rejects", args=[upload.pk])
    path = services.returned_file(upload, _language())
    if request.method == "POST" and path is None:
        work = services.ask_for_returned(actor=request.actor, upload_id=upload.pk, language=_language())
        return redirect(f"{page}?writing={work.pk}")
    if path is None:
        return redirect(page)
    stem = upload.filename.split(".", 1)[0]
    return download(path.open("rb"), f"{stem} - {_('to mend')}{path.suffix}")


def _with_rejects(upload_id: UUID) -> Upload:
    upload = selectors.upload_for(upload_id)
    if not upload.rejects_key:
        raise NotHere(N_("There are no rejected rows of this upload."))
    return upload


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(max(int(text), 1), 100_000) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _language() -> str:
    return get_language() or "en"


def _unfinished(request: HttpRequest, here: str) -> dict | None:
    """The writing of the file that ?writing= names, while it is not done."""
    try:
        work = work_selectors.work_for(UUID(request.GET.get("writing", "")))
    except ValueError:
        return None
    if work is None or work.kind not in _WRITINGS or work.status == "done":
        return None
    return work_selectors.progress_of(work, next_url=here)
