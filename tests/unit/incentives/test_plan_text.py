"""The text of a plan, word for word: what people sign. Who changes a sentence changes `plan_texts.txt`, and sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from apps.incentives.domain.attainment import Attaining, Basis
from apps.incentives.domain.curve import Above, Shape
from apps.incentives.domain.deltas import Negative, NegativeRule
from apps.incentives.domain.plan import Combine, Condition, Kind, Multiplier, Scope, TargetOf, Unknown
from apps.incentives.domain.plan_text import Frame, as_text, plan_text
from apps.incentives.domain.pool import Funding, Terms
from apps.incentives.domain.proration import Proration, Rule
from tests.unit.incentives.numbers import F
from tests.unit.incentives.options import tiered
from tests.unit.incentives.plans import BOOST, CLASSIC, SAFE, SEED, component, curve

TEXTS = Path(__file__).with_name("plan_texts.txt")
NAMES = {
    "m_active": "Active customers",
    "m_csat": "Satisfaction",
    "m_cost": "Service cost",
    "m_safety": "Accidents",
    "m_profit": "Profit",
    "m_margin": "Margin",
}
JANUARY = date(2026, 1, 1)
QUALITY = replace(
    SAFE,
    key="quality",
    name="Quality",
    condition=Condition("m_csat", F(4), scope=Scope.COMPANY, bound_included=False),
    component="cost",
    cap=F("0.5"),
    unknown=Unknown.NOT_PASSED,
)
OWN = replace(
    SEED,
    gates=(SAFE, QUALITY),
    multipliers=(
        BOOST,
        Multiplier("year", "Year", factor=F("1.25"), condition=Condition("m_profit", F(1_000))),
        Multiplier("margin", "Margin", curve=curve((1, 1), (2, "1.5"), cap=F("1.4")), metric="m_margin",
                   scope=Scope.COMPANY),
    ),
    total_cap=F("1.5"),
    person_cap=F(50_000),
)  # fmt: skip
POOLED = replace(
    SEED,
    kind=Kind.POOL,
    combine=Combine.ON_TOTAL,
    total_curve=CLASSIC,
    target=TargetOf.METRIC,
    target_metric="m_margin",
    pool=Terms(Funding.SHARE_OF_METRIC, F("0.02"), metric="m_profit"),
    negative=Negative(NegativeRule.IGNORE_SMALL, 1_050),
    proration=Proration(Rule.CUT_OFF, 9),
)
BY_TIERS = tiered(bound_included=False).components[0]
MULTIPLIED = replace(
    SEED,
    combine=Combine.MULTIPLIED,
    components=(
        replace(BY_TIERS, cap=F("1.2"), scope=Scope.COMPANY),
        component("csat", 0, attaining=Attaining(Basis.BINARY)),
        component("cost", 0, attaining=Attaining(Basis.RANGE, decimals=2),
                  curve=curve(("0.8", 0), shape=Shape.DIRECT, cap=F(1))),
    ),
)  # fmt: skip


def test_three_plans_word_for_word() -> None:
    told = (
        (OWN, Frame(JANUARY)),
        (POOLED, Frame(JANUARY, date(2026, 12, 31), "year", 2, 5, lead_sees_team=True, show_estimate=False)),
        (MULTIPLIED, Frame(JANUARY, period="month")),
    )
    found = "\n".join(as_text(plan.name, plan_text(plan, frame, NAMES), str) for plan, frame in told)
    assert found == TEXTS.read_text("utf-8")


def test_what_does_not_count_is_not_said() -> None:
    """A curve on the total of a plan that weights; gates without multipliers; what a stair does past its end."""
    stairs = replace(CLASSIC, shape=Shape.STEP, above=Above.EXTEND)
    plan = replace(SEED, components=(component("active", 100, curve=stairs),), gates=(SAFE,), total_curve=CLASSIC)
    found = as_text(plan.name, plan_text(plan, Frame(JANUARY), NAMES), str)
    assert found.count("80 % → 50 %") == 1
    assert "multiplie" not in found
    assert "Past 120 % no more is paid than there." in found


def test_a_multiplier_of_0_is_said_as_what_it_is() -> None:
    for factor, said in ((F(0), "by 0."), (None, "by 1.")):
        plan = replace(SEED, multipliers=(replace(BOOST, factor=factor),))
        assert f"“Profit” multiplies the payout factor {said}" in as_text("", plan_text(plan, Frame(JANUARY), {}), str)


def test_a_metric_without_a_name_is_called_by_its_key_and_each_message_goes_through_the_translation() -> None:
    for plan in (OWN, POOLED):
        found = as_text(plan.name, plan_text(plan, Frame(JANUARY), {}), str)
        for key in {"m_active", "m_csat", "m_margin"} | ({"m_safety"} if plan is OWN else {"m_profit"}):
            assert f"“{key}”" in found
    turned = as_text("Plan", plan_text(OWN, Frame(JANUARY), {}), lambda message: f"<{message}>")
    assert turned.startswith("Plan\n\n<The plan in short>\n- <“After-sales” holds from 2026-01-01 until")
    assert "\n<What counts>: ACTIVE\n" in turned
