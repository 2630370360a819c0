"""What the linter says of a plan, as sentences, and plans with one thing in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.incentives.domain.attainment import Attaining, Basis, Direction
from apps.incentives.domain.curve import Tier, Tiers
from apps.incentives.domain.lint import Source, issues
from apps.incentives.domain.plan import Plan
from tests.unit.incentives.messages import spoken
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import ACTIVE, BY_RATIO, component, curve, reading

UP, DOWN = Direction.HIGHER, Direction.LOWER


SOURCES = {
    "m_active": Source(UP, readings=(reading(None, 10_000),)),
    "m_csat": Source(UP, F(1), F(5), readings=(reading(None, "4.5"),)),
    "m_cost": Source(DOWN, readings=(reading(None, 800_000),)),
    "m_safety": Source(DOWN, F(0)),
    "m_profit": Source(UP),
}


CLIFF = "At 80 % pay jumps from 0 % to 50 % of the target: a hair less costs all of that."


def said(plan: Plan, **more: Source) -> list[str]:
    return [f"{spoken(issue)}{'' if issue.blocking else ' (note)'}" for issue in issues(plan, SOURCES | more)]


def only(component_: Any, **more: Any) -> Plan:
    return replace(BY_RATIO, components=(component_,), **more)


def about(plan: Plan, at: str, **more: Source) -> list[str]:
    return [line.removeprefix(f"{at}: ") for line in said(plan, **more) if line.startswith(f"{at}: ")]


ALONE = component(ACTIVE, 100)


POINTS = "components[0].curve.points"


def drawn(*pairs: tuple[object, object], rule: Attaining | None = None, **more: Any) -> Plan:
    return only(component(ACTIVE, 100, curve=curve(*pairs, **more), attaining=rule or Attaining()))


BANDS = Tiers((Tier(F(0), F("0.05")), Tier(F(1_000), F("0.08"))))


AT_BANDS = "components[1].tiers.bands"


def with_tiers(tiers: Tiers, **more: Any) -> Plan:
    paid = component("sales", 0, tiers=tiers, attaining=Attaining(more.pop("basis", Basis.ACTUAL)))
    return replace(BY_RATIO, components=(ALONE, paid), **more)
