"""Define a metric: choose its kind, fill its form, change it later."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors as datasets
from apps.kernel.issue import N_, Refusal
from apps.metrics import selectors, services
from apps.metrics.domain.definition import KINDS, Kind, document_of, parse
from apps.metrics.forms import DefinitionForm, initial_of

KIND_TEXTS: dict[Kind, tuple[str, str, str, str]] = {
    "aggregate": (
        "database",
        N_("A total or a count"),
        N_("Rows of one data set put together: summed, counted, averaged."),
        N_("Revenue; monthly active customers; work orders."),
    ),
    "ratio": (
        "percentage",
        N_("A ratio"),
        N_("One total divided by another, divided once at the end, never averaged."),
        N_("Revenue per customer; share of repairs fixed the first time."),
    ),
    "formula": (
        "math-function",
        N_("A formula"),
        N_("Arithmetic over metrics that exist."),
        N_("Visits per customer × spend per visit."),
    ),
    "manual": (
        "pencil",
        N_("Typed values"),
        N_("Numbers that people type, each with who and when."),
        N_("Head count; customers under care."),
    ),
}


@requires("metrics.edit")
def choose_kind(request: HttpRequest) -> HttpResponse:
    kinds = [
        {"kind": kind, "icon": icon, "title": gettext(title), "text": gettext(text), "example": gettext(example)}
        for kind, (icon, title, text, example) in KIND_TEXTS.items()
    ]
    context = {"kinds": kinds, "crumbs": _crumbs(), "has_data": bool(datasets.datasets())}
    return render(request, "metrics/choose_kind.html", context)


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def define(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404
    form = _form(request, kind, initial={"measure_dataset": request.GET.get("dataset", "")})
    return _answer(request, form, heading=gettext("New metric"), submit=gettext("Save and compute"))


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Work on the draft of a metric; the first time it is saved there is one."""
    metric = selectors.metric_for(key)
    draft = selectors.draft_of(metric)
    definition = draft.definition if draft else metric.definition
    initial = initial_of(document_of(definition)) | {"note": draft.note if draft else ""}
    form = _form(request, definition.kind, initial=initial, editing=True)
    extra = {
        "seen": request.POST.get("seen", draft.revision if draft else 0),
        "words": selectors.in_words(definition) if not form.is_bound else "",
        "users": selectors.usage_of(metric),
    }
    return _answer(
        request, form, heading=metric.name, submit=gettext("Save as a draft and compare"), metric=metric, extra=extra
    )


def _form(request: HttpRequest, kind: Kind, *, initial: dict[str, Any], editing: bool = False) -> DefinitionForm:
    return DefinitionForm(
        request.POST or None,
        kind=kind,
        initial=initial,
        datasets=datasets.datasets(),
        currency=request.workspace.currency,
        editing=editing,
        conditions=1 if request.POST.get("refresh") == "condition" else 0,
    )


def _answer(
    request: HttpRequest,
    form: DefinitionForm,
    *,
    heading: str,
    submit: str,
    metric: selectors.MetricView | None = None,
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the form, show it again with what is wrong or with more fields, or save it."""
    refreshing = "refresh" in request.POST
    status = 200
    if form.is_bound and not refreshing:
        saved = _save(request, form, metric)
        if saved is not None:
            return saved
        status = 422
    context = {
        "form": _as_typed(form) if refreshing else form,
        "kind": form.kind,
        "kind_text": gettext(KIND_TEXTS[form.kind][2]),
        "heading": heading,
        "submit": submit,
        "action": request.get_full_path(),
        "back": reverse("metrics:detail", args=[metric.key]) if metric else reverse("metrics:list"),
        "crumbs": _crumbs(metric),
        "known": [(m.key, m.name) for m in selectors.metrics() if metric is None or m.key != metric.key]
        if form.kind == "formula"
        else [],
        **(extra or {}),
    }
    template = "metrics/_define.html" if request.htmx else "metrics/define.html"
    return render(request, template, context, status=status)


def _as_typed(form: DefinitionForm) -> DefinitionForm:
    """The same fields with what was typed so far, before anything is checked."""
    initial = {name: "" if form[name].data is None else form[name].data for name in form.fields}
    return DefinitionForm(
        kind=form.kind,
        initial=initial,
        datasets=list(form.datasets.values()),
        currency=form.currency,
        editing=form.editing,
    )


def _save(request: HttpRequest, form: DefinitionForm, metric: selectors.MetricView | None) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        definition = parse(form.document())
        if metric is not None:
            return _save_draft(request, metric, definition, form.cleaned_data.get("note", ""))
        services.define(actor=request.actor, definition=definition, owner_id=request.actor.id, new=True)
    except Refusal as refusal:
        if not refusal.issues:
            form.add_error(None, refusal.in_words(gettext))
        form.show(refusal.issues)
        return None
    tell(request, gettext("Saved. The values are being computed."))
    return _go(request, reverse("metrics:detail", args=[definition.key]))


def _save_draft(request: HttpRequest, metric: selectors.MetricView, definition: Any, note: str) -> HttpResponse:
    seen = request.POST.get("seen", "")
    services.save_draft(
        actor=request.actor,
        metric_id=metric.id,
        definition=definition,
        note=note,
        seen=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
    )
    tell(request, gettext("The draft is saved. It is being compared with the current version."))
    return _go(request, reverse("metrics:draft", args=[metric.key]))


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if not request.htmx:
        return redirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def _crumbs(metric: selectors.MetricView | None = None) -> list[tuple[str, str]]:
    crumbs = [(gettext("Metrics"), reverse("metrics:list"))]
    if metric:
        crumbs.append((metric.name, reverse("metrics:detail", args=[metric.key])))
    return crumbs
