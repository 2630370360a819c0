"""The page that says why a number moved, and its files."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common import formats, shelf, tables
from apps.common.access import requires
from apps.drivers import presentation, selectors
from apps.drivers.selectors import AGAINST, WAYS, Answer, Question, Woods
from apps.drivers.selectors.splitting import splittable, splitting
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.domain.checks import Known
from apps.metrics.presentation import dimension_word, grain_word
from apps.metrics.selectors import MetricView
from apps.workspaces.scope import current_workspace

PERIODS_OFFERED, MEMBERS_OFFERED = 60, 200


@requires("metrics.view")
@require_GET
def star(request: HttpRequest) -> HttpResponse:
    """Why the North Star moved; the way to one as long as there is none."""
    edition = metrics.edition()
    chosen = metrics.north_star()
    if chosen is None:
        return render(request, "drivers/none.html", {"may_choose": request.actor.may("north_star.choose")})
    return shelf.page(request, "drivers/detail.html", [edition], lambda: _page(request, chosen.metric, chosen.grain))


@requires("metrics.view")
@require_GET
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """Why one metric moved: a bridge, its table, what is said of it, and the members of a dimension."""
    edition = metrics.edition()
    view = metrics.metric_for(key)
    return shelf.page(request, "drivers/detail.html", [edition], lambda: _page(request, view, None))


@requires("metrics.view")
@require_GET
def telling(request: HttpRequest, key: str) -> HttpResponse:
    """A piece of page: what is said of a change against the period before; empty where nothing can be told."""
    view = metrics.metric_for(key)
    grain = _grain(request.GET.get("grain", ""), view, None)
    asked = request.GET.get("period", "")
    period = current_workspace().calendar.parse(asked, grain) if asked else None
    said = selectors.telling(view, grain=grain, period=period)
    if said is None:
        return HttpResponse("")
    return render(request, "drivers/_said.html", {"said": said, "url": presentation.url_of(said.question)})


@requires("metrics.view")
@require_GET
def export(request: HttpRequest, key: str) -> HttpResponse:
    """The bridge with everything under it as CSV, or as XLSX with `format=xlsx`."""
    view = metrics.metric_for(key)
    woods = selectors.woods()
    asked = _Asked.of(request, view, woods, None)
    question = asked.question
    told = selectors.answer(question, woods) if question and not question.trouble else None
    rows = list(presentation.lines(told, current_workspace().currency)) if told else []
    name = f"drivers-{view.key}-{question.period.key if question else asked.grain}-{timezone.localdate():%Y%m%d}"
    if request.GET.get("format") == "xlsx":
        return tables.attached(_xlsx(rows), name=name, kind="xlsx")
    return tables.table_file([("", rows)], name=name, kind="csv")


def _xlsx(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    with tables.new_workbook(buffer) as book:
        sheet = book.add_worksheet("Lodestar")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, [float(cell) if isinstance(cell, Decimal) else cell for cell in row])
        sheet.freeze_panes(1, 0)
        sheet.set_column(1, 1, 36)
    return buffer.getvalue()


@dataclass(frozen=True)
class _Asked:
    """What an address asks, with all that may be asked instead. `question` is None where no period has a value."""

    view: MetricView
    grain: Grain
    ended: list[Period]
    members: dict[str, list[str]]
    question: Question | None
    via: tuple[str, ...]

    @classmethod
    def of(cls, request: HttpRequest, view: MetricView, woods: Woods, preferred: Grain | None) -> _Asked:
        """Three queries."""
        asked = request.GET
        grain = _grain(asked.get("grain", ""), view, preferred)
        members = metrics.members_by_dimension(view.id, grain)
        members = {name: found for name, found in members.items() if name in view.dimensions}
        against = asked.get("against", "previous") if asked.get("against") in AGAINST else "previous"
        dimension, member = _place(asked.get("of", ""), members)
        other_dimension, peer = _place(asked.get("peer", ""), members) if against == "peer" else ("", "")
        if against == "peer" and not (dimension or other_dimension) and members:
            dimension, first = next(iter(members.items()))
            member, peer = first[0], first[1] if len(first) > 1 else ""
        dimension = dimension or other_dimension
        if other_dimension not in ("", dimension):
            peer = ""
        ended = selectors.ended_periods(view, grain, dimension, member or peer)
        calendar = current_workspace().calendar
        period = calendar.parse(asked["period"], grain) if asked.get("period") else None
        base = calendar.parse(asked["base"], grain) if asked.get("base") and against == "period" else None
        way = asked.get("way", "shapley") if asked.get("way") in WAYS else "shapley"
        question = selectors.ask(
            view, grain, period=period, base=base, against=against, dimension=dimension, member=member, peer=peer,
            way=way, ended=ended,
        )  # fmt: skip
        via = tuple(key for key in asked.get("via", "").split(".") if key in woods.views)[-6:]
        return cls(view, grain, ended, members, question, via)


def _grain(asked: str, view: MetricView, preferred: Grain | None) -> Grain:
    if asked in {str(grain) for grain in view.grains}:
        return Grain(asked)
    if preferred is None:
        chosen = metrics.north_star()
        preferred = chosen.grain if chosen else Grain.MONTH
    return preferred if preferred in view.grains else view.grains[0]


def _place(asked: str, members: dict[str, list[str]]) -> tuple[str, str]:
    """A dimension and its member, if there are such."""
    dimension, _colon, member = asked.partition(":")
    return (dimension, member) if member in members.get(dimension, ()) else ("", "")


def _page(request: HttpRequest, view: MetricView, preferred: Grain | None) -> dict[str, Any]:
    """What the page's template needs."""
    woods = selectors.woods()
    asked = _Asked.of(request, view, woods, preferred)
    question, currency = asked.question, request.workspace.currency
    known = metrics.known(woods.views.values())
    told = selectors.answer(question, woods) if question and not question.trouble else None
    board = presentation.board(told, currency, asked.via) if told else None
    trouble = question.trouble if question and question.trouble else selectors.trouble_with(told) if told else None
    crumbs = [(_("Metric tree"), reverse("dashboards:tree"))]
    for at, key in enumerate(asked.via):
        link = presentation.url_of(question, key, asked.via[:at]) if question else reverse("drivers:detail", args=[key])
        crumbs.append((woods.views[key].name, link))
    return {
        "metric": view,
        "question": question,
        "board": board,
        "said": selectors.tell(told) if told and board else None,
        "trouble": trouble.in_words(_) if trouble else "",
        "needs_target": bool(told and question.against == "target" and told.before is None),
        "may_target": request.actor.may("targets.edit"),
        "base": presentation.base_words(question) if question else "",
        "period": presentation.period_words(question) if question else "",
        "crumbs": crumbs,
        "value_id": told.stands[1].id if told and told.stands[1] else None,
        "export_url": f"{reverse('drivers:export', args=[view.key])}?{presentation.query_of(question)}"
        if question
        else "",
        **_choices(asked, known),
        **_split(request, told, board, known),
    }


def _choices(asked: _Asked, known: Known) -> dict[str, Any]:
    """What may be chosen in the form above the figures."""
    question = asked.question
    groups = [
        {
            "label": dimension_word(known, dimension),
            "members": [
                {"value": presentation.place(dimension, member), "label": member or _("(empty)")}
                for member in found[:MEMBERS_OFFERED]
                if member
            ],
        }
        for dimension, found in asked.members.items()
    ]
    periods = {period.key: formats.period(period) for period in reversed(asked.ended[-PERIODS_OFFERED:])}
    if question:
        periods = {question.period.key: formats.period(question.period)} | periods
    own = {key: periods[key] for key in sorted(periods, reverse=True)}
    return {
        "grain": asked.grain,
        "grains": [(str(grain), grain_word(grain)) for grain in asked.view.grains],
        "periods": list(own.items()),
        "against_choices": [
            (name, _(presentation.AGAINST_WORDS[name])) for name in AGAINST if name != "peer" or groups
        ],
        "way_choices": [(name, _(presentation.WAY_WORDS[name])) for name in WAYS],
        "groups": [group for group in groups if group["members"]],
        "of": presentation.place(question.dimension, question.member) if question and question.member else "",
        "peer": presentation.place(question.dimension, question.peer) if question and question.peer else "",
        "via": ".".join(asked.via),
    }


def _split(request: HttpRequest, told: Answer | None, board: object, known: Known) -> dict[str, Any]:
    """The members of the dimension that was asked for, or of the first one."""
    if told is None or board is None or not splittable(told.question):
        return {"split": None}
    names = told.question.metric.dimensions
    dimension = request.GET.get("by", "") if request.GET.get("by") in names else names[0]
    found, currency = splitting(told, dimension), request.workspace.currency
    rows = presentation.member_rows(told, found.split, dimension, currency) if found.split else []
    return {
        "split": {
            "rows": rows,
            "reason": _(found.reason) if found.reason else "",
            "is_ratio": bool(found.split and found.split.is_ratio),
            "head": dimension_word(known, dimension),
            "tabs": [
                {
                    "label": dimension_word(known, name),
                    "url": presentation.url_of(told.question, by=name) + "#h-members",
                    "current": name == dimension,
                }
                for name in names
            ],
        }
    }
