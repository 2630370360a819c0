"""What a scenario starts from: the tree of one period (for all, or one member of a dimension) as it was when taken.

It is kept with the scenario, so that what was compared stays what was compared when the data changes later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.kernel.period import Grain
from apps.metrics.domain import definition, formula
from apps.metrics.domain.definition import Names, ScoreDefinition, Unit
from apps.metrics.domain.formula import Input, Node
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.scoring import metrics_of

INFLUENCE = "influence"


@dataclass(frozen=True)
class Scope:
    """Of which period the figures are, by its grain and first day, and of which member; both empty: for all."""

    grain: Grain
    start: date
    dimension: str = ""
    member: str = ""


@dataclass(frozen=True)
class Quantity:
    """A metric with its value before rounding, None where there is none; `reason` then says why.

    `formula` is its arithmetic over other metrics, `score` its scoring; a leaf has neither.
    """

    key: str
    name: Names
    unit: Unit
    direction: str
    value: Fraction | None
    state: str = ""
    reason: Reason | None = None
    formula: Node | None = None
    score: ScoreDefinition | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What its arithmetic reads."""
        if self.formula is not None:
            return formula.inputs(self.formula)
        return tuple(Input(key) for key in metrics_of(self.score)) if self.score is not None else ()


@dataclass(frozen=True)
class Branch:
    """A place in the tree: a metric, how it hangs below its parent, and what hangs below it."""

    key: str
    link: str = "formula"
    below: tuple[Branch, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Branch]]:
        """This place and all under it, top down, with their depth."""
        yield depth, self
        for each in self.below:
            yield from each.walk(depth + 1)


@dataclass(frozen=True)
class Target:
    """A target in force for a metric, in the terms it was agreed in."""

    baseline: Decimal
    goal: Decimal
    start: date
    due: date


@dataclass(frozen=True)
class Base:
    """The tree with all it is calculated from.

    `metrics` holds the tree's metrics and those their formulas name besides; `earlier` the values of earlier periods
    that formulas look back at; `peers` the values of the other members, for scores that rank among them.
    """

    scope: Scope
    tree: Branch
    metrics: Mapping[str, Quantity]
    earlier: Mapping[Input, Fraction] = field(default_factory=dict)
    peers: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)

    @property
    def root(self) -> str:
        return self.tree.key

    def influences(self) -> Iterator[tuple[str, str]]:
        """Parent and child of each influence link, each once."""
        found = {
            (place.key, child.key): None
            for _, place in self.tree.walk()
            for child in place.below
            if child.link == INFLUENCE
        }
        return iter(found)

    def digest(self) -> str:
        """A word for these figures: another one when any of them differs."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; `from_json` reads it back to an equal one."""
        scope = self.scope
        return {
            "scope": [str(scope.grain), scope.start.isoformat(), scope.dimension, scope.member],
            "tree": _branch_out(self.tree),
            "metrics": {key: _quantity_out(each) for key, each in self.metrics.items()},
            "earlier": [[*used, str(value)] for used, value in self.earlier.items()],
            "peers": {key: [str(value) for value in values] for key, values in self.peers.items()},
            "targets": {
                key: [str(each.baseline), str(each.goal), each.start.isoformat(), each.due.isoformat()]
                for key, each in self.targets.items()
            },
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Base:
        grain, start, dimension, member = kept["scope"]
        return cls(
            scope=Scope(Grain(grain), date.fromisoformat(start), dimension, member),
            tree=_branch_in(kept["tree"]),
            metrics={key: _quantity_in(key, each) for key, each in kept["metrics"].items()},
            earlier={Input(key, back): Fraction(value) for key, back, value in kept["earlier"]},
            peers={key: tuple(Fraction(value) for value in values) for key, values in kept["peers"].items()},
            targets={
                key: Target(Decimal(baseline), Decimal(goal), date.fromisoformat(start), date.fromisoformat(due))
                for key, (baseline, goal, start, due) in kept["targets"].items()
            },
        )


def _branch_out(branch: Branch) -> list[Any]:
    return [branch.key, branch.link, [_branch_out(each) for each in branch.below]]


def _branch_in(kept: list[Any]) -> Branch:
    key, link, below = kept
    return Branch(key, link, tuple(_branch_in(each) for each in below))


def _quantity_out(each: Quantity) -> dict[str, Any]:
    return {
        "name": each.name.model_dump(mode="json"),
        "unit": each.unit.model_dump(mode="json"),
        "direction": each.direction,
        "value": None if each.value is None else str(each.value),
        "state": each.state,
        "reason": each.reason.to_json() if each.reason else {},
        "formula": formula.write(each.formula) if each.formula is not None else "",
        "score": definition.document_of(each.score) if each.score is not None else None,
    }


def _quantity_in(key: str, kept: Mapping[str, Any]) -> Quantity:
    score = definition.parse(kept["score"]) if kept["score"] else None
    return Quantity(
        key=key,
        name=Names.model_validate_json(json.dumps(kept["name"])),
        unit=Unit.model_validate_json(json.dumps(kept["unit"])),
        direction=kept["direction"],
        value=None if kept["value"] is None else Fraction(kept["value"]),
        state=kept["state"],
        reason=Reason.from_json(kept["reason"]),
        formula=formula.parse(kept["formula"]) if kept["formula"] else None,
        score=score if isinstance(score, ScoreDefinition) else None,
    )
