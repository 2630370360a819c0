"""Initiatives as a list or a board: searched, filtered, sorted, counted by the database. Fixed numbers of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from apps.accounts import selectors as accounts
from apps.goals.domain.plan import OPEN, Stand
from apps.goals.models import Initiative
from apps.goals.selectors.initiatives import ENDED, seen_by
from apps.goals.selectors.people import Reader

OPEN_ONES = "open"
ORDER = (Stand.LATE, Stand.RUNNING, Stand.PLANNED, Stand.DONE, Stand.STOPPED)
"""What needs somebody first."""
COLUMNS = (Stand.PLANNED, Stand.RUNNING, Stand.LATE, Stand.DONE, Stand.STOPPED)
SORTS = {
    "stand": ("order", "due", "title"),
    "title": ("title", "due"),
    "owner": ("owner_name", "due", "title"),
    "start": ("start", "title"),
    "due": ("due", "title"),
    "cost": (F("cost").desc(nulls_last=True), "due", "title"),
    "verdict": ("verdict_order", "due", "title"),
}
VERDICTS = ("better", "worse", "noise", "early", "nothing")


@dataclass(frozen=True)
class Asked:
    """What a person looks for. `metric_ids` are those whose name holds the words searched for."""

    q: str = ""
    stand: str = ""
    owner: UUID | None = None
    team: UUID | None = None
    metric: UUID | None = None
    verdict: str = ""
    metric_ids: frozenset[UUID] = frozenset()
    sort: str = "stand"


def found(reader: Reader, asked: Asked, day: date) -> QuerySet[Initiative]:
    """Those that are asked for, each with `stand` as of the day, in the order asked for. Lazy: one query when read.

    Filtering by a team takes those whose owner is in it or in a team below, and one query more.
    """
    rows = with_stand(seen_by(reader), day)
    if asked.q:
        words = Q(metric_id__in=asked.metric_ids) | Q(key_result__title__icontains=asked.q)
        for name in ("title", "owner_name", "member", "what"):
            words |= Q(**{f"{name}__icontains": asked.q})
        rows = rows.filter(words)
    if asked.stand:
        rows = rows.filter(stand__in=[str(each) for each in OPEN] if asked.stand == OPEN_ONES else [asked.stand])
    if asked.owner:
        rows = rows.filter(owner_id=asked.owner)
    if asked.team:
        rows = rows.filter(owner_id__in=accounts.people_in(reader.below(asked.team), day))
    if asked.metric:
        rows = rows.filter(metric_id=asked.metric)
    if asked.verdict:
        rows = rows.filter(verdict=asked.verdict)
    return rows.order_by(*SORTS.get(asked.sort, SORTS["stand"]), "pk")


def with_stand(rows: QuerySet[Initiative], day: date) -> QuerySet[Initiative]:
    """The same rule as `domain.plan.stand`, said to the database."""
    stand = Case(
        When(status__in=ENDED, ended_on__lte=day, then=F("status")),
        When(due__lt=day, then=Value(str(Stand.LATE))),
        When(Q(status=Initiative.Status.PLANNED) | Q(start__gt=day), then=Value(str(Stand.PLANNED))),
        default=Value(str(Stand.RUNNING)),
    )
    order = Case(*(When(stand=str(each), then=Value(at)) for at, each in enumerate(ORDER)), default=Value(9))
    judged = Case(*(When(verdict=each, then=Value(at)) for at, each in enumerate(VERDICTS)), default=Value(9))
    return rows.annotate(stand=stand).annotate(order=order, verdict_order=judged)


def counts(rows: QuerySet[Initiative]) -> dict[str, int]:
    """How many of them stand where. One query."""
    told = rows.order_by().values_list("stand").annotate(n=Count("pk"))
    return dict(told)


def columns(rows: QuerySet[Initiative], most: int) -> dict[Stand, list[Initiative]]:
    """The first `most` of each column of a board; of what has ended, the newest. One query."""
    place = Window(
        RowNumber(),
        partition_by=[F("stand")],
        order_by=[F("ended_on").desc(nulls_last=True), F("due").asc(), F("pk").asc()],
    )
    held: dict[Stand, list[Initiative]] = {each: [] for each in COLUMNS}
    for row in rows.annotate(place=place).filter(place__lte=most).order_by("place"):
        held[Stand(row.stand)].append(row)
    return held


def owners(reader: Reader) -> list[tuple[UUID, str]]:
    """Who has any, by name. One query."""
    rows = seen_by(reader).filter(owner_id__isnull=False).order_by("owner_name")
    return list(dict(rows.values_list("owner_id", "owner_name").distinct()).items())


def metrics_with_any(reader: Reader) -> set[UUID]:
    """The metrics that any is for. One query."""
    return set(seen_by(reader).filter(metric__isnull=False).order_by().values_list("metric_id", flat=True).distinct())


def teams(reader: Reader) -> Iterable[tuple[UUID, str]]:
    """The teams there are, by name. No query."""
    lines = [line for line in reader.teams.values() if not line.archived]
    return sorted(((line.id, line.name) for line in lines), key=lambda each: each[1].casefold())
