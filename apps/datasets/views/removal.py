"""Deleting uploads and data, for how long rows are kept, and the way back out of the bin."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors, services
from apps.datasets.models import Dataset, Upload
from apps.datasets.services import Swept
from apps.kernel.issue import Refusal


class KeepForm(forms.Form):
    """For how many days rows are kept."""

    days = forms.IntegerField(
        label=gettext_lazy("Keep rows for so many days"),
        required=False,
        help_text=gettext_lazy("Older rows, and files that hold only such, are deleted for good. Empty: nothing is."),
    )


@requires("data.upload")
@require_GET
def removal(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """For how long rows are kept, what is in the bin, and deleting the whole."""
    return _page(request, selectors.dataset_for(dataset_id))


@requires("data.upload")
@require_POST
def keep_for(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Say for how long rows are kept; first shown with what the next sweep deletes."""
    dataset, form = selectors.dataset_for(dataset_id), KeepForm(request.POST)
    if not form.is_valid():
        return _page(request, dataset, form, status=422)
    days = form.cleaned_data["days"]
    if "sure" not in request.POST and days:
        return _page(request, dataset, form, preview=services.swept_by(dataset, days, timezone.now()))
    try:
        services.keep_rows_for(actor=request.actor, dataset_id=dataset_id, days=days)
    except Refusal as refusal:
        form.add_error("days", refusal.in_words(_))
        return _page(request, dataset, form, status=422)
    tell(request, _("Saved."))
    return redirect("datasets:removal", dataset_id)


@requires("data.upload")
@require_POST
def delete_dataset(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Put a dataset into the bin."""
    dataset = selectors.dataset_for(dataset_id)
    try:
        name = request.POST.get("name", "")
        services.delete_dataset(actor=request.actor, dataset_id=dataset_id, name=name, now=timezone.now())
    except Refusal as refusal:
        if refusal.status not in (409, 422):
            raise
        return _page(request, dataset, wrong=refusal.in_words(_), typed=name[:120], status=refusal.status)
    tell(request, _("It is in the bin, and can be put back from the list of data."))
    return redirect("datasets:list")


@requires("data.upload")
@require_POST
def put_back_dataset(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Take a dataset out of the bin."""
    services.put_back_dataset(actor=request.actor, dataset_id=dataset_id)
    tell(request, _("It is back."))
    return redirect("datasets:detail", dataset_id)


@requires("data.upload")
@require_http_methods(["GET", "HEAD", "POST"])
def delete_upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """What deleting an upload changes; then do it."""
    upload = selectors.upload_for(upload_id)
    if request.method == "POST":
        services.delete_upload(actor=request.actor, upload_id=upload_id, now=timezone.now())
        tell(request, _("It is in the bin; its rows are being taken out."))
        return redirect("datasets:upload", upload_id)
    foreseen = services.deletion_of(upload, timezone.now())
    context = {**vars(foreseen), "effects": [issue.in_words(_) for issue in foreseen.effects]}
    return render(request, "datasets/delete_upload.html", context)


@requires("data.upload")
@require_POST
def put_back_upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Take an upload out of the bin."""
    upload = services.put_back_upload(actor=request.actor, upload_id=upload_id)
    if upload.pk == upload_id:
        tell(request, _("It is back."))
    else:
        tell(request, _("Newer rows have come since, so the file is made ready once more: see what it does now."))
    return redirect("datasets:upload", upload.pk)


@requires("data.upload")
@require_POST
def purge_upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Delete an upload that is in the bin for good, at once."""
    services.purge_now(actor=request.actor, upload_id=upload_id)
    tell(request, _("It is being deleted for good."))
    return redirect("datasets:upload", upload_id)


def _page(
    request: HttpRequest,
    dataset: Dataset,
    form: KeepForm | None = None,
    *,
    preview: Swept | None = None,
    wrong: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    binned = selectors.uploads_of(dataset).filter(status=Upload.Status.BINNED)
    context = {
        "dataset": dataset,
        "crumbs": [
            (_("Data"), reverse("datasets:list")),
            (dataset.name, reverse("datasets:detail", args=[dataset.pk])),
        ],
        "form": form or KeepForm(initial={"days": dataset.keep_days}),
        "preview": preview or (_swept_next(dataset) if form is None else None),
        "asked": preview is not None,
        "binned": [{"upload": upload, "goes": services.gone_on(upload.binned_at)} for upload in binned[:50]],
        "users": services.builders_of(dataset),
        "effects": [issue.in_words(_) for issue in services.effects_of(dataset)],
        "wrong": wrong,
        "typed": typed,
    }
    return render(request, "datasets/removal.html", context, status=status)


def _swept_next(dataset: Dataset) -> Swept | None:
    return services.swept_by(dataset, dataset.keep_days, timezone.now()) if dataset.keep_days else None
