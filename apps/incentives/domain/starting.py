"""Plans to begin from: a first plan is changed, not invented. Metrics are chosen by whoever begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from apps.incentives.domain.attainment import Attaining, Basis, Direction
from apps.incentives.domain.curve import Curve, Point, Tier, Tiers
from apps.incentives.domain.plan import Component, Kind, Plan, Scope
from apps.incentives.domain.pool import Excess, Funding, Terms
from apps.kernel.issue import N_

TARGET_BONUS, COMMISSION, POOL, EMPTY = "target_bonus", "commission", "pool", "empty"


def _points(*pairs: tuple[int, int]) -> Curve:
    return Curve(tuple(Point(Fraction(x, 100), Fraction(y, 100)) for x, y in pairs))


CLASSIC = _points((80, 50), (100, 100), (120, 200))
GENTLE = _points((80, 50), (100, 100), (120, 150))
DOWN = Attaining(direction=Direction.LOWER)


@dataclass(frozen=True)
class Start:
    """A template: its key, its name, what it is for (msgids), the names of its lines, and the plan itself."""

    key: str
    name: str
    about: str
    make: Callable[[], Plan]


def _line(name: str, weight: int, *, curve: Curve = CLASSIC, attaining: Attaining | None = None) -> Component:
    return Component("", name, "", Fraction(weight, 100), Scope.TEAM, attaining or Attaining(), curve)


def _target_bonus() -> Plan:
    lines = (
        replace(_line(NORTH_STAR, 50), scope=Scope.COMPANY),
        _line(SATISFACTION, 30, curve=GENTLE),
        _line(COST, 20, curve=GENTLE, attaining=DOWN),
    )
    return Plan("", "1", "", "CNY", lines)


def _commission() -> Plan:
    bands = Tiers((Tier(Fraction(0), Fraction(5, 100)), Tier(Fraction(100_000), Fraction(8, 100)),
                   Tier(Fraction(150_000), Fraction(10, 100))))  # fmt: skip
    line = Component("", SALES, "", Fraction(1), Scope.TEAM, Attaining(basis=Basis.ACTUAL), Curve(), bands)
    return Plan("", "1", "", "CNY", (line,))


def _pool() -> Plan:
    lines = (_line(NORTH_STAR, 60), _line(SATISFACTION, 40, curve=GENTLE))
    terms = Terms(funding=Funding.SUM_OF_TARGETS, excess=Excess.RESPREAD)
    return Plan("", "1", "", "CNY", lines, kind=Kind.POOL, total_cap=Fraction(3, 2), pool=terms)


def _empty() -> Plan:
    return Plan("", "1", "", "CNY", (_line("", 100),))


NORTH_STAR, SATISFACTION, COST, SALES = N_("North Star"), N_("Customer satisfaction"), N_("Cost"), N_("Sales")

STARTS: Sequence[Start] = (
    Start(TARGET_BONUS, N_("Target bonus"), N_("50 % North Star, 30 % satisfaction, 20 % cost; each on a curve."),
          _target_bonus),
    Start(COMMISSION, N_("Commission by tiers"), N_("A rate for each band of sales: 5 %, 8 %, 10 %."), _commission),
    Start(POOL, N_("Team pool"), N_("One pool for each team, split by target bonus and personal coefficient."), _pool),
    Start(EMPTY, N_("From nothing"), N_("One empty line; everything else as is usual."), _empty),
)  # fmt: skip
"""In the order of the page."""
BY_KEY = {each.key: each for each in STARTS}
