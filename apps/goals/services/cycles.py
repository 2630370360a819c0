"""Make, change, close and reopen cycles. What is closed is frozen as it stood at the end of its last day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.domain.roles import Actor
from apps.goals.domain import cycles as rules
from apps.goals.domain import scoring
from apps.goals.models import Cycle, KeyResult, KeyResultValue, Objective
from apps.goals.selectors.days import today
from apps.goals.services.copying import start_from_the_end
from apps.goals.services.following import follow
from apps.goals.services.holding import CANNOT_BE_SAVED, CHANGED_MEANWHILE, hold_cycle, told_of, touched
from apps.goals.services.progress import recompute
from apps.kernel.issue import N_, Issue, Refusal

REASON_LENGTH = 200
LATE_DAYS = 31
"""So long after its last day every check-in of a cycle has been made or missed."""
NAME_TAKEN = N_("There is an OKR cycle of this name already.")


def make_cycle(
    *,
    actor: Actor,
    name: str,
    kind: str,
    start: date | None,
    due: date | None,
    rollup: str = Cycle.Rollup.CLAMPED,
    pace: str = Cycle.Pace.DAYS,
    like: UUID | None = None,
) -> Cycle:
    """Make a cycle; with `like` another one is its template: how progress is counted is taken from it.

    Cycles may run at the same time, such as a year and its quarters. Raises Refusal with every issue at once.
    """
    actor.must("cycles.manage")
    template = Cycle.objects.filter(pk=like).first() if like else None
    _check(name, start, due, None)
    if template is not None:
        rollup, pace = template.rollup, template.pace
    try:
        with transaction.atomic():
            made = Cycle.objects.create(
                name=name.strip(),
                kind=kind,
                start=start,
                due=due,
                rollup=rollup,
                pace=pace,
                made_like=template,
                created_by=actor.id,
                created_by_name=actor.name[:120],
                changed_by_name=actor.name[:120],
            )
            made.refresh_from_db()
            told_of(actor, "cycle.made", made, after=told(made))
            return made
    except IntegrityError:
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("name", NAME_TAKEN)]) from None


@transaction.atomic
def change_cycle(
    *,
    actor: Actor,
    cycle_id: UUID,
    revision: int,
    name: str,
    kind: str,
    start: date | None,
    due: date | None,
    rollup: str,
    pace: str,
    now: datetime,
) -> Cycle:
    """Change a cycle that is open. Progress is counted anew where the way of counting changed."""
    actor.must("cycles.manage")
    cycle = hold_cycle(cycle_id)
    if cycle.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": cycle.changed_by_name}, status=409)
    _check(name, start, due, cycle)
    before = told(cycle)
    cycle.name, cycle.kind, cycle.start, cycle.due = name.strip(), kind, start, due
    cycle.rollup, cycle.pace = rollup, pace
    if told(cycle) == before:
        return cycle
    touched(actor, cycle)
    told_of(actor, "cycle.changed", cycle, before, told(cycle))
    recompute(_objectives(cycle), now=now)
    return cycle


@transaction.atomic
def delete_cycle(*, actor: Actor, cycle_id: UUID) -> str:
    """Delete a cycle in which nobody has set an objective yet; its name."""
    actor.must("cycles.manage")
    cycle = hold_cycle(cycle_id, open_only=False)
    if cycle.objectives.exists():
        raise Refusal(N_("There are objectives in this cycle. It stays; close it when it is over."), status=409)
    told_of(actor, "cycle.deleted", cycle, before=told(cycle))
    cycle.delete()
    return cycle.name


@transaction.atomic
def close_cycle(*, actor: Actor, cycle_id: UUID, revision: int, now: datetime) -> Cycle:
    """Freeze every value and progress as it stood at the end of the last day, and score what is computed.

    Judged scores stay as they are. A cycle whose last day is still to come cannot be closed.
    """
    actor.must("cycles.manage")
    cycle = hold_cycle(cycle_id)
    if cycle.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": cycle.changed_by_name}, status=409)
    if cycle.due >= today():
        raise Refusal(
            N_("This cycle runs until %(due)s. Change its last day if it is to end earlier."),
            {"due": cycle.due.isoformat()},
            status=409,
        )
    list(Objective.objects.select_for_update().filter(cycle=cycle).order_by("pk").values_list("pk", flat=True))
    follow(now=now, key_result_ids=_key_results(cycle, source=KeyResult.Source.METRIC))
    _values_of_the_last_day(cycle)
    recompute(_objectives(cycle), now=now, on=cycle.due + timedelta(days=LATE_DAYS))
    _freeze(cycle, now)
    start_from_the_end(cycle, now)
    cycle.closed_at, cycle.closed_by_name = now, actor.name[:120]
    touched(actor, cycle)
    told_of(actor, "cycle.closed", cycle, after={"objectives": str(cycle.objectives.filter(private=False).count())})
    return cycle


@transaction.atomic
def reopen_cycle(*, actor: Actor, cycle_id: UUID, reason: str, now: datetime) -> Cycle:
    """Open a closed cycle again, with the reason. What was frozen stays to be read until it is closed again."""
    actor.must("cycles.manage")
    cycle = hold_cycle(cycle_id, open_only=False)
    if cycle.closed_at is None:
        raise Refusal(N_("This cycle is not closed."), status=409)
    if not reason.strip():
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("reason", N_("Say in a few words why it is opened again."))])
    if len(reason.strip()) > REASON_LENGTH:
        text = N_("At most %(most)s characters.")
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("reason", text, {"most": REASON_LENGTH})])
    cycle.closed_at, cycle.closed_by_name = None, ""
    cycle.reopened_at, cycle.reopened_by_name, cycle.reopened_reason = now, actor.name[:120], reason.strip()
    touched(actor, cycle)
    told_of(actor, "cycle.reopened", cycle, note=reason.strip())
    return cycle


def _check(name: str, start: date | None, due: date | None, row: Cycle | None) -> None:
    found = list(rules.issues(name, start, due))
    same = Cycle.objects.filter(name__iexact=name.strip())
    if name.strip() and (same.exclude(pk=row.pk) if row else same).exists():
        found.append(Issue("name", NAME_TAKEN))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)


def _objectives(cycle: Cycle) -> list[UUID]:
    return list(Objective.objects.filter(cycle=cycle).values_list("pk", flat=True))


def _key_results(cycle: Cycle, **which: str) -> list[UUID]:
    return list(KeyResult.objects.filter(objective__cycle=cycle, **which).values_list("pk", flat=True))


def _values_of_the_last_day(cycle: Cycle) -> None:
    """The present value of each key result becomes the last one of a day of the cycle: later ones do not count."""
    rows = list(KeyResult.objects.filter(objective__cycle=cycle, value_on__gt=cycle.due))
    values: dict[UUID, tuple[Decimal | None, date]] = defaultdict(lambda: (None, cycle.start))
    history = KeyResultValue.objects.filter(key_result__in=rows, on__lte=cycle.due, value__isnull=False)
    for pk, value, on in history.order_by("on", "id").values_list("key_result_id", "value", "on"):
        values[pk] = (value, on)
    for row in rows:
        row.value, row.value_on = values[row.pk]
    KeyResult.objects.bulk_update(rows, ["value", "value_on"], batch_size=500)


def _freeze(cycle: Cycle, now: datetime) -> None:
    rows = list(KeyResult.objects.filter(objective__cycle=cycle))
    for row in rows:
        row.frozen_value, row.frozen_progress = row.value, row.progress
    KeyResult.objects.bulk_update(rows, ["frozen_value", "frozen_progress"], batch_size=500)
    objectives = list(Objective.objects.filter(cycle=cycle, dropped_at__isnull=True))
    for each in objectives:
        each.score_computed = scoring.score(None if each.progress is None else Fraction(each.progress))
        each.scored_at = now
    Objective.objects.bulk_update(objectives, ["score_computed", "scored_at"], batch_size=500)


def told(cycle: Cycle) -> dict[str, str]:
    """A cycle for the record, as plain JSON."""
    return {
        "name": cycle.name,
        "kind": cycle.kind,
        "from": cycle.start.isoformat() if cycle.start else "",
        "to": cycle.due.isoformat() if cycle.due else "",
        "counted": cycle.rollup,
        "pace": cycle.pace,
    }
