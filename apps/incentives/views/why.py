"""Why a run pays other amounts than the one before: on its page, worked out on request, and as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import requires
from apps.common.tables import table_file
from apps.incentives import selectors, services
from apps.incentives.models import Run
from apps.incentives.presentation import runs as words
from apps.work import selectors as work


def why_of(row: Run, former: Run | None) -> dict[str, object] | None:
    """Why it pays another amount than the run before, by currency and cause; or how far that is. Two queries at
    most."""
    if former is None or not row.revision:
        return None
    found = selectors.change_of(row, former)
    if found is None:
        asked = work.latest("incentives.compare", row.pk)
        under_way = asked is not None and asked.status in ("queued", "running")
        return {"work": work.progress_of(asked, next_url=reverse("pay:run", args=[row.pk])) if under_way else None}
    return {"found": found, "rows": words.change_rows(found.totals)}


@requires("pay.view")
@require_POST
def ask_why(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Have a worker work out why the amounts changed."""
    services.ask_why(actor=request.actor, run_id=run_id)
    return redirect("pay:run", run_id)


@requires("pay.view")
@require_GET
def why_file(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Why everybody is paid another amount, by cause, as a spreadsheet whose rows and columns add up. Nine queries."""
    row = selectors.run_for(run_id)
    table = words.change_table(services.export_changes(actor=request.actor, run=row))
    kind = "csv" if request.GET.get("kind") == "csv" else "xlsx"
    return table_file([(_("Why it changed"), table)], name=f"why-{row.plan.key}-{row.last:%Y%m}", kind=kind)
