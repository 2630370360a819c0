"""What a form means, before it is saved: as a sentence, with the traps, and as figures of the last periods."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from apps.common import formats
from apps.common.access import requires
from apps.datasets import selectors as datasets
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import presentation, selectors, services
from apps.metrics.domain import checks, traps
from apps.metrics.domain.definition import Definition, Unit, parse
from apps.metrics.domain.reasons import Reason
from apps.metrics.forms import DefinitionForm
from apps.metrics.services.previewing import ASKED
from apps.work import selectors as work_selectors

WORK = "metrics.preview"


@dataclass(frozen=True)
class Said:
    """A form in words: the sentence ("" while something is missing), traps, what stands in the way, the figures."""

    words: str = ""
    traps: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    preview_url: str = ""


def said(request: HttpRequest, form: DefinitionForm) -> Said:
    """What was typed so far, in words; asks for the figures where somebody wants to see them. Two queries and more."""
    asked = request.POST.get("refresh") == "preview"
    if not form.is_valid():
        return Said(wrong=(gettext("Fill in the fields above first."),) if asked else ())
    known = selectors.known()
    try:
        definition = parse(_with_name(form.document()))
    except Refusal as refusal:
        return Said(wrong=tuple(issue.in_words(gettext) for issue in refusal.issues) if asked else ())
    found = traps.traps_of(definition, known)
    words, told = selectors.in_words(definition, known), tuple(trap.in_words(gettext) for trap in found)
    if not asked:
        return Said(words, told)
    issues = [issue.in_words(gettext) for issue in checks.issues(definition, known) if issue.blocking]
    if issues:
        return Said(words, told, tuple(issues))
    return Said(words, told, preview_url=_ask(request, definition))


def in_words(request: HttpRequest, definition: Definition) -> Said:
    """A definition that is there already, in words. Two queries."""
    known = selectors.known()
    return Said(selectors.in_words(definition, known))


def _with_name(document: dict[str, Any]) -> dict[str, Any]:
    """A definition needs a name; a sentence about it does not."""
    named = any(document["name"].values())
    return document | {"key": document["key"] or "unnamed", "name": document["name"] if named else {"en": "unnamed"}}


def _ask(request: HttpRequest, definition: Definition) -> str:
    services.request_preview(actor=request.actor, definition=definition)
    subject = services.preview_subject(definition).removeprefix("metric-preview/")
    unit = {"unit": definition.unit.kind, "decimals": definition.unit.decimals}
    return f"{reverse('metrics:preview', args=[subject])}?{urlencode(unit)}"


@requires("metrics.edit")
@require_GET
def figures(request: HttpRequest, subject: str) -> HttpResponse:
    """The figures of a preview, or how far the worker is; the fragment asks for itself until they are there."""
    page = datasets.row_page(f"metric-preview/{subject}")
    if page is None:
        raise Http404
    context: dict[str, Any] = {"url": request.get_full_path()}
    if page.columns == ASKED:
        work = work_selectors.latest(WORK, f"metric-preview/{subject}")
        context["work"] = work_selectors.progress_of(work) if work else None
    else:
        context["rows"] = [_row(request, row) for row in page.rows]
        context["done"] = True
    return render(request, "metrics/_preview.html", context)


def _row(request: HttpRequest, row: list[Any]) -> dict[str, str]:
    grain, start, value, state, reason = row
    period = request.workspace.calendar.period_of(date.fromisoformat(start), Grain(grain))
    style = presentation.style_of(_unit(request), request.workspace.currency)
    why = Reason.from_json(reason)
    return {
        "period": formats.period(period),
        "value": style.full(None if value is None else Decimal(value)),
        "state": presentation.state_name(state),
        "reason": why.in_words(gettext) if why else "",
    }


def _unit(request: HttpRequest) -> Unit:
    kind, decimals = request.GET.get("unit", ""), request.GET.get("decimals", "")
    fits = kind in ("currency", "count", "number", "percent", "score") and decimals in tuple("0123456")
    return Unit(kind=kind, decimals=int(decimals)) if fits else Unit()
