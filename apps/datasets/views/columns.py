"""Naming the columns of a file: every column with what it probably is, and everything to mend in its place."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.access import requires
from apps.datasets import selectors, services
from apps.datasets.domain import naming
from apps.datasets.domain.columns import Column, MappingRefused, column_of
from apps.datasets.domain.guess import Guess, guesses_of
from apps.datasets.forms import ColumnFormSet, HowForm, ReadingForm, TargetForm, column_initial, put_faults
from apps.datasets.models import Dataset, Upload
from apps.datasets.views.upload import upload_page
from apps.datasets.views.words import steps_of
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.workspaces.domain.choices import time_zones

PREVIEW_ROWS = 8


@requires("data.upload")
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The columns of an upload with a preview; POST has it loaded."""
    upload = selectors.upload_for(upload_id)
    if not upload.may_be_mapped:
        if request.method == "POST":
            words = _("Somebody else went on with this file meanwhile. Nothing of yours was done.")
            messages.warning(request, words)
        return redirect("datasets:upload", upload.pk)
    dataset = _chosen_dataset(request, upload)
    known = selectors.columns_of(dataset) if dataset else []
    guesses = guesses_of(upload.shape)
    asks = {} if known and dataset == upload.dataset else services.asks_of(upload)
    form_kwargs = {"known_names": [column.name for column in known], "asks": asks}
    options = {"form_kwargs": form_kwargs, "prefix": "columns"}
    if request.method != "POST":
        target = TargetForm(dataset=dataset, initial=_target_initial(upload, dataset))
        formset = ColumnFormSet(initial=_initial(upload, guesses, known, dataset), **options)
        return _page(request, upload, dataset, target, formset, guesses, known)
    target = TargetForm(request.POST, dataset=dataset)
    formset = ColumnFormSet(request.POST, **options)
    if target.is_valid() & formset.is_valid() and _name(request, upload, dataset, target, formset):
        return redirect("datasets:upload", upload.pk)
    return _page(request, upload, dataset, target, formset, guesses, known, status=422)


def _name(
    request: HttpRequest, upload: Upload, dataset: Dataset | None, target: TargetForm, formset: ColumnFormSet
) -> bool:
    """Hand over what was chosen; False with the faults in their places."""
    taken = [form for form in formset if form.is_taken]
    try:
        services.name_columns(
            actor=request.actor,
            upload_id=upload.pk,
            dataset_id=dataset.pk if dataset else None,
            name=target.cleaned_data.get("name", ""),
            key=target.cleaned_data.get("key", ""),
            how=target.how(),
            seen=target.cleaned_data.get("seen") or None,
            columns=[form.chosen() for form in taken],
            row_key=[form.cleaned_data["name"] for form in taken if form.cleaned_data["in_key"]],
        )
    except MappingRefused as refused:
        put_faults(refused.faults, target, taken)
        return False
    return True


def _chosen_dataset(request: HttpRequest, upload: Upload) -> Dataset | None:
    """The data that the rows go to: as asked for on this page, else as chosen with the file; None for new data."""
    text = request.POST.get("dataset") if request.method == "POST" else request.GET.get("dataset")
    if text is None:
        return upload.dataset
    try:
        return selectors.dataset_for(UUID(text)) if text else None
    except (ValueError, NotHere):
        return None


def _target_initial(upload: Upload, dataset: Dataset | None) -> dict:
    if dataset is not None:
        period = {"period_first": upload.period_first, "period_last": upload.period_last}
        return {"dataset": dataset.pk, "mode": upload.mode, "seen": upload.mark} | period
    name = naming.title_from(upload.filename)
    return {"name": name, "key": naming.dataset_key(name, selectors.dataset_keys()), "seen": upload.mark}


def _initial(upload: Upload, guesses: list[Guess], known: list[Column], dataset: Dataset | None) -> list[dict]:
    """As somebody has named them before, else as the data has them, else as they look."""
    if upload.mapping and upload.dataset == dataset:
        before = [column_of(column) for column in upload.mapping["columns"]]
        return _matched(guesses, before, upload.mapping["key"])
    if known:
        return _matched(guesses, known, dataset.row_key)
    asks = services.asks_of(upload)
    return [
        column_initial(guess.column, in_key=guess.in_key, asks=asks.get(guess.column.source, ())) for guess in guesses
    ]


def _matched(guesses: list[Guess], columns: list[Column], row_key: list[str]) -> list[dict]:
    by_source = {column.source: column for column in columns}
    initial = []
    for guess in guesses:
        column = by_source.get(guess.column.source)
        if column is None:
            initial.append(column_initial(guess.column, in_key=False, taken=False))
        else:
            initial.append(column_initial(column, in_key=column.name in row_key))
    return initial


def _page(
    request: HttpRequest,
    upload: Upload,
    dataset: Dataset | None,
    target: TargetForm,
    formset: ColumnFormSet,
    guesses: list[Guess],
    known: list[Column],
    status: int = 200,
) -> HttpResponse:
    shape = upload.shape
    words = shape["reading"].get("nulls") or []
    worded = _worded(shape, words)
    notes = upload.column_notes_in_words
    show_guess = not known and not upload.mapping
    datasets = list(selectors.datasets())
    context = {
        "upload": upload,
        "dataset": dataset,
        "datasets": datasets,
        "akin": services.akin_to(upload, datasets) if dataset is None and not upload.mapping else None,
        "target": target,
        "formset": formset,
        "rows": [
            {
                "form": form,
                "column": column,
                "notes": notes.get(column["name"], []),
                "guess": _(guess.why) if show_guess else "",
                "words": words if column["name"] in worded else [],
            }
            for form, column, guess in zip(formset, shape["columns"], guesses, strict=False)
        ],
        "headers": [column["name"] for column in shape["columns"]],
        "preview": shape["preview"][:PREVIEW_ROWS],
        "known": known,
        "lacking": [each for each in known if each.source not in {column["name"] for column in shape["columns"]}],
        "zones": [zone for _region, zones in time_zones(get_language()) for zone in zones],
        "errors": _summary(target, formset),
        "steps": steps_of(upload, at="columns"),
    }
    return render(request, "datasets/columns.html", context, status=status)


def _worded(shape: dict, words: list[str]) -> set[str]:
    """The columns in whose first rows a word for no value stands; all where none does, as it may stand further down."""
    names = [column["name"] for column in shape["columns"]]
    found = {
        name
        for row in shape["preview"]
        for name, cell in zip(names, row, strict=False)
        if cell is not None and str(cell).strip().lower() in words
    }
    return found or set(names)


def _summary(target: TargetForm, formset: ColumnFormSet) -> list[dict[str, str]]:
    """Every error of the page, with the field it leads to."""
    found = [{"label": "", "message": error, "id": ""} for error in target.non_field_errors()]
    for form in (target, *formset):
        for field in form:
            found += [{"label": field.label, "message": error, "id": field.id_for_label} for error in field.errors]
    return found


@requires("data.upload")
@require_POST
def load(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Have a file for known data made ready with the columns that the data has."""
    upload = selectors.upload_for(upload_id)
    if upload.dataset is None:
        return redirect("datasets:columns", upload_id)
    form = HowForm(request.POST, dataset=upload.dataset)
    if not form.is_valid():
        return upload_page(request, upload, form, status=422)
    seen = form.cleaned_data["seen"] or None
    try:
        services.load_as_known(actor=request.actor, upload_id=upload_id, how=form.how(), seen=seen)
    except MappingRefused as refused:
        if any(fault.position is not None for fault in refused.faults):
            return redirect("datasets:columns", upload_id)
        form.put(refused.faults)
        return upload_page(request, upload, form, status=422)
    return redirect("datasets:upload", upload_id)


@requires("data.upload")
@require_POST
def reading(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Read a file otherwise: another sheet, encoding, delimiter, header."""
    upload = selectors.upload_for(upload_id)
    form = ReadingForm(request.POST, shape=upload.shape or {})
    if not form.is_valid():
        issues = [Issue(str(form[name].label), error) for name, errors in form.errors.items() for error in errors]
        raise Refusal(N_("The file cannot be read like this."), issues=issues)
    before = upload.reading or (upload.dataset.reading if upload.dataset else {})
    services.read_again(actor=request.actor, upload_id=upload_id, **form.said(before))
    return redirect("datasets:upload", upload_id)
