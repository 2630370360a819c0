"""The laws of the calendar."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.issue import Refusal
from apps.kernel.period import Calendar, Grain, Period, Span

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
GRAINS = st.sampled_from(list(Grain))
CALENDARS = st.builds(Calendar, st.just("Asia/Shanghai"), st.integers(1, 7), st.integers(1, 12))


@given(CALENDARS, DAYS, GRAINS)
def test_a_day_is_in_its_period_and_neighbours_touch(calendar: Calendar, day: date, grain: Grain) -> None:
    period = calendar.period_of(day, grain)
    assert day in period
    assert calendar.period_of(period.start, grain) == period
    assert calendar.period_of(period.end - timedelta(1), grain) == period
    assert calendar.shift(period, 1).start == period.end
    assert calendar.shift(period, -1).end == period.start


@given(CALENDARS, DAYS, st.integers(0, 900), GRAINS)
def test_periods_tile_a_span_without_gap_or_overlap(calendar: Calendar, first: date, days: int, grain: Grain) -> None:
    last = first + timedelta(days)
    periods = calendar.between(first, last, grain)
    assert periods[0].start <= first < periods[0].end
    assert periods[-1].start <= last < periods[-1].end
    assert all(a.end == b.start and a < b for a, b in itertools.pairwise(periods))
    assert len({p.key for p in periods}) == len(periods)


@given(CALENDARS, DAYS, GRAINS)
def test_a_key_names_one_period(calendar: Calendar, day: date, grain: Grain) -> None:
    period = calendar.period_of(day, grain)
    assert calendar.parse(period.key, grain) == period
    assert calendar.parse(period.key, grain).key == period.key


@given(CALENDARS, DAYS, GRAINS, st.integers(-300, 300))
def test_shifting_there_and_back(calendar: Calendar, day: date, grain: Grain, n: int) -> None:
    period = calendar.period_of(day, grain)
    there = calendar.shift(period, n)
    assert calendar.shift(there, -n) == period
    assert (there > period, there < period) == (n > 0, n < 0)


@given(CALENDARS, DAYS, GRAINS, st.integers(1, 30))
def test_a_trailing_window_is_its_periods(calendar: Calendar, day: date, grain: Grain, n: int) -> None:
    period = calendar.period_of(day, grain)
    span = calendar.trailing(period, n)
    assert span.end == period.end
    assert len(calendar.between(span.start, span.end - timedelta(1), grain)) == n


@given(DAYS)
def test_weeks_from_monday_are_iso_weeks(day: date) -> None:
    iso = day.isocalendar()
    assert Calendar("UTC").period_of(day, Grain.WEEK).key == f"{iso.year:04d}-W{iso.week:02d}"


@pytest.mark.parametrize(
    ("day", "week_start", "fiscal", "grain", "key", "start", "end"),
    [
        (date(2021, 1, 3), 1, 1, Grain.WEEK, "2020-W53", date(2020, 12, 28), date(2021, 1, 4)),
        (date(2021, 1, 3), 7, 1, Grain.WEEK, "2021-W01", date(2021, 1, 3), date(2021, 1, 10)),
        (date(2026, 6, 30), 1, 1, Grain.QUARTER, "2026-Q2", date(2026, 4, 1), date(2026, 7, 1)),
        (date(2026, 6, 30), 1, 4, Grain.QUARTER, "2027-Q1", date(2026, 4, 1), date(2026, 7, 1)),
        (date(2026, 3, 31), 1, 4, Grain.QUARTER, "2026-Q4", date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 1, 31), 1, 2, Grain.QUARTER, "2026-Q4", date(2025, 11, 1), date(2026, 2, 1)),
        (date(2026, 6, 30), 1, 1, Grain.HALF, "2026-H1", date(2026, 1, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), 1, 1, Grain.HALF, "2026-H2", date(2026, 7, 1), date(2027, 1, 1)),
        (date(2026, 6, 30), 1, 4, Grain.HALF, "2027-H1", date(2026, 4, 1), date(2026, 10, 1)),
        (date(2026, 3, 31), 1, 4, Grain.HALF, "2026-H2", date(2025, 10, 1), date(2026, 4, 1)),
        (date(2026, 6, 30), 1, 4, Grain.YEAR, "2027", date(2026, 4, 1), date(2027, 4, 1)),
        (date(2026, 6, 30), 1, 1, Grain.YEAR, "2026", date(2026, 1, 1), date(2027, 1, 1)),
        (date(2024, 2, 29), 1, 7, Grain.MONTH, "2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        (date(2026, 6, 30), 1, 1, Grain.DAY, "2026-06-30", date(2026, 6, 30), date(2026, 7, 1)),
    ],
)
def test_known_periods(day, week_start, fiscal, grain, key, start, end) -> None:
    period = Calendar("UTC", week_start, fiscal).period_of(day, grain)
    assert (period.key, period.start, period.end) == (key, start, end)


@pytest.mark.parametrize(
    ("key", "grain"),
    [
        ("2021-W53", Grain.WEEK),
        ("2020-W00", Grain.WEEK),
        ("2026-13", Grain.MONTH),
        ("2026-Q5", Grain.QUARTER),
        ("2026-H3", Grain.HALF),
        ("2026-Q1", Grain.HALF),
        ("2026-02-30", Grain.DAY),
        ("0000", Grain.YEAR),
        ("9999-W60", Grain.WEEK),
        ("2026-06\n", Grain.MONTH),
        ("２０２６", Grain.YEAR),
        ("", Grain.DAY),
        ("2026-06", Grain.DAY),
    ],
)
def test_a_key_that_names_nothing_is_refused_with_an_example(key: str, grain: Grain) -> None:
    with pytest.raises(Refusal, match="does not name a period") as refused:
        Calendar("UTC").parse(key, grain)
    assert refused.value.status == 404


def test_trailing_three_months_and_bad_windows() -> None:
    calendar = Calendar("UTC")
    june = calendar.parse("2026-06", Grain.MONTH)
    assert calendar.trailing(june, 3) == Span(date(2026, 4, 1), date(2026, 7, 1))
    with pytest.raises(ValueError, match="1 or more"):
        calendar.trailing(june, 0)
    with pytest.raises(ValueError, match="outside the calendar"):
        calendar.shift(june, 12 * 9000)


def test_today_is_the_day_of_the_zone() -> None:
    late = datetime(2024, 12, 31, 16, 30, tzinfo=UTC)
    assert Calendar("Asia/Shanghai").today(late) == date(2025, 1, 1)
    assert Calendar("America/New_York").today(late) == date(2024, 12, 31)
    with pytest.raises(ValueError, match="time zone"):
        Calendar("UTC").today(datetime(2024, 12, 31))


@pytest.mark.parametrize(
    "arguments", [("Mars/Base",), ("",), ("../etc/passwd",), ("UTC", 0), ("UTC", 8), ("UTC", 1, 13)]
)
def test_a_calendar_that_cannot_be_is_refused(arguments) -> None:
    with pytest.raises(ValueError):
        Calendar(*arguments)


def test_periods_sort_by_time() -> None:
    calendar = Calendar("UTC")
    periods = calendar.between(date(2026, 1, 1), date(2026, 12, 31), Grain.WEEK)
    assert max(periods) == periods[-1]
    assert sorted([periods[2], periods[0], periods[1]]) == periods[:3]
    assert calendar.between(date(2026, 2, 1), date(2026, 1, 1), Grain.DAY) == []
    assert Period(Grain.YEAR, date(2026, 1, 1), date(2027, 1, 1)) == calendar.parse("2026", Grain.YEAR)
