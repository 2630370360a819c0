"""How many check-ins of a cycle were missed, and where most of them: counted for a whole company, so that no key result
and no check-in is read whole that is not shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from django.db.models import Case, When
from django.db.models.functions import Greatest, TruncDate

from apps.accounts import selectors as accounts
from apps.goals.domain import cadence
from apps.goals.domain.cadence import Tally
from apps.goals.models import CheckIn, Cycle, KeyResult, Objective
from apps.goals.selectors.checkins import cadences, slots_of
from apps.goals.selectors.days import today, zone
from apps.goals.selectors.people import Reader
from apps.goals.selectors.review import key_results_of

MOST = 5
LATE = timedelta(days=31)
"""So long after its last day every check-in of a cycle has been made or missed."""
NAMES = ("pk", "made_on", "objective__level", "objective__team_id", "objective__owner_id", "owner_id")


@dataclass(frozen=True)
class Line:
    """A key result of which check-ins were missed."""

    key_result: KeyResult
    due: int
    missed: int


@dataclass(frozen=True)
class Missed:
    """Of the check-ins that were due so far how many were missed, and the key results that missed most."""

    due: int
    missed: int
    worst: tuple[Line, ...]


def missed(reader: Reader, cycle: Cycle) -> Missed:
    """Of what the reader sees. Five queries."""
    on = min(today(), cycle.due + LATE)
    found = key_results_of(reader, cycle).annotate(made_on=TruncDate("created_at", tzinfo=zone()))
    rows = list(found.values_list(*NAMES))
    said = _days(cycle)
    tallies = _tallies(reader, cycle, [(*row, min(said.get(row[0], ()), default=row[1])) for row in rows], on)
    told = {row[0]: each.count(said.get(row[0], ())) for row, each in zip(rows, tallies, strict=True)}
    return Missed(
        sum(due for due, _gone in told.values()), sum(gone for _due, gone in told.values()), _worst(told)
    )  # fmt: skip


def _tallies(reader: Reader, cycle: Cycle, rows: Sequence[tuple], on: date) -> list[Tally]:
    """What is due of each key result: by the cadence of its team, from the day on that it is there or was checked in
    first."""
    rules = cadences(reader.teams)
    first = accounts.first_team_of({of or own for _pk, _made, _level, _team, of, own, _said in rows}, on)
    source = cache(rules.source)
    kept: dict[tuple[UUID | None, date], Tally] = {}
    found = []
    for _pk, made, level, own_team, of, _own, said in rows:
        team = own_team if level == Objective.Level.TEAM else first.get(of) if level == Objective.Level.PERSON else None
        since = max(min(made, said), cycle.start)
        key = (source(team), since)
        if key not in kept:
            kept[key] = cadence.tally(slots_of(rules.of(team), cycle, since), on)
        found.append(kept[key])
    return found


def _days(cycle: Cycle) -> dict[UUID, list[date]]:
    """The days that check-ins of a cycle answer (`cadence.counts_on`), by key result. One query."""
    late = When(on=cycle.due, then=Greatest("on", TruncDate("at", tzinfo=zone())))
    rows = CheckIn.objects.filter(key_result__objective__cycle=cycle).annotate(day=Case(late, default="on"))
    found: dict[UUID, list[date]] = defaultdict(list)
    for pk, day in rows.values_list("key_result_id", "day"):
        found[pk].append(day)
    return found


def _worst(told: dict[UUID, tuple[int, int]]) -> tuple[Line, ...]:
    """Those that missed most, each with how many. One query."""
    most = sorted((pk for pk, (_due, gone) in told.items() if gone), key=lambda pk: (-told[pk][1], told[pk][0], pk))
    rows = KeyResult.objects.filter(pk__in=most[:MOST]).select_related("objective")
    lines = [Line(row, *told[row.pk]) for row in rows]
    return tuple(sorted(lines, key=lambda line: (-line.missed, line.due, line.key_result.title)))
