"""How a value came to be: in words, step by step, as the engine ran it, and down to the uploads."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common import formats
from apps.common.access import requires
from apps.datasets import selectors as datasets
from apps.metrics import presentation, selectors
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import (
    AggregateDefinition,
    Aggregation,
    FormulaDefinition,
    ManualDefinition,
    RatioDefinition,
    measures_of,
    trailing_of,
)
from apps.metrics.forms import HOWS
from apps.metrics.selectors import ValueView
from apps.metrics.views.differences import columns_in_words, condition_in_words
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
        "dimension": presentation.dimension_word(known, found.dimension) if found.dimension else "",
        "member": found.point.member or _("(empty)"),
        "words": selectors.in_words(found.definition, known),
        "older": found.point.version_number != found.metric.version_number,
        "steps": _steps(request, found, known),
        "sides": _sides(found),
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


def _steps(request: HttpRequest, found: ValueView, known: Known) -> list[str]:
    """What the engine is asked to do, one sentence for each step."""
    definition = found.definition
    if isinstance(definition, ManualDefinition):
        return [_("Somebody typed the value. The newest one typed for a period counts; older ones are kept.")]
    if isinstance(definition, FormulaDefinition):
        return [
            _("Take the values of the metrics the formula names, of the same period and member, before rounding."),
            _("Calculate in exact fractions: %(formula)s.")
            % {"formula": selectors.in_words(definition, known).rstrip(".。")},
            _("Round once, half to even, at 12 places. A value that is missing is never taken for 0."),
        ]
    measures = list(measures_of(definition)) if isinstance(definition, AggregateDefinition | RatioDefinition) else []
    if measures:
        steps = [_where(request, found), *(_measure(name, measure, known) for name, measure in measures)]
    else:
        reach = _("Take the rows of the period, and those outside it that the definition speaks of (%(zone)s).")
        steps = [reach % {"zone": request.workspace.calendar.time_zone}, selectors.in_words(definition, known)]
    if found.dimension:
        filled = {"dimension": presentation.dimension_word(known, found.dimension)}
        steps.append(_("Take the rows with this part of “%(dimension)s” only.") % filled)
    if found.point.denominator is not None:
        steps.append(_("Divide the two sides once, as exact fractions; nothing is divided in the database."))
    steps.append(_("Round once, half to even, at 12 places. A value that is missing is never taken for 0."))
    return steps


def _where(request: HttpRequest, found: ValueView) -> str:
    calendar = request.workspace.calendar
    span = calendar.trailing(found.point.period, trailing_of(found.definition))
    return _("Take the rows whose day lies from %(first)s up to, but not including, %(end)s (%(zone)s).") % {
        "first": formats.day(span.start), "end": formats.day(span.end), "zone": calendar.time_zone,
    }  # fmt: skip


def _measure(name: str, measure: Aggregation, known: Known) -> str:
    dataset = known.datasets.get(measure.dataset)
    how = str(dict(HOWS).get(measure.how, measure.how))
    what = " ".join(word for word in (how, columns_in_words(measure.column, known) if measure.column else "") if word)
    filled = {
        "side": _side_word(name),
        "what": what,
        "dataset": dataset.name if dataset else measure.dataset,
        "where": " · ".join(condition_in_words(each.model_dump(mode="json"), known) for each in measure.filters),
    }
    if measure.filters:
        return _("%(side)s: %(what)s in %(dataset)s, only of rows where %(where)s.") % filled
    return _("%(side)s: %(what)s in %(dataset)s.") % filled


def _side_word(name: str) -> str:
    words = {"numerator": _("What is divided"), "denominator": _("What it is divided by")}
    return words.get(name, _("What is counted"))


def _sides(found: ValueView) -> list[dict[str, Any]]:
    """The undivided sides, with the way to their rows."""
    figures = {"numerator": found.point.numerator, "denominator": found.point.denominator}
    several = len(found.sides) > 1
    return [
        {
            "side": side,
            "label": _side_word(side) if several else _("Undivided"),
            "figure": formats.plain(figures[side]),
            "rows_url": f"{reverse('metrics:rows', args=[found.point.id])}?side={side}",
            "file_url": f"{reverse('metrics:rows_file', args=[found.point.id])}?side={side}",
        }
        for side in found.sides
    ]


def _input(metric: selectors.MetricView, point: Any, currency: str) -> dict[str, Any]:
    style = presentation.style_of(metric.unit, currency)
    return {
        "name": metric.name,
        "value": style.full(point.value) if point else formats.DASH,
        "url": reverse("metrics:explain", args=[point.id]) if point else reverse("metrics:detail", args=[metric.key]),
    }
