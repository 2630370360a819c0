"""The Owen value down a tree: each node's Shapley share among its siblings, passed on to what it is made of.

A node's parts form a coalition: they move together, in any order among themselves (Owen 1977). Where a parent is
affine in a node, what the root gains from a change of the node is its averaged coefficient times the change, so that
effect(root, part) = coefficient · effect(node, part): defined also where the node stands still while its parts offset
each other. Elsewhere (denominators, min, max) the ways in which the others may stand are listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Literal

from apps.kernel.issue import N_
from apps.metrics.domain.arithmetic import Outcome, combine, evaluate, reading
from apps.metrics.domain.drivers.branch import Branch, Effect, Method
from apps.metrics.domain.drivers.orders import Orders, orders
from apps.metrics.domain.drivers.polynomial import along, average
from apps.metrics.domain.formula import Input, Name, Node, Prior, inputs
from apps.metrics.domain.formula.tree import children, input_of
from apps.metrics.domain.formula_classes import Classification, classify, slopes
from apps.metrics.domain.reasons import Reason

NO_VALUE = N_("Its formula has no value at one of the two ends, or between them.")
TOO_MANY_WAYS = N_("Too many ways lead from the top to here for exact shares.")

MOST_WAYS = 1024
_SMOOTH = ("sum", "product", "multilinear")

Value = Fraction | None


_Ways = Sequence[tuple[Fraction, Callable[[Value], Fraction]]]


@dataclass(frozen=True)
class _Straight:
    """The root moves by `slope` for each 1 of the node."""

    slope: Fraction

    def of(self, value: Value) -> Fraction:
        """What the root comes to, up to a constant."""
        return self.slope * _there(value)

    def change(self, before: Value, after: Value) -> Fraction:
        return self.slope * (_there(after) - _there(before))

    @property
    def ways(self) -> _Ways:
        return ((Fraction(1), self.of),)


@dataclass(frozen=True)
class _Bent:
    """What the root comes to for a value of the node, in each way the others may stand, by weight."""

    ways: _Ways

    def of(self, value: Value) -> Fraction:
        return sum((weight * root(value) for weight, root in self.ways), Fraction(0))


_Lead = _Straight | _Bent


class _NoValueError(Exception):
    """A formula divides by zero, or lacks an input, somewhere between the two ends."""


def decompose(branch: Branch, method: Method = "shapley") -> Effect:
    """What each node of the tree accounts for of `branch.change`, exactly; ValueError if it has no value at an end.

    "shapley": the average over all orders in which siblings may move; symmetric, and reversed in sign when the ends
    are exchanged. "sequential": siblings move in the order of the formula, each after those before it (连环替代法).
    """
    return _effect(branch, _Straight(Fraction(1)), branch.change, method)


def _effect(branch: Branch, lead: _Lead, effect: Fraction, method: Method) -> Effect:
    whole = Effect(branch.name, branch.before, branch.after, effect)
    if branch.formula is None or branch.before is None or branch.after is None:
        return whole
    try:
        return _Split(branch, branch.formula, lead, method).effect(effect)
    except _NoValueError:
        return _unsplit(whole, NO_VALUE)


def _unsplit(whole: Effect, why: str) -> Effect:
    return replace(whole, unsplit=Reason(why))


class _Between:
    """A formula while some of its inputs stand at one end and some at the other. Parts of it are worked out once."""

    def __init__(self, tree: Node, ends: Mapping[Input, tuple[Value, Value]]) -> None:
        self.tree, self.ends = tree, ends
        self._bit = {each: 1 << at for at, each in enumerate(ends)}
        self._reads: dict[int, int] = {}
        self._done: dict[tuple[int, int], Outcome] = {}

    def value(self, moved: int) -> Fraction:
        return _there(self._outcome(self.tree, moved).exact)

    def _outcome(self, node: Node, moved: int) -> Outcome:
        at = (id(node), moved & self._read_by(node))
        if at not in self._done:
            self._done[at] = self._worked_out(node, moved)
        return self._done[at]

    def _worked_out(self, node: Node, moved: int) -> Outcome:
        if isinstance(node, Name | Prior):
            each = input_of(node)
            return reading(each, self.ends[each][bool(moved & self._bit[each])])
        return combine(node, [self._outcome(child, moved) for child in children(node)])

    def _read_by(self, node: Node) -> int:
        if id(node) not in self._reads:
            self._reads[id(node)] = sum(self._bit[each] for each in inputs(node))
        return self._reads[id(node)]


class _Split:
    """A node with a formula, taken apart. Players are the inputs of the formula and, last, its gap if that moved."""

    def __init__(self, branch: Branch, tree: Node, lead: _Lead, method: Method) -> None:
        self.branch, self.tree, self.lead, self.method = branch, tree, lead, method
        self.known: Classification = classify(tree)
        self.ends = {each: (branch.parts[each].before, branch.parts[each].after) for each in self.known.inputs}
        self.gaps = (_there(branch.before) - self.at_end(0), _there(branch.after) - self.at_end(1))
        self.players = len(self.ends) + (self.gaps[0] != self.gaps[1])

    def at_end(self, side: Literal[0, 1]) -> Fraction:
        """What the formula comes to at one end."""
        return _there(evaluate(self.tree, {each: pair[side] for each, pair in self.ends.items()}).exact)

    @cached_property
    def between(self) -> _Between:
        return _Between(self.tree, self.ends)

    def effect(self, effect: Fraction) -> Effect:
        parts = {each: self.part(at, each) for at, each in enumerate(self.ends)}
        gap = effect - sum((part.effect for part in parts.values()), Fraction(0))
        branch = self.branch
        return Effect(branch.name, branch.before, branch.after, effect, gap, *self.gaps, parts=parts)

    def part(self, at: int, each: Input) -> Effect:
        below = self.branch.parts[each]
        if isinstance(self.lead, _Straight) and each in self.known.affine:
            rate = self.coefficient(at, each)
            change = _Straight(rate).change(*self.ends[each])
            found = _effect(below, _Straight(self.lead.slope * rate), self.lead.slope * change, self.method)
            return replace(found, own=change)
        gain = self.gain(at)
        own = gain / self.lead.slope if isinstance(self.lead, _Straight) and self.lead.slope else None
        whole = Effect(below.name, below.before, below.after, gain, own=own)
        if below.formula is None:
            return whole
        if len(self.orders.before[at]) * len(self.lead.ways) > MOST_WAYS:
            return _unsplit(whole, TOO_MANY_WAYS)
        return replace(_effect(below, self.bent(at, each), gain, self.method), own=own)

    # --- how the root depends on one input --------------------------------------------------------------------------

    def coefficient(self, at: int, each: Input) -> Fraction:
        """What the node gains for each 1 of an input it is affine in, on average over the orders."""
        if self.known.kind == "sum":
            return self.known.weights[each]
        rate = slopes(self.tree)[each]
        if rate is None:
            raise AssertionError(each)
        if self.method == "shapley" and self.known.kind in _SMOOTH:
            return average(along(rate, self.known_ends))
        between = _Between(rate, self.ends)
        return sum((weight * between.value(moved) for moved, weight in self.orders.before[at]), Fraction(0))

    @cached_property
    def known_ends(self) -> dict[Input, tuple[Fraction, Fraction]]:
        return {each: (_there(before), _there(after)) for each, (before, after) in self.ends.items()}

    def gain(self, at: int) -> Fraction:
        """The root's change when the player moves, on average over the orders."""
        bit = 1 << at
        worth, over = self.worth
        sums: dict[Fraction, int] = defaultdict(int)
        for moved, weight in self.orders.before[at]:
            sums[weight] += worth[moved | bit] - worth[moved]
        return sum((weight * found for weight, found in sums.items()), Fraction(0)) / over

    @cached_property
    def worth(self) -> tuple[dict[int, int], int]:
        """The root's value for all sets of players that matter, on average over the ways of those above.

        As whole numbers over one denominator: hundreds of them are added up for each player.
        """
        sets = {moved | bit for at, ways in enumerate(self.orders.before) for moved, _ in ways for bit in (0, 1 << at)}
        found = {moved: self.lead.of(self.between.value(moved) + self.gap(moved)) for moved in sets}
        over = lcm(*{value.denominator for value in found.values()})
        return {moved: value.numerator * (over // value.denominator) for moved, value in found.items()}, over

    def bent(self, at: int, each: Input) -> _Bent:
        """Every way to stand of the siblings, in every way to stand of those above."""
        above = self.lead.ways
        ways = [(weight, self.standing(moved, each)) for moved, weight in self.orders.before[at]]
        return _Bent([(weight * over, _after(node, root)) for weight, node in ways for over, root in above])

    def standing(self, moved: int, each: Input) -> Callable[[Value], Fraction]:
        """The node's value for a value of one input, while the others stand as `moved` says."""
        held = {one: self.ends[one][moved >> at & 1] for at, one in enumerate(self.ends)}
        gap = self.gap(moved)
        return lambda value: _there(evaluate(self.tree, {**held, each: value}).exact) + gap

    @property
    def orders(self) -> Orders:
        return orders(self.method, self.players)

    def gap(self, moved: int) -> Fraction:
        return self.gaps[moved >> len(self.ends) & 1]


def _after(node: Callable[[Value], Fraction], root: Callable[[Value], Fraction]) -> Callable[[Value], Fraction]:
    return lambda value: root(node(value))


def _there(value: Value) -> Fraction:
    if value is None:
        raise _NoValueError
    return value
