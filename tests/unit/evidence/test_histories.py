"""Which values a forecast is made from."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.evidence.domain.bounds import bounds_of
from apps.evidence.domain.history import FLOOR, GAP, MISSING, MOST, OTHER_DEFINITION, Closed, usable
from apps.evidence.services.wanting import horizon, usual_end
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain.definition import parse

HOME = Calendar("Asia/Shanghai")
FIRST = HOME.period_of(date(2024, 1, 1), Grain.MONTH)


def months(*values: int | None, versions: dict[int, int] | None = None) -> list[Closed]:
    found = (versions or {}).get
    return [
        Closed(HOME.shift(FIRST, at), None if value is None else Decimal(value), found(at, 1))
        for at, value in enumerate(values)
    ]


def test_an_unbroken_run_is_taken_whole() -> None:
    history = usable(months(*range(20)), Grain.MONTH)
    assert (len(history.points), history.missing, history.begins) == (20, 0, "")


def test_a_gap_ends_the_run_and_is_named() -> None:
    history = usable(months(1, 2, None, *range(10)), Grain.MONTH)
    assert (history.begins, history.begins_at) == (GAP, "2024-03")
    assert (len(history.points), history.missing) == (10, FLOOR - 10)
    holed = months(*range(10))
    del holed[4]
    history = usable(holed, Grain.MONTH)
    assert (history.begins, history.begins_at, len(history.points)) == (MISSING, "2024-06", 5)


def test_another_definition_ends_the_run() -> None:
    history = usable(months(*range(9), versions={0: 1, 1: 1} | dict.fromkeys(range(2, 9), 2)), Grain.MONTH)
    assert (history.begins, history.begins_at, len(history.points)) == (OTHER_DEFINITION, "2024-02", 7)


def test_periods_at_the_end_that_have_no_value_yet_are_passed_over() -> None:
    history = usable(months(*range(20), None, None), Grain.MONTH)
    assert (history.points[-1].period.key, len(history.points)) == ("2025-08", 20)
    assert usable(months(None, None), Grain.MONTH).missing == FLOOR
    assert len(usable(months(*range(200)), Grain.MONTH).points) == MOST[Grain.MONTH]


def test_how_far_a_forecast_goes() -> None:
    today = HOME.today(datetime(2026, 11, 10, tzinfo=UTC))
    assert usual_end(HOME, Grain.MONTH, date(2026, 2, 1)) == date(2027, 1, 1)
    assert usual_end(HOME, Grain.MONTH, today) == date(2027, 6, 1)  # half a season at least
    last = HOME.period_of(date(2026, 10, 1), Grain.MONTH)
    assert [period.key for period in horizon(HOME, last, date(2027, 1, 1))] == ["2026-11", "2026-12"]
    assert len(horizon(HOME, last, date(2040, 1, 1))) == 24
    assert [period.key for period in horizon(HOME, last, date(2026, 1, 1))] == ["2026-11"]
    year = HOME.period_of(date(2025, 1, 1), Grain.YEAR)
    assert [period.key for period in horizon(HOME, year, date(2040, 1, 1))] == ["2026", "2027"]


@pytest.mark.parametrize(
    ("unit", "values", "expected"),
    [
        ("count", [3, 5], (0.0, None)),
        ("count", [3, -5], (None, None)),
        ("currency", [3, 5], (None, None)),  # a loss is a value
        ("percent", [0.2, 0.4], (None, None)),  # typed: growth may be negative
    ],
)
def test_what_a_typed_figure_can_be(unit: str, values: list[float], expected: tuple) -> None:
    definition = parse(
        {
            "kind": "manual", "key": "m", "name": {"en": "M", "zh": "M"}, "unit": {"kind": unit}, "direction": "up",
            "grains": ["month"], "dimensions": [],
        }
    )  # fmt: skip
    assert bounds_of(definition, values) == expected


def test_values_that_data_reaches_into_only_are_left_out_at_the_end() -> None:
    whole = months(*range(20))
    partly = [*whole[:18], *(replace(point, settled=False) for point in whole[18:])]
    assert [point.value for point in usable(partly, Grain.MONTH).points] == [Decimal(at) for at in range(18)]
    inside = [replace(point, settled=point is not whole[5]) for point in whole]
    assert len(usable(inside, Grain.MONTH).points) == 20
    assert usable([replace(whole[0], settled=False)], Grain.MONTH).points == ()
