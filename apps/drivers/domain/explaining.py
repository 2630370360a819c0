"""Why the top of a tree differs between two ends: what every joint accounts for, exactly, adding up at every level.

Formulas are taken apart by `metrics.domain.drivers` (Shapley values down the tree, Owen), scores by
`metrics.domain.scoring_drivers`. Below a member of a score the chord is followed: what the member moved the score by,
for each 1 it moved itself. It is accounting, never a claim of what caused what; an influence has no share, ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from apps.drivers.domain.joints import End, Joint
from apps.kernel.issue import N_
from apps.metrics.domain import scoring
from apps.metrics.domain.drivers import Branch, Effect, Method, decompose, logarithmic
from apps.metrics.domain.formula import Input
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.scoring import ScoreDefinition
from apps.metrics.domain.scoring_drivers import ScoreChange, ScoreEnd, score_change

FLAGGED_OVER = Fraction(5, 1000)
"""A gap beyond this share of its parent is flagged."""

STOOD_STILL = N_("It moved the score without moving itself, because the others moved: its parts have no share in that.")
SCORE_UNSPLIT = N_("The score has no value on the way from one end to the other.")

Way = Method | Literal["lmdi"]
ZERO = Fraction(0)
Extra = Literal["gap", "held", "definition", "coverage"]


@dataclass(frozen=True)
class Share:
    """What one joint accounts for.

    `effect` is in the unit of the top, `on_parent` in that of its parent; both None where nothing can be said: for
    influences, and below what is taken as a whole. `effect` is the sum over `children` and `extras`, exactly, where it
    is taken apart at all. `extras` are bars of their own: "gap" (measured beside the formula), and in a score "held"
    (caps, and means that are not arithmetic), "definition" (weights and scales) and "coverage". `gap_before` and
    `gap_after` are in the joint's own unit; `flagged`: one of them is over 0.5 % of the joint's value. `capped` members
    of a score moved while their points stayed at 0 or 100. `group` numbers the dimensions of a score, whose `key` is
    empty; their values are points.
    """

    id: str
    key: str
    back: int
    before: Fraction | None
    after: Fraction | None
    effect: Fraction | None = None
    on_parent: Fraction | None = None
    children: tuple[Share, ...] = ()
    extras: Mapping[Extra, Fraction] = field(default_factory=dict, hash=False)
    gap_before: Fraction | None = None
    gap_after: Fraction | None = None
    flagged: bool = False
    unsplit: Reason | None = None
    influence: bool = False
    capped: bool = False
    group: int | None = None

    @property
    def change(self) -> Fraction | None:
        """After less before; None where one of them is missing."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def parts(self) -> tuple[Share, ...]:
        """Its children without those that only influence it."""
        return tuple(child for child in self.children if not child.influence)

    @property
    def gap(self) -> Fraction | None:
        """What is measured beside the formula, of the change at the top."""
        return self.extras.get("gap")

    def walk(self) -> Iterator[Share]:
        """This share and everything under it, top down."""
        yield self
        for child in self.children:
            yield from child.walk()


def explain(top: Joint, before: End, after: End, way: Way = "shapley") -> Share | None:
    """What everything under `top` accounts for of its change; None where it has no value at one of the ends.

    "lmdi" gives None, too, where a formula is no sum or product, or a number is not positive.
    """
    return Explaining(top, before, after).by(way)


@dataclass(frozen=True)
class Explaining:
    """A top between two ends, to be explained in one way or several: what they have in common is worked out once."""

    top: Joint
    before: End
    after: End

    @cached_property
    def values(self) -> tuple[dict[str, Fraction | None], dict[str, Fraction | None]]:
        """The value of every joint by its id, at both ends."""
        return self.before.exact(self.top), self.after.exact(self.top)

    def by(self, way: Way) -> Share | None:
        """As `explain`."""
        if any(values[self.top.id] is None for values in self.values):
            return None
        try:
            return _Explainer(self.before, self.after, self.values, way).top(self.top)
        except _NoLogarithmsError:
            return None


class _NoLogarithmsError(Exception):
    """A formula is no sum or product of positive numbers."""


@dataclass(frozen=True)
class _Explainer:
    before: End
    after: End
    values: tuple[Mapping[str, Fraction | None], Mapping[str, Fraction | None]]
    way: Way

    def top(self, joint: Joint) -> Share:
        """A joint explained for itself: effects are in its own unit."""
        return self.share(joint, self.effect_of(self.branch(joint)), None)

    def branch(self, joint: Joint, deep: bool = True) -> Branch:
        """The joint for the arithmetic; scores stand in it as they are, and are opened afterwards."""
        below = {each: self.branch(part) if deep else self.leaf(part) for each, part in joint.parts.items()}
        formula = joint.formula
        return replace(self.leaf(joint), formula=formula, parts=below if formula is not None else {})

    def leaf(self, joint: Joint) -> Branch:
        return Branch(joint.id, self.values[0][joint.id], self.values[1][joint.id])

    def effect_of(self, branch: Branch) -> Effect:
        if self.way != "lmdi":
            return decompose(branch, self.way)
        found = logarithmic(branch)
        if found is None:
            raise _NoLogarithmsError
        return found

    def share(self, joint: Joint, found: Effect, on_parent: Fraction | None) -> Share:
        """A joint whose effect on the top is known, with everything under it."""
        bare = self.bare(joint, found.effect, on_parent)
        if joint.is_score:
            return self.score(joint, bare, is_top=on_parent is None)
        if joint.formula is None or not found.parts:
            below = tuple(self.silent(part) for part in joint.parts.values()) if joint.formula is not None else ()
            return replace(bare, children=(*below, *self.beside(joint)), unsplit=found.unsplit)
        own = self.own(joint, found, is_top=on_parent is None)
        below = tuple(
            self.share(part, found.parts[each], own.get(each))
            for each, part in joint.parts.items()
            if each in found.parts
        )
        return replace(
            bare,
            children=(*below, *self.beside(joint)),
            extras={"gap": found.gap or ZERO},
            gap_before=found.gap_before,
            gap_after=found.gap_after,
            flagged=_is_over(found.gap_before, found.before) or _is_over(found.gap_after, found.after),
        )

    def own(self, joint: Joint, found: Effect, *, is_top: bool) -> dict[Input, Fraction]:
        """What each part accounts for of the change of `joint` itself; worked out where that is not known yet."""
        if is_top:
            return {each: part.effect for each, part in found.parts.items()}
        known = {each: part.own for each, part in found.parts.items() if part.own is not None}
        if len(known) == len(found.parts):
            return known
        return {each: part.effect for each, part in self.effect_of(self.branch(joint, deep=False)).parts.items()}

    def bare(self, joint: Joint, effect: Fraction | None, on_parent: Fraction | None) -> Share:
        before, after = (values[joint.id] for values in self.values)
        return Share(joint.id, joint.key, joint.back, before, after, effect, effect if on_parent is None else on_parent)

    def beside(self, joint: Joint) -> tuple[Share, ...]:
        return tuple(self.silent(each, influence=True) for each in joint.beside)

    def silent(self, joint: Joint, influence: bool = False) -> Share:
        """A joint that no share of the change can be told for, with its values; nor for anything under it."""
        below = tuple(self.silent(part, influence) for part in (*joint.parts.values(), *joint.beside))
        bare = self.bare(joint, None, None)
        return replace(bare, on_parent=None, children=below, influence=influence)

    # --- scores -----------------------------------------------------------------------------------------------------

    def score(self, joint: Joint, bare: Share, *, is_top: bool) -> Share:
        """A score by its dimensions, their members, and what else moved it."""
        ends = self.score_ends(joint)
        change = score_change(*ends) if ends else None
        whole = bare.change
        if ends is None or change is None or whole is None or (bare.effect and not whole):
            below = tuple(self.silent(part) for part in joint.parts.values())
            return replace(bare, children=(*below, *self.beside(joint)), unsplit=Reason(SCORE_UNSPLIT))
        scale = (bare.effect or ZERO) / whole if whole else Fraction(is_top)
        gaps = tuple((values[joint.id] or ZERO) - _score_of(end) for values, end in zip(self.values, ends, strict=True))
        bars: dict[Extra, Fraction] = {
            "held": change.held, "definition": change.definition, "coverage": change.coverage, "gap": gaps[1] - gaps[0],
        }  # fmt: skip
        groups = tuple(self.groups(joint, ends, change, scale))
        return replace(
            bare,
            children=(*groups, *self.beside(joint)),
            extras={name: bar * scale for name, bar in bars.items()},
            gap_before=gaps[0],
            gap_after=gaps[1],
            flagged=_is_over(gaps[0], bare.before) or _is_over(gaps[1], bare.after),
        )

    def score_ends(self, joint: Joint) -> tuple[ScoreEnd, ScoreEnd] | None:
        read = joint.read
        if read not in self.before.scores or read not in self.after.scores:
            return None
        sides = []
        for end, values in zip((self.before, self.after), self.values, strict=True):
            named = {part.key: values[part.id] for part in joint.parts.values()}
            sides.append(ScoreEnd(end.scores[read], named, end.peers))
        return sides[0], sides[1]

    def groups(
        self, joint: Joint, ends: tuple[ScoreEnd, ScoreEnd], change: ScoreChange, scale: Fraction
    ) -> Iterator[Share]:
        places = _places(ends[0].definition, ends[1].definition)
        parts = {part.key: part for part in joint.parts.values()}
        for number in sorted(set(places.values())):
            keys = [key for key in parts if places.get(key) == number]
            members = tuple(self.member(parts[key], change, scale) for key in keys)
            effect = sum((member.effect or ZERO for member in members), ZERO)
            own = sum((member.on_parent or ZERO for member in members), ZERO)
            before, after = (_points(end, number) for end in ends)
            yield Share(f"{joint.id}/{number}", "", 0, before, after, effect, own, members, group=number)

    def member(self, joint: Joint, change: ScoreChange, scale: Fraction) -> Share:
        """A member of a score: what it moved the score by, and how its own parts share that."""
        points = change.by_metric.get(joint.key, ZERO)
        before, after = (values[joint.id] for values in self.values)
        capped = joint.key in change.capped
        if before is None or after is None:
            return replace(self.silent(joint), effect=points * scale, on_parent=points, capped=capped)
        moved = after - before
        if not moved and points:
            return replace(self.silent(joint), effect=points * scale, on_parent=points, unsplit=Reason(STOOD_STILL))
        own = self.top(joint)
        slope = points / moved if moved else ZERO
        return replace(scaled(own, slope * scale), on_parent=points, capped=capped)


def scaled(share: Share, by: Fraction) -> Share:
    """A share for a top that moves by `by` for each 1 of its own top."""
    if share.effect is None:
        return share
    return replace(
        share,
        effect=share.effect * by,
        children=tuple(scaled(child, by) for child in share.children),
        extras={name: extra * by for name, extra in share.extras.items()},
    )


def _is_over(gap: Fraction | None, whole: Fraction | None) -> bool:
    """Whether what is measured beside the formula is more than 0.5 % of the whole."""
    return gap is not None and whole is not None and abs(gap) > FLAGGED_OVER * abs(whole)


def _score_of(end: ScoreEnd) -> Fraction:
    return scoring.score(end.definition, end.values, end.peers).score or ZERO


def _places(before: ScoreDefinition, after: ScoreDefinition) -> dict[str, int]:
    """The number of the dimension of each member: as it is after, or was before."""
    return {
        part.metric: number
        for definition in (before, after)
        for number, group in enumerate(definition.groups)
        for part in group.parts
    }


def _points(end: ScoreEnd, number: int) -> Fraction | None:
    """The points of a dimension: the weighted mean of those of its members that have a value."""
    found = scoring.score(end.definition, end.values, end.peers)
    known = [part for part in found.parts if part.group == number and part.points is not None]
    weight = sum((part.weight for part in known), ZERO)
    if not weight:
        return None
    return sum((part.weight * part.points for part in known if part.points is not None), ZERO) / weight
