"""The what-ifs there are, and up to three side by side."""

from __future__ import annotations

import json
from fractions import Fraction

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from apps.common.access import requires
from apps.metrics.domain.definition import Names, Unit
from apps.metrics.presentation import style_of
from apps.scenarios import selectors
from apps.scenarios.models import Scenario
from apps.scenarios.presentation import comparison
from apps.scenarios.presentation.figures import as_decimal
from apps.scenarios.views.request import crumbs, uuid

PER_PAGE = 20
MOST_COMPARED = 3


@requires("metrics.view")
@require_GET
def scenario_list(request: HttpRequest) -> HttpResponse:
    """One's own what-ifs and those that others share, the newest first."""
    query = request.GET.get("q", "").strip()[:100]
    page = Paginator(selectors.scenarios(request.actor, query), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [_row(row, request) for row in page],
        "page": page,
        "query": query,
        "any": bool(query) or page.paginator.count > 0,
        "searchable": bool(query) or page.paginator.count > 1,
        "comparable": page.paginator.count > 1,
    }
    return render(request, "scenarios/list.html", context)


def _row(row: Scenario, request: HttpRequest) -> dict[str, object]:
    told = row.summary
    style = style_of(Unit.model_validate_json(_json(told["unit"])), request.workspace.currency)
    now, then = (None if told[name] is None else Fraction(told[name]) for name in ("now", "then"))
    change = None if now is None or then is None else as_decimal(then - now)
    return {
        "scenario": row,
        "mine": row.author_id == request.actor.id,
        "metric": Names.model_validate_json(_json(told["name"])).text(get_language()),
        "now": style.short(as_decimal(now)),
        "then": style.short(as_decimal(then)),
        "change": change,
        "size": style.change(change),
        "better": told["direction"],
    }


def _json(value: object) -> str:
    return json.dumps(value)


@requires("metrics.view")
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Up to three what-ifs side by side."""
    asked = [uuid(text) for text in request.GET.getlist("s")]
    found = selectors.scenarios_for(request.actor, asked[:MOST_COMPARED])
    context = {
        "crumbs": crumbs(),
        "compared": comparison.side_by_side(found, request.workspace.currency) if found else None,
        "too_many": len(asked) > MOST_COMPARED,
        "others": selectors.scenarios(request.actor)[:100],
        "chosen": [kept.row.pk for kept in found],
    }
    return render(request, "scenarios/compare.html", context)
