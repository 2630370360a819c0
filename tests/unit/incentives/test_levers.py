"""What moves pay: steps, attainments, ranges; by the same calculation that pays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower, attain
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.levers import (
    Expected,
    Unclear,
    _ends,
    better,
    estimate,
    ladder,
    levers,
    metric_of,
    moved,
    nice_step,
    pay_of,
    reaching,
    run_rate,
    what_if,
)
from apps.incentives.domain.plan import Condition, Gate, Missing, Multiplier, Scope
from apps.incentives.domain.proration import Days
from apps.incentives.domain.snapshot import Slice
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import (
    ACTIVE,
    BOOST,
    BY_RATIO,
    COST,
    CSAT,
    JOINED,
    POOL,
    Q3,
    SEED,
    THREE,
    component,
    curve,
    person,
    reading,
    readings,
    snapshot,
)


def test_a_hundred_more_active_customers():
    """9,200 to 9,300 of 10,000: 80 % to 82.5 % of half of 30,000."""
    found = {each.component.key: each for each in levers(snapshot(), "E1", "t")}
    assert (found[ACTIVE].step, found[ACTIVE].own) == (100, fen("375.00"))
    assert (found[ACTIVE].gap, found[ACTIVE].gap_pays) == (800, fen("3,000.00"))
    assert found[COST].step == 5_000  # less is better: the step is downwards
    assert found[COST].own == fen("93.75")
    assert found[CSAT].step == F("0.02")


def test_the_strongest_lever_comes_first_and_a_team_counts_together():
    found = levers(snapshot(people=THREE), "E1", "t")
    assert [each.own for each in found] == sorted((each.own for each in found), reverse=True)
    active = next(each for each in found if each.component.key == ACTIVE)
    assert active.everybody == fen("385.00")  # 1.25 % of 30,800: targets x coefficients
    assert active.people == 3


def test_a_metric_that_a_gate_reads_as_well_moves_there_too():
    gate = Gate("floor", "Floor", Condition("m_active", F(9_250)), cap=F(0))
    plan = replace(SEED, gates=(gate,))
    known = {**readings(), ("floor", "t"): reading(9_200)}
    given_ = snapshot(plan, known=known)
    assert pay_of(given_, "E1").total == 0
    assert levers(given_, "E1", "t")[0].own == fen("28,125.00")


def test_what_if_we_reach_110_percent():
    total, parts = what_if(snapshot(BY_RATIO), "E1", "t", {ACTIVE: F("1.1")})
    assert parts[0].actual == 11_000
    assert total == pay_of(moved(snapshot(BY_RATIO), {(ACTIVE, "t"): F(11_000)}), "E1").total
    assert parts[0].change == fen("10,500.00")  # 150 % instead of 80 % of 15,000


def test_a_ladder_of_attainments():
    alike = {"attaining": Attaining(), "curve": SEED.components[0].curve}
    plan = replace(SEED, components=tuple(replace(each, **alike) for each in SEED.components))
    rungs = ladder(snapshot(plan), "E1", "t", [F("0.79"), F("0.9"), F(1), F("1.1")])
    assert rungs == (0, fen("22,500.00"), fen("30,000.00"), fen("45,000.00"))
    whole, parts = what_if(snapshot(plan), "E1", "t", {each.key: F("1.1") for each in plan.components})
    assert (whole, len(parts)) == (rungs[-1], 3), "the same as asking for it"
    ranges = replace(
        plan, components=tuple(replace(each, attaining=Attaining(basis=Basis.RANGE)) for each in plan.components)
    )
    assert ladder(snapshot(ranges), "E1", "t", [F(1)]) == (), "a range has no such value"
    assert ladder(snapshot(plan, known={}), "E1", "t", [F(1)]) == (), "and so has nothing without a target"
    with pytest.raises(Unclear):
        ladder(snapshot(plan, known={(ACTIVE, "t"): reading(1, 2)}), "E1", "t", [F(1)])


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        (Attaining(), None),
        (Attaining(direction=Direction.LOWER), None),
        (Attaining(direction=Direction.LOWER, lower=Lower.RECIPROCAL), None),
        (Attaining(basis=Basis.BASELINE), 8_000),
    ],
)
@LAW
@given(share=exact(0, 2, 420).filter(bool))
def test_reaching_is_the_way_back_from_an_attainment(rule, start, share):
    one = component(ACTIVE, 100, attaining=rule)
    known = reading(0, 10_000, start=start)
    value = reaching(one, known, share)
    assert attain(rule, replace(known, actual=value)).raw == share


def test_ranges_and_missing_targets_have_no_such_value():
    assert reaching(component(ACTIVE, 100, attaining=Attaining(basis=Basis.RANGE)), reading(1, 2), F(1)) is None
    assert reaching(component(ACTIVE, 100), reading(1), F(1)) is None
    binary = component(ACTIVE, 100, attaining=Attaining(basis=Basis.BINARY))
    assert [reaching(binary, reading(1, 2), each) for each in (F(1), F("0.9"))] == [2, F("1.8")]
    assert [reaching(binary, reading(1, 0), each) for each in (F(1), F("0.9"))] == [0, None]


@pytest.mark.parametrize(
    ("reference", "step"),
    [(10_000, 100), (4_500, 20), ("4.5", "0.02"), (800_000, 5_000), (0, 1), (-1_000, 10), (99, "0.5")],
)
def test_a_step_people_can_picture(reference, step):
    assert nice_step(F(str(reference))) == F(str(step))


def test_an_estimate_is_a_range():
    expected = {(ACTIVE, "t"): Expected(F(9_600), F(9_200), F(10_000)), (COST, "t"): Expected(F(800_000))}
    known = {**readings(), (ACTIVE, "t"): reading(5_000, 10_000)}
    found = estimate(snapshot(known=known), "E1", expected)
    assert found.likely == fen("30,000.00")
    assert (found.low, found.high) == (fen("28,500.00"), fen("31,500.00"))
    assert found.ranged


def test_what_cannot_be_calculated_says_why():
    with pytest.raises(Unclear) as caught:
        levers(snapshot(known={}), "E1", "t")
    assert caught.value.issues


@LAW
@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_likely_amount_lies_in_the_range(value, low, high):
    expected = {(ACTIVE, "t"): Expected(F(value), F(min(low, high, value)), F(max(low, high, value)))}
    found = estimate(snapshot(), "E1", expected)
    assert found.low <= found.likely <= found.high


def test_of_a_company_component_the_companys_figure_moves():
    plan = replace(SEED, components=tuple(replace(each, scope=Scope.COMPANY) for each in SEED.components))
    known = {(key, ""): value for (key, _), value in readings().items()}
    assert levers(snapshot(plan, known=known), "E1", "t")[0].own > 0


def test_in_a_pool_everybodys_step_is_the_pools():
    found = next(each for each in levers(snapshot(POOL, people=THREE), "E1", "t") if each.component.key == ACTIVE)
    assert found.everybody == fen("375.00")
    assert 0 < found.own < found.everybody


def test_the_metric_behind_each_key():
    other = Multiplier("quality", "Quality", condition=Condition("m_quality", F(1)))
    plan = replace(SEED, gates=(Gate("floor", "Floor", Condition("m_floor", F(1))),), multipliers=(BOOST, other))
    found = [metric_of(plan, key) for key in (CSAT, "floor", "quality", BOOST.key, "nothing")]
    assert found == [SEED.components[1].metric, "m_floor", "m_quality", BOOST.metric, ""]


def test_a_figure_that_was_not_there_is_put_there():
    assert moved(snapshot(known={}), {(ACTIVE, "t"): F(7)}).readings == {(ACTIVE, "t"): reading(7)}


def test_which_way_is_better_on_values():
    rule = Attaining(basis=Basis.ACTUAL)
    rising, falling = curve((1, 1), (2, 2)), curve((1, 2), (2, 1), falling=True)
    assert better(component(ACTIVE, 100, attaining=rule, curve=rising)) == 1
    assert better(component(ACTIVE, 100, attaining=rule, curve=falling)) == -1


def test_what_cannot_be_reached_has_no_value():
    baseline, reciprocal = Attaining(basis=Basis.BASELINE), Attaining(direction=Direction.LOWER, lower=Lower.RECIPROCAL)
    assert reaching(component(ACTIVE, 100, attaining=baseline), reading(0, 10), F(1)) is None
    assert reaching(component(ACTIVE, 100, attaining=reciprocal), reading(0, 10), F(0)) is None


def test_a_component_without_a_value_has_no_lever_and_the_others_have():
    """Its place comes first, so that one who stops there would find nothing at all."""
    plan = replace(BY_RATIO, missing=Missing.ZERO)
    given_ = replace(
        snapshot(plan, known={place: each for place, each in readings().items() if place[0] != ACTIVE}),
        decisions=(Decision(ACTIVE, "t", Verdict.ZERO, "Not measured yet", "Ada"),),
    )
    assert {each.component.key for each in levers(given_, "E1", "t")} == {CSAT, COST}
    total, parts = what_if(given_, "E1", "t", {ACTIVE: F(1), COST: F("0.9")})
    (part,) = parts
    assert (part.component.key, part.share, part.total) == (COST, F("0.9"), total)


def test_on_values_the_step_and_the_next_point_are_the_values_own():
    rule = Attaining(basis=Basis.ACTUAL)
    one = component(ACTIVE, 100, attaining=rule, curve=curve((9_000, 1), (10_000, 2), (12_000, 3)))
    plan = replace(SEED, components=(one,))
    (found,) = levers(snapshot(plan, known={(ACTIVE, "t"): reading(10_000)}), "E1", "t")
    assert (found.team, found.step, found.gap) == ("t", 100, 2_000)  # it stands on a point: the next one is meant
    assert found.gap_pays == fen("30,000.00")


def test_the_ends_of_many_ranges_are_all_low_and_all_high():
    some = {(str(at), "t"): Expected(F(5), F(at), F(at + 1)) for at in range(6)}
    half = {("half", "t"): Expected(F(9), F(1))}
    least, most = _ends(some | half)
    assert least == {(str(at), "t"): at for at in range(6)} | {("half", "t"): 9}
    assert most == {(str(at), "t"): at + 1 for at in range(6)} | {("half", "t"): 9}
    assert len(list(_ends(dict(list(some.items())[:5])))) == 32
    assert estimate(snapshot(), "E1", {}).currency == "CNY"


def test_a_team_in_which_somebody_cannot_be_calculated_has_no_step_of_its_own():
    twice = person("E2", slices=(Slice(Q3, "t", F(1)), Slice(JOINED, "t", F(1))))
    found = levers(snapshot(people=[person("E1"), twice, person("E3", team="u")]), "E1", "t")
    assert {(each.own, each.everybody, each.people) for each in found if each.component.key == ACTIVE} == {
        (fen("375.00"), None, 2)
    }


def test_past_the_last_point_and_in_a_range_nothing_more_is_missing():
    ranged = component(COST, 50, attaining=Attaining(Basis.RANGE))
    plan = replace(SEED, components=(component(ACTIVE, 50), ranged))
    known = {(ACTIVE, "t"): reading(12_000, 10_000), (COST, "t"): reading(9, low=1, high=10, tolerance=2)}
    found = {each.component.key: each for each in levers(snapshot(plan, known=known), "E1", "t")}
    assert (found[ACTIVE].gap, found[ACTIVE].gap_pays) == (found[COST].gap, found[COST].gap_pays) == (None, None)
    assert found[COST].step == F("0.05")  # of the value itself: there is no target


@pytest.mark.parametrize(
    ("until", "value"),
    [("2026-07-04", None), ("2026-07-05", 1_840), ("2026-08-15", 200), ("2026-09-30", 100), ("2026-12-24", 100)],
)
def test_what_adds_up_goes_on_by_the_day(until: str, value: int | None) -> None:
    """Cost of 100 after 46 of 92 days ends at 200, whatever it was not to go above; 4 days say nothing yet."""
    assert run_rate(F(100), Days(date(2026, 7, 1), date(2026, 9, 30)), date.fromisoformat(until)) == value
    assert (
        run_rate(F(100), Days(date(2026, 7, 1), date(2026, 7, 20)), date(2026, 7, 1)) == 2_000
    )  # a twentieth is enough
