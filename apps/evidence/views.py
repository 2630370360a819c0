"""How a forecast was made."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common import charts, formats
from apps.common.access import requires
from apps.evidence import presentation, selectors
from apps.evidence.selectors import ForecastView
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.presentation import grain_word, style_of, trend_of
from apps.metrics.selectors import MetricView, Series

IN_CHART = 36


@requires("metrics.view")
@require_GET
def forecast(request: HttpRequest, key: str) -> HttpResponse:
    """The forecast of a metric with its range, the methods that were tried, and what it was made from."""
    metric = metrics.metric_for(key)
    grain = _asked_grain(request, metric)
    dimension, member = request.GET.get("dimension", "")[:41], request.GET.get("member", "")[:200]
    series = metrics.series(metric, grain, dimension, member, last=IN_CHART)
    found = selectors.forecast_of(metric.id, grain, dimension, member)
    style = style_of(metric.unit, request.workspace.currency)
    context = {
        "metric": metric,
        "member": member,
        "grain": grain,
        "read": grain_word(grain).lower(),
        "forecast": found,
        "short": presentation.short_words(found) if found and found.missing else "",
        "begins": presentation.begins_words(found) if found else "",
        "crumbs": [
            (_("Metrics"), reverse("metrics:list")),
            (metric.name, f"{reverse('metrics:detail', args=[metric.key])}?grain={grain}"),
        ],
    }
    if found is not None and found.is_made:
        context |= _made(found, series, style, request.workspace.currency)
    return render(request, "evidence/forecast.html", context)


def _asked_grain(request: HttpRequest, metric: MetricView) -> Grain:
    asked = request.GET.get("grain", "")
    if asked in metric.grains:
        return Grain(asked)
    star = metrics.north_star()
    return star.grain if star and star.grain in metric.grains else metric.grains[0]


def _made(found: ForecastView, series: Series, style: formats.Style, currency: str) -> dict[str, object]:
    ahead = selectors.ahead_of(found, series)
    return {
        "ahead": [(formats.period(point.period), style.full(point.value), style.full(point.low), style.full(point.high))
                  for point in ahead],
        "end": presentation.range_words(ahead[-1], style) if ahead else "",
        "end_period": formats.period(ahead[-1].period) if ahead else "",
        "trend": _trend(series, found, currency),
        "method": presentation.method_word(found.method),
        "tried": [
            {
                "word": presentation.method_word(one.method),
                "words": presentation.method_words(one.method),
                "error": style.change(one.error),
                "share": formats.percent(one.share),
                "chosen": one.method == found.method,
            }
            for one in found.tried
        ],
        "coverage": presentation.percent(found.coverage),
        "held": presentation.percent(Decimal(found.hits) / found.cases) if found.cases else "",
        "first": presentation.period_words(found.grain, found.first),
        "last": presentation.period_words(found.grain, found.last),
    }  # fmt: skip


def _trend(series: Series, found: ForecastView, currency: str) -> charts.Trend:
    title = _("%(name)s with its forecast") % {"name": series.metric.name}
    return trend_of(series, key="forecast", title=title, currency=currency, ahead=selectors.ahead_of(found, series))
