"""Two versions of a data set side by side: which rows differ, and which metrics by how much."""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import formats
from apps.common.access import requires
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.kernel.period import Grain
from apps.metrics import presentation, selectors, services
from apps.work import selectors as work_selectors

_DIGITS = Context(prec=60)
_FEW, _PERIODS_OF_MANY = 4, 3
"""So many metrics are shown with all periods that were kept; of more than that each with so many."""

_TONES = {"added": "good", "changed": "info", "removed": "bad"}


@requires("metrics.rows")
@require_GET
def compare_data(request: HttpRequest, dataset_id: UUID, before: int, after: int) -> HttpResponse:
    """The rows in which two versions differ, a page at a time, and the metrics that move. Workers find both."""
    dataset = datasets.dataset_for(dataset_id)
    was, now = data.versions_to_compare(dataset, before, after)
    kind = request.GET.get("kind", "") if request.GET.get("kind", "") in data.CHANGES else ""
    number = _number(request.GET.get("page", "1"))
    here = request.get_full_path()
    counts = datasets.row_page(datasets.compared_subject(was, now))
    rows = datasets.row_page(datasets.compared_subject(was, now, kind, number))
    working = None
    if counts is None or rows is None:
        asked = data.ask_for_comparison(actor=request.actor, before=was, after=now, kind=kind, page=number)
        working = work_selectors.progress_of(asked, next_url=here)
    moves = datasets.row_page(services.moves_subject(was, now))
    computing = None
    if moves is None:
        computing = work_selectors.progress_of(
            services.ask_for_moves(actor=request.actor, before=was, after=now), next_url=here
        )
    language = get_language() or "en"
    context = {
        "dataset": dataset,
        "before": was,
        "after": now,
        "working": working,
        "counts": dict(zip(counts.columns, counts.rows[0], strict=True)) if counts else None,
        "tabs": _tabs(kind, counts),
        "columns": _headers(now, was, rows.columns) if rows else [],
        "rows": [_row(each) for each in rows.rows] if rows else [],
        "page": Paginator(range(rows.total), data.COMPARED_ON_A_PAGE).get_page(number) if rows else None,
        "computing": computing,
        "moves": _moves(moves, request.workspace) if moves else [],
        "file_ready": data.comparison_file(was, now, language) is not None,
        "writing": _writing(request, here),
        "crumbs": [
            (_("Data"), reverse("datasets:list")),
            (dataset.name, reverse("datasets:detail", args=[dataset.pk])),
            (_("Versions"), reverse("datasets:versions", args=[dataset.pk])),
        ],
    }
    return render(request, "metrics/compare_data.html", context)


@requires("metrics.rows")
@require_GET
def upload_moves(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The metrics that move if a file that waits is loaded, or one that is in the data deleted. A worker finds them."""
    upload = datasets.upload_for(upload_id)
    subject = services.upload_moves_subject(upload)
    here = reverse("datasets:upload", args=[upload.pk])
    if subject is None:
        return redirect(here)
    moves, computing = datasets.row_page(subject), None
    if moves is None:
        asked = services.ask_for_upload_moves(actor=request.actor, upload=upload)
        computing = work_selectors.progress_of(asked, next_url=request.get_full_path())
    deletes = upload.status == "loaded"
    context = {
        "upload": upload,
        "deletes": deletes,
        "computing": computing,
        "moves": _moves(moves, request.workspace) if moves else [],
        "was": _("Now"),
        "now": _("Without it") if deletes else _("With it"),
        "back": reverse("datasets:delete_upload", args=[upload.pk]) if deletes else here,
        "crumbs": [
            (_("Data"), reverse("datasets:list")),
            (upload.dataset.name, reverse("datasets:detail", args=[upload.dataset_id])),
            (upload.filename, here),
        ],
    }
    return render(request, "metrics/upload_moves.html", context)


@requires("metrics.rows")
@require_http_methods(["GET", "HEAD", "POST"])
def compared_file(request: HttpRequest, dataset_id: UUID, before: int, after: int) -> HttpResponse | FileResponse:
    """POST has a worker write all rows that differ to a file, GET gives the file."""
    dataset = datasets.dataset_for(dataset_id)
    was, now = data.versions_to_compare(dataset, before, after)
    language = get_language() or "en"
    page = reverse("metrics:compare_data", args=[dataset.pk, before, after])
    path = data.comparison_file(was, now, language)
    if request.method == "POST" and path is None:
        work = data.ask_for_comparison_file(actor=request.actor, before=was, after=now, language=language)
        return redirect(f"{page}?{urlencode({'writing': work.pk})}")
    if path is None:
        return redirect(page)
    name = f"{dataset.key}-v{before}-v{after}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _number(text: str) -> int:
    return min(max(int(text), 1), 1_000_000) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _tabs(current: str, counts: Any) -> list[dict[str, Any]]:
    if counts is None:
        return []
    found = dict(zip(counts.columns, counts.rows[0], strict=True))
    whole = [("", _("All"), counts.total)]
    parts = [(kind, _(word), found[kind]) for kind, word in data.CHANGES.items()]
    return [
        {"url": f"?{urlencode({'kind': kind})}", "label": f"{word} {formats.number(count)}", "current": kind == current}
        for kind, word, count in whole + parts
    ]


def _headers(now: Any, was: Any, columns: list[str]) -> list[str]:
    """What the company's own files call the columns."""
    called = {column["name"]: column["source"] for version in (was, now) for column in version.columns}
    return [called.get(column) or column for column in columns]


def _row(kept: Any) -> dict[str, Any]:
    """A row with its cells: as it is, and as it was where that is something else."""
    kind, before, after = kept
    cells = [{"now": text, "was": None} for text in after or before]
    if kind == "changed":
        cells = [{"now": now, "was": was if was != now else None} for was, now in zip(before, after, strict=True)]
    return {"kind": _(data.CHANGES[kind]), "tone": _TONES[kind], "cells": cells, "gone": kind == "removed"}


def _moves(kept: Any, workspace: Any) -> list[dict[str, Any]]:
    """The metrics whose values differ, each with its latest periods, fewer where there are many. One query."""
    metrics = {view.key: view for view in selectors.metrics()}
    moved = {key: list(rows) for key, rows in groupby(kept.rows, key=itemgetter(0)) if key in metrics}
    most = None if len(moved) <= _FEW else _PERIODS_OF_MANY
    found = []
    for key, rows in moved.items():
        view = metrics[key]
        style = presentation.style_of(view.unit, workspace.currency)
        periods = [_period(row, style, workspace.calendar) for row in rows[:most]]
        found.append({"metric": view, "periods": periods, "count": periods[0]["count"]})
    return found


def _period(row: list[Any], style: formats.Style, calendar: Any) -> dict[str, Any]:
    _key, grain, start, was, now, count = row
    before, after = (Fraction(text) if text else None for text in (was, now))
    period = calendar.period_of(date.fromisoformat(start), Grain(grain))
    return {
        "label": formats.period(period),
        "before": style.full(_decimal(before)),
        "after": style.full(_decimal(after)),
        "change": _change(before, after, style),
        "count": count,
    }


def _change(before: Fraction | None, after: Fraction | None, style: formats.Style) -> str:
    if before is None or after is None:
        return (
            formats.DASH
            if before is after
            else pgettext("value", "gone")
            if after is None
            else pgettext("value", "new")
        )
    difference = _decimal(after - before)
    return formats.signed(style.change(abs(difference)), difference)


def _decimal(exact: Fraction | None) -> Decimal | None:
    """In so many digits that the one rounding is that of the display."""
    return None if exact is None else _DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _writing(request: HttpRequest, here: str) -> dict | None:
    """The writing of the file that ?writing= names, while it is not done."""
    try:
        work = work_selectors.work_for(UUID(request.GET.get("writing", "")))
    except ValueError:
        return None
    if work is None or work.kind != "datasets.export_comparison" or work.status == "done":
        return None
    return work_selectors.progress_of(work, next_url=here)
