"""The page of the model as code: download it, hand another one in, see the difference, apply that."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.api.forms import ModelForm
from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors as datasets
from apps.kernel.issue import Refusal
from apps.metrics import selectors as metrics
from apps.model import presentation
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.renaming import read_pairs, renamed
from apps.model.services import Options, Plan, apply_model, plan_model


@requires("data.view", write="metrics.edit")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The form of a model; what it would change; and, confirmed, the changes themselves."""
    if request.method != "POST":
        return _page(request, ModelForm())
    form = ModelForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    apply_it = request.POST.get("act") == "apply"
    try:
        plan = _do(request, form, apply_it=apply_it)
    except Refusal as refusal:
        if refusal.status != 409:
            form.show_text()
            return _page(request, form, refusal=refusal, status=refusal.status)
        return _again(request, form, refusal)
    if apply_it:
        tell(request, _("The model was applied.") if not plan.is_empty else _("Everything was so already."))
        return redirect("api:code")
    return _page(request, form, plan=plan)


def _do(request: HttpRequest, form: ModelForm, *, apply_it: bool) -> Plan:
    wanted, read = parse_yaml(form.content)
    told = form.cleaned_data
    wanted = renamed(wanted, read_pairs(told["columns"]))
    options = Options(prune=told["prune"], note=told["note"])
    if not apply_it:
        return plan_model(actor=request.actor, wanted=wanted, read=read, options=options)
    return apply_model(actor=request.actor, wanted=wanted, read=read, options=options, fingerprint=told["fingerprint"])


def _again(request: HttpRequest, form: ModelForm, late: Refusal) -> HttpResponse:
    """Somebody changed the workspace since the difference was shown: what it comes to now."""
    try:
        plan = _do(request, form, apply_it=False)
    except Refusal as refusal:
        return _page(request, form, refusal=refusal, status=refusal.status)
    return _page(request, form, plan=plan, late=late.in_words(_), status=409)


def _page(
    request: HttpRequest,
    form: ModelForm,
    *,
    plan: Plan | None = None,
    refusal: Refusal | None = None,
    late: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "may_apply": request.actor.may("metrics.edit"),
        "download_url": f"{reverse('api:model')}?format=yaml",
        "schema_url": reverse("api:model_schema"),
        "index_url": reverse("api:index"),
        "is_empty": not metrics.metrics(archived=True) and not datasets.dataset_keys(),
        "late": late,
        "refused": refusal.in_words(_) if refusal else "",
        "issues": presentation.issues(refusal) if refusal else [],
        "plan": plan,
    }
    if plan is not None:
        context |= {**presentation.shown(plan), "text": form.whole_text}
    return render(request, "api/code.html", context, status=status)
