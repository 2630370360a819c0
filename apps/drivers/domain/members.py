"""By the members of one dimension: what each accounts for, ranked, the odd ones pointed out, the small ones folded.

One dimension at a time; what members of two dimensions account for is never added. What the whole moved beside its
members (who counts in several, or in none) is a figure of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from apps.metrics.domain.drivers import Member, Side, mix_and_rate, odd_ones

MOST_SHOWN = 10
MOST_ODD = 3
FEWEST_FOR_ODD = 4
ZERO = Fraction(0)


@dataclass(frozen=True)
class MemberEffect:
    """A member: its own values at both ends (None where it was not there), and what it accounts for of the whole.

    Of a ratio `rate` is what its own ratio moved, `mix` what its share of the denominator did; both None for a sum.
    `odd`: far from where it would be had it moved like all others; `unexpected` says how far, in the whole's unit.
    """

    name: str
    before: Fraction | None
    after: Fraction | None
    effect: Fraction
    rate: Fraction | None = None
    mix: Fraction | None = None
    is_new: bool = False
    is_gone: bool = False
    odd: bool = False
    unexpected: Fraction | None = None


@dataclass(frozen=True)
class Split:
    """The change of a whole by its members, the largest first: Σ effects + `beside` = the change, exactly."""

    members: tuple[MemberEffect, ...]
    beside: Fraction
    is_ratio: bool

    @property
    def shown(self) -> tuple[MemberEffect, ...]:
        """The largest, as many as are worth a row of their own."""
        return self.members if len(self.members) <= MOST_SHOWN + 1 else self.members[:MOST_SHOWN]

    @property
    def folded(self) -> tuple[MemberEffect, ...]:
        """All others."""
        return self.members[len(self.shown) :]


def by_sum(members: Mapping[str, tuple[Fraction | None, Fraction | None]], change: Fraction) -> Split:
    """Members of a sum or count: each accounts for its own change; one that was not there counted 0."""
    ends = {name: (before or ZERO, after or ZERO) for name, (before, after) in members.items()}
    unexpected = dict(odd_ones(ends))
    odd = _odd(unexpected)
    found = [
        MemberEffect(
            name, *members[name], after - before, is_new=members[name][0] is None, is_gone=members[name][1] is None,
            odd=name in odd, unexpected=unexpected.get(name),
        )
        for name, (before, after) in ends.items()
    ]  # fmt: skip
    return _split(found, change, is_ratio=False)


def by_ratio(members: Mapping[str, tuple[Side | None, Side | None]], change: Fraction) -> Split | None:
    """Members of a ratio: their own ratios moved, and their shares of the denominator; None without denominators."""
    sides = {name: Member(*pair) for name, pair in members.items()}
    told = mix_and_rate(sides)
    if told is None:
        return None
    unexpected = _unexpected(sides)
    odd = _odd(unexpected)
    found = [
        MemberEffect(
            name,
            _rate(sides[name].before),
            _rate(sides[name].after),
            each.effect,
            each.rate,
            each.mix,
            each.is_new,
            each.is_gone,
            name in odd,
            unexpected.get(name),
        )
        for name, each in told.items()
    ]
    return _split(found, change, is_ratio=True)


def _split(found: Sequence[MemberEffect], change: Fraction, *, is_ratio: bool) -> Split:
    ranked = tuple(sorted(found, key=lambda each: (-abs(each.effect), each.name)))
    return Split(ranked, change - sum((each.effect for each in ranked), ZERO), is_ratio)


def _unexpected(members: Mapping[str, Member]) -> dict[str, Fraction]:
    """How far, in the whole's ratio, each is from where it would be had its ratio moved in step with the others'."""
    pairs = {name: (each.before, each.after) for name, each in members.items()}
    whole = [_sum([pair[end] for pair in pairs.values()]) for end in (0, 1)]
    found = {}
    for name, (before, after) in pairs.items():
        if before is None or after is None or before.rate is None or not whole[1].denominator:
            continue
        others = [Side(all_.numerator - own.numerator, all_.denominator - own.denominator)
                  for all_, own in zip(whole, (before, after), strict=True)]  # fmt: skip
        first, last = others[0].rate, others[1].rate
        if first and last is not None:
            expected = after.denominator * before.rate * last / first
            found[name] = (after.numerator - expected) / whole[1].denominator
    return found


def _rate(side: Side | None) -> Fraction | None:
    return side.rate if side else None


def _sum(sides: Sequence[Side | None]) -> Side:
    known = [side for side in sides if side is not None]
    return Side(sum((each.numerator for each in known), ZERO), sum((each.denominator for each in known), ZERO))


def _odd(unexpected: Mapping[str, Fraction]) -> set[str]:
    """The few that are three times as far off as is usual among them; nobody where they are few."""
    if len(unexpected) < FEWEST_FOR_ODD:
        return set()
    usual = median(abs(each) for each in unexpected.values())
    ranked = sorted(unexpected, key=lambda name: (-abs(unexpected[name]), name))
    return {name for name in ranked[:MOST_ODD] if unexpected[name] and abs(unexpected[name]) > 3 * usual}
