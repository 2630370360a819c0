"""How far key results and objectives have come: the worked numbers of goals_and_pay.md 3.1, and what always holds."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.goals.domain import pace, progress, scoring, weights
from apps.goals.domain.pace import Standing, Step
from apps.goals.domain.progress import Kind, Measure, Part, RangeRule, Rollup
from apps.goals.domain.scoring import Band
from apps.kernel.numbers import divide

D = Decimal
FIGURES = st.decimals(D(-(10**9)), D(10**9), places=4, allow_nan=False)
SHARES = st.fractions(Fraction(-5), Fraction(5), max_denominator=10**6)
WEIGHTS = st.decimals(D(0), D(100), places=2)


@pytest.mark.parametrize(
    ("value", "expected"), [(80, "0.5"), (70, "0.75"), (50, "1.25"), (100, "0"), (110, "-0.25"), (60, "1")]
)
def test_from_100_down_to_60(value: int, expected: str) -> None:
    assert progress.reach(100, 60, value) == Fraction(expected)


def test_up_from_a_baseline_that_is_not_0_and_through_0() -> None:
    assert progress.reach(8000, 10000, 9200) == Fraction(3, 5)
    assert progress.reach(D(4200), D(5500), D(4800)) == Fraction(6, 13)
    assert progress.reach(-100, 100, 0) == Fraction(1, 2)
    assert progress.reach(200, 0, 50) == Fraction(3, 4)  # a target of 0
    assert progress.reach(-1000, -400, -700) == Fraction(1, 2)  # negative both


def test_start_and_goal_equal_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to reach"):
        progress.reach(5, 5, 5)


@given(start=FIGURES, goal=FIGURES, value=FIGURES)
def test_both_directions_are_one_formula(start: D, goal: D, value: D) -> None:
    assume(start != goal)
    share = progress.reach(start, goal, value)
    assert progress.reach(-start, -goal, -value) == share
    assert progress.reach(start, goal, start) == 0
    assert progress.reach(start, goal, goal) == 1
    assert Fraction(start) + share * (Fraction(goal) - Fraction(start)) == Fraction(value)  # nothing is cut


@pytest.mark.parametrize(("value", "share"), [("4.6", 1), ("4.5", 1), ("4.49", 0)])
def test_the_bound_is_within(value: str, share: int) -> None:
    assert progress.above(D("4.5"), D(value)) == share
    assert progress.below(D("-4.5"), -D(value)) == share
    assert progress.within(D("4.5"), D(5), D(value)) == share
    assert progress.within(D(4), D("4.5"), D("4.5")) == 1


def test_share_of_due_checkins_9_of_13_and_a_missed_one_is_a_miss() -> None:
    checked = [D("4.5")] * 9 + [D("3.9"), D("5.1"), None, None]
    share = progress.share_in_range(4, 5, checked)
    assert share == Fraction(9, 13)
    assert divide(share.numerator * 100, share.denominator).quantize(D("0.01")) == D("69.23")
    assert progress.share_in_range(4, 5, [None, None]) == 0
    assert progress.share_in_range(4, 5, []) is None


@pytest.mark.parametrize(
    ("value", "share"),
    [("4.5", "1"), ("5", "1"), ("4", "1"), ("3.5", "0.5"), ("5.25", "0.75"), ("2.9", "0"), ("3", "0"), ("9", "0")],
)
def test_distance_over_a_tolerance(value: str, share: str) -> None:
    """goals_and_pay.md 3.4: range 4 to 5, tolerance 1."""
    assert progress.distance(4, 5, 1, D(value)) == Fraction(share)


def test_distance_around_one_value() -> None:
    """Keep 5: 6 is 80 %, 10 is nothing (Qulture.Rocks)."""
    assert progress.distance(5, 5, 5, 6) == Fraction(4, 5)
    assert progress.distance(5, 5, 5, 10) == 0
    with pytest.raises(ValueError, match="more than 0"):
        progress.distance(4, 5, 0, 3)


@given(low=FIGURES, width=st.integers(0, 100), tolerance=st.integers(1, 100), value=FIGURES)
def test_a_distance_is_a_share(low: D, width: int, tolerance: int, value: D) -> None:
    share = progress.distance(low, low + width, tolerance, value)
    assert 0 <= share <= 1
    assert (share == 1) == (progress.within(low, low + width, value) == 1)


def test_steps_by_weight() -> None:
    assert progress.milestones([(1, True), (3, False), (1, True)]) == Fraction(2, 5)
    assert progress.milestones([]) is None


def test_every_kind_by_its_measure() -> None:
    none = Measure(Kind.OPEN_BASELINE)
    assert progress.progress(none, D(5)) is None
    assert progress.progress(Measure(Kind.OPEN_BASELINE, start=D(5), goal=D(9)), D(7)) == Fraction(1, 2)
    assert progress.progress(Measure(Kind.REACH, start=D(0), goal=D(4)), None) is None  # nothing said is not 0
    assert progress.progress(Measure(Kind.REACH, start=D(0), goal=D(4)), D(1)) == Fraction(1, 4)
    assert progress.progress(Measure(Kind.ABOVE, low=D(4)), D(4)) == 1
    assert progress.progress(Measure(Kind.BELOW, high=D(4)), D(5)) == 0
    band = {"low": D(4), "high": D(5)}
    assert progress.progress(Measure(Kind.RANGE, **band, rule=RangeRule.BINARY), D(5)) == 1
    assert progress.progress(Measure(Kind.RANGE, **band, tolerance=D(1), rule=RangeRule.DISTANCE), D("5.25")) == D(
        "0.75"
    )
    by_checkins = Measure(Kind.RANGE, **band, rule=RangeRule.CHECKINS)
    assert progress.progress(by_checkins, D(5), checked=[D(5), None]) == Fraction(1, 2)
    assert progress.progress(Measure(Kind.BINARY), D(1)) == 1
    assert progress.progress(Measure(Kind.BINARY), D(0)) == 0
    assert progress.progress(Measure(Kind.BINARY), None) is None
    assert progress.progress(Measure(Kind.MILESTONES), None, steps=[(2, True), (2, False)]) == Fraction(1, 2)
    with pytest.raises(ValueError, match="missing"):
        progress.progress(Measure(Kind.ABOVE), D(4))


THREE = [Part(50, Fraction("1.25")), Part(30, Fraction("0.4")), Part(20, Fraction("-0.25"))]


@pytest.mark.parametrize(("rule", "whole"), [(Rollup.CLAMPED, "0.62"), (Rollup.FLOOR, "0.745"), (Rollup.RAW, "0.695")])
def test_weights_50_30_20(rule: Rollup, whole: str) -> None:
    assert progress.roll_up(THREE, rule) == Fraction(whole)


def test_contributing_children_count_by_weight_and_what_is_unknown_counts_not_at_all() -> None:
    assert progress.roll_up([Part(60, Fraction(1)), Part(40, Fraction(1, 2))]) == Fraction(4, 5)
    assert progress.roll_up([Part(60, Fraction(1, 2)), Part(40, None)]) == Fraction(1, 2)
    assert progress.roll_up([Part(40, None)]) is None
    assert progress.roll_up([Part(0, Fraction(1))]) is None
    assert progress.roll_up([]) is None


@given(parts=st.lists(st.tuples(WEIGHTS, SHARES), min_size=1, max_size=8), factor=st.integers(1, 50))
def test_a_roll_up_lies_between_its_parts(parts: list[tuple[D, Fraction]], factor: int) -> None:
    told = [Part(weight, share) for weight, share in parts]
    whole = progress.roll_up(told)
    assume(whole is not None)
    heavy = [progress.clamp(part.share) for part in told if part.weight]
    assert min(heavy) <= whole <= max(heavy)
    assert progress.roll_up([Part(part.weight * factor, part.share) for part in told]) == whole
    assert progress.roll_up(reversed(told)) == whole
    floor, raw = progress.roll_up(told, Rollup.FLOOR), progress.roll_up(told, Rollup.RAW)
    assert whole <= floor
    assert raw <= floor


# --- scores ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "score", "band"),
    [
        (Fraction(62, 100), "0.62", Band.FAIR),
        (Fraction(655, 1000), "0.66", Band.FAIR),
        (Fraction(695, 1000), "0.70", Band.GOOD),
        (Fraction(2, 3), "0.67", Band.FAIR),
        (Fraction(5, 4), "1.00", Band.GOOD),
        (Fraction(-1, 4), "0.00", Band.POOR),
        (Fraction(2, 5), "0.40", Band.FAIR),
        (Fraction(399, 1000), "0.40", Band.FAIR),
        (Fraction(394, 1000), "0.39", Band.POOR),
    ],
)
def test_a_score_is_clamped_progress_to_two_digits(share: Fraction, score: str, band: Band) -> None:
    assert scoring.score(share) == D(score)
    assert scoring.band(scoring.score(share)) is band


def test_a_judged_score_keeps_the_computed_one_and_wants_a_reason() -> None:
    assert scoring.final(D("0.62"), D("0.7")) == D("0.7")
    assert scoring.final(D("0.62"), None) == D("0.62")
    assert scoring.final(None, None) is None
    assert scoring.band(None) is Band.NONE
    assert scoring.score(None) is None
    assert not list(scoring.issues(None, ""))
    assert not list(scoring.issues(D("0.7"), "Half the team was away."))
    assert [each.where for each in scoring.issues(D("1.2"), "")] == ["judged", "reason"]
    assert [each.message for each in scoring.issues(D("0.755"), "x" * 501)] == [
        "A score has two digits after the point at most.", "At most %(most)s characters.",
    ]  # fmt: skip


# --- weights --------------------------------------------------------------------------------------------------------


def test_weights_are_balanced_to_exactly_100() -> None:
    assert weights.evenly(3) == [D("33.34"), D("33.33"), D("33.33")]
    assert weights.evenly(6) == [D("16.67")] * 4 + [D("16.66")] * 2
    assert weights.evenly(0) == []
    assert weights.in_proportion([D(50), D(30), D(40)]) == [D("41.67"), D("25.00"), D("33.33")]
    assert weights.in_proportion([D(0), D(0)]) == [D(50), D(50)]
    assert weights.left([D(60), D(15)]) == 25
    assert weights.left([D(60), D(60)]) == 0
    assert weights.is_whole([])
    assert not weights.is_whole([D("33.33")] * 3)
    assert weights.share(D(20), [D(20), D(60)]) == Fraction(1, 4)
    assert weights.share(D(0), [D(0)]) is None


@given(st.lists(WEIGHTS, min_size=1, max_size=20))
def test_balancing_adds_up_keeps_the_order_and_stands(told: list[D]) -> None:
    balanced = weights.in_proportion(told)
    assert weights.total(balanced) == 100
    assert weights.in_proportion(balanced) == balanced
    if sum(told):
        exact = [Fraction(weight) * 100 / Fraction(sum(told)) for weight in told]
        assert all(abs(Fraction(new) - old) < Fraction(1, 100) for new, old in zip(balanced, exact, strict=True))


# --- pace -----------------------------------------------------------------------------------------------------------


def test_what_is_expected_of_each_kind() -> None:
    day, half = date(2026, 11, 15), Fraction(1, 2)
    for kind in (Kind.REACH, Kind.OPEN_BASELINE, Kind.MILESTONES):
        assert pace.expected(kind, half, on=day) == half
    for kind in (Kind.ABOVE, Kind.BELOW, Kind.RANGE):
        assert pace.expected(kind, half, on=day) == 1
    assert pace.expected(Kind.BINARY, half, on=day) == 0
    assert pace.expected(Kind.BINARY, Fraction(1), on=day) == 1
    dated = [Step(1, date(2026, 11, 15)), Step(3, date(2026, 12, 1))]
    assert pace.expected(Kind.MILESTONES, half, on=day, steps=dated) == Fraction(1, 4)
    assert pace.expected(Kind.MILESTONES, half, on=day, steps=[*dated, Step(1)]) == half
    assert pace.expected_of([(50, half), (50, Fraction(1))]) == Fraction(3, 4)
    assert pace.expected_of([]) is None


@pytest.mark.parametrize(
    ("share", "standing"),
    [
        ("0.475", Standing.ON_TRACK), ("0.5", Standing.ON_TRACK), ("1.3", Standing.ON_TRACK),
        ("0.474", Standing.LAGGING), ("0.375", Standing.LAGGING), ("0.374", Standing.AT_RISK), ("-1", Standing.AT_RISK),
    ],
)  # fmt: skip
def test_bands_of_pace_at_half_time(share: str, standing: Standing) -> None:
    assert pace.standing(Fraction(share), Fraction(1, 2)) is standing


def test_before_anything_is_due_nothing_is_late() -> None:
    assert pace.standing(Fraction(0), Fraction(0)) is Standing.NONE
    assert pace.standing(None, Fraction(1, 2)) is Standing.NONE
    assert pace.standing(Fraction(1), None) is Standing.NONE


def test_the_directors_case_is_slightly_behind_not_failing() -> None:
    """ARPU 4,200 to 5,500 in 12 months, 4,800 after 6: 46.15 % of the way at 50 % of the time."""
    share = progress.reach(4200, 5500, 4800)
    assert scoring.score(share) == D("0.46")
    assert pace.standing(share, Fraction(1, 2)) is Standing.LAGGING
