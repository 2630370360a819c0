"""The tree, worked out again with changes in it: by formulas only, exactly, and only where something moved.

What a parent was measured at beside what its formula comes to is its gap. It is kept as it is, an amount, so that
without a change nothing changes. An influence moves its parent only by an elasticity that somebody typed:
parent + parent now x elasticity x (child - child now) / child now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from apps.kernel.issue import N_
from apps.metrics.domain import graph, scoring
from apps.metrics.domain.arithmetic import TOO_LARGE, Outcome, evaluate, fits, rounded
from apps.metrics.domain.definition import ScoreDefinition
from apps.metrics.domain.formula import Input
from apps.metrics.domain.reasons import Reason
from apps.scenarios.domain.base import Base, Quantity
from apps.scenarios.domain.changes import Changes, Weight

MISSING = N_("No value for: %(names)s.")
NOTHING_TO_MOVE = N_("It has no value now, so there is nothing to move. Type the value itself.")
CHILD_IS_ZERO = N_("“%(name)s” is 0 now, so it cannot change by a percentage.")
NO_VALUE = N_("It has no value.")

Value = Fraction | None
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Outcomes:
    """Every metric's value after the changes, and why where there is none; `moved` are those that were worked out."""

    values: Values
    reasons: Mapping[str, Reason]
    moved: frozenset[str]


class Sheet:
    """A base, ready to be worked out any number of times.

    `now` are its values, `gaps` what was measured beside the formulas (amounts; only those that are not 0). `held`
    says of a measured parent why it cannot follow its parts: its formula has no value now. It is moved like a leaf.
    """

    def __init__(self, base: Base) -> None:
        self.base = base
        self.now: dict[str, Value] = {}
        self.gaps: dict[str, Fraction] = {}
        self.held: dict[str, Reason] = {}
        self.missing: dict[str, Reason] = {}
        self._inputs = {key: each.inputs for key, each in base.metrics.items()}
        self._graph = {
            key: [used.key for used in read if not used.back and used.key in base.metrics]
            for key, read in self._inputs.items()
        }
        for key in graph.in_order(self._graph):
            self._start(key, base.metrics[key])

    def _start(self, key: str, each: Quantity) -> None:
        if not self._inputs[key]:
            self.now[key] = each.value
            if each.value is None:
                self.missing[key] = each.reason or Reason(NO_VALUE)
            return
        found = self._worked_out(key, self.now, {})
        if each.value is None or found.exact is None:
            self.now[key] = each.value if found.exact is None else found.exact
            if self.now[key] is None:
                self.missing[key] = found.reason or self._without(found)
            elif found.exact is None:
                self.held[key] = found.reason or self._without(found)
            return
        alike = rounded(found.exact) == rounded(each.value)
        self.now[key] = found.exact if alike else each.value
        if not alike:
            self.gaps[key] = each.value - found.exact

    def is_leaf(self, key: str) -> bool:
        """Whether a metric can be moved: it has no arithmetic, or cannot follow it."""
        return not self._inputs[key] or key in self.held

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The metrics that can be moved, in the order of the tree, then those that only formulas name."""
        shown = [place.key for _, place in self.base.tree.walk()]
        return tuple(key for key in dict.fromkeys([*shown, *self.base.metrics]) if self.is_leaf(key))

    def circle(self, changes: Changes) -> tuple[str, ...]:
        """The metrics of a circle that the elasticities would close; empty if there is none."""
        return graph.find_cycle(self._with(changes))

    def work_out(self, changes: Changes) -> Outcomes:
        """Every value after `changes`. ValueError where elasticities close a circle."""
        order, pulls = self._order(changes)
        reweighed = _reweighed(self.base, changes)
        if not pulls:
            order = self._from({*changes.moves, *reweighed})
        values, reasons, moved = dict(self.now), dict(self.missing), set[str]()
        for key in order:
            if not self._is_touched(key, changes, reweighed, pulls, moved):
                continue
            found = self._after(key, changes, values, reweighed, pulls)
            values[key] = found.exact
            reasons.pop(key, None)
            if found.exact is None:
                reasons[key] = found.reason or self._without(found)
            if values[key] != self.now[key] or found.exact is None:
                moved.add(key)
        return Outcomes(values, reasons, frozenset(moved))

    def _is_touched(
        self,
        key: str,
        changes: Changes,
        reweighed: Mapping[str, ScoreDefinition],
        pulls: Mapping[str, list[tuple[str, Decimal]]],
        moved: set[str],
    ) -> bool:
        if self.is_leaf(key):
            return key in changes.moves or any(child in moved for child, _ in pulls.get(key, ()))
        if key in reweighed or any(child in moved for child, _ in pulls.get(key, ())):
            return True
        return any(used in moved for used in self._graph[key])

    def _after(
        self,
        key: str,
        changes: Changes,
        values: Values,
        reweighed: Mapping[str, ScoreDefinition],
        pulls: Mapping[str, list[tuple[str, Decimal]]],
    ) -> Outcome:
        now = self.now[key]
        if self.is_leaf(key) and key in changes.moves:  # what is typed holds, whatever pulls at it
            typed = changes.moves[key].of(now)
            return _fitting(Outcome(typed, reason=None if typed is not None else Reason(NOTHING_TO_MOVE)))
        found = Outcome(now) if self.is_leaf(key) else self._worked_out(key, values, reweighed)
        if found.exact is None:
            return found
        total = found.exact + self.gaps.get(key, Fraction(0))
        for child, elasticity in pulls.get(key, ()):
            before, after = self.now[child], values[child]
            if after is None or before is None:
                return Outcome(None, (Input(child),))
            if before == after:
                continue
            if before == 0:
                return Outcome(None, reason=Reason(CHILD_IS_ZERO, {"name": child}))
            total += (now or Fraction(0)) * Fraction(elasticity) * (after - before) / before
        return _fitting(Outcome(total))

    def _worked_out(self, key: str, values: Values, reweighed: Mapping[str, ScoreDefinition]) -> Outcome:
        """What the arithmetic of `key` comes to, without its gap."""
        each = self.base.metrics[key]
        if each.formula is not None:
            read = {
                used: self.base.earlier.get(used) if used.back else values.get(used.key) for used in self._inputs[key]
            }
            return evaluate(each.formula, read)
        score = reweighed.get(key, each.score)
        assert score is not None  # noqa: S101  (what reads something is a formula or a score)
        peers = {
            part: [*others, own] for part, others in self.base.peers.items() if (own := values.get(part)) is not None
        }
        scored = scoring.score(score, values, peers)
        if scored.score is None:
            return Outcome(None, tuple(Input(part) for part in scored.missing), None)
        return Outcome(scored.score)

    def _without(self, found: Outcome) -> Reason:
        return Reason(MISSING, {"names": [used.key for used in found.missing]})

    def _with(self, changes: Changes) -> dict[str, list[str]]:
        """What each metric is worked out from, the children that pull at it included."""
        added = defaultdict(list)
        for pull in changes.elasticities:
            added[pull.parent].append(pull.child)
        return {key: [*used, *added[key]] for key, used in self._graph.items()}

    @cached_property
    def _plain_order(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(graph.in_order(self._graph))}

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        """Which metrics read each one."""
        found = defaultdict(list)
        for key, used in self._graph.items():
            for each in used:
                found[each].append(key)
        return found

    def _from(self, keys: Iterable[str]) -> list[str]:
        """`keys` and everything that is worked out from them, in an order in which inputs come first."""
        found, waiting = set(keys), list(keys)
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if user not in found:
                    found.add(user)
                    waiting.append(user)
        return sorted(found & self._plain_order.keys(), key=self._plain_order.__getitem__)

    def _order(self, changes: Changes) -> tuple[list[str], dict[str, list[tuple[str, Decimal]]]]:
        if not changes.elasticities:
            return [], {}
        pulls = defaultdict(list)
        for pull, elasticity in changes.elasticities.items():
            pulls[pull.parent].append((pull.child, elasticity))
        return graph.in_order(self._with(changes)), pulls


def _fitting(outcome: Outcome) -> Outcome:
    return outcome if fits(outcome.exact) else Outcome(None, reason=Reason(TOO_LARGE))


def _reweighed(base: Base, changes: Changes) -> dict[str, ScoreDefinition]:
    """The scores of which a weight is changed, with it."""
    found = {}
    for key in dict.fromkeys(weight.score for weight in changes.weights):
        score = base.metrics[key].score
        if score is not None:
            found[key] = _with_weights(key, score, changes.weights)
    return found


def _with_weights(key: str, score: ScoreDefinition, weights: Mapping[Weight, Decimal]) -> ScoreDefinition:
    groups = tuple(
        group.model_copy(
            update={
                "weight": weights.get(Weight(key, at), group.weight),
                "parts": tuple(
                    part.model_copy(update={"weight": weights.get(Weight(key, at, part.metric), part.weight)})
                    for part in group.parts
                ),
            }
        )
        for at, group in enumerate(score.groups)
    )
    return score.model_copy(update={"groups": groups})


def scored_with(base: Base, key: str, changes: Changes) -> ScoreDefinition | None:
    """The score `key` with the changed weights; None for what is no score."""
    return _reweighed(base, changes).get(key, base.metrics[key].score)
