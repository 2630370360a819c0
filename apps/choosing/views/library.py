"""The library of known North Stars: search, and one of them with its tree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.choosing import presentation
from apps.choosing.domain.cautions import CAUTIONS
from apps.choosing.domain.library import found, template_for
from apps.choosing.domain.sheet import TESTS
from apps.choosing.domain.templates import INDUSTRIES
from apps.common.access import requires


@requires("metrics.view")
@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """Every known North Star, by industry."""
    query = request.GET.get("q", "").strip()[:100]
    industry = request.GET.get("industry", "")
    shown = [presentation.card(template) for template in found(query, industry)]
    context = {
        "cards": shown,
        "query": query,
        "industry": industry,
        "industries": [(key, _(name)) for key, name in INDUSTRIES.items()],
        "cautions": [presentation.caution_row(caution) for caution in CAUTIONS],
        "crumbs": _crumbs(),
    }
    return render(request, "choosing/library.html", context)


@requires("metrics.view")
@require_GET
def template(request: HttpRequest, key: str) -> HttpResponse:
    """One of them: what it is, why it works, its tree, the data it takes, and its weak points."""
    one, language = template_for(key), get_language()
    front = one.front
    context = {
        "card": presentation.card(one),
        "why": front.why.text(language),
        "tests": [
            {"name": _(test.name), "text": getattr(front.tests, name).text(language)} for name, test in TESTS.items()
        ],
        "rows": presentation.tree_rows(one),
        "needed": presentation.needed(one),
        "choices": [
            {"text": choice.text(language), "values": ", ".join(map(str, choice.values))} for choice in front.choices
        ],
        "bands": [{"range": band.range, "tone": band.tone, "text": band.text(language)} for band in front.bands],
        "weak": [each.text(language) for each in front.weak],
        "may_use": request.actor.may("metrics.edit"),
        "crumbs": [*_crumbs(), (_("Library"), reverse("choosing:library"))],
    }
    return render(request, "choosing/template.html", context)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("North Star"), reverse("choosing:north_star"))]
