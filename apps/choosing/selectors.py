"""Read what a company wrote down while it chose its North Star."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.choosing.models import Acknowledgement, Adoption, Announcement, AnnouncementDraft, Sheet
from apps.goals import selectors as goals
from apps.kernel.issue import N_, NotHere
from apps.metrics import selectors as metrics
from apps.metrics.domain import words
from apps.targets import selectors as targets
from apps.targets.domain.kinds import Kind

MOST_NODES = 200
"""Nodes of the tree that an announcement keeps, top down."""


# --- trees of the library that were taken over ------------------------------------------------------------------------


def adoptions() -> list[Adoption]:
    """Every tree that was applied, newest first. One query."""
    return list(Adoption.objects.all()[:50])


def adoption_for(adoption_id: UUID) -> Adoption:
    """One of them; NotHere if there is none. One query."""
    found = Adoption.objects.filter(pk=adoption_id).first()
    if found is None:
        raise NotHere(N_("Nothing was applied under this number."))
    return found


# --- the three tests --------------------------------------------------------------------------------------------------


def sheets_of(metric_id: UUID) -> list[Sheet]:
    """Every sheet of a metric, newest first. One query."""
    return list(Sheet.objects.filter(metric_id=metric_id))


def newest_sheets(metric_ids: Iterable[UUID] | None = None) -> dict[UUID, Sheet]:
    """The newest sheet of each metric that has one. One query."""
    rows = Sheet.objects.order_by("metric_id", "-judged_at").distinct("metric_id")
    if metric_ids is not None:
        rows = rows.filter(metric_id__in=list(metric_ids))
    return {row.metric_id: row for row in rows}


# --- the announcement -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Readers:
    """Who has read a version, and who of the active people has not."""

    read: list[Acknowledgement]
    unread: list[Any]


def latest_announcement() -> Announcement | None:
    """What is published now. One query."""
    return Announcement.objects.first()


def announcements() -> list[Announcement]:
    """Every version, newest first, without its facts. One query."""
    return list(Announcement.objects.defer("facts"))


def announcement_for(number: int) -> Announcement:
    """One version; NotHere if there is none. One query."""
    found = Announcement.objects.filter(number=number).first()
    if found is None:
        raise NotHere(N_("There is no such announcement."))
    return found


def draft() -> AnnouncementDraft | None:
    """The text that is being written, if any. One query."""
    return AnnouncementDraft.objects.first()


def has_read(announcement: Announcement, person: UUID) -> Acknowledgement | None:
    """When somebody said that they have read it. One query."""
    return Acknowledgement.objects.filter(announcement=announcement, person=person).first()


def readers_of(announcement: Announcement) -> Readers:
    """Who has read it and who has not yet. Two queries."""
    read = list(announcement.acknowledgements.all())
    done = {each.person for each in read}
    return Readers(read, [person for person in accounts.active_people() if person.pk not in done])


def unread(actor: Actor) -> int | None:
    """The number of the newest announcement, if this person has not said yet that they read it. One query."""
    mine = Acknowledgement.objects.filter(announcement=OuterRef("pk"), person=actor.id)
    newest = Announcement.objects.annotate(mine=Exists(mine)).values_list("number", "mine").first()
    return newest[0] if newest and not newest[1] else None


def facts_now() -> dict[str, Any] | None:
    """What an announcement says as of now, as plain JSON in both languages; None without a North Star. Six queries."""
    star = metrics.north_star()
    if star is None:
        return None
    metric, known = star.metric, metrics.known()
    target = targets.target_for(metric.id, star.grain)
    sheet = newest_sheets([metric.id]).get(metric.id)
    root = metrics.tree()
    return {
        "metric": metric.key,
        "name": _names(metric),
        "grain": star.grain.value,
        "version": metric.version_number,
        "sentence": {language: words.in_words(metric.definition, language, known) for language in ("en", "zh")},
        "unit": metric.unit.model_dump(mode="json"),
        "target": _target(target) if target and target.kind == Kind.LEVEL else None,
        "sheet": _sheet(sheet) if sheet else None,
        "tree": _nodes(root)[:MOST_NODES] if root and root.metric.id == metric.id else [],
    }


def under_way(facts: dict[str, Any]) -> list[tuple[metrics.MetricView, goals.InitiativeView]]:
    """What is planned or runs today for the metrics of an announcement, in the order of its tree. Two queries."""
    views = {view.key: view for view in metrics.metrics()}
    keys = dict.fromkeys([facts["metric"], *(node["key"] for node in facts["tree"])])
    named = [views[key] for key in keys if key in views]
    plans = goals.initiatives_of([view.id for view in named], goals.today())
    return [(view, plan) for view in named for plan in plans.get(view.id, ())]


def stamp_of(facts: dict[str, Any] | None) -> str:
    """Another one as soon as the North Star, or its target, is another; a new tree or sheet does not make it so."""
    told = {name: facts[name] for name in ("metric", "grain", "target")} if facts else None
    if told and told["target"]:
        told["target"] = {name: value for name, value in told["target"].items() if name != "owner"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _names(metric: metrics.MetricView) -> dict[str, str]:
    name = metric.definition.name
    return {"en": name.text("en"), "zh": name.text("zh")}


def _target(target: targets.Target) -> dict[str, str]:
    return {
        "baseline": f"{target.baseline.normalize():f}",
        "goal": f"{target.goal.normalize():f}",
        "start": target.start.isoformat(),
        "due": target.due.isoformat(),
        "owner": target.owner_name,
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    told: dict[str, Any] = {"by": sheet.judged_by_name, "at": timezone.localdate(sheet.judged_at).isoformat()}
    for name in ("value", "revenue", "sustainable"):
        told[name] = {"score": getattr(sheet, name), "evidence": getattr(sheet, f"{name}_evidence")}
    return told


def _nodes(node: metrics.NodeView) -> list[dict[str, Any]]:
    """The tree top down, each with its depth, its link and who looks after it."""
    return [
        {
            "key": each.key,
            "name": _names(each.metric),
            "depth": each.depth,
            "link": each.link,
            "operator": each.operator,
            "owner": each.metric.owner_name,
        }
        for each in node.walk()
    ]
