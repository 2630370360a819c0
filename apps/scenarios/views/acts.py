"""Copy, refresh, delete and export a saved what-if."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.access import requires
from apps.common.middleware import tell
from apps.common.tables import attached
from apps.kernel.issue import Refusal
from apps.scenarios import selectors, services
from apps.scenarios.presentation.result import Teller
from apps.scenarios.presentation.workbook import workbook
from apps.scenarios.views.request import crumbs, revision


@requires("metrics.view")
@require_POST
def copy(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """A private copy of what is saved."""
    name = selectors.scenario_for(request.actor, scenario_id).row.name
    made = services.copy_scenario(
        actor=request.actor, scenario_id=scenario_id, name=_("Copy of %(name)s") % {"name": name[:100]}
    )
    tell(request, _("“%(name)s” is saved.") % {"name": made.name})
    return redirect("scenarios:detail", made.pk)


@requires("metrics.view")
@require_POST
def todays_values(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """Put today's figures under it."""
    services.take_todays_values(actor=request.actor, scenario_id=scenario_id, revision=revision(request))
    tell(request, _("It starts from today's figures now."))
    return redirect("scenarios:detail", scenario_id)


@requires("metrics.view")
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """Ask, then delete one's own."""
    row = selectors.scenario_for(request.actor, scenario_id).row
    if row.author_id != request.actor.id:
        raise Refusal(services.NOT_YOURS, status=403)
    if request.method == "GET":
        return render(request, "scenarios/delete.html", {"scenario": row, "crumbs": crumbs()})
    name = services.delete_scenario(actor=request.actor, scenario_id=scenario_id)
    tell(request, _("“%(name)s” is deleted.") % {"name": name})
    return redirect("scenarios:list")


@requires("metrics.view")
@require_GET
def export(request: HttpRequest, scenario_id: UUID) -> HttpResponse:
    """A saved what-if as XLSX."""
    kept = selectors.scenario_for(request.actor, scenario_id)
    made = workbook(kept, Teller(kept.sheet, kept.changes, request.workspace.currency))
    return attached(made, name=f"what-if-{kept.row.pk.hex[:8]}", kind="xlsx")
