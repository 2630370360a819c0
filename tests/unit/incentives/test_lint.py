"""A plan before it is published: every trap is found, at its field, with its remedy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower, RangeRule, Reading
from apps.incentives.domain.curve import Above, Below, Curve, Shape, Tier, TierRule, Tiers
from apps.incentives.domain.deltas import Negative, NegativeRule
from apps.incentives.domain.lint import Source, issues, most_factor, publishable
from apps.incentives.domain.plan import Combine, Condition, Kind, Measured, Multiplier, Plan
from apps.incentives.domain.pool import Funding, Terms
from apps.incentives.domain.proration import Proration, Rule
from apps.incentives.domain.rounding import Rounding, When
from tests.unit.incentives.messages import spoken
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import ACTIVE, BOOST, BY_RATIO, CLASSIC, COST, SAFE, SEED, component, curve, reading

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
        (only(component(ACTIVE, 110)), "components", "Weights make 110 %, not 100 %: −10 % is missing."),
        (
            only(ALONE, gates=(replace(SAFE, key=ACTIVE),)),
            "gates[0].key",
            "The key “active” is taken, or reserved. Choose another one.",
        ),
        (only(ALONE, multipliers=(replace(BOOST, key="cap"),)), "multipliers[0].key", "The key “cap” is taken"),
        (
            replace(BY_RATIO, combine=Combine.MULTIPLIED),
            "combine",
            "Components multiply each other: their weights are not used.",
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


@pytest.mark.parametrize(
    "plan",
    [
        only(ALONE, total_cap=F(2)),
        only(ALONE, proration=Proration(Rule.CUT_OFF, 28)),
        only(ALONE, proration=Proration(Rule.CUT_OFF, 1)),
        only(ALONE, person_cap=F("0.5")),
        only(ALONE, proration=Proration(Rule.CALENDAR, 31)),
        only(ALONE, kind=Kind.POOL, pool=Terms(Funding.SHARE_OF_METRIC, F("0.01"))),
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
        (drawn(), "points", "The curve has no points. Give two or more."),
        (drawn((0, 0), (1, 1), shape=Shape.DIRECT, cap=F(2)), "points", "A direct curve takes one point at most"),
        (drawn(shape=Shape.DIRECT), "cap", "The curve has no cap: it pays any attainment in full. (note)"),
        (drawn((1, 1), ("0.8", 2)), "points", "Points stand in order, from the least good to the best"),
        (drawn((1, 1), (1, 2)), "points", "Points stand in order"),
        (
            drawn((0, 0), (1, 1), ("1.2", "0.9")),
            "points",
            "The curve pays less for more. Put the factors in rising order.",
        ),
        (drawn((0, -1), (1, 1)), "points", "A payout factor must be 0 or more."),
        (drawn((-1, 0), (1, 1)), "points", "Attainment is never below 0. Move the point."),
        (drawn((1, 0), (0, 1), falling=True), "falling", "The curve runs the wrong way"),
        (drawn((1, 0), (2, 1), rule=Attaining(Basis.ACTUAL, DOWN)), "falling", "The curve runs the wrong way"),
        (drawn((0, 0), (1, 1), above=Above.EXTEND), "cap", "The curve goes on past its last point. Give it a cap."),
        (drawn((1, 1), above=Above.EXTEND, cap=F(2)), "above", "Only straight lines between two or more points go on"),
        (drawn((0, 0), (1, 1), shape=Shape.STEP, above=Above.EXTEND, cap=F(2)), "above", "Only straight lines"),
        (drawn((0, 0), (1, 1), cap=F(0)), "cap", "A cap must be above 0."),
        (
            drawn((0, 0), (1, 2), cap=F("1.5")),
            "cap",
            "Points above the cap are never paid. Lower them, or raise the cap. (note)",
        ),
        (drawn((0, 0), (1, 1), cap=F(2)), "cap", "The cap is never reached: the last point pays less. (note)"),
        (drawn(("0.8", "0.25"), (1, 1)), "points", "At 80 % pay jumps from 0 % to 25 % of the target"),
        (drawn((0, 0), (1, 1), shape=Shape.STEP), "points", "At 100 % pay jumps from 0 % to 100 % of the target"),
        (drawn(("0.7", 0), shape=Shape.DIRECT, cap=F(1)), "points", "At 70 % pay jumps from 0 % to 70 % of the target"),
    ],
)
def test_curves(plan: Plan, at: str, sentence: str) -> None:
    assert any(sentence in line for line in about(plan, f"components[0].curve.{at}")), said(plan)


@pytest.mark.parametrize(
    "plan",
    [
        drawn((0, 0), (1, 1), above=Above.EXTEND, cap=F(2)),
        drawn((0, 0), (1, 1), cap=F(1)),
        drawn(("0.8", "0.24"), (1, 1)),
        drawn(("0.8", "0.5"), (1, 1), below=Below.FIRST),
        drawn(("0.2", 0), shape=Shape.DIRECT, cap=F(2)),
        drawn((0, 0), (0.5, 0), (1, 1)),
        drawn((-3, 0), (1, 1), rule=Attaining(Basis.ACTUAL)),
    ],
)
def test_curves_that_are_in_order(plan: Plan) -> None:
    assert said(plan) == []


def test_what_a_curve_does_not_have() -> None:
    three = drawn((0, 0), (1, 1), ("1.2", 2), cap=F("1.5"))
    assert about(three, "components[0].curve.cap") == [
        "Points above the cap are never paid. Lower them, or raise the cap. (note)"
    ]
    steps = drawn(("0.8", "0.5"), ("0.9", "0.6"), (1, 1), shape=Shape.STEP)
    assert about(steps, POINTS) == [
        f"{CLIFF} (note)",
        "At 100 % pay jumps from 60 % to 100 % of the target: a hair less costs all of that. (note)",
    ]
    direct = drawn(shape=Shape.DIRECT, cap=F(1))
    assert said(direct, m_active=Source(UP, F(0), F(5), readings=(reading(None, 4),))) == []
    for_nothing = Tiers((Tier(F(0), F(0)), Tier(F(9), F(1))))
    assert about(with_tiers(for_nothing), AT_BANDS, m_sales=Source()) == []
    known = only(ALONE, multipliers=(Multiplier("x", "X", curve=curve((0, 0), (1, 1)), metric="m_csat"),))
    assert about(known, "multipliers[0].metric") == []


def test_a_falling_curve_on_cost_is_in_order() -> None:
    falling = curve((900, 0), (800, 1), (700, 2), falling=True)
    plan = only(component(COST, 100, curve=falling, attaining=Attaining(Basis.ACTUAL, DOWN)))
    assert said(plan) == []
    assert "never be reached" in said(plan, m_cost=Source(DOWN, F(750)))[0]
    assert said(plan, m_cost=Source(DOWN, F(700))) == []
    assert "threshold of 900 can never be reached" in said(plan, m_cost=Source(DOWN, F(950)))[0]


@pytest.mark.parametrize(
    ("rule", "readings", "sentence"),
    [
        (Attaining(), (reading(None, 0),), "The target is 0, so there is no ratio to it."),
        (Attaining(), (reading(None, 1), reading(None, 0), reading(None, 0)), "The target is 0"),
        (Attaining(), (Reading(),), "There is no target for the period."),
        (
            Attaining(direction=DOWN, lower=Lower.RECIPROCAL),
            (reading(None, -5),),
            "Target divided by actual needs a target",
        ),
        (Attaining(Basis.BASELINE), (reading(None, 8, start=9),), "The target lies on the wrong side of the start"),
        (Attaining(Basis.BASELINE), (reading(None, 8),), "There is no value to start from."),
        (Attaining(Basis.RANGE), (reading(),), "The range has no lower or no upper bound."),
        (Attaining(Basis.RANGE), (reading(low=1, high=2),), "The tolerance must be above 0"),
        (Attaining(Basis.RANGE, range_rule=RangeRule.MIRRORED), (reading(None, 0),), "The target is 0"),
    ],
)
def test_targets_that_cannot_be_met(rule: Attaining, readings: tuple[Reading, ...], sentence: str) -> None:
    found = about(
        only(component(ACTIVE, 100, attaining=rule)), "components[0].attaining", m_active=Source(readings=readings)
    )
    assert len(found) == 1  # each complaint once, however many teams
    assert found[0].startswith(sentence)


@pytest.mark.parametrize(
    ("rule", "readings"),
    [
        (Attaining(Basis.BINARY), (reading(None, 0),)),
        (Attaining(Basis.ACTUAL), (Reading(),)),
        (Attaining(Basis.RANGE), (reading(low=1, high=2, tolerance=1),)),
        (Attaining(Basis.RANGE, range_rule=RangeRule.BINARY), (reading(low=1, high=2),)),
        (Attaining(Basis.RANGE, range_rule=RangeRule.SHARE), (Reading(),)),
        (Attaining(Basis.RANGE, range_rule=RangeRule.SHARE), (Reading(inside=0, due=4),)),
        (Attaining(Basis.BASELINE), (reading(3, 8, start=2),)),
    ],
)
def test_targets_that_can(rule: Attaining, readings: tuple[Reading, ...]) -> None:
    plan = only(component(ACTIVE, 100, attaining=rule, curve=curve((0, 0), (1, 1))))
    assert about(plan, "components[0].attaining", m_active=Source(UP, readings=readings)) == []


def test_a_bounded_scale_never_reaches_the_last_point() -> None:
    """A survey of 1 to 5 with a target of 4.5 ends at 111.11 %: it can never pay what 120 % pays."""
    five = Source(UP, F(1), F(5), readings=(reading(None, "4.5"), reading(None, 4)))
    found = about(only(ALONE), POINTS, m_active=five)
    assert found[-1] == "“ACTIVE” ends at 500 %, which is 111.11 %: the last point, 120 %, can never be reached. (note)"


def test_a_bounded_scale() -> None:
    at_4 = Source(UP, F(1), F(5), readings=(reading(None, 4),))
    assert len(about(only(ALONE), POINTS, m_active=at_4)) == 1  # 125 %: only the cliff is told
    at_7 = Source(UP, F(1), F(5), readings=(reading(None, 7),))
    first_bad = replace(at_7, readings=(reading(None, 0), *at_7.readings))
    assert about(only(ALONE), POINTS, m_active=first_bad) == about(only(ALONE), POINTS, m_active=at_7)
    found = about(only(ALONE), POINTS, m_active=at_7)
    assert found[-1].endswith("the threshold of 80 % can never be reached. Lower it.")
    values = only(component(ACTIVE, 100, curve=curve((4, 0), (6, 1)), attaining=Attaining(Basis.ACTUAL)))
    assert said(values, m_active=Source(UP, F(1), F(5))) == [
        "components[0].curve.points: “ACTIVE” ends at 5, which is 5: the last point, 6, can never be reached. (note)"
    ]
    reached = only(component(ACTIVE, 100, curve=curve((4, 0), (5, 1)), attaining=Attaining(Basis.ACTUAL)))
    assert said(reached, m_active=Source(UP, F(1), F(5))) == []
    lower = only(component(COST, 100, attaining=Attaining(direction=DOWN)))
    assert len(about(lower, POINTS, m_cost=Source(DOWN, F(0), readings=(reading(None, 5),)))) == 1
    share = about(lower, POINTS, m_cost=Source(DOWN, F(9), readings=(reading(None, 10),)))
    assert "which is 110 %: the last point, 120 %" in share[-1]
    reciprocal = only(component(COST, 100, attaining=Attaining(direction=DOWN, lower=Lower.RECIPROCAL)))
    assert len(about(reciprocal, POINTS, m_cost=Source(DOWN, F(0), readings=(reading(None, 5),)))) == 1
    no_target = about(only(ALONE), POINTS, m_active=Source(UP, F(1), F(5)))
    assert len(no_target) == 1
    binary = only(component(ACTIVE, 100, attaining=Attaining(Basis.BINARY)))
    assert len(about(binary, POINTS, m_active=at_7)) == 1


def test_ranges_do_not_care_which_way_a_metric_is_better() -> None:
    ranged = only(component(ACTIVE, 100, attaining=Attaining(Basis.RANGE, DOWN), curve=curve((0, 0), (1, 1))))
    assert said(ranged, m_active=Source(UP, F(0), F(5), readings=(reading(low=1, high=2, tolerance=1),))) == []


BANDS = Tiers((Tier(F(0), F("0.05")), Tier(F(1_000), F("0.08"))))
AT_BANDS = "components[1].tiers.bands"


def with_tiers(tiers: Tiers, **more: Any) -> Plan:
    paid = component("sales", 0, tiers=tiers, attaining=Attaining(more.pop("basis", Basis.ACTUAL)))
    return replace(BY_RATIO, components=(ALONE, paid), **more)


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
