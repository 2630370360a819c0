"""Sending a file: at once, in pieces, or as rows that were copied out of a spreadsheet."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.forms.sending import UploadForm
from apps.datasets.services import Incoming
from apps.datasets.views.words import steps_of
from apps.kernel.issue import N_, Refusal

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_OFFSET = re.compile(r"[0-9]{1,15}")
STRANGE_PIECE = N_("A piece of a file holds 1 to %(most)s bytes, and says by “offset” where it begins.")


@requires("data.upload")
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # only here: the body must not be read before the handler is in place; `_new_upload` checks the token
def new_upload(request: HttpRequest) -> HttpResponse:
    """Choose a file and the data it belongs to."""
    handler = services.StorageUploadHandler("file")
    request.upload_handlers = [handler]
    try:
        return _new_upload(request, handler)
    finally:
        handler.discard()


@csrf_protect
def _new_upload(request: HttpRequest, handler: services.StorageUploadHandler) -> HttpResponse:
    datasets = list(selectors.datasets())
    if request.method != "POST":
        form = UploadForm(initial={"dataset": request.GET.get("dataset", "")}, datasets=datasets)
        return _upload_page(request, form)
    form = UploadForm(request.POST, request.FILES, datasets=datasets)
    if handler.refusal is not None:
        form.full_clean()
        form.errors.pop("file", None)
        return _refused(request, form, handler.refusal)
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    told = form.cleaned_data
    try:
        with _sent(request, told) as (filename, incoming):
            upload = services.keep_upload(
                actor=request.actor,
                filename=filename,
                incoming=incoming,
                dataset_id=UUID(told["dataset"]) if told["dataset"] else None,
                again=told["again"],
                review=True,
            )
    except Refusal as refusal:
        form.show_again = isinstance(refusal, services.AlreadyHere)
        return _refused(request, form, refusal)
    return redirect("datasets:upload", upload.pk)


@contextmanager
def _sent(request: HttpRequest, told: dict) -> Iterator[tuple[str, Incoming]]:
    """What was sent, with a name: a file of the form, one that came before the form did, or rows as text."""
    if told["file"]:
        yield told["file"].name, told["file"].incoming
    elif told["arrived"]:
        size = told["arrived_size"]
        with services.arrived(actor=request.actor, fingerprint=told["arrived"], size=size) as incoming:
            yield told["arrived_name"] or _pasted_name(), incoming
    else:
        with services.receiving() as incoming:
            incoming.write(told["pasted"].encode())
            yield _pasted_name(), incoming


def _pasted_name() -> str:
    """What rows out of a spreadsheet are called: when they came."""
    return f"{_('Pasted rows')} {localtime():%Y-%m-%d %H.%M}.tsv"


def _refused(request: HttpRequest, form: UploadForm, refusal: Refusal) -> HttpResponse:
    form.add_error("file", refusal.in_words(_))
    return _upload_page(request, form, status=refusal.status)


def _upload_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "piece": services.PIECE,
        "zeros": "0" * 64,
        "steps": steps_of(None, at="file"),
    }
    return render(request, "datasets/new.html", context, status=status)


def _told_in_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A refusal is said as JSON: a script asked."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return JsonResponse({"message": refusal.in_words(_)}, status=refusal.status)

    return answered


@requires("data.upload")
@require_http_methods(["GET", "HEAD", "POST"])
@_told_in_json
def arriving(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """How much of a file is here; POST brings the next piece of it (`?offset=`, and the bytes as they are)."""
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise Http404
    if request.method != "POST":
        return JsonResponse({"there": services.there(actor=request.actor, fingerprint=fingerprint)})
    offset = request.GET.get("offset", "")
    piece = request.read(services.PIECE + 1)
    if not _OFFSET.fullmatch(offset) or not 0 < len(piece) <= services.PIECE:
        raise Refusal(STRANGE_PIECE, {"most": services.PIECE})
    size = services.take_piece(actor=request.actor, fingerprint=fingerprint, offset=int(offset), piece=piece)
    return JsonResponse({"there": size})
