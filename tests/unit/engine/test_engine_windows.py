"""Windows, percentiles and arithmetic of columns: what they say, how far they reach, that they travel."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.engine.expression import Arithmetic, Cell, Number, Sign, columns, decimals, in_text
from apps.engine.plan import Aggregation, How, Reach
from apps.engine.plans import MeasurePlan
from apps.engine.plans.aggregates import window_of
from apps.kernel.period import Calendar, Grain, Span

NET = Arithmetic(Sign.TIMES, Cell("qty"), Arithmetic(Sign.MINUS, Cell("price"), Number(Decimal("0.50"))))
RUNNING = MeasurePlan("x", Grain.MONTH, 1, Aggregation(How.SUM, None, (), None, NET), to_date=Grain.YEAR)
COUNT = Aggregation(How.COUNT)


def test_words() -> None:
    assert RUNNING.in_words() == "sum of qty * (price - 0.50), by month, since the start of the year"
    assert Aggregation(How.PERCENTILE, "price", (), Decimal("0.90")).in_words() == "percentile 90 of price"
    assert Aggregation(How.PERCENTILE, "price", (), Decimal("0.995")).in_words() == "percentile 99.5 of price"
    assert Aggregation(How.NPS, "answer").in_words() == "net promoter score of answer"


@pytest.mark.parametrize(
    ("sign", "inner", "text"),
    [
        (Sign.MINUS, Sign.PLUS, "a - (b + c)"), (Sign.MINUS, Sign.TIMES, "a - b * c"),
        (Sign.PLUS, Sign.MINUS, "a + b - c"), (Sign.TIMES, Sign.TIMES, "a * b * c"),
    ],
)  # fmt: skip
def test_brackets_stand_only_where_they_matter(sign: Sign, inner: Sign, text: str) -> None:
    assert in_text(Arithmetic(sign, Cell("a"), Arithmetic(inner, Cell("b"), Cell("c")))) == text


def test_columns_and_decimals_of_an_expression() -> None:
    assert columns(NET) == ("qty", "price")
    assert (decimals(NET), decimals(Number(3)), decimals(Number(Decimal("0.125")))) == (12, 0, 3)


def test_an_expression_travels_exactly() -> None:
    again = MeasurePlan.from_json(json.loads(json.dumps(RUNNING.to_json())))
    assert again == RUNNING
    assert repr(again) == repr(RUNNING)


def test_how_far_a_running_total_looks_back() -> None:
    assert RUNNING.lookback == Reach(periods=11)
    assert MeasurePlan("x", Grain.DAY, 1, COUNT, to_date=Grain.MONTH).lookback == Reach(periods=30)
    leap = Span(date(2024, 2, 29), date(2024, 3, 1))
    fiscal = Calendar("Asia/Shanghai", 1, 4)
    assert RUNNING.touched(leap, fiscal) == Span(date(2024, 2, 1), date(2024, 4, 1))
    assert RUNNING.touched(leap, Calendar("UTC")) == Span(date(2024, 2, 1), date(2025, 1, 1))


INSIDE = st.sampled_from(
    [(Grain.DAY, Grain.MONTH), (Grain.MONTH, Grain.QUARTER), (Grain.QUARTER, Grain.HALF), (Grain.HALF, Grain.YEAR)]
)


@given(INSIDE, st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(-400, 400), st.integers(1, 12))
def test_a_day_is_in_the_window_of_the_periods_that_it_touches_and_of_no_other(grains, day, away, month) -> None:
    calendar = Calendar("UTC", 1, month)
    plan = MeasurePlan("x", grains[0], 1, COUNT, to_date=grains[1])
    period = calendar.period_of(day + timedelta(days=away), plan.grain)
    window = window_of(period, 1, plan.to_date, calendar)
    touched = plan.touched(Span(day, day + timedelta(days=1)), calendar)
    assert (window.start <= day < window.end) == (touched.start <= period.start < touched.end)
    reach = calendar.shift(period, -plan.lookback.periods).start
    assert reach <= window.start
