"""Write the key results of an objective as they were said; drop, take up, weigh, tick off steps, correct values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.goals.domain import weights
from apps.goals.domain.drafts import ALL_FIGURES, KeyResultDraft
from apps.goals.domain.progress import Kind
from apps.goals.models import KeyResult, KeyResultValue, Milestone, Objective
from apps.goals.selectors.days import today
from apps.goals.services import following
from apps.goals.services.holding import CANNOT_BE_SAVED, hold_key_result, hold_objective, told_of, touched
from apps.goals.services.progress import recompute, record_value
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors as metrics
from apps.targets import selectors as targets

YES_OR_NO = frozenset({Kind.BINARY, Kind.MILESTONES})


def metric_issues(drafts: Sequence[KeyResultDraft]) -> list[Issue]:
    """What speaks against the metrics and targets that key results are to follow. Two queries, and one a target."""
    wanted = {each.metric for each in drafts if each.metric}
    known = {view.key: view for view in metrics.metrics(archived=True)} if wanted else {}
    metric_of = {pk: _metric_of_target(pk) for pk in {each.target_id for each in drafts if each.target_id}}
    found = []
    for at, each in enumerate(drafts):
        if not each.metric:
            continue
        view = known.get(each.metric)
        if view is None:
            found.append(Issue(f"kr.{at}.metric", N_("There is no such metric.")))
        elif view.archived and each.id is None:
            found.append(Issue(f"kr.{at}.metric", N_("This metric is archived. Choose one that is in use.")))
        elif each.grain not in set(view.grains):
            found.append(Issue(f"kr.{at}.grain", N_("This metric is not read by this kind of period.")))
        elif each.dimension and each.dimension not in view.dimensions:
            found.append(Issue(f"kr.{at}.dimension", N_("This metric is not split by this dimension.")))
        elif each.dimension and not each.member.strip():
            found.append(Issue(f"kr.{at}.member", N_("Say for which one.")))
        elif each.target_id and metric_of[each.target_id] is None:
            found.append(Issue(f"kr.{at}.target", N_("There is no such target.")))
        elif each.target_id and metric_of[each.target_id] != view.id:
            found.append(Issue(f"kr.{at}.target", N_("This target is one of another metric.")))
    return found


def _metric_of_target(target_id: UUID) -> UUID | None:
    try:
        return targets.target_by_id(target_id).metric_id
    except NotHere:
        return None


def write(
    *,
    actor: Actor,
    objective: Objective,
    drafts: Sequence[KeyResultDraft],
    now: datetime,
    dropping: Collection[UUID] = (),
) -> bool:
    """Bring the stored key results of an objective to what the drafts say, in their order; whether any changed.

    A weight that is left empty is what is left to 100 % beside all that are not in `dropping`, also those of which the
    drafts say nothing; where all are new and empty, they share it evenly.
    """
    rows = {row.pk: row for row in objective.key_results.select_related("metric").all()}
    views = {view.key: view for view in metrics.metrics(archived=True)} if any(each.metric for each in drafts) else {}
    people = accounts.names_of(filter(None, (each.owner_id for each in drafts)))
    gone = {*dropping, *(each.id for each in drafts)}
    beside = [row.weight for row in rows.values() if row.dropped_at is None and row.pk not in gone]
    told_weights = _weights(drafts, rows, beside)
    follow, changed = [], False
    for position, (draft, weight) in enumerate(zip(drafts, told_weights, strict=True), start=1):
        row = rows.get(draft.id) if draft.id else None
        if draft.id and row is None:
            raise NotHere(N_("There is no such key result."))
        fresh = row is None
        row = row or KeyResult(objective=objective)
        before = None if fresh else told(row)
        former = (row.kind, row.metric_id, row.grain, row.dimension, row.member)
        _put(row, draft, views.get(draft.metric), people)
        row.weight, row.position = weight, position
        if fresh or told(row) != before or _steps_differ(row, draft):
            row.revision = row.revision if fresh else row.revision + 1
            row.changed_by_name, row.changed_at = actor.name[:120], Now()
            row.save()
            row.refresh_from_db()
            _write_steps(row, draft)
            told_of(
                actor, "key_result.made" if fresh else "key_result.changed", objective, before, told(row), row.title
            )
            changed = True
        elif before is not None:
            KeyResult.objects.filter(pk=row.pk).update(position=position)
        _start(actor, row, objective, fresh, former)
        if row.source == KeyResult.Source.METRIC:
            follow.append(row.pk)
    if follow and changed:
        following.follow(now=now, key_result_ids=follow)
    return changed


def _weights(drafts: Sequence[KeyResultDraft], rows: dict[UUID, KeyResult], beside: Sequence[Decimal]) -> list[Decimal]:
    if drafts and not rows and all(each.weight is None for each in drafts):
        return weights.evenly(len(drafts))
    kept = [
        each.weight if each.weight is not None else (rows[each.id].weight if each.id in rows else None)
        for each in drafts
    ]
    found = []
    for each in kept:
        known = [weight for weight in (*beside, *kept[len(found) :], *found) if weight is not None]
        found.append(weights.left(known) if each is None else each)
    return found


def _put(row: KeyResult, draft: KeyResultDraft, view: metrics.MetricView | None, people: dict[UUID, str]) -> None:
    measure = draft.measure()
    row.title, row.kind = draft.title.strip(), draft.kind.value
    row.source = KeyResult.Source.METRIC if view else KeyResult.Source.MANUAL
    row.metric_id = view.id if view else None
    row.grain = draft.grain if view else ""
    row.dimension, row.member = (draft.dimension, draft.member.strip() if draft.dimension else "") if view else ("", "")
    row.target_id = draft.target_id if view else None
    row.unit = "" if view or draft.kind in YES_OR_NO else draft.unit.strip()
    for name in ALL_FIGURES:
        setattr(row, name, getattr(measure, name))
    row.range_rule = measure.rule.value if measure.rule else ""
    if draft.kind is Kind.OPEN_BASELINE and draft.start is not None:
        row.start = draft.start
    row.owner_id = draft.owner_id
    row.owner_name = people.get(draft.owner_id, "")[:120] if draft.owner_id else ""


def _start(actor: Actor, row: KeyResult, objective: Objective, fresh: bool, former: tuple[object, ...]) -> None:
    """A new key result, or one that measures something else now, begins at its start; others keep their value."""
    kind_changed = {row.kind, former[0]} & YES_OR_NO and row.kind != former[0]
    other = not fresh and (kind_changed or former[1:] != (row.metric_id, row.grain, row.dimension, row.member))
    untouched = not fresh and not row.values.exclude(source="start").exists()
    if not (fresh or other or (untouched and row.value != _begins_at(row))):
        return
    row.value, row.value_on, row.no_data_since = None, None, None
    value = _begins_at(row) if row.source == KeyResult.Source.MANUAL else None
    if value is not None:
        row.value, row.value_on = value, objective.cycle.start
        KeyResultValue.objects.create(
            key_result=row, value=value, on=objective.cycle.start, source="start", by=actor.id, by_name=actor.name[:120]
        )
    row.save(update_fields=["value", "value_on", "no_data_since"])


def _begins_at(row: KeyResult) -> Decimal | None:
    """What a key result is before anybody says anything: at its start, or not done; else nothing is known."""
    if row.kind == Kind.REACH:
        return row.start
    return Decimal(0) if row.kind == Kind.BINARY else None


def _steps_differ(row: KeyResult, draft: KeyResultDraft) -> bool:
    if draft.kind is not Kind.MILESTONES:
        return False
    stored = [(step.title, step.weight, step.due) for step in row.milestones.all()]
    return stored != [(step.title.strip(), step.weight, step.due) for step in draft.steps]


def _write_steps(row: KeyResult, draft: KeyResultDraft) -> None:
    if draft.kind is not Kind.MILESTONES:
        row.milestones.all().delete()
        return
    rows = {step.pk: step for step in row.milestones.all()}
    kept = {step.id for step in draft.steps if step.id in rows}
    row.milestones.exclude(pk__in=kept).delete()
    for position, step in enumerate(draft.steps, start=1):
        told = {"title": step.title.strip(), "weight": step.weight, "due": step.due, "position": position}
        if step.id in kept:
            Milestone.objects.filter(pk=step.id).update(**told)
        else:
            Milestone.objects.create(key_result=row, **told)


def drop_all(*, actor: Actor, objective: Objective, dropping: Sequence[tuple[UUID, str]]) -> bool:
    """Give up key results of an objective that is held, each with its reason; no other's weight changes."""
    found = [
        Issue(f"drop.{pk}", N_("Say in a few words why it is dropped."))
        for pk, reason in dropping
        if not reason.strip()
    ]
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)
    rows = {row.pk: row for row in objective.key_results.filter(dropped_at__isnull=True)}
    done = False
    for pk, reason in dropping:
        if pk in rows:
            row = rows[pk]
            row.dropped_at, row.dropped_by_name, row.dropped_reason = Now(), actor.name[:120], reason.strip()[:200]
            row.save(update_fields=["dropped_at", "dropped_by_name", "dropped_reason"])
            told_of(actor, "key_result.dropped", objective, told(row), note=f"{row.title}: {row.dropped_reason}")
            done = True
    return done


@transaction.atomic
def drop_key_result(*, actor: Actor, key_result_id: UUID, reason: str, now: datetime) -> Objective:
    """Give a key result up, with the reason: it counts no more, and stays to be read."""
    objective = _objective_of(actor, key_result_id)
    if drop_all(actor=actor, objective=objective, dropping=[(key_result_id, reason)]):
        touched(actor, objective)
        recompute([objective.pk], now=now)
    return objective


@transaction.atomic
def take_up_key_result(*, actor: Actor, key_result_id: UUID, now: datetime) -> Objective:
    """Undo the dropping of a key result: with the weight it had, whatever the others make by now."""
    objective = _objective_of(actor, key_result_id)
    row = objective.key_results.get(pk=key_result_id)
    if row.dropped_at is None:
        raise Refusal(N_("This key result is not dropped."), status=409)
    row.dropped_at, row.dropped_by_name, row.dropped_reason = None, "", ""
    row.save(update_fields=["dropped_at", "dropped_by_name", "dropped_reason"])
    touched(actor, objective)
    told_of(actor, "key_result.taken_up", objective, note=row.title)
    if row.source == KeyResult.Source.METRIC:
        following.follow(now=now, key_result_ids=[row.pk])
    recompute([objective.pk], now=now)
    return objective


@transaction.atomic
def balance_weights(*, actor: Actor, objective_id: UUID, revision: int, evenly: bool, now: datetime) -> Objective:
    """Make the weights of an objective's key results 100 %: all the same, or in the proportions they have."""
    objective, _looking = hold_objective(actor, objective_id, revision)
    rows = list(objective.key_results.filter(dropped_at__isnull=True))
    before = [row.weight for row in rows]
    after = weights.evenly(len(rows)) if evenly else weights.in_proportion(before)
    if before == after:
        return objective
    for row, weight in zip(rows, after, strict=True):
        row.weight = weight
    KeyResult.objects.bulk_update(rows, ["weight"])
    touched(actor, objective)
    told_of(actor, "key_result.weighed", objective, _by_title(rows, before), _by_title(rows, after))
    recompute([objective.pk], now=now)
    return objective


def _by_title(rows: Sequence[KeyResult], told: Sequence[Decimal]) -> dict[str, str]:
    return {row.title: f"{weight.normalize():f}" for row, weight in zip(rows, told, strict=True)}


@transaction.atomic
def say_step(*, actor: Actor, milestone_id: UUID, done: bool, on: date, now: datetime) -> Milestone:
    """Say that a step is done since a day, or that it is not done after all."""
    found = Milestone.objects.filter(pk=milestone_id).values_list("key_result_id", flat=True).first()
    if found is None:
        raise NotHere(N_("There is no such step."))
    row = hold_key_result(actor, found)
    issues = list(_day_issues(on, row))
    if done and issues:
        raise Refusal(CANNOT_BE_SAVED, issues=issues)
    step = Milestone.objects.select_for_update().get(pk=milestone_id)
    if (step.done_on is not None) == done:
        return step
    step.done_on = on if done else None
    step.save(update_fields=["done_on"])
    whole = sum((each.weight for each in row.milestones.all() if each.done_on is not None), Decimal(0))
    record_value(
        key_result=row, value=whole, on=min(today(), row.objective.cycle.due), source="checkin", now=now,
        by=actor.id, by_name=actor.name, note=step.title,
    )  # fmt: skip
    words = {"step": step.title, "done": on.isoformat() if done else ""}
    told_of(actor, "key_result.step_done", row.objective, after=words, note=step.title)
    return step


@transaction.atomic
def correct_value(
    *, actor: Actor, key_result_id: UUID, value: Decimal | None, on: date, note: str, now: datetime
) -> KeyResult:
    """Say what a typed key result was on a day; why, in a few words. The history keeps what was said before."""
    row = hold_key_result(actor, key_result_id)
    issues = list(value_issues(row, value, on))
    if not note.strip():
        issues.append(Issue("note", N_("Say in a few words why the value is corrected.")))
    if issues:
        raise Refusal(CANNOT_BE_SAVED, issues=issues)
    before = {"value": "" if row.value is None else f"{row.value.normalize():f}"}
    record_value(
        key_result=row, value=value, on=on, source="correction", now=now, by=actor.id, by_name=actor.name, note=note
    )
    after = {"value": f"{value.normalize():f}" if value is not None else "", "day": on.isoformat()}
    told_of(actor, "key_result.corrected", row.objective, before, after, f"{row.title}: {note.strip()}")
    return row


def value_issues(row: KeyResult, value: Decimal | None, on: date) -> Iterator[Issue]:
    """What speaks against a value that somebody types for a key result on a day; for check-ins too."""
    if row.source == KeyResult.Source.METRIC:
        yield Issue("value", N_("This key result follows a metric: its value comes from the data, and is not typed."))
    elif row.kind == Kind.MILESTONES:
        yield Issue("value", N_("Say which steps are done instead of a value."))
    elif value is None:
        yield Issue("value", N_("Say the value."))
    elif row.kind == Kind.BINARY and value not in (0, 1):
        yield Issue("value", N_("Say whether it is done: yes or no."))
    elif abs(value) >= Decimal(10) ** 20:
        yield Issue("value", N_("This figure is too long: at most 20 digits before the point and 12 after it."))
    yield from _day_issues(on, row)


def _day_issues(on: date, row: KeyResult) -> Iterator[Issue]:
    cycle = row.objective.cycle
    if on > today():
        yield Issue("on", N_("This day is still to come."))
    elif not cycle.start <= on <= cycle.due:
        yield Issue("on", N_("This day is not in the cycle. A value before its first day is the start value."))


def _objective_of(actor: Actor, key_result_id: UUID) -> Objective:
    found = KeyResult.objects.filter(pk=key_result_id).values_list("objective_id", flat=True).first()
    if found is None:
        raise NotHere(N_("There is no such key result."))
    return hold_objective(actor, found)[0]


def told(row: KeyResult) -> dict[str, str]:
    """A key result for the record, as plain JSON."""
    figures = {name: getattr(row, name) for name in ALL_FIGURES}
    return {
        "name": row.title,
        "kind": row.kind,
        "metric": row.metric.key if row.metric_id and row.metric else "",
        "grain": row.grain,
        "dimension": row.dimension,
        "member": row.member,
        "target": str(row.target_id or ""),
        "unit": row.unit,
        "rule": row.range_rule,
        "weight": f"{row.weight.normalize():f}",
        "owner": row.owner_name,
        **{name: f"{value.normalize():f}" for name, value in figures.items() if value is not None},
    }
