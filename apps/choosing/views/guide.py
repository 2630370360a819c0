"""The guided choice: three questions, one at a time; the answers stand in the address, so that back works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.choosing import presentation
from apps.choosing.domain.cautions import CAUTIONS
from apps.choosing.domain.guide import ACTS, ASKS, BUSINESSES, CARS, Answers, answers, recommend
from apps.choosing.domain.library import library
from apps.common.access import requires
from apps.kernel.issue import N_
from apps.metrics.selectors import north_star

QUESTIONS = (
    ("business", N_("Business model"), N_("What is your business?"), N_("It decides which numbers can work at all.")),
    ("ask", N_("The chief executive"), N_("What does the chief executive ask about?"),
     N_("The question that comes first in every meeting.")),
    ("act", N_("The team"), N_("What can the team understand and act on?"),
     N_("A number nobody can explain moves nobody.")),
)  # fmt: skip


@requires("metrics.view")
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """The next open question, the one that is asked for again, or the recommendation."""
    given = answers(*(request.GET.get(name, "") for name, *_rest in QUESTIONS))
    told = {name: getattr(given, name) for name, *_rest in QUESTIONS}
    asked = request.GET.get("change", "")
    if given.complete and asked not in told:
        return _result(request, given, told)
    step = next((at for at, (name, *_rest) in enumerate(QUESTIONS) if name == asked or not (asked or told[name])), 0)
    name, _short, question, hint = QUESTIONS[step]
    context = {
        "steps": _steps(told, name),
        "name": name,
        "question": _(question),
        "hint": _(hint),
        "groups": _choices(name),
        "chosen": told[name],
        "others": [(other, value) for other, value in told.items() if other != name and value],
        "back": _address(told, change=QUESTIONS[step - 1][0]) if step else "",
        "last": step == len(QUESTIONS) - 1,
        "missed": name in request.GET and not told[name],
    }
    return render(request, "choosing/guide.html", context)


def _result(request: HttpRequest, given: Answers, told: Mapping[str, str]) -> HttpResponse:
    found = recommend(given, list(library().values()))
    front, language = found.template.front, get_language()
    context = {
        "steps": _steps(told, ""),
        "card": presentation.card(found.template),
        "why": front.why.text(language),
        "reasons": [_(reason) for reason in found.reasons],
        "care": [_(reason) for reason in found.care],
        "runner": presentation.card(found.runner_up),
        "why_not": [_(reason) for reason in found.why_not],
        "rows": presentation.tree_rows(found.template),
        "answered": _answered(told),
        "may_use": request.actor.may("metrics.edit"),
        "star": north_star(),
        "cautions": [presentation.caution_row(caution) for caution in CAUTIONS],
        "restart": reverse("choosing:guide"),
    }
    return render(request, "choosing/guide_result.html", context)


def _steps(told: Mapping[str, str], current: str) -> list[dict[str, str]]:
    return [
        {
            "label": _(short),
            "state": "current" if name == current else "done" if told[name] else "todo",
            "url": _address(told, change=name) if told[name] and name != current else "",
        }
        for name, short, _question, _hint in QUESTIONS
    ]


def _answered(told: Mapping[str, str]) -> list[dict[str, str]]:
    choices: dict[str, Mapping[Any, tuple[str, str]]] = {"business": BUSINESSES, "ask": ASKS, "act": ACTS}
    return [
        {"question": _(question), "answer": _(choices[name][told[name]][0]), "url": _address(told, change=name)}
        for name, _short, question, _hint in QUESTIONS
    ]


def _choices(name: str) -> list[dict[str, Any]]:
    if name == "business":
        cars = [_choice(key, BUSINESSES[key]) for key in CARS]
        others = [_choice(key, told) for key, told in BUSINESSES.items() if key not in CARS]
        return [{"title": _("Cars"), "choices": cars}, {"title": _("Other industries"), "choices": others}]
    return [{"title": "", "choices": [_choice(key, told) for key, told in (ASKS if name == "ask" else ACTS).items()]}]


def _choice(key: str, told: tuple[str, str]) -> dict[str, str]:
    return {"key": key, "label": _(told[0]), "hint": _(told[1])}


def _address(told: Mapping[str, str], *, change: str) -> str:
    kept = {name: value for name, value in told.items() if value}
    return f"{reverse('choosing:guide')}?{urlencode({**kept, 'change': change})}"
