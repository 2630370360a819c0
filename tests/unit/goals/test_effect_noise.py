"""Simulation: of actions that do nothing, no more are called "better" or "worse" than is stated; of real ones most are.

Each series is a metric's past of 36 months, forecast as the product forecasts it, then goes on by the same dice.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from math import cos, pi

import pytest

from apps.evidence.domain.forecasting import COVERAGE, Task, forecast, rounded
from apps.goals.domain.effect import Came, Case, Told, Verdict, judge
from apps.kernel.period import Calendar, Grain

CALENDAR = Calendar("Asia/Shanghai")
PAST, SERIES = 36, 45
FIRST = CALENDAR.period_of(date(2026, 1, 1), Grain.MONTH)
PERIODS = [CALENDAR.shift(FIRST, at) for at in range(3)]
Shape = Callable[[int, random.Random], float]


def flat(_at: int, dice: random.Random) -> float:
    return 1000 + dice.gauss(0, 30)


def rising(at: int, dice: random.Random) -> float:
    return 1000 + 12 * at + dice.gauss(0, 30)


def seasonal(at: int, dice: random.Random) -> float:
    return 1000 + 200 * cos(at / 12 * 2 * pi) + dice.gauss(0, 30)


SHAPES = (flat, rising, seasonal)


@pytest.fixture(scope="module")
def series() -> list[tuple[list[float], tuple[Told, ...]]]:
    """What came in the three months after the past, and what was expected of them then; each shape a third of them."""
    found = []
    for seed in range(SERIES):
        dice, shape = random.Random(seed), SHAPES[seed % len(SHAPES)]
        values = [shape(at, dice) for at in range(PAST + len(PERIODS))]
        made = forecast(Task(tuple(values[:PAST]), 12, len(PERIODS)))
        told = tuple(
            Told(period, rounded(one.value), rounded(one.low), rounded(one.high))
            for period, one in zip(PERIODS, made.ahead, strict=True)
        )
        found.append((values[PAST:], told))
    return found


def verdicts(series: list[tuple[list[float], tuple[Told, ...]]], months: int, lift: float = 0) -> Counter[Verdict]:
    """What is said of actions of so many months that lift the metric by `lift`."""
    ended = PERIODS[months - 1].start
    return Counter(
        judge(
            Case(FIRST.start, ended, told),
            [Came(each.period, rounded(value + lift)) for each, value in zip(told, values, strict=True)],
        ).verdict
        for values, told in series
    )


@pytest.mark.parametrize("months", [1, 2, 3])
def test_of_actions_that_do_nothing_no_more_than_stated_are_judged(series, months: int) -> None:
    found = verdicts(series, months)
    assert Decimal(found[Verdict.BETTER] + found[Verdict.WORSE]) / SERIES <= 1 - COVERAGE
    assert sum(found.values()) == SERIES


def test_an_effect_of_five_times_the_noise_is_found(series) -> None:
    """And one as small as the noise mostly is not: nobody is told what cannot be known."""
    assert verdicts(series, 3, lift=150)[Verdict.BETTER] >= SERIES * 9 // 10
    assert verdicts(series, 3, lift=-150)[Verdict.WORSE] >= SERIES * 9 // 10
    assert verdicts(series, 1, lift=15)[Verdict.NOISE] >= SERIES // 2
