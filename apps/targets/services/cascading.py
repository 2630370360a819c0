"""Split a target to parts, and change a whole cascade at once: first shown, then done, and never on what has changed.

What would be done is worked out by the same function for the preview and for the act. The stamp of the preview names
everything it was made from; if any of that is another by then, nothing is done and the new preview is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor
from apps.common.formats import rounded
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricView
from apps.targets import selectors
from apps.targets.domain import cascade, checks, terms
from apps.targets.domain.adding import NOT_WORDS, Adds
from apps.targets.domain.kinds import WITH_A_WAY, Kind, Rule, Shape, State
from apps.targets.models import Target
from apps.targets.selectors.cascading import TEAMS, Candidate, Split
from apps.targets.services.setting import (
    CANNOT_BE_SET,
    CHANGED_MEANWHILE,
    ENDED_ALREADY,
    Beside,
    Scope,
    issues_of,
    put,
)

STALE = N_("Something changed since you saw this. Look at it again, then confirm.")
NO_BAND = N_("A target between two values is not split. Set one for each part instead.")
NO_PART = N_("There is no part “%(part)s” any more, or it has no values. Leave it out, or look at the list again.")
WHY = N_("Say in a few words why; each part keeps it with its history.")


@dataclass(frozen=True)
class Asked:
    """How somebody wants a target split: `goal` of the whole, `rule`, into what, and what was typed for each part.

    `weights` are shares in per cent, `goals` figures by hand, both by the key of a part; parts without either are not
    part of it.
    """

    rule: Rule
    into: str
    goal: Decimal | None = None
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    goals: Mapping[str, Decimal] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Line:
    """One target that a cascade touches: `before` None where it is new; `wish` is what it would be.

    One that `stays` was not planned anew: it is a part as before and counts as one.
    """

    key: str
    name: str
    depth: int
    before: Decimal | None
    after: Decimal
    scope: Scope
    wish: checks.Wish
    share: Decimal | None
    rule: str
    above: str
    owner_id: UUID | None = None
    owner_name: str = ""
    stays: bool = False

    @property
    def changes(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Preview:
    """What a cascade would do: every target it touches, top down, what is left of the whole, and what is wrong.

    `rest` is None where parts make no sum. `stamp` names what it was made from.
    """

    lines: tuple[Line, ...]
    rest: Decimal | None
    issues: tuple[Issue, ...]
    stamp: str

    @property
    def changed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.changes)


def preview_cascade(target_id: UUID, asked: Asked) -> Preview:
    """What `asked` would make of a target in force and all below it. Some ten queries, however many parts."""
    return _Planner(selectors.target_by_id(target_id), asked).preview()


def apply_cascade(*, actor: Actor, target_id: UUID, asked: Asked, stamp: str, reason: str) -> list[Target]:
    """Do what a preview showed: the whole, then its parts, level by level, each as a new version with `reason`.

    Where the company asks for a second admin all of it is proposed. Raises Refusal with every issue at once (`where` is
    the key of a part, or "goal", "reason"), and with status 409 if anything the preview was made from has changed.
    """
    actor.must("targets.edit")
    try:
        with transaction.atomic():
            target = Target.objects.select_for_update(of=("self",)).filter(pk=target_id).first()
            planner = _Planner(target or selectors.target_by_id(target_id), asked)
            planner.hold()
            found = planner.preview()
            if found.stamp != stamp:
                raise Refusal(STALE, status=409)
            issues = list(found.issues)
            if not reason.strip():
                issues.append(Issue("reason", WHY))
            if issues:
                raise Refusal(CANNOT_BE_SET, issues=issues)
            return list(_put_all(actor, planner.target, found, reason))
    except IntegrityError:
        raise Refusal(CHANGED_MEANWHILE, status=409) from None


def _put_all(actor: Actor, target: Target, found: Preview, reason: str) -> Iterator[Target]:
    made: dict[str, Target] = {}
    for line in found.lines:
        if line.stays:
            continue
        if not line.depth and not line.changes:  # the whole stays what it is
            made[line.key] = target
            yield target
            continue
        above = made.get(line.above)
        beside = Beside(
            owner_id=line.owner_id, owner_name=line.owner_name, reason=reason, parent_id=above.pk if above else None,
            share=line.share, cascade_rule=line.rule,
        )  # fmt: skip
        made[line.key] = put(actor, line.scope, line.wish, beside)
        yield made[line.key]


class _Planner:
    """Works out what a cascade makes of a target and of everything below it."""

    def __init__(self, target: Target, asked: Asked) -> None:
        if target.status != State.IN_FORCE or target.valid_until is not None:
            raise Refusal(ENDED_ALREADY, status=409)
        if target.kind == Kind.BAND:
            raise Refusal(NO_BAND)
        self.target, self.asked = target, asked
        self.views = {view.id: view for view in metrics.metrics()}
        self.metric: MetricView = self.views.get(target.metric_id) or metrics.metric_for(target.metric_id)
        self.known = {view.key: view.definition for view in self.views.values()}
        self.adds = selectors.adds(self.metric, self.views.values())
        self.goal = target.goal if asked.goal is None else asked.goal
        assert self.goal is not None  # noqa: S101  (every kind but a band has one)
        self.step = cascade.step_of(self.metric.unit.kind, self.metric.unit.decimals, self.goal)
        self.tree = selectors.split_of(target)
        self.candidates = selectors.candidates(target, self.metric, asked.into)

    def hold(self) -> None:
        """Lock every target that is or could be touched, in one order."""
        scope = {"metric_id": self.target.metric_id, "grain": self.target.grain}
        list(selectors.standing_rows().select_for_update(of=("self",)).filter(**scope).order_by("pk"))
        self.tree = selectors.split_of(self.target)
        self.candidates = selectors.candidates(self.target, self.metric, self.asked.into)

    def preview(self) -> Preview:
        told = [self._told(each) for each in self.candidates if self._is_chosen(each)]
        rule, sums = self.asked.rule, self.adds is not Adds.NOT and self.target.kind in WITH_A_WAY
        found = [*self._unknown(), *cascade.issues(rule, told)]
        if rule is not Rule.HAND and not sums:
            found.append(Issue("rule", NOT_WORDS))
        if found:
            return Preview((self._top(),), None, tuple(found), self._stamp())
        planned = cascade.plan(self.goal, rule, told, self.step)
        anew = {each.key: each for each in planned if each.goal is not None}
        lines = [self._top(), *self._parts(anew), *self._others(anew)]
        rest = cascade.rest(self.goal, [line.after for line in lines if line.depth == 1]) if sums else None
        return Preview(tuple(lines), rest, tuple(self._issues(lines)), self._stamp())

    def _is_chosen(self, part: Candidate) -> bool:
        if self.asked.rule is Rule.LAST_YEAR:
            return part.key in self.asked.chosen
        return part.key in (self.asked.weights if self.asked.rule is Rule.SHARE else self.asked.goals)

    def _unknown(self) -> Iterator[Issue]:
        """Parts that somebody named and that there are none of: a member without values, a team archived meanwhile."""
        asked = self.asked
        for key in sorted({*asked.weights, *asked.goals, *asked.chosen} - {each.key for each in self.candidates}):
            yield Issue(key, NO_PART, {"part": key.partition(":")[2]})

    def _told(self, part: Candidate) -> cascade.Told:
        asked = self.asked
        return cascade.Told(part.key, part.name, asked.weights.get(part.key), part.figure, asked.goals.get(part.key))

    def _top(self) -> Line:
        return self._line(self.target, "", self.goal, 0, "", self.target.share, self.target.cascade_rule)

    def _parts(self, planned: Mapping[str, cascade.Planned]) -> Iterator[Line]:
        by_scope = {
            (each.target.dimension, each.target.member, each.target.team_id): each
            for each in self.tree.parts
            if each.target.valid_until is None
        }
        top = str(self.target.pk)
        for part in self.candidates:
            plan = planned.get(part.key)
            if plan is None:
                continue
            split = by_scope.get(part.scope)
            if split is None and part.now is not None:
                split = selectors.split_of(part.now)
            if split is None or not split.is_alike(self.target):  # one for another time or of another kind stays itself
                yield self._new(part, plan, top)
            else:
                yield from self._changed(split.alike(), plan, part, top)

    def _others(self, planned: Mapping[str, cascade.Planned]) -> Iterator[Line]:
        """The parts of this cut that were not planned anew."""
        top = str(self.target.pk)
        for each in self.tree.parts:
            row = each.target
            key = f"{TEAMS}:{row.team_id}" if row.team_id else f"{row.dimension}:{row.member}"
            if key in planned or key.partition(":")[0] != self.asked.into or row.valid_until is not None:
                continue
            if row.goal is not None and each.is_alike(self.target):
                yield replace(self._line(row, key, row.goal, 1, top, row.share, row.cascade_rule), stays=True)

    def _new(self, part: Candidate, plan: cascade.Planned, top: str) -> Line:
        assert plan.goal is not None  # noqa: S101
        baseline = part.baseline
        whole = self.target.baseline
        if baseline is None and part.team_id is not None and whole is not None and plan.share is not None:
            baseline = self._shown(whole * plan.share)  # a team without numbers of its own
        wish = self._wish(plan.goal, baseline if self.target.kind == Kind.LEVEL else None)
        scope = Scope(self.target.metric_id, Grain(self.target.grain), *part.scope)
        return Line(
            part.key, part.name, 1, None, plan.goal, scope, wish, plan.share, str(self.asked.rule), top,
            part.owner_id, part.owner_name,
        )  # fmt: skip

    def _changed(self, split: Split, plan: cascade.Planned, part: Candidate, top: str) -> Iterator[Line]:
        """A part that has a target for this time already, and everything below it, which keeps its own shares."""
        assert plan.goal is not None  # noqa: S101
        branch = split.branch()
        after = {change.key: change.after for change in cascade.changes(branch, plan.goal, self.step)}
        above = {str(child.target.pk): str(each.target.pk) for _d, each in split.walk() for child in each.parts}
        for depth, each in split.walk(1):
            row, key = each.target, str(each.target.pk)
            goal = after.get(key, row.goal)
            assert goal is not None  # noqa: S101
            is_part = depth == 1
            yield self._line(
                row, part.key if is_part else "", goal, depth,
                top if is_part else self._key_of(above[key], split, part),
                plan.share if is_part else row.share, str(self.asked.rule) if is_part else row.cascade_rule,
            )  # fmt: skip

    def _key_of(self, pk: str, split: Split, part: Candidate) -> str:
        return part.key if pk == str(split.target.pk) else pk

    def _line(
        self, row: Target, key: str, goal: Decimal, depth: int, above: str, share: Decimal | None, rule: str
    ) -> Line:
        name = selectors.part_name(row)
        scope = Scope(row.metric_id, Grain(row.grain), row.dimension, row.member, row.team_id)
        wish = self._wish(goal, row.baseline)
        return Line(
            key or str(row.pk),
            name,
            depth,
            row.goal,
            goal,
            scope,
            wish,
            share,
            rule,
            above,
            row.owner_id,
            row.owner_name,
        )

    def _wish(self, goal: Decimal, baseline: Decimal | None) -> checks.Wish:
        """The terms of the whole with another goal; milestones are the company's own and are not split."""
        wish = terms.wish_of({name: getattr(self.target, name) for name in terms.NAMES}, Grain(self.target.grain))
        given = {"goal": goal, "baseline": None if baseline is None else self._shown(baseline), "on_purpose": True}
        if wish.milestones and goal != self.target.goal:
            given |= {"milestones": (), "pace": Shape.PERIODS}
        return replace(wish, **given, valid_from=self._holds_later())

    def _holds_later(self) -> date | None:
        """The day from which on the whole counts, where that is still to come: its parts wait for it too."""
        day = self.target.valid_from
        return day if day is not None and day > people.today() else None

    def _shown(self, value: Decimal) -> Decimal:
        places = -cascade.step_of(self.metric.unit.kind, self.metric.unit.decimals, Decimal(1)).as_tuple().exponent
        return rounded(value, places)

    def _issues(self, lines: Sequence[Line]) -> Iterator[Issue]:
        """What keeps a part from being set, by its key; the first part has the others' faults in common."""
        for line in (line for line in lines if not line.stays):
            for issue in issues_of(line.wish, self.metric, None, known=self.known):
                yield Issue(line.key if line.depth else "goal", issue.message, issue.params)

    def _stamp(self) -> str:
        """Another one as soon as any target that this is made from is another."""
        rows = [each.target for _depth, each in self.tree.walk()]
        rows += [each.now for each in self.candidates if each.now is not None]
        facts = [*sorted(str(row.pk) for row in rows), str(self.goal), str(self.asked.rule), self.asked.into]
        figures = [f"{each.key}={each.figure}" for each in self.candidates] if self.asked.rule is Rule.LAST_YEAR else []
        typed = sorted(f"{k}={v}" for k, v in (*self.asked.weights.items(), *self.asked.goals.items()))
        facts += [*figures, *typed, *sorted(self.asked.chosen)]
        return hashlib.sha256("|".join(facts).encode()).hexdigest()
