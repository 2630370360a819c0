"""What came of an action, held against what was expected without it: exact, honest about noise, claiming no cause."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals.domain import effect
from apps.goals.domain.effect import Came, Case, Promise, Run, Told, Verdict, alongside, judge, window
from apps.kernel.issue import Issue
from apps.kernel.period import Calendar, Grain, Period

CALENDAR = Calendar("Asia/Shanghai")
START, ENDED = date(2026, 4, 1), date(2026, 6, 20)


def months(first: int, count: int) -> list[Period]:
    begin = CALENDAR.period_of(date(2026, first, 1), Grain.MONTH)
    return [CALENDAR.shift(begin, at) for at in range(count)]


def told(values: list[int], half: int = 10, first: int = 4) -> tuple[Told, ...]:
    """Forecasts from a month on, each within `half` of its value."""
    return tuple(
        Told(period, Decimal(value), Decimal(value - half), Decimal(value + half))
        for period, value in zip(months(first, len(values)), values, strict=True)
    )


def came(values: list[int | None], first: int = 4, **more: object) -> list[Came]:
    return [
        Came(period, None if value is None else Decimal(value), **more)
        for period, value in zip(months(first, len(values)), values, strict=True)
    ]


CASE = Case(START, ENDED, told([100, 100, 100]))


def test_a_lift_beyond_the_range_is_better_than_expected() -> None:
    found = judge(CASE, came([115, 118, 121]))
    assert found.verdict is Verdict.BETTER
    assert (found.mean, found.low, found.high) == (18, 8, 28)
    assert [period.key for period in found.periods] == ["2026-04", "2026-05", "2026-06"]
    assert found.total is None  # a level is not added up


def test_a_lift_within_the_range_cannot_be_told_apart_from_noise() -> None:
    found = judge(CASE, came([109, 112, 103]))
    assert (found.verdict, found.mean) == (Verdict.NOISE, 8)
    at_the_bound = judge(CASE, came([110, 110, 110]))
    assert (at_the_bound.verdict, at_the_bound.low) == (Verdict.NOISE, 0)  # the ends belong to it


def test_where_less_is_better_the_same_fall_is_an_improvement() -> None:
    fall = came([80, 85, 84])
    assert judge(CASE, fall).verdict is Verdict.WORSE
    assert judge(Case(START, ENDED, CASE.told, better_up=False), fall).verdict is Verdict.BETTER


def test_a_trend_that_goes_on_is_no_effect() -> None:
    """Before 100 a month on average, after 130: the trend says so by itself, and so does the forecast."""
    rising = Case(START, ENDED, told([120, 130, 140]))
    assert judge(rising, came([121, 128, 141])).verdict is Verdict.NOISE


def test_a_season_that_comes_again_is_no_effect() -> None:
    """December sells twice as much every year; the forecast knew."""
    winter = Case(date(2026, 10, 1), date(2026, 12, 31), told([100, 110, 210], first=10))
    assert judge(winter, came([104, 107, 206], first=10)).verdict is Verdict.NOISE
    assert judge(winter, came([130, 135, 260], first=10)).verdict is Verdict.BETTER


def test_it_is_too_early_until_every_period_has_its_final_value() -> None:
    running = judge(Case(START, None, CASE.told), came([150, 150, 150]))
    assert (running.verdict, running.why.message) == (Verdict.EARLY, effect.NOT_ENDED)
    short = judge(CASE, came([150, 150]))
    assert (short.verdict, short.why) == (Verdict.EARLY, Issue("", effect.WAITING, {"period": "2026-06"}))
    partly = [*came([150, 150]), *came([60], first=6, settled=False)]
    assert judge(CASE, partly).verdict is Verdict.EARLY  # ten days of June look like a fall


def test_with_no_forecast_there_is_nothing_to_compare_with_and_it_says_why() -> None:
    because = Issue("", effect.TOO_SHORT, {"have": 9, "need": 16})
    found = judge(Case(START, ENDED, (), because=because), came([150, 150, 150]))
    assert (found.verdict, found.mean) == (Verdict.NOTHING, None)
    assert found.why.in_words() == (
        "no forecast could be made then: 9 closed periods in a row before its first day, and 16 are needed."
    )


def test_what_was_stopped_before_it_began_moved_nothing() -> None:
    found = judge(Case(START, date(2026, 3, 20), CASE.told), came([150, 150, 150]))
    assert (found.verdict, found.why.message) == (Verdict.NOTHING, effect.NEVER_BEGAN)


def test_figures_of_two_definitions_are_not_compared() -> None:
    mixed = [*came([150]), *came([150, 150], first=5, version=2)]
    found = judge(CASE, mixed)
    assert (found.verdict, found.why.params) == (Verdict.NOTHING, {"period": "2026-05"})
    assert found.why.message == effect.OTHER_DEFINITION


def test_a_period_that_lost_its_value_is_never_taken_for_0() -> None:
    found = judge(CASE, came([150, None, 150]))
    assert (found.verdict, found.why.message, found.mean) == (Verdict.NOTHING, effect.NO_VALUE, None)


@pytest.mark.parametrize(
    ("start", "ended", "keys"),
    [
        (date(2026, 3, 10), date(2026, 5, 15), ["2026-04", "2026-05"]),
        (date(2026, 3, 3), date(2026, 3, 20), ["2026-04"]),  # shorter than a month: the first whole one after it
        (date(2026, 4, 1), date(2026, 6, 30), ["2026-04", "2026-05", "2026-06"]),
        (date(2026, 4, 2), date(2026, 4, 30), ["2026-05"]),  # not from its first day, so not whole
        (date(2026, 8, 1), date(2026, 9, 1), []),
    ],
)
def test_which_periods_count(start: date, ended: date, keys: list[str]) -> None:
    assert [each.period.key for each in window(told([1, 2, 3, 4, 5], first=3), start, ended)] == keys


def test_where_the_forecast_ends_before_the_action_it_is_said() -> None:
    found = judge(Case(START, date(2026, 9, 30), CASE.told), came([150] * 6))
    assert (found.verdict, found.short.key) == (Verdict.BETTER, "2026-06")
    assert judge(CASE, came([150] * 3)).short is None
    beyond = judge(Case(date(2026, 9, 1), date(2026, 9, 30), CASE.told), came([150] * 6))
    assert (beyond.verdict, beyond.why.message) == (Verdict.NOTHING, effect.NO_REACH)


@pytest.mark.parametrize(
    ("promised", "low", "high", "found"),
    [
        ("200", 150, 260, Promise.WITHIN),
        ("200", 20, 90, Promise.LESS),
        ("200", -40, 90, Promise.LESS),
        ("200", 210, 300, Promise.MORE),
        ("-3", -5, -4, Promise.MORE),  # fewer complaints was promised
        ("-3", -2, 1, Promise.LESS),
        ("0", -2, 1, None),
        (None, -2, 1, None),
    ],
)
def test_against_the_effect_that_was_promised(promised, low, high, found) -> None:
    wanted = None if promised is None else Decimal(promised)
    assert effect.promise(wanted, Fraction(low), Fraction(high)) is found


def test_the_cost_of_one_is_said_only_where_it_is_better_and_not_noise() -> None:
    def cost(values: list[int], **more: object) -> Fraction | None:
        return judge(Case(START, ENDED, CASE.told, cost=Decimal(9000), **more), came(values)).cost_of_one

    assert cost([115, 118, 121]) == 500  # 9,000 for 18 more in a month
    assert cost([115, 118, 121], adds_up=True) == Fraction(9000, 54)  # for 54 more in all
    assert cost([109, 112, 103]) is None
    assert cost([80, 80, 80]) is None
    assert judge(CASE, came([115, 118, 121])).cost_of_one is None


# --- laws -----------------------------------------------------------------------------------------------------------

FIGURE = st.integers(-1000, 1000)
PERIODS = st.lists(st.tuples(FIGURE, st.integers(0, 50), st.integers(0, 50), FIGURE), min_size=1, max_size=8)


def cases(rows, shift: int = 0, times: int = 1, **more: object) -> tuple[Case, list[Came]]:
    periods = months(4, len(rows))
    ahead, values = [], []
    for period, (value, below, above, actual) in zip(periods, rows, strict=True):
        bounds = sorted([(value - below) * times + shift, (value + above) * times + shift])
        ahead.append(Told(period, Decimal(value * times + shift), *map(Decimal, bounds)))
        values.append(Came(period, Decimal(actual * times + shift)))
    return Case(START, date(2027, 12, 31), tuple(ahead), **more), values


@given(PERIODS, st.integers(-10_000, 10_000))
def test_adding_a_constant_before_and_after_changes_nothing(rows, shift: int) -> None:
    assert judge(*cases(rows, shift, adds_up=True)) == judge(*cases(rows, adds_up=True))


@given(PERIODS, st.integers(1, 1000))
def test_another_unit_changes_the_figures_alike_and_no_verdict(rows, times: int) -> None:
    once, more = judge(*cases(rows)), judge(*cases(rows, times=times))
    assert more.verdict is once.verdict
    assert (more.mean, more.low, more.high) == (once.mean * times, once.low * times, once.high * times)


@given(PERIODS)
def test_upside_down_better_becomes_worse(rows) -> None:
    once, turned = judge(*cases(rows)), judge(*cases(rows, times=-1))
    other = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER, Verdict.NOISE: Verdict.NOISE}
    assert (turned.verdict, turned.mean) == (other[once.verdict], -once.mean)
    assert judge(*cases(rows, times=-1, better_up=False)).verdict is once.verdict


@given(PERIODS, st.randoms(use_true_random=False))
def test_the_order_of_the_values_and_older_ones_do_not_matter(rows, dice) -> None:
    case, values = cases(rows)
    mixed = [*values, *came([5, 6, 7], first=1)]
    dice.shuffle(mixed)
    assert judge(case, mixed) == judge(case, values)


@given(PERIODS)
def test_the_difference_lies_in_its_range_and_adds_up(rows) -> None:
    case, values = cases(rows, adds_up=True)
    found = judge(case, values)
    assert found.low <= found.mean <= found.high
    assert found.mean * len(found.periods) == found.total
    gaps = [Fraction(value.value) - Fraction(each.value) for each, value in zip(case.told, values, strict=True)]
    assert found.total == sum(gaps)


@given(PERIODS, st.integers(1, 500))
def test_more_is_never_judged_worse(rows, more: int) -> None:
    order = [Verdict.WORSE, Verdict.NOISE, Verdict.BETTER]
    case, values = cases(rows)
    lifted = [Came(each.period, each.value + more) for each in values]
    assert order.index(judge(case, lifted).verdict) >= order.index(judge(case, values).verdict)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (Run(START, ENDED), Run(date(2026, 6, 20), date(2026, 9, 1)), True),
        (Run(START, ENDED), Run(date(2026, 6, 21), date(2026, 9, 1)), False),
        (Run(START, ENDED), Run(START, ENDED, "store", "North"), True),  # a part of it
        (Run(START, ENDED, "store", "North"), Run(START, ENDED), True),  # what holds it
        (Run(START, ENDED, "store", "North"), Run(START, ENDED, "store", "South"), False),
        (Run(START, ENDED, "store", "North"), Run(START, ENDED, "channel", "App"), True),
    ],
)
def test_who_else_was_at_work(one: Run, other: Run, together: bool) -> None:
    assert alongside(one, other) is together
