"""All metrics, one metric, and its values as a file."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.domain.roles import Actor
from apps.common import formats, tables
from apps.common.access import requires
from apps.common.charts import Trend
from apps.datasets import selectors as datasets
from apps.kernel.issue import N_
from apps.kernel.period import Grain, Period
from apps.metrics import presentation, selectors
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import Kind, built_in_of
from apps.metrics.selectors import Break, MetricView, Point, Series, VersionView
from apps.metrics.views import parts, score_page
from apps.metrics.views.score import score_rows
from apps.work import selectors as work_selectors

POINTS_IN_CHART = {Grain.DAY: 92, Grain.WEEK: 53, Grain.MONTH: 25, Grain.QUARTER: 13, Grain.HALF: 11, Grain.YEAR: 10}
COMPUTE = "metrics.compute_metric"


@requires("metrics.view")
@require_GET
def metric_list(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    found = selectors.metrics()
    views = [view for view in found if asked.casefold() in f"{view.name} {view.key}".casefold()]
    star = selectors.north_star()
    main = {view.id: _main_grain(view, star.grain if star else Grain.MONTH) for view in views}
    series: dict = {}
    for grain in {*main.values()}:
        series |= selectors.series_of([pk for pk, of in main.items() if of == grain], grain, last=14)
    rows = [_row(view, series.get(view.id), request.workspace.currency) for view in views]
    context = {
        "rows": rows,
        "q": asked,
        "any": bool(found),
        "may_edit": request.actor.may("metrics.edit"),
        "may_type": request.actor.may("values.type") and any(view.kind == "manual" for view in found),
        "star_id": star.metric.id if star else None,
    }
    return render(request, "metrics/list.html", context)


def _main_grain(view: MetricView, preferred: Grain) -> Grain:
    return preferred if preferred in view.grains else view.grains[0]


def _row(view: MetricView, series: Series | None, currency: str) -> dict[str, Any]:
    point = series.latest if series else None
    style = presentation.style_of(view.unit, currency)
    return {
        "metric": view,
        "value": style.full(point.value) if point else formats.DASH,
        "period": formats.period(point.period) if point else "",
        "spark": [p.value for p in series.points if not p.is_open][-12:] if series else [],
        "kind": _(KIND_WORDS[view.kind]),
    }


KIND_WORDS: dict[Kind, str] = {
    "aggregate": N_("Total"),
    "ratio": N_("Ratio"),
    "formula": N_("Formula"),
    "manual": N_("Typed"),
    "entity_count": N_("Who did enough"),
    "entity_share": N_("Share who did enough"),
    "lifecycle": N_("Growth of customers"),
    "retention": N_("Retention"),
    "conversion": N_("Conversion"),
    "funnel": N_("Funnel"),
    "repeat": N_("Repeats"),
    "cumulative": N_("Running total"),
    "stock": N_("A level"),
    "recurring": N_("Recurring revenue"),
    "nps": N_("Net Promoter Score"),
    "score": N_("A score"),
}


@requires("metrics.view")
@require_GET
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """Definition in words, series, breakdown by dimension, table, freshness, owner, versions."""
    view = selectors.metric_for(key)
    work = _work(request, view)  # first: work that ends while the page is made has written what is read below
    star = selectors.north_star()
    grain = _asked_grain(request, view, star.grain if star else Grain.MONTH)
    series = selectors.series(view, grain)
    known = selectors.known()
    period = _asked_period(request, series)
    dimension = _asked_dimension(request, view)
    currency = request.workspace.currency
    shown = Series(view, grain, "", "", series.points[-POINTS_IN_CHART[grain] :])
    drawn = Series(view, grain, "", "", _worth_drawing(shown.points))
    versions = selectors.history_of(view)
    added = selectors.beside(series, request.actor)
    breaks = presentation.breaks_in(versions, drawn)
    context = {
        "metric": view,
        "words": selectors.in_words(view.definition, known),
        "head": _head(series, currency),
        "told": _told(series, period),
        "trend": _trend(drawn, breaks, added, currency),
        "added": [(each.template, each.context) for each in added if each.template],
        "breaks": breaks[::-1],
        "grain_tabs": _grain_tabs(request, view, grain),
        "breakdown": _breakdown(request, view, series.grain, period, dimension, known),
        "rows": [_value_row(point, view, currency, breaks, versions) for point in reversed(shown.points)],
        **_columns(shown),
        **parts.context_of(view, series, period, known),
        **score_page.context_of(request, view, series, period, known),
        "score": score_rows(view.definition, known, currency),
        "versions": versions,
        "has_draft": selectors.draft_of(view) is not None,
        "users": selectors.usage_of(view),
        "sources": _sources(view),
        **work,
        "grain": grain,
        "crumbs": [(_("Metrics"), reverse("metrics:list"))],
        "formula": presentation.formula_in_names(view),
        "problems": [issue.in_words(_) for issue in view.problems],
        "is_star": bool(star and star.metric.id == view.id),
        **_rights(request.actor),
    }
    return render(request, "metrics/detail.html", context)


def _told(series: Series, period: Period | None) -> str:
    """Which change of the metric the page asks the drivers to tell of, as a query; nothing without a value."""
    return urlencode({"grain": series.grain.value, "period": period.key}) if period and series.latest else ""


def _trend(drawn: Series, breaks: list[Break], added: list[selectors.Beside], currency: str) -> Trend:
    """The chart of a metric's page, with what other rooms know of it."""
    view, grain = drawn.metric, drawn.grain
    return presentation.trend_of(
        drawn,
        key="trend",
        title=_trend_title(view, grain),
        currency=currency,
        breaks=breaks,
        former=_former(view, breaks, grain),
        former_name=_("Before, version %(n)s") % {"n": breaks[-1].number - 1} if breaks else "",
        bands=score_page.bands_for(view),
        path={period: value for each in added for period, value in each.path.items()},
        ahead=[ahead for each in added for ahead in each.ahead],
        marks=[mark for each in added for mark in each.marks],
    )


def _worth_drawing(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Without the empty periods before the first value, and without the newest ones whose time is not over: they are in
    the table, a chart has nothing to draw there."""
    first = next((at for at, point in enumerate(points) if point.value is not None), 0)
    if not any(point.is_immature for point in points):
        return points[first:]
    drawn = [at for at, point in enumerate(points) if point.value is not None and not point.is_immature]
    return points[first : max(drawn, default=first) + 1]


def _columns(shown: Series) -> dict[str, bool]:
    """Which columns of the table have anything to say."""
    return {
        "has_denominator": any(point.denominator is not None for point in shown.points),
        "has_rows": any(point.n for point in shown.points),
    }


def _work(request: HttpRequest, view: MetricView) -> dict[str, Any]:
    """How far its computation is, or that it was set aside."""
    work = work_selectors.latest(COMPUTE, view.id)
    runs = work is not None and not work.is_finished
    return {
        "work": work_selectors.progress_of(work, next_url=request.get_full_path()) if runs else None,
        "parked": work if work and work.status == "parked" else None,
    }


def _rights(actor: Actor) -> dict[str, bool]:
    return {
        "may_edit": actor.may("metrics.edit"),
        "may_type": actor.may("values.type"),
        "may_rows": actor.may("metrics.rows"),
        "may_target": actor.may("targets.edit"),
        "may_data": actor.may("data.view"),
    }


def _asked_grain(request: HttpRequest, view: MetricView, preferred: Grain = Grain.MONTH) -> Grain:
    asked = request.GET.get("grain", "")
    return Grain(asked) if asked in {str(grain) for grain in view.grains} else _main_grain(view, preferred)


def _asked_period(request: HttpRequest, series: Series) -> Period | None:
    asked = request.GET.get("period", "")
    for point in series.points:
        if point.period.key == asked:
            return point.period
    newest = series.latest or series.open
    return newest.period if newest else None


def _asked_dimension(request: HttpRequest, view: MetricView) -> str:
    asked = request.GET.get("dimension", "")
    return asked if asked in view.dimensions else next(iter(view.dimensions), "")


def _trend_title(view: MetricView, grain: Grain) -> str:
    return _("%(name)s by %(grain)s") % {"name": view.name, "grain": presentation.grain_word(grain).lower()}


def _head(series: Series, currency: str) -> dict[str, Any]:
    point, before = series.latest, series.previous
    style = presentation.style_of(series.metric.unit, currency)
    change = point.value - before.value if point and before else None
    running = series.open if series.open and not series.open.is_immature else None
    return {
        "value": style.short(point.value) if point else formats.DASH,
        "full": style.full(point.value) if point else "",
        "period": formats.period(point.period) if point else "",
        "state": presentation.state_word(point.state) if point else "",
        "change": change,
        "change_text": style.change(change),
        "open": (style.short(running.value), formats.period(running.period)) if running else None,
        "rising": sum(each.is_immature and each.value is not None for each in series.points),
        "point": point,
    }


def _grain_tabs(request: HttpRequest, view: MetricView, current: Grain) -> list[dict[str, Any]]:
    return [
        {"label": presentation.grain_word(grain), "url": f"?{urlencode({'grain': grain})}", "current": grain == current}
        for grain in view.grains
    ]


def _breakdown(
    request: HttpRequest, view: MetricView, grain: Grain, period: Period | None, dimension: str, known: Known
) -> dict[str, Any] | None:
    if not dimension or period is None:
        return None
    points = selectors.breakdown(view, grain, period, dimension)
    head = presentation.dimension_word(known, dimension)
    title = _("%(name)s by %(dimension)s, %(period)s") % {
        "name": view.name, "dimension": head, "period": formats.period(period),
    }  # fmt: skip
    style = presentation.style_of(view.unit, request.workspace.currency)
    return {
        "bars": presentation.bars_of(
            points[:20], view, key="bars", title=title, head=head, currency=request.workspace.currency
        ),
        "points": [(point, style.full(point.value)) for point in points],
        "members": score_page.members_of(view, points),
        "hidden": max(0, len(points) - 20),
        "tabs": [
            {
                "label": presentation.dimension_word(known, name),
                "url": f"?{urlencode({'grain': grain, 'period': period.key, 'dimension': name})}",
                "current": name == dimension,
            }
            for name in view.dimensions
        ],
        "period": formats.period(period),
    }


def _former(view: MetricView, breaks: list[Break], grain: Grain) -> dict[Period, Decimal | None]:
    """What people saw under the version before the last break."""
    return selectors.former_figures(view, breaks[-1].number - 1, grain) if breaks else {}


def _value_row(
    point: Point, view: MetricView, currency: str, breaks: list[Break], versions: list[VersionView]
) -> dict[str, Any]:
    style = presentation.style_of(view.unit, currency)
    return {
        "point": point,
        "period": formats.period(point.period),
        "value": style.full(point.value),
        "numerator": formats.plain(point.numerator),
        "denominator": formats.plain(point.denominator),
        "state": presentation.state_word(point.state),
        "former": style.full(point.former_value) if point.former_value is not None else "",
        "break": next((found for found in breaks if found.period == point.period), None),
        "older": point.version_number
        if point.version_number != selectors.number_in_force(versions, point.period.start)
        else 0,
    }


def _sources(view: MetricView) -> list[dict[str, Any]]:
    keys = set(selectors.datasets_behind(view))
    return [
        {"name": fresh.name, "url": reverse("datasets:detail", args=[fresh.dataset_id]), "fresh": fresh}
        for fresh in datasets.freshness()
        if fresh.key in keys
    ]


@requires("metrics.view")
@require_GET
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Every value of the metric at a grain, all members included, as CSV that Excel opens rightly; with `parts` the
    table of its cohorts or steps."""
    view = selectors.metric_for(key)
    grain = _asked_grain(request, view)
    if "parts" in request.GET and built_in_of(view.definition):
        rows = parts.lines(view, selectors.series(view, grain), selectors.known())
    else:
        rows = _export_rows(view, grain)
    text = tables.comma_separated(rows)  # whole: what is streamed is read after the workspace has been left
    return tables.attached(text, name=f"{view.key}-{grain}-{timezone.localdate():%Y%m%d}", kind="csv")


def _export_rows(view: MetricView, grain: Grain) -> Iterator[list[str]]:
    yield [
        _("Metric"), _("Period"), _("Period start"), _("Period end, exclusive"), _("Dimension"), _("Member"),
        _("Value"), _("Numerator"), _("Denominator"), _("Rows"), _("State"), _("Version"),
    ]  # fmt: skip
    for dimension, point in selectors.all_points(view, grain):
        yield [
            view.key, point.period.key, point.period.start.isoformat(), point.period.end.isoformat(), dimension,
            point.member, _exact(point.value), _exact(point.numerator), _exact(point.denominator),
            str(point.n), point.state, str(point.version_number),
        ]  # fmt: skip


def _exact(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
