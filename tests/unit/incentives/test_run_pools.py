"""A run that deals out pools, and components that multiply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.incentives.domain.attainment import Attaining, Basis
from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.curve import Tier, Tiers
from apps.incentives.domain.deltas import delta
from apps.incentives.domain.plan import Combine
from apps.incentives.domain.pool import Excess, Funding, LeaverShare, Terms
from apps.incentives.domain.rounding import Rounding, Unit
from apps.incentives.domain.run import calculate, calculate_one
from apps.incentives.domain.snapshot import Adjustment, Slice
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import (
    ACTIVE,
    BEFORE,
    BY_RATIO,
    JOINED,
    Q3,
    THREE,
    component,
    person,
    reading,
    readings,
    snapshot,
)
from tests.unit.incentives.running import MOVED, POOLED, TWO_TEAMS, amounts, one, stopped


def test_the_pool_of_the_worked_example() -> None:
    run = calculate(snapshot(POOLED, THREE))
    assert amounts(run) == [fen("12,740.26"), fen("8,847.40"), fen("5,662.34")]
    (pool,) = run.pools
    assert (pool.funded, pool.factor, pool.exact, pool.split.unspent) == (30_000, F(109, 120), 27_250, 0)
    assert [part.extra for part in pool.split.parts] == [1, 0, 1]
    for result in run.results:
        assert sum(line.minor for line in result.lines) == result.minor
        assert sum(each.money for each in result.slices) * 100 == result.minor
        assert sum(line.exact for line in result.lines) == result.exact
        assert [line.key for line in result.lines] == [ACTIVE, "csat", "cost"]
        told = (result.currency, result.exact, result.rate, result.earlier, result.adjusted, result.forfeited)
        assert told == ("CNY", F(result.minor, 100), 1, 0, 0, False)
        assert abs(result.uncapped * 100 - result.minor) < 1
    assert canonical(calculate(snapshot(POOLED, reversed(THREE)))) == canonical(run)


def test_corrections_of_the_worked_example() -> None:
    """28,000 is posted as 750 more; 27,625 as 375 less than both, not as 375 more than the first."""
    posted = {result.participant: [result.total] for result in calculate(snapshot(POOLED, THREE)).results}
    for active, expected in (
        (9_400, ["350.65", "243.51", "155.84"]),
        (9_300, ["-175.33", "-121.75", "-77.92"]),
    ):
        run = calculate(snapshot(POOLED, THREE, readings(active=active)))
        found = [delta(result.total, posted[result.participant]) for result in run.results]
        assert found == [fen(each) for each in expected]
        for result, more in zip(run.results, found, strict=True):
            posted[result.participant].append(more)
    assert sum(map(sum, posted.values())) == fen("27,625.00")


def test_how_a_pool_is_funded() -> None:
    fixed = replace(POOLED, pool=Terms(Funding.FIXED))
    assert sum(amounts(calculate(snapshot(fixed, THREE, pools={"t": F(60_000)})))) == fen("54,500.00")
    assert stopped(snapshot(fixed, THREE)) == ["The pool of t has no amount. Give one."]
    share = replace(POOLED, pool=Terms(Funding.SHARE_OF_METRIC, F("0.02")))
    known = readings() | {("pool", "t"): reading(600_000)}
    assert sum(amounts(calculate(snapshot(share, THREE, known)))) == fen("10,900.00")
    assert sum(amounts(calculate(snapshot(share, THREE, readings() | {("pool", ""): reading(-1)})))) == 0
    assert "share of has no value" in stopped(snapshot(share, THREE))[0]


def test_what_is_added_by_hand_stands_beside_the_part_and_whole_units_stay_whole() -> None:
    by_hand = (Adjustment("a1", "E1", 700, "Phone.", "hr"),)
    whole = replace(POOLED, rounding=Rounding(unit=Unit.WHOLE))
    found = one(snapshot(whole, THREE, adjustments=by_hand))
    assert (found.minor, found.adjusted, found.total) == (fen("12,740.00"), 700, fen("12,747.00"))
    assert [line.minor % 100 for line in found.lines] == [0, 0, 0]


def test_what_a_pool_was_worked_out_from_is_kept_and_tiers_pay_into_it() -> None:
    run = calculate(snapshot(POOLED, THREE))
    assert set(run.assemblies) == {("t", "")}
    sales = component("sales", 0, tiers=Tiers((Tier(F(0), F("0.05")),)), attaining=Attaining(basis=Basis.ACTUAL))
    plan = replace(POOLED, components=(*POOLED.components, sales))
    paid = calculate(snapshot(plan, THREE, readings() | {("sales", "t"): reading(100_000)}))
    assert paid.pools[0].exact == 27_250 + 5_000
    assert sum(amounts(paid)) == fen("32,250.00")


def test_a_pool_with_a_cap_and_a_leaver() -> None:
    people = [person("E1", 10_000, cap=F(2_000)), person("E2", 10_000), person("E3", 10_000)]
    at_9_000 = replace(POOLED, components=(component(ACTIVE, 100),), pool=Terms(Funding.FIXED))
    known, pools = {(ACTIVE, "t"): reading(1, 1)}, {"t": F(9_000)}
    kept = calculate(snapshot(at_9_000, people, known, pools=pools))
    assert amounts(kept) == [fen("2,000.00"), fen("3,000.00"), fen("3,000.00")]
    assert kept.pools[0].split.unspent == fen("1,000.00")
    spread = replace(at_9_000, pool=Terms(Funding.FIXED, excess=Excess.RESPREAD))
    assert amounts(calculate(snapshot(spread, people, known, pools=pools))) == [200_000, 350_000, 350_000]
    left = [replace(people[1], forfeits=True, reason="Left."), people[2]]
    assert amounts(calculate(snapshot(at_9_000, left, known, pools=pools))) == [0, 450_000]
    others = replace(at_9_000, pool=Terms(Funding.FIXED, leaver_share=LeaverShare.RESPREAD))
    run = calculate(snapshot(others, left, known, pools=pools))
    assert amounts(run) == [0, 900_000]
    assert [result.forfeited for result in run.results] == [True, False]
    assert [line.minor for line in run.results[0].lines] == [0]


def test_somebody_in_two_pools_gets_a_part_of_each() -> None:
    stays = person("E2", 3_000, team="b")
    run = calculate(snapshot(POOLED, [MOVED, stays], TWO_TEAMS))
    assert [pool.team for pool in run.pools] == ["a", "b"]
    assert run.pools[0].split.by_key["E1"].minor == fen("1,332.88")
    assert run.results[0].minor == sum(pool.split.by_key["E1"].minor for pool in run.pools)
    assert sum(amounts(run)) == sum(pool.split.total for pool in run.pools)
    assert [round(each.money * 100) for each in run.results[0].slices] == [
        pool.split.by_key["E1"].minor for pool in run.pools
    ]
    twice = person("E1", slices=(Slice(BEFORE, "a", F(3_000)), Slice(JOINED, "a", F(3_600))))
    same = calculate(snapshot(POOLED, [twice], TWO_TEAMS)).results[0]
    assert sum(each.money for each in same.slices) * 100 == same.minor
    nothing = calculate(snapshot(POOLED, [person(amount=0, team="a")], TWO_TEAMS)).results[0]
    assert (nothing.minor, nothing.slices[0].money) == (0, 0)
    failed = calculate(snapshot(POOLED, THREE, readings(active=0, csat=0, cost=9_000_000)))
    assert [[line.minor for line in each.lines] for each in failed.results] == [[0, 0, 0]] * 3


def test_one_person_stops_their_pools_and_no_other() -> None:
    bad = person("E0", slices=(Slice(Q3, "a", F(1)), Slice(JOINED, "a", F(1))))
    people = [bad, person("E1", team="a"), person("E2", team="b"), MOVED, person("E4", team="c")]
    moved = replace(MOVED, key="E3")
    people = [bad, person("E1", team="a"), person("E2", team="b"), moved, person("E4", team="c")]
    run = calculate(snapshot(POOLED, people, TWO_TEAMS))
    told = {each.participant: str(each.issues[0]) for each in run.blocked}
    waits = "The pool of a waits for E0: everybody's part depends on everybody's weight."
    assert told["E1"] == told["E3"] == waits
    worse = [replace(bad, key=f"X{number}") for number in range(7)]
    several = calculate(snapshot(POOLED, [*worse, person("E1", team="a")], TWO_TEAMS)).blocked[0]
    assert "The pool of a waits for X0, X1, X2, X3, X4: everybody" in str(several.issues[0])
    assert told["E0"].startswith("Two assignments hold")
    assert told["E4"].startswith("ACTIVE")
    assert [result.participant for result in run.results] == ["E2"]  # b has all it needs, E3's weight too
    assert run.pools[0].split.by_key["E3"].minor > 0
    for key in ("E1", "E2", "E3", "E4"):
        alone = calculate_one(snapshot(POOLED, people, TWO_TEAMS), key)
        assert alone == ({each.participant: each for each in run.blocked} | dict(run.by_key))[key]


def test_multiplied_components_are_one_line() -> None:
    plan = replace(BY_RATIO, combine=Combine.MULTIPLIED)
    found = one(snapshot(plan))
    assert [(line.key, line.minor) for line in found.lines] == [("", fen("23,333.33"))]
    pooled = calculate(snapshot(replace(POOLED, combine=Combine.MULTIPLIED), THREE))
    assert sum(amounts(pooled)) == fen("23,333.33")


def test_one_person_alone_is_calculated_as_in_the_whole_run() -> None:
    for plan in (BY_RATIO, POOLED):
        whole = calculate(snapshot(plan, THREE))
        assert [calculate_one(snapshot(plan, THREE), key) for key in ("E1", "E2", "E3")] == list(whole.results)
    with pytest.raises(KeyError):
        calculate_one(snapshot(BY_RATIO), "E9")
