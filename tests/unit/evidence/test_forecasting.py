"""Methods, ranges and floors of forecasts, on made series whose answer is known."""

import random
from decimal import Decimal
from math import cos, pi

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.evidence.domain import child, smoothing
from apps.evidence.domain.forecasting import (
    DAMPED,
    ETS,
    NAIVE,
    SEASONAL,
    Task,
    forecast,
    quantiles,
    rounded,
    spreads,
)  # fmt: skip
from apps.evidence.domain.history import FLOOR

YEAR = [30, -20, 5, 12, -8, 0, 25, -31, 14, 3, -22, 9]


def noisy(seed: int, size: float, count: int, shape) -> tuple[float, ...]:
    dice = random.Random(seed)
    return tuple(shape(at) + dice.gauss(0, size) for at in range(count))


def test_a_season_that_repeats_is_said_exactly() -> None:
    values = tuple(100.0 + YEAR[at % 12] for at in range(48))
    made = forecast(Task(values, 12, 12))
    assert [round(point.value) for point in made.ahead] == [100 + each for each in YEAR]
    assert made.method == SEASONAL  # as good as exponential smoothing, and plainer
    assert {each.method for each in made.tried} == {NAIVE, SEASONAL, DAMPED, ETS}
    assert all(point.low <= point.value <= point.high for point in made.ahead)
    assert made.hits == made.cases == sum(min(12, 48 - origin) for origin in range(24, 48))


def test_a_trend_with_a_season_is_followed() -> None:
    def shape(at: int) -> float:
        return 200 + 3 * at + 20 * cos(at / 12 * 2 * pi)

    made = forecast(Task(noisy(7, 2, 60, shape), 12, 6))
    assert made.method == ETS
    for step, point in enumerate(made.ahead):
        assert abs(point.value - shape(60 + step)) < 15
        assert point.low < shape(60 + step) < point.high
    errors = {each.method: each.error for each in made.tried}
    assert errors[ETS] == min(errors.values())
    assert errors[SEASONAL] > 25  # a year of growth behind


def test_a_walk_is_said_as_last_time_and_the_range_widens() -> None:
    dice, values = random.Random(3), [500.0]
    while len(values) < 60:
        values.append(values[-1] + dice.gauss(0, 10))
    made = forecast(Task(tuple(values), 1, 8))
    assert abs(made.ahead[-1].value - values[-1]) < 20
    widths = [point.high - point.low for point in made.ahead]
    assert widths == sorted(widths)
    assert widths[-1] > 1.5 * widths[0]


def test_ranges_hold_about_as_often_as_they_say() -> None:
    """Of 60 series of noise, the period after the last lies in the range made before it in about 80 %."""
    held = 0
    for seed in range(60):
        *values, came = noisy(seed, 5, 41, lambda _at: 100.0)
        point = forecast(Task(tuple(values), 1, 1)).ahead[0]
        held += point.low <= came <= point.high
    assert 0.68 <= held / 60 <= 0.93


def test_no_origin_knows_what_comes_after_it() -> None:
    """What is said from an origin is the same whatever comes later."""
    values = noisy(5, 4, 48, lambda at: 100 + YEAR[at % 12] + at)
    changed = values[:36] + tuple(value * 3 for value in values[36:])
    told = {"learn": 24, "origins": [24, 30, 36], "horizon": 6}
    for shape in ({"trend": False}, {"trend": True}, {"trend": True, "season": 12}):
        before, after = (smoothing.paths(each, **told, **shape) for each in (values, changed))
        assert all(before[origin] == pytest.approx(after[origin]) for origin in told["origins"])


def test_the_forecast_equation_is_the_librarys() -> None:
    import numpy as np
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    values = noisy(9, 4, 48, lambda at: 100 + YEAR[at % 12] + 2 * at)
    ours = smoothing.paths(values, learn=48, origins=[48], horizon=14, trend=True, season=12)[48]
    model = ETSModel(
        np.array(values), error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=12,
        initialization_method="heuristic",
    )  # fmt: skip
    assert ours == pytest.approx(list(model.fit(disp=False).forecast(14)), rel=1e-3)


def test_below_the_floor_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="16 finite"):
        forecast(Task(tuple(float(at) for at in range(FLOOR - 1)), 12, 3))
    with pytest.raises(ValueError, match="finite"):
        forecast(Task((*[1.0] * FLOOR, float("nan")), 12, 3))
    short = forecast(Task(tuple(float(at % 5) for at in range(FLOOR)), 12, 12))
    assert len(short.ahead) == 6  # no further than the past can check
    assert SEASONAL not in {each.method for each in short.tried}


def test_a_season_needs_a_whole_one_to_be_tried_and_two_to_be_learnt() -> None:
    def tried(count: int) -> set[str]:
        return {each.method for each in forecast(Task(noisy(1, 1, count, lambda at: YEAR[at % 12]), 12, 3)).tried}

    assert SEASONAL not in tried(17)
    assert SEASONAL in tried(18)
    assert not smoothing.season_fits(23, 12)
    assert smoothing.season_fits(24, 12)
    assert not smoothing.season_fits(100, 1)


def test_a_constant_is_a_constant() -> None:
    made = forecast(Task((7.0,) * 20, 12, 3))
    assert [(point.value, point.low, point.high) for point in made.ahead] == [(7.0, 7.0, 7.0)] * 3
    zero = forecast(Task((0.0,) * 20, 12, 3))
    assert zero.tried[0].share is None


def test_what_a_figure_can_be_is_kept() -> None:
    falling = tuple(max(0.02, 0.9 - at * 0.03) for at in range(30))
    made = forecast(Task(falling, 1, 12, 0.0, 1.0))
    assert all(0 <= point.low <= point.value <= point.high <= 1 for point in made.ahead)
    free = forecast(Task(falling, 1, 12))
    assert min(point.low for point in free.ahead) < 0 or free.method == NAIVE


def test_quantiles_of_errors() -> None:
    assert quantiles([float(at) for at in range(1, 10)]) == (1.0, 9.0)  # nine: the outer two
    assert quantiles([float(at) for at in range(1, 20)]) == (2.0, 18.0)
    assert quantiles([3.0]) == (3.0, 3.0)


def test_few_errors_at_a_distance_borrow_from_the_others() -> None:
    one = {at: float(at - 10) for at in range(20)}
    told = spreads({1: one, 2: {0: -4.0, 1: 5.0}}, 3)
    assert told[0] == quantiles(list(one.values()))
    assert told[1][0] <= told[0][0]
    assert told[1][1] >= told[0][1]
    assert told[2][1] >= told[1][1]
    without = spreads({1: {0: 100.0, 1: 1.0, 2: -1.0, 3: 0.5}}, 1, without=0)
    assert without == [(-1.0, 1.0)]


@given(st.lists(st.floats(-1e6, 1e6), min_size=FLOOR, max_size=40), st.sampled_from([1, 4, 12]), st.integers(1, 12))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_any_series_has_a_forecast_that_holds_together(values: list[float], season: int, horizon: int) -> None:
    task = Task(tuple(values), season, horizon, low=-1e6, high=1e6)
    made = forecast(task)
    assert 1 <= len(made.ahead) <= horizon
    assert all(-1e6 <= point.low <= point.value <= point.high <= 1e6 for point in made.ahead)
    assert 0 <= made.hits <= made.cases
    assert forecast(task) == made


def test_figures_leave_with_six_digits() -> None:
    assert [str(rounded(value)) for value in (123456.7, 0.01234567, -5.0)] == ["123457", "0.0123457", "-5"]
    told = child.answer({"values": [7.25] * 20, "season": 1, "horizon": 2, "low": None, "high": None})
    assert [Decimal(point["value"]) for point in told["ahead"]] == [Decimal("7.25")] * 2
    assert told["tried"][0] == {"method": "naive", "error": "0", "share": "0"}
