"""Every worked number of proration, and that slices add up however time is counted."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from apps.incentives.domain.proration import Days, Leave, Proration, Rule, shares, slice_issues, thirty_360
from apps.incentives.domain.rounding import to_minor
from tests.unit.incentives.laws import Dice, law
from tests.unit.incentives.numbers import F, fen

Q3 = Days(date(2025, 7, 1), date(2025, 9, 30))
JOINED = Days(date(2025, 8, 15), date(2025, 12, 31))
UNPAID = Leave(Days(date(2025, 9, 1), date(2025, 9, 10)))


def weekdays(days: Days) -> tuple[date, ...]:
    return tuple(day for n in range(days.count) if (day := days.first + timedelta(days=n)).isoweekday() < 6)


@pytest.mark.parametrize(
    ("rule", "leaves", "share", "paid"),
    [
        (Rule.CALENDAR, (), F(47, 92), "1,532.61"),
        (Rule.CALENDAR, (UNPAID,), F(37, 92), "1,206.52"),
        (Rule.THIRTY_360, (), F(46, 90), "1,533.33"),
        (Rule.WORKING, (), F(33, 66), "1,500.00"),
        (Rule.CUT_OFF, (), F(30, 92), "978.26"),
        (Rule.WHOLE_MONTHS, (), F(1, 3), "1,000.00"),
        (Rule.NONE, (), F(1), "3,000.00"),
    ],
)
def test_who_joined_on_the_fifteenth_of_august(
    rule: Rule, leaves: tuple[Leave, ...], share: Fraction, paid: str
) -> None:
    (found,) = shares(Proration(rule), Q3, [JOINED], leaves, weekdays(Q3))
    assert found == share
    assert to_minor(3_000 * found, "CNY") == fen(paid)


def test_a_transfer_is_two_slices_rounded_once() -> None:
    team_a, team_b = shares(Proration(), Q3, [Days(date(2025, 1, 1), date(2025, 8, 14)), JOINED])
    assert (team_a, team_b) == (F(45, 92), F(47, 92))
    first, second = 3_000 * F("0.908333333333") * team_a, 3_600 * F("1.10") * team_b
    assert (round(first, 4), round(second, 4)) == (F("1332.8804"), F("2023.0435"))
    assert to_minor(3_000 * F(109, 120) * team_a + second, "CNY") == fen("3,355.92")


@pytest.mark.parametrize(
    ("day", "counted"),
    [((2025, 8, 9), F(61, 92)), ((2025, 8, 10), F(30, 92)), ((2025, 7, 1), F(1)), ((2025, 9, 10), F(0))],
)
def test_the_cut_off_day(day: tuple[int, int, int], counted: Fraction) -> None:
    assert shares(Proration(Rule.CUT_OFF), Q3, [Days(date(*day), Q3.last)]) == (counted,)


def test_a_leaver_keeps_the_month_the_cut_off_gives_them() -> None:
    """What ends is what does not begin with somebody else: left on the 20th, August is theirs; on the 5th it is not."""
    assert shares(Proration(Rule.CUT_OFF), Q3, [Days(Q3.first, date(2025, 8, 20))]) == (F(62, 92),)
    assert shares(Proration(Rule.CUT_OFF), Q3, [Days(Q3.first, date(2025, 8, 5))]) == (F(31, 92),)
    assert shares(Proration(Rule.CUT_OFF, 15), Q3, [Days(date(2025, 8, 15), Q3.last)]) == (F(61, 92),)
    inside_a_month = Days(date(2025, 8, 12), date(2025, 8, 20))
    assert shares(Proration(Rule.CUT_OFF), Q3, [inside_a_month]) == (F(0),)


def test_the_cut_off_leaves_a_period_that_begins_within_a_month_whole() -> None:
    odd = Days(date(2025, 7, 15), date(2025, 8, 14))
    assert shares(Proration(Rule.CUT_OFF), odd, [odd]) == (F(1),)
    assert shares(Proration(Rule.CUT_OFF), odd, [Days(date(2025, 7, 20), odd.last)]) == (F(14, 31),)
    assert shares(Proration(Rule.CUT_OFF), odd, [Days(odd.first, date(2025, 8, 10))]) == (F(31, 31),)
    assert shares(Proration(Rule.CUT_OFF), odd, [Days(odd.first, date(2025, 8, 5))]) == (F(17, 31),)
    short = Days(date(2025, 7, 15), date(2025, 8, 4))
    assert shares(Proration(Rule.CUT_OFF), short, [short]) == (F(1),)


def test_february() -> None:
    q1 = Days(date(2025, 1, 1), date(2025, 3, 31))
    late = [Days(date(2025, 2, 27), q1.last)]
    assert shares(Proration(Rule.CUT_OFF), q1, late) == (F(31, 90),)
    assert shares(Proration(Rule.WHOLE_MONTHS), q1, late) == (F(1, 3),)


def test_thirty_days_in_every_month() -> None:
    february = Days(date(2025, 2, 1), date(2025, 2, 28))
    assert shares(Proration(Rule.THIRTY_360), february, [Days(date(2025, 2, 28), february.last)]) == (F(3, 30),)
    assert thirty_360(date(2025, 8, 31)) == thirty_360(date(2025, 9, 1))
    year = Days(date(2025, 1, 1), date(2025, 12, 31))
    assert thirty_360(year.after) - thirty_360(year.first) == 360


def test_whole_months() -> None:
    months = Proration(Rule.WHOLE_MONTHS)
    left = Days(date(2025, 7, 1), date(2025, 9, 29))
    assert shares(months, Q3, [left]) == (F(2, 3),)
    moved = [Days(date(2025, 7, 1), date(2025, 8, 14)), JOINED]
    assert shares(months, Q3, moved) == (F(2, 3), F(1, 3))  # August is of who had its first day
    with_a_gap = [Days(date(2025, 7, 1), date(2025, 8, 13)), JOINED]
    assert shares(months, Q3, with_a_gap) == (F(1, 3), F(1, 3))
    august = Leave(Days(date(2025, 7, 20), date(2025, 8, 31)))
    assert shares(months, Q3, [Q3], [august]) == (F(2, 3),)
    assert shares(months, Q3, [Q3], [Leave(august.days, F(1, 2))]) == (F(1),)
    assert shares(months, Q3, [Q3], [UNPAID]) == (F(1),)
    first_only = [Days(date(2025, 7, 1), date(2025, 8, 1)), Days(date(2025, 8, 2), Q3.last)]
    assert shares(months, Q3, first_only) == (F(2, 3), F(1, 3))
    one_day = Days(date(2025, 7, 1), date(2025, 9, 1))
    assert shares(months, one_day, [Days(one_day.first, date(2025, 8, 31))]) == (F(2, 3),)
    cut = Days(date(2025, 7, 16), date(2025, 9, 30))
    assert shares(months, cut, [cut]) == (F(1),)  # a period that begins within a month


def test_half_time_leave_counts_half() -> None:
    assert shares(Proration(), Q3, [Q3], [Leave(UNPAID.days, F(1, 2))]) == (F(87, 92),)
    working = shares(Proration(Rule.WORKING), Q3, [Q3], [UNPAID], weekdays(Q3))
    assert working == (F(58, 66),)


def test_days_outside_the_period_count_nothing() -> None:
    elsewhere = Days(date(2024, 1, 1), date(2024, 12, 31))
    for rule in Rule:
        assert shares(Proration(rule), Q3, [elsewhere], (), weekdays(Q3)) == (F(0),)


def test_what_is_wrong_with_dates_is_told_at_once() -> None:
    first, second = Days(date(2025, 7, 1), date(2025, 8, 14)), Days(date(2025, 8, 14), date(2025, 9, 1))
    third, old = Days(date(2025, 9, 5), date(2025, 9, 30)), Days(date(2024, 1, 1), date(2024, 1, 31))
    leaves = [Leave(Days(date(2025, 7, 1), date(2025, 7, 3))), Leave(Days(date(2025, 7, 3), date(2025, 7, 4)))]
    found = slice_issues(Q3, [third, second, first, old], leaves, "E1")
    assert [(str(issue), issue.blocking) for issue in found] == [
        ("E1: No assignment holds from 2024-02-01 to 2025-06-30: nothing is paid for these days.", False),
        ("E1: Two assignments hold on 2025-08-14. End the first one the day before the second begins.", True),
        ("E1: No assignment holds from 2025-09-02 to 2025-09-04: nothing is paid for these days.", False),
        ("E1: Two leaves hold on 2025-07-03. Put them together, or move one.", True),
        ("E1: The assignment from 2024-01-01 to 2024-01-31 lies outside the period: it counts nothing.", False),
    ]
    assert slice_issues(Q3, [first, Days(date(2025, 8, 15), Q3.last)]) == []
    assert slice_issues(Q3, [Days(Q3.first, Q3.first)]) == []
    turned = Days(date(2025, 9, 2), date(2025, 9, 1))
    for slices, away in (([turned], []), ([first], [Leave(turned)])):
        (issue,) = slice_issues(Q3, slices, away, "E1")
        assert str(issue) == "E1: The last day, 2025-09-01, comes before the first, 2025-09-02. Exchange them."


# --- laws ------------------------------------------------------------------------------------------------------------


@law
def test_slices_add_up_to_the_stretch_they_make(dice: Dice) -> None:
    rule, away = dice.one(list(Rule)), (dice.number(0, 91), dice.number(0, 91))
    bounds = [0, *sorted(set(dice.some(0, 4, lambda: dice.number(1, 91)))), 92]
    slices = [
        Days(Q3.first + timedelta(days=first), Q3.first + timedelta(days=after - 1))
        for first, after in pairwise(bounds)
    ]
    leave = Leave(Days(*(Q3.first + timedelta(days=day) for day in sorted(away))))
    working = weekdays(Q3)
    found = shares(Proration(rule), Q3, slices, [leave], working)
    assert sum(found) == shares(Proration(rule), Q3, [Q3], [leave], working)[0]
    assert all(0 <= share <= 1 for share in found)
