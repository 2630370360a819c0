"""What the linter says of curves and of the targets that they are paid by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.incentives.domain.attainment import Attaining, Basis, Lower, RangeRule, Reading
from apps.incentives.domain.curve import Above, Below, Shape, Tier, Tiers
from apps.incentives.domain.lint import Source
from apps.incentives.domain.plan import Multiplier, Plan
from tests.unit.incentives.linting import ALONE, AT_BANDS, CLIFF, DOWN, POINTS, UP, about, drawn, only, said, with_tiers
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import ACTIVE, COST, component, curve, reading


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
