"""Down the metric tree: what a step of a driver pays, by the formulas and by the calculation that pays."""

from __future__ import annotations

from dataclasses import replace

from apps.incentives.domain.attainment import Attaining, Direction
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.drivers import drivers, ends_of, worth
from apps.incentives.domain.plan import Missing, Scope
from apps.metrics.domain.formula import parse
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import ACTIVE, BY_RATIO, component, person, reading, snapshot

TREES = {
    "active": parse("members * share"),
    "members": parse("new + kept"),
    "grown": parse("kept / prior(kept, 1)"),
}
VALUES = {"new": F(2_000), "kept": F(9_500), "share": F(4, 5)}
ONLY = replace(BY_RATIO, components=(replace(component(ACTIVE, 100), metric="active"),))
PAID = snapshot(ONLY, [person(amount=30_000)], {(ACTIVE, "t"): reading(9_200, 10_000)})


def test_a_hundred_more_new_members_pay_what_eighty_more_active_customers_do() -> None:
    """9,200 of 10,000 pays 80 %; 9,280 pays 82 %: 600 more on 30,000. goals_and_pay 7.4."""
    found = {each.metric: each for each in drivers(PAID, "E1", "t", TREES, {"t": VALUES})}
    assert set(found) == {"new", "kept", "share"}
    assert (found["new"].step, found["new"].moves, found["new"].own) == (20, 16, fen("120.00"))
    assert (found["kept"].step, found["kept"].own) == (50, fen("300.00"))
    assert found["share"].moves == found["share"].step * 11_500
    order = [each.own for each in drivers(PAID, "E1", "t", TREES, {"t": VALUES})]
    assert order == sorted(order, reverse=True)


def test_where_less_is_better_the_step_goes_the_other_way() -> None:
    cost = replace(component(ACTIVE, 100), metric="cost", attaining=Attaining(direction=Direction.LOWER))
    plan = replace(ONLY, components=(cost,))
    trees = {"cost": parse("rent - refunds")}
    values = {"rent": F(1_000), "refunds": F(100)}
    paid = snapshot(plan, [person(amount=10_000)], {(ACTIVE, "t"): reading(900, 850)})
    found = {each.metric: each.step for each in drivers(paid, "E1", "t", trees, {"t": values})}
    assert found == {"rent": -10, "refunds": 1}


def test_what_is_missing_or_lies_in_another_period_is_not_told() -> None:
    assert ends_of("active", TREES) == ("new", "kept", "share")
    assert ends_of("new", TREES) == ()
    assert ends_of("grown", TREES) == ("kept",), "what it was in the period before is no driver of this one"
    assert worth("active", TREES, VALUES) == 9_200
    assert worth("active", TREES, {"new": F(1)}) is None
    assert worth("grown", TREES, VALUES) is None
    assert drivers(PAID, "E1", "t", TREES, {"t": {"new": F(1)}}) == ()
    assert drivers(PAID, "E1", "t", TREES, {}) == ()
    assert drivers(replace(PAID, plan=replace(ONLY, total_cap=F(1, 2))), "E1", "t", TREES, {"t": VALUES}) == ()
    unknown = replace(PAID, readings={(ACTIVE, "t"): reading(0, 10_000)})
    assert drivers(unknown, "E1", "t", {}, {"t": VALUES}) == ()


def test_a_component_without_a_figure_stands_in_nobodys_way() -> None:
    """Nobody measured satisfaction, and it was decided that it pays nothing: the other line's drivers are told."""
    unmeasured = replace(component("csat", 50), metric="active")
    plan = replace(ONLY, components=(unmeasured, replace(ONLY.components[0], weight=F(1, 2))), missing=Missing.ZERO)
    paid = replace(PAID, plan=plan, decisions=(Decision("csat", "t", Verdict.ZERO, "Lost.", "hr"),))
    found = drivers(paid, "E1", "t", TREES, {"t": VALUES})
    assert {(each.component.key, each.metric) for each in found} == {
        (ACTIVE, "new"),
        (ACTIVE, "kept"),
        (ACTIVE, "share"),
    }


def test_what_adds_nothing_is_left_out_and_what_comes_after_it_is_not() -> None:
    trees = {"active": parse("coalesce(guests, 0) + 0 * idle + kept")}
    values = {"idle": F(100), "kept": F(9_200)}
    assert [each.metric for each in drivers(PAID, "E1", "t", trees, {"t": values})] == ["kept"]
    cent = snapshot(ONLY, [person(amount="2.5")], PAID.readings)
    assert {each.metric: each.own for each in drivers(cent, "E1", "t", TREES, {"t": VALUES})}["new"] == 1


def test_where_a_step_one_way_changes_nothing_the_other_way_is_tried() -> None:
    """100 × 101 and 101 × 100 are the same; 99 × 102 is less."""
    cost = replace(component(ACTIVE, 100), metric="cost", attaining=Attaining(direction=Direction.LOWER))
    paid = snapshot(replace(ONLY, components=(cost,)), [person()], {(ACTIVE, "t"): reading(10_100, 10_000)})
    values = {"members": F(100), "limit": F(201)}
    found = drivers(paid, "E1", "t", {"cost": parse("members * (limit - members)")}, {"t": values})
    assert {each.metric: (each.step, each.moves) for each in found}["members"] == (-1, -2)


def test_a_component_of_the_company_takes_the_companys_drivers() -> None:
    whole = replace(ONLY, components=(replace(ONLY.components[0], scope=Scope.COMPANY),))
    paid = snapshot(whole, [person(amount=30_000)], {(ACTIVE, ""): reading(9_200, 10_000)})
    (first, *_rest) = drivers(paid, "E1", "t", TREES, {"": VALUES, "t": {}})
    assert first.metric in VALUES


def test_a_formula_that_has_no_value_any_more_is_left_out() -> None:
    """A step that would divide by nothing is none; a driver that the formula does without is none either."""
    trees = {"active": parse("members / (limit - members) + coalesce(guests, 0)")}
    values = {"members": F(50), "limit": F("50.5")}
    paid = snapshot(ONLY, [person(amount=30_000)], {(ACTIVE, "t"): reading(90, 100)})
    assert worth("active", trees, values) == 100
    assert drivers(paid, "E1", "t", trees, {"t": values}) == ()
    further = {"members": F(50), "limit": F(51)}
    assert {each.metric for each in drivers(paid, "E1", "t", trees, {"t": further})} == {"members", "limit"}
