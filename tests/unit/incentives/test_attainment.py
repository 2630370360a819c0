"""Every worked number of attainment: higher, lower, ranges, negative and zero targets."""

from __future__ import annotations

from fractions import Fraction

import pytest

from apps.incentives.domain.attainment import (
    Attained,
    Attaining,
    Basis,
    Direction,
    Lower,
    RangeRule,
    Reading,
    attain,
    needs,
)
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import Dice, law
from tests.unit.incentives.numbers import F, percent

RATIO = Attaining()
MIRROR = Attaining(direction=Direction.LOWER)
RECIPROCAL = Attaining(direction=Direction.LOWER, lower=Lower.RECIPROCAL)
UP = Attaining(basis=Basis.BASELINE)
DOWN = Attaining(basis=Basis.BASELINE, direction=Direction.LOWER)


def reading(actual: object, target: object = None, start: object = None) -> Reading:
    return Reading(*(None if each is None else Fraction(str(each)) for each in (actual, target, start)))


@pytest.mark.parametrize(
    ("rule", "actual", "target", "start", "raw"),
    [
        (RATIO, 9_200, 10_000, None, "92"),  # the seed plan
        (UP, 9_200, 10_000, 8_000, "60"),  # the same quarter by the way made
        (RATIO, -800, -1_000, None, "120"),  # a loss half avoided; actual / target would say 80
        (RATIO, -1_200, -1_000, None, "80"),
        (RATIO, -5, 10, None, "-50"),
        (MIRROR, 90, 100, None, "110"),
        (MIRROR, 120, 100, None, "80"),
        (MIRROR, 0, 100, None, "200"),
        (MIRROR, 200, 100, None, "0"),
        (MIRROR, 250, 100, None, "-50"),
        (MIRROR, -50, 100, None, "250"),
        (MIRROR, "0.80", "1.00", None, "120"),  # published: Profit.co
        (MIRROR, "1.50", "1.00", None, "50"),
        (MIRROR, -100, -50, None, "200"),
        (MIRROR, 0, -50, None, "0"),
        (MIRROR, 840_000, 800_000, None, "95"),
        (RECIPROCAL, 90, 100, None, Fraction(1000, 9)),
        (RECIPROCAL, 120, 100, None, Fraction(250, 3)),
        (RECIPROCAL, 200, 100, None, "50"),
        (RECIPROCAL, 250, 100, None, "40"),
        (DOWN, 90, 100, 120, "150"),
        (DOWN, 120, 100, 120, "0"),
        (DOWN, 0, 100, 120, "600"),
        (DOWN, 200, 100, 120, "-400"),
        (DOWN, 250, 100, 120, "-650"),
        (DOWN, -50, 100, 120, "850"),
        (DOWN, 80, 60, 100, "50"),  # published: Quantive, 100 down to 60
        (DOWN, 70, 60, 100, "75"),
        (DOWN, 50, 60, 100, "125"),
        (DOWN, 100, 60, 100, "0"),
        (DOWN, 110, 60, 100, "-25"),
    ],
)
def test_attainment_by_hand(rule: Attaining, actual: object, target: object, start: object, raw: object) -> None:
    found = attain(rule, reading(actual, target, start))
    assert found.raw == percent(raw)
    assert found.value == max(found.raw, 0)  # pay is never negative because of a metric
    assert not found.top


def test_a_reciprocal_is_for_less_is_better_and_ratios_alone() -> None:
    assert attain(Attaining(lower=Lower.RECIPROCAL), reading(0, 100)) == Attained(F(0), F(0))
    small = Attaining(basis=Basis.BASELINE, direction=Direction.LOWER, lower=Lower.RECIPROCAL)
    assert attain(small, reading(0, 100, 120)).top is False
    assert attain(RECIPROCAL, reading(1, "0.5")) == Attained(F("0.5"), F("0.5"))


def test_a_way_of_any_length() -> None:
    assert attain(UP, reading("8.5", 9, 8)).value == F("0.5")
    assert attain(UP, reading("8.25", "8.5", 8)).value == F("0.5")


@pytest.mark.parametrize("actual", [0, -50])
def test_nothing_spent_or_a_credit_is_the_top_of_a_reciprocal(actual: int) -> None:
    assert attain(RECIPROCAL, reading(actual, 100)) == Attained(F(0), F(0), top=True)


@pytest.mark.parametrize(
    ("actual", "direction", "included", "reached"),
    [
        (0, Direction.HIGHER, True, 1),  # a target of 0 is no trouble here
        (0, Direction.HIGHER, False, 0),
        (1, Direction.HIGHER, False, 1),
        (-1, Direction.HIGHER, True, 0),
        (0, Direction.LOWER, True, 1),  # zero incidents
        (0, Direction.LOWER, False, 0),
        (1, Direction.LOWER, True, 0),
        (-1, Direction.LOWER, False, 1),
    ],
)
def test_reached_or_not(actual: int, direction: Direction, included: bool, reached: int) -> None:
    rule = Attaining(basis=Basis.BINARY, direction=direction, bound_included=included)
    assert attain(rule, reading(actual, 0)).value == reached


def test_reached_or_not_against_a_target() -> None:
    rule = Attaining(basis=Basis.BINARY)
    assert [attain(rule, reading(actual, 10)).value for actual in (9, 10, 11)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("actual", "value"), [("4.5", "100"), ("5", "100"), ("4", "100"), ("3.5", "50"), ("5.25", "75"), ("2.9", "0")]
)
def test_a_range_falls_off_over_its_tolerance(actual: str, value: str) -> None:
    inside = Reading(actual=F(actual), low=F(4), high=F(5), tolerance=F(1))
    assert attain(Attaining(basis=Basis.RANGE), inside).value == percent(value)
    twice = Reading(actual=F(actual) * 2, low=F(8), high=F(10), tolerance=F(2))
    assert attain(Attaining(basis=Basis.RANGE), twice).value == percent(value)


@pytest.mark.parametrize(
    ("actual", "included", "value"),
    [("4.5", True, 1), ("5", True, 1), ("5", False, 0), ("4", False, 0), ("5.1", True, 0)],
)
def test_a_range_can_be_all_or_nothing(actual: str, included: bool, value: int) -> None:
    rule = Attaining(basis=Basis.RANGE, range_rule=RangeRule.BINARY, bound_included=included)
    assert attain(rule, Reading(actual=F(actual), low=F(4), high=F(5))).value == value


def test_nine_readings_of_thirteen_inside() -> None:
    """Published by Profit.co, which prints 69."""
    rule = Attaining(basis=Basis.RANGE, range_rule=RangeRule.SHARE)
    assert attain(rule, Reading(inside=9, due=13)).value == F(9, 13)


@pytest.mark.parametrize(("actual", "value"), [(5, "100"), (6, "80"), (4, "80"), (10, "0"), (20, "0")])
def test_a_value_to_keep_is_mirrored_around_it(actual: int, value: str) -> None:
    """Published by Qulture.Rocks: keep 5."""
    rule = Attaining(basis=Basis.RANGE, range_rule=RangeRule.MIRRORED)
    assert attain(rule, reading(actual, 5)).value == percent(value)


def test_a_curve_on_actual_values_takes_the_value_as_it_is() -> None:
    assert attain(Attaining(basis=Basis.ACTUAL), reading(-3)) == Attained(F(-3), F(-3))


def test_attainment_is_rounded_before_the_curve_only_where_the_plan_says_so() -> None:
    near = reading("7999.6", 10_000)
    assert attain(RATIO, near).value == percent("79.996")
    rounded = attain(Attaining(decimals=2), near)
    assert (rounded.raw, rounded.value) == (percent("79.996"), percent(80))
    assert attain(Attaining(decimals=0), reading("7949.9", 10_000)).value == percent(79)


@pytest.mark.parametrize(
    ("rule", "figures", "sentence"),
    [
        (RATIO, reading(None, 10), "The metric has no value for the period"),
        (RATIO, reading(10), "There is no target for the period"),
        (RATIO, reading(10, 0), "The target is 0, so there is no ratio to it"),
        (MIRROR, reading(10, 0), "The target is 0"),
        (RECIPROCAL, reading(10, 0), "Target divided by actual needs a target above 0"),
        (RECIPROCAL, reading(10, -50), "Target divided by actual needs a target above 0"),
        (RECIPROCAL, reading(None, 100), "The metric has no value"),
        (UP, reading(10, 10), "There is no value to start from"),
        (UP, reading(None, 10, 9), "The metric has no value"),
        (UP, reading(10, None, 9), "There is no target"),
        (Attaining(basis=Basis.BINARY), reading(None, 1), "The metric has no value"),
        (Attaining(basis=Basis.BINARY), reading(1), "There is no target"),
        (RECIPROCAL, reading(1), "There is no target"),
        (Attaining(basis=Basis.RANGE), Reading(low=F(1), high=F(5)), "The metric has no value"),
        (Attaining(basis=Basis.RANGE), Reading(actual=F(4), low=F(1)), "The range has no"),
        (Attaining(basis=Basis.RANGE, range_rule=RangeRule.MIRRORED), reading(1), "There is no target"),
        (DOWN, reading(10, 10, 10), "The target lies on the wrong side of the start"),
        (UP, reading(10, 10, 10), "The target lies on the wrong side of the start"),
        (UP, reading(10, 8, 10), "The target lies on the wrong side of the start"),
        (DOWN, reading(10, 12, 10), "The target lies on the wrong side of the start"),
        (Attaining(basis=Basis.ACTUAL), reading(None), "The metric has no value"),
        (Attaining(basis=Basis.RANGE), reading(4), "The range has no lower or no upper bound"),
        (Attaining(basis=Basis.RANGE), Reading(actual=F(4), low=F(1), high=F(5)), "The tolerance must be above 0"),
        (
            Attaining(basis=Basis.RANGE),
            Reading(actual=F(4), low=F(1), high=F(5), tolerance=F(0)),
            "The tolerance must be above 0",
        ),
        (Attaining(basis=Basis.RANGE, range_rule=RangeRule.SHARE), Reading(inside=0, due=0), "No reading was due"),
        (Attaining(basis=Basis.RANGE, range_rule=RangeRule.SHARE), Reading(due=3), "No reading was due"),
        (Attaining(basis=Basis.RANGE, range_rule=RangeRule.MIRRORED), reading(1, 0), "The target is 0"),
    ],
)
def test_what_cannot_be_measured_says_why(rule: Attaining, figures: Reading, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        attain(rule, figures)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("rule", [RATIO, UP, Attaining(basis=Basis.BINARY), Attaining(basis=Basis.ACTUAL)])
@pytest.mark.parametrize("range_rule", list(RangeRule))
def test_what_is_needed_is_enough_and_nothing_less_is(rule: Attaining, range_rule: RangeRule) -> None:
    for tried in (rule, Attaining(basis=Basis.RANGE, range_rule=range_rule)):
        full = {"actual": F(9), "target": F(10), "start": F(8), "low": F(1), "high": F(9), "tolerance": F(1)}
        known: dict[str, object] = {**full, "inside": 2, "due": 3}
        wanted = {name: known[name] for name in needs(tried)}
        attain(tried, Reading(**wanted))  # type: ignore[arg-type]
        for name in wanted:
            with pytest.raises(Refusal):
                attain(tried, Reading(**{**wanted, name: None}))  # type: ignore[arg-type]


def target_of(dice: Dice) -> Fraction:
    """Anything but 0."""
    return dice.exact(-1_000, 1_000, 420) or F(1, 420)


@law
def test_more_of_a_good_thing_never_attains_less(dice: Dice) -> None:
    worse, better = sorted(dice.exact(-1_000, 1_000, 420) for _ in range(2))
    target = target_of(dice)
    assert attain(RATIO, Reading(worse, target)).value <= attain(RATIO, Reading(better, target)).value
    assert attain(MIRROR, Reading(worse, target)).value >= attain(MIRROR, Reading(better, target)).value


@law
def test_on_target_is_one_whatever_the_sign(dice: Dice) -> None:
    target = target_of(dice)
    for rule in (RATIO, MIRROR):
        assert attain(rule, Reading(target, target)).value == 1
