"""All initiatives: as a list, as a board, as a file; moving one across the board, and taking that back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.common.tables import table_file
from apps.goals.domain.plan import Stand
from apps.goals.models import Initiative
from apps.goals.presentation import initiatives as presentation
from apps.goals.presentation.effects import VERDICTS
from apps.goals.presentation.rows import Row, lines, row_of
from apps.goals.selectors import board as selectors
from apps.goals.selectors.board import Asked
from apps.goals.selectors.days import today
from apps.goals.selectors.initiatives import initiative_for, view_of
from apps.goals.selectors.people import Reader, reader
from apps.goals.services import initiatives as services
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView
from apps.targets.presentation import kept

PER_PAGE, PER_COLUMN, MOST_LINES = 50, 40, 10_000
WAYS = ("board", "list")
WAY_COOKIE = "actions_as"
A_YEAR = 365 * 24 * 3600
SALT = "goals.moved"


@requires("initiatives.view")
@require_GET
def initiative_list(request: HttpRequest) -> HttpResponse:
    """Every action that the reader may know of: a board or a list, whichever they looked at last. Twelve queries."""
    way = _way(request)
    response = kept(request, f"goals/{way}.html", lambda: _actions(request, way), way)
    if request.GET.get("as") in WAYS:
        response.set_cookie(WAY_COOKIE, way, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


def _actions(request: HttpRequest, way: str) -> dict[str, object]:
    looker = reader(request.actor)
    views = {view.id: view for view in metrics.metrics(archived=True)}
    asked, chosen = _asked(request, looker, views)
    day = today()
    rows = selectors.found(looker, asked, day)
    shown = _board(request, rows, views, day) if way == "board" else _list(request, rows, views, day)
    used = selectors.metrics_with_any(looker)
    return {
        "way": way,
        "ways": _ways(request, way),
        "chosen": chosen,
        "filtered": any(value for name, value in chosen.items() if name != "sort"),
        "has_metrics": bool(views),
        "any": bool(shown["count"]) or _has_any(looker, asked),
        "stands": [(selectors.OPEN_ONES, _("Not ended")), *((str(key), word) for key, word in _stands())],
        "owners": selectors.owners(looker),
        "teams": selectors.teams(looker),
        "metrics": sorted(((views[pk].key, views[pk].name) for pk in used), key=lambda one: one[1].casefold()),
        "verdicts": [(str(key), _(word)) for key, (_tone, word) in VERDICTS.items()],
        "may_edit": request.actor.may("initiatives.edit"),
        "files": _files(request),
        **shown,
    }


def _way(request: HttpRequest) -> str:
    for told in (request.GET.get("as"), request.COOKIES.get(WAY_COOKIE)):
        if told in WAYS:
            return str(told)
    return WAYS[0]


def _ways(request: HttpRequest, way: str) -> list[dict[str, object]]:
    kept = {key: value for key, value in request.GET.items() if key not in ("as", "page", "moved", "stand", "sort")}
    words = {"board": (_("Board"), "columns"), "list": (_("List"), "list-details")}
    return [
        {
            "label": words[key][0],
            "icon": words[key][1],
            "url": f"?{urlencode(kept | {'as': key})}",
            "current": key == way,
        }
        for key in WAYS
    ]


def _files(request: HttpRequest) -> list[tuple[str, str]]:
    kept = {key: value for key, value in request.GET.items() if key not in ("as", "page", "moved", "format")}
    return [
        (name, f"{reverse('goals:export')}?{urlencode(kept | {'format': kind})}")
        for kind, name in (("xlsx", "Excel"), ("csv", "CSV"))
    ]


def _stands() -> list[tuple[Stand, str]]:
    return [(key, _(word)) for key, (_tone, word) in presentation.STANDS.items()]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _asked(request: HttpRequest, looker: Reader, views: dict[UUID, MetricView]) -> tuple[Asked, dict[str, str]]:
    """What is looked for, and the same as the fields of the page show it. What does not exist is left out."""
    names = ("q", "stand", "owner", "team", "metric", "verdict", "sort")
    chosen = {name: request.GET.get(name, "").strip().replace("\0", "")[:100] for name in names}
    words = chosen["q"].casefold()
    team = _uuid(chosen["team"])
    asked = Asked(
        q=chosen["q"],
        stand=chosen["stand"],
        owner=_uuid(chosen["owner"]),
        team=team if team in looker.teams else None,
        metric=next((view.id for view in views.values() if view.key == chosen["metric"]), UUID(int=0))
        if chosen["metric"]
        else None,
        verdict=chosen["verdict"],
        metric_ids=frozenset(view.id for view in views.values() if words and words in view.name.casefold()),
        sort=chosen["sort"] if chosen["sort"] in selectors.SORTS else "stand",
    )
    return asked, chosen


def _has_any(looker: Reader, asked: Asked) -> bool:
    """Whether there is any where nothing was found: another word is said to who has none at all."""
    return asked != Asked(sort=asked.sort) and selectors.found(looker, Asked(), today()).exists()


def _list(request: HttpRequest, rows: object, views: dict[UUID, MetricView], day: date) -> dict[str, object]:
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    kept = {key: value for key, value in request.GET.items() if key not in ("page", "sort", "moved")}
    heads = [
        (name, label, f"?{urlencode(kept | {'sort': name})}")
        for name, label in (
            ("title", _("Action")), ("", _("Aimed at")), ("owner", _("Who does it")), ("due", _("From – to")),
            ("", _("Expected effect")), ("cost", _("Cost")), ("stand", _("Status")), ("verdict", _("Verdict")),
        )
    ]  # fmt: skip
    return {
        "rows": [row_of(row, views, day) for row in page],
        "page": page,
        "count": page.paginator.count,
        "heads": heads,
    }


def _board(request: HttpRequest, rows: object, views: dict[UUID, MetricView], day: date) -> dict[str, object]:
    counts = selectors.counts(rows)  # type: ignore[arg-type]
    held = selectors.columns(rows, PER_COLUMN)  # type: ignore[arg-type]
    kept = {key: value for key, value in request.GET.items() if key not in ("as", "page", "moved")}
    columns = []
    for stand in selectors.COLUMNS:
        tone, word = presentation.STANDS[stand]
        cards = [_card(request, row, views, day) for row in held[stand]]
        count = counts.get(str(stand), 0)
        columns.append({
            "key": str(stand), "tone": tone, "word": _(word), "cards": cards, "count": count,
            "rest": count - len(cards),
            "all_url": f"?{urlencode(kept | {'as': 'list', 'stand': str(stand)})}",
        })  # fmt: skip
    first = next((each["key"] for each in columns if each["key"] in ("late", "running") and each["count"]), None)
    return {
        "columns": columns,
        "count": sum(counts.values()),
        "first": first or next((each["key"] for each in columns if each["count"]), "planned"),
        "back": request.get_full_path().split("moved=")[0].rstrip("?&"),
        "moved": _moved(request, held),
    }


def _card(request: HttpRequest, row: Initiative, views: dict[UUID, MetricView], day: date) -> Row:
    mine = services.may_change(request.actor, row.owner_id, row.created_by)
    return row_of(row, views, day, may_move=mine)


def _moved(request: HttpRequest, held: dict[Stand, list[Initiative]]) -> dict[str, object] | None:
    """What was just moved, if nobody changed it since: it can be put back."""
    told = _read(request.GET.get("moved", ""))
    row = next((row for rows in held.values() for row in rows if told and str(row.pk) == told["id"]), None)
    if row is None or told is None or row.revision != told["revision"]:
        return None
    word = presentation.word(view_of(row, today()))
    return {
        "text": _("“%(title)s” is now here: %(column)s.") % {"title": row.title, "column": word},
        "token": request.GET["moved"],
        "id": row.pk,
    }


def _read(token: str) -> dict | None:
    try:
        return signing.loads(token, salt=SALT, max_age=3600) if token else None
    except signing.BadSignature:
        return None


@requires("initiatives.edit")
@require_POST
def move(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Move an action to another column; to stop it, ask for the reason first."""
    row = initiative_for(request.actor, initiative_id)
    to = request.POST.get("to", "")
    if to == Stand.STOPPED:
        return redirect("goals:stop", row.pk)
    before = services.place_of(row)
    moved = services.move_initiative(
        actor=request.actor, initiative_id=row.pk, revision=_number(request), to=to, today=today()
    )
    token = signing.dumps(
        {
            "id": str(moved.pk), "revision": moved.revision, "status": before.status, "start": before.start.isoformat(),
            "ended_on": before.ended_on.isoformat() if before.ended_on else "", "result": before.result,
        },
        salt=SALT, compress=True,
    )  # fmt: skip
    return redirect(_back(request, moved.pk, token))


@requires("initiatives.edit")
@require_POST
def undo_move(request: HttpRequest, initiative_id: UUID) -> HttpResponse:
    """Put an action back where it was before it was moved, unless somebody changed it since."""
    row = initiative_for(request.actor, initiative_id)
    told = _read(request.POST.get("moved", ""))
    if told is None or told["id"] != str(row.pk):
        raise services.Refusal(services.CANNOT_MOVE, status=409)
    place = services.Place(
        told["status"], date.fromisoformat(told["start"]),
        date.fromisoformat(told["ended_on"]) if told["ended_on"] else None, told["result"],
    )  # fmt: skip
    row = services.put_back(actor=request.actor, initiative_id=initiative_id, revision=told["revision"], place=place)
    tell(request, _("“%(title)s” is back where it was.") % {"title": row.title})
    return redirect(_back(request, row.pk))


def _number(request: HttpRequest) -> int:
    told = request.POST.get("revision", "")
    return int(told) if told.isdecimal() and len(told) < 10 else 0


def _back(request: HttpRequest, initiative_id: UUID, token: str = "") -> str:
    """The board as it was filtered, at the card that was moved. Only addresses of this page are gone back to."""
    own = reverse("goals:list")
    told = request.POST.get("back", "")
    url = told if told.startswith((own + "?", own)) and "#" not in told and "\n" not in told else own
    if token:
        url += ("&" if "?" in url else "?") + urlencode({"moved": token})
    return f"{url}#card-{initiative_id}"


@requires("initiatives.view")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The same that the list shows, all of it, as XLSX or CSV. Eight queries."""
    looker = reader(request.actor)
    views = {view.id: view for view in metrics.metrics(archived=True)}
    asked, _chosen = _asked(request, looker, views)
    day = today()
    rows = selectors.found(looker, asked, day)[:MOST_LINES]
    told = lines(row_of(row, views, day) for row in rows)
    name = f"actions-{timezone.localdate():%Y%m%d}"
    return table_file([(_("Actions"), list(told))], name=name, kind=request.GET.get("format", "csv"))
