"""The only place that stores progress: what key results are, what their objectives make of it, and so on up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.goals.domain import progress as rules
from apps.goals.domain.cadence import counts_on, told_at
from apps.goals.domain.progress import Kind, Measure, Part, RangeRule, Rollup
from apps.goals.models import KeyResult, KeyResultValue, Milestone, Objective
from apps.goals.selectors import checkins
from apps.goals.selectors.days import today, zone
from apps.goals.selectors.key_results import points_of
from apps.kernel.numbers import divide
from apps.metrics.services import new_edition

LARGEST = Decimal(10) ** 12
"""A progress that is further out than that is stored as that: nobody reads more."""
PLACES = Decimal(1).scaleb(-12)
MOST_LEVELS = 50
"""So far up progress is carried: no company has more levels, and a circle, should there be one, ends."""


def measure_of(row: KeyResult) -> Measure:
    """What a stored key result is measured by."""
    return Measure(
        kind=Kind(row.kind),
        start=row.start,
        goal=row.goal,
        low=row.low,
        high=row.high,
        tolerance=row.tolerance,
        rule=RangeRule(row.range_rule) if row.range_rule else None,
    )


def stored(share: Fraction | None) -> Decimal | None:
    """A share as it is kept: 12 digits after the point."""
    if share is None:
        return None
    exact = divide(share.numerator, share.denominator)
    assert exact is not None  # noqa: S101  (a fraction has no denominator of 0)
    return max(min(exact, LARGEST), -LARGEST).quantize(PLACES)


@transaction.atomic
def record_value(
    *,
    key_result: KeyResult,
    value: Decimal | None,
    on: date,
    source: str,
    now: datetime,
    by: UUID | None = None,
    by_name: str = "",
    note: str = "",
) -> KeyResultValue:
    """Write a value of a key result into its history, make it the present one if it is the newest, and recompute.

    Whether somebody may, and whether the cycle is open, has been seen to (`holding.hold_key_result`).
    """
    row = KeyResultValue.objects.create(
        key_result=key_result, value=value, on=on, source=source, by=by, by_name=by_name[:120], note=note[:500]
    )
    if value is not None and (key_result.value_on is None or on >= key_result.value_on):
        key_result.value, key_result.value_on, key_result.no_data_since = value, on, None
        key_result.save(update_fields=["value", "value_on", "no_data_since"])
    recompute([key_result.objective_id], now=now)
    key_result.refresh_from_db(fields=["progress"])
    return row


def recompute(objective_ids: Iterable[UUID], *, now: datetime, on: date | None = None) -> None:
    """Store the progress of objectives' key results, of the objectives, and of all that these contribute to.

    Each level is reckoned after the one below it, one that was asked for itself once more. Nothing of a closed cycle is
    touched; what is above is held while it is reckoned: neither another child nor the closing of its cycle comes
    between. Six queries and some five for each level above, however many objectives.
    """
    day = on or today()
    rows = list(
        Objective.objects.filter(pk__in=set(objective_ids), cycle__closed_at__isnull=True).select_related("cycle")
    )
    if not rows:
        return
    _store_key_results(rows, day)
    for _level in range(MOST_LEVELS):
        _store_objectives(rows, now)
        above = {row.parent_id for row in rows if row.parent_id and row.alignment == Objective.Alignment.CONTRIBUTES}
        held = list(
            Objective.objects.select_for_update().filter(pk__in=above).order_by("pk").values_list("pk", flat=True)
        )
        rows = list(  # read anew: one in another cycle may have been closed while this waited for it
            Objective.objects.filter(pk__in=held, cycle__closed_at__isnull=True)
            .exclude(counts=Objective.Counts.KEY_RESULTS)
            .select_related("cycle")
        )
        if not rows:
            break
    new_edition("goals")


def _store_key_results(objectives: Sequence[Objective], day: date) -> None:
    by_id = {row.pk: row for row in objectives}
    rows = list(KeyResult.objects.filter(objective_id__in=by_id, dropped_at__isnull=True))
    steps = _steps([row for row in rows if row.kind == Kind.MILESTONES])
    checked = _checked([row for row in rows if row.range_rule == RangeRule.CHECKINS], by_id, day)
    changed = []
    for row in rows:
        share = rules.progress(measure_of(row), row.value, checked=checked.get(row.pk, ()), steps=steps.get(row.pk, ()))
        if row.progress != stored(share):
            row.progress = stored(share)
            changed.append(row)
    KeyResult.objects.bulk_update(changed, ["progress"], batch_size=500)


def _steps(rows: Sequence[KeyResult]) -> dict[UUID, list[tuple[Decimal, bool]]]:
    found = defaultdict(list)
    if rows:
        for step in Milestone.objects.filter(key_result__in=rows):
            found[step.key_result_id].append((step.weight, step.done_on is not None))
    return found


def _checked(
    rows: Sequence[KeyResult], objectives: dict[UUID, Objective], day: date
) -> dict[UUID, list[Decimal | None]]:
    """The value at each check-in that was due so far; at each period of the metric, where it follows one."""
    if not rows:
        return {}
    values: dict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    here = zone()
    last = {row.pk: objectives[row.objective_id].cycle.due for row in rows}
    told = KeyResultValue.objects.filter(key_result__in=rows, source__in=["checkin", "correction"], value__isnull=False)
    said_on: dict[tuple[UUID, date], date] = {}
    names = ("key_result_id", "on", "value", "at", "source")
    for pk, on, value, at, source in told.order_by("on", "id").values_list(*names):
        if source == KeyResultValue.Source.CHECKIN:
            said_on[pk, on] = counts_on(on, timezone.localdate(at, here), last[pk])
        if (pk, on) in said_on:  # a correction stands for the check-in of that day, and is none itself
            values[pk].append((said_on[pk, on], value))
    rules_of_teams = checkins.cadences()
    teams = accounts.first_team_of([each.owner_id for each in objectives.values() if each.owner_id], day)
    followed = [row for row in rows if row.source == KeyResult.Source.METRIC]
    found = {pk: list(told) for pk, told in _periods(followed, objectives, day).items()}
    for row in rows:
        cycle, said = objectives[row.objective_id].cycle, values[row.pk]
        if row.source != KeyResult.Source.METRIC:
            team = checkins.team_of(objectives[row.objective_id], teams)
            since = min([timezone.localdate(row.created_at, here), *(on for on, _value in said)])
            slots = checkins.slots_of(rules_of_teams.of(team), cycle, since)
            found[row.pk] = told_at(slots, said, day)
    return found


def _periods(
    rows: Sequence[KeyResult], objectives: dict[UUID, Objective], day: date
) -> dict[UUID, list[Decimal | None]]:
    """What its metric was in each period that has ended within the cycle, None where it was nothing."""
    if not rows:
        return {}
    starts = [objectives[row.objective_id].cycle.start for row in rows]
    points = points_of(rows, last=max((max(day, today()) - min(starts)).days, 0) + 1)
    found: dict[UUID, list[Decimal | None]] = {}
    for row in rows:
        cycle = objectives[row.objective_id].cycle
        ended = [each for each in points[row.pk] if not each.is_open and each.period.end <= day]
        days = [(each.period.end - timedelta(days=1), each.value) for each in ended]
        found[row.pk] = [value for on, value in days if cycle.start <= on <= cycle.due]
    return found


def _store_objectives(rows: Sequence[Objective], now: datetime) -> None:
    ids = [row.pk for row in rows]
    own: dict[UUID, list[Part]] = defaultdict(list)
    for pk, weight, share in KeyResult.objects.filter(objective_id__in=ids, dropped_at__isnull=True).values_list(
        "objective_id", "weight", "progress"
    ):
        own[pk].append(Part(weight, None if share is None else Fraction(share)))
    below: dict[UUID, list[Part]] = defaultdict(list)
    if any(row.counts != Objective.Counts.KEY_RESULTS for row in rows):
        for pk, weight, share in Objective.objects.filter(
            parent_id__in=ids, alignment=Objective.Alignment.CONTRIBUTES, dropped_at__isnull=True, private=False
        ).values_list("parent_id", "weight", "progress"):
            below[pk].append(Part(weight, None if share is None else Fraction(share)))
    changed = []
    for row in rows:
        parts = {"key_results": own[row.pk], "children": below[row.pk], "both": own[row.pk] + below[row.pk]}
        share = stored(rules.roll_up(parts[row.counts], Rollup(row.cycle.rollup)))
        if row.progress != share:
            row.progress, row.progress_at = share, now
            changed.append(row)
    Objective.objects.bulk_update(changed, ["progress", "progress_at"], batch_size=500)
