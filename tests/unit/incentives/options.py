"""Every setting of a plan with each of its choices: what the form must offer, and the text must say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower, RangeRule
from apps.incentives.domain.curve import Above, Below, Curve, Point, Shape, Tier, TierRule, Tiers
from apps.incentives.domain.deltas import Negative, NegativeRule
from apps.incentives.domain.plan import (
    Combine,
    GatesWhen,
    Kind,
    Measured,
    Missing,
    Plan,
    Scope,
    TargetOf,
    Unknown,
)
from apps.incentives.domain.pool import Excess, Funding, LeaverShare, Terms
from apps.incentives.domain.proration import Proration, Rule
from apps.incentives.domain.rounding import Mode, Rounding, Unit, When
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import BOOST, SAFE, component, curve

LINE = component("active", 100)
BASE = Plan("service", "1", "After-sales", "CNY", (LINE,), gates=(SAFE,), multipliers=(BOOST,))
BANDS = (Tier(F(0), F("0.05")), Tier(F(100), F("0.08")))
RANGED = Attaining(basis=Basis.RANGE)
ON_VALUES = curve((620, "0.5"), (1997, 1))
DOWN = Attaining(basis=Basis.ACTUAL, direction=Direction.LOWER)


def on_line(**more: Any) -> Plan:
    return replace(BASE, components=(replace(LINE, **more),))


def on_curve(**more: Any) -> Plan:
    return on_line(curve=replace(LINE.curve, **more))


def gated(**more: Any) -> Plan:
    return replace(BASE, gates=(replace(SAFE, **more),))


def tiered(**more: Any) -> Plan:
    return on_line(attaining=Attaining(basis=Basis.ACTUAL), curve=Curve(), tiers=Tiers(BANDS, **more))


def multiplied(**more: Any) -> Plan:
    return replace(BASE, multipliers=(replace(BOOST, **more),))


def pooled(**more: Any) -> Plan:
    return replace(BASE, kind=Kind.POOL, pool=Terms(**more))


SAFE_IF = SAFE.condition
OPTIONS: dict[str, list[Plan]] = {
    "basis": [on_line(attaining=Attaining(basis=each)) for each in (Basis.RATIO, Basis.BASELINE, Basis.BINARY)]
    + [on_line(attaining=Attaining(basis=Basis.ACTUAL), curve=ON_VALUES), on_line(attaining=RANGED)],
    "direction": [on_line(attaining=Attaining(direction=each)) for each in Direction],
    "direction of values": [
        on_line(attaining=Attaining(basis=Basis.ACTUAL), curve=ON_VALUES),
        on_line(attaining=DOWN, curve=curve((5, "0.5"), (3, 1), falling=True)),
    ],
    "direction of the way": [on_line(attaining=Attaining(Basis.BASELINE, each)) for each in Direction],
    "lower": [on_line(attaining=Attaining(direction=Direction.LOWER, lower=each)) for each in Lower],
    "range": [on_line(attaining=replace(RANGED, range_rule=each)) for each in RangeRule],
    "bound of a range": [on_line(attaining=replace(RANGED, bound_included=each)) for each in (True, False)],
    "bound": [
        on_line(attaining=Attaining(Basis.BINARY, way, bound_included=each))
        for way in Direction
        for each in (True, False)
    ],
    "decimals": [on_line(attaining=Attaining(decimals=each)) for each in (None, 0, 2, 4)],
    "scope": [on_line(scope=each) for each in Scope],
    "cap of a line": [on_line(cap=each) for each in (None, F("1.2"), F("4/3"))],
    "shape": [on_curve(shape=Shape.INTERPOLATE), on_curve(shape=Shape.STEP), on_curve(shape=Shape.DIRECT, points=())],
    "threshold of what was attained": [
        on_curve(shape=Shape.DIRECT, points=points) for points in ((), (Point(F("0.8"), F(0)),))
    ],
    "threshold": [on_curve(below=below, threshold_included=each) for below in Below for each in (True, False)],
    "above": [on_curve(above=Above.FLAT), on_curve(above=Above.EXTEND, cap=F(3)), on_curve(above=Above.EXTEND)],
    "points": [on_curve(points=(Point(F("1/3"), F("2/3")), Point(F(1), F(1)))), BASE],
    "tiers": [tiered(rule=rule, bound_included=each) for rule in TierRule for each in (True, False)],
    "combine": [BASE, replace(BASE, combine=Combine.ON_TOTAL, total_curve=LINE.curve),
                replace(BASE, combine=Combine.MULTIPLIED)],
    "gates": [replace(BASE, gates=()), BASE, gated(cap=F("0.5")), gated(component="active")],
    "gate without data": [gated(unknown=each) for each in Unknown],
    "condition": [gated(condition=replace(SAFE_IF, at_least=least, bound_included=each))
                  for least in (True, False) for each in (True, False)],
    "scope of a gate": [gated(condition=replace(SAFE_IF, scope=each)) for each in Scope],
    "gates when": [replace(BASE, gates_when=each) for each in GatesWhen],
    "multipliers": [replace(BASE, multipliers=()), BASE, multiplied(condition=SAFE_IF),
                    multiplied(factor=None, curve=curve((1, 1), (2, "1.5")), metric="m_p"),
                    multiplied(factor=None, curve=curve((2, 1), (1, "1.5"), falling=True, cap=F("1.4")), metric="m_p")],
    "total cap": [replace(BASE, total_cap=each) for each in (None, F(2))],
    "person cap": [replace(BASE, person_cap=each) for each in (None, F(50_000))],
    "measured": [replace(BASE, measured=each) for each in Measured],
    "proration": [replace(BASE, proration=Proration(each)) for each in Rule],
    "cut-off": [replace(BASE, proration=Proration(Rule.CUT_OFF, each)) for each in (9, 15)],
    "mode": [replace(BASE, rounding=Rounding(mode=each)) for each in Mode],
    "unit": [replace(BASE, rounding=Rounding(unit=each)) for each in Unit],
    "when": [replace(BASE, rounding=Rounding(when=each)) for each in When],
    "kind": [BASE, pooled()],
    "target": [replace(BASE, target=each, target_metric="m_s" if each is TargetOf.METRIC else "") for each in TargetOf],
    "funding": [pooled(funding=Funding.FIXED), pooled(funding=Funding.SUM_OF_TARGETS),
                pooled(funding=Funding.SHARE_OF_METRIC, rate=F("0.02"), metric="m_s")],
    "excess": [pooled(excess=each) for each in Excess],
    "leaver": [pooled(leaver_share=each) for each in LeaverShare],
    "negative": [replace(BASE, negative=Negative(each))
                 for each in NegativeRule if each is not NegativeRule.IGNORE_SMALL]
    + [replace(BASE, negative=Negative(NegativeRule.IGNORE_SMALL, each)) for each in (500, 1050)],
    "missing": [replace(BASE, missing=each) for each in Missing],
}  # fmt: skip
"""By setting: plans that differ in nothing but it."""


def every_plan() -> Iterator[tuple[str, Plan]]:
    for name, plans in OPTIONS.items():
        for at, plan in enumerate(plans):
            yield f"{name} {at}", plan
