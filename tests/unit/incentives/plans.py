"""The seed plan of the worked numbers: 50 % North Star, 30 % satisfaction, 20 % cost, a team target of 30,000."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Reading
from apps.incentives.domain.components import Assembly, Decision, Situation, assemble
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.plan import Component, Condition, Gate, Kind, Multiplier, Plan
from apps.incentives.domain.proration import Days
from apps.incentives.domain.snapshot import Participant, Slice, Snapshot
from tests.unit.incentives.numbers import F, percent

Q3 = Days(date(2025, 7, 1), date(2025, 9, 30))
JOINED = Days(date(2025, 8, 15), date(2025, 9, 30))
BEFORE = Days(date(2025, 7, 1), date(2025, 8, 14))
ACTIVE, CSAT, COST, SAFETY, PROFIT = "active", "csat", "cost", "safety", "profit"


def curve(*pairs: tuple[object, object], **more: Any) -> Curve:
    return Curve(tuple(Point(Fraction(str(x)), Fraction(str(y))) for x, y in pairs), **more)


CLASSIC = curve(("0.8", "0.5"), (1, 1), ("1.2", 2))
ON_VALUES = curve(("4.2", "0.5"), ("4.5", 1), ("4.8", "1.5"))
COST_DOWN = Attaining(direction=Direction.LOWER)


def component(key: str, weight: int | str, **more: Any) -> Component:
    given = {"curve": CLASSIC, "metric": f"m_{key}", "name": key.upper(), **more}
    return Component(key=key, weight=percent(weight), **given)


SEED = Plan(
    key="service",
    version="1",
    name="After-sales",
    currency="CNY",
    components=(
        component(ACTIVE, 50),
        component(CSAT, 30, curve=ON_VALUES, attaining=Attaining(basis=Basis.ACTUAL)),
        component(COST, 20, attaining=COST_DOWN),
    ),
)
BY_RATIO = replace(SEED, components=(SEED.components[0], component(CSAT, 30), SEED.components[2]))
POOL = replace(SEED, kind=Kind.POOL)
SAFE = Gate(SAFETY, "Safety", Condition("m_safety", F(0), at_least=False))
BOOST = Multiplier(PROFIT, "Profit", factor=F("1.1"))


def reading(actual: object = None, target: object = None, **more: Any) -> Reading:
    made = {"actual": actual, "target": target, **more}
    return Reading(**{name: None if each is None else Fraction(str(each)) for name, each in made.items()})


def readings(
    team: str = "t", active: object = 9_200, csat: object = "4.6", cost: object = 840_000, **more: object
) -> dict:
    """The quarter of the worked example for one team; any other key is a reading without a target."""
    return {
        (ACTIVE, team): reading(active, 10_000),
        (CSAT, team): reading(csat, "4.5"),
        (COST, team): reading(cost, 800_000),
        **{(key, team): reading(value) for key, value in more.items()},
    }


def assembled(
    plan: Plan, known: Mapping | None = None, decisions: Iterable[Decision] = (), target: object = None
) -> Assembly:
    said = {(each.component, each.team): each for each in decisions}
    goal = None if target is None else Fraction(str(target))
    return assemble(plan, Situation(readings() if known is None else known, "t", said, goal))


def person(
    key: str = "E1", amount: object = 30_000, team: str = "t", coefficient: object = 1, **more: Any
) -> Participant:
    days = more.pop("days", Q3)
    one = Slice(days, team, Fraction(str(amount)), Fraction(str(coefficient)), more.pop("salary", None))
    return Participant(key, more.pop("slices", (one,)), **more)


def snapshot(
    plan: Plan = SEED, people: Iterable[Participant] | None = None, known: Mapping | None = None, **more: Any
) -> Snapshot:
    return Snapshot(plan, Q3, tuple(people or (person(),)), readings() if known is None else known, **more)


THREE = (person("E1", 12_000, coefficient="1.2"), person("E2", 10_000), person("E3", 8_000, coefficient="0.8"))
