"""Which values a target is judged by, and up to which day they count."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import values
from apps.metrics.selectors import Point, Series
from apps.targets.domain import pace
from apps.targets.domain.calendars import Workdays
from apps.targets.domain.kinds import Kind
from apps.targets.models import Target
from apps.targets.selectors import reading

CALENDAR = Calendar("Asia/Shanghai")


def told_on(day: date) -> reading.Setting:
    return reading.Setting(CALENDAR, day, Workdays())


def series_of(grain: Grain, amounts: dict[date, int], open_on: date | None = None) -> Series:
    points = [
        Point(
            n, CALENDAR.period_of(day, grain), "", Decimal(amount), None, None, 1,
            values.OPEN if day == open_on else values.FINAL, "", None, 1, datetime(2026, 11, 17, tzinfo=UTC),
        )
        for n, (day, amount) in enumerate(amounts.items())
    ]  # fmt: skip
    return Series(None, grain, "", "", tuple(points))


def test_a_day_that_has_just_begun_is_not_counted_as_over() -> None:
    first, today = date(2026, 11, 1), date(2026, 11, 11)
    course = pace.course(
        CALENDAR, grain=Grain.DAY, baseline=None, goal=Decimal(3000), start=first, due=date(2026, 11, 30),
        kind=Kind.FLOW,
    )  # fmt: skip
    series = series_of(Grain.DAY, {first + timedelta(days=n): 100 for n in range(11)}, open_on=today)
    yesterday = today - timedelta(days=1)
    found = reading._total(course, series, reading._Reach(yesterday, Decimal(100)), told_on(today))
    assert (found.value, found.as_of, course.expected_after(found.as_of)) == (1000, yesterday, 1000)
    only_today = series_of(Grain.DAY, {first - timedelta(days=1): 7, first: 100}, open_on=first)
    begun = reading._total(course, only_today, reading._Reach(first - timedelta(days=1), Decimal(100)), told_on(first))
    assert begun.as_of < course.start  # nothing of its time is over


def test_what_comes_after_the_end_never_judges_and_what_was_there_then_is_read() -> None:
    start, due = date(2025, 1, 1), date(2025, 1, 31)
    level = pace.course(CALENDAR, grain=Grain.DAY, baseline=Decimal(1), goal=Decimal(9), start=start, due=due)
    assert reading.judged_by(series_of(Grain.DAY, {date(2025, 2, 1): 5}), level) is None
    assert reading.judged_by(series_of(Grain.DAY, {due: 4, date(2025, 2, 1): 5}), level).value == 4
    row = Target(grain="day", kind=Kind.RATE, start=start, due=due)
    assert reading.look_back([row], told_on(date(2025, 3, 1)), 26) == 60
    assert reading.look_back([row], told_on(date(2025, 1, 31)), 26) == 26
