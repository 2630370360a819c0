"""Apply a tree of the library: choose the data, map the columns, see what would be made, make it, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.choosing import presentation, services
from apps.choosing.domain import mapping
from apps.choosing.domain.library import template_for
from apps.choosing.domain.templates import Template
from apps.choosing.forms import MappingForm
from apps.choosing.services import Preview
from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets.selectors import open_uploads
from apps.kernel.issue import Refusal
from apps.metrics import selectors as metrics
from apps.metrics.domain import words
from apps.metrics.domain.fields import Known
from apps.model import presentation as models


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def use(request: HttpRequest, key: str) -> HttpResponse:
    """GET: the data sets and the columns proposed for them. POST: what would be made; and, confirmed, make it."""
    template, known = template_for(key), metrics.known()
    asked = request.POST if request.method == "POST" else request.GET
    named = {data: asked[f"data.{data}"] for data in template.front.data if f"data.{data}" in asked}
    start = mapping.propose(template, known.datasets, named)
    may_choose = request.actor.may("north_star.choose")
    form = MappingForm(template, known.datasets, start, request.POST or None, may_choose=may_choose)
    if request.method != "POST":
        return _page(request, template, known, form)
    if not form.is_valid():
        return _page(request, template, known, form, status=422)
    if request.POST.get("act") == "change":
        return _page(request, template, known, form)
    return _answer(request, template, known, form)


def _answer(request: HttpRequest, template: Template, known: Known, form: MappingForm) -> HttpResponse:
    told: dict[str, Any] = {
        "actor": request.actor,
        "template": template,
        "chosen": form.chosen,
        "with_star": bool(form.cleaned_data.get("with_star")),
    }
    late = ""
    try:
        if request.POST.get("act") == "apply":
            try:
                services.adopt(**told, fingerprint=form.cleaned_data["fingerprint"])
            except Refusal as refusal:
                if refusal.status != 409:
                    raise
                late = refusal.in_words(_)
            else:
                tell(request, _("The tree is yours now. Its values are being computed."))
                return redirect("dashboards:home" if told["with_star"] else "metrics:list")
        preview = services.plan_adoption(**told)
    except Refusal as refusal:
        rest = form.put(refusal.issues)
        shown = [models.place(fault) for fault in getattr(refusal, "faults", ())] or [
            {"where": issue.where, "message": issue.in_words(_)} for issue in rest
        ]
        refused = refusal.in_words(_) if shown or not refusal.issues else ""
        return _page(request, template, known, form, issues=shown, refused=refused, status=refusal.status)
    return _preview(request, template, known, form, preview, late)


def _page(
    request: HttpRequest, template: Template, known: Known, form: MappingForm, *, status: int = 200, **more: object
) -> HttpResponse:
    named = sorted((dataset.name, dataset.key) for dataset in known.datasets.values() if dataset.columns)
    context = {
        "card": presentation.card(template),
        "form": form,
        "groups": form.groups(),
        "datasets": named,
        "on_its_way": None if named else open_uploads().first(),
        "may_data": request.actor.may("data.view"),
        "may_upload": request.actor.may("data.upload"),
        "crumbs": _crumbs(template),
        **more,
    }
    return render(request, "choosing/use.html", context, status=status)


def _preview(
    request: HttpRequest, template: Template, known: Known, form: MappingForm, preview: Preview, late: str
) -> HttpResponse:
    made, language = preview.made, get_language()
    whole = Known(known.datasets, {**known.metrics, **made.model.metrics}, known.currency, known.rates)
    context = {
        "card": presentation.card(template),
        "form": form,
        "plan": preview.plan,
        "sentences": [
            {"name": each.name.text(language), "sentence": words.in_words(each, language, whole),
             "star": key == made.root}
            for key, each in made.model.metrics.items()
        ],
        "dropped": _dropped(template, preview, language),
        "reweighed": bool(made.reweighed),
        "late": late,
        "sent": [(name, text) for name, text in request.POST.items() if name in form.fields and name != "fingerprint"],
        "back": reverse("choosing:use", args=[template.key]),
        "crumbs": _crumbs(template),
        **models.shown(preview.plan),
    }  # fmt: skip
    return render(request, "choosing/preview.html", context, status=409 if late else 200)


def _dropped(template: Template, preview: Preview, language: str | None) -> list[dict[str, str]]:
    """What is left out, and for want of which columns or metrics."""
    metrics_named, front = template.model.metrics, template.front
    found = []
    for each in preview.made.dropped:
        gone = {data for data, column in each.columns if not column}
        wanted = [front.data[data].name.text(language) for data in sorted(gone)]
        wanted += [front.data[data].columns[column].text(language) for data, column in each.columns if data not in gone]
        wanted += [metrics_named[key].name.text(language) for key in each.inputs]
        told = ", ".join(wanted)
        if each.unlike:
            told = _("its customers need one column key in all of its data: %(columns)s") % {"columns": told}
        found.append({"name": metrics_named[each.metric].name.text(language), "wanted": told})
    return found


@requires("metrics.edit")
@require_POST
def undo(request: HttpRequest, adoption_id: UUID) -> HttpResponse:
    """Take an adoption back."""
    try:
        services.undo(actor=request.actor, adoption_id=adoption_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        issues = " ".join(f"{issue.where}: {issue.in_words(_)}" for issue in refusal.issues)
        tell(request, f"{refusal.in_words(_)} {issues}".strip())
        return redirect("choosing:north_star")
    tell(request, _("It was taken back. Its metrics are archived; nothing is lost."))
    return redirect("choosing:north_star")


def _crumbs(template: Template) -> list[tuple[str, str]]:
    card: Mapping[str, Any] = presentation.card(template)
    return [
        (_("North Star"), reverse("choosing:north_star")),
        (_("Library"), reverse("choosing:library")),
        (card["name"], card["url"]),
    ]
