"""Cutting a whole into whole parts, and the seeded chance everything is drawn from."""

from __future__ import annotations

import random
from collections.abc import Sequence


def chance(seed: str) -> random.Random:
    """A source of chance that gives the same draws for the same `seed`, on every machine."""
    return random.Random(seed)  # noqa: S311  (an invented company, not a secret)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Cut `total` into whole parts in proportion to `weights`; the parts add up to it exactly.

    Largest remainder: each part is its share rounded down, and what is left goes, one each, to the parts that lost
    most by that (the earlier one where they lost the same). `spread(10, [1, 1, 1]) == [4, 3, 3]`.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are 0 or more, and not all of them 0")
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    by_loss = sorted(range(len(weights)), key=lambda index: -(total * weights[index] % whole))
    for index in by_loss[:left]:
        parts[index] += 1
    return parts
