"""When check-ins are due, made, missed, and reminded of: across clocks, holidays and changes of the cadence."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals.domain import cadence
from apps.goals.domain.cadence import Rule, Slot, Stage, Stand, slots, stage, stand
from apps.goals.domain.progress import share_in_range

BERLIN, SHANGHAI, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
MONDAYS = Rule(every=1, weekday=0, since=date(2026, 1, 1), skip_within_days=2, grace_days=1)
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


def working_but(off: set[date]) -> cadence.IsWorking:
    return lambda day: day.weekday() < 5 and day not in off


def days(found: list[Slot]) -> list[date]:
    return [slot.due for slot in found]


def test_a_quarter_of_mondays_has_thirteen_check_ins() -> None:
    found = slots([MONDAYS], FIRST, LAST)
    assert len(found) == 13
    assert found[0] == Slot(date(2026, 1, 5), date(2026, 1, 3), date(2026, 1, 6))
    assert days(found)[-1] == date(2026, 3, 30)


def test_nine_of_thirteen_check_ins_in_range_are_69_23_percent_a_missed_one_is_a_miss() -> None:
    due = slots([MONDAYS], FIRST, LAST)
    checked = [(slot.due, 5) for slot in due[:9]] + [(due[9].due, 9), (due[10].due, 2)]  # 9 in, 2 out, 2 missed
    told = cadence.told_at(due, checked, date(2026, 4, 2))
    assert told == [5] * 9 + [9, 2, None, None]
    share = share_in_range(4, 6, told)
    assert share == Fraction(9, 13)
    assert f"{float(share):.2%}" == "69.23%"
    assert len(cadence.missed(due, checked, date(2026, 4, 2))) == 2


def test_what_may_still_come_is_neither_a_hit_nor_a_miss() -> None:
    due = slots([MONDAYS], FIRST, LAST)
    assert cadence.told_at(due, [], date(2026, 1, 5)) == []
    assert cadence.told_at(due, [], date(2026, 1, 6)) == [], "grace"
    assert cadence.told_at(due, [], date(2026, 1, 7)) == [None]


@given(
    st.lists(st.integers(0, 100), max_size=12), st.integers(-5, 110), st.sets(st.integers(0, 95), max_size=20),
    st.integers(0, 3), st.integers(0, 3), st.integers(0, 6), st.integers(0, 60),
)  # fmt: skip
def test_counting_for_many_is_counting_for_each(
    said: list[int], today: int, off: set[int], before: int, grace: int, weekday: int, changed: int
) -> None:
    rules = [Rule(1, 0, FIRST, before, grace), Rule(2, weekday, FIRST + timedelta(days=changed), grace, before)]
    due = slots(rules, FIRST, LAST, working_but({FIRST + timedelta(days=each) for each in off}))
    on, checked = FIRST + timedelta(days=today), sorted((FIRST + timedelta(days=day), day) for day in said)
    counted = cadence.tally(due, on).count(day for day, _value in checked)
    assert counted == (len(cadence.told_at(due, checked, on)), len(cadence.missed(due, checked, on)))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 1, 2), Stand.AHEAD), (date(2026, 1, 3), Stand.OPEN), (date(2026, 1, 5), Stand.DUE),
        (date(2026, 1, 6), Stand.DUE), (date(2026, 1, 7), Stand.MISSED),
    ],
)  # fmt: skip
def test_how_a_check_in_stands_from_day_to_day(today: date, expected: Stand) -> None:
    [slot, *_] = slots([MONDAYS], FIRST, LAST)
    assert stand(slot, [], today) is expected
    assert stand(slot, [(date(2026, 1, 2), 1)], today) is expected, "too early: it does not count"
    assert stand(slot, [(date(2026, 1, 7), 1)], today) is expected, "too late"
    for on in (date(2026, 1, 3), date(2026, 1, 5), date(2026, 1, 6)):
        assert stand(slot, [(on, 1)], today) is Stand.DONE


def test_whoever_checked_in_a_few_days_before_is_not_asked_again() -> None:
    [slot, *_] = slots([MONDAYS], FIRST, LAST)
    assert stand(slot, [(date(2026, 1, 4), 1)], date(2026, 1, 5)) is Stand.DONE
    assert cadence.current([slot], date(2026, 1, 4)) == slot
    assert cadence.current([slot], date(2026, 1, 2)) is None


def test_a_holiday_moves_it_to_the_next_day_that_is_none() -> None:
    off = {date(2026, 1, 5), date(2026, 1, 6)}
    [slot, *rest] = slots([MONDAYS], FIRST, LAST, working_but(off))
    assert slot == Slot(date(2026, 1, 7), date(2026, 1, 3), date(2026, 1, 8))
    assert len(rest) == 12


def test_a_week_in_which_nobody_works_has_no_check_in() -> None:
    festival = {date(2026, 2, 14) + timedelta(days=n) for n in range(10)}  # Spring Festival 2026, with its weekends
    found = days(slots([MONDAYS], FIRST, LAST, working_but(festival)))
    assert date(2026, 2, 16) not in found
    assert [day for day in found if date(2026, 2, 10) < day < date(2026, 3, 1)] == [date(2026, 2, 24)]


def test_a_holiday_at_the_end_of_the_cycle_takes_the_check_in_with_it() -> None:
    off = {date(2026, 3, 30), date(2026, 3, 31)}
    assert days(slots([MONDAYS], FIRST, LAST, working_but(off)))[-1] == date(2026, 3, 23)


def test_a_sunday_that_the_company_chose_is_no_holiday() -> None:
    sundays = Rule(weekday=6, since=FIRST)
    found = days(slots([sundays], FIRST, LAST, working_but(set())))
    assert len(found) == 13
    assert all(day.weekday() == 6 for day in found)


def test_a_friday_that_is_a_holiday_moves_over_the_weekend_or_to_a_saturday_that_is_worked() -> None:
    friday = date(2026, 1, 2)
    assert days(slots([], FIRST, LAST, working_but({friday})))[0] == date(2026, 1, 5)
    saturday = date(2026, 1, 3)  # China moves weekends
    moved = slots([], FIRST, LAST, lambda day: day == saturday or (day.weekday() < 5 and day != friday))
    assert days(moved)[0] == saturday


def test_another_cadence_holds_from_its_day_on_and_what_was_due_before_stays() -> None:
    later = Rule(every=2, weekday=2, since=date(2026, 2, 1), skip_within_days=3, grace_days=2)
    found = days(slots([later, MONDAYS], FIRST, LAST))
    assert found[:4] == [date(2026, 1, day) for day in (5, 12, 19, 26)]
    assert found[4:] == [date(2026, 2, 4), date(2026, 2, 18), date(2026, 3, 4), date(2026, 3, 18)]


def test_without_a_word_it_is_each_friday() -> None:
    assert days(slots([], FIRST, date(2026, 1, 16))) == [date(2026, 1, 2), date(2026, 1, 9), date(2026, 1, 16)]


@pytest.mark.parametrize("every", [1, 2, 4])
def test_every_four_weeks_keeps_its_rhythm_over_the_turn_of_the_year(every: int) -> None:
    rule = Rule(every=every, weekday=3, since=date(2025, 10, 2))
    found = days(slots([rule], date(2026, 1, 1), date(2026, 6, 30)))
    assert all((day - date(2025, 10, 2)).days % (7 * every) == 0 for day in found)


def test_reminders_keep_to_the_clock_on_the_wall_when_it_is_put_forward_and_back() -> None:
    for due, hour in ((date(2026, 3, 28), 8), (date(2026, 3, 30), 7), (date(2026, 10, 24), 7), (date(2026, 10, 26), 8)):
        assert cadence.moment(due, time(9), BERLIN) == datetime(due.year, due.month, due.day, hour, tzinfo=UTC)
    jumped = cadence.moment(date(2026, 3, 8), time(2, 30), NEW_YORK)
    assert jumped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "2:30 is not on the clock: 3:30 is"
    twice = cadence.moment(date(2026, 11, 1), time(1, 30), NEW_YORK)
    assert twice == datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "the first of the two"


def test_only_the_newest_thing_is_reminded_of() -> None:
    slot = Slot(date(2026, 1, 5), date(2026, 1, 3), date(2026, 1, 6))
    at = {
        datetime(2026, 1, 4, 8, 59): None,
        datetime(2026, 1, 4, 9): Stage.SOON,
        datetime(2026, 1, 5, 8, 59): Stage.SOON,
        datetime(2026, 1, 5, 9): Stage.DUE,
        datetime(2026, 1, 7, 8, 59): Stage.DUE,
        datetime(2026, 1, 7, 9): Stage.MISSED,
        datetime(2026, 1, 10, 9): None,
    }
    for local, expected in at.items():
        assert stage(slot, local.replace(tzinfo=SHANGHAI).astimezone(UTC), SHANGHAI) is expected, local


@pytest.mark.parametrize(
    ("rule", "where", "words"),
    [
        (Rule(every=3), "every", "Every week, every two or every four weeks."),
        (Rule(weekday=7), "weekday", "Choose a day of the week."),
        (Rule(skip_within_days=-1), "skip_within_days", "From 0 to 6 days."),
        (Rule(grace_days=7), "grace_days", "From 0 to 6 days."),
        (Rule(skip_within_days=4, grace_days=3), "grace_days", "one check-in would count twice"),
    ],
)
def test_nonsense_is_no_cadence(rule: Rule, where: str, words: str) -> None:
    [issue] = cadence.issues(rule)
    assert issue.where == where
    assert words in issue.in_words()
    assert not list(cadence.issues(cadence.USUAL))


@given(
    every=st.sampled_from([1, 2, 4]),
    weekday=st.integers(0, 6),
    skip=st.integers(0, 6),
    since=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    off=st.sets(st.dates(date(2026, 1, 1), date(2026, 6, 30)), max_size=40),
    data=st.data(),
)
def test_a_day_counts_for_one_check_in_at_most(every, weekday, skip, since, off, data) -> None:
    rule = Rule(every, weekday, since, skip, data.draw(st.integers(0, 6 - skip)))
    then = Rule(1, (weekday + 3) % 7, date(2026, 3, 4), 3, 3)
    found = slots([rule, then], date(2026, 1, 1), date(2026, 6, 30), working_but(off))
    for slot, after in pairwise(found):
        assert slot.opens <= slot.due <= slot.closes < after.opens
    assert weekday > 4 or (weekday + 3) % 7 > 4 or not off & set(days(found))
    assert all(date(2026, 1, 1) <= slot.due <= date(2026, 6, 30) for slot in found)
