"""Which change accounts for how much of what becomes of the root: adds up to the difference, exactly.

Where only leaves of formulas moved, it is the decomposition of the metrics room (Owen value down the tree). Where a
weight, a score or an elasticity plays a part, every change is a player of its own (Shapley value); above
`MOST_PLAYERS` the smaller ones go together as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from apps.metrics.domain.drivers import Branch, decompose
from apps.metrics.domain.drivers.orders import orders
from apps.scenarios.domain.changes import Changes, Move, Pull, Weight
from apps.scenarios.domain.evaluation import Outcomes, Sheet

MOST_PLAYERS = 7
CROWD, OF_CROWD, RANKED = 40, 5, 24
"""Above CROWD changes only RANKED of them are weighed with all others moved, and they make OF_CROWD players: the page
follows typing, and to work hundreds of changes out hundreds of times takes many seconds."""

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
    most, first = MOST_PLAYERS, players
    if len(players) > CROWD:
        most, first = OF_CROWD, _foremost(sheet, players)
    whole = _root_with(sheet, players)

    def alone(player: _Player) -> Fraction:
        without = _root_with(sheet, [each for each in players if each is not player])
        return Fraction(0) if whole is None or without is None else abs(whole - without)

    kept = sorted(first, key=alone, reverse=True)[: most - 1]
    rest = [player for player in players if player not in kept]
    return [*kept, _Player("others", "", _together(rest), count=len(rest))]


def _foremost(sheet: Sheet, players: list[_Player]) -> list[_Player]:
    """`RANKED` of many: weights, elasticities and the leaves they start from, then what moves the root most alone."""
    now = sheet.now[sheet.base.root]
    pulling = {player.child for player in players if player.what == "elasticity"}

    def by_itself(player: _Player) -> tuple[bool, Fraction]:
        if player.what != "leaf" or player.key in pulling:
            return False, Fraction(0)
        value = _root_with(sheet, [player])
        return True, Fraction(0) if value is None or now is None else -abs(value - now)

    return sorted(players, key=by_itself)[:RANKED]


def _root_with(sheet: Sheet, players: list[_Player]) -> Fraction | None:
    return sheet.work_out(_together(players)).values[sheet.base.root]


def _together(players: list[_Player]) -> Changes:
    moves: dict[str, Move] = {}
    weights: dict[Weight, Decimal] = {}
    elasticities: dict[Pull, Decimal] = {}
    for player in players:
        moves.update(player.changes.moves)
        weights.update(player.changes.weights)
        elasticities.update(player.changes.elasticities)
    return Changes(moves=moves, weights=weights, elasticities=elasticities)
