"""Pages of goals: my own, a team's, the company's, somebody's, and all of a cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common import formats
from apps.goals.domain.cycles import Stand
from apps.goals.models import Cycle, Objective
from apps.goals.presentation import objectives as pages
from apps.goals.presentation.cycles import cycle_word
from apps.goals.selectors import cycles as cycles_of
from apps.goals.selectors import objectives as selectors
from apps.goals.selectors.days import today
from apps.goals.selectors.due import elapsed_of
from apps.goals.selectors.people import Reader, reader
from apps.kernel.issue import N_, NotHere
from apps.targets.presentation import kept

LIST = "goals/objectives/list.html"
PER_PAGE = 12
MOST_TABS = 3


@dataclass(frozen=True)
class Where:
    """Which cycle a page is of, and who looks."""

    cycles: Sequence[Cycle]
    cycle: Cycle | None
    reader: Reader
    query: str

    def link(self, name: str, *args: object) -> str:
        """A page of the same cycle."""
        address = reverse(f"goals:{name}", args=args)
        return f"{address}?{urlencode({'cycle': self.cycle.pk})}" if self.cycle else address


def where_of(request: HttpRequest) -> Where:
    """The cycle asked for, else the usual one. Three or four queries."""
    every = cycles_of.cycles()
    asked = request.GET.get("cycle", "")
    cycle = next((each for each in every if str(each.pk) == asked), None) or cycles_of.usual(every)
    return Where(every, cycle, reader(request.actor), request.GET.get("q", "").strip()[:100])


@requires("objectives.view")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What I answer for in a cycle. Eleven queries at most."""
    return kept(request, LIST, lambda: _mine(request))


def _mine(request: HttpRequest) -> dict[str, object]:
    where = where_of(request)
    found = selectors.for_person(where.reader, where.cycle.pk, request.actor.id) if where.cycle else None
    may = request.actor.may("objectives.edit")
    return _page(request, where, found, heading=_("My goals"), tab="mine", level=Objective.Level.PERSON, may_add=may)


@requires("objectives.view")
@require_GET
def company(request: HttpRequest) -> HttpResponse:
    """The company's objectives of a cycle. Eleven queries at most."""
    return kept(request, LIST, lambda: _company(request))


def _company(request: HttpRequest) -> dict[str, object]:
    where = where_of(request)
    found = selectors.for_company(where.reader, where.cycle.pk, search=where.query) if where.cycle else None
    may = request.actor.may("objectives.edit_all")
    heading = _("Company goals")
    return _page(request, where, found, heading=heading, tab="company", level=Objective.Level.COMPANY, may_add=may)


@requires("objectives.view")
@require_GET
def everything(request: HttpRequest) -> HttpResponse:
    """Every objective of a cycle that this person may see, to search in. Eleven queries at most."""
    return kept(request, LIST, lambda: _everything(request))


def _everything(request: HttpRequest) -> dict[str, object]:
    where = where_of(request)
    found = selectors.for_cycle(where.reader, where.cycle.pk, search=where.query) if where.cycle else None
    return _page(request, where, found, heading=_("All goals"), tab="all", level="", may_add=False)


@requires("objectives.view")
@require_GET
def team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """A team's objectives of a cycle, and the teams below it. Thirteen queries at most."""
    return kept(request, LIST, lambda: _team(request, team_id))


def _team(request: HttpRequest, team_id: UUID) -> dict[str, object]:
    where = where_of(request)
    line = where.reader.teams.get(team_id)
    if line is None:
        raise NotHere(N_("There is no such team."))
    below = request.GET.get("below") == "1"
    found = None
    if where.cycle:
        found = selectors.for_team(where.reader, where.cycle.pk, team_id, below=below, search=where.query)
    may = where.reader.may_set(Objective.Level.TEAM, team_id, None) and not line.archived
    more = {
        "team": line,
        "below": below,
        "lead": accounts.names_of([line.lead_id]).get(line.lead_id, "") if line.lead_id else "",
        "teams_below": _teams_below(where, team_id),
        "above": where.reader.teams.get(line.parent_id) if line.parent_id else None,
    }
    return _page(
        request, where, found, heading=line.name, tab=str(team_id), level=Objective.Level.TEAM, may_add=may, more=more
    )


@requires("objectives.view")
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What somebody answers for in a cycle, as far as this person may see it. Twelve queries at most."""
    return kept(request, LIST, lambda: _person(request, person_id))


def _person(request: HttpRequest, person_id: UUID) -> dict[str, object]:
    where = where_of(request)
    found = accounts.person_for(person_id)
    if found is None:
        raise NotHere(N_("There is no such person."))
    rows = selectors.for_person(where.reader, where.cycle.pk, person_id) if where.cycle else None
    heading = _("Goals of %(name)s") % {"name": found}
    return _page(request, where, rows, heading=heading, tab="", level=Objective.Level.PERSON, may_add=False)


def _page(
    request: HttpRequest,
    where: Where,
    found: QuerySet[Objective] | None,
    *,
    heading: str,
    tab: str,
    level: str,
    may_add: bool,
    more: dict[str, object] | None = None,
) -> dict[str, object]:
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page")) if found is not None else None
    rows: list[pages.ObjectiveRow] = []
    if page is not None and where.cycle is not None:
        own = list(selectors.with_key_results(page.object_list))
        rows = pages.written(where.cycle, own)
    stand = cycles_of.stand_of(where.cycle) if where.cycle else None
    open_ = stand is not None and stand is not Stand.CLOSED
    return {
        "heading": heading,
        "where": where,
        "cycle": where.cycle,
        "cycle_word": cycle_word(where.cycle) if where.cycle else ("", ""),
        "time_over": formats.percent(pages.stored_share(elapsed_of(where.cycle, today())), 0)
        if where.cycle and stand is Stand.RUNNING
        else "",
        "tabs": _tabs(where, tab),
        "tab": tab,
        "rows": rows,
        "page": page,
        "may_add": may_add and open_,
        "add_url": _add_url(where, level, more),
        "may_manage": request.actor.may("cycles.manage"),
        **(more or {}),
    }


def _add_url(where: Where, level: str, more: dict[str, object] | None) -> str:
    if where.cycle is None:
        return ""
    line = (more or {}).get("team")
    told = {"cycle": where.cycle.pk, "level": level or Objective.Level.PERSON}
    if line is not None:
        told["team"] = line.id  # type: ignore[attr-defined]
    return f"{reverse('goals:new_objective')}?{urlencode(told)}"


def _tabs(where: Where, tab: str) -> list[dict[str, object]]:
    own = accounts.team_ids_of(where.reader.actor.id, today())
    teams = [line for line in where.reader.teams.values() if not line.archived and line.id in own]
    teams += [line for line in where.reader.teams.values() if line.id in where.reader.leads and line.id not in own]
    shown = teams[:MOST_TABS]
    if tab and tab not in ("mine", "company", "all") and tab not in {str(line.id) for line in shown}:
        shown = [*shown, *(line for line in where.reader.teams.values() if str(line.id) == tab)]
    return [
        {"label": _("Mine"), "url": where.link("mine"), "current": tab == "mine"},
        *({"label": line.name, "url": where.link("team", line.id), "current": tab == str(line.id)} for line in shown),
        {"label": _("Company"), "url": where.link("company"), "current": tab == "company"},
        {"label": _("All"), "url": where.link("everything"), "current": tab == "all"},
        {"label": _("Alignment"), "url": where.link("alignment"), "current": False},
    ]


def _teams_below(where: Where, team_id: UUID) -> list[dict[str, object]]:
    """The teams right below, with how many objectives each has. One query."""
    lines = [line for line in where.reader.teams.values() if line.parent_id == team_id and not line.archived]
    if not lines or where.cycle is None:
        return []
    rows = selectors.for_cycle(where.reader, where.cycle.pk).filter(team_id__in=[line.id for line in lines])
    counted = dict(rows.order_by().values_list("team_id").annotate(n=Count("pk")))
    return [{"name": line.name, "url": where.link("team", line.id), "count": counted.get(line.id, 0)} for line in lines]
