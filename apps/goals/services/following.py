"""Key results that follow a metric: what it was in the newest period that ended becomes their value, by itself.

Only as long as their cycle is open, and only with periods that end within it: what a metric does later changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.goals.models import Cycle, KeyResult, KeyResultValue
from apps.goals.selectors.days import today
from apps.goals.selectors.key_results import following, points_of
from apps.goals.services.progress import recompute
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics
from apps.work.services import Claim
from apps.workspaces.scope import current_workspace

LOOK_BACK = 60
"""Periods of a metric that are read: enough for a day's metric to have a last value before a gap of a month."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """What a metric says for a key result: its newest value by the last day, and since when there has been none."""

    value: Decimal | None
    on: date | None
    no_data_since: date | None


def follow_metrics(claim: Claim) -> None:
    """Worker: bring every key result that follows a metric up to date. Running twice changes nothing."""
    with claim.completing():
        follow(now=timezone.now())


@transaction.atomic
def follow(*, now: datetime, key_result_ids: Iterable[UUID] | None = None) -> int:
    """Write what the metrics say into the key results that follow them; how many changed.

    Two queries for each grain and dimension that is followed, and a few for what changed.
    """
    day = today()
    found = following().select_related("objective__cycle")
    if key_result_ids is not None:
        found = found.filter(pk__in=list(key_result_ids))
    cycles = Cycle.objects.filter(pk__in=found.order_by().values("objective__cycle_id")).order_by("pk")
    still_open = {cycle.pk for cycle in cycles.select_for_update() if cycle.closed_at is None}
    found = found.filter(objective__cycle_id__in=still_open)
    rows = [row for row in found if row.objective.cycle.start <= day or row.value is None]
    changed = []
    for row, told in _told(rows, day):
        if (row.value, row.value_on, row.no_data_since) == (told.value, told.on, told.no_data_since):
            continue
        if (row.value, row.value_on) != (told.value, told.on) and told.on is not None:
            changed.append(KeyResultValue(key_result=row, value=told.value, on=told.on, source="metric"))
        row.value, row.value_on, row.no_data_since = told.value, told.on, told.no_data_since
        row.save(update_fields=["value", "value_on", "no_data_since"])
    KeyResultValue.objects.bulk_create(changed)
    recompute({row.objective_id for row in rows}, now=now)
    return len(changed)


def _told(rows: Sequence[KeyResult], day: date) -> list[tuple[KeyResult, Found]]:
    calendar, points = current_workspace().calendar, points_of(rows, last=LOOK_BACK)
    found = []
    for row in rows:
        last = calendar.shift(calendar.period_of(min(day, row.objective.cycle.due + _DAY), Grain(row.grain)), -1)
        found.append((row, newest(points[row.pk], last, calendar, row)))
    return found


def newest(points: Sequence[metrics.Point], last: Period, calendar: Calendar, row: KeyResult) -> Found:
    """The newest value of a period up to `last`, the newest that has ended within the cycle, and since when none came.

    That is said where a later period says itself that it has no data, and once two in a row are missing: the one that
    has just ended may still be on its way. Where nothing is found any more, what `row` held last stays.
    """
    ended = [point for point in points if not point.is_open and point.period.end <= last.end]
    held = next((point for point in reversed(ended) if point.value is not None), None)
    if held is None:
        gone = row.value_on + _DAY if row.value_on else (ended[0].period.start if ended else None)
        return Found(row.value, row.value_on, gone)
    gone = any(point.period.start >= held.period.end for point in ended)
    since = held.period.end if gone or calendar.shift(held.period, 2).end <= last.end else None
    return Found(held.value, held.period.end - _DAY, since)
