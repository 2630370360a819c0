"""By the members of a dimension: who made a sum or a ratio move, and who moved unlike the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


class Side(NamedTuple):
    """A member at one end: its numerator and denominator, both 0 where it was not there."""

    numerator: Fraction
    denominator: Fraction

    @property
    def rate(self) -> Fraction | None:
        return self.numerator / self.denominator if self.denominator else None


_ABSENT = Side(Fraction(0), Fraction(0))


class Member(NamedTuple):
    """A member at both ends; None where it was not there."""

    before: Side | None
    after: Side | None


@dataclass(frozen=True)
class MixRate:
    """What a member accounts for of the change of the whole ratio, in the ratio's unit.

    `rate`: its own ratio moved. `mix`: its share of the denominator moved, against the whole's mean: growth of a member
    below the mean lowers the whole. `is_new` and `is_gone`: all of it is mix.
    """

    rate: Fraction
    mix: Fraction
    is_new: bool = False
    is_gone: bool = False

    @property
    def effect(self) -> Fraction:
        return self.rate + self.mix


def mix_and_rate(members: Mapping[str, Member]) -> dict[str, MixRate] | None:
    """The change of Σ numerators / Σ denominators by member, adding up exactly; None if a whole denominator is 0.

    With w = d / D and r = n / d: rate = ½ (w0 + w1) (r1 - r0), mix = (w1 - w0) (½ (r0 + r1) - ½ (R0 + R1)).
    """
    ends = {name: (member.before or _ABSENT, member.after or _ABSENT) for name, member in members.items()}
    wholes = [_whole([pair[end] for pair in ends.values()]) for end in (0, 1)]
    first, last = (whole.rate for whole in wholes)
    if first is None or last is None:
        return None
    middle = (first + last) / 2
    found = {}
    for name, (before, after) in ends.items():
        shares = [side.denominator / whole.denominator for side, whole in zip((before, after), wholes, strict=True)]
        parts = [side.numerator / whole.denominator for side, whole in zip((before, after), wholes, strict=True)]
        effect = parts[1] - parts[0] - (shares[1] - shares[0]) * middle
        rate = Fraction(0)
        if before.rate is not None and after.rate is not None:
            rate = (shares[0] + shares[1]) / 2 * (after.rate - before.rate)
        member = members[name]
        found[name] = MixRate(rate, effect - rate, is_new=member.before is None, is_gone=member.after is None)
    return found


def odd_ones(members: Mapping[str, tuple[Fraction, Fraction]]) -> list[tuple[str, Fraction]]:
    """Members of a sum by how far they are from where they would be had they moved like all others, farthest first.

    A member whose others summed to 0 before is left out: there is nothing to compare with.
    """
    whole = [sum((ends[end] for ends in members.values()), Fraction(0)) for end in (0, 1)]
    found = []
    for name, (before, after) in members.items():
        others = [whole[0] - before, whole[1] - after]
        if others[0]:
            found.append((name, after - before * others[1] / others[0]))
    return sorted(found, key=lambda each: (-abs(each[1]), each[0]))


def _whole(sides: list[Side]) -> Side:
    zero = Fraction(0)
    return Side(sum((side.numerator for side in sides), zero), sum((side.denominator for side in sides), zero))
