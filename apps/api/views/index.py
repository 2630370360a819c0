"""What the API offers: as a page for people, as JSON for programs, and as an OpenAPI document."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.domain.roles import PERMISSION_WORDS
from apps.api.schema import document, operations
from apps.common.access import open_to_signed_in
from apps.kernel.issue import N_

AREAS = {
    "me": N_("Who asks"),
    "datasets": N_("Data"),
    "uploads": N_("Uploads"),
    "sources": N_("Sources"),
    "metrics": N_("Metrics"),
    "validate": N_("Metrics"),
    "model": N_("Model as code"),
    "previews": N_("Metrics"),
    "compute": N_("Computations"),
    "values": N_("Values"),
    "drivers": N_("What moved it"),
    "tree": N_("Metric tree"),
    "targets": N_("Targets"),
    "standings": N_("Targets"),
    "cycles": N_("OKR"),
    "cycle-templates": N_("OKR"),
    "objectives": N_("OKR"),
    "key-results": N_("OKR"),
    "check-ins": N_("OKR"),
    "cadences": N_("OKR"),
    "meetings": N_("OKR"),
    "actions": N_("Actions"),
    "scenarios": N_("What-ifs"),
    "pay": N_("Pay"),
    "runs": N_("Computations"),
    "work": N_("Computations"),
}


@open_to_signed_in
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every resource with what it takes; programs get the addresses."""
    if request.api_key is not None or not request.accepts("text/html"):
        addresses = {path.removeprefix("/api/v1/"): path for path in document()["paths"]}
        response = JsonResponse({"openapi": reverse("api:openapi"), "resources": addresses})
        response.is_api = True
        return response
    context = {
        "areas": _areas(),
        "openapi_url": reverse("api:openapi"),
        "address": request.build_absolute_uri(reverse("api:index")),
        "reads": settings.API_READS_PER_MINUTE,
        "writes": settings.API_WRITES_PER_MINUTE,
    }
    return render(request, "api/index.html", context)


def _areas() -> list[dict[str, Any]]:
    """The operations by area, from a file's way in to what comes out."""
    found: dict[str, list[dict[str, str]]] = {area: [] for area in AREAS.values()}
    for path, method, summary, needed in operations():
        area = AREAS[path.removeprefix("/api/v1/").split("/")[0]]
        words = _(PERMISSION_WORDS[needed]) if needed in PERMISSION_WORDS else ""
        line = {"method": method, "path": path, "summary": _(summary), "needs": words}
        found[area].append(line)
    return [{"title": _(area), "lines": lines} for area, lines in found.items()]


@open_to_signed_in
@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document."""
    response = JsonResponse(document(), json_dumps_params={"ensure_ascii": False})
    response.is_api = True
    return response
