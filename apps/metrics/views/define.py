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
from apps.metrics.domain.definition import Kind, ScoreDefinition, document_of, parse
from apps.metrics.forms import DefinitionForm, form_of, initial_of
from apps.metrics.views import preview, score_settings

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
    "entity_count": (
        "users",
        N_("Customers who did enough"),
        N_("Customers, accounts or cars that did something at least so often in a period; several conditions at once."),
        N_("Teams that finished 3 or more tasks in a week; active customers."),
    ),
    "entity_share": (
        "percentage",
        N_("Share of customers who did enough"),
        N_("The same as a share: of those active, or of all customers in a customer file."),
        N_("Activity rate; share of accounts that used a feature more than 5 times."),
    ),
    "lifecycle": (
        "refresh",
        N_("New, retained, back and lost customers"),
        N_("Where active customers come from and go: active = previous + new + reactivated − churned."),
        N_("New customers; churned customers; net growth."),
    ),
    "retention": (
        "rotate",
        N_("Retention"),
        N_("Of the customers of a period, the share that is back some periods later, with its whole curve."),
        N_("12-month retention; second-month retention."),
    ),
    "conversion": (
        "flag",
        N_("Conversion"),
        N_("Of the customers who begin, the share that gets to the goal within some days."),
        N_("Sign-ups that pay within 14 days; quotes that become orders."),
    ),
    "funnel": (
        "list-details",
        N_("A funnel"),
        N_("Customers along several steps: how many get to each, and how many to the last."),
        N_("Visit, basket, order; enquiry, offer, contract."),
    ),
    "cumulative": (
        "chart-line",
        N_("A running total"),
        N_("A number over the last periods, or since the start of the month, quarter or year."),
        N_("Revenue of the last 12 months; work orders this year."),
    ),
    "recurring": (
        "calendar",
        N_("Recurring revenue"),
        N_("Revenue that comes every period, and its movements: new, expansion, contraction, churn, reactivation."),
        N_("MRR; net revenue retention."),
    ),
    "nps": (
        "activity",
        N_("Net Promoter Score"),
        N_("Answers from 0 to 10: the share of 9 and 10 minus the share of 0 to 6, from −100 to 100."),
        N_("NPS of customers; NPS of a store."),
    ),
    "repeat": (
        "copy",
        N_("Repeats"),
        N_("The share of rows that another one of the same customer or car follows within some days."),
        N_("Repairs that had to be repeated within 30 days; second purchases."),
    ),
    "stock": (
        "building-store",
        N_("A level"),
        N_("A balance or a number that is there at a time: never added over time, taken at the end of a period."),
        N_("Parts on stock; head count; open receivables."),
    ),
    "formula": (
        "math-function",
        N_("A formula"),
        N_("Arithmetic over metrics that exist."),
        N_("Visits per customer × spend per visit."),
    ),
    "score": (
        "gauge",
        N_("A score"),
        N_("Metrics turned into 0 to 100 points and weighed: one figure for the health of the whole."),
        N_("Health of the business; health of a store or an account."),
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
    if kind not in KIND_TEXTS:
        raise Http404
    if kind == "score":
        return score_settings.new(request)
    dataset = request.GET.get("dataset", "")
    sides = ("measure", "activity", "condition0", "rows", "start", "step0") if dataset else ()
    form = _form(request, kind, initial={f"{side}_dataset": dataset for side in sides})
    return _answer(request, form, heading=gettext(KIND_TEXTS[form.kind][1]), submit=gettext("Save and compute"))


@requires("metrics.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Work on the draft of a metric; the first time it is saved there is one."""
    metric = selectors.metric_for(key)
    draft = selectors.draft_of(metric)
    definition = draft.definition if draft else metric.definition
    if isinstance(definition, ScoreDefinition):
        return score_settings.edit(request, metric, draft, definition)
    if definition.kind not in KIND_TEXTS:
        tell(request, gettext("There is no form for this kind yet. Change its definition as code."))
        return redirect("metrics:detail", key)
    initial = initial_of(document_of(definition)) | {"note": draft.note if draft else ""}
    form = _form(request, definition.kind, initial=initial, editing=True)
    extra = {
        "seen": request.POST.get("seen", draft.revision if draft else 0),
        **({} if form.is_bound else {"said": preview.in_words(request, definition)}),
        "users": selectors.usage_of(metric),
    }
    return _answer(
        request, form, heading=metric.name, submit=gettext("Save as a draft and compare"), metric=metric, extra=extra
    )


def _form(request: HttpRequest, kind: Kind, *, initial: dict[str, Any], editing: bool = False) -> DefinitionForm:
    return form_of(kind)(
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
    """Show the form, show it again with what is wrong or with more fields, say what it means, or save it."""
    refreshing = "refresh" in request.POST
    said = preview.said(request, form) if form.is_bound else None
    if request.htmx and request.POST.get("refresh") in ("words", "preview"):
        return render(request, "metrics/_define_words.html", {"said": said, "action": request.get_full_path()})
    status = 200
    if form.is_bound and not refreshing:
        saved = _save(request, form, metric)
        if saved is not None:
            return saved
        status = 422
    context = {
        "form": _as_typed(form) if refreshing else form,
        "said": said,
        "kind": form.kind,
        "kind_text": gettext(KIND_TEXTS[form.kind][2]),
        "heading": heading,
        "submit": submit,
        "action": request.get_full_path(),
        "back": reverse("metrics:detail", args=[metric.key]) if metric else reverse("metrics:list"),
        "crumbs": [*_crumbs(metric), *([] if metric else [(gettext("New metric"), reverse("metrics:new"))])],
        "known": [(m.key, m.name) for m in selectors.metrics() if metric is None or m.key != metric.key]
        if form.kind == "formula"
        else [],
        **(extra or {}),
    }
    template = "metrics/_define.html" if request.htmx else "metrics/define.html"
    return render(request, template, context, status=status)


def _as_typed(form: DefinitionForm) -> DefinitionForm:
    """The same fields with what was typed so far, before anything is checked."""
    typed = {name: "" if form[name].data is None else form[name].data for name in form.fields}
    initial = {name: data for name, data in typed.items() if data != "" or not form.fields[name].initial}
    return form_of(form.kind)(
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
