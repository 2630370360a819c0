"""How a cycle went: on a page that can be printed, and as a file with everything in it."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.common.tables import table_file
from apps.goals.models import Cycle
from apps.goals.presentation import review as presentation
from apps.goals.presentation.alignment import percent_words
from apps.goals.presentation.rows import row_of
from apps.goals.selectors import review as selectors
from apps.goals.selectors.cycles import cycle_for, cycles, usual
from apps.goals.selectors.days import today
from apps.goals.selectors.missed import missed
from apps.goals.selectors.people import Reader, reader
from apps.metrics import selectors as metrics
from apps.targets.presentation import kept

TEAMS, MOST_LISTED, MOST_LINES = 25, 15, 20_000


@requires("objectives.view")
@require_GET
def review(request: HttpRequest) -> HttpResponse:
    """How a cycle went. Twenty-one queries."""
    return kept(request, "goals/review.html", lambda: _review(request))


def _review(request: HttpRequest) -> dict[str, object]:
    looker, every = reader(request.actor), cycles()
    asked = request.GET.get("cycle", "")
    cycle = next((each for each in every if str(each.pk) == asked), None) or usual(every)
    context: dict[str, object] = {"cycles": every, "cycle": cycle}
    if cycle is not None:
        context |= _of(request, looker, cycle, every)
    return context


def _of(request: HttpRequest, looker: Reader, cycle: Cycle, every: list[Cycle]) -> dict[str, object]:
    found = selectors.review_of(looker, cycle, every)
    page = Paginator(presentation.Teams(found), TEAMS).get_page(request.GET.get("page"))
    judged = list(selectors.judged(looker, cycle)[:200])
    for row in judged:
        row.score_computed = selectors.computed_score(cycle, row.progress, row.score_computed)
    judged.sort(key=lambda row: -abs((row.score_judged or 0) - (row.score_computed or 0)))
    carried = list(selectors.carried(looker, cycle)[: MOST_LISTED + 1])
    return {
        "found": found,
        "whole": presentation.group_of(_("All objectives"), found.all),
        "parts": (
            ("", presentation.levels(found)),
            (_("Kind"), presentation.kinds(found)),
            (_("Team"), page.object_list),
        ),
        "page": page,
        "against": presentation.against(found),
        "share": percent_words(found.reached.share),
        "judged": judged[:MOST_LISTED],
        "judged_rest": max(0, len(judged) - MOST_LISTED),
        "blocked": selectors.blocked(looker, cycle),
        "carried": carried[:MOST_LISTED],
        "carried_more": len(carried) > MOST_LISTED,
        "brought": selectors.brought(looker, cycle),
        "silent": selectors.silent(looker, cycle),
        "check_ins": selectors.check_ins_of(looker, cycle).count(),
        "missed": missed(looker, cycle),
        "provisional": selectors.is_provisional(cycle),
        "file_url": reverse("goals:review_file", args=[cycle.pk]),
        "days": presentation.day_words(cycle.start, cycle.due),
    }


@requires("objectives.view")
@require_GET
def review_file(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Objectives, key results, check-ins and actions of a cycle as XLSX; as CSV the objectives. Nine queries."""
    looker, cycle = reader(request.actor), cycle_for(cycle_id)
    views = {view.id: view for view in metrics.metrics(archived=True)}
    day = today()
    objectives = selectors.objectives_of(looker, cycle).select_related("team", "parent", "carried_from__cycle")
    results = selectors.key_results_of(looker, cycle).select_related("objective", "metric")
    results = results.order_by("objective__level", "objective__position", "position")
    actions = [row_of(row, views, day) for row in selectors.initiatives_of(looker, cycle)[:MOST_LINES]]
    sheets = [
        (_("Objectives"), list(presentation.objective_lines(objectives[:MOST_LINES], cycle))),
        (_("Key results"), list(presentation.key_result_lines(results[:MOST_LINES], cycle))),
        (_("Check-ins"), list(presentation.check_in_lines(selectors.check_ins_of(looker, cycle)[:MOST_LINES]))),
        (_("Actions"), list(presentation.action_lines(actions))),
    ]
    name = f"okr-{cycle.start:%Y%m%d}-{timezone.localdate():%Y%m%d}"
    return table_file(sheets, name=name, kind=request.GET.get("format", "xlsx"))
