"""What users of other products report of days, weeks and years (metrics.md section 6), each beside what ours does."""

from datetime import UTC, date, datetime, timedelta

from apps.kernel.period import Calendar, Grain

SHANGHAI = Calendar("Asia/Shanghai")


def test_metricflow_733_a_day_is_the_day_of_the_companys_zone() -> None:
    """Still open there: days are those of UTC. An order of half past midnight in Shanghai is one of that new day."""
    half_past = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    assert SHANGHAI.today(half_past) == date(2026, 11, 1)
    assert SHANGHAI.period_of(SHANGHAI.today(half_past), Grain.MONTH).key == "2026-11"


def test_lightdash_29602_the_first_day_of_the_week_holds_for_dates_too() -> None:
    """There it is ignored for columns of dates."""
    sunday = date(2026, 11, 29)
    assert SHANGHAI.period_of(sunday, Grain.WEEK).start == date(2026, 11, 23)
    assert Calendar("Asia/Shanghai", week_start=7).period_of(sunday, Grain.WEEK).start == sunday


def test_superset_4012_a_fiscal_year_begins_where_the_company_says() -> None:
    fiscal = Calendar("Asia/Shanghai", fiscal_year_start=4)
    year, quarter = (fiscal.period_of(date(2026, 3, 31), grain) for grain in (Grain.YEAR, Grain.QUARTER))
    assert (year.start, year.end) == (date(2025, 4, 1), date(2026, 4, 1))
    assert (quarter.start, quarter.end) == (date(2026, 1, 1), date(2026, 4, 1))


def test_cube_9549_a_week_a_year_ago_is_a_whole_week() -> None:
    """There the same date a year ago cut a week in two. Ours counts weeks: 52 before, the same days of the week."""
    week = SHANGHAI.period_of(date(2026, 11, 30), Grain.WEEK)
    before = SHANGHAI.shift(week, -52)
    assert before.end - before.start == timedelta(days=7)
    assert before.start.isoweekday() == week.start.isoweekday() == 1


def test_cube_9896_a_rolling_window_moves_with_the_period_it_is_compared_with() -> None:
    """There the window was lost under a shift of time."""
    november = SHANGHAI.period_of(date(2026, 11, 30), Grain.MONTH)
    own, earlier = SHANGHAI.trailing(november, 3), SHANGHAI.trailing(SHANGHAI.shift(november, -12), 3)
    assert own == (date(2026, 9, 1), date(2026, 12, 1))
    assert earlier == (date(2025, 9, 1), date(2025, 12, 1))


def test_posthog_27128_a_period_never_overlaps_the_one_it_is_compared_with() -> None:
    """There the last seven days and those before them shared one."""
    for grain in Grain:
        period = SHANGHAI.period_of(date(2026, 11, 30), grain)
        assert SHANGHAI.shift(period, -1).end == period.start
