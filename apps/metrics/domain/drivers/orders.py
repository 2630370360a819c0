"""Which of the other players have moved already when one moves: all orders, one order, or a fair sample of orders.

A set of players is a whole number whose bit i says whether player i has moved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial
from random import Random

from apps.metrics.domain.drivers.branch import Method

MOST_PLAYERS = 10
"""Up to so many players every order counts; above, pairs of orders are drawn, each with its reverse."""

PAIRS = 256
_SEED = 20_240_229


@dataclass(frozen=True)
class Orders:
    """For each player the sets that may have moved before it, with their weights, which sum to 1."""

    before: tuple[tuple[tuple[int, Fraction], ...], ...]
    sampled: bool = False


@lru_cache(maxsize=64)
def orders(method: Method, players: int) -> Orders:
    """The orders that count: from first to last for sequential substitution, all of them for Shapley values."""
    if method == "sequential":
        return Orders(tuple((((1 << player) - 1, Fraction(1)),) for player in range(players)))
    if players <= MOST_PLAYERS:
        return Orders(tuple(_every_set(player, players) for player in range(players)))
    return Orders(_from(_drawn(players), players), sampled=True)


def _every_set(player: int, players: int) -> tuple[tuple[int, Fraction], ...]:
    """Each set without the player, as often as it comes before it: |S|! (n - 1 - |S|)! / n!."""
    weight = [Fraction(factorial(k) * factorial(players - 1 - k), factorial(players)) for k in range(players)]
    bit = 1 << player
    return tuple((held, weight[held.bit_count()]) for held in range(1 << players) if not held & bit)


def _drawn(players: int) -> Iterable[tuple[int, ...]]:
    dice = Random(_SEED)  # noqa: S311 - a fair sample that is the same each time, no secret
    for _ in range(PAIRS):
        order = dice.sample(range(players), players)
        yield tuple(order)
        yield tuple(reversed(order))


def _from(drawn: Iterable[tuple[int, ...]], players: int) -> tuple[tuple[tuple[int, Fraction], ...], ...]:
    share = Fraction(1, 2 * PAIRS)
    found: list[list[tuple[int, Fraction]]] = [[] for _ in range(players)]
    for order in drawn:
        moved = 0
        for player in order:
            found[player].append((moved, share))
            moved |= 1 << player
    return tuple(tuple(each) for each in found)
