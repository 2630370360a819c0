"""The members of a dimension ranked by how far they have come, as a page and as a file."""

from __future__ import annotations

from decimal import Decimal

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.common.formats import rounded
from apps.common.tables import table_file
from apps.metrics import selectors as metrics
from apps.metrics.presentation import dimension_word, grain_word, style_of
from apps.targets import presentation
from apps.targets.domain.judging import Basis
from apps.targets.domain.league import LEAST_COUNTED
from apps.targets.presentation import kept
from apps.targets.presentation import pacing as words
from apps.targets.selectors import pacing
from apps.targets.selectors.pacing import Choice, Placed

PER_PAGE = 50


@requires("targets.view")
@require_GET
def league(request: HttpRequest) -> HttpResponse:
    """One metric's targets of the members of a dimension, the one furthest ahead first."""
    return kept(request, "targets/league.html", lambda: _league(request))


def _league(request: HttpRequest) -> dict[str, object]:
    chosen, context = _asked(request)
    query = request.GET.get("q", "").strip()[:100]
    rows = pacing.league_of(chosen, context["day"]) if chosen else []
    shown = [row for row in rows if query.casefold() in row.ranked.entry.member.casefold()]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    return context | {
        "rows": [_row(row, request.workspace.currency) for row in page],
        "page": page,
        "query": query,
        "any": bool(rows),
        "searchable": len(rows) > 8 or bool(query),
        "moves": any(row.ranked.moved is not None for row in rows),
        "since": _since(rows),
        "least": LEAST_COUNTED,
        "unranked": any(row.ranked.rank is None for row in rows),
        "can_edit": request.actor.may("targets.edit"),
        "crumbs": [(_("Targets"), reverse("targets:list"))],
    }


@requires("targets.view")
@require_GET
def league_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The whole league, exact, for a spreadsheet."""
    chosen, context = _asked(request)
    rows = pacing.league_of(chosen, context["day"]) if chosen else []
    head = [
        _("Rank"), _("Moved"), _("Member"), _("Value"), _("Expected"), _("Target"), _("Attainment"), _("Status"),
        _("Where it ends if it goes on so"), _("Counts to"),
    ]  # fmt: skip
    table = [head, *(_cells(row) for row in rows)]
    key = f"-{chosen.dimension}" if chosen else ""
    return table_file([(_("League"), table)], name=f"league{key}-{context['day']:%Y%m%d}", kind=kind)


def _asked(request: HttpRequest) -> tuple[Choice | None, dict[str, object]]:
    """The league that is asked for, or the largest; and what there is to choose from."""
    day = request.workspace.calendar.today(now())
    there = pacing.leagues(day)
    every = metrics.metrics() if there else []
    views, known = {view.id: view for view in every}, metrics.known(every) if there else None
    there = [each for each in there if each.metric_id in views]
    asked = request.GET.get("of", "")
    chosen = next((each for each in there if _key(each) == asked), there[0] if there else None)
    choices = [
        {
            "value": _key(each),
            "label": _label(each, views[each.metric_id].name, _by(each, known)),
            "chosen": each == chosen,
        }
        for each in there
    ]
    return chosen, {
        "day": day, "choices": choices, "chosen": _key(chosen) if chosen else "",
        "title": views[chosen.metric_id].name if chosen else "",
        "dimension": _by(chosen, known) if chosen else "",
        "exports": urlencode({"of": _key(chosen)}) if chosen else "",
    }  # fmt: skip


def _key(choice: Choice) -> str:
    return f"{choice.metric_id}:{choice.grain}:{choice.dimension}" + (":teams" if choice.teams else "")


def _by(choice: Choice, known: metrics.Known | None) -> str:
    """Who is ranked: "Store", or, where teams are named by stores, "Team (Store)"."""
    word = dimension_word(known, choice.dimension) if known else choice.dimension
    return _("Team (%(dimension)s)") % {"dimension": word} if choice.teams else word


def _label(choice: Choice, name: str, word: str) -> str:
    return _("%(metric)s by %(dimension)s, read by %(grain)s") % {
        "metric": name, "dimension": word, "grain": grain_word(choice.grain).lower(),
    }  # fmt: skip


def _row(row: Placed, currency: str) -> dict[str, object]:
    style, standing = style_of(row.paced.metric.unit, currency), row.paced.standing
    ranked = row.ranked
    return {
        "rank": ranked.rank,
        "tied": ranked.tied,
        "moved": ranked.moved,
        "moved_words": _moved(ranked.moved),
        "member": ranked.entry.member or _("(empty)"),
        "url": reverse("targets:progress") + "?" + urlencode({"of": pacing.place_of(row.paced.target).key}),
        "value": style.full(standing.value) if standing.value is not None else "",
        "counts": words.counts_words(standing),
        "attainment": presentation.share(standing.attainment) if standing.attainment is not None else "",
        "goal": presentation.goal_piece(row.paced, currency),
        "why": _why(row),
    }


def _moved(moved: int | None) -> str:
    if moved is None:
        return ""
    if moved == 0:
        return _("same place")
    n = abs(moved)
    if moved > 0:
        return ngettext("up %(n)s place", "up %(n)s places", n) % {"n": n}
    return ngettext("down %(n)s place", "down %(n)s places", n) % {"n": n}


def _why(row: Placed) -> str:
    """Why a member has no rank."""
    if row.ranked.rank is not None:
        return ""
    if row.ranked.entry.too_few and row.paced.standing.grey is None:
        n = row.ranked.entry.counted or 0
        return ngettext("only %(n)s counted", "only %(n)s counted", n) % {"n": n}
    return presentation.status_word(row.paced.standing)


def _since(rows: list[Placed]) -> str:
    """Since when ranks have moved."""
    if any(row.paced.standing.basis is Basis.DAYS for row in rows):
        return _("Ranks have moved since a week before the newest day.")
    return _("Ranks have moved since the period before.")


def _cells(row: Placed) -> list[object]:
    standing, ranked = row.paced.standing, row.ranked
    return [
        ranked.rank, ranked.moved, ranked.entry.member, _exact(standing.value), _exact(standing.expected),
        _exact(row.paced.target.goal), _exact(standing.attainment), presentation.status_word(standing),
        _exact(standing.projection.value if standing.projection else None),
        standing.as_of,
    ]  # fmt: skip


def _exact(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value, 6)
