"""What several pages of targets share."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.selectors import teams_in_use
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.metrics.selectors import MetricView
from apps.targets import presentation, selectors
from apps.targets.models import Target

PER_PAGE = 50
TEAM = "team"


def crumbs() -> list[tuple[str, str]]:
    return [(_("Targets"), reverse("targets:list"))]


def doors(request: HttpRequest) -> dict[str, object]:
    """What this person may open from here."""
    may_define = request.actor.may("metrics.edit")
    return {
        "can_edit": request.actor.may("targets.edit"),
        "can_approve": request.actor.may("targets.approve"),
        "define_url": reverse("metrics:new") if may_define else "",
    }


def past(target: Target, metric: MetricView, currency: str) -> dict[str, object]:
    """A target in words, in force or not."""
    return {
        "target": target,
        "name": presentation.named(metric.name, target),
        "sentence": presentation.terms_in_words(target, style_of(metric.unit, currency)),
        "periods": presentation.periods_words(selectors.course_of(target)),
        "state": presentation.state_piece(target),
    }


def part_choices(metric: MetricView, grain: object) -> list[tuple[str, list[tuple[str, str]]]]:
    """For whom a target of a metric can be: members of its dimensions, and teams. Two queries."""
    splits = metrics.splits_of(metric, grain)
    found = [
        (dimension, [(f"{dimension}:{member}", member) for member in members if member][:500])
        for dimension, members in splits.items()
    ]
    teams = [(f"{TEAM}:{team.pk}", team.name) for team in teams_in_use()]
    return [(label, choices) for label, choices in [*found, (_("Teams"), teams)] if choices]


def part_asked(text: str, metric: MetricView) -> dict[str, object]:
    """The member or team of an address, as arguments of `services.set_target`; nothing for the whole company."""
    name, _colon, value = text.partition(":")
    if name == TEAM and value and TEAM not in metric.dimensions:
        try:
            return {"team_id": UUID(value)}
        except ValueError:
            return {}
    return {"dimension": name, "member": value} if name in metric.dimensions else {}


def part_of(target: Target) -> str:
    """The part of a target as it stands in an address."""
    if target.team_id:
        return f"{TEAM}:{target.team_id}"
    return f"{target.dimension}:{target.member}" if target.dimension else ""
