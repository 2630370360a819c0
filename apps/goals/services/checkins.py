"""Check in on key results, for oneself or in somebody's place, and correct what was said; cadences."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.goals.domain import saying
from apps.goals.domain.cadence import current
from apps.goals.domain.saying import Said
from apps.goals.models import CheckIn, Correction, KeyResult, KeyResultValue, Objective
from apps.goals.selectors import checkins as selectors
from apps.goals.selectors import talk
from apps.goals.services import key_results
from apps.goals.services.holding import CANNOT_BE_SAVED, hold_key_result, told_of
from apps.goals.services.progress import recompute, record_value
from apps.kernel.issue import N_, Issue, Refusal
from apps.notifications.services import tell

BEFORE_YOU = N_("%(name)s checked in meanwhile. What you typed is still here: look at theirs, then save again.")
CORRECTED_BEFORE_YOU = N_("%(name)s corrected this meanwhile. What you typed is still here: look, then save again.")
NOT_BEGUN = N_("“%(cycle)s” begins later: there is nothing to check in yet.")
TEXTS = ("value", "confidence", "note", "blockers", "next_step")


@transaction.atomic
def check_in(
    *,
    actor: Actor,
    key_result_id: UUID,
    said: Said,
    seen: UUID | None,
    today: date,
    now: datetime,
    steps_done: Collection[UUID] | None = None,
) -> CheckIn:
    """Say how a key result stands. `seen` is the newest check-in that the person saw, `steps_done` what is done now.

    Raises Refusal with every issue at once, or with status 409 where somebody was faster or the cycle was closed.
    Sending the same twice is once.
    """
    row = hold_key_result(actor, key_result_id)
    said, last = said.tidied(), selectors.newest(row.pk)
    if last is not None and last.pk != seen:
        if last.by == actor.id and _is_said(last, said):
            return last
        raise Refusal(BEFORE_YOU, {"name": last.by_name}, status=409)
    cycle = row.objective.cycle
    if today < cycle.start:
        raise Refusal(NOT_BEGUN, {"cycle": cycle.name}, status=409)
    on = min(today, cycle.due)
    _check(row, said, on)
    line = selectors.line_of(row, today)
    instead = line.responsible if line.responsible != actor.id else None
    slots = [line.slot] if line.slot else []
    slot = current(slots, today)
    made = CheckIn.objects.create(
        key_result=row, on=on, due_on=slot.due if slot else None, by=actor.id, by_name=actor.name[:120],
        in_place_of=instead, in_place_of_name=_name_of(instead), at=now, **_fields(said),
    )  # fmt: skip
    row.confidence = said.confidence
    row.save(update_fields=["confidence"])
    _say_steps(actor, row, steps_done, on, now)
    if said.value is not None:
        told = {"by": actor.id, "by_name": actor.name, "note": said.note[:500]}
        record_value(key_result=row, value=said.value, on=on, source="checkin", now=now, **told)
    else:
        recompute([row.objective_id], now=now)
    told_of(actor, "checkin.made", row.objective, after=_told(row, said), note=row.title)
    _tell(actor, made, row)
    return made


@transaction.atomic
def correct_check_in(
    *, actor: Actor, checkin_id: UUID, said: Said, reason: str, seen: datetime | None, now: datetime
) -> CheckIn:
    """Say a check-in anew; what it said before stays, with who corrected it and why.

    `seen` is when it had been corrected last, as the person saw it.
    """
    found = CheckIn.objects.filter(pk=checkin_id).values_list("key_result_id", flat=True).first()
    row = hold_key_result(actor, found or checkin_id)
    made = CheckIn.objects.select_for_update().get(pk=checkin_id)
    said, reason = said.tidied(), reason.strip()
    if made.corrected_at != seen:
        former = made.corrections.first()
        raise Refusal(CORRECTED_BEFORE_YOU, {"name": former.by_name if former else made.by_name}, status=409)
    issues = [] if reason else [Issue("reason", N_("Say in a few words why it is corrected."))]
    _check(row, said, made.on, issues)
    if _is_said(made, said):
        return made
    before = {name: getattr(made, name) for name in TEXTS}
    Correction.objects.create(
        checkin=made, by=actor.id, by_name=actor.name[:120], at=now, reason=reason[:200], **before
    )
    for name, value in _fields(said).items():
        setattr(made, name, value)
    made.corrected_at = now
    made.save()
    _bring_up_to_date(actor, row, made, before["value"], reason, now)
    former = Said(*(before[name] for name in TEXTS))
    told_of(actor, "checkin.corrected", row.objective, _told(row, former), _told(row, said), f"{row.title}: {reason}")
    return made


def _bring_up_to_date(actor: Actor, row: KeyResult, made: CheckIn, before: object, reason: str, now: datetime) -> None:
    """What a corrected check-in changes of its key result: its value on that day, and what is believed of it now."""
    later = CheckIn.objects.filter(key_result=row).exclude(pk=made.pk)
    if not later.filter(on__gt=made.on).exists() and not later.filter(on=made.on, at__gt=made.at).exists():
        row.confidence = made.confidence
        row.save(update_fields=["confidence"])
    if made.value is None or made.value == before or later.filter(on=made.on, at__gt=made.at).exists():
        return
    source = KeyResultValue.Source.CORRECTION
    told = {"by": actor.id, "by_name": actor.name, "note": reason[:500]}
    record_value(key_result=row, value=made.value, on=made.on, source=source, now=now, **told)


def _check(row: KeyResult, said: Said, on: date, others: Collection[Issue] = ()) -> None:
    """Raise every issue at once. A metric's value, and what is made of steps, is not said here."""
    found = [*others, *saying.issues(said)]
    if not is_computed(row):
        found += [issue for issue in key_results.value_issues(row, said.value, on) if issue.where == "value"]
    elif said.value is not None:
        found.append(Issue("value", N_("This value is computed; it is not typed.")))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)


def is_computed(row: KeyResult) -> bool:
    """Whether its value comes from elsewhere than a person."""
    return row.source == KeyResult.Source.METRIC or row.kind == KeyResult.Kind.MILESTONES


def _say_steps(actor: Actor, row: KeyResult, done: Collection[UUID] | None, on: date, now: datetime) -> None:
    if done is None or row.kind != KeyResult.Kind.MILESTONES:
        return
    for step in row.milestones.all():
        if (step.done_on is not None) != (step.pk in done):
            key_results.say_step(actor=actor, milestone_id=step.pk, done=step.pk in done, on=on, now=now)


def _tell(actor: Actor, made: CheckIn, row: KeyResult) -> None:
    """Whoever follows, and whose check-in it would have been. Of what is private the notice names nothing."""
    objective = row.objective
    url = reverse("checkins:activity", args=[objective.pk])
    if made.in_place_of and (not objective.private or made.in_place_of == objective.owner_id):
        tell(
            people=[made.in_place_of], kind="goals.checked_in_for_me", but=actor.id, key=f"instead:{made.pk}", url=url,
            message=N_("%(who)s checked in for you on “%(title)s”"),
            params={"who": actor.name, "title": named(objective, row.title)},
        )  # fmt: skip
    tell(
        people=talk.followers_of(objective) - {made.in_place_of}, kind="goals.checked_in", but=actor.id,
        key=f"checkin:{made.pk}", url=url, message=N_("%(who)s checked in on “%(title)s”"),
        params={"who": actor.name, "title": named(objective, row.title)},
    )  # fmt: skip


def named(objective: Objective, title: str) -> str:
    """What a notice calls something: nothing of what is private."""
    return "…" if objective.private else title


def _fields(said: Said) -> dict[str, object]:
    return {name: getattr(said, name) for name in TEXTS}


def _is_said(made: CheckIn, said: Said) -> bool:
    return _fields(said) == {name: getattr(made, name) for name in TEXTS}


def _name_of(person: UUID | None) -> str:
    return accounts.names_of([person]).get(person, "")[:120] if person else ""


def _told(row: KeyResult, said: Said) -> dict[str, str]:
    """A check-in for the record, as plain JSON."""
    value = "" if said.value is None else f"{said.value.normalize():f}"
    return {
        "name": row.title, "value": value, "confidence": said.confidence, "blockers": said.blockers,
        "next_step": said.next_step,
    }  # fmt: skip
