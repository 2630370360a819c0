"""The laws of pace, and the director's case."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.kernel.period import Calendar, Grain
from apps.targets.domain import judging, pace
from apps.targets.domain.pace import Status

AMOUNTS = st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False)
SHARES = st.fractions(0, 1, max_denominator=400)
CALENDAR = Calendar("Asia/Shanghai")


def directors_course() -> pace.Course:
    return pace.course(
        CALENDAR, grain=Grain.MONTH, baseline=Decimal(4200), goal=Decimal(5500),
        start=date(2026, 1, 1), due=date(2026, 12, 31),
    )  # fmt: skip


def test_the_directors_case() -> None:
    line = directors_course()
    june = CALENDAR.parse("2026-06", Grain.MONTH)
    standing = judging.stand(line, june, Decimal(4800))
    assert pace.progress(4200, 5500, 4800) == Fraction(6, 13)  # 46.15 %
    assert standing.progress is not None
    assert round(standing.progress, 4) == Decimal("0.4615")
    assert standing.elapsed == Decimal("0.5")
    assert standing.expected == Decimal(4850)
    assert standing.attainment is not None
    assert round(standing.attainment, 3) == Decimal("0.923")
    assert standing.status is Status.WARN
    assert pace.change(4200, 5500) == Fraction(13, 42)  # +31 %
    assert (standing.started, standing.over, standing.reached) == (True, False, False)


def test_the_line_starts_at_the_baseline_and_ends_at_the_goal() -> None:
    points = list(directors_course().points())
    assert [period.key for period, _ in points] == ["2025-12", *[f"2026-{month:02d}" for month in range(1, 13)]]
    assert points[0][1] == Decimal(4200)
    assert points[6][1] == Decimal(4850)
    assert points[-1][1] == Decimal(5500)


def test_before_the_start_and_without_a_value_nothing_is_said() -> None:
    line = directors_course()
    before = judging.stand(line, CALENDAR.parse("2025-12", Grain.MONTH), Decimal(4200))
    assert (before.status, before.elapsed, before.attainment, before.started) == (Status.NONE, 0, None, False)
    missing = judging.stand(line, None, None)
    assert (missing.status, missing.progress, missing.expected) == (Status.NONE, None, None)


def test_after_the_due_date_the_whole_goal_is_due() -> None:
    late = judging.stand(directors_course(), CALENDAR.parse("2027-03", Grain.MONTH), Decimal(5500))
    assert (late.elapsed, late.expected, late.status, late.over, late.reached) == (1, 5500, Status.GOOD, True, True)


@pytest.mark.parametrize(
    ("attained", "band"),
    [("0.95", "good"), ("0.9499999", "warn"), ("0.945", "warn"), ("0.85", "warn"), ("0.8499999", "bad"), ("-3", "bad")],
)
def test_bands_are_half_open(attained: str, band: str) -> None:
    assert pace.status(Fraction(attained)) == band


@given(st.fractions(-5, 5))
def test_bands_leave_no_hole(attained: Fraction) -> None:
    assert pace.status(attained) in (Status.GOOD, Status.WARN, Status.BAD)


@given(AMOUNTS, AMOUNTS, SHARES)
def test_expected_lies_between_baseline_and_goal(baseline: Decimal, goal: Decimal, share: Fraction) -> None:
    low, high = sorted([Fraction(baseline), Fraction(goal)])
    assert low <= pace.expected(baseline, goal, share) <= high


@given(AMOUNTS, AMOUNTS, SHARES, AMOUNTS, AMOUNTS)
def test_a_value_nearer_the_goal_never_has_a_worse_status(
    baseline: Decimal, goal: Decimal, share: Fraction, one: Decimal, other: Decimal
) -> None:
    assume(baseline != goal)
    worse, better = sorted([one, other], reverse=goal < baseline)
    rank = [Status.NONE, Status.BAD, Status.WARN, Status.GOOD]
    first = pace.status(pace.attainment(baseline, goal, share, worse))
    second = pace.status(pace.attainment(baseline, goal, share, better))
    assert rank.index(first) <= rank.index(second)
    assert pace.progress(baseline, goal, worse) <= pace.progress(baseline, goal, better)


@given(AMOUNTS, AMOUNTS, SHARES, AMOUNTS)
def test_turning_every_sign_changes_nothing(baseline: Decimal, goal: Decimal, share: Fraction, value: Decimal) -> None:
    assume(baseline != goal)
    assert pace.progress(baseline, goal, value) == pace.progress(-baseline, -goal, -value)
    assert pace.attainment(baseline, goal, share, value) == pace.attainment(-baseline, -goal, share, -value)


@given(
    AMOUNTS, AMOUNTS, st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 900), st.sampled_from(list(Grain))
)
def test_on_the_line_means_on_track(baseline: Decimal, goal: Decimal, start: date, days: int, grain: Grain) -> None:
    assume(baseline != goal)
    due = date.fromordinal(start.toordinal() + days)
    line = pace.course(CALENDAR, grain=grain, baseline=baseline, goal=goal, start=start, due=due)
    for index, period in enumerate(line.periods, start=1):
        assert line.share_at(period) == Fraction(index, len(line.periods))
        attained = pace.attainment(baseline, goal, line.share_at(period), line.expected_at(period))
        assert (attained, pace.status(attained)) == (1, Status.GOOD)
    assert line.expected_at(line.before) == baseline
    assert line.expected_at(line.last) == goal


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 900), st.sampled_from(list(Grain)))
def test_dates_are_widened_to_whole_periods(start: date, days: int, grain: Grain) -> None:
    due = date.fromordinal(start.toordinal() + days)
    first, last = pace.whole_periods(CALENDAR, grain=grain, start=start, due=due)
    assert first <= start <= due <= last
    assert CALENDAR.period_of(first, grain).start == first
    assert CALENDAR.period_of(last, grain).end.toordinal() == last.toordinal() + 1
    assert pace.whole_periods(CALENDAR, grain=grain, start=first, due=last) == (first, last)


def test_nothing_to_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to reach"):
        pace.progress(5, 5, 7)
    with pytest.raises(ValueError, match="ends after"):
        pace.course(
            CALENDAR,
            grain=Grain.DAY,
            baseline=Decimal(1),
            goal=Decimal(2),
            start=date(2026, 2, 2),
            due=date(2026, 2, 1),
        )
