"""What a period is likely to pay: teams make the sum to the cent, the bounds hold it, what is missing is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given

from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.forecast import Bounds, forecast
from apps.incentives.domain.levers import Expected
from apps.incentives.domain.proration import Days
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Adjustment, Slice
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import ACTIVE, BY_RATIO, COST, CSAT, Q3, person, readings, snapshot
from tests.unit.incentives.running import MOVED, TWO_TEAMS

ALL = ("CNY", "")


def test_the_seed_plan_between_its_worse_and_its_better_ends():
    """9,200 active customers pay 27,250.00 (3.6); 9,400 pay 28,000.00; 720,000 of cost pay 5,250.00 more."""
    expected = {(ACTIVE, "t"): Expected(F(9_200), F(9_200), F(9_400)), (COST, "t"): Expected(F(840_000))}
    assert forecast(snapshot(BY_RATIO), expected).sums[ALL] == Bounds(
        fen("27,250.00"), fen("27,250.00"), fen("28,000.00")
    )
    less_is_better = {(COST, "t"): Expected(F(840_000), F(720_000), F(840_000))}
    found = forecast(snapshot(BY_RATIO), less_is_better).sums[ALL]
    assert (found.likely, found.low) == (fen("27,250.00"), fen("27,250.00"))
    assert found.high > found.likely


def test_where_more_is_better_and_where_less_is_the_ends_that_pay_less_go_together():
    """9,000 and 900,000 pay least, 9,400 and 720,000 most; half a range is none."""
    both = {
        (ACTIVE, "t"): Expected(F(9_200), F(9_000), F(9_400)),
        (COST, "t"): Expected(F(840_000), F(720_000), F(900_000)),
    }
    found = forecast(snapshot(BY_RATIO), both).sums[ALL]
    ends = [
        {(ACTIVE, "t"): Expected(F(a)), (COST, "t"): Expected(F(c))} for a, c in ((9_000, 900_000), (9_400, 720_000))
    ]
    least, most = (forecast(snapshot(BY_RATIO), each).sums[ALL].likely for each in ends)
    assert found == Bounds(fen("27,250.00"), least, most)
    half = {
        (ACTIVE, "t"): Expected(F(9_200), F(9_000), None),
        (COST, "t"): Expected(F(840_000), F(720_000), F(840_000)),
    }
    found = forecast(snapshot(BY_RATIO), half).sums[ALL]
    assert (found.low, found.likely) == (fen("27,250.00"), fen("27,250.00"))
    only = {(ACTIVE, "t"): Expected(F(9_200), F(9_000), None)}
    assert forecast(snapshot(BY_RATIO), only).sums[ALL] == Bounds(*[fen("27,250.00")] * 3)


def test_without_ranges_it_is_what_a_run_pays():
    made = snapshot()
    found = forecast(made, {})
    assert found.sums[ALL].likely == sum(each.total for each in calculate(made).results)
    assert {(each.low, each.high) for each in found.sums.values()} == {
        (each.likely,) * 2 for each in found.sums.values()
    }


def test_somebody_who_moved_is_divided_between_their_teams_to_the_cent():
    made = replace(snapshot(), plan=BY_RATIO, participants=(MOVED,), readings=TWO_TEAMS)
    found = forecast(made, {})
    teams = {team: each.likely for (_currency, team), each in found.sums.items()}
    assert set(teams) == {"", "a", "b"}
    assert teams[""] == teams["a"] + teams["b"] == calculate(made).results[0].total
    assert teams["a"]
    assert teams["b"]


def test_who_cannot_be_calculated_is_counted_and_not_0():
    made = snapshot()
    made = replace(made, readings={**made.readings, (ACTIVE, "t"): Reading()})
    found = forecast(made, {})
    assert (dict(found.sums), found.people, len(found.blocked)) == ({}, 0, len(made.participants))


def test_who_is_paid_nothing_stands_with_their_newest_team():
    made = replace(snapshot(), plan=BY_RATIO, participants=(MOVED,), readings=TWO_TEAMS)
    nothing = tuple(replace(each, amount=F(0)) for each in MOVED.slices)
    made = replace(made, participants=(person("E1", slices=nothing),))
    assert {team: each.likely for (_currency, team), each in forecast(made, {}).sums.items()} == {"": 0, "b": 0}


STAYS = tuple(
    zip(
        (Days(Q3.first, date(2025, 7, 31)), Days(date(2025, 8, 1), date(2025, 8, 31)), Days(date(2025, 9, 1), Q3.last)),
        "aba",
        strict=True,
    )
)
"""July with team a, August with b, September with a again."""


def test_who_came_back_is_paid_by_a_team_for_all_their_days_with_it():
    returned = person("E1", slices=tuple(Slice(days, team, F(9_200)) for days, team in STAYS))
    made = snapshot(BY_RATIO, [returned], {**TWO_TEAMS, **readings("b")})
    sums = {team: each.likely for (_currency, team), each in forecast(made, {}).sums.items()}
    assert sums == {"": sum(sums[team] for team in "ab"), "a": round(F(sums[""] * 61, 92)), "b": sums["b"]}


def test_who_is_paid_nothing_but_came_back_stands_where_they_are_now():
    """What was added by hand for somebody whose slices came to nothing is their last team's, not the other one's."""
    nothing = person("E1", slices=tuple(Slice(days, team, F(0)) for days, team in STAYS))
    by_hand = (Adjustment("1", "E1", 500, "Helped out.", "hana"),)
    made = snapshot(BY_RATIO, [nothing], TWO_TEAMS, adjustments=by_hand)
    assert {team: each.likely for (_currency, team), each in forecast(made, {}).sums.items()} == {"": 500, "a": 500}


def test_a_team_that_is_paid_nothing_at_an_end_has_0_there():
    """At 0 customers and a cost of twice the target team a pays nothing; one cent more or less would be made up."""
    made = snapshot(BY_RATIO, [MOVED], TWO_TEAMS)
    worst = {(key, team): Expected(F(value), F(worst), F(value))
             for team, values in (("a", (9_200, "4.6", 840_000)), ("b", (10_000, "4.5", 720_000)))
             for key, value, worst in zip((ACTIVE, CSAT, COST), values, (0, 0, 1_600_000), strict=True)}  # fmt: skip
    sums = forecast(made, worst).sums
    likely = forecast(made, {}).sums
    assert {place: each.low for place, each in sums.items()} == dict.fromkeys(likely, 0)
    assert {place: (each.likely, each.high) for place, each in sums.items()} == {
        place: (each.likely, each.likely) for place, each in likely.items()
    }
    idle = person("E1", slices=(replace(MOVED.slices[0], amount=F(0)), MOVED.slices[1]))
    assert forecast(replace(made, participants=(idle,)), worst).sums["CNY", "a"] == Bounds(0, 0, 0)


@LAW
@given(low=exact(F(5_000), F(14_000)), value=exact(F(5_000), F(14_000)), high=exact(F(5_000), F(14_000)))
def test_what_is_likely_lies_in_the_range_whatever_way_round_its_ends_are(low, value, high):
    first, middle, last = sorted((low, value, high))
    for ends in ((first, last), (last, first)):
        found = forecast(snapshot(), {(ACTIVE, "t"): Expected(middle, *ends)}).sums[ALL]
        assert found.low <= found.likely <= found.high
        assert found.low == forecast(snapshot(), {(ACTIVE, "t"): Expected(first)}).sums[ALL].likely
