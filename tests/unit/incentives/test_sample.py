"""Readings made up from a plan: each attains exactly what it is made for, and every part of a curve is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower, RangeRule, attain
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.plan import Combine, Condition, Gate, Multiplier, Scope, TargetOf
from apps.incentives.domain.pool import Funding, Terms
from apps.incentives.domain.proration import Days
from apps.incentives.domain.run import calculate
from apps.incentives.domain.sample import (
    QUARTER,
    TEAM,
    USUAL,
    amount_for,
    around,
    example,
    levels_of,
    met,
    months_from,
    people,
    reading_at,
    spread,
    working_days,
)
from apps.incentives.domain.snapshot import Participant, Slice
from tests.unit.incentives.numbers import F
from tests.unit.incentives.options import BANDS, on_line, tiered
from tests.unit.incentives.plans import CLASSIC, ON_VALUES, SEED, component, curve, reading

RULES = [
    Attaining(basis, direction, lower, range_rule)
    for basis in Basis
    for direction in Direction
    for lower in Lower
    for range_rule in RangeRule
    if basis is Basis.RANGE or range_rule is RangeRule.DISTANCE
]


@pytest.mark.parametrize("rule", RULES)
def test_a_reading_attains_what_it_is_made_for(rule: Attaining) -> None:
    reached = rule.basis is Basis.BINARY
    inside = rule.basis is Basis.RANGE
    for level in (F(0), *USUAL, F(2)):
        for target in (F(1_000), F(7, 3)):
            found = attain(rule, reading_at(rule, level, target))
            if rule.basis is Basis.RATIO and rule.lower is Lower.RECIPROCAL and not level:
                assert found.value == (F(1, 100) if rule.direction is Direction.LOWER else 0)
            elif inside and rule.range_rule is RangeRule.BINARY:
                assert found.value == (1 if level >= 1 else 0)
            else:
                assert found.value == ((1 if level >= 1 else 0) if reached else min(level, 1) if inside else level)
    assert reading_at(rule, F(1)) == reading_at(rule, F(1), F(1_000))


def test_the_figures_of_a_reading() -> None:
    in_range = Attaining(Basis.RANGE)
    told = {
        Attaining(Basis.BASELINE): reading(800, 1_000, start=0),
        Attaining(Basis.BASELINE, Direction.LOWER): reading(1_200, 1_000, start=2_000),
        Attaining(Basis.ACTUAL): reading("0.8", 1_000),
        Attaining(Basis.BINARY, Direction.LOWER): reading(1_200, 1_000),
        in_range: reading(800, low=1_000, high=2_000, tolerance=1_000),
        replace(in_range, range_rule=RangeRule.BINARY): reading(800, low=1_000, high=2_000, tolerance=1_000),
        replace(in_range, range_rule=RangeRule.MIRRORED): reading(800, 1_000),
    }
    assert {rule: reading_at(rule, F("0.8")) for rule in told} == told
    share = replace(in_range, range_rule=RangeRule.SHARE)
    assert reading_at(share, F("0.91")) == replace(reading(1_000, low=1_000, high=1_000), inside=9, due=10)


def test_a_curve_is_looked_at_before_at_between_and_past_its_points() -> None:
    assert levels_of(CLASSIC) == tuple(map(F, ("0.7999", "0.8", "0.9", "1", "1.1", "1.2", "1.3")))
    assert levels_of(curve((5, 1), (3, 2), falling=True)) == tuple(map(F, ("5.0001", "5", "4", "3", "2.5")))
    assert levels_of(curve((4, 1))) == tuple(map(F, ("3.9999", "4", "5")))
    assert levels_of(curve((0, 1))) == tuple(map(F, ("-0.0001", "0", "0.25")))
    assert levels_of(Curve()) == USUAL == tuple(F(each, 100) for each in (50, 80, 90, 100, 110, 120, 150))


def test_a_line_is_read_along_its_own_curve_its_tiers_or_the_curve_of_the_total() -> None:
    plan = on_line(attaining=Attaining(Basis.ACTUAL), curve=ON_VALUES)
    assert [each.actual for each in spread(plan, plan.components[0])] == list(levels_of(ON_VALUES))
    assert {each.target for each in spread(plan, plan.components[0])} == {1_000}
    plan = on_line()
    assert [each.actual for each in spread(plan, plan.components[0])] == [each * 1_000 for each in levels_of(CLASSIC)]
    total = replace(plan, combine=Combine.ON_TOTAL, total_curve=curve((1, 1)))
    assert [each.actual for each in spread(total, total.components[0])] == [F("999.9"), 1_000, 1_250]
    apart = replace(plan, total_curve=curve((1, 1)))
    assert spread(apart, apart.components[0]) == spread(plan, plan.components[0])
    plan = tiered()
    assert BANDS[1].start == 100
    assert spread(plan, plan.components[0]) == tuple(
        reading(each) for each in (-1, 0, F(1, 3), 99, 100, 100 + F(100, 3))
    )


def test_conditions_are_met_or_not_and_money_is_a_share_of_a_million() -> None:
    for at_least, holds, actual in ((True, True, 8), (True, False, 6), (False, True, 6), (False, False, 8)):
        condition = Condition("m", F(7), at_least=at_least)
        assert met(condition, holds=holds) == reading(actual)
        assert condition.holds(F(actual)) is holds
    company = Condition("m", F(7), scope=Scope.COMPANY)
    plan = replace(
        SEED,
        gates=(Gate("g", "G", company), Gate("own", "O", replace(company, scope=Scope.TEAM))),
        multipliers=(
            Multiplier("drawn", "D", curve=curve((1, 1), (5, 1), (9, 2)), metric="m"),
            Multiplier("empty", "E", curve=Curve(), metric="m"),
            Multiplier("while", "W", factor=F(2), condition=company),
            Multiplier("mine", "M", factor=F(2), condition=replace(company, scope=Scope.TEAM)),
            Multiplier("always", "A", factor=F(2)),
        ),
    )
    assert around(plan) == {
        ("g", ""): reading(8), ("own", TEAM): reading(8), ("drawn", TEAM): reading(9), ("while", ""): reading(8),
        ("mine", TEAM): reading(8),
    }  # fmt: skip
    assert around(plan, gates_hold=False)["g", ""] == around(plan, gates_hold=False)["while", ""] == reading(6)
    shares = replace(SEED, target=TargetOf.METRIC, pool=Terms(Funding.SHARE_OF_METRIC))
    assert around(shares) == {("target", ""): reading(1_000_000), ("pool", ""): reading(1_000_000)}


def test_the_people_of_an_example() -> None:
    assert months_from(date(2026, 1, 1), 3) == QUARTER
    assert months_from(date(2026, 12, 1), 1) == Days(date(2026, 12, 1), date(2026, 12, 31))
    assert months_from(date(2026, 7, 1), 6).last == date(2026, 12, 31)
    assert people(SEED, QUARTER, F(900)) == (
        Participant("a", (Slice(QUARTER, TEAM, F(900)),)),
        Participant("b", (Slice(QUARTER, TEAM, F(600), F("1.2")),)),
        Participant("c", (Slice(Days(date(2026, 2, 14), QUARTER.last), TEAM, F(600), F("0.8")),)),
    )
    assert amount_for(replace(SEED, target=TargetOf.SALARY), F(900)) == (F("0.1"), 9_000)
    assert amount_for(replace(SEED, target=TargetOf.METRIC), F(900)) == (F(9, 10_000), None)
    assert working_days(Days(date(2026, 1, 1), date(2026, 1, 12))) == tuple(
        date(2026, 1, day) for day in (1, 2, 5, 6, 7, 8, 9, 12)
    )


@pytest.mark.parametrize("target", TargetOf)
def test_the_target_bonus_is_the_money_that_was_asked_for(target: TargetOf) -> None:
    plan = replace(SEED, target=target, components=(component("a", 100, curve=Curve((Point(F(0), F(1)),))),))
    snap = example(plan, {("a", TEAM): reading(1, 1), **around(plan)})
    assert [each.slices[0].target for each in calculate(snap).results] == [30_000, 20_000, 20_000]
    assert (snap.period, snap.working_days, snap.pools) == (QUARTER, working_days(QUARTER), {})
    alone = example(plan, {}, period=months_from(date(2026, 4, 1), 1), everybody=())
    assert (alone.participants, alone.period.last, alone.working_days[0]) == ((), date(2026, 4, 30), date(2026, 4, 1))
    funded = replace(plan, pool=Terms(Funding.FIXED))
    assert example(funded, {}, money=Fraction(5)).pools == {TEAM: 10}
