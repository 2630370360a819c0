"""Set, change, order, hand over, drop and take up objectives with their key results; nobody overwrites what they
have not seen, and no weight changes unasked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.goals.domain import alignment, drafts, weights
from apps.goals.domain.drafts import ObjectiveDraft
from apps.goals.models import Cycle, Objective
from apps.goals.selectors.people import Reader, reader, successors
from apps.goals.services import key_results
from apps.goals.services.followers import follow_at_once
from apps.goals.services.holding import (
    CANNOT_BE_SAVED,
    NOT_YOURS,
    hold_cycle,
    hold_objective,
    told_of,
    touched,
)
from apps.goals.services.progress import recompute
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal

MOVES = {"up": -1, "down": 1}
REASON_LENGTH = 200
OPEN_BELOW = N_("Objectives that everybody sees are for this one. Let them be for another one first, or leave it open.")
NOT_THEIRS = N_("You can give it only to people for whom you may set objectives: your team's, if you lead one.")


@transaction.atomic
def create_objective(*, actor: Actor, cycle_id: UUID, draft: ObjectiveDraft, now: datetime) -> Objective:
    """Set an objective with its key results in a cycle that is not closed.

    Raises Refusal with every issue at once; `where` names the field, `kr.0.goal` one of the first key result.
    """
    actor.must("objectives.edit")
    cycle = hold_cycle(cycle_id)
    looking = reader(actor)
    if not looking.may_set(draft.level, draft.team_id, draft.owner_id):
        raise Forbidden(NOT_YOURS)
    return set_in(actor=actor, looking=looking, cycle=cycle, draft=draft, now=now)


def set_in(*, actor: Actor, looking: Reader, cycle: Cycle, draft: ObjectiveDraft, now: datetime) -> Objective:
    """Set an objective in a cycle that is held, by somebody who may."""
    _check(draft, looking, cycle, None)
    fields = _fields(draft, None)
    beside = Objective.objects.filter(cycle=cycle, level=draft.level, team_id=fields["team_id"])
    last = beside.aggregate(Max("position"))
    made = Objective.objects.create(
        cycle=cycle,
        position=(last["position__max"] or 0) + 1,
        created_by=actor.id,
        created_by_name=actor.name[:120],
        changed_by_name=actor.name[:120],
        **fields,
    )
    made.refresh_from_db()
    key_results.write(actor=actor, objective=made, drafts=draft.key_results, now=now)
    told_of(actor, "objective.made", made, after=told(made))
    follow_at_once(made, {actor.id, made.owner_id})
    recompute([made.pk, *_parents(made.parent_id)], now=now)
    made.refresh_from_db()
    return made


@transaction.atomic
def change_objective(
    *,
    actor: Actor,
    objective_id: UUID,
    revision: int,
    draft: ObjectiveDraft,
    now: datetime,
    dropping: Sequence[tuple[UUID, str]] = (),
) -> Objective:
    """Change an objective and its key results. `revision` is the one the person saw; `dropping` names key results that
    are given up, each with its reason. Those that are neither in the draft nor dropped stay as they are.

    Raises Refusal with every issue at once, or with status 409 if somebody was faster or the cycle has been closed.
    """
    row, looking = hold_objective(actor, objective_id, revision)
    fields = _fields(draft, row)
    moved = any(getattr(row, name) != fields[name] for name in ("level", "team_id", "owner_id"))
    if moved and not looking.may_set(draft.level, draft.team_id, draft.owner_id):
        raise Forbidden(NOT_YOURS)
    _check(draft, looking, row.cycle, row)
    before, former_parent, row.was_private = told(row), row.parent_id, row.private
    for name, value in fields.items():
        setattr(row, name, value)
    gone = [pk for pk, _why in dropping]
    changed = key_results.write(actor=actor, objective=row, drafts=draft.key_results, now=now, dropping=gone)
    changed |= key_results.drop_all(actor=actor, objective=row, dropping=dropping)
    if told(row) == before and not changed:
        return row
    touched(actor, row)
    if told(row) != before:
        told_of(actor, "objective.changed", row, before, told(row))
    recompute([row.pk, *_parents(row.parent_id), *_parents(former_parent)], now=now)
    row.refresh_from_db()
    return row


@transaction.atomic
def move_objective(*, actor: Actor, objective_id: UUID, way: str) -> Objective:
    """Put an objective one place up or down among those of its level and team."""
    row, _looking = hold_objective(actor, objective_id)
    beside = list(
        Objective.objects.select_for_update()
        .filter(cycle_id=row.cycle_id, level=row.level, team_id=row.team_id, dropped_at__isnull=True)
        .order_by("position", "created_at")
    )
    if row.level == Objective.Level.PERSON:
        beside = [each for each in beside if each.owner_id == row.owner_id]
    at = next(index for index, each in enumerate(beside) if each.pk == row.pk)
    to = at + MOVES[way]
    if not 0 <= to < len(beside):
        return row
    beside.insert(to, beside.pop(at))
    for position, each in enumerate(beside, start=1):
        each.position = position
    Objective.objects.bulk_update(beside, ["position"])
    told_of(actor, "objective.moved", row, note=way)
    return row


@transaction.atomic
def drop_objective(*, actor: Actor, objective_id: UUID, revision: int, reason: str, now: datetime) -> Objective:
    """Give an objective up, with the reason. It counts no more, stays to be read, and can be taken up again."""
    row, _looking = hold_objective(actor, objective_id, revision)
    _reason(reason, N_("Say in a few words why it is dropped."))
    row.dropped_at, row.dropped_by_name, row.dropped_reason = Now(), actor.name[:120], reason.strip()
    touched(actor, row)
    told_of(actor, "objective.dropped", row, note=row.dropped_reason)
    recompute(_parents(row.parent_id), now=now)
    return row


@transaction.atomic
def take_up_objective(*, actor: Actor, objective_id: UUID, now: datetime) -> Objective:
    """Undo the dropping of an objective: it stands where it stood, with all it had."""
    row, _looking = hold_objective(actor, objective_id, dropped=True)
    if row.dropped_at is None:
        raise Refusal(N_("This objective is not dropped."), status=409)
    row.dropped_at, row.dropped_by_name, row.dropped_reason = None, "", ""
    touched(actor, row)
    told_of(actor, "objective.taken_up", row)
    recompute([row.pk, *_parents(row.parent_id)], now=now)
    return row


@transaction.atomic
def hand_over(*, actor: Actor, objective_id: UUID, revision: int, to: UUID | None) -> Objective:
    """Give an objective, and those of its key results that were the same person's, to somebody else: for whom the actor
    may set one there, or to the lead of their own team."""
    row, looking = hold_objective(actor, objective_id, revision)
    person = accounts.person_for(to) if to else None
    if person is None or not person.is_active:
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("to", N_("Choose somebody who is with the company."))])
    if person.pk == row.owner_id:
        return row
    may = successors(looking, row)
    if may is not None and person.pk not in may and not looking.may_set(row.level, row.team_id, person.pk):
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("to", NOT_THEIRS)])
    before, former = told(row), row.owner_id
    row.owner_id, row.owner_name = person.pk, str(person)[:120]
    row.key_results.filter(owner_id=former).update(owner_id=person.pk, owner_name=str(person)[:120])
    touched(actor, row)
    told_of(actor, "objective.handed_over", row, before, told(row))
    follow_at_once(row, {person.pk})
    return row


def _check(draft: ObjectiveDraft, looking: Reader, cycle: Cycle, row: Objective | None) -> None:
    found = [*drafts.issues(draft), *key_results.metric_issues(draft.key_results), *_place_issues(draft, looking, row)]
    found += _alignment_issues(draft, looking, cycle, row)
    found += _private_issues(draft, row)
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)


def _place_issues(draft: ObjectiveDraft, looking: Reader, row: Objective | None) -> list[Issue]:
    """A team that was archived and a person who left stay where they stand, and are chosen for nothing new."""
    found = []
    line = looking.teams.get(draft.team_id) if draft.team_id else None
    if draft.team_id and line is None:
        found.append(Issue("team", N_("There is no such team.")))
    elif line is not None and line.archived and (row is None or row.team_id != draft.team_id):
        found.append(Issue("team", N_("This team is archived. Choose one that is in use.")))
    people = {draft.owner_id: "owner"} | {
        each.owner_id: f"kr.{at}.owner" for at, each in enumerate(draft.key_results) if each.owner_id
    }
    known = accounts.names_of(filter(None, people))
    found += [Issue(where, N_("There is no such person.")) for pk, where in people.items() if pk and pk not in known]
    return found


def _alignment_issues(draft: ObjectiveDraft, looking: Reader, cycle: Cycle, row: Objective | None) -> list[Issue]:
    if draft.parent_id is None:
        return []
    parent = Objective.objects.select_related("cycle").filter(pk=draft.parent_id).first()
    if parent is None or not looking.sees(parent):
        return [Issue("parent", N_("There is no such objective."))]
    if parent.dropped_at is not None and (row is None or row.parent_id != parent.pk):
        return [Issue("parent", N_("That objective was dropped."))]
    return list(
        alignment.issues(
            objective=row.pk if row else None,
            parent=parent.pk,
            parents=_chain(parent),
            days=(cycle.start, cycle.due),
            parent_days=(parent.cycle.start, parent.cycle.due),
            contributes=draft.alignment == Objective.Alignment.CONTRIBUTES,
            private=draft.private,
            parent_private=parent.private,
        )
    )


def _private_issues(draft: ObjectiveDraft, row: Objective | None) -> list[Issue]:
    """What is open to all cannot be for what is private, nor can a key result that stays be somebody else's."""
    if row is None or not draft.private:
        return []
    found = []
    if row.children.filter(private=False, dropped_at__isnull=True).exists():
        found.append(Issue("private", OPEN_BELOW))
    said = [each.id for each in draft.key_results if each.id]
    others = row.key_results.filter(dropped_at__isnull=True, owner_id__isnull=False).exclude(pk__in=said)
    if others.exclude(owner_id=draft.owner_id).exists():
        found.append(Issue("private", drafts.OTHERS_KEY_RESULT))
    return found


def _chain(parent: Objective) -> dict[object, object | None]:
    """What an objective is for, and that in turn, up to the top."""
    found: dict[object, object | None] = {}
    at: UUID | None = parent.pk
    while at is not None and at not in found:
        found[at] = Objective.objects.values_list("parent_id", flat=True).get(pk=at)
        at = found[at]  # type: ignore[assignment]
    return found


def _fields(draft: ObjectiveDraft, row: Objective | None) -> dict[str, object]:
    owner = accounts.names_of([draft.owner_id]) if draft.owner_id else {}
    return {
        "level": draft.level,
        "team_id": draft.team_id if draft.level == Objective.Level.TEAM else None,
        "owner_id": draft.owner_id,
        "owner_name": owner.get(draft.owner_id, "")[:120] if draft.owner_id else "",
        "title": draft.title.strip(),
        "why": draft.why.strip(),
        "kind": draft.kind,
        "private": draft.private,
        "parent_id": draft.parent_id,
        "alignment": draft.alignment,
        "weight": _weight(draft, row),
        "counts": draft.counts,
    }


def _weight(draft: ObjectiveDraft, row: Objective | None) -> object:
    """What was said; what it has; else what is left to 100 % among those that contribute to the same objective."""
    if draft.weight is not None:
        return draft.weight
    if row is not None:
        return row.weight
    if draft.parent_id is None:
        return weights.WHOLE
    beside = Objective.objects.filter(
        parent_id=draft.parent_id, alignment=Objective.Alignment.CONTRIBUTES, dropped_at__isnull=True
    )
    return weights.left(list(beside.values_list("weight", flat=True)))


def _parents(parent_id: UUID | None) -> list[UUID]:
    return [parent_id] if parent_id else []


def _reason(reason: str, missing: str) -> None:
    if not reason.strip():
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("reason", missing)])
    if len(reason.strip()) > REASON_LENGTH:
        text = N_("At most %(most)s characters.")
        raise Refusal(CANNOT_BE_SAVED, issues=[Issue("reason", text, {"most": REASON_LENGTH})])


def told(row: Objective) -> dict[str, str]:
    """An objective for the record, as plain JSON."""
    return {
        "name": row.title,
        "why": row.why,
        "level": row.level,
        "team": str(row.team) if row.team_id else "",
        "owner": row.owner_name,
        "kind": row.kind,
        "private": "yes" if row.private else "",
        "for": str(row.parent) if row.parent_id else "",
        "alignment": row.alignment if row.parent_id else "",
        "weight": f"{row.weight.normalize():f}",
        "counts": row.counts,
    }


def objective_or_404(objective_id: UUID) -> Objective:
    """For services of this room: an objective whoever asks; NotHere if there is none."""
    found = Objective.objects.select_related("cycle").filter(pk=objective_id).first()
    if found is None:
        raise NotHere(N_("There is no such objective."))
    return found
