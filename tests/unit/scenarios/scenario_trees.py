"""Trees of metrics for tests: named by formula text, with values, gaps and scores."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from apps.kernel.period import Grain
from apps.metrics.domain import formula
from apps.metrics.domain.definition import Names, ScoreDefinition, Unit
from apps.metrics.domain.formula import Input
from apps.scenarios.domain.base import Base, Branch, Quantity, Scope

JUNE = Scope(Grain.MONTH, date(2026, 6, 1))


def quantity(
    key: str, value: object = None, text: str = "", score: ScoreDefinition | None = None, unit: str = "number"
) -> Quantity:
    exact = None if value is None else Fraction(str(value)) if not isinstance(value, Fraction) else value
    tree = formula.parse(text) if text else None
    return Quantity(key, Names(en=key.title()), Unit(kind=unit), "up", exact, "final", formula=tree, score=score)


def base(tree: Branch, *metrics: Quantity, earlier: Mapping[Input, Fraction] | None = None, **more: object) -> Base:
    return Base(JUNE, tree, {each.key: each for each in metrics}, earlier or {}, **more)


def branch(key: str, *below: "Branch | str", link: str = "formula") -> Branch:
    return Branch(key, link, tuple(each if isinstance(each, Branch) else Branch(each) for each in below))
