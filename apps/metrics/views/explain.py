"""How a value came to be: in words, step by step, as the engine ran it, and down to the uploads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.common import formats
from apps.common.access import requires
from apps.datasets import selectors as datasets
from apps.metrics import presentation, selectors
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import ScoreDefinition
from apps.metrics.selectors import ValueView
from apps.metrics.views import note
from apps.metrics.views.parts import word_of
from apps.metrics.views.score import ScoreRow, scored_rows
from apps.metrics.views.versions import crumbs_of


@requires("metrics.view")
@require_GET
def value(request: HttpRequest, value_id: int) -> HttpResponse:
    """One value with everything it was made from and by."""
    found = selectors.value_for(value_id)
    known = selectors.known()
    origin = selectors.origin_of(value_id)
    versions = datasets.versions_named(found.dataset_versions)
    currency, actor = request.workspace.currency, request.actor
    style = presentation.style_of(found.metric.unit, currency)
    period = formats.period(found.point.period)
    context = {
        "value": found,
        "metric": found.metric,
        "period": period,
        "figure": style.full(found.point.value),
        "former": style.full(found.point.former_value) if found.point.former_value is not None else "",
        "state": presentation.state_name(found.point.state),
        "dimension": word_of(known, found.dimension) if found.dimension else "",
        "member": note.member_of(found, known),
        "words": selectors.in_words(found.definition, known),
        "older": found.point.version_number != _in_force(found),
        "steps": note.steps(request, found, known, versions),
        "sides": note.sides(found, known),
        "score": _scored(found, known, currency),
        "origin": origin,
        "run_state": origin.run.get_status_display(),
        "versions": versions,
        "inputs": [_input(metric, point, currency) for metric, point in found.inputs],
        "may_rows": actor.may("metrics.rows") and bool(found.sides),
        "may_data": actor.may("data.view"),
        "may_sql": actor.may("metrics.rows"),
        "crumbs": crumbs_of(found.metric),
    }
    return render(request, "metrics/explain.html", context)


def _in_force(found: ValueView) -> int:
    """Which version should give the value. One query, for scores only."""
    if found.metric.kind != "score":
        return found.metric.version_number
    return selectors.number_in_force(selectors.history_of(found.metric), found.point.period.start)


def _scored(found: ValueView, known: Known, currency: str) -> tuple[ScoreRow, ...]:
    """The parts of a score with their points; nothing where the values below have moved on since."""
    scored = selectors.scored_of(found)
    if scored is None or not isinstance(found.definition, ScoreDefinition):
        return ()
    urls = {metric.key: reverse("metrics:explain", args=[point.id]) for metric, point in found.inputs if point}
    return scored_rows(found.definition, scored, known, currency, urls)


def _input(metric: selectors.MetricView, point: Any, currency: str) -> dict[str, Any]:
    style = presentation.style_of(metric.unit, currency)
    return {
        "name": metric.name,
        "value": style.full(point.value) if point else formats.DASH,
        "url": reverse("metrics:explain", args=[point.id]) if point else reverse("metrics:detail", args=[metric.key]),
    }
