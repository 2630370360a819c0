"""Type the values of a manual metric, one line for each period."""

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.common import formats
from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.kernel.numbers import parse_decimal
from apps.kernel.period import Grain, Period
from apps.metrics import presentation, selectors, services
from apps.metrics.services import TypedValue

LINES = {Grain.DAY: 31, Grain.WEEK: 26, Grain.MONTH: 24, Grain.QUARTER: 12, Grain.HALF: 10, Grain.YEAR: 8}


@requires("values.type")
@require_http_methods(["GET", "POST"])
def typed_values(request: HttpRequest, key: str) -> HttpResponse:
    metric = selectors.metric_for(key)
    if metric.kind != "manual":
        raise Http404
    asked = request.GET.get("grain", "")
    grain = Grain(asked) if asked in {str(each) for each in metric.grains} else metric.grains[0]
    lines = _lines(request, metric, grain)
    if request.method == "POST" and _save(request, metric, grain, lines):
        return redirect("metrics:detail", metric.key)
    context = {
        "metric": metric,
        "lines": lines,
        "grain": grain,
        "wrong": any(line["error"] for line in lines),
        "grain_tabs": [
            {"label": presentation.grain_word(each), "url": f"?grain={each}", "current": each == grain}
            for each in metric.grains
        ],
        "crumbs": [
            (_("Metrics"), reverse("metrics:list")),
            (metric.name, reverse("metrics:detail", args=[metric.key])),
        ],
    }
    return render(request, "metrics/typed_values.html", context, status=422 if context["wrong"] else 200)


def _lines(request: HttpRequest, metric: selectors.MetricView, grain: Grain) -> list[dict[str, Any]]:
    calendar = request.workspace.calendar
    current = calendar.period_of(calendar.today(timezone.now()), grain)
    there = selectors.typed_values(metric, grain)
    lines = []
    for back in range(LINES[grain]):
        period = calendar.shift(current, -back)
        lines.append(_line(request, period, there.get(period.start)))
    return lines


def _line(request: HttpRequest, period: Period, typed: Any) -> dict[str, Any]:
    value = f"{typed.value.normalize():f}" if typed else ""
    return {
        "period": period,
        "name": formats.period(period),
        "field": f"value-{period.key}",
        "note_field": f"note-{period.key}",
        "value": request.POST.get(f"value-{period.key}", value).strip(),
        "note": request.POST.get(f"note-{period.key}", typed.note if typed else "").strip()[:200],
        "typed": typed,
        "error": "",
    }


def _save(request: HttpRequest, metric: selectors.MetricView, grain: Grain, lines: list[dict[str, Any]]) -> bool:
    """Take all lines or none; what is wrong is written at its line."""
    values = []
    for line in lines:
        if line["value"] or line["typed"]:
            values.append((line, _typed(line)))
    if any(line["error"] for line in lines):
        return False
    try:
        changed = services.type_values(
            actor=request.actor, metric_id=metric.id, grain=grain, values=[value for _line, value in values]
        )
    except Refusal as refusal:
        for issue in refusal.issues:
            at = issue.where.rpartition(".")[2]
            line = values[int(at)][0] if at.isdigit() else lines[0]
            line["error"] = issue.in_words(_)
        return False
    tell(request, _("%(n)s values saved.") % {"n": changed})
    return True


def _typed(line: dict[str, Any]) -> TypedValue:
    value: Decimal | None = None
    if line["value"]:
        try:
            value = parse_decimal(line["value"].replace(",", ""))
        except Refusal as refusal:
            line["error"] = refusal.in_words(_)
    return TypedValue(line["period"].start, value, "", "", line["note"])
