"""Month to date against where it should be today: the page of a region, a store, or the whole, made for a phone."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import requires
from apps.common import formats
from apps.metrics import selectors as metrics
from apps.metrics.presentation import dimension_word
from apps.targets import presentation
from apps.targets.domain import checks
from apps.targets.presentation import kept
from apps.targets.presentation import pacing as words
from apps.targets.selectors import pacing
from apps.targets.selectors.pacing import Place


@requires("targets.view")
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """All targets of one member, of one time; whose targets one answers for come up first."""
    return kept(request, "targets/progress.html", lambda: _progress(request))


def _progress(request: HttpRequest) -> dict[str, object]:
    today = request.workspace.calendar.today(now())
    day = _day(request.GET.get("on", "")) or today
    there = pacing.places(day, request.actor.id)
    place = _place(request.GET.get("of"), there)
    found = pacing.paced(place, day) if place else []
    past = pacing.past_dues(place, today) if place else []
    return {
        "cards": [words.card(each, request.workspace.currency) for each in found],
        "counts": _counts(found),
        "place": _named(place),
        "places": _choices(there, place, metrics.known()) if there else [],
        "periods": _periods(past, day, today),
        "day": "" if day == today else day.isoformat(),
        "leagues": any(each != Place() for each in there),
        "can_edit": request.actor.may("targets.edit"),
        "crumbs": [(_("Targets"), reverse("targets:list"))],
    }


def _day(text: str) -> date | None:
    """The day that was asked for; None for what is no day, or one of which there are no targets."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if checks.is_within_years(day) else None


def _place(asked: str | None, there: list[Place]) -> Place | None:
    """The place that was asked for, if it has a target; else the first."""
    first = there[0] if there else None
    return next((each for each in there if each.key == asked), first)


def _named(place: Place | None) -> str:
    return place.name if place and place != Place() else _("Everything")


def _choices(there: list[Place], chosen: Place | None, known: metrics.Known) -> list[dict[str, object]]:
    """The places by dimension, for a select."""
    groups: dict[str, list[dict[str, object]]] = {}
    for each in sorted(there, key=lambda place: (bool(place.team), place.dimension, place.name)):
        label = _("Teams") if each.team else dimension_word(known, each.dimension) if each.dimension else ""
        inner = {"value": each.key, "label": _named(each), "chosen": each == chosen}
        groups.setdefault(label, []).append(inner)
    return [{"label": label, "inner": inner} for label, inner in groups.items()]


def _periods(past: list[date], day: date, today: date) -> list[dict[str, object]]:
    """Now, and the times that are over."""
    if not past and day == today:
        return []
    days = sorted({*past, *([] if day == today else [day])}, reverse=True)
    return [{"value": "", "label": _("Now"), "chosen": day == today}] + [
        {"value": each.isoformat(), "label": _("until %(day)s") % {"day": formats.day(each)}, "chosen": each == day}
        for each in days
    ]


def _counts(found: list[pacing.Paced]) -> list[tuple[str, str, int]]:
    """How many stand how: a tone, its word, the number; only those there are."""
    names = [("bad", _("Off track")), ("warn", _("Slightly behind")), ("good", _("On track")), ("none", _("No status"))]
    told = [(tone, word, sum(1 for each in found if each.standing.status == tone)) for tone, word in names]
    return [each for each in told if each[2]]


@requires("targets.view")
@require_GET
def pace(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """One target day by day: its line drawn, what is expected, where it ends, what each day has to add."""
    return kept(request, "targets/pace.html", lambda: _pace(request, target_id))


def _pace(request: HttpRequest, target_id: UUID) -> dict[str, object]:
    found = pacing.paced_one(target_id)
    currency = request.workspace.currency
    made, beside = pacing.days_made(found), _beside(request, found)
    return {
        "card": words.card(found, currency),
        "figure": words.chart(found, made, currency, [mark for each in beside for mark in each.marks]),
        "added": [(each.template, each.context) for each in beside if each.template],
        "former_numbers": words.former_numbers(found.target),
        "title": presentation.named(found.metric.name, found.target),
        "sentence": presentation.terms_in_words(found.target, presentation.style_of(found.metric.unit, currency)),
        "state": presentation.state_piece(found.target),
        "target": found.target,
        "can_edit": request.actor.may("targets.edit"),
        "crumbs": [
            (_("Targets"), reverse("targets:list")),
            (_("Progress"), reverse("targets:progress") + "?" + urlencode({"of": pacing.place_of(found.target).key})),
        ],
    }


def _beside(request: HttpRequest, found: pacing.Paced) -> list[metrics.Beside]:
    """What other rooms know of the values this is judged by, such as what is done for them; of no values nothing."""
    if found.target.numbers is None:
        return []
    told = metrics.beside(found.series, request.actor)
    return [each for each in told if each.template != words.ON_METRIC]
