"""A plan before it is published: every trap is found, at its field, with its remedy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from apps.incentives.domain.attainment import Attaining, Basis
from apps.incentives.domain.curve import Curve, Shape, Tier, TierRule, Tiers
from apps.incentives.domain.deltas import Negative, NegativeRule
from apps.incentives.domain.lint import Source, issues, most_factor, publishable
from apps.incentives.domain.plan import Combine, Condition, Kind, Measured, Multiplier, Plan, TargetOf
from apps.incentives.domain.pool import Funding, Terms
from apps.incentives.domain.proration import Proration, Rule
from apps.incentives.domain.rounding import Rounding, When
from tests.unit.incentives.linting import (
    ALONE,
    AT_BANDS,
    BANDS,
    CLIFF,
    DOWN,
    SOURCES,
    about,
    drawn,
    only,
    said,
    with_tiers,
)
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import ACTIVE, BOOST, BY_RATIO, CLASSIC, SAFE, SEED, component, curve


def test_a_plan_in_order_has_only_its_cliffs_to_tell() -> None:
    assert said(SEED) == [
        f"components[0].curve.points: {CLIFF} (note)",
        f"components[1].curve.points: {CLIFF.replace('80 %', '4.2')} (note)",
        f"components[2].curve.points: {CLIFF} (note)",
    ]
    assert publishable(issues(SEED, SOURCES))
    smooth = drawn((0, 0), (1, 1))
    assert said(smooth) == []


def test_everything_is_said_at_once() -> None:
    broken = replace(
        BY_RATIO,
        currency="RMB",
        components=(component(ACTIVE, 50, curve=Curve()), component(ACTIVE, 30), component("pool", 0)),
        person_cap=F(0),
    )
    found = said(broken, m_pool=Source())
    assert [line.split(": ")[0] for line in found if "(note)" not in line] == [
        "currency", "components[1].key", "components[2].key", "components[2].weight", "components",
        "components[0].curve.points", "person_cap",
    ]  # fmt: skip
    assert not publishable(issues(broken, SOURCES))


@pytest.mark.parametrize(
    ("plan", "at", "sentence"),
    [
        (replace(BY_RATIO, currency="RMB"), "currency", "“RMB” is not a currency code"),
        (replace(BY_RATIO, components=()), "components", "The plan has no component. Add one."),
        (
            replace(BY_RATIO, components=BY_RATIO.components[:2]),
            "components",
            "Weights make 80 %, not 100 %: 20 % is missing.",
        ),
        (only(component(ACTIVE, 0)), "components[0].weight", "A weight must be above 0."),
        (only(component(ACTIVE, 110)), "components", "Weights make 110 %, not 100 %: that is 10 % too much."),
        (
            only(ALONE, gates=(replace(SAFE, key=ACTIVE),)),
            "gates[0].key",
            "The key “active” is taken, or reserved. Choose another one.",
        ),
        (only(ALONE, multipliers=(replace(BOOST, key="cap"),)), "multipliers[0].key", "The key “cap” is taken"),
        (
            replace(BY_RATIO, combine=Combine.MULTIPLIED),
            "combine",
            "Components multiply each other: their weights are not used. (note)",
        ),
        (
            only(ALONE, target=TargetOf.METRIC, target_metric="nothing"),
            "target_metric",
            "“nothing” has no value yet. Upload data first.",
        ),
        (only(component("none", 100)), "components[0].metric", "“NONE” has no value yet. Upload data first."),
        (
            only(component(ACTIVE, 100, attaining=Attaining(direction=DOWN))),
            "components[0].attaining.direction",
            "The plan and the metric disagree about which way “ACTIVE” is better.",
        ),
        (
            only(component(ACTIVE, 100, attaining=Attaining(decimals=5))),
            "components[0].attaining.decimals",
            "Attainment is rounded to 0 to 4 decimals, or not at all.",
        ),
        (
            only(component(ACTIVE, 100, attaining=Attaining(decimals=-1))),
            "components[0].attaining.decimals",
            "Attainment is",
        ),
        (only(component(ACTIVE, 100, cap=F(0))), "components[0].cap", "A cap must be above 0. Leave it out"),
        (
            only(component(ACTIVE, 100, cap=F("0.9"))),
            "components[0].cap",
            "The cap of 90 % lies below 100 %: reaching the target does not pay the target bonus. (note)",
        ),
        (only(ALONE, person_cap=F(-1)), "person_cap", "A cap must be above 0."),
        (only(ALONE, total_cap=F(0)), "total_cap", "A cap must be above 0."),
        (only(ALONE, total_cap=F("2.5")), "total_cap", "The cap of 250 % is never reached: 200 % is the most. (note)"),
        (
            only(ALONE, total_curve=CLASSIC),
            "total_curve",
            "The curve on the total is not used: each component has its own. (note)",
        ),
        (only(ALONE, combine=Combine.ON_TOTAL), "total_curve", "One curve on the total was chosen, and there is none."),
        (only(ALONE, combine=Combine.ON_TOTAL, total_curve=Curve()), "total_curve.points", "The curve has no points."),
        (only(ALONE, gates=(replace(SAFE, cap=F(-1)),)), "gates[0].cap", "A gate leaves 0 or more of the target."),
        (only(ALONE, gates=(replace(SAFE, component="x"),)), "gates[0].component", "There is no such component."),
        (
            only(ALONE, gates=(replace(SAFE, condition=Condition("nothing", F(1))),)),
            "gates[0].condition.metric",
            "“Safety” asks for a metric without any value: nobody could be paid. Upload data, or take it out.",
        ),
        (
            only(ALONE, gates=(replace(SAFE, condition=Condition("m_csat", F(1))),)),
            "gates[0].condition.bound",
            "“Safety” holds whatever happens: its bound lies at an end of the scale. (note)",
        ),
        (
            only(ALONE, gates=(replace(SAFE, condition=Condition("m_csat", F(6))),)),
            "gates[0].condition.bound",
            "“Safety” can never hold: its bound lies beyond the scale. Move it.",
        ),
        (
            only(ALONE, multipliers=(Multiplier("x", "X"),)),
            "multipliers[0]",
            "A multiplier has either a factor or a curve.",
        ),
        (only(ALONE, multipliers=(replace(BOOST, curve=CLASSIC),)), "multipliers[0]", "A multiplier has either"),
        (
            only(ALONE, multipliers=(replace(BOOST, factor=F(-1)),)),
            "multipliers[0].factor",
            "A factor must be 0 or more.",
        ),
        (
            only(ALONE, multipliers=(Multiplier("x", "X", curve=Curve(), metric="nothing"),)),
            "multipliers[0].metric",
            "“X” asks for a metric without any value",
        ),
        (
            only(ALONE, multipliers=(Multiplier("x", "X", curve=Curve(), metric="m_csat"),)),
            "multipliers[0].curve.points",
            "The curve has no points.",
        ),
        (
            only(ALONE, multipliers=(replace(BOOST, condition=Condition("nothing", F(1))),)),
            "multipliers[0].condition.metric",
            "“Profit” asks for a metric without any value",
        ),
        (
            only(ALONE, proration=Proration(Rule.CUT_OFF, 29)),
            "proration.cut_off_day",
            "The cut-off is a day from 1 to 28.",
        ),
        (
            only(ALONE, proration=Proration(Rule.CUT_OFF, 0)),
            "proration.cut_off_day",
            "The cut-off is a day from 1 to 28.",
        ),
        (
            only(ALONE, negative=Negative(NegativeRule.IGNORE_SMALL, -1)),
            "negative.floor",
            "The amount below which nothing",
        ),
        (only(ALONE, kind=Kind.POOL, measured=Measured.CUMULATIVE), "measured", "A pool is split for each period"),
        (
            only(ALONE, kind=Kind.POOL, pool=Terms(Funding.SHARE_OF_METRIC, F("0.01"))),
            "pool.metric",
            "Money is a share of a metric here: choose which.",
        ),
        (
            only(ALONE, kind=Kind.POOL, pool=Terms(Funding.SHARE_OF_METRIC)),
            "pool.rate",
            "The pool is a share of a metric: give a share above 0.",
        ),
        (
            only(ALONE, kind=Kind.POOL, rounding=Rounding(when=When.PER_COMPONENT)),
            "rounding.when",
            "A pool is rounded once: rounding per component is not used. (note)",
        ),
    ],
)
def test_settings(plan: Plan, at: str, sentence: str) -> None:
    assert any(sentence in line for line in about(plan, at)), said(plan)


def test_what_a_bounded_scale_reaches_is_asked_of_a_sound_curve_of_its_own() -> None:
    """At best 5 of 4.5 is 111.11 %: only past 120 % this curve would pay."""
    late = component("csat", 100, curve=curve(("1.2", 0), ("1.3", 1)))
    assert [line.split(": ")[0] for line in said(only(late))] == ["components[0].curve.points"]
    assert said(only(late, combine=Combine.ON_TOTAL, total_curve=curve((0, 0), (1, 1)))) == []
    turned = component("csat", 100, curve=curve(("1.3", 0), ("1.2", 1)))
    assert said(only(turned)) == [
        "components[0].curve.points: Points stand in order, from the least good to the best, each value once."
    ]


@pytest.mark.parametrize(
    "plan",
    [
        only(ALONE, total_cap=F(2)),
        only(ALONE, proration=Proration(Rule.CUT_OFF, 28)),
        only(ALONE, proration=Proration(Rule.CUT_OFF, 1)),
        only(ALONE, person_cap=F("0.5")),
        only(ALONE, proration=Proration(Rule.CALENDAR, 31)),
        only(ALONE, kind=Kind.POOL, pool=Terms(Funding.SHARE_OF_METRIC, F("0.01"), metric=ALONE.metric)),
        only(ALONE, rounding=Rounding(when=When.PER_COMPONENT), measured=Measured.CUMULATIVE),
        only(component(ACTIVE, 100, attaining=Attaining(decimals=0), cap=F(1))),
        only(component(ACTIVE, 100, attaining=Attaining(decimals=4))),
        only(ALONE, gates=(SAFE, replace(SAFE, key="other", component=ACTIVE, cap=F(1)))),
        only(ALONE, multipliers=(replace(BOOST, factor=F(0)),)),
        only(ALONE, combine=Combine.ON_TOTAL, total_curve=CLASSIC),
    ],
)
def test_what_is_allowed(plan: Plan) -> None:
    assert [line for line in said(plan) if CLIFF not in line] == []


@pytest.mark.parametrize(
    ("plan", "at", "sentence"),
    [
        (with_tiers(Tiers(())), AT_BANDS, "There are no bands. Give one or more."),
        (with_tiers(Tiers(BANDS.bands[::-1])), AT_BANDS, "Bands stand in rising order, each start once."),
        (with_tiers(Tiers((BANDS.bands[0],) * 2)), AT_BANDS, "Bands stand in rising order"),
        (with_tiers(Tiers((Tier(F(0), F(-1)),))), AT_BANDS, "Starts and rates must be 0 or more."),
        (with_tiers(Tiers((Tier(F(-1), F(1)),))), AT_BANDS, "Starts and rates must be 0 or more."),
        (
            with_tiers(replace(BANDS, rule=TierRule.WHOLE_RATE)),
            AT_BANDS,
            "At 1,000 pay jumps from 50 to 80. (note)",
        ),
        (
            with_tiers(Tiers((Tier(F(0), F(2)), Tier(F(9), F(1))), TierRule.WHOLE_RATE)),
            AT_BANDS,
            "A band pays less than the one below it: more would pay less.",
        ),
        (
            with_tiers(BANDS, kind=Kind.POOL),
            "components[1].tiers",
            "Tiers pay each person for a value; a pool is split.",
        ),
        (
            with_tiers(BANDS, basis=Basis.RATIO),
            "components[1].attaining.basis",
            "Tiers are written on the metric's values.",
        ),
    ],
)
def test_tiers(plan: Plan, at: str, sentence: str) -> None:
    assert any(sentence in line for line in about(plan, at, m_sales=Source())), said(plan)


def test_tiers_in_order() -> None:
    level = Tiers((Tier(F(0), F(1)), Tier(F(9), F(1))), TierRule.WHOLE_RATE)
    for tiers in (BANDS, level):
        assert about(with_tiers(tiers), AT_BANDS, m_sales=Source()) == []


@pytest.mark.parametrize(
    ("plan", "most"),
    [
        (BY_RATIO, 2),
        (SEED, F("1.85")),
        (only(component(ACTIVE, 100, cap=F("1.5"))), F("1.5")),
        (only(component(ACTIVE, 100, curve=Curve(shape=Shape.DIRECT))), None),
        (only(component(ACTIVE, 100, curve=Curve(shape=Shape.DIRECT, cap=F(3)))), 3),
        (only(ALONE, multipliers=(BOOST,)), F("2.2")),
        (only(ALONE, multipliers=(replace(BOOST, factor=F("0.5")),)), 1),
        (only(ALONE, multipliers=(replace(BOOST, factor=F("0.5"), condition=Condition("m_profit", F(1))),)), 2),
        (only(ALONE, multipliers=(Multiplier("x", "X"),)), 2),
        (only(ALONE, multipliers=(Multiplier("x", "X", curve=CLASSIC, metric="m_profit"),)), None),
        (replace(BY_RATIO, combine=Combine.MULTIPLIED), 8),
        (replace(BY_RATIO, combine=Combine.ON_TOTAL), None),
        (with_tiers(BANDS), None),
    ],
)
def test_the_most_a_plan_can_pay(plan: Plan, most: Fraction | None) -> None:
    assert most_factor(plan) == most
