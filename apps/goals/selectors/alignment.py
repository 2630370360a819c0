"""What is for what in a cycle: branches of objectives, read as far as they are shown. Fixed numbers of queries.

The bones (`Bones`) are read for the whole cycle, a line each; titles, progress and key results only of what is shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.goals.domain import cycles as days
from apps.goals.domain import pace
from apps.goals.domain.pace import Standing
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, KeyResult, Milestone, Objective
from apps.goals.selectors.cycles import stand_of
from apps.goals.selectors.days import today
from apps.goals.selectors.due import elapsed_of
from apps.goals.selectors.objectives import for_cycle, milestones_of
from apps.goals.selectors.people import Reader

COMPANY = str(Objective.Level.COMPANY)


@dataclass(frozen=True)
class Bone:
    """An objective in as few words as it takes to know where it hangs."""

    id: UUID
    parent_id: UUID | None
    level: str
    team_id: UUID | None
    owner_id: UUID | None
    title: str
    owner_name: str


@dataclass(frozen=True)
class Bones:
    """Every objective of a cycle that somebody may know of. `tops` are those of the company, with what hangs below
    them; `loose` those that are for nothing in this cycle, `outside` those of them that are for one of another cycle.
    """

    by_id: Mapping[UUID, Bone]
    children: Mapping[UUID, Sequence[UUID]]
    tops: Sequence[UUID]
    loose: Sequence[UUID]
    outside: frozenset[UUID]

    def above(self, objective_id: UUID) -> list[UUID]:
        """What it is for, from the nearest up."""
        found: list[UUID] = []
        at = self.by_id[objective_id].parent_id
        while at in self.by_id and at not in found:
            found.append(at)  # type: ignore[arg-type]
            at = self.by_id[at].parent_id  # type: ignore[index]
        return found

    def with_children(self, ids: Sequence[UUID], *, most: int) -> list[UUID]:
        """Those and what hangs right below them; without the latter where that would be more than `most`."""
        found = {*ids, *(kid for pk in ids for kid in self.children.get(pk, ()))}
        return sorted(found) if len(found) <= most else list(ids)

    def below(self, objective_id: UUID) -> int:
        """How many hang below it, at any depth."""
        seen, todo = set(), list(self.children.get(objective_id, ()))
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo.extend(self.children.get(at, ()))
        return len(seen)


@dataclass(frozen=True)
class Flesh:
    """What is shown of an objective beside its row: how many key results, how sure people are, where it should be."""

    row: Objective
    key_results: int = 0
    confidence: Mapping[str, int] = field(default_factory=dict)
    expected: Fraction | None = None
    standing: Standing = Standing.NONE
    planned: bool = False


def bones(reader: Reader, cycle_id: UUID) -> Bones:
    """One query."""
    names = ("pk", "parent_id", "level", "team_id", "owner_id", "title", "owner_name")
    rows = [Bone(*told) for told in for_cycle(reader, cycle_id).values_list(*names)]
    by_id = {row.id: row for row in rows}
    children: dict[UUID, list[UUID]] = defaultdict(list)
    roots = []
    for row in rows:
        if row.parent_id in by_id:
            children[row.parent_id].append(row.id)  # type: ignore[index]
        else:
            roots.append(row)
    tops = [row.id for row in roots if row.level == COMPANY]
    loose = [row for row in roots if row.level != COMPANY]
    outside = frozenset(row.id for row in loose if row.parent_id is not None)
    return Bones(by_id, children, tops, [row.id for row in sorted(loose, key=lambda row: row.id in outside)], outside)


def flesh(reader: Reader, cycle: Cycle, ids: Iterable[UUID]) -> dict[UUID, Flesh]:
    """Those objectives with all that a card shows, also of what they are for in another cycle. Two queries; three
    where there are steps."""
    wanted = list(ids)
    rows = for_cycle(reader, cycle.pk).filter(pk__in=wanted).select_related("team", "parent")
    own = KeyResult.objects.filter(objective_id__in=wanted, dropped_at__isnull=True)
    told = list(own.only("objective_id", "kind", "weight", "confidence"))
    held: dict[UUID, list[KeyResult]] = defaultdict(list)
    for key_result in told:
        held[key_result.objective_id].append(key_result)
    stepped = [each.pk for each in told if each.kind == Kind.MILESTONES]
    steps = milestones_of(stepped) if stepped else {}
    day = min(today(), cycle.due)
    by = _Day(day, elapsed_of(cycle, day), stand_of(cycle) is days.Stand.PLANNED, steps)
    return {row.pk: _fleshed(row, held[row.pk], by) for row in rows}


@dataclass(frozen=True)
class _Day:
    """The day that is looked at: how much of the cycle is over, whether it is still to begin, and all steps."""

    on: date
    elapsed: Fraction
    planned: bool
    steps: Mapping[UUID, Sequence[Milestone]]

    def due(self, row: KeyResult) -> Fraction:
        told = [pace.Step(step.weight, step.due) for step in self.steps.get(row.pk, ())]
        return pace.expected(Kind(row.kind), self.elapsed, on=self.on, steps=told)


def _fleshed(row: Objective, held: list[KeyResult], by: _Day) -> Flesh:
    """Where it should be: by its key results, or, where its progress comes from others too, by the time."""
    due: Fraction | None = by.elapsed
    if held and row.counts == Objective.Counts.KEY_RESULTS:
        due = pace.expected_of((each.weight, by.due(each)) for each in held)
    due = None if by.planned else due
    progress = None if row.progress is None else Fraction(row.progress)
    return Flesh(
        row=row,
        key_results=len(held),
        confidence=Counter(each.confidence for each in held if each.confidence),
        expected=due,
        standing=pace.standing(progress, due),
        planned=by.planned,
    )


def matching(
    reader: Reader, bones: Bones, *, words: str = "", team: UUID | None = None, owner: UUID | None = None
) -> set[UUID]:
    """Those that are asked for: each of the words in the title or the owner's name; of a team or one below it, people's
    own ones among them; of an owner. One query with a team, else none."""
    found = set(bones.by_id)
    if team is not None:
        teams = reader.below(team)
        people = accounts.people_in(teams, today())
        found = {
            pk
            for pk in found
            if bones.by_id[pk].team_id in teams
            or (bones.by_id[pk].level == Objective.Level.PERSON and bones.by_id[pk].owner_id in people)
        }
    if owner is not None:
        found = {pk for pk in found if bones.by_id[pk].owner_id == owner}
    for word in words.casefold().split():
        found = {pk for pk in found if word in f"{bones.by_id[pk].title} {bones.by_id[pk].owner_name}".casefold()}
    return found
