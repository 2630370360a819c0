"""Setting a source up: where it is, what of it is read, when and into which data."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors as datasets
from apps.sources import selectors, services
from apps.sources.domain.connection import Kind, SourceRefused
from apps.sources.forms import ChoiceForm, ConnectionForm, SetUpForm, connection_form, table_value
from apps.sources.models import Source, said
from apps.sources.views.words import KIND_ICONS, KIND_TEXTS, steps_of, what_words
from apps.work import selectors as work_selectors


@requires("sources.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose what the source is, then say where."""
    told = request.POST.get("kind") or request.GET.get("kind", "")
    if told not in set(Kind):
        kinds = [
            {"value": kind.value, "label": kind.label, "text": KIND_TEXTS[kind], "icon": KIND_ICONS[kind]}
            for kind in Source.Kind
        ]
        return render(request, "sources/kinds.html", {"kinds": kinds})
    kind = Kind(told)
    form = connection_form(kind)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            source = services.make_source(
                actor=request.actor, kind=kind, name=form.cleaned_data["name"], connection=form.connection(),
                secret=form.cleaned_data["secret"],
            )  # fmt: skip
            return redirect("sources:what", source.pk)
        except SourceRefused as refused:
            form.put(refused)
    return _connection_page(request, kind, form, None)


@requires("sources.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def connection(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Say anew where a source is."""
    source = selectors.source_for(source_id)
    shape = connection_form(source.kind_of)
    if request.method != "POST":
        form = shape(initial={"name": source.name, **source.connection}, kept=True)
        return _connection_page(request, source.kind_of, form, source)
    form = shape(request.POST, kept=True)
    if form.is_valid():
        try:
            services.change_source(
                actor=request.actor, source_id=source_id, name=form.cleaned_data["name"],
                connection=form.connection(), secret=form.cleaned_data["secret"],
            )  # fmt: skip
            return redirect("sources:what", source_id)
        except SourceRefused as refused:
            form.put(refused)
    return _connection_page(request, source.kind_of, form, source)


def _connection_page(request: HttpRequest, kind: Kind, form: ConnectionForm, source: Source | None) -> HttpResponse:
    context = {
        "form": form, "kind": kind.value, "label": Source.Kind(kind).label, "source": source,
        "steps": steps_of(source, "connection"),
    }  # fmt: skip
    return render(request, "sources/connection.html", context, status=422 if form.errors else 200)


@requires("sources.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def what(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """What there is, once a worker has looked; choose of it."""
    source = selectors.source_for(source_id)
    seen = source.look or {}
    form = None
    if source.is_database and "tables" in seen:
        chosen = source.chosen
        initial = {"table": table_value(chosen.schema, chosen.table) if chosen.table else "", "select": chosen.select}
        form = ChoiceForm(request.POST or None, initial=initial, tables=seen["tables"])
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.choose(actor=request.actor, source_id=source_id, choice=form.choice())
            return redirect("sources:setup", source_id)
        except SourceRefused as refused:
            form.put(refused)
    context = _looked(source, "sources:what") | {
        "form": form, "seen": seen, "steps": steps_of(source, "what"), "what": what_words(source),
    }  # fmt: skip
    return render(request, "sources/what.html", context, status=422 if form is not None and form.errors else 200)


def _looked(source: Source, here: str) -> dict[str, object]:
    """How the last look went: under way, or failed with reasons."""
    work = work_selectors.work_for(source.work_id) if source.work_id else None
    working = work is not None and not work.is_finished
    url = reverse(here, args=[source.pk])
    return {
        "source": source,
        "progress": work_selectors.progress_of(work, next_url=url) if working else None,
        "problems": [] if working else said(source.problem),
    }


@requires("sources.manage")
@require_POST
def look(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Have a worker look once more."""
    services.look_again(actor=request.actor, source_id=source_id)
    return redirect("sources:what", source_id)


@requires("sources.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """The first rows; what tells new ones, where they go, when, and whose it is."""
    source = selectors.source_for(source_id)
    people = [(str(pk), name) for pk, name in accounts.active_names().items()]
    form = SetUpForm(
        request.POST or None, source=source, datasets=datasets.datasets(), people=people, initial=_initial(source)
    )
    if request.method == "POST" and form.is_valid():
        try:
            _set_up(request, source, form)
            return redirect("sources:detail", source_id)
        except SourceRefused as refused:
            form.put(refused)
    seen = source.look or {}
    context = _looked(source, "sources:setup") | {
        "form": form, "columns": seen.get("columns", ()), "rows": seen.get("rows", ()),
        "steps": steps_of(source, "setup"), "what": what_words(source),
    }  # fmt: skip
    return render(request, "sources/setup.html", context, status=422 if form.errors else 200)


def _set_up(request: HttpRequest, source: Source, form: SetUpForm) -> None:
    told = form.cleaned_data
    services.set_up(
        actor=request.actor, source_id=source.pk, schedule=form.schedule(), now=timezone.now(), **form.what(),
        dataset_id=UUID(told["dataset"]) if told["dataset"] else None, owner_id=UUID(told["owner"]),
    )  # fmt: skip
    tell(request, _("It runs. The first reading has begun."))


def _initial(source: Source) -> dict[str, object]:
    chosen = source.chosen
    return {
        "overlap": chosen.overlap, "owner": str(source.owner_id),
        "mode": source.mode if source.schedule else Source.Mode.REPLACE,
        "dataset": str(source.dataset_id or ""), **(source.clock.to_json() if source.schedule else {}),
    }  # fmt: skip
