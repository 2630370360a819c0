"""How many examples a law of pay is tried on: 25 in the ordinary suite, `LODESTAR_EXAMPLES=50000` in the full tier.

A law that is told by `Dice` is tried by Hypothesis in the suite, which makes a failing example small, and on plain
random numbers when there are many: what Hypothesis needs to draw one example is many times what a law needs to hold.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import wraps
from typing import Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("LODESTAR_EXAMPLES", "25"))
MANY = 1_000
LAW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Kept = TypeVar("Kept")


def exact(least: int, most: int, of: int = 60) -> st.SearchStrategy[Fraction]:
    """Fractions on a grid, thirds and sevenths as `of` says; drawn in a fifth of the time that `st.fractions` takes."""
    return st.integers(least * of, most * of).map(lambda number: Fraction(number, of))


class Rolls(Protocol):
    """A whole number from `least` to `most`."""

    def __call__(self, least: int, most: int) -> int: ...


class Dice:
    """Whatever a law is about, made of whole numbers."""

    def __init__(self, number: Rolls) -> None:
        self.number = number

    def exact(self, least: int, most: int, of: int = 60) -> Fraction:
        return Fraction(self.number(least * of, most * of), of)

    def one(self, choices: Sequence[Kept]) -> Kept:
        return choices[self.number(0, len(choices) - 1)]

    def maybe(self, make: Callable[[], Kept]) -> Kept | None:
        return make() if self.number(0, 1) else None

    def some(self, least: int, most: int, make: Callable[[], Kept]) -> list[Kept]:
        return [make() for _ in range(self.number(least, most))]

    def shuffled(self, things: Sequence[Kept]) -> list[Kept]:
        return random.Random(self.number(0, 1_000_000)).sample(things, len(things))


def law(test: Callable[[Dice], None]) -> Callable[..., None]:
    """A test of one argument: `dice`."""
    if EXAMPLES < MANY:

        @LAW
        @given(data=st.data())
        def drawn(data: st.DataObject) -> None:
            test(Dice(lambda least, most: data.draw(st.integers(least, most))))

        drawn.__name__ = test.__name__
        drawn.__doc__ = test.__doc__
        return drawn

    @pytest.mark.hypothesis
    @wraps(test)
    def rolled() -> None:
        for seed in range(EXAMPLES):
            luck = random.Random(f"{test.__name__} {seed}")

            def roll(least: int, most: int, luck: random.Random = luck) -> int:
                """Now and then an end: that is where mistakes are."""
                at = luck.random()
                return least if at < 0.05 else most if at > 0.95 else luck.randint(least, most)

            try:
                test(Dice(roll))
            except Exception as error:
                error.add_note(f"seed {seed}")
                raise

    del rolled.__wrapped__  # type: ignore[attr-defined]  # else pytest looks for a fixture called dice
    return rolled
