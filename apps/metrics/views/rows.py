"""Where a value comes from, down to the uploaded rows. A worker reads them; the page waits and shows."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import formats
from apps.common.access import requires
from apps.datasets import selectors as datasets
from apps.metrics import presentation, selectors, services
from apps.metrics.domain.checks import Known
from apps.metrics.selectors import ValueView
from apps.metrics.views import note
from apps.metrics.views.parts import word_of
from apps.work import selectors as work_selectors


@requires("metrics.rows")
@require_GET
def behind_value(request: HttpRequest, value_id: int) -> HttpResponse:
    value = selectors.value_for(value_id)
    side = request.GET.get("side", "")
    if side not in value.sides:
        side = value.sides[0] if value.sides else ""
    page = max(1, int(request.GET.get("page", "1"))) if request.GET.get("page", "1").isdigit() else 1
    kept, work = _rows(request, value_id, side, page) if side else (None, None)
    versions, known = datasets.versions_named(value.dataset_versions), selectors.known()
    context = {
        "value": value,
        "metric": value.metric,
        "facts": _facts(value, request.workspace.currency, known),
        "words": selectors.in_words(value.definition, known),
        "side": side,
        "file_url": f"{reverse('metrics:rows_file', args=[value_id])}?{urlencode({'side': side})}",
        "side_tabs": _side_tabs(value, side, known),
        "side_words": next((each["words"] for each in note.sides(value, known) if each["name"] == side), ""),
        "rows": kept,
        "columns": _headers(kept, versions, request.workspace.currency) if kept else [],
        "table": _table(kept, may_open=request.actor.may("data.view")) if kept else [],
        "pages": _pages(kept, side, page) if kept else None,
        "work": work_selectors.progress_of(work, next_url=request.get_full_path()) if work else None,
        "inputs": [_input(metric, point, request.workspace.currency) for metric, point in value.inputs],
        "versions": versions,
        "crumbs": [
            (_("Metrics"), reverse("metrics:list")),
            (value.metric.name, reverse("metrics:detail", args=[value.metric.key])),
        ],
        "period": formats.period(value.point.period),
    }
    return render(request, "metrics/rows.html", context)


@requires("metrics.rows")
@require_http_methods(["GET", "POST"])
def rows_file(request: HttpRequest, value_id: int) -> HttpResponse | FileResponse:
    """All rows behind a side of a value as CSV: asked for, waited for, downloaded."""
    value = selectors.value_for(value_id)
    side = request.GET.get("side", "")
    side = side if side in value.sides else next(iter(value.sides), "")
    here = f"{request.path}?{urlencode({'side': side})}"
    if request.method == "POST":
        services.request_rows_file(actor=request.actor, value_id=value_id, side=side)
        return redirect(here)
    work = work_selectors.latest("metrics.rows_file", selectors.rows_subject_of(value_id, side))
    path = services.rows_file(value_id, side)  # after the work: what ends in between has written it
    if path is not None and "download" in request.GET:
        name = f"{value.metric.key}-{value.point.period.key}-{side}.csv"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv")
    context = {
        "value": value,
        "metric": value.metric,
        "period": formats.period(value.point.period),
        "side": side,
        "ready": path is not None,
        "url": f"{here}&download=1",
        "size": formats.size(path.stat().st_size) if path else "",
        "work": work_selectors.progress_of(work, next_url=here) if work and not work.is_finished else None,
        "parked": work if work and work.status == "parked" else None,
        "crumbs": [
            (_("Metrics"), reverse("metrics:list")),
            (value.metric.name, reverse("metrics:detail", args=[value.metric.key])),
            (_("Where does this come from?"), reverse("metrics:rows", args=[value_id])),
        ],
    }
    return render(request, "metrics/rows_file.html", context)


def _rows(request: HttpRequest, value_id: int, side: str, page: int) -> tuple[Any, Any]:
    kept = selectors.rows_kept(value_id, side, page)
    if kept is not None:
        return kept, None
    return None, services.request_rows(actor=request.actor, value_id=value_id, side=side, page=page)


def _headers(kept: Any, versions: Any, currency: str) -> list[str]:
    """What the company's own file calls the columns; their names where it does not say."""
    own = [name for name in kept.columns if not name.startswith("_")]
    for version in versions:
        called = {column["name"]: column["source"] or column["name"] for column in version.dataset.columns}
        if called.keys() >= set(own):
            return [called.get(name) or _converted(name, called, currency) for name in kept.columns]
    return [_converted(name, {}, currency) for name in kept.columns]


def _converted(name: str, called: dict[str, str], currency: str) -> str:
    """The heading of a column that stands behind those of the file: what made an amount another currency's."""
    words = {"_rate": _("Exchange rate"), "_rate_day": _("Rate of")}
    if name.startswith("_converted_"):
        column = name.removeprefix("_converted_")
        return _("%(column)s in %(currency)s") % {"column": called.get(column, column), "currency": currency}
    return words.get(name, name)


def _table(kept: Any, *, may_open: bool) -> list[dict[str, Any]]:
    """The rows of a page; the first two cells of each are the upload's id and the row's number in that file."""
    names = datasets.uploads_named({row[0] for row in kept.rows})
    return [
        {
            "file": names.get(upload, upload),
            "url": reverse("datasets:upload", args=[upload]) if may_open else "",
            "number": number,
            "cells": cells,
        }
        for upload, number, *cells in kept.rows
    ]


def _facts(value: ValueView, currency: str, known: Known) -> list[tuple[str, str]]:
    point, style = value.point, presentation.style_of(value.metric.unit, currency)
    facts = [(_("Value"), style.full(point.value))]
    if point.denominator is not None:
        facts += [(_("Divided"), formats.plain(point.numerator)), (_("By"), formats.plain(point.denominator))]
    facts.append((_("State"), presentation.state_name(point.state)))
    if point.reason:
        facts.append((_("Reason"), point.reason))
    if value.dimension:
        facts.append((word_of(known, value.dimension), note.member_of(value, known)))
    facts.append((_("Version of the definition"), str(point.version_number)))
    return facts


def _side_tabs(value: ValueView, current: str, known: Known) -> list[dict[str, Any]]:
    if len(value.looks) < 2:
        return []
    return [
        {
            "label": note.label_of(look, value, known),
            "url": f"?{urlencode({'side': look.name})}",
            "current": look.name == current,
        }
        for look in value.looks
    ]


def _pages(kept: Any, side: str, page: int) -> dict[str, Any]:
    size = services.ROWS_PER_PAGE
    last = max(1, -(-kept.total // size))
    link = lambda number: f"?{urlencode({'side': side, 'page': number})}"  # noqa: E731
    return {
        "first_row": (page - 1) * size + 1 if kept.total else 0,
        "last_row": min(page * size, kept.total),
        "total": kept.total,
        "previous": link(page - 1) if page > 1 else "",
        "next": link(page + 1) if page < last else "",
    }


def _input(metric: selectors.MetricView, point: Any, currency: str) -> dict[str, Any]:
    style = presentation.style_of(metric.unit, currency)
    return {
        "name": metric.name,
        "value": style.full(point.value) if point else formats.DASH,
        "url": reverse("metrics:rows", args=[point.id]) if point else reverse("metrics:detail", args=[metric.key]),
    }
