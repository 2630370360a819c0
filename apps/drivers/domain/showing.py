"""Shares as they are shown: every figure once rounded, half up, and all bars adding up to the last digit shown.

Both ends are rounded for themselves; the change is the difference of what is shown. It is dealt out over the bars by
the largest remainder, and each bar's figure over what it is made of in turn, so that every level adds up as it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.drivers.domain.explaining import Extra, Share
from apps.metrics.domain.drivers import dealt, half_up, shares_say_something

MOST_MORE = 3
"""So many more digits than the metric's own may be shown where a change is too small for those."""

ZERO = Fraction(0)


def places_for(places: int, change: Fraction, effects: Sequence[Fraction]) -> int:
    """How many digits say something of a change: two of its own at least, at most three more than the metric has."""
    size = abs(change) or max(map(abs, effects), default=ZERO)
    for more in range(MOST_MORE):
        if not size or size * 10 ** (places + more) >= 10:
            return places + more
    return places + MOST_MORE if size else places


@dataclass(frozen=True)
class Shown:
    """A share, or one of its bars of its own (`extra`), with the figure of its effect as it is shown.

    `share` is the share itself; for an extra it is the one it belongs to. `percent` is its part of the change at the
    top where that says something. `parts` add up to `effect`.
    """

    share: Share
    effect: Decimal
    exact: Fraction
    extra: Extra | None = None
    percent: Fraction | None = None
    parts: tuple[Shown, ...] = ()

    def walk(self) -> Iterator[Shown]:
        """This bar and everything under it, top down."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def leaves(self) -> Iterator[Shown]:
        """What is not taken apart further; adds up to `effect`."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True)
class Bridge:
    """From one end to the other: `before` + all `bars` = `after`, as shown, at `places` digits after the point."""

    before: Decimal
    after: Decimal
    places: int
    top: Shown
    tells_shares: bool = False

    @property
    def change(self) -> Decimal:
        return self.after - self.before

    @property
    def bars(self) -> tuple[Shown, ...]:
        return self.top.parts


def bridge(share: Share, places: int) -> Bridge:
    """A share of the top, with both ends known, as figures that add up; `places` are the metric's own digits."""
    if share.before is None or share.after is None:
        raise ValueError(f"{share.key} has no value at one of its ends")
    exact = share.after - share.before
    effects = [each for _, each, _ in _bars_of(share)]
    digits = places_for(places, exact, effects)
    ends = [half_up(each, digits) for each in (share.before, share.after)]
    says = bool(effects) and shares_say_something(share.before, share.after, effects)
    top = _shown(share, exact, ends[1] - ends[0], digits, (lambda effect: effect / exact) if says else lambda _: None)
    return Bridge(ends[0], ends[1], digits, top, says)


def _bars_of(share: Share) -> list[tuple[Share, Fraction, Extra | None]]:
    """What adds up to a share: its parts, then bars of its own that are not 0; nothing where it is taken as a whole."""
    parts: list[tuple[Share, Fraction, Extra | None]] = [
        (part, part.effect, None) for part in share.parts if part.effect is not None
    ]
    if share.unsplit or not parts:
        return []
    return [*parts, *((share, effect, name) for name, effect in share.extras.items() if effect)]


def _shown(
    share: Share, exact: Fraction, figure: Decimal, places: int, percent: Callable[[Fraction], Fraction | None]
) -> Shown:
    bars = _bars_of(share)
    figures = dealt([effect for _, effect, _ in bars], figure, places)
    parts = tuple(
        Shown(part, each, effect, extra, percent(effect)) if extra else _shown(part, effect, each, places, percent)
        for (part, effect, extra), each in zip(bars, figures, strict=True)
    )
    return Shown(share, figure, exact, None, percent(exact), parts)
