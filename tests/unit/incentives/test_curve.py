"""Every worked number of payout curves and tiers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from apps.incentives.domain.attainment import Attained
from apps.incentives.domain.curve import (
    Above,
    Band,
    Below,
    Curve,
    Landing,
    Point,
    Shape,
    Tier,
    TierRule,
    Tiers,
    Zone,
    bands,
    factor,
    land,
    marks_of,
    shown_decimals,
    tiered,
)
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import Dice, law
from tests.unit.incentives.numbers import F, percent


def points(*pairs: tuple[object, object]) -> tuple[Point, ...]:
    return tuple(Point(Fraction(str(x)), Fraction(str(y))) for x, y in pairs)


CLASSIC = points(("0.8", "0.5"), (1, 1), ("1.2", 2))
LINES, STEPS = Curve(CLASSIC), Curve(CLASSIC, Shape.STEP)
AS = ("79.99", "80", "90", "92", "95", "100", "105", "110", "120", "135")


@pytest.mark.parametrize(
    ("curve", "row"),
    [
        (LINES, ("0", "50", "75", "80", "87.5", "100", "125", "150", "200", "200")),
        (STEPS, ("0", "50", "50", "50", "50", "100", "100", "100", "200", "200")),
        (Curve(shape=Shape.DIRECT), AS),
        (Curve(CLASSIC[:1], Shape.DIRECT, cap=F("1.2")), ("0", *AS[1:-1], "120")),
    ],
)
def test_the_classic_curve(curve: Curve, row: tuple[str, ...]) -> None:
    assert [factor(curve, percent(x)) for x in AS] == [percent(y) for y in row]


def test_the_ratio_pays_where_the_way_made_does_not() -> None:
    assert factor(LINES, percent(92)) == percent(80)
    assert factor(LINES, percent(60)) == 0


def test_saps_published_example_on_actual_values() -> None:
    curve = Curve(points((620, "0.5"), (1997, 1), (2400, "1.5"), (3324, 2), (4000, 3)))
    assert factor(curve, F(1313)) == F(1, 2) + F(1, 2) * F(1313 - 620, 1997 - 620)
    assert f"{round(factor(curve, F(1313)) * 10_000) / 100}" == "75.16"


def test_a_curve_on_satisfaction() -> None:
    curve = Curve(points(("4.2", "0.5"), ("4.5", 1), ("4.8", "1.5")))
    assert factor(curve, F("4.6")) == F(7, 6)  # 116.67 %


def test_a_falling_curve_on_cost() -> None:
    curve = Curve(points((120, "0.5"), (100, 1), (80, 2)), falling=True)
    assert [factor(curve, F(x)) for x in (121, 120, 110, 100, 90, 80, 10, -50)] == [
        0,
        F(1, 2),
        F(3, 4),
        1,
        F(3, 2),
        2,
        2,
        2,
    ]
    steps = Curve(curve.points, Shape.STEP, falling=True)
    assert [factor(steps, F(x)) for x in (121, 120, 101, 100, 79)] == [0, F(1, 2), F(1, 2), 1, 2]


def test_options_at_both_ends() -> None:
    assert factor(Curve(CLASSIC, below=Below.FIRST), F(0)) == F(1, 2)
    assert factor(Curve(CLASSIC[:1], Shape.DIRECT, below=Below.FIRST), F("0.1")) == F(1, 2)
    assert factor(Curve(CLASSIC, above=Above.EXTEND), F("1.3")) == F("2.5")
    assert factor(Curve(CLASSIC, above=Above.EXTEND, cap=F("2.2")), F("1.3")) == F("2.2")
    assert factor(Curve(CLASSIC[:2], above=Above.EXTEND), F("1.2")) == F("1.5")
    assert factor(Curve(CLASSIC[:1], above=Above.EXTEND), F(2)) == F(1, 2)  # one point has no slope
    assert factor(Curve(CLASSIC, cap=F("1.5")), F("1.2")) == F("1.5")


def test_a_bound_can_be_excluded() -> None:
    assert factor(Curve(CLASSIC, threshold_included=False), percent(80)) == 0
    assert factor(Curve(CLASSIC, threshold_included=False), percent("80.01")) > F(1, 2)
    steps = Curve(CLASSIC, Shape.STEP, threshold_included=False)
    assert [factor(steps, percent(x)) for x in (80, 81, 100, 101)] == [0, F(1, 2), F(1, 2), 1]


def test_a_landing_says_where_it_lies() -> None:
    low, middle, high = CLASSIC
    assert land(LINES, Attained(F("0.5"), F("0.5"))) == Landing(F(0), Zone.BELOW, None, low)
    assert land(LINES, Attained(F(1), F(1))) == Landing(F(1), Zone.ON, middle, high)
    assert land(LINES, Attained(F("0.9"), F("0.9"))) == Landing(F("0.75"), Zone.BETWEEN, low, middle)
    assert land(LINES, Attained(F("1.2"), F("1.2"))) == Landing(F(2), Zone.ON, high)
    assert land(LINES, Attained(F(3), F(3))) == Landing(F(2), Zone.ABOVE, high)
    assert land(STEPS, Attained(F(3), F(3))) == Landing(F(2), Zone.ON, high)
    assert land(STEPS, Attained(F("0.9"), F("0.9"))) == Landing(F("0.5"), Zone.ON, low, middle)
    assert land(STEPS, Attained(F("1.1"), F("1.1"))) == Landing(F(1), Zone.ON, middle, high)
    assert land(Curve(shape=Shape.DIRECT), Attained(F(3), F(3))) == Landing(F(3), Zone.DIRECT)
    capped = Curve(CLASSIC, cap=F("0.6"))
    assert land(capped, Attained(F("0.9"), F("0.9"))) == Landing(F("0.6"), Zone.BETWEEN, low, middle, capped=True)


def test_an_attainment_without_a_ratio_takes_the_last_point() -> None:
    top = Attained(F(0), F(0), top=True)
    assert land(LINES, top) == Landing(F(2), Zone.ON, CLASSIC[-1])
    assert land(Curve(CLASSIC, above=Above.EXTEND, cap=F(3)), top).factor == 2
    assert land(Curve(shape=Shape.DIRECT, cap=F("1.5")), top) == Landing(F("1.5"), Zone.DIRECT)
    with pytest.raises(
        Refusal, match=r"^The attainment has no end here, and neither has the curve. Give the curve a cap.$"
    ):
        land(Curve(shape=Shape.DIRECT), top)


BANDS = (Tier(F(0), percent(5)), Tier(F(100_000), percent(8)), Tier(F(150_000), percent(10)))


@pytest.mark.parametrize(
    ("amount", "marginal", "whole"),
    [
        (170_000, 11_000, 17_000),
        (99_999, F("4999.95"), F("4999.95")),
        (100_000, 5_000, 8_000),
        (150_000, 9_000, 15_000),
    ],
)
def test_tiers_marginal_and_whole_rate(amount: int, marginal: object, whole: object) -> None:
    assert tiered(Tiers(BANDS), F(amount)) == marginal
    assert tiered(Tiers(BANDS, TierRule.WHOLE_RATE), F(amount)) == whole


def test_published_tiers() -> None:
    spiff = Tiers((Tier(F(0), percent(5)), Tier(F(200_000), percent(8))), TierRule.WHOLE_RATE)
    assert tiered(spiff, F(220_000)) == 17_600
    oracle = Tiers((Tier(F(0), percent(1)), Tier(F(1_000), percent(2))))
    assert tiered(oracle, F(2_500)) == 40  # blended 1.6 %
    low, high = oracle.bands
    assert bands(oracle, F(2_500)) == (Band(low, F(1_000), F(10)), Band(high, F(1_500), F(30)))
    assert bands(spiff, F(220_000)) == (Band(spiff.bands[1], F(220_000), F(17_600)),)


def test_oracles_other_meaning_of_interpolate_is_a_curve_through_running_totals() -> None:
    curve = Curve(points((0, 0), ("0.25", 1_000), ("0.5", 3_000)))
    assert [factor(curve, percent(x)) for x in (12, 30)] == [480, 1_400]


def test_a_bound_of_tiers_can_belong_to_the_band_below() -> None:
    below = Tiers(BANDS, TierRule.WHOLE_RATE, bound_included=False)
    assert tiered(below, F(100_000)) == 5_000
    assert tiered(below, F(100_001)) == F("8000.08")
    assert bands(Tiers(BANDS), F(-1)) == ()
    assert bands(Tiers(BANDS), F(0)) == ()  # nothing lies in the first band yet
    assert bands(Tiers(BANDS), F(100_000)) == bands(Tiers(BANDS, bound_included=False), F(100_000))


def test_what_was_just_missed_is_not_shown_as_reached() -> None:
    marks = marks_of(LINES)
    assert marks == (percent(80), percent(100), percent(120))
    assert shown_decimals(percent("79.996"), marks) == 3
    assert shown_decimals(percent("79.99"), marks) == 2
    assert shown_decimals(percent(80), marks) == 2
    assert shown_decimals(percent("80.004"), marks) == 3
    assert shown_decimals(percent("79.9999996"), marks) == 7
    assert shown_decimals(percent(80) - F(1, 10**20), marks) == 10
    assert shown_decimals(percent("92.3456"), marks) == 2
    assert shown_decimals(percent("79.99"), marks, 0) == 2
    assert shown_decimals(percent("79.98"), marks, 0) == 0
    assert shown_decimals(percent("99.999"), marks_of(Curve(shape=Shape.DIRECT))) == 3


# --- laws ------------------------------------------------------------------------------------------------------------


def unit(dice: Dice) -> Fraction:
    return dice.exact(0, 3, 4_200)


def rising_curve(dice: Dice) -> Curve:
    xs = sorted(set(dice.some(1, 6, lambda: unit(dice))))
    ys = sorted(unit(dice) for _ in xs)
    return Curve(
        tuple(Point(x, y) for x, y in zip(xs, ys, strict=True)),
        dice.one((Shape.INTERPOLATE, Shape.STEP)),
        bool(dice.number(0, 1)),
        dice.one(list(Below)),
        dice.one(list(Above)),
        dice.maybe(lambda: unit(dice)),
    )


def mirrored(curve: Curve) -> Curve:
    turned = tuple(Point(-point.x, point.y) for point in curve.points)
    return Curve(turned, curve.shape, curve.threshold_included, curve.below, curve.above, curve.cap, falling=True)


@law
def test_a_rising_curve_never_pays_less_for_more(dice: Dice) -> None:
    curve, (worse, better) = rising_curve(dice), sorted((unit(dice), unit(dice)))
    assert factor(curve, worse) <= factor(curve, better)


@law
def test_nothing_is_paid_below_the_threshold(dice: Dice) -> None:
    curve, x = rising_curve(dice), unit(dice)
    if curve.below is Below.ZERO and x < curve.points[0].x:
        assert factor(curve, x) == 0
    if curve.cap is not None:
        assert factor(curve, x) <= curve.cap


@law
def test_a_falling_curve_is_its_mirror(dice: Dice) -> None:
    curve, x = rising_curve(dice), unit(dice)
    assert factor(mirrored(curve), -x) == factor(curve, x)


@law
def test_marginal_tiers_never_pay_less_for_more_and_their_bands_add_up(dice: Dice) -> None:
    starts = sorted({F(0), *dice.some(1, 5, lambda: unit(dice))})
    tiers = Tiers(tuple(Tier(start, unit(dice)) for start in starts))
    worse, better = sorted((unit(dice), unit(dice)))
    assert tiered(tiers, worse) <= tiered(tiers, better)
    assert sum(band.amount for band in bands(tiers, better)) == better
