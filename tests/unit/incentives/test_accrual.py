"""What is set aside each month: the worked example of a quarter."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from apps.incentives.domain.accrual import Accrual, accruals
from apps.incentives.domain.rounding import Rounding, Unit
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.numbers import F, fen
from tests.unit.incentives.plans import Q3

ENDS = (date(2025, 7, 31), date(2025, 8, 31), date(2025, 9, 30))


def test_a_quarter_month_by_month() -> None:
    forecasts = zip(ENDS, (F(27_000), F(28_500), F(27_250)), strict=True)
    assert accruals(Q3, forecasts, "CNY") == (
        Accrual(ENDS[0], fen("9,097.83"), fen("9,097.83")),
        Accrual(ENDS[1], fen("19,206.52"), fen("10,108.69")),
        Accrual(ENDS[2], fen("27,250.00"), fen("8,043.48")),
    )


def test_before_and_after_the_period_and_a_forecast_that_falls() -> None:
    days = (date(2025, 6, 30), date(2025, 8, 31), date(2025, 10, 31))
    found = accruals(Q3, zip(days, (F(9_200), F(9_200), F(100)), strict=True), "CNY")
    assert [each.cumulative for each in found] == [0, fen("6,200.00"), fen("100.00")]
    assert [each.charge for each in found] == [0, fen("6,200.00"), fen("-6,100.00")]
    assert accruals(Q3, [], "CNY") == ()
    whole = accruals(Q3, [(ENDS[2], F("10.5"))], "CNY", Rounding(unit=Unit.WHOLE))
    assert whole == (Accrual(ENDS[2], fen("11.00"), fen("11.00")),)


@LAW
@given(st.lists(st.tuples(st.dates(date(2025, 6, 1), date(2025, 11, 1)), exact(0, 50_000, 420)), max_size=6))
def test_charges_make_what_is_set_aside(forecasts: list) -> None:
    found = accruals(Q3, forecasts, "CNY")
    assert sum(each.charge for each in found) == (found[-1].cumulative if found else 0)
    assert [each.day for each in found] == sorted(day for day, _ in forecasts)
