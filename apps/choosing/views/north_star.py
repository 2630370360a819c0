"""The company's one number: which, why, since when; what it is judged by; and the way to another one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.choosing import presentation, selectors
from apps.choosing.domain import sheet as tests
from apps.choosing.domain.cautions import cautions_for
from apps.choosing.domain.library import library
from apps.choosing.forms import NorthStarForm
from apps.choosing.models import Adoption, Sheet
from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as acts
from apps.metrics.selectors import MetricView, NorthStarView


@requires("metrics.view", write="north_star.choose")
@require_http_methods(["GET", "POST"])
def north_star(request: HttpRequest) -> HttpResponse:
    """What is in force, candidates side by side, the history, and the form to choose."""
    history, views = metrics.north_star_history(), metrics.metrics()
    current = next((each for each in history if each.ended_at is None), None)
    asked = next((view for view in views if request.GET.get("metric") in (view.key, str(view.id))), None)
    form = NorthStarForm(
        request.POST or None,
        metrics=[(str(view.id), view.name) for view in views],
        initial=_initial(current, asked),
    )
    if form.is_bound and form.is_valid() and _saved(request, form):
        return redirect("choosing:north_star")
    picked = _picked(form, views) if form.is_bound else asked
    sheets = selectors.newest_sheets()
    context = {
        "form": form,
        "current": current,
        "picked": picked,
        "picked_cautions": _cautions(picked) if picked and not (current and picked.id == current.metric.id) else [],
        "current_cautions": _cautions(current.metric) if current else [],
        "current_sheet": sheet_row(sheets.get(current.metric.id)) if current else None,
        "history": [each for each in history if each.ended_at],
        "candidates": _candidates(views, sheets, current),
        "adoptions": [_adopted(each) for each in selectors.adoptions()],
        "has_metrics": bool(views),
        "may_choose": request.actor.may("north_star.choose"),
        "may_edit": request.actor.may("metrics.edit"),
        "announced": selectors.latest_announcement(),
    }
    return render(request, "choosing/north_star.html", context, status=422 if form.is_bound else 200)


def _initial(current: NorthStarView | None, asked: MetricView | None) -> dict[str, str]:
    if asked is not None and (current is None or asked.id != current.metric.id):
        return {"metric": str(asked.id), "grain": "month" if Grain.MONTH in asked.grains else str(asked.grains[0])}
    if current is not None:
        return {"metric": str(current.metric.id), "grain": str(current.grain), "reason": current.reason}
    return {"metric": "", "grain": "month"}


def _picked(form: NorthStarForm, views: list[MetricView]) -> MetricView | None:
    return next((view for view in views if str(view.id) == form.data.get("metric")), None)


def _saved(request: HttpRequest, form: NorthStarForm) -> bool:
    typed = form.cleaned_data
    try:
        acts.choose_north_star(
            actor=request.actor,
            metric_id=UUID(typed["metric"]),
            grain=Grain(typed["grain"]),
            reason=typed["reason"],
        )
    except Refusal as refusal:
        form.put(refusal)
        return False
    found = cautions_for(metrics.metric_for(UUID(typed["metric"])).definition)
    said = _("This is your North Star now.")
    tell(request, " ".join([said, *(_(caution.reason) for caution in found)]))
    return True


def _cautions(metric: MetricView) -> list[dict[str, str]]:
    return [presentation.caution_row(caution) for caution in cautions_for(metric.definition)]


def _candidates(
    views: list[MetricView], sheets: dict[UUID, Sheet], current: NorthStarView | None
) -> list[dict[str, Any]]:
    """Metrics that were judged, the best first; the North Star too."""
    rows = [
        {
            "metric": view,
            "sheet": sheet_row(sheets[view.id]),
            "star": current is not None and view.id == current.metric.id,
            "cautions": [_(caution.name) for caution in cautions_for(view.definition)],
        }
        for view in views
        if view.id in sheets
    ]
    return sorted(rows, key=lambda row: -row["sheet"]["total"])


def sheet_row(sheet: Sheet | None) -> dict[str, Any] | None:
    """A sheet as pages show it."""
    if sheet is None:
        return None
    scores = {name: getattr(sheet, name) for name in tests.TESTS}
    weak = tests.weakest(scores)
    return {
        "sheet": sheet,
        "total": tests.total(scores),
        "passed": not weak,
        "weak": [_(tests.TESTS[name].name) for name in weak],
        "tests": [
            {
                "name": _(test.name),
                "score": scores[name],
                "evidence": getattr(sheet, f"{name}_evidence"),
                "tone": "good" if scores[name] >= tests.PASSED else "warn",
            }
            for name, test in tests.TESTS.items()
        ],
    }


def _adopted(adoption: Adoption) -> dict[str, Any]:
    found = library().get(adoption.template)
    return {"adoption": adoption, "card": presentation.card(found) if found else None}
