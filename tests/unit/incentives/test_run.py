"""From a snapshot to what is paid: transfers, pools, caps, rates, the year to date, corrections, reproduction."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from apps.incentives.domain.attainment import Attaining, Basis
from apps.incentives.domain.canonical import canonical, read
from apps.incentives.domain.curve import Tier, Tiers
from apps.incentives.domain.deltas import delta, reversal
from apps.incentives.domain.plan import Combine, Measured, Plan, TargetOf
from apps.incentives.domain.pool import Excess, Terms
from apps.incentives.domain.proration import Days, Leave, Proration, Rule
from apps.incentives.domain.rounding import Mode, Rounding, Unit, When
from apps.incentives.domain.run import Desk, calculate, calculate_one, slices_of
from apps.incentives.domain.snapshot import Adjustment, Blocked, Participant, Slice, Snapshot
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import Dice, law
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
    component,
    person,
    reading,
    readings,
    snapshot,
)
from tests.unit.incentives.running import MOVED, POOLED, amounts, one, stopped

# --- each for themselves ---------------------------------------------------------------------------------------------


def test_the_team_target_of_the_worked_example() -> None:
    found = one(snapshot(BY_RATIO))
    assert found.minor == found.total == fen("27,250.00")
    assert [(line.key, line.minor) for line in found.lines] == [
        (ACTIVE, fen("12,000.00")),
        (CSAT, fen("10,000.00")),
        (COST, fen("5,250.00")),
    ]
    (part,) = found.slices
    assert (part.target, part.share, part.factor, part.weight, part.money) == (30_000, 1, F(109, 120), 30_000, 27_250)
    assert (part.days, part.team, part.coefficient) == (Q3, "t", 1)


def test_a_transfer_is_two_slices_with_their_own_team_and_target_rounded_once() -> None:
    """The worked example has a factor of 1.10 in team b."""
    at_110 = replace(BY_RATIO, components=(component(ACTIVE, 100),))
    known = {(ACTIVE, "a"): reading(0, 1), (ACTIVE, "b"): reading("1.04", 1)}
    assert one(snapshot(at_110, [MOVED], known)).slices[1].factor == F("1.2")
    known = {(ACTIVE, "a"): reading("0.9633333333", 1), (ACTIVE, "b"): reading("1.02", 1)}
    found = one(snapshot(at_110, [MOVED], known))
    assert [round(each.money * 10_000) for each in found.slices] == [13_328_804, 20_230_435]
    assert found.minor == fen("3,355.92")
    by_hand = 3_000 * F(109, 120) * F(45, 92) + 3_600 * F("1.1") * F(47, 92)
    assert round(by_hand * 100) == found.minor


@pytest.mark.parametrize(
    ("rule", "minor"),
    [
        (Rule.CALENDAR, "1,532.61"),
        (Rule.THIRTY_360, "1,533.33"),
        (Rule.WORKING, "1,500.00"),
        (Rule.CUT_OFF, "978.26"),
        (Rule.WHOLE_MONTHS, "1,000.00"),
        (Rule.NONE, "3,000.00"),
    ],
)
def test_every_way_to_prorate(rule: Rule, minor: str) -> None:
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100),), proration=Proration(rule))
    working = tuple(day for n in range(92) if (day := Q3.first + timedelta(days=n)).isoweekday() < 6)
    snap = snapshot(plan, [person(amount=3_000, days=JOINED)], {(ACTIVE, "t"): reading(1, 1)}, working_days=working)
    assert one(snap).minor == fen(minor)


def test_leave_and_coefficient() -> None:
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100),))
    away = Leave(Days(date(2025, 9, 1), date(2025, 9, 10)))
    snap = snapshot(plan, [person(amount=3_000, days=JOINED, leaves=(away,))], {(ACTIVE, "t"): reading(1, 1)})
    assert one(snap).minor == fen("1,206.52")
    better = replace(snap, participants=(person(amount=3_000, coefficient="1.2"),))
    assert one(better).minor == fen("3,600.00")


def test_a_person_cap_comes_after_everything_and_lines_still_add_up() -> None:
    plan = replace(BY_RATIO, person_cap=F("10000.01"))
    found = one(snapshot(plan))
    assert (found.uncapped, found.exact, found.minor) == (27_250, F("10000.01"), fen("10,000.01"))
    assert sum(line.minor for line in found.lines) == found.minor
    assert sum(line.exact for line in found.lines) == found.exact
    assert one(snapshot(plan, [person(cap=F(500))])).minor == fen("500.00")
    assert one(snapshot(BY_RATIO, [person(cap=F(500))])).minor == fen("500.00")


@pytest.mark.parametrize(
    ("rounding", "minor"),
    [
        (Rounding(), fen("100.01")),  # 33.335 three times is 100.005
        (Rounding(Mode.HALF_EVEN), fen("100.00")),
        (Rounding(when=When.PER_COMPONENT), fen("100.02")),
        (Rounding(unit=Unit.WHOLE), fen("100.00")),
        (Rounding(Mode.HALF_EVEN, when=When.PER_COMPONENT), fen("100.02")),
    ],
)
def test_every_way_to_round(rounding: Rounding, minor: int) -> None:
    thirds = tuple(replace(component(key, 0), weight=F(1, 3)) for key in (ACTIVE, CSAT, COST))
    plan = replace(BY_RATIO, components=thirds, rounding=rounding)
    known = {(key, "t"): reading(1, 1) for key in (ACTIVE, CSAT, COST)}
    found = one(snapshot(plan, [person(amount="100.005")], known))
    assert found.minor == minor == sum(line.minor for line in found.lines)
    capped = one(snapshot(plan, [person(amount="100.005", cap=F(100))], known))
    assert capped.minor == fen("100.00") == sum(line.minor for line in capped.lines)


def test_lines_are_rounded_by_the_plans_own_rule() -> None:
    """33.345 each: half up 33.35, half even 33.34; and in whole units 33 and 34."""
    thirds = tuple(replace(component(key, 0), weight=F(1, 3)) for key in (ACTIVE, CSAT, COST))
    known = {(key, "t"): reading(1, 1) for key in (ACTIVE, CSAT, COST)}
    for rounding, lines in (
        (Rounding(when=When.PER_COMPONENT), [3_335] * 3),
        (Rounding(Mode.HALF_EVEN, when=When.PER_COMPONENT), [3_334] * 3),
        (Rounding(unit=Unit.WHOLE), [3_400, 3_300, 3_300]),
    ):
        plan = replace(BY_RATIO, components=thirds, rounding=rounding)
        found = one(snapshot(plan, [person(amount="100.035")], known))
        assert [line.minor for line in found.lines] == lines


def test_three_thirds_are_printed_so_that_they_add_up() -> None:
    """SAP notes 2292772, 3705020: lines that differ from their total."""
    thirds = tuple(replace(component(key, 0), weight=F(1, 3)) for key in (ACTIVE, CSAT, COST))
    known = {(key, "t"): reading(1, 1) for key in (ACTIVE, CSAT, COST)}
    found = one(snapshot(replace(BY_RATIO, components=thirds), [person(amount=100)], known))
    assert [line.minor for line in found.lines] == [3_334, 3_333, 3_333]


def test_nothing_is_paid_below_the_threshold_and_lines_say_zero() -> None:
    found = one(snapshot(BY_RATIO, known=readings(active="7999.6", csat=1, cost=1_000_000)))
    assert (found.minor, [line.minor for line in found.lines]) == (0, [0, 0, 0])


def test_other_currencies_by_the_rate_of_the_snapshot() -> None:
    abroad = [person(currency="JPY"), person("E2", currency="EUR"), person("E3", currency="CNY")]
    run = calculate(snapshot(BY_RATIO, abroad, rates={"JPY": F("20.5")}))
    assert [(each.currency, each.minor, each.rate) for each in run.results] == [
        ("JPY", 558_625, F("20.5")),
        ("CNY", fen("27,250.00"), 1),
    ]
    assert run.total == {"JPY": 558_625, "CNY": fen("27,250.00")}
    assert sum(line.minor for line in run.results[0].lines) == 558_625
    assert [line.exact for line in run.results[0].lines] == [246_000, 205_000, 107_625]
    assert str(run.blocked[0].issues[0]) == "There is no rate from CNY to EUR."


def test_a_target_can_be_a_share_of_a_salary_or_of_a_metric() -> None:
    salary = replace(BY_RATIO, target=TargetOf.SALARY)
    tenth = person(amount="0.1", salary=F(90_000))
    assert one(snapshot(salary, [tenth])).slices[0].target == 9_000
    blocked = calculate_one(snapshot(salary, [person(amount="0.1")]), "E1")
    assert isinstance(blocked, Blocked)
    assert [issue.where for issue in blocked.issues] == [""]
    assert "share of the salary, and there is no salary" in stopped(snapshot(salary, [person(amount="0.1")]))[0]
    metric = replace(BY_RATIO, target=TargetOf.METRIC)
    profit = person(amount="0.02")
    for scope in ("t", ""):
        known = readings() | {("target", scope): reading(500_000)}
        assert one(snapshot(metric, [profit], known)).slices[0].target == 10_000
    loss = readings() | {("target", ""): reading(-500_000)}
    assert one(snapshot(metric, [profit], loss)).minor == 0
    for known in (readings(), readings() | {("target", "t"): reading()}):
        assert "share of has no value" in stopped(snapshot(metric, [profit], known))[0]


def test_the_year_to_date_is_paid_less_what_was_paid() -> None:
    """12,000 a year: a factor of 0.75 after Q1, 1.00 after Q2."""
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100),), measured=Measured.CUMULATIVE)
    first = one(snapshot(plan, [person(amount=3_000)], {(ACTIVE, "t"): reading("0.9", 1)}))
    assert first.total == fen("2,250.00")
    second = one(snapshot(plan, [person(amount=6_000, earlier=first.total)], {(ACTIVE, "t"): reading(1, 1)}))
    assert (second.minor, second.total) == (fen("6,000.00"), fen("3,750.00"))
    alone = replace(plan, measured=Measured.PERIOD)
    assert one(snapshot(alone, [person(amount=6_000, earlier=9)], {(ACTIVE, "t"): reading(1, 1)})).total == 600_000


def test_adjustments_outlive_recalculation() -> None:
    by_hand = (
        Adjustment("a1", "E1", fen("500.00"), "Helped out in Shenyang.", "hr"),
        Adjustment("a2", "E1", fen("-20.00"), "Phone.", "hr"),
        Adjustment("a3", "E9", 7, "Somebody else.", "hr"),
    )
    found = one(snapshot(BY_RATIO, adjustments=by_hand))
    assert (found.minor, found.adjusted, found.total) == (fen("27,250.00"), fen("480.00"), fen("27,730.00"))
    again = one(snapshot(BY_RATIO, known=readings(active=9_400), adjustments=by_hand))
    assert again.total == fen("28,000.00") + fen("480.00")


def test_who_forfeits_is_in_the_run_and_is_paid_nothing() -> None:
    found = one(snapshot(BY_RATIO, [person(forfeits=True, reason="Resigned before the end, plan 4.2")]))
    assert (found.forfeited, found.uncapped, found.minor) == (True, 27_250, 0)
    assert "Say why nothing is paid" in stopped(snapshot(BY_RATIO, [person(forfeits=True)]))[0]


def test_everything_that_stops_somebody_is_said_at_once() -> None:
    twice = person(slices=(Slice(Q3, "t", F(-1)), Slice(JOINED, "t", F(1))), forfeits=True)
    working = replace(BY_RATIO, proration=Proration(Rule.WORKING))
    assert stopped(snapshot(working, [twice])) == [
        "Two assignments hold on 2025-08-15. End the first one the day before the second begins.",
        "Target bonus and coefficient must be 0 or more.",
        "The period has no working days. Check the calendar.",
        "Say why nothing is paid: the reason stands on the statement.",
    ]
    twice_away = person(leaves=(Leave(JOINED), Leave(JOINED)))
    assert stopped(snapshot(BY_RATIO, [twice_away])) == [
        "Two leaves hold on 2025-08-15. Put them together, or move one."
    ]
    with pytest.raises(Refusal, match=r"^Pay cannot be calculated yet: figures are missing\.") as refused:
        slices_of(Desk(snapshot(BY_RATIO)), twice_away)
    assert len(refused.value.issues) == 1
    assert stopped(snapshot(BY_RATIO, [Participant("E1", ())])) == [
        "There is no assignment in the period. Add one, or take the person out."
    ]
    assert "must be 0 or more" in stopped(snapshot(BY_RATIO, [person(coefficient=-1)]))[0]
    gap = person(slices=(Slice(Days(Q3.first, date(2025, 8, 13)), "t", F(1)), Slice(JOINED, "t", F(1))))
    assert one(snapshot(BY_RATIO, [gap])).minor >= 0  # a gap is told by slice_issues and stops nobody


def test_a_missing_value_stops_its_team_and_no_other() -> None:
    known = readings("a") | readings("b", csat=None)
    run = calculate(snapshot(BY_RATIO, [person("E2", team="b"), person("E1", team="a"), person("E3", team="b")], known))
    assert [result.participant for result in run.results] == ["E1"]
    assert [(each.participant, each.issues[0].where) for each in run.blocked] == [("E2", "CSAT"), ("E3", "CSAT")]
    assert set(run.assemblies) == {("a", "")}


def test_tiers_are_measured_against_each_persons_target() -> None:
    sales = component("sales", 0, tiers=Tiers((Tier(F(0), F("0.05")),)), attaining=Attaining(basis=Basis.ACTUAL))
    plan = replace(BY_RATIO, components=(*BY_RATIO.components, sales))
    known = readings() | {("sales", "t"): reading(100_000)}
    run = calculate(snapshot(plan, [person("E1"), person("E2", 3_000)], known))
    assert amounts(run) == [fen("32,250.00"), fen("7,725.00")]
    assert [line.minor for line in run.results[1].lines][-1] == fen("5,000.00")
    assert set(run.assemblies) == {("t", "30000"), ("t", "3000")}


# --- laws ------------------------------------------------------------------------------------------------------------


def people_of(dice: Dice, teams: str = "ab") -> list[Participant]:
    """One to four people, each with up to three slices, some from the 21st day on, some with a cap."""
    found = []
    for number in range(dice.number(1, 4)):
        cuts = sorted(set(dice.some(0, 2, lambda: dice.number(21, 91))))
        bounds = [dice.one((0, 0, 20)), *cuts, 92]
        slices = tuple(
            Slice(
                Days(Q3.first + timedelta(days=first), Q3.first + timedelta(days=after - 1)),
                dice.one(teams),
                money(dice),
                dice.exact(0, 2),
            )
            for first, after in itertools.pairwise(bounds)
        )
        found.append(Participant(f"E{number}", slices, cap=dice.maybe(lambda: money(dice))))
    return found


def money(dice: Dice) -> Fraction:
    return dice.exact(0, 50_000, 300)


def value(dice: Dice) -> Fraction:
    return dice.exact(0, 15_000)


def plan_of(dice: Dice) -> Plan:
    return replace(
        BY_RATIO,
        kind=dice.one((BY_RATIO.kind, POOL.kind)),
        rounding=Rounding(dice.one(list(Mode)), dice.one(list(Unit)), dice.one(list(When))),
        pool=Terms(excess=dice.one(list(Excess))),
        person_cap=dice.maybe(lambda: money(dice)),
        proration=Proration(dice.one([rule for rule in Rule if rule is not Rule.WORKING])),
        multipliers=dice.one(((), (BOOST,))),
        combine=dice.one((Combine.WEIGHTED, Combine.MULTIPLIED)),
    )


@law
def test_a_run_adds_up_and_does_not_depend_on_order(dice: Dice) -> None:
    people = people_of(dice)
    known = readings("a", active=value(dice)) | readings("b", active=value(dice))
    snap = snapshot(plan_of(dice), people, known)
    run = calculate(snap)
    assert len(run.results) == len(people)
    for result in run.results:
        assert sum(line.minor for line in result.lines) == result.minor >= 0
    for pool in run.pools:
        assert sum(part.minor for part in pool.split.parts) + pool.split.unspent == pool.split.total
    if run.pools:
        paid = sum(pool.split.total - pool.split.unspent for pool in run.pools)
        assert sum(result.minor for result in run.results) == paid
    assert calculate(replace(snap, participants=tuple(dice.shuffled(people)))) == run


@law
def test_a_locked_run_calculated_again_is_what_is_stored(dice: Dice) -> None:
    """From the text of its snapshot alone, every figure on the way; and one person alone as the whole run has them."""
    by_hand = (Adjustment("a", "E0", dice.number(-10_000, 10_000), "-", "hr"),)
    known = readings("a", active=value(dice)) | readings("b")
    snap = snapshot(plan_of(dice), people_of(dice), known, adjustments=by_hand)
    stored = calculate(snap)
    again = read(Snapshot, json.loads(canonical(snap)))
    assert again == snap
    assert calculate(again) == stored
    assert calculate_one(again, "E0") == stored.by_key["E0"]


@law
def test_a_run_and_all_its_deltas_make_the_run_on_corrected_data(dice: Dice) -> None:
    """And the reversal of all that was posted nets to zero."""
    plan, people = dice.one((BY_RATIO, POOLED)), people_of(dice)
    corrections = dice.some(2, 4, lambda: value(dice))
    posted: dict[str, list[int]] = {each.key: [] for each in people}
    for active in corrections:
        run = calculate(snapshot(plan, people, readings("a", active=active) | readings("b")))
        for result in run.results:
            posted[result.participant].append(delta(result.total, posted[result.participant]))
    assert {result.participant: result.total for result in run.results} == {
        key: sum(lines) for key, lines in posted.items()
    }
    assert all(sum((*lines, *reversal(lines))) == 0 for lines in posted.values())


@law
def test_more_never_pays_anybody_less(dice: Dice) -> None:
    plan = replace(BY_RATIO, multipliers=dice.one(((), (BOOST,))))
    people, (worse, better) = people_of(dice, "a"), sorted((value(dice), value(dice)))
    before, after = (calculate(snapshot(plan, people, readings("a", active=each))) for each in (worse, better))
    assert all(low <= high for low, high in zip(amounts(before), amounts(after), strict=True))


@law
def test_nobody_is_paid_anything_below_every_threshold(dice: Dice) -> None:
    """The thresholds are 80 %; the cost is 120.00001 % of its target, or more. On the threshold, half is paid."""
    plan, people = plan_of(dice), people_of(dice, "a")
    active, csat = F(dice.number(0, 7_999_999), 1_000), F(dice.number(0, 7_999_999), 1_000_000)
    low = readings("a", active=active, csat=csat * F("0.45"), cost=F("960000.08") + csat)
    assert set(amounts(calculate(snapshot(plan, people, low)))) <= {0}
    at_80 = readings("a", active=8_000, csat="3.6", cost=960_000)
    factor = calculate(snapshot(plan, people, at_80)).results[0].slices[0].factor
    assert factor == (F(1, 2) if plan.combine is Combine.WEIGHTED else F(1, 8)) * (F("1.1") if plan.multipliers else 1)
