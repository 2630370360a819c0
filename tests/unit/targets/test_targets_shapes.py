"""How the way to a goal is spread over days, and which days people work."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.period import Calendar, Grain
from apps.targets.domain import seasons, shapes
from apps.targets.domain.calendars import Workdays, country_of, days_of
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.domain.seasons import Cycle, Stretch

CALENDAR = Calendar("Asia/Shanghai")
CHINA, NOWHERE = Workdays("CN"), Workdays()
DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))


def month(year: int, number: int) -> Stretch:
    period = CALENDAR.period_of(date(year, number, 1), Grain.MONTH)
    return Stretch(period.start, period.end - timedelta(days=1))


# Which days people work


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 14), True),  # a Saturday that is worked before the festival
        (date(2026, 2, 17), False),  # Spring Festival, a Tuesday
        (date(2026, 2, 28), True),  # a Saturday worked after it
        (date(2026, 10, 10), True),  # a Saturday worked after National Day
        (date(2026, 10, 7), False),
        (date(2026, 11, 28), False),  # a plain Saturday
        (date(2026, 11, 30), True),
    ],
)
def test_china_works_on_moved_weekends_and_rests_on_moved_weekdays(day: date, works: bool) -> None:
    assert CHINA.is_working(day) is works


def test_spring_festival_moves() -> None:
    assert [CHINA.festival(year) for year in (2024, 2025, 2026, 2027)] == [
        date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6),
    ]  # fmt: skip
    assert Workdays("DE").festival(2026) is None


def test_years_that_nobody_knows_are_said_to_be_unknown() -> None:
    assert CHINA.gaps(date(2026, 1, 1), date(2026, 12, 31)) == ()
    (awaited,) = CHINA.gaps(date(2026, 11, 1), date(2099, 1, 31))
    assert "not announced yet" in awaited.message
    assert awaited.params["years"].endswith("2099")
    (far,) = Workdays("DE").gaps(date(2300, 1, 1), date(2300, 12, 31))
    assert far.message % far.params == "Holidays of 2300 are not known: Monday to Friday count as working days."
    (none,) = NOWHERE.gaps(date(2026, 1, 1), date(2026, 1, 2))
    assert none.message == "Holidays are not known: Monday to Friday count as working days."
    assert NOWHERE.is_working(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Shanghai", "CN"),
        ("PRC", "CN"),
        ("Asia/Hong_Kong", "HK"),
        ("Europe/Berlin", "DE"),
        ("Etc/UTC", ""),
        ("UTC", ""),
    ],
)
def test_the_country_follows_from_the_time_zone(zone: str, country: str) -> None:
    assert country_of(zone) == country


@given(DAYS, st.integers(0, 800), st.sampled_from([CHINA, NOWHERE, Workdays("HK")]))
def test_counting_working_days_is_counting_them(first: date, length: int, workdays: Workdays) -> None:
    last = first + timedelta(days=length)
    assert workdays.count(first, last) == sum(map(workdays.is_working, days_of(first, last)))
    assert workdays.count(last + timedelta(days=1), first) == 0


# Spreads


def test_nothing_is_due_on_a_weekend() -> None:
    spread = shapes.WorkingDays(date(2026, 11, 1), date(2026, 11, 30), NOWHERE)  # 21 working days; the 1st is a Sunday
    assert [spread.after(date(2026, 11, day)) for day in (1, 2, 6, 7, 8, 9)] == [
        Fraction(n, 21) for n in (0, 1, 5, 5, 5, 6)
    ]


def test_a_week_of_holidays_asks_for_nothing() -> None:
    spread = shapes.WorkingDays(date(2026, 10, 1), date(2026, 10, 31), CHINA)
    assert spread.after(date(2026, 10, 7)) == 0
    assert spread.after(date(2026, 10, 8)) == Fraction(1, 18)  # 17 weekdays and one moved Saturday
    only_rest = shapes.WorkingDays(date(2026, 10, 3), date(2026, 10, 4), CHINA)
    assert only_rest.after(date(2026, 10, 3)) == Fraction(1, 2)


def test_steps_ask_for_nothing_between_the_ends_of_months() -> None:
    spread = shapes.Steps(shapes.update_days(CALENDAR, date(2026, 10, 1), date(2026, 12, 31)))
    assert [spread.after(day) for day in (date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 29))] == [
        0, Fraction(1, 3), Fraction(1, 3),
    ]  # fmt: skip
    assert spread.after(date(2026, 12, 31)) == 1


def test_metricflow_1758_the_thirty_first_does_not_vanish() -> None:
    """dbt-labs/metricflow#1758: a shift by a month of days loses the 31st. Ours are periods and their last days."""
    assert shapes.update_days(CALENDAR, date(2026, 1, 1), date(2026, 5, 31)) == (
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31),
    )  # fmt: skip
    spread = shapes.CalendarDays(date(2026, 3, 1), date(2026, 3, 31))
    assert (spread.after(date(2026, 3, 30)), spread.after(date(2026, 3, 31))) == (Fraction(30, 31), 1)
    years, before = seasons.candidates(
        CALENDAR, month(2026, 4), CALENDAR.between(date(2026, 4, 1), date(2026, 4, 30), Grain.MONTH)
    )
    assert before[0] == Stretch(date(2026, 3, 1), date(2026, 3, 31))
    assert years[0] == Stretch(date(2025, 4, 1), date(2025, 4, 30))


def test_a_milestone_is_due_on_its_day_and_no_more_before_the_next() -> None:
    agreed = [(date(2026, 11, 30), Fraction(9500)), (date(2026, 10, 31), Fraction(8500))]
    spread = shapes.milestones(date(2026, 12, 31), Fraction(8000), Fraction(10000), agreed)
    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 31)]
    assert [spread.after(day) for day in days] == [0, Fraction(1, 4), Fraction(1, 4), Fraction(3, 4), 1]
    with pytest.raises(ValueError, match="nothing to reach"):
        shapes.milestones(date(2026, 12, 31), Fraction(1), Fraction(1), [])


@given(DAYS, st.integers(1, 500), st.data())
def test_every_spread_grows_from_nothing_to_all(start: date, length: int, data: st.DataObject) -> None:
    due = start + timedelta(days=length)
    spreads = [
        shapes.CalendarDays(start, due),
        shapes.WorkingDays(start, due, CHINA),
        shapes.Steps(shapes.update_days(CALENDAR, start, due)),
    ]
    earlier, later = sorted(data.draw(st.dates(start, due)) for _ in range(2))
    for spread in spreads:
        assert spread.after(start - timedelta(days=1)) == 0
        assert spread.after(due) == spread.after(due + timedelta(days=400)) == 1
        assert 0 <= spread.after(earlier) <= spread.after(later) <= 1


def test_each_kind_has_its_shapes() -> None:
    assert shapes.choices(Kind.FLOW)[0][0] is Shape.WORKING_DAYS
    assert Shape.SEASONAL not in dict(shapes.choices(Kind.LEVEL))
    assert shapes.choices(Kind.BAND) == []


# The shape of former cycles


def flat(stretch: Stretch, margin: int = 0) -> dict[date, Fraction]:
    days = days_of(stretch.start - timedelta(days=margin), stretch.due + timedelta(days=margin))
    return dict.fromkeys(days, Fraction(5))


def test_two_closed_cycles_are_needed() -> None:
    now, one, two = month(2026, 11), month(2025, 11), month(2024, 11)
    assert seasons.learn(now, [Cycle(one, flat(one))], CHINA) is None
    learnt = seasons.learn(now, [Cycle(one, flat(one)), Cycle(two, flat(two))], CHINA)
    assert learnt is not None
    assert learnt.cycles == (one, two)
    assert learnt.after(date(2026, 11, 15)) == Fraction(1, 2)
    holed = {day: value for day, value in flat(two).items() if day.day != 9}
    assert seasons.learn(now, [Cycle(one, flat(one)), Cycle(two, holed)], CHINA) is None  # a day is not known: never 0
    nothing = dict.fromkeys(flat(two), Fraction(0))
    assert seasons.learn(now, [Cycle(one, flat(one)), Cycle(two, nothing)], CHINA) is None  # shares of 0 mean nothing


def test_at_most_three_cycles_count() -> None:
    cycles = [Cycle(month(year, 11), flat(month(year, 11))) for year in (2025, 2024, 2023, 2022)]
    learnt = seasons.learn(month(2026, 11), cycles, CHINA)
    assert learnt is not None
    assert len(learnt.paths) == 3


def test_weekdays_lend_to_weekdays_whatever_the_month_begins_with() -> None:
    now, former = month(2026, 11), [month(2025, 11), month(2024, 11)]  # they begin on Sunday, Saturday and Friday
    cycles = [
        Cycle(each, {day: Fraction(10 if NOWHERE.is_working(day) else 1) for day in each.days()}) for each in former
    ]
    learnt = seasons.learn(now, cycles, NOWHERE)
    assert learnt is not None
    assert learnt.after(date(2026, 11, 1)) == Fraction(1, 21 * 10 + 9)  # a Sunday, though the 1st were another day then
    assert learnt.error(date(2026, 11, 15)) == 0


def test_what_is_pushed_into_the_last_working_days_stays_there() -> None:
    now, former = month(2026, 11), [month(2025, 11), month(2024, 11)]

    def pushed(stretch: Stretch) -> dict[date, Fraction]:
        working = list(NOWHERE.days(stretch.start, stretch.due))
        return {day: Fraction(0) for day in stretch.days()} | {working[-1]: Fraction(7)}

    learnt = seasons.learn(now, [Cycle(each, pushed(each)) for each in former], NOWHERE)
    assert learnt is not None
    assert learnt.after(date(2026, 11, 29)) < Fraction(1, 20)
    assert learnt.after(date(2026, 11, 30)) == 1


def test_lightdash_18424_the_days_before_spring_festival_follow_the_festival() -> None:
    """lightdash/lightdash#18424: compare by event, not by 365 days. The rush comes five days before the festival."""
    now, former = (
        Stretch(date(2027, 1, 1), date(2027, 3, 31)),
        [Stretch(date(y, 1, 1), date(y, 3, 31)) for y in (2026, 2025)],
    )

    def rush(stretch: Stretch) -> dict[date, Fraction]:
        festival = CHINA.festival(stretch.start.year)
        assert festival is not None
        return flat(stretch, margin=seasons.MARGIN) | {festival - timedelta(days=5): Fraction(1000)}

    learnt = seasons.learn(now, [Cycle(each, rush(each)) for each in former], CHINA)
    assert learnt is not None
    rush_day = date(2027, 2, 1)  # five days before 6 February
    grown = learnt.after(rush_day) - learnt.after(rush_day - timedelta(days=1))
    assert grown > Fraction(1, 2)


def test_the_error_of_a_shape_is_the_standard_error_of_its_mean() -> None:
    stretch = Stretch(date(2026, 11, 1), date(2026, 11, 2))
    learnt = seasons.Seasonal(stretch, ((Fraction(4, 10), Fraction(1)), (Fraction(6, 10), Fraction(1))), ())
    assert learnt.after(stretch.start) == Fraction(1, 2)
    assert abs(learnt.error(stretch.start) - Fraction(1, 10)) < Fraction(1, 10**11)
    assert learnt.error(stretch.due) == 0


@given(DAYS, st.lists(st.integers(0, 10**6), min_size=62, max_size=62))
def test_what_is_learnt_grows_from_nothing_to_all(start: date, values: list[int]) -> None:
    stretch = Stretch(start, start + timedelta(days=30))
    former = [
        Stretch(each.start - timedelta(days=364 * n), each.due - timedelta(days=364 * n))
        for n, each in ((1, stretch), (2, stretch))
    ]
    cycles = [
        Cycle(each, dict(zip(each.days(), map(Fraction, values[n * 31 : n * 31 + 31]), strict=True)))
        for n, each in enumerate(former)
    ]
    learnt = seasons.learn(stretch, cycles, CHINA)
    if learnt is None:
        return
    shares = [learnt.after(day) for day in stretch.days()]
    assert shares == sorted(shares)
    assert (learnt.after(start - timedelta(days=1)), shares[-1]) == (0, 1)
    assert all(0 <= learnt.error(day) <= 1 for day in stretch.days())


def test_values_of_months_are_spread_over_their_working_days() -> None:
    daily = seasons.daily([(date(2026, 11, 1), date(2026, 12, 1), Decimal(42))], NOWHERE)
    assert daily[date(2026, 11, 1)] == 0
    assert daily[date(2026, 11, 2)] == 2
    assert sum(daily.values()) == 42
