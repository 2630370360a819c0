"""What users of other products complain of, each with a test named after it (goals_and_pay, section 6)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Reading
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.deltas import Negative, delta, reversal, settle
from apps.incentives.domain.explain import worked_example
from apps.incentives.domain.plan import Component, Kind, Missing, Plan
from apps.incentives.domain.pool import Claim, Excess, Terms, split
from apps.incentives.domain.proration import Days
from apps.incentives.domain.rounding import to_minor
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Adjustment, Participant, Slice, Snapshot
from apps.incentives.domain.states import RULES, Act, Relation, State, adjustment_issues
from tests.unit.incentives.numbers import F, fen, percent
from tests.unit.incentives.plans import (
    ACTIVE,
    BY_RATIO,
    COST,
    CSAT,
    THREE,
    assembled,
    component,
    person,
    reading,
    readings,
    snapshot,
)


def test_leantime_3247_a_metric_that_falls_from_200_to_0_does_not_stay_at_nothing() -> None:
    rule = Attaining(Basis.BASELINE, Direction.LOWER)
    plan = replace(BY_RATIO, components=(component(COST, 100, attaining=rule),))
    found = assembled(plan, {(COST, "t"): reading(20, 0, start=200)})
    assert found.components[0].attained is not None
    assert found.components[0].attained.value == percent(90)


def test_puzzle_okr_235_decimals_are_not_cut() -> None:
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100),))
    found = assembled(plan, {(ACTIVE, "t"): reading("5.9", 10)})
    assert found.components[0].attained is not None
    assert found.components[0].attained.value == percent(59)


def test_steedos_okr_17_18_one_up_and_one_down_in_one_plan() -> None:
    assert [outcome.factor for outcome in assembled(BY_RATIO).components] == [F("0.8"), F(10, 9), F("0.875")]


def test_viva_518_weights_are_kept() -> None:
    weighed = tuple(
        replace(component(key, 1), weight=F(weight, 121)) for key, weight in (("a", 100), ("b", 20), ("c", 1))
    )
    plan = replace(BY_RATIO, components=weighed)
    known = {("a", "t"): reading(1, 1), ("b", "t"): reading(0, 1), ("c", "t"): reading(0, 1)}
    assert assembled(plan, known).factor == F(100, 121)


def test_frappe_hrms_690_a_part_that_is_not_used_does_not_count_as_0() -> None:
    void = Decision(CSAT, "t", Verdict.VOID, "Not surveyed.", "hr", "cfo")
    thirds = tuple(replace(component(key, 1), weight=F(1, 3)) for key in (ACTIVE, CSAT, COST))
    plan = replace(BY_RATIO, components=thirds, missing=Missing.REWEIGHT)
    known = {(ACTIVE, "t"): reading(1, 1), (COST, "t"): reading(1, 1)}
    assert assembled(plan, known, [void]).factor == 1  # 5 and 5 make 5, not 3.33


def test_oca_commission_657_a_refund_is_taken_back_once_with_its_sign() -> None:
    posted = [fen("100.00")]
    posted.append(delta(fen("60.00"), posted))
    assert posted == [fen("100.00"), fen("-40.00")]
    assert delta(fen("60.00"), posted) == 0  # settled again: nothing
    assert sum((*posted, *reversal(posted))) == 0


def test_oca_agreement_36_a_higher_tier_nets_what_was_settled() -> None:
    assert delta(fen("8,000.00"), [fen("4,999.95")]) == fen("3,000.05")


def test_sap_2292772_and_3705020_lines_make_their_total() -> None:
    for result in calculate(snapshot(replace(BY_RATIO, kind=Kind.POOL), THREE)).results:
        assert sum(line.minor for line in result.lines) == result.minor


def test_sap_2717016_four_percent_does_not_become_three() -> None:
    """There the amount was rounded first and the percentage derived from it; here nothing is derived from an amount."""
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100, curve=replace(component("x", 1).curve, points=())),))
    plan = replace(plan, components=(replace(plan.components[0], cap=F("0.04"), curve=component("x", 1).curve),))
    run = calculate(snapshot(plan, [person(amount="0.9")]))
    assert run.results[0].minor == 4  # 0.036
    assert run.results[0].slices[0].factor == percent(4)


def test_sap_community_75_16_percent_is_explained() -> None:
    snap = snapshot(BY_RATIO)
    told = " ".join(sentence.in_words() for sentence in worked_example(snap, calculate(snap), "E1"))
    assert "50 % + (92 % − 80 %) ÷ (100 % − 80 %) × (100 % − 50 %) = 80 %." in told


def test_trustradius_xactly_a_correction_needs_no_more_than_the_corrected_value() -> None:
    before = calculate(snapshot(BY_RATIO)).results[0]
    after = calculate(snapshot(BY_RATIO, known=readings(active=9_400))).results[0]
    assert delta(after.total, [before.total]) == fen("750.00")
    assert settle(fen("750.00"), fen("-77.92"), Negative()).pay == fen("672.08")


def test_moneyphp_492_dinero_144_rubymoney_1033_no_penny_is_lost_or_goes_to_the_first_in_the_list() -> None:
    first, second = Claim("b", F(25)), Claim("a", F(75))
    for claims in ([first, second], [second, first]):
        found = split(fen("99.99"), claims).by_key
        assert (found["a"].minor, found["b"].minor) == (fen("74.99"), fen("25.00"))


def test_mrexcel_1186183_what_a_cap_leaves_over_can_go_to_the_others() -> None:
    people = [Claim("a", F(1), cap=fen("2,000.00")), Claim("b", F(1)), Claim("c", F(1))]
    found = split(fen("9,000.00"), people, Terms(excess=Excess.RESPREAD))
    assert [part.minor for part in found.parts] == [fen("2,000.00"), fen("3,500.00"), fen("3,500.00")]


def test_shadow_accounting_every_figure_can_be_worked_out_again_by_hand() -> None:
    found = calculate(snapshot(BY_RATIO)).results[0]
    by_hand = 30_000 * (F("0.5") * F("0.8") + F("0.3") * F(10, 9) + F("0.2") * F("0.875"))
    assert to_minor(by_hand, "CNY") == found.minor == fen("27,250.00")


def test_okr_tracker_840_values_edited_after_the_period_change_nothing_that_was_paid() -> None:
    """What was paid was calculated from a frozen snapshot; the edit is a difference beside it, with its sign."""
    frozen = snapshot(BY_RATIO)
    paid = calculate(frozen).results[0]
    edited = calculate(snapshot(BY_RATIO, known=readings(active=9_000))).results[0]
    assert calculate(frozen).results[0] == paid
    assert paid.total + delta(edited.total, [paid.total]) == edited.total
    assert delta(edited.total, [paid.total]) < 0


def test_trustradius_xactly_2023_who_works_for_two_teams_is_paid_by_both() -> None:
    """Splits across hierarchies: a slice for each team, with its own target and factor, rounded once (3.8)."""
    first = person(amount=3_000, days=Days(date(2025, 7, 1), date(2025, 8, 14))).slices
    both = person(slices=(*first, Slice(Days(date(2025, 8, 15), date(2025, 9, 30)), "u", F(3_600))))
    known = readings() | {(key, "u"): value for (key, _team), value in readings(active=11_000).items()}
    found = calculate(snapshot(BY_RATIO, [both], known)).results[0]
    assert [each.team for each in found.slices] == ["t", "u"]
    assert found.minor == to_minor(sum(each.money for each in found.slices), "CNY")
    assert found.slices[0].money == F(3_000) * F(45, 92) * found.slices[0].factor


def test_reddit_workday_1oxbkyc_a_managers_amount_is_locked_by_duties_and_outlives_recalculation() -> None:
    """How does the result reach the bonus, and can an override be locked? It is an amount of its own, with a reason,
    approved by somebody else, never written after review, and added again whatever is calculated anew."""
    by_hand = (Adjustment("a", "E1", fen("500.00"), "Helped out in Shenyang.", "lead"),)
    again = calculate(snapshot(BY_RATIO, known=readings(active=9_400), adjustments=by_hand)).results[0]
    assert (again.minor, again.adjusted) == (fen("28,000.00"), fen("500.00"))
    assert adjustment_issues("lead", "E1", "lead")
    assert not adjustment_issues("lead", "E1", "hr")
    assert RULES[Act.ADJUST].states.isdisjoint({State.IN_REVIEW, State.APPROVED, State.LOCKED, State.PAID})
    assert RULES[Act.ADJUST].reason
    assert Relation.ADJUSTER in RULES[Act.APPROVE].never


def test_bock_on_sandbagging_scores_and_confidence_are_no_inputs_of_pay() -> None:
    """Pay reads what a metric reached against a committed target: there is no field for anything else."""
    words = {each.name for kind in (Plan, Component, Reading, Participant, Snapshot) for each in fields(kind)}
    assert not words & {"score", "confidence", "checkin", "check_in", "progress", "objective", "key_result", "rating"}
    assert {each.name for each in fields(Reading)} >= {"actual", "target", "source"}
