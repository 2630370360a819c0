"""What somebody changes in a scenario: leaves, weights of scores, goals, and how strongly an influence pulls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

How = Literal["set", "share", "amount"]


class Weight(NamedTuple):
    """A weight of a score: of its dimension `group` (counted from 0), or of the metric `part` within that."""

    score: str
    group: int
    part: str = ""


class Pull(NamedTuple):
    """An influence link: `child` is believed to move `parent`."""

    parent: str
    child: str


@dataclass(frozen=True)
class Move:
    """Another value of a leaf: set to `number`, moved by a share of it (0.1: 10 % more), or by an amount."""

    how: How
    number: Decimal

    def of(self, now: Fraction | None) -> Fraction | None:
        """What becomes of `now`; None where there is nothing to move. A share of -5 by +10 % is -4.5: towards more."""
        if self.how == "set":
            return Fraction(self.number)
        if now is None:
            return None
        return now + (abs(now) * Fraction(self.number) if self.how == "share" else Fraction(self.number))


@dataclass(frozen=True)
class Changes:
    """All that differs from what is. `elasticities`: by how many percent a parent moves when its child moves by 1 %."""

    moves: Mapping[str, Move] = field(default_factory=dict)
    weights: Mapping[Weight, Decimal] = field(default_factory=dict)
    goals: Mapping[str, Decimal] = field(default_factory=dict)
    elasticities: Mapping[Pull, Decimal] = field(default_factory=dict)

    @property
    def none(self) -> bool:
        return not (self.moves or self.weights or self.goals or self.elasticities)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; `from_json` reads it back to an equal one."""
        return {
            "moves": {key: [move.how, str(move.number)] for key, move in self.moves.items()},
            "weights": [[*weight, str(number)] for weight, number in self.weights.items()],
            "goals": {key: str(goal) for key, goal in self.goals.items()},
            "elasticities": [[*pull, str(number)] for pull, number in self.elasticities.items()],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Changes:
        return cls(
            moves={key: Move(how, Decimal(number)) for key, (how, number) in kept.get("moves", {}).items()},
            weights={Weight(score, group, part): Decimal(n) for score, group, part, n in kept.get("weights", [])},
            goals={key: Decimal(goal) for key, goal in kept.get("goals", {}).items()},
            elasticities={Pull(parent, child): Decimal(n) for parent, child, n in kept.get("elasticities", [])},
        )
