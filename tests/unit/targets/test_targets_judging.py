"""How metrics stand against targets of every kind: the worked numbers of the semantics, guards and greys."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.kernel.period import Calendar, Grain
from apps.targets.domain import flow, judging, limits, pace, projection, seasons, shapes
from apps.targets.domain.calendars import Workdays
from apps.targets.domain.judging import Basis, Grey, Reading
from apps.targets.domain.kinds import Kind, Shape
from apps.targets.domain.pace import Course, Status
from apps.targets.domain.seasons import Seasonal, Stretch

CALENDAR, WEEKDAYS = Calendar("Asia/Shanghai"), Workdays()
NOVEMBER = CALENDAR.parse("2026-11", Grain.MONTH)
AMOUNTS = st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False)


def total(goal: int, *, up: bool = True, baseline: int | None = None) -> Course:
    """A total to be made in November 2026, spread over its 21 weekdays."""
    course = pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=None if baseline is None else Decimal(baseline), goal=Decimal(goal),
        start=date(2026, 11, 1), due=date(2026, 11, 30), kind=Kind.FLOW,
    )  # fmt: skip
    spread = shapes.WorkingDays(course.start, course.due, WEEKDAYS)
    return replace(course, up=up, shape=Shape.WORKING_DAYS, spread=spread)


def on(day: int, value: object, **more: object) -> Reading:
    return Reading(Decimal(str(value)), NOVEMBER, date(2026, 11, day), Basis.DAYS, **more)


def limit(
    kind: Kind,
    *,
    goal: object = None,
    low: object = None,
    high: object = None,
    tolerance: object = None,
    up: bool = True,
) -> Course:
    course = pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=None, goal=None if goal is None else Decimal(str(goal)),
        start=date(2026, 1, 1), due=date(2026, 12, 31), kind=kind,
    )  # fmt: skip
    amounts = [None if each is None else Decimal(str(each)) for each in (low, high, tolerance)]
    return replace(course, low=amounts[0], high=amounts[1], tolerance=amounts[2], up=up)


def at_end_of_november(value: object, **sides: object) -> Reading:
    return Reading(Decimal(str(value)), NOVEMBER, date(2026, 11, 30), **sides)


# A total to be made


def test_lightdash_14230_a_month_is_judged_by_where_it_should_be_today() -> None:
    """lightdash/lightdash#14230: month-to-date compared with the whole prior month. Ours: with what is due by then."""
    standing = judging.judge(total(2100), on(16, 1000), workdays=WEEKDAYS)  # 11 of 21 weekdays are over
    assert standing.expected == 1100
    assert standing.attainment is not None
    assert round(standing.attainment, 4) == Decimal("0.9091")
    assert (standing.status, standing.started, standing.over, standing.reached) == (Status.WARN, True, False, False)
    assert standing.progress is not None
    assert round(standing.progress, 4) == Decimal("0.4762")
    assert standing.projection is not None
    assert round(standing.projection.value, 2) == Decimal("1909.09")  # actual / F(t)
    assert standing.needed is not None
    assert (standing.needed.left, standing.needed.steps, standing.needed.each) == (1100, 10, 110)


def test_posthog_48255_a_partial_month_does_not_look_like_failure() -> None:
    """PostHog/posthog#48255: the bar of a running period looks like failure."""
    assert judging.judge(total(2100), on(16, 1100)).status is Status.GOOD
    assert judging.judge(total(2100), on(30, 1100)).status is Status.BAD  # the same total when the month is over


@pytest.mark.parametrize(("day", "grey"), [(5, Grey.TOO_EARLY), (6, None), (30, None)])
def test_the_first_fifth_says_nothing(day: int, grey: Grey | None) -> None:
    standing = judging.judge(total(2100), on(day, 10))
    assert standing.grey is grey
    assert (standing.status is Status.NONE) is (grey is not None)
    assert standing.expected is not None  # what should be is told all the same


def test_posthog_78902_an_open_period_without_rows_is_not_a_fall_to_zero() -> None:
    """PostHog/posthog#78902: a digest told a team that its metric fell to zero. Ours has no value and no colour."""
    standing = judging.judge(total(2100), None)
    assert (standing.status, standing.grey, standing.value, standing.attainment) == (
        Status.NONE,
        Grey.NO_DATA,
        None,
        None,
    )


def test_overshoot_is_shown_and_nothing_is_left_to_make() -> None:
    standing = judging.judge(total(2100), on(20, 2500), workdays=WEEKDAYS)
    assert standing.progress is not None
    assert standing.progress > 1
    assert standing.reached
    assert standing.needed is not None
    assert standing.needed.left == -400


def test_no_working_day_left_needs_no_division() -> None:
    standing = judging.judge(total(2100), on(30, 2000), workdays=WEEKDAYS)
    assert (standing.over, standing.needed, standing.projection) == (True, None, None)
    saturday = replace(total(2100), periods=(CALENDAR.period_of(date(2026, 10, 31), Grain.MONTH),))
    found = projection.needed(saturday, Decimal(1), date(2026, 10, 30), WEEKDAYS)  # only a Saturday is left
    assert found is not None
    assert (found.steps, found.each) == (0, None)


@pytest.mark.parametrize(
    ("goal", "actual", "attained"),
    [(-1000, -800, "1.2"), (-1000, -1200, "0.8"), (10, -5, "-0.5"), (10000, 9200, "0.92"), (0, 0, "1"), (0, -1, "0")],
)
def test_negative_and_zero_goals(goal: int, actual: int, attained: str) -> None:
    """The general form 1 + (actual - target) / |target|; a goal of 0 knows no share, only yes or no."""
    assert flow.attainment(Decimal(goal), Fraction(1), Decimal(actual), up=True) == Fraction(attained)


@pytest.mark.parametrize(
    ("actual", "mirror", "around_120"),
    [
        (90, "1.1", "1.5"),
        (120, "0.8", "0"),
        (0, "2", "6"),
        (200, "0", "-4"),
        (250, "-0.5", "-6.5"),
        (-50, "2.5", "8.5"),
    ],
)
def test_lower_is_better(actual: int, mirror: str, around_120: str) -> None:
    goal, whole = Decimal(100), Fraction(1)
    assert flow.attainment(goal, whole, Decimal(actual), up=False) == Fraction(mirror)
    assert flow.attainment(goal, whole, Decimal(actual), up=False, baseline=Decimal(120)) == Fraction(around_120)
    assert flow.attainment(goal, whole, Decimal(actual), up=False, baseline=Decimal(80)) == Fraction(
        mirror
    )  # wrong way


@pytest.mark.parametrize(("actual", "attained"), [(-100, 2), (0, 0)])
def test_a_negative_budget(actual: int, attained: int) -> None:
    assert flow.attainment(Decimal(-50), Fraction(1), Decimal(actual), up=False) == attained


def test_metabase_4477_lower_can_be_better_and_the_colour_knows() -> None:
    """metabase/metabase#4477: colour by goal, and lower can be better."""
    budget = total(2100, up=False)
    assert judging.judge(budget, on(16, 1000)).status is Status.GOOD
    assert judging.judge(budget, on(16, 1400)).status is Status.BAD
    assert not judging.judge(budget, on(16, 1000)).reached  # a budget is held when the time is over
    assert judging.judge(budget, on(30, 2100)).reached


def test_a_budget_of_none_at_all() -> None:
    none_allowed = total(0, up=False)
    assert judging.judge(none_allowed, on(16, 0)).status is Status.GOOD
    assert judging.judge(none_allowed, on(16, 1)).status is Status.BAD


def test_the_chart_of_a_flow_shows_what_each_period_is_to_add() -> None:
    course = pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=None, goal=Decimal(920), start=date(2026, 10, 1), due=date(2026, 12, 31),
        kind=Kind.FLOW,
    )  # fmt: skip
    course = replace(course, shape=Shape.CALENDAR_DAYS, spread=shapes.CalendarDays(course.start, course.due))
    assert [(period.key, value) for period, value in course.points()] == [
        ("2026-10", 310), ("2026-11", 300), ("2026-12", 310),
    ]  # fmt: skip


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.fractions(0, 1, max_denominator=400), st.booleans())
def test_more_is_never_worse_for_a_total_and_never_better_for_a_budget(
    goal: Decimal, one: Decimal, other: Decimal, share: Fraction, up: bool
) -> None:
    assume(share > 0)
    worse, better = sorted([one, other], reverse=not up)
    first, second = (flow.attainment(goal, share, each, up=up) for each in (worse, better))
    assert first is not None
    assert second is not None
    assert first <= second


# Levels


def level(baseline: int, goal: int) -> Course:
    return pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=Decimal(baseline), goal=Decimal(goal), start=date(2026, 10, 1),
        due=date(2026, 12, 31),
    )  # fmt: skip


def test_metabase_6514_the_directors_fourth_quarter() -> None:
    """MAU from 8,000 to 10,000 in Q4 (+25 %): the goal is told by month, so it varies (metabase/metabase#6514)."""
    course = level(8000, 10000)
    assert pace.change(8000, 10000) == Fraction(1, 4)
    assert [round(value) for _, value in course.points()] == [8000, 8667, 9333, 10000]
    standing = judging.judge(course, at_end_of_november(9200))
    assert standing.progress == Decimal("0.6")
    assert standing.attainment == Decimal("0.9")
    assert standing.status is Status.WARN
    assert standing.needed is not None
    assert (standing.needed.left, standing.needed.steps, standing.needed.each) == (800, 1, 800)


@pytest.mark.parametrize(("current", "progress"), [(80, "0.5"), (70, "0.75"), (50, "1.25"), (100, "0"), (110, "-0.25")])
def test_a_level_that_is_to_fall(current: int, progress: str) -> None:
    assert pace.progress(100, 60, current) == Fraction(progress)


def test_a_value_that_is_still_at_the_start_has_made_nothing() -> None:
    standing = judging.judge(level(8000, 10000), at_end_of_november(8000))
    assert (standing.progress, standing.attainment, standing.status) == (0, 0, Status.BAD)


def test_a_quotient_of_next_to_nothing_says_nothing() -> None:
    """|E - B| below a two-hundredth of the way: no status, whatever the value."""
    year = pace.course(
        CALENDAR,
        grain=Grain.YEAR,
        baseline=Decimal(0),
        goal=Decimal(1000),
        start=date(2026, 1, 1),
        due=date(2026, 12, 31),
    )
    year = replace(year, shape=Shape.CALENDAR_DAYS, spread=shapes.CalendarDays(year.start, year.due))
    reading = Reading(Decimal(-900), NOVEMBER, date(2026, 1, 1))
    assert judging.attainment(year, reading.value, reading.as_of) is None
    assert judging.judge(year, reading).grey is Grey.TOO_EARLY


def test_integer_bands_leave_no_holes() -> None:
    """Bands such as 85-94 and 95-105 leave 94.5 without a colour; ours are half-open."""
    for attained, status in (
        ("0.945", Status.WARN),
        ("0.95", Status.GOOD),
        ("0.8499", Status.BAD),
        ("1.3", Status.GOOD),
    ):
        assert pace.status(Fraction(attained)) is status


# What has ended, what was corrected, what is old


def test_what_was_corrected_after_the_end_shows_both() -> None:
    standing = judging.judge(total(2100), on(30, 2150, former=Decimal(1900)))
    assert standing.status is Status.GOOD
    assert standing.former == judging.Former(Decimal(1900), Status.WARN)
    assert judging.judge(total(2100), on(30, 2150, former=Decimal(2150))).former is None


def test_a_metric_that_lost_its_data_turns_grey() -> None:
    course = level(8000, 10000)
    october = CALENDAR.parse("2026-10", Grain.MONTH)
    reading = Reading(Decimal(8700), october, date(2026, 10, 31))

    def seen(day: date) -> judging.Standing:
        return judging.judge(course, reading, today=day, calendar=CALENDAR)

    assert seen(date(2026, 11, 30)).status is Status.GOOD
    assert seen(date(2026, 12, 31)).status is Status.GOOD  # November may still be on its way
    assert (seen(date(2027, 1, 1)).status, seen(date(2027, 1, 1)).grey) == (Status.NONE, Grey.STALE)
    month = total(2100)
    old = judging.judge(month, on(10, 700), today=date(2026, 11, 18), calendar=CALENDAR)
    assert (old.grey, old.value) == (Grey.STALE, 700)
    ended = judging.judge(month, on(30, 2100), today=date(2027, 6, 1), calendar=CALENDAR)
    assert ended.status is Status.GOOD  # how it ended stays


# Limits, bands, shares


@pytest.mark.parametrize(
    ("value", "attained"),
    [("4.5", "1"), ("5", "1"), ("4", "1"), ("3.5", "0.5"), ("5.25", "0.75"), ("2.9", "0")],
)
def test_a_range_with_a_tolerance(value: str, attained: str) -> None:
    assert limits.attainment(Decimal(value), Decimal(4), Decimal(5), Decimal(1)) == Fraction(attained)


@pytest.mark.parametrize(("value", "attained"), [("5", "1"), ("6", "0.8"), ("10", "0")])
def test_a_range_around_one_value(value: str, attained: str) -> None:
    assert limits.attainment(Decimal(value), Decimal(5), Decimal(5), Decimal(5)) == Fraction(attained)


def test_the_bound_itself_is_enough() -> None:
    """Exactly at the target is 0 % elsewhere: a support trap."""
    for kind in (Kind.ABOVE, Kind.BELOW):
        standing = judging.judge(limit(kind, goal=50), at_end_of_november(50))
        assert (standing.status, standing.attainment, standing.expected) == (Status.GOOD, 1, None)
    assert judging.judge(limit(Kind.ABOVE, goal=50), at_end_of_november("49.99")).status is Status.BAD
    assert judging.judge(limit(Kind.BELOW, goal=50), at_end_of_november("50.01")).status is Status.BAD


@pytest.mark.parametrize(("value", "status"), [(4, "good"), (5, "good"), ("3.5", "warn"), ("2.9", "bad"), (7, "bad")])
def test_a_band(value: object, status: str) -> None:
    standing = judging.judge(limit(Kind.BAND, low=4, high=5, tolerance=1), at_end_of_november(value))
    assert standing.status == status


def test_a_share_that_misses_by_chance_is_not_called_missed() -> None:
    course = limit(Kind.RATE, goal="0.90")

    def share(successes: int, n: int) -> judging.Standing:
        value = Decimal(successes) / n
        return judging.judge(course, at_end_of_november(value, numerator=Decimal(successes), denominator=Decimal(n)))

    assert share(43, 50).status is Status.WARN  # 86 % of 50: the interval reaches to 93 %
    assert share(860, 1000).status is Status.BAD  # 86 % of 1,000 does not
    assert share(900, 1000).status is Status.GOOD
    assert (share(2, 3).status, share(2, 3).grey) == (Status.NONE, Grey.TOO_FEW)
    assert judging.judge(course, at_end_of_november("0.86")).status is Status.BAD  # sides unknown: as it is
    falling = limit(Kind.RATE, goal="0.10", up=False)
    assert judging.judge(falling, at_end_of_november("0.10")).status is Status.GOOD
    assert judging.judge(falling, at_end_of_november("0.11")).status is Status.BAD


def test_wilsons_interval() -> None:
    """The published examples of Newcombe (1998), method 3 without continuity correction."""
    for successes, n, low, high in (
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0", "0.1611"),
    ):
        found = limits.wilson(successes, n)
        assert [round(float(each), 4) for each in (found.low, found.high)] == [float(low), float(high)]
    with pytest.raises(ValueError, match="no share"):
        limits.wilson(3, 2)


@given(st.integers(1, 10**6), st.data())
def test_an_interval_holds_its_share(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    found = limits.wilson(successes, n)
    assert 0 <= found.low <= Fraction(successes, n) + Fraction(1, 10**9)
    assert Fraction(successes, n) - Fraction(1, 10**9) <= found.high <= 1


def test_limits_expect_nothing_of_a_day() -> None:
    with pytest.raises(ValueError, match="expects nothing"):
        limit(Kind.ABOVE, goal=5).expected_after(date(2026, 3, 1))
    assert [value for _, value in limit(Kind.BAND, low=4, high=5).points()] == [4] * 12
    assert {value for _, value in limit(Kind.BELOW, goal=9).points()} == {9}


# Where it ends


def test_a_projection_says_how_far_such_projections_were_off() -> None:
    stretch = Stretch(date(2026, 11, 1), date(2026, 11, 30))
    day = date(2026, 11, 15)

    def path(at: Fraction) -> tuple[Fraction, ...]:
        return tuple(at * n / 15 if n <= 15 else at + (1 - at) * (n - 15) / 15 for n in range(1, 31))

    record = Seasonal(stretch, (path(Fraction(4, 10)), path(Fraction(5, 10))), ())
    course = replace(total(2100), shape=Shape.SEASONAL, spread=record, record=record)
    found = projection.project(course, Decimal(900), day)
    assert found is not None
    assert found.value == 2000  # 900 / 0.45
    # Each cycle as the other one would have projected it: off by 0.5 / 0.4 and by 0.4 / 0.5.
    assert (found.low, found.high, found.cycles) == (1600, 2500, 2)
    evenly = replace(total(2100), record=record)
    assert sorted(projection.errors(evenly, day)) == [
        Fraction(10, 21) / Fraction(5, 10),
        Fraction(10, 21) / Fraction(4, 10),
    ]
    assert projection.project(total(2100), Decimal(10), date(2026, 11, 1)) is None  # too little is due


@pytest.mark.parametrize("shape", [Shape.PERIODS, Shape.STEPS, Shape.MILESTONES])
def test_a_total_on_its_line_in_the_middle_of_a_step_ends_at_its_goal(shape: Shape) -> None:
    """1,907 by 27 February, 58 of 365 days, is what 12,000 a year makes by then: not 23,400 a year."""
    year = pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=None, goal=Decimal(12_000), start=date(2026, 1, 1),
        due=date(2026, 12, 31), kind=Kind.FLOW,
    )  # fmt: skip
    spread = {
        Shape.PERIODS: None,
        Shape.STEPS: shapes.Steps(shapes.update_days(CALENDAR, year.start, year.due)),
        Shape.MILESTONES: shapes.Milestones(year.due, ((date(2026, 6, 30), Fraction(1, 2)),)),
    }[shape]
    course = replace(year, shape=shape, spread=spread)
    found = projection.project(course, Decimal(1907), date(2026, 2, 27))
    assert found is not None
    assert abs(found.value - 12_000) < 500
    at_half = projection.project(course, Decimal(6000), date(2026, 6, 30))  # on the day of a step it is as is due
    assert at_half is not None
    assert at_half.value == 12_000


def test_without_two_cycles_there_is_no_range() -> None:
    found = projection.project(total(2100), Decimal(1000), date(2026, 11, 16))
    assert found is not None
    assert (found.low, found.high, found.cycles) == (None, None, 0)


def test_a_learnt_shape_gives_the_benefit_of_its_own_doubt() -> None:
    """Two cycles had 40 % and 50 %: 39 % is far below their mean of 45 %, which itself may be off by 5 points."""
    stretch = Stretch(date(2026, 11, 1), date(2026, 11, 30))
    learnt = Seasonal(stretch, (tuple([Fraction(40, 100)] * 30), tuple([Fraction(50, 100)] * 30)), ())
    course = replace(total(1000), shape=Shape.SEASONAL, spread=learnt)
    standing = judging.judge(course, on(15, 390))
    assert standing.expected == 450
    assert standing.attainment is not None
    assert standing.attainment < pace.GOOD_FROM
    assert standing.status is Status.GOOD
    assert judging.judge(course, on(15, 370)).status is Status.WARN


def test_the_values_of_a_cycle_need_not_be_days() -> None:
    months = [
        (date(2025, 10 + n, 1), date(2025 + n // 3 + (n == 2), (10 + n) % 12 + 1, 1), Decimal(value))
        for n, value in enumerate([1, 1, 2])
    ]
    daily = seasons.daily(months, WEEKDAYS)
    path = seasons.path_of(
        Stretch(date(2026, 10, 1), date(2026, 12, 31)),
        seasons.Cycle(Stretch(date(2025, 10, 1), date(2025, 12, 31)), daily),
        WEEKDAYS,
    )
    assert path is not None
    assert abs(path[(date(2026, 11, 30) - date(2026, 10, 1)).days] - Fraction(1, 2)) < Fraction(2, 100)


def test_the_early_guard_looks_at_days_and_steps_wait_for_their_day() -> None:
    course = level(8000, 10000)
    stepped = replace(
        course, shape=Shape.STEPS, spread=shapes.Steps(shapes.update_days(CALENDAR, course.start, course.due))
    )
    october = CALENDAR.parse("2026-10", Grain.MONTH)
    assert judging.judge(stepped, Reading(Decimal(8700), october, date(2026, 10, 31))).status is Status.GOOD
    before = Reading(Decimal(8000), october, date(2026, 10, 30))
    assert judging.judge(stepped, before).grey is Grey.TOO_EARLY
    assert stepped.time_after(course.start - timedelta(days=1)) == 0
