"""Months that make their target exactly should not look late in their middle."""

from fractions import Fraction

from tests.unit.targets.simulated import EVENLY, KNOWN, LEARNT, alarms


def test_a_shape_learnt_from_two_cycles_raises_few_false_alarms_on_day_fifteen() -> None:
    """Of months that end exactly on target; evenly spread, three of four would be called late."""
    raised = alarms(months=150, days=(3, 15), seed=7)
    assert raised[LEARNT, 15] <= Fraction(20, 100)
    assert Fraction(65, 100) <= raised[EVENLY, 15] <= Fraction(87, 100)
    assert Fraction(10, 100) <= raised[KNOWN, 15] <= Fraction(27, 100)  # the months themselves vary so much
    assert raised[EVENLY, 3] == raised[LEARNT, 3] == 0  # nothing is said in the first fifth


def test_a_month_that_will_end_far_behind_is_still_noticed() -> None:
    raised = alarms(months=60, days=(15, 25), seed=8, ending_at=Fraction(85, 100))
    assert raised[LEARNT, 15] >= Fraction(75, 100)
    assert raised[LEARNT, 25] >= Fraction(90, 100)
