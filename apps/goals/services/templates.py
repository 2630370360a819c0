"""Save a cycle as a template, change and delete templates, and make cycles from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.goals.domain import templates as rules
from apps.goals.domain.cycles import NAME_LENGTH
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.domain.templates import Kept, Line
from apps.goals.models import Cycle, CycleTemplate, KeyResult, Objective
from apps.goals.selectors.cycles import cycle_for
from apps.goals.selectors.key_results import points_of
from apps.goals.selectors.people import reader
from apps.goals.selectors.templates import for_template
from apps.goals.services.cycles import make_cycle
from apps.goals.services.holding import CANNOT_BE_SAVED, CHANGED_MEANWHILE, told_of, touched
from apps.goals.services.objectives import set_in
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors as metrics

NO_SUCH = N_("There is no such template.")
NAME_TAKEN = N_("There is a template of this name already.")
LOOK_BACK = 2
"""So many periods back the newest value of a metric is looked for."""


@transaction.atomic
def save_template(*, actor: Actor, cycle_id: UUID, name: str, objective_ids: Collection[UUID]) -> CycleTemplate:
    """Save what a cycle is counted by, and chosen objectives of the company and of teams, as a template.

    Raises Refusal with every issue at once. Personal objectives, and what was dropped, are never part of it.
    """
    actor.must("cycles.manage")
    cycle = cycle_for(cycle_id)
    rows = list(for_template(cycle).filter(pk__in=list(objective_ids)).prefetch_related("key_results__milestones"))
    keys = {view.id: view.key for view in metrics.metrics(archived=True)}
    lines = rules.in_order([(row.pk, row.parent_id, _draft(row, keys)) for row in rows])
    _check(name, lines, None)
    made = CycleTemplate.objects.create(
        name=name.strip(),
        kind=cycle.kind,
        rollup=cycle.rollup,
        pace=cycle.pace,
        objectives=rules.written(lines),
        saved_from=cycle.name,
        created_by=actor.id,
        created_by_name=actor.name[:120],
        changed_by_name=actor.name[:120],
    )
    made.refresh_from_db()
    told_of(actor, "cycle_template.made", made, after=told(made))
    return made


@transaction.atomic
def change_template(
    *,
    actor: Actor,
    template_id: UUID,
    revision: int,
    name: str,
    kind: str,
    rollup: str,
    pace: str,
    kept: Mapping[int, Kept],
) -> CycleTemplate:
    """Change how a template is called and counted, and what of it stays, under which titles."""
    actor.must("cycles.manage")
    row = _held(template_id)
    if row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": row.changed_by_name}, status=409)
    old = rules.read(row.objectives)
    lines = rules.changed(old, kept)
    _check(name, lines, row, rules.title_issues(kept))
    before = told(row)
    row.name, row.kind, row.rollup, row.pace = name.strip(), kind, rollup, pace
    row.objectives = rules.written(lines)
    if told(row) == before and row.objectives == rules.written(old):
        return row
    touched(actor, row)
    told_of(actor, "cycle_template.changed", row, before, told(row))
    return row


@transaction.atomic
def delete_template(*, actor: Actor, template_id: UUID) -> str:
    """Delete a template; its name. Cycles that were made from it stay as they are."""
    actor.must("cycles.manage")
    row = _held(template_id)
    told_of(actor, "cycle_template.deleted", row, before=told(row))
    row.delete()
    return row.name


@transaction.atomic
def make_from_template(
    *, actor: Actor, template_id: UUID, name: str, kind: str, start: date | None, due: date | None, now: datetime
) -> tuple[Cycle, list[str]]:
    """Make a cycle with the objectives of a template; the cycle, and the titles of what had to be left out: objectives
    of teams that are no more, key results of metrics that are no longer in use.

    What follows a metric begins where that is now. Raises Refusal with every issue at once.
    """
    actor.must("cycles.manage")
    row = _held(template_id)
    cycle = make_cycle(actor=actor, name=name, kind=kind, start=start, due=due, rollup=row.rollup, pace=row.pace)
    looking, people = reader(actor), set(accounts.active_names())
    teams = {line.id for line in looking.teams.values() if not line.archived}
    views = metrics.metrics()
    follows = {
        (view.key, str(grain), dimension)
        for view in views
        for grain in view.grains
        for dimension in ("", *view.dimensions)
    }
    made: dict[int, UUID] = {}
    gone: list[str] = []
    for at, line in enumerate(rules.read(row.objectives)):
        draft, left = rules.usable(line, teams=teams, people=people, follows=follows)
        gone += left
        if draft is not None:
            draft = replace(
                draft,
                parent_id=made.get(line.above) if line.above is not None else None,
                key_results=_begun(draft.key_results, {view.key: view.id for view in views}),
            )
            made[at] = set_in(actor=actor, looking=looking, cycle=cycle, draft=draft, now=now).pk
    return cycle, gone


def _begun(drafts: Sequence[KeyResultDraft], ids: Mapping[str, UUID]) -> tuple[KeyResultDraft, ...]:
    following = {
        at: KeyResult(metric_id=ids[each.metric], grain=each.grain, dimension=each.dimension, member=each.member)
        for at, each in enumerate(drafts)
        if each.metric
    }
    points = points_of(following.values(), last=LOOK_BACK) if following else {}
    found = []
    for at, each in enumerate(drafts):
        own = points[following[at].pk] if at in following else ()
        ended = [point.value for point in own if point.value is not None and not point.is_open]
        found.append(rules.begun(each, ended[-1] if ended else None))
    return tuple(found)


def _draft(row: Objective, keys: Mapping[UUID, str]) -> ObjectiveDraft:
    own = [each for each in row.key_results.all() if each.dropped_at is None]
    return ObjectiveDraft(
        title=row.title,
        level=row.level,
        team_id=row.team_id,
        owner_id=row.owner_id,
        why=row.why,
        kind=row.kind,
        alignment=row.alignment,
        weight=row.weight,
        counts=row.counts,
        key_results=tuple(_key_result(each, keys) for each in own),
    )


def _key_result(row: KeyResult, keys: Mapping[UUID, str]) -> KeyResultDraft:
    return KeyResultDraft(
        title=row.title,
        kind=Kind(row.kind),
        metric=keys.get(row.metric_id, "") if row.metric_id else "",
        grain=row.grain,
        dimension=row.dimension,
        member=row.member,
        unit=row.unit,
        start=row.start,
        goal=row.goal,
        low=row.low,
        high=row.high,
        tolerance=row.tolerance,
        rule=RangeRule(row.range_rule) if row.range_rule else None,
        weight=row.weight,
        owner_id=row.owner_id,
        steps=tuple(StepDraft(step.title, step.weight) for step in row.milestones.all()),
    )


def _held(template_id: UUID) -> CycleTemplate:
    row = CycleTemplate.objects.select_for_update().filter(pk=template_id).first()
    if row is None:
        raise NotHere(NO_SUCH)
    return row


def _check(name: str, lines: Sequence[Line], row: CycleTemplate | None, others: Iterable[Issue] = ()) -> None:
    found = [*rules.issues(lines), *others]
    if not name.strip():
        found.append(Issue("name", N_("Give the template a name, such as “Quarter of the stores”.")))
    elif len(name.strip()) > NAME_LENGTH:
        found.append(Issue("name", N_("At most %(most)s characters."), {"most": NAME_LENGTH}))
    same = CycleTemplate.objects.filter(name__iexact=name.strip())
    if name.strip() and (same.exclude(pk=row.pk) if row else same).exists():
        found.append(Issue("name", NAME_TAKEN))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)


def told(row: CycleTemplate) -> dict[str, str]:
    """A template for the record, as plain JSON."""
    lines = rules.read(row.objectives)
    return {
        "name": row.name,
        "kind": row.kind,
        "counted": row.rollup,
        "pace": row.pace,
        "objectives": "; ".join(line.draft.title for line in lines)[:2000],
        "key_results": str(sum(len(line.draft.key_results) for line in lines)),
    }
