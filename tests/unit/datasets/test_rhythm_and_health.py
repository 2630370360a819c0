"""When rows are expected, which periods have none, and what is said beside every number."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from apps.datasets.domain.health import Standing, jumps, warnings
from apps.datasets.domain.rhythm import Every, Gap, Rhythm, faults_of, gaps, is_late, last_due, next_due

SHANGHAI = "Asia/Shanghai"


def weekday(day: date) -> bool:
    return day.isoweekday() <= 5


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_on_a_monday_the_rows_of_friday_are_expected():
    daily = Rhythm(Every.WORKDAY, 9, SHANGHAI)
    due = last_due(daily, at("2026-11-30T09:00"), weekday)
    assert (due.at, due.first, due.last) == (at("2026-11-30T09:00"), date(2026, 11, 27), date(2026, 11, 27))
    before = last_due(daily, at("2026-11-30T08:59"), weekday)
    assert (before.at, before.first) == (at("2026-11-27T09:00"), date(2026, 11, 26))
    assert next_due(daily, at("2026-11-28T12:00"), weekday) == due
    assert is_late(date(2026, 11, 26), due)
    assert not is_late(date(2026, 11, 27), due)
    assert is_late(None, due)


def test_weekly_rows_are_those_of_the_week_before_and_monthly_those_of_the_month():
    weekly = last_due(Rhythm(Every.WEEK, 8, SHANGHAI, weekday=2), at("2026-12-01T10:00"), weekday)
    assert (weekly.at, weekly.first, weekly.last) == (at("2026-12-01T08:00"), date(2026, 11, 23), date(2026, 11, 29))
    monthly = last_due(Rhythm(Every.MONTH, 18, SHANGHAI, day=5), at("2026-12-01T10:00"), weekday)
    assert (monthly.at, monthly.first, monthly.last) == (at("2026-11-05T18:00"), date(2026, 10, 1), date(2026, 10, 31))
    daily = last_due(Rhythm(Every.DAY, 0, SHANGHAI), at("2026-11-29T00:00"), weekday)
    assert daily.first == date(2026, 11, 28)


def test_an_hour_that_the_clock_skips_still_comes_once():
    daily = Rhythm(Every.DAY, 2, "Europe/Berlin")
    due = last_due(daily, at("2026-03-29T12:00", "Europe/Berlin"), weekday)
    assert (due.at, due.first) == (datetime(2026, 3, 29, 1, tzinfo=UTC), date(2026, 3, 28))


@given(
    st.sampled_from(list(Every)),
    st.integers(0, 23),
    st.sampled_from([SHANGHAI, "America/New_York", "Europe/Berlin", "UTC"]),
    st.integers(1, 7),
    st.integers(1, 28),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_the_last_due_is_past_the_next_is_ahead_and_nothing_lies_between(every, hour, zone, on, day, now):
    rhythm = Rhythm(every, hour, zone, on, day)
    last, following = last_due(rhythm, now, weekday), next_due(rhythm, now, weekday)
    assert last.at <= now < following.at
    assert last_due(rhythm, following.at - timedelta(seconds=1), weekday) == last
    assert last.first <= last.last < last.at.astimezone(ZoneInfo(zone)).date()


def test_what_is_wrong_with_a_rhythm_is_said_all_at_once():
    complaints = [issue.in_words() for issue in faults_of(Rhythm("hour", 24, "Mars/One", 0, 29))]
    for words, said in zip(
        ("how often rows", "an hour from 0 to 23", "day of the week", "day of the month", "no time zone “Mars/One”"),
        complaints,
        strict=True,
    ):
        assert words in said
    assert faults_of(Rhythm(Every.MONTH, 0, "UTC", 7, 28)) == []


def test_gaps_join_over_weekends_and_are_told_newest_first():
    days = {date(2026, 11, 2), date(2026, 11, 5), date(2026, 11, 11)}
    first, last = date(2026, 11, 2), date(2026, 11, 12)
    assert gaps(days, first, last, Every.WORKDAY, weekday) == [
        Gap(date(2026, 11, 12), date(2026, 11, 12), 1),
        Gap(date(2026, 11, 6), date(2026, 11, 10), 3),
        Gap(date(2026, 11, 3), date(2026, 11, 4), 2),
    ]
    assert gaps(days, first, last, Every.WEEK, weekday) == []
    months = gaps({date(2026, 1, 31), date(2026, 4, 2)}, date(2026, 1, 31), date(2026, 4, 2), Every.MONTH, weekday)
    assert months == [Gap(date(2026, 2, 1), date(2026, 3, 31), 2)]


@given(st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 31)), min_size=1), st.sampled_from(list(Every)))
def test_no_day_with_rows_lies_in_a_gap(days, every):
    found = gaps(days, min(days), max(days), every, weekday)
    working = {day for day in days if every != Every.WORKDAY or weekday(day)}
    assert not [day for day in working for gap in found if gap.first <= day <= gap.last]


def test_a_share_of_empty_cells_has_to_double_and_to_rise_by_a_twentieth():
    found = jumps({"a": 10, "b": 4, "c": 50, "new": 9}, 100, {"a": 50, "b": 0, "c": 400}, 1000)
    assert [(jump.column, jump.share, jump.before) for jump in found] == [("a", Fraction(1, 10), Fraction(1, 20))]
    assert jumps({"a": 1}, 0, {"a": 0}, 9) == jumps({"a": 1}, 1, {"a": 0}, 0) == []


def test_a_dataset_that_is_well_says_nothing_and_one_that_is_not_says_all_of_it():
    assert Standing("Orders").is_well
    assert list(warnings(Standing("Orders"))) == []
    standing = Standing("Orders", date(2026, 11, 27), 2, 7, (("Store", "40.0%", "2.0%"),))
    said = [issue.in_words() for issue in warnings(standing)]
    assert said == [
        "Orders is late: rows of 2026-11-27 or later were expected by now.",
        "Orders: 7 rows break 2 checks of the data.",
        "Orders: in the newest file “Store” is empty in 40.0% of the rows, before in 2.0%.",
    ]
