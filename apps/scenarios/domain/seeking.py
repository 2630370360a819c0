"""What moves the root most, and how much one leaf would have to be for something to reach a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from apps.metrics.domain.arithmetic import rounded
from apps.scenarios.domain.changes import Changes, Move
from apps.scenarios.domain.evaluation import Sheet, Value

ONE_PERCENT = Decimal("0.01")
TOLERANCE = Fraction(1, 10**9)
"""How far a leaf found by halving may be off, as a share of it."""

_WIDEST = 40
_HALVINGS = 120

Found = Literal["exact", "near", "alone", "outside", "already", "no_value"]


@dataclass(frozen=True)
class Pushed:
    """What the root gains when a leaf moves by 1 % of itself towards more; None where it has no value then."""

    key: str
    gain: Value


def sensitivity(sheet: Sheet) -> list[Pushed]:
    """For each leaf with a value other than 0 what +1 % of it brings to the root, the largest first."""
    root, now = sheet.base.root, sheet.now[sheet.base.root]
    found = [_pushed(sheet, key, root, now) for key in sheet.leaves if key != root and sheet.now[key]]
    return sorted(found, key=lambda each: (each.gain is None, -abs(each.gain or 0), each.key))


def _pushed(sheet: Sheet, key: str, root: str, now: Value) -> Pushed:
    after = sheet.work_out(Changes(moves={key: Move("share", ONE_PERCENT)})).values[root]
    return Pushed(key, None if after is None or now is None else after - now)


@dataclass(frozen=True)
class Sought:
    """What a leaf would have to be. `how`:

    exact     it is `value`, exactly
    near      it is `value`, found by halving, off by no more than `TOLERANCE` of it
    outside   it would have to be `value`, which such a figure cannot be (below 0, a share above 100 %)
    alone     no value of this leaf alone gets there; `best` is the closest that was seen
    already   it is there without another change
    no_value  there is nothing to compare
    """

    how: Found
    value: Value = None
    best: Value = None


def seek(sheet: Sheet, changes: Changes, leaf: str, node: str, goal: Fraction) -> Sought:
    """How much `leaf` must be for `node` to be `goal`, with all other changes as they are.

    A straight line is solved and the answer put in: exact. Anything else is halved between two values of the leaf
    between which `node` crosses the goal, nearest to what the leaf is now; then the end that has reached it is told.
    """
    search = _Search(sheet, changes, leaf, node, goal)
    here = changes.moves[leaf].of(sheet.now[leaf]) if leaf in changes.moves else sheet.now[leaf]
    start = here if here is not None else Fraction(1)
    at_start = search.off(start)
    if here is not None and at_start == 0:
        return Sought("already", here)
    line = search.straight(start)
    if line is not None:
        return Sought("exact" if search.may_be(line) else "outside", line)
    if at_start is None:
        return Sought("no_value")
    return search.between(start, at_start)


@dataclass(frozen=True)
class _Exactly(Move):
    """A leaf at a fraction, which no typed figure could say."""

    value: Fraction = Fraction(0)

    def of(self, now: Value) -> Value:
        return self.value


@dataclass
class _Search:
    sheet: Sheet
    changes: Changes
    leaf: str
    node: str
    goal: Fraction

    def __post_init__(self) -> None:
        self.low, self.high = _limits(self.sheet, self.leaf)

    def off(self, value: Fraction) -> Value:
        """How far the node is from the goal when the leaf is `value`."""
        moves = {**self.changes.moves, self.leaf: _Exactly("set", Decimal(0), value)}
        changes = replace(self.changes, moves=moves)
        found = self.sheet.work_out(changes).values[self.node]
        return None if found is None else found - self.goal

    def may_be(self, value: Fraction) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def straight(self, start: Fraction) -> Value:
        """The answer if the node is a straight line of the leaf, checked by putting it in; None if it is not."""
        step = abs(start) / 2 or Fraction(1)
        off = [self.off(start + step * times) for times in (0, 1, -1)]
        known = [each for each in off if each is not None]
        if len(known) < 3 or known[1] - known[0] != known[0] - known[2] or known[1] == known[0]:
            return None
        answer = start - known[0] * step / (known[1] - known[0])
        return answer if self.off(answer) == 0 else None

    def between(self, start: Fraction, at_start: Fraction) -> Sought:
        """By halving, outward from `start` on both sides."""
        best, closest = at_start, start
        last = {-1: (start, at_start), 1: (start, at_start)}
        for side, value in self.outward(start):
            off = self.off(value)
            if off is None:
                continue
            if abs(off) < abs(best):
                best, closest = off, value
            inner, at_inner = last[side]
            if (off >= 0) != (at_inner >= 0) or off == 0:
                return self.halved(inner, value, at_inner)
            last[side] = (value, off)
        return Sought("alone", closest, best + self.goal)

    def outward(self, start: Fraction) -> Iterator[tuple[int, Fraction]]:
        """Values further and further away, up and down in turn, no further than the leaf can be."""
        step = abs(start) / 16 or Fraction(1, 16)
        for at in range(_WIDEST):
            for side in (1, -1):
                value = start + side * step * 2**at
                if self.low is not None and value < self.low:
                    value = self.low
                if self.high is not None and value > self.high:
                    value = self.high
                yield side, value

    def halved(self, inner: Fraction, outer: Fraction, at_inner: Fraction) -> Sought:
        for _ in range(_HALVINGS):
            if abs(outer - inner) <= TOLERANCE * max(abs(outer), abs(inner)) / 4:
                break
            middle = (inner + outer) / 2
            off = self.off(middle)
            if off is None:
                return Sought("alone")
            if off == 0:
                return Sought("exact", middle)
            if (off >= 0) == (at_inner >= 0):
                inner = middle
            else:
                outer = middle
        return Sought("near", outer, (self.off(outer) or Fraction(0)) + self.goal)


def _limits(sheet: Sheet, leaf: str) -> tuple[Value, Value]:
    """Between which values such a figure stays: not below 0 if it is not now, a share of 0 to 100 % within that."""
    each, now = sheet.base.metrics[leaf], sheet.now[leaf]
    if now is None or now < 0:
        return None, None
    shares = each.unit.kind == "percent" and now <= 1
    return Fraction(0), Fraction(1) if shares else None


def as_typed(value: Fraction, digits: int = 6) -> Decimal:
    """A sought value as somebody would type it: so many digits after the point."""
    return rounded(value, digits)
