"""A store that is closed is told from one that uploads late by what it usually does."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.targets.domain.coverage import reaches_to

NOVEMBER = [date(2026, 11, n) for n in range(1, 31)]  # begins on a Sunday
ALL = set(NOVEMBER)


def without(*weekdays: int, until: int) -> set[date]:
    return {day for day in NOVEMBER if day.isoweekday() not in weekdays and day.day <= until}


def test_a_store_that_uploads_late_is_judged_by_what_it_had_before() -> None:
    """Tuesday to Friday are missing; it has been there on each of them."""
    assert reaches_to(date(2026, 11, 23), date(2026, 11, 27), had=without(until=23), all_had=ALL) == date(2026, 11, 23)


def test_a_store_that_is_closed_on_sundays_made_nothing_last_sunday() -> None:
    had = without(7, until=28)
    assert reaches_to(date(2026, 11, 28), date(2026, 11, 29), had=had, all_had=ALL) == date(2026, 11, 29)
    assert reaches_to(date(2026, 11, 28), date(2026, 11, 30), had=had, all_had=ALL) == date(2026, 11, 29)  # not Monday


def test_a_day_on_which_nobody_sold_is_no_gap_and_a_new_store_has_no_habit_yet() -> None:
    nobody = ALL - {date(2026, 11, 27)}
    assert reaches_to(date(2026, 11, 26), date(2026, 11, 28), had=without(6, until=26), all_had=nobody) == date(
        2026, 11, 28
    )
    new = {date(2026, 11, n) for n in (20, 21)}
    assert reaches_to(date(2026, 11, 21), date(2026, 11, 22), had=new, all_had=new | {date(2026, 11, 22)}) == date(
        2026, 11, 21
    )


@given(st.sets(st.sampled_from(NOVEMBER), min_size=1), st.sets(st.sampled_from(NOVEMBER)))
def test_it_lies_between_the_own_and_the_totals_last_day(had: set[date], others: set[date]) -> None:
    own, every = max(had), had | others
    whole = max(every)
    found = reaches_to(own, whole, had=had, all_had=every)
    assert own <= found <= whole
    if found < whole:
        nxt = found + timedelta(days=1)
        assert nxt in every
        assert nxt not in had
