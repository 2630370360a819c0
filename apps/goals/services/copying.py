"""Copy objectives from one cycle into another: as a fresh start, or to carry on with what is not reached yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.goals.domain.drafts import ALL_FIGURES
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, KeyResult, KeyResultValue, Milestone, Objective
from apps.goals.selectors.people import Reader, reader
from apps.goals.services.followers import follow_at_once
from apps.goals.services.following import follow
from apps.goals.services.holding import NOT_YOURS, hold_cycle, told_of
from apps.goals.services.progress import recompute
from apps.kernel.issue import N_, Forbidden, Refusal

KEPT = (
    "level",
    "team_id",
    "owner_id",
    "owner_name",
    "title",
    "why",
    "kind",
    "private",
    "alignment",
    "weight",
    "counts",
)
KEPT_OF_KEY_RESULTS = (
    "title", "kind", "source", "metric_id", "grain", "dimension", "member", "unit", "range_rule", "weight",
    "owner_id", "owner_name", "position",
)  # fmt: skip


def copy_objectives(*, actor: Actor, objective_ids: Collection[UUID], to: UUID, now: datetime) -> list[Objective]:
    """Set the same objectives in another cycle: same way, from the start again, nothing done yet."""
    return _copy(actor, objective_ids, to, now, carry=False)


def carry_over(*, actor: Actor, objective_ids: Collection[UUID], to: UUID, now: datetime) -> list[Objective]:
    """Carry on in another cycle with what is not reached: from where it stands, without what is done.

    An objective that was carried over into that cycle already is left out; so carrying over twice is once.
    """
    return _copy(actor, objective_ids, to, now, carry=True)


@transaction.atomic
def _copy(actor: Actor, objective_ids: Collection[UUID], to: UUID, now: datetime, *, carry: bool) -> list[Objective]:
    actor.must("objectives.edit")
    cycle = hold_cycle(to)
    looking = reader(actor)
    rows = _chosen(looking, objective_ids, cycle, carry)
    made: dict[UUID, Objective] = {}
    for row in rows:
        made[row.pk] = _copied(actor, row, cycle, carry, now)
    for row in rows:
        _aligned(row, made, cycle)
    follows = [key_result for each in made.values() for key_result in each.key_results.filter(source="metric")]
    follow(now=now, key_result_ids=[each.pk for each in follows])
    recompute([each.pk for each in made.values()], now=now)
    return list(made.values())


def _chosen(looking: Reader, objective_ids: Collection[UUID], cycle: Cycle, carry: bool) -> list[Objective]:
    rows = list(
        Objective.objects.filter(pk__in=list(objective_ids))
        .select_related("cycle")
        .prefetch_related("key_results__milestones")
    )
    rows = [row for row in rows if looking.sees(row)]
    may = looking.may_close if carry else looking.may_change
    if any(not may(row) for row in rows):
        raise Forbidden(NOT_YOURS)
    if any(row.cycle_id == cycle.pk for row in rows):
        raise Refusal(N_("Choose another cycle than the one they are in."))
    if carry:
        there = Objective.objects.filter(cycle=cycle, carried_from__in=rows, dropped_at__isnull=True)
        already = set(there.values_list("carried_from_id", flat=True))
        rows = [row for row in rows if row.pk not in already]
    return sorted(rows, key=lambda row: (row.position, row.created_at))


def _copied(actor: Actor, row: Objective, cycle: Cycle, carry: bool, now: datetime) -> Objective:
    made = Objective.objects.create(
        cycle=cycle,
        position=row.position,
        carried_from=row if carry else None,
        created_by=actor.id,
        created_by_name=actor.name[:120],
        changed_by_name=actor.name[:120],
        **{name: getattr(row, name) for name in KEPT},
    )
    made.refresh_from_db()
    for key_result in row.key_results.all():
        done = key_result.progress is not None and key_result.progress >= 1 and key_result.kind in FINISHED_BY_REACHING
        if key_result.dropped_at is None and not (carry and done):
            _copied_key_result(actor, key_result, made, carry)
    follow_at_once(made, {made.owner_id})
    act = "objective.carried" if carry else "objective.copied"
    told_of(actor, act, made, note=f"{row.cycle.name} → {cycle.name}")
    return made


FINISHED_BY_REACHING = frozenset({Kind.REACH, Kind.BINARY, Kind.MILESTONES})
"""Kinds that are done once they are reached; what is to be kept goes on."""


def _copied_key_result(actor: Actor, row: KeyResult, objective: Objective, carry: bool) -> None:
    told = {name: getattr(row, name) for name in (*KEPT_OF_KEY_RESULTS, *ALL_FIGURES)}
    if (carry or row.metric_id) and row.kind == Kind.REACH and row.value is not None:
        told["start"] = row.value
        if row.progress is not None and row.progress >= 1:  # reached or passed: from here a new goal is wanted
            told |= {"kind": Kind.OPEN_BASELINE.value, "goal": None}
    made = KeyResult.objects.create(objective=objective, changed_by_name=actor.name[:120], **told)
    made.refresh_from_db()
    steps = [step for step in row.milestones.all() if not (carry and step.done_on)]
    Milestone.objects.bulk_create(_fresh(steps, made, carry))
    begins = {Kind.REACH: made.start, Kind.BINARY: Decimal(0)}.get(Kind(made.kind))
    if begins is not None and made.source == KeyResult.Source.MANUAL:
        made.value, made.value_on = begins, objective.cycle.start
        made.save(update_fields=["value", "value_on"])
        KeyResultValue.objects.create(
            key_result=made, value=begins, on=objective.cycle.start, source="start", by=actor.id,
            by_name=actor.name[:120],
        )  # fmt: skip


def _fresh(steps: Sequence[Milestone], made: KeyResult, carry: bool) -> list[Milestone]:
    return [
        Milestone(key_result=made, title=step.title, weight=step.weight, due=step.due if carry else None, position=at)
        for at, step in enumerate(steps, start=1)
    ]


def _aligned(row: Objective, made: dict[UUID, Objective], cycle: Cycle) -> None:
    """A copy is for the copy of what its original was for; else for that itself, if they share days."""
    if row.parent_id is None:
        return
    new = made[row.pk]
    if row.parent_id in made:
        new.parent = made[row.parent_id]
    else:
        parent = Objective.objects.select_related("cycle").filter(pk=row.parent_id, dropped_at__isnull=True).first()
        shares = parent is not None and parent.cycle.start <= cycle.due and parent.cycle.due >= cycle.start
        new.parent = parent if shares and parent is not None and parent.cycle_id != row.cycle_id else None
    new.save(update_fields=["parent"])


def start_from_the_end(cycle: Cycle, now: datetime) -> None:
    """What was carried over before `cycle` was closed starts from where it stood at the end of its last day.

    Only starts that nobody has changed since: those that are the value of that time. A start that would be the target,
    or has been checked in on, stays. Called when values of the cycle are those of its last day.
    """
    carried = Objective.objects.filter(carried_from__cycle=cycle, cycle__closed_at__isnull=True)
    changed = []
    for objective in carried.prefetch_related("key_results", "carried_from__key_results"):
        former = {_alike(row): row for row in objective.carried_from.key_results.all()}
        for row in objective.key_results.all():
            old = former.get(_alike(row))
            if old is not None and row.kind == Kind.REACH and _is_untouched(row, old):
                changed.append(_starting_at(row, old.value))
    KeyResult.objects.bulk_update(changed, ["start", "value"], batch_size=500)
    KeyResultValue.objects.bulk_create(
        KeyResultValue(key_result=row, value=row.start, on=row.value_on, source="start", by_name=cycle.changed_by_name)
        for row in changed
        if row.source == KeyResult.Source.MANUAL
    )
    recompute({row.objective_id for row in changed}, now=now)


def _alike(row: KeyResult) -> tuple[object, ...]:
    return row.title, row.source, row.metric_id, row.grain, row.dimension, row.member


def _is_untouched(row: KeyResult, old: KeyResult) -> bool:
    """Whether a copy starts at what its original was when it was made, and is not at another value since."""
    if old.value is None or old.value in (row.start, row.goal):
        return False
    before = old.values.filter(at__lte=row.created_at, value__isnull=False).order_by("on", "id")
    then = before.values_list("value", flat=True).last()
    said = row.source == KeyResult.Source.MANUAL and row.values.exclude(source="start").exists()
    return then is not None and then == row.start and not said


def _starting_at(row: KeyResult, value: Decimal | None) -> KeyResult:
    if row.source == KeyResult.Source.MANUAL:
        row.value = value
    row.start = value
    return row
