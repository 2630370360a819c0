"""The announcement: read it, say so; write it, publish it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.choosing import selectors, services
from apps.choosing.domain.sheet import TESTS
from apps.choosing.forms import AnnouncementForm
from apps.choosing.models import Announcement
from apps.common import formats
from apps.common.access import requires
from apps.common.middleware import tell
from apps.goals import presentation as doing
from apps.kernel.issue import Refusal
from apps.metrics.domain.parts import Unit
from apps.metrics.presentation import grain_word, style_of


@requires("home.view")
@require_GET
def announcement(request: HttpRequest) -> HttpResponse:
    """The newest version, and for those who publish, who has read it."""
    return _shown(request, selectors.latest_announcement(), newest=True)


@requires("home.view")
@require_GET
def version(request: HttpRequest, number: int) -> HttpResponse:
    """An earlier version, as it was published."""
    found = selectors.announcement_for(number)
    latest = selectors.latest_announcement()
    return _shown(request, found, newest=latest is not None and latest.pk == found.pk)


def _shown(request: HttpRequest, found: Announcement | None, *, newest: bool) -> HttpResponse:
    may_publish = request.actor.may("north_star.choose")
    facts = selectors.facts_now() if may_publish or newest else None
    context: dict[str, Any] = {
        "announcement": found,
        "newest": newest,
        "may_publish": may_publish,
        "may_actions": request.actor.may("initiatives.view"),
        "has_star": facts is not None,
        "draft": selectors.draft() if may_publish else None,
        "crumbs": [(_("North Star"), reverse("choosing:north_star"))],
    }
    if found is not None:
        context |= {
            "told": told(found.facts, request.workspace.currency),
            "read": selectors.has_read(found, request.actor.id),
            "stale": newest and found.stamp != selectors.stamp_of(facts),
            "now": told(facts, request.workspace.currency) if facts else None,
            "versions": selectors.announcements(),
            "actions": _actions(found.facts) if newest else [],
            "readers": selectors.readers_of(found) if may_publish else None,
        }
    return render(request, "choosing/announcement.html", context)


def _actions(facts: dict[str, Any]) -> list[dict[str, str]]:
    """What is being done for it today: the announcement keeps the facts of its day, what is done goes on."""
    return [
        {
            "title": plan.title,
            "url": plan.url,
            "tone": doing.tone(plan),
            "stand": doing.word(plan),
            "about": " · ".join(each for each in (metric.name, plan.member, plan.owner_name, doing.days(plan)) if each),
        }
        for metric, plan in selectors.under_way(facts)
    ]


@requires("north_star.choose")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The draft: keep it, or publish it."""
    kept, latest = selectors.draft(), selectors.latest_announcement()
    start = {"seen": kept.revision if kept else 0, **_start(kept, latest)}
    form = AnnouncementForm(request.POST or None, initial=start)
    status = 200
    if form.is_bound and form.is_valid():
        answer = _kept(request, form)
        if answer is not None:
            return answer
    if form.is_bound:
        status = 422
    facts = selectors.facts_now()
    context = {
        "form": form,
        "kept": kept,
        "theirs": kept if form.is_bound else None,
        "seen": kept.revision if kept else 0,
        "after": latest.number if latest else 0,
        "told": told(facts, request.workspace.currency) if facts else None,
        "crumbs": [
            (_("North Star"), reverse("choosing:north_star")),
            (_("Announcement"), reverse("choosing:announcement")),
        ],
    }
    return render(request, "choosing/announcement_edit.html", context, status=status)


def _start(kept: Any, latest: Announcement | None) -> dict[str, str]:
    """What the form begins with: the draft, else the text of before, else why the North Star was chosen."""
    for source in (kept, latest):
        if source is not None:
            return {"why": source.why, "teams": source.teams}
    from apps.metrics.selectors import north_star

    star = north_star()
    return {"why": star.reason if star else "", "teams": ""}


def _kept(request: HttpRequest, form: AnnouncementForm) -> HttpResponse | None:
    typed = form.cleaned_data
    texts = {"why": typed["why"], "teams": typed["teams"], "seen": typed["seen"] or 0}
    try:
        if request.POST.get("act") == "publish":
            services.publish(actor=request.actor, **texts, after=typed["after"] or 0)
            tell(request, _("It is published. Everybody is asked to read it."))
            return redirect("choosing:announcement")
        services.save_draft(actor=request.actor, **texts)
    except Refusal as refusal:
        form.put(refusal)
        return None
    tell(request, _("The draft is kept. Nobody else sees it but those who may publish."))
    return redirect("choosing:edit_announcement")


@requires("home.view")
@require_POST
def read(request: HttpRequest, number: int) -> HttpResponse:
    """Somebody has read it."""
    try:
        services.acknowledge(actor=request.actor, number=number)
    except Refusal as refusal:
        tell(request, refusal.in_words(_))
    else:
        tell(request, _("Thank you. It is noted that you have read it."))
    return redirect("choosing:announcement")


def told(facts: dict[str, Any], currency: str) -> dict[str, Any]:
    """Facts of an announcement, written out in the active language."""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    style = style_of(Unit.model_validate(facts["unit"]), currency)
    unit = Unit.model_validate(facts["unit"])
    target, sheet = facts["target"], facts["sheet"]
    return {
        "key": facts["metric"],
        "name": facts["name"][language],
        "sentence": facts["sentence"][language],
        "grain": grain_word(facts["grain"]),
        "unit": unit.suffix.text(language) if unit.suffix else "",
        "target": _target(target, style) if target else None,
        "tests": [
            {"name": _(test.name), "score": sheet[name]["score"], "evidence": sheet[name]["evidence"]}
            for name, test in TESTS.items()
        ]
        if sheet
        else [],
        "sheet_by": sheet["by"] if sheet else "",
        "sheet_at": date.fromisoformat(sheet["at"]) if sheet else None,
        "rows": [
            {
                "name": node["name"][language],
                "depth": node["depth"],
                "indent": "x" * min(node["depth"], 4),
                "sign": node["operator"],
                "influence": node["link"] == "influence" and node["depth"] > 0,
                "star": node["depth"] == 0,
                "owner": node["owner"],
            }
            for node in facts["tree"]
        ],
    }


def _target(target: dict[str, str], style: formats.Style) -> dict[str, Any]:
    baseline, goal = Decimal(target["baseline"]), Decimal(target["goal"])
    return {
        "baseline": style.full(baseline),
        "goal": style.full(goal),
        "change": _share((goal - baseline) / abs(baseline)) if baseline else "",
        "start": date.fromisoformat(target["start"]),
        "due": date.fromisoformat(target["due"]),
        "owner": target["owner"],
    }


def _share(change: Decimal) -> str:
    """How far the goal is from the start: "+31.0%"."""
    return formats.signed(formats.percent(abs(change)), change)
