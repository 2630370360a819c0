"""The list of targets in force, those that wait for approval, and the list as a file."""

from __future__ import annotations

from decimal import Decimal

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.common.fields import KEPT_PLACES
from apps.common.formats import rounded
from apps.common.tables import table_file
from apps.kernel.issue import N_
from apps.metrics import selectors as metrics
from apps.metrics.presentation import grain_word, style_of
from apps.targets import presentation, selectors
from apps.targets.presentation import kept
from apps.targets.views.common import PER_PAGE, doors

EXPORTED = (
    N_("Metric"), N_("Metric name"), N_("Read by"), N_("Dimension"), N_("Member"), N_("Team"), N_("Kind"),
    N_("From the value"), N_("To the value"), N_("Not below"), N_("Not above"), N_("From the day"), N_("By when"),
    N_("Who answers for it"), N_("Period"), N_("Value"), N_("Expected"), N_("Attainment"), N_("Status"),
    N_("To be looked at again"),
)  # fmt: skip
"""Columns of the exported list, as in `_exported`."""


@requires("targets.view")
@require_GET
def target_list(request: HttpRequest) -> HttpResponse:
    """Every target in force, those in most trouble first; above them what is proposed."""
    return kept(request, "targets/list.html", lambda: _list(request))


def _list(request: HttpRequest) -> dict[str, object]:
    query = request.GET.get("q", "").strip()[:100]
    with_parts = bool(query) or "parts" in request.GET
    held = selectors.targets(parts=with_parts)
    currency = request.workspace.currency
    shown = [one for one in held if query.casefold() in presentation.name_of(one).casefold()]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "rows": [_row(one, currency) for one in page],
        "page": page,
        "query": query,
        "any": bool(held),
        "searchable": len(held) > PER_PAGE or with_parts,
        "with_parts": with_parts,
        "part_count": selectors.part_count() if held and not with_parts else 0,
        "has_metrics": bool(held) or bool(metrics.metrics()),
        "proposed": _proposed(currency),
        **doors(request),
    }


def _row(held: selectors.Held, currency: str) -> dict[str, object]:
    style = style_of(held.metric.unit, currency)
    return {
        "target": held.target,
        "metric": held.metric,
        "name": presentation.name_of(held),
        "value": style.full(held.standing.value) if held.standing.value is not None else "",
        "read": grain_word(held.target.grain).lower(),
        "sentence": presentation.terms_in_words(held.target, style),
        "periods": presentation.periods_words(held.course),
        "goal": presentation.goal_piece(held, currency),
        "again": held.target.review_on is not None and held.target.review_on <= selectors.setting().today,
    }


def _proposed(currency: str) -> list[dict[str, object]]:
    """What waits for approval; parts of another proposal are decided with it and do not stand by themselves."""
    rows = selectors.proposed()
    views = {view.id: view for view in metrics.metrics(archived=True)} if rows else {}
    ids = {row.pk for row in rows}
    return [
        {
            "target": row,
            "name": presentation.named(views[row.metric_id].name, row),
            "sentence": presentation.terms_in_words(row, style_of(views[row.metric_id].unit, currency)),
            "parts": sum(1 for other in rows if other.parent_id == row.pk),
        }
        for row in rows
        if row.parent_id not in ids
    ]


@requires("targets.view")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Every target in force with its standing, exact, as CSV that Excel opens rightly."""
    lines = [[_(title) for title in EXPORTED], *map(_exported, selectors.targets())]
    return table_file([("", lines)], name=f"targets-{localdate():%Y%m%d}", kind="csv")


def _exported(held: selectors.Held) -> list[str]:
    target, standing = held.target, held.standing
    return [
        held.metric.key, held.metric.name, target.grain, target.dimension, target.member,
        target.team.name if target.team else "", target.kind, _exact(target.baseline), _exact(target.goal),
        _exact(target.low), _exact(target.high), target.start.isoformat(), target.due.isoformat(),
        target.owner_name, standing.period.key if standing.period else "", _exact(standing.value),
        _exact(standing.expected), _exact(standing.attainment, 6), presentation.status_word(standing),
        target.review_on.isoformat() if target.review_on else "",
    ]  # fmt: skip


def _exact(value: Decimal | None, places: int = KEPT_PLACES) -> str:
    """A figure with the digits it has; an attainment to six places, which no reader needs more of."""
    return "" if value is None else f"{rounded(value, places).normalize():f}"
