"""Add, change and remove those who take part; by hand, or all of a team by a rule.

Assignments and leaves of somebody are kept as one: they are written together, under the participant's revision. No
amount stands in the record, only who and what kind of change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record, record_all
from apps.incentives.domain.roster import Entry, Stay, moved
from apps.incentives.models import Assignment, IncentivePlan, Leave, Participant, RosterRule, RunResult
from apps.incentives.selectors import roster as reading
from apps.kernel.issue import N_, Issue, Refusal

PREPARE = "pay.prepare"
PLAIN = ("name", "employee_number", "cap", "currency", "joined", "left_on", "leaving_reason", "forfeits")
TOGETHER = 100
CANNOT_BE_KEPT = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_("Somebody changed this meanwhile. What you typed is still here: look, then save again.")
IN_ALREADY = N_("They take part already: somebody has this employee number, or this account.")
WAS_PAID = N_("They stand in a calculation, so they stay. Give a last day instead.")
OTHER_STEPS = N_("Teams changed meanwhile: look at what the rule would do now.")
RULE_TWICE = N_("This team has a rule already. Change or remove that one.")
NO_TEAM = N_("Choose a team.")


@transaction.atomic
def add_participant(*, actor: Actor, plan_id: UUID, entry: Entry, person_id: UUID | None = None) -> Participant:
    """Let somebody take part. Refusal if their number or account takes part already."""
    actor.must(PREPARE)
    plan = IncentivePlan.objects.get(pk=plan_id)
    made = Participant(plan=plan, person_id=person_id, added_by_name=actor.name[:120])
    _write(made, entry)
    record(actor=actor, act="pay_people.added", subject=plan, after={"name": made.name, "key": made.key})
    return made


@transaction.atomic
def change_participant(
    *, actor: Actor, participant_id: UUID, revision: int, entry: Entry, person_id: UUID | None = None
) -> Participant:
    """Say anew what holds of somebody, all of it. 409 if somebody else did meanwhile."""
    actor.must(PREPARE)
    row = Participant.objects.select_for_update(of=("self",)).select_related("plan").get(pk=participant_id)
    if row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, status=409)
    before = reading.entry_of(row)
    if before == entry and person_id == row.person_id:
        return row
    row.revision += 1
    row.person_id = person_id
    _write(row, entry)
    record(actor=actor, act="pay_people.changed", subject=row.plan, after=_changed(row, before, entry))
    return row


def _changed(row: Participant, before: Entry, entry: Entry) -> dict[str, object]:
    former = asdict(before)
    changed = [name for name, value in asdict(entry).items() if value != former[name]]
    return {"name": row.name, "key": row.key, "changed": changed}


@dataclass(frozen=True)
class Said:
    """All that holds of somebody; `former` is their row as it was looked at, with all it has, None for who is new."""

    entry: Entry
    former: Participant | None = None
    person_id: UUID | None = None


def keep_people(*, actor: Actor, plan: IncentivePlan, said: Sequence[Said]) -> None:
    """`add_participant` and `change_participant` for many, all or none. Sixteen queries at most for each hundred.

    409 if somebody else changed one of them meanwhile.
    """
    actor.must(PREPARE)
    with transaction.atomic():
        for start in range(0, len(said), TOGETHER):
            _keep_some(actor, plan, said[start : start + TOGETHER])


def _keep_some(actor: Actor, plan: IncentivePlan, said: Sequence[Said]) -> None:
    former = {each.former.pk: each.former.revision for each in said if each.former is not None}
    held = {row.pk: row for row in Participant.objects.select_for_update().filter(pk__in=former).order_by("pk")}
    if {pk: row.revision for pk, row in held.items()} != former:
        raise Refusal(CHANGED_MEANWHILE, status=409)
    added, changed, told = [], [], []
    for each in said:
        if each.former is None:
            row = Participant(plan=plan, added_by_name=actor.name[:120])
            added.append((row, each.entry))
        else:
            row = held[each.former.pk]
            row.revision += 1
            changed.append((row, each.entry))
        _say(row, each.entry)
        row.person_id = each.person_id
        if each.former is not None:
            told.append(_changed(row, reading.entry_of(each.former), each.entry))
    _save_all([row for row, _entry in added], [row for row, _entry in changed])
    _write_dated([*added, *changed])
    here = {"actor": actor, "subject": plan}
    record_all(act="pay_people.added", after=[{"name": row.name, "key": row.key} for row, _entry in added], **here)
    record_all(act="pay_people.changed", after=told, **here)


def _save_all(added: Sequence[Participant], changed: Sequence[Participant]) -> None:
    try:
        with transaction.atomic():
            Participant.objects.bulk_create(added)
            Participant.objects.bulk_update(changed, [*PLAIN, "person_id", "revision"])
    except IntegrityError:
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("employee_number", IN_ALREADY)]) from None


def _say(row: Participant, entry: Entry) -> None:
    for name in PLAIN:
        setattr(row, name, getattr(entry, name))


def _write(row: Participant, entry: Entry) -> None:
    _say(row, entry)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("employee_number", IN_ALREADY)]) from None
    _write_dated([(row, entry)])


def _write_dated(people: Sequence[tuple[Participant, Entry]]) -> None:
    """Assignments and leaves of some people, in place of those they had. Four queries."""
    rows = [row.pk for row, _entry in people]
    Assignment.objects.filter(participant__in=rows).delete()
    Leave.objects.filter(participant__in=rows).delete()
    Assignment.objects.bulk_create(
        Assignment(
            participant=row, team_id=each.team, first=each.first, last=each.last, amount=each.amount,
            coefficient=each.coefficient, salary=each.salary,
        )
        for row, entry in people
        for each in entry.stays
    )  # fmt: skip
    Leave.objects.bulk_create(Leave(participant=row, **asdict(each)) for row, entry in people for each in entry.leaves)


@transaction.atomic
def remove_participant(*, actor: Actor, participant_id: UUID, revision: int) -> None:
    """Take somebody out who stands in no calculation yet. Refusal else: they get a last day."""
    actor.must(PREPARE)
    row = Participant.objects.select_for_update(of=("self",)).select_related("plan").get(pk=participant_id)
    if row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, status=409)
    if RunResult.objects.filter(participant_id=row.pk).exists():
        raise Refusal(WAS_PAID, status=409)
    record(actor=actor, act="pay_people.removed", subject=row.plan, before={"name": row.name, "key": row.key})
    row.delete()


# --- rules -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_rule(
    *,
    actor: Actor,
    plan_id: UUID,
    team_id: UUID | None,
    below: bool,
    amount: Decimal,
    coefficient: Decimal,
    since: date,
) -> RosterRule:
    """Say that everybody of a team takes part from a day on. Nobody does before the rule is applied."""
    actor.must(PREPARE)
    team = accounts.team_for(team_id) if team_id else None
    if team is None:
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("team", NO_TEAM)])
    plan = IncentivePlan.objects.get(pk=plan_id)
    if RosterRule.objects.filter(plan=plan, team=team).exists():
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("team", RULE_TWICE)])
    rule = RosterRule.objects.create(
        plan=plan, team=team, below=below, amount=amount, coefficient=coefficient, since=since,
        made_by_name=actor.name[:120],
    )  # fmt: skip
    record(actor=actor, act="pay_people.rule_made", subject=plan, after={"team": team.name})
    return rule


@transaction.atomic
def remove_rule(*, actor: Actor, rule_id: UUID) -> None:
    """Take a rule away; who takes part by it stays."""
    actor.must(PREPARE)
    rule = RosterRule.objects.select_for_update(of=("self",)).select_related("plan", "team").filter(pk=rule_id).first()
    if rule is not None:
        record(actor=actor, act="pay_people.rule_removed", subject=rule.plan, before={"team": rule.team.name})
        rule.delete()


def stamp_of(steps: Sequence[reading.Step]) -> str:
    """What was shown, in one word."""
    facts = [f"{each.kind}:{each.person_id}:{each.day}:{each.team_id}" for each in steps]
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:32]


@transaction.atomic
def apply_rule(*, actor: Actor, rule_id: UUID, stamp: str, on: date) -> int:
    """Do what the preview of a rule showed. 409 if it would do something else by now."""
    actor.must(PREPARE)
    rule = RosterRule.objects.select_for_update(of=("self",)).select_related("plan").get(pk=rule_id)
    steps = reading.steps_of(rule, on)
    if stamp_of(steps) != stamp:
        raise Refusal(OTHER_STEPS, status=409)
    for step in steps:
        _take(rule, step, actor)
    record(actor=actor, act="pay_people.rule_applied", subject=rule.plan, after={"people": len(steps)})
    return len(steps)


def _take(rule: RosterRule, step: reading.Step, actor: Actor) -> None:
    row = Participant.objects.filter(plan_id=rule.plan_id, person_id=step.person_id).first()
    stay = Stay(str(step.team_id), step.day, step.last, rule.amount, rule.coefficient)
    if row is None:
        row = Participant(plan_id=rule.plan_id, person_id=step.person_id, added_by_name=actor.name[:120])
        _write(row, Entry(step.name[:120], stays=(stay,)))
        return
    entry = reading.entry_of(row)
    if step.kind == "leave":
        stays = tuple(
            each if each.team != str(step.team_id) or each.first > step.day
            else Stay(each.team, each.first, step.day, each.amount, each.coefficient, each.salary)
            for each in entry.stays
        )  # fmt: skip
    else:
        stays = moved(entry.stays, stay)
    row.revision += 1
    _write(row, Entry(**{**entry.__dict__, "stays": stays}))
