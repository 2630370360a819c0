"""What is for what: the objectives of a cycle as a tree, one branch at a time."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.goals.domain.pace import Standing
from apps.goals.models import Cycle
from apps.goals.presentation.alignment import STANDINGS, branch
from apps.goals.selectors import alignment as selectors
from apps.goals.selectors.alignment import Bones
from apps.goals.selectors.board import teams
from apps.goals.selectors.cycles import cycle_for, cycles, usual
from apps.goals.selectors.people import Reader, reader
from apps.kernel.issue import NotHere
from apps.targets.presentation import kept, kept_fragment

MOST_OPEN, PER_PAGE, OPEN_ALL = 40, 30, 400
ALL = "all"


@requires("objectives.view")
@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """The company's objectives with what hangs below them, and those that are for nothing. Eleven queries."""
    return kept(request, "goals/alignment.html", lambda: _tree(request))


def _tree(request: HttpRequest) -> dict[str, object]:
    looker, every = reader(request.actor), cycles()
    cycle = _cycle(request, every)
    context: dict[str, object] = {"cycles": every, "cycle": cycle, "may_make": request.actor.may("cycles.manage")}
    if cycle is not None:
        context |= _of(request, looker, cycle)
    return context


def _cycle(request: HttpRequest, every: list[Cycle]) -> Cycle | None:
    asked = request.GET.get("cycle", "")
    return next((each for each in every if str(each.pk) == asked), None) or usual(every)


def _of(request: HttpRequest, looker: Reader, cycle: Cycle) -> dict[str, object]:
    bones = selectors.bones(looker, cycle.pk)
    chosen = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "team", "owner", "standing")}
    filtered = any(chosen.values())
    asked = _asked(looker, cycle, bones, chosen) if filtered else None
    opened = _opened(request, bones, asked)
    shown = _shown(bones, bones.tops, opened, asked)
    loose = [pk for pk in bones.loose if asked is None or pk in opened or pk in asked]
    page = Paginator(loose, PER_PAGE).get_page(request.GET.get("page"))
    shown |= _shown(bones, list(page), opened, asked)
    drawn = sorted(shown)[:OPEN_ALL]
    fleshes = selectors.flesh(looker, cycle, bones.with_children(drawn, most=OPEN_ALL))
    return {
        "tops": branch(bones.tops, bones, fleshes, opened=opened, asked=asked, drawn=set(drawn), tops=True),
        "loose": branch(list(page), bones, fleshes, opened=opened, asked=asked, drawn=set(drawn)),
        "page": page,
        "count": len(bones.by_id),
        "found": len(asked) if asked is not None else None,
        "filtered": filtered,
        "cut": len(shown) > OPEN_ALL,
        "chosen": chosen,
        "teams": teams(looker),
        "owners": _owners(bones),
        "standings": [(str(key), _(word)) for key, (_tone, word) in STANDINGS.items()],
        "all_url": f"?{urlencode({'cycle': cycle.pk, 'open': ALL})}" if len(bones.by_id) <= OPEN_ALL else "",
        "shut_url": f"?{urlencode({'cycle': cycle.pk})}",
        "is_open": request.GET.get("open") == ALL,
        "branches": reverse("goals:alignment"),
    }


def _asked(looker: Reader, cycle: Cycle, bones: Bones, chosen: dict[str, str]) -> set[UUID]:
    found = selectors.matching(
        looker, bones, words=chosen["q"], team=_known(chosen["team"], looker.teams), owner=_uuid(chosen["owner"])
    )
    if chosen["standing"] in set(Standing):
        told = selectors.flesh(looker, cycle, found)
        found = {pk for pk in found if pk in told and told[pk].standing == chosen["standing"]}
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)


def _known(text: str, known: Iterable[UUID]) -> UUID | None:
    found = _uuid(text)
    return found if found in set(known) else None


def _opened(request: HttpRequest, bones: Bones, asked: set[UUID] | None) -> set[UUID]:
    """Which branches are shown: those on the way to what is asked for; all; those the address names."""
    if asked is not None:
        return {above for pk in asked for above in bones.above(pk)}
    told = request.GET.get("open", "")
    if told == ALL and len(bones.by_id) <= OPEN_ALL:
        return set(bones.children)
    return {found for part in told.split(",")[:MOST_OPEN] if (found := _uuid(part)) in bones.by_id}  # type: ignore[misc]


def _shown(bones: Bones, roots: Iterable[UUID], opened: set[UUID], asked: set[UUID] | None) -> set[UUID]:
    """Those that are drawn: of what was asked for only the way to it."""
    found: set[UUID] = set()
    todo = list(roots)
    while todo:
        at = todo.pop()
        if at in found or (asked is not None and at not in asked and at not in opened):
            continue
        found.add(at)
        if at in opened:
            todo.extend(bones.children.get(at, ()))
    return found


def _owners(bones: Bones) -> list[tuple[UUID, str]]:
    """Who owns any of them, by name; not where there are more than one can choose from."""
    found = {bone.owner_id: bone.owner_name for bone in bones.by_id.values() if bone.owner_id}
    return sorted(found.items(), key=lambda each: each[1].casefold())[:500]  # type: ignore[arg-type,return-value]


@requires("objectives.view")
@require_GET
def alignment_branch(request: HttpRequest, cycle_id: UUID, objective_id: UUID) -> HttpResponse:
    """A piece of page: what hangs directly below an objective. Six queries."""
    return kept_fragment(request, "goals/_branch.html", lambda: _branch(request, cycle_id, objective_id))


def _branch(request: HttpRequest, cycle_id: UUID, objective_id: UUID) -> dict[str, object]:
    looker, cycle = reader(request.actor), cycle_for(cycle_id)
    bones = selectors.bones(looker, cycle.pk)
    if objective_id not in bones.by_id:
        raise NotHere(_("There is no such objective."))
    kids = bones.children.get(objective_id, ())
    cards = branch(kids, bones, selectors.flesh(looker, cycle, bones.with_children(kids, most=OPEN_ALL)))
    return {"cards": cards, "cycle": cycle}
