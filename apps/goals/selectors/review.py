"""How a cycle went. Of private objectives only one's own are in it: in no list, no count and no file of anybody else.

Fixed numbers of queries, however many objectives; what is long is cut in the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from apps.goals.domain import cycles as rules
from apps.goals.domain import review, scoring
from apps.goals.domain.review import Reached, Scored, Summary
from apps.goals.models import CheckIn, Cycle, Initiative, KeyResult, Objective
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader

MOST = 10


@dataclass(frozen=True)
class Line:
    """An objective as a review reads it. As long as the cycle is open its computed score is that of today."""

    id: UUID
    level: str
    kind: str
    team_id: UUID | None
    team: str
    scored: Scored


@dataclass(frozen=True)
class Past:
    """The cycle before, of the same kind: how it went."""

    cycle: Cycle
    all: Summary
    reached: Reached


@dataclass(frozen=True)
class Review:
    """A cycle in figures: all of it, by level, by team, by kind; its key results; and the cycle before."""

    cycle: Cycle
    all: Summary
    by_level: dict[object, Summary]
    by_team: dict[object, Summary]
    by_kind: dict[object, Summary]
    reached: Reached
    past: Past | None


def own(reader: Reader, prefix: str = "") -> Q:
    """Objectives that are open to all, and the reader's own private ones."""
    return Q(**{f"{prefix}private": False}) | Q(**{f"{prefix}owner_id": reader.actor.id})


def objectives_of(reader: Reader, cycle: Cycle) -> QuerySet[Objective]:
    """The objectives of a cycle that are not dropped, in their order. Lazy."""
    return Objective.objects.filter(own(reader), cycle=cycle, dropped_at__isnull=True).order_by(
        "level", "team__name", "position", "created_at"
    )


def key_results_of(reader: Reader, cycle: Cycle) -> QuerySet[KeyResult]:
    """Their key results that are not dropped. Lazy."""
    return KeyResult.objects.filter(
        own(reader, "objective__"), objective__cycle=cycle, objective__dropped_at__isnull=True, dropped_at__isnull=True
    )


def review_of(reader: Reader, cycle: Cycle, every: Iterable[Cycle]) -> Review:
    """Two queries; four with a cycle before."""
    lines = _lines(reader, cycle)
    before = former(cycle, every)
    past = None
    if before is not None:
        past = Past(before, review.summary(line.scored for line in _lines(reader, before)), _reached(reader, before))
    return Review(
        cycle=cycle,
        all=review.summary(line.scored for line in lines),
        by_level=review.by_group((line.level, line.scored) for line in lines),
        by_team=review.by_group(((line.team_id, line.team), line.scored) for line in lines if line.team_id),
        by_kind=review.by_group((line.kind, line.scored) for line in lines),
        reached=_reached(reader, cycle),
        past=past,
    )


def former(cycle: Cycle, every: Iterable[Cycle]) -> Cycle | None:
    """The last one of the same kind that was over when this one began. No query."""
    before = [each for each in every if each.kind == cycle.kind and each.due < cycle.start]
    return max(before, key=lambda each: each.due, default=None)


def _lines(reader: Reader, cycle: Cycle) -> list[Line]:
    names = ("pk", "level", "kind", "team_id", "team__name", "progress", "score_computed", "score_judged")
    rows = objectives_of(reader, cycle).values_list(*names)
    return [
        Line(pk, level, kind, team_id, team or "", Scored(computed_score(cycle, progress, computed), judged))
        for pk, level, kind, team_id, team, progress, computed, judged in rows
    ]


def computed_score(cycle: Cycle, progress: Decimal | None, stored: Decimal | None) -> Decimal | None:
    """What was computed when the cycle was closed; as long as it is open what it would be today."""
    if cycle.closed_at is not None or progress is None:
        return stored if cycle.closed_at is not None else None
    return scoring.score(progress)


def _reached(reader: Reader, cycle: Cycle) -> Reached:
    frozen = "frozen_progress" if cycle.closed_at else "progress"
    return review.reached(key_results_of(reader, cycle).values_list(frozen, flat=True))


def is_provisional(cycle: Cycle, on: date | None = None) -> bool:
    """Whether its figures can still change."""
    told = rules.stand(start=cycle.start, due=cycle.due, closed=cycle.closed_at is not None, on=on or today())
    return told is not rules.Stand.CLOSED


def judged(reader: Reader, cycle: Cycle) -> QuerySet[Objective]:
    """Those that somebody judged otherwise than they were computed, the widest apart first is up to the page. Lazy."""
    return objectives_of(reader, cycle).filter(score_judged__isnull=False).select_related("team")


def carried(reader: Reader, cycle: Cycle) -> QuerySet[Objective]:
    """Those that were carried over into a later cycle, with the name of it. Lazy."""
    return (
        objectives_of(reader, cycle)
        .filter(carried_to__isnull=False)
        .select_related("team")
        .annotate(into=Max("carried_to__cycle__name"))
    )


def brought(reader: Reader, cycle: Cycle) -> int:
    """How many came over from an earlier cycle. One query."""
    return objectives_of(reader, cycle).filter(carried_from__isnull=False).count()


def blocked(reader: Reader, cycle: Cycle) -> list[KeyResult]:
    """The key results that were in the way of something most often, with how often, and the last word. Two queries."""
    said = ~Q(checkins__blockers="")
    rows = key_results_of(reader, cycle).select_related("objective__team")
    found = list(
        rows.annotate(times=Count("checkins", filter=said)).filter(times__gt=0).order_by("-times", "title")[:MOST]
    )
    last = CheckIn.objects.filter(key_result__in=[row.pk for row in found]).exclude(blockers="")
    words = {row.key_result_id: row.blockers for row in last.order_by("on", "at")}
    for row in found:
        row.last_blockers = words.get(row.pk, "")
    return found


def check_ins_of(reader: Reader, cycle: Cycle) -> QuerySet[CheckIn]:
    """Every check-in of the cycle, the oldest first. Lazy."""
    rows = CheckIn.objects.filter(
        own(reader, "key_result__objective__"), key_result__objective__cycle=cycle,
        key_result__objective__dropped_at__isnull=True, key_result__dropped_at__isnull=True,
    )  # fmt: skip
    return rows.select_related("key_result__objective").order_by("on", "at")


def silent(reader: Reader, cycle: Cycle) -> int:
    """How many key results nobody ever checked in. One query."""
    return key_results_of(reader, cycle).filter(checkins__isnull=True).count()


def initiatives_of(reader: Reader, cycle: Cycle) -> QuerySet[Initiative]:
    """What was done for its key results. Lazy."""
    rows = Initiative.objects.filter(own(reader, "key_result__objective__"), key_result__objective__cycle=cycle)
    return rows.select_related("key_result__objective", "metric").order_by("start", "title")
