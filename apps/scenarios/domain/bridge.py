"""Which change accounts for how much of what becomes of the root: adds up to the difference, exactly.

Where only leaves of formulas moved, it is the decomposition of the metrics room (Owen value down the tree). Where a
weight, a score or an elasticity plays a part, every change is a player of its own (Shapley value); above
`MOST_PLAYERS` the smaller ones go together as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeVar

from apps.metrics.domain.drivers import Branch, decompose
from apps.metrics.domain.drivers.orders import orders
from apps.scenarios.domain.changes import Changes, Pull
from apps.scenarios.domain.evaluation import Outcomes, Sheet

MOST_PLAYERS = 7

Key = TypeVar("Key")
Thing = TypeVar("Thing")
What = Literal["leaf", "weights", "elasticity", "others"]


@dataclass(frozen=True)
class Share:
    """A change and what it accounts for. `key` is the leaf or score, `child` the other end of an elasticity;
    `count` is how many changes stand together in it."""

    what: What
    key: str
    effect: Fraction
    child: str = ""
    count: int = 1


def bridge(sheet: Sheet, changes: Changes, after: Outcomes) -> list[Share] | None:
    """The shares of root's difference, the largest first; None where it has no value at one of the ends or between."""
    root = sheet.base.root
    start, end = sheet.now[root], after.values[root]
    if start is None or end is None:
        return None
    shares = _by_tree(sheet, after) if _is_plain(sheet, changes, after) else _by_change(sheet, changes)
    if shares is None:
        return None
    told = [share for share in shares if share.effect]
    return sorted(told, key=lambda share: (share.what == "others", -abs(share.effect), share.key))


def _is_plain(sheet: Sheet, changes: Changes, after: Outcomes) -> bool:
    if changes.weights or changes.elasticities:
        return False
    return all(sheet.base.metrics[key].score is None for key in after.moved)


def _by_tree(sheet: Sheet, after: Outcomes) -> list[Share] | None:
    found: dict[str, Fraction] = {}
    effect = decompose(_Planter(sheet, after).branch(sheet.base.root))
    if any(each.unsplit for each in effect.walk()):
        return None
    for key, share in effect.leaves():
        found[key] = found.get(key, Fraction(0)) + share
    return [Share("leaf", key, share) for key, share in found.items()]


class _Planter:
    """The tree of formulas with both ends; what did not move stands as a leaf."""

    def __init__(self, sheet: Sheet, after: Outcomes) -> None:
        self.sheet, self.after = sheet, after
        self.made: dict[str, Branch] = {}

    def branch(self, key: str) -> Branch:
        if key not in self.made:
            self.made[key] = self._made(key)
        return self.made[key]

    def _made(self, key: str) -> Branch:
        before, after, each = self.sheet.now[key], self.after.values[key], self.sheet.base.metrics[key]
        if key not in self.after.moved or self.sheet.is_leaf(key) or each.formula is None:
            return Branch(key, before, after)
        earlier = self.sheet.base.earlier
        parts = {
            used: Branch(used.key, earlier.get(used), earlier.get(used)) if used.back else self._used(used.key)
            for used in each.inputs
        }
        return Branch(key, before, after, each.formula, parts)

    def _used(self, key: str) -> Branch:
        return self.branch(key) if key in self.sheet.base.metrics else Branch(key, None, None)


@dataclass(frozen=True)
class _Player:
    what: What
    key: str
    changes: Changes
    child: str = ""
    count: int = 1


def _by_change(sheet: Sheet, changes: Changes) -> list[Share] | None:
    players = _few(sheet, _players(changes))
    worth: dict[int, Fraction] = {}
    for moved in range(1 << len(players)):
        value = _root_with(sheet, [player for at, player in enumerate(players) if moved >> at & 1])
        if value is None:
            return None
        worth[moved] = value
    shares = []
    for at, player in enumerate(players):
        ways = orders("shapley", len(players)).before[at]
        effect = sum((weight * (worth[held | 1 << at] - worth[held]) for held, weight in ways), Fraction(0))
        shares.append(Share(player.what, player.key, effect, player.child, player.count))
    return shares


def _players(changes: Changes) -> list[_Player]:
    found = [_Player("leaf", key, Changes(moves={key: move})) for key, move in changes.moves.items()]
    for key in dict.fromkeys(weight.score for weight in changes.weights):
        own = {weight: number for weight, number in changes.weights.items() if weight.score == key}
        found.append(_Player("weights", key, Changes(weights=own)))
    for pull, number in changes.elasticities.items():
        found.append(_Player("elasticity", pull.parent, Changes(elasticities={Pull(*pull): number}), pull.child))
    return found


def _few(sheet: Sheet, players: list[_Player]) -> list[_Player]:
    """No more than `MOST_PLAYERS`: those that do most when all others have moved, and the rest as one."""
    if len(players) <= MOST_PLAYERS:
        return players
    whole = _root_with(sheet, players)

    def alone(player: _Player) -> Fraction:
        without = _root_with(sheet, [each for each in players if each is not player])
        return Fraction(0) if whole is None or without is None else abs(whole - without)

    ranked = sorted(players, key=alone, reverse=True)
    rest = ranked[MOST_PLAYERS - 1 :]
    return [*ranked[: MOST_PLAYERS - 1], _Player("others", "", _together(rest), count=len(rest))]


def _root_with(sheet: Sheet, players: list[_Player]) -> Fraction | None:
    return sheet.work_out(_together(players)).values[sheet.base.root]


def _together(players: list[_Player]) -> Changes:
    whole = Changes()
    for player in players:
        own = player.changes
        whole = replace(
            whole,
            moves=_both(whole.moves, own.moves),
            weights=_both(whole.weights, own.weights),
            elasticities=_both(whole.elasticities, own.elasticities),
        )
    return whole


def _both(one: Mapping[Key, Thing], other: Mapping[Key, Thing]) -> dict[Key, Thing]:
    return {**one, **other}
