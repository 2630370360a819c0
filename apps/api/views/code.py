"""The page of the model as code: download it, hand another one in, see the difference, apply that."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.api.forms import ModelForm
from apps.api.model.acting import Options
from apps.api.model.difference import Change, Status
from apps.api.model.parsing import parse_yaml
from apps.api.model.planning import Plan, apply_model, plan_model
from apps.api.model.reading import Fault, ModelRefused
from apps.api.model.renaming import read_pairs, renamed
from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors as datasets
from apps.kernel.issue import N_, Refusal
from apps.metrics import selectors as metrics

SECTIONS = {
    "datasets": N_("Data"),
    "metrics": N_("Metrics"),
    "north_star": N_("North Star"),
    "tree": N_("Metric tree"),
    "targets": N_("Targets"),
}
STATUSES = {
    Status.CREATED: ("good", N_("new")),
    Status.CHANGED: ("info", N_("changed")),
    Status.REMOVED: ("warn", N_("out of use")),
    Status.KEPT: ("none", N_("not in the file, stays")),
    Status.UNCHANGED: ("none", N_("as it is")),
}
LONGEST_SHOWN = 400


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
        "issues": _issues(refusal) if refusal else [],
        "plan": plan,
    }
    if plan is not None:
        context |= {
            "sections": _sections(plan),
            "counts": [
                {"tone": tone, "word": _(word), "n": plan.count(each)}
                for each, (tone, word) in STATUSES.items()
                if plan.count(each)
            ],
            "notes": [_place(fault) for fault in plan.notes],
            "text": form.whole_text,
        }
    return render(request, "api/code.html", context, status=status)


def _issues(refusal: Refusal) -> list[dict[str, str]]:
    if isinstance(refusal, ModelRefused):
        return [_place(fault) for fault in refusal.faults]
    return [{"where": issue.where, "message": issue.in_words(_)} for issue in refusal.issues]


def _place(fault: Fault) -> dict[str, str]:
    parts = [_("line %(line)s") % {"line": fault.line}] if fault.line else []
    parts += [fault.issue.where] if fault.issue.where else []
    return {"where": ", ".join(parts), "message": fault.issue.in_words(_)}


def _sections(plan: Plan) -> list[dict[str, Any]]:
    """What happens to each entry, by section; those that stay as the file has them are only counted."""
    found = []
    for section, title in SECTIONS.items():
        changes = [change for change in plan.changes if change.section == section]
        rows = [_row(change, plan) for change in changes if change.status is not Status.UNCHANGED]
        if rows:
            found.append({"title": _(title), "rows": rows, "same": len(changes) - len(rows)})
    return found


def _row(change: Change, plan: Plan) -> dict[str, Any]:
    tone, word = STATUSES[change.status]
    fields = [
        {"where": each.where, "before": _short(each.before), "after": _short(each.after)} for each in change.fields
    ]
    key = change.key if change.section != "north_star" else ""
    named = plan.names.get(key) if change.section == "metrics" else None
    name = named.text(get_language()) if named else ""
    return {"key": key, "name": name, "tone": tone, "word": _(word), "fields": fields}


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
