"""What makes an initiative one, and how it stands on a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.goals.domain.plan import OPEN, Plan, Stand, issues, stand, time_over

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
GOOD = Plan("Call back", date(2026, 3, 1), date(2026, 3, 31))


def test_a_good_plan_has_no_issue() -> None:
    assert not list(issues(GOOD, dimensions=()))
    for_one = Plan("Call back", GOOD.start, GOOD.due, "", "store", "North", Decimal("-3.5"))
    assert not list(issues(for_one, dimensions=("store",)))


def test_everything_wrong_is_said_at_once() -> None:
    plan = Plan("  ", date(2026, 3, 2), date(2026, 3, 1), "x" * 2001, "city", "", Decimal(0))
    found = [issue.where for issue in issues(plan, dimensions=("store",))]
    assert found == ["title", "what", "due", "dimension", "member", "expected"]
    assert [issue.where for issue in issues(Plan("", None, None, member="North"), dimensions=())] == [
        "title", "start", "due", "dimension",
    ]  # fmt: skip
    long = Plan("Once", date(2026, 1, 1), date(2032, 1, 1))
    assert [issue.where for issue in issues(long, dimensions=())] == ["due"]


@pytest.mark.parametrize(
    ("status", "ended", "on", "expected"),
    [
        ("planned", None, date(2026, 2, 1), Stand.PLANNED),
        ("planned", None, date(2026, 3, 10), Stand.PLANNED),  # its day has come, but nobody started it
        ("planned", None, date(2026, 4, 1), Stand.LATE),
        ("running", None, date(2026, 2, 28), Stand.PLANNED),
        ("running", None, date(2026, 3, 1), Stand.RUNNING),
        ("running", None, date(2026, 3, 31), Stand.RUNNING),
        ("running", None, date(2026, 4, 1), Stand.LATE),
        ("done", date(2026, 3, 20), date(2026, 3, 19), Stand.RUNNING),  # what ended later still ran then
        ("done", date(2026, 3, 20), date(2026, 3, 20), Stand.DONE),
        ("stopped", date(2026, 4, 20), date(2026, 4, 10), Stand.LATE),
        ("stopped", date(2026, 4, 20), date(2026, 5, 1), Stand.STOPPED),
    ],
)
def test_how_it_stands_on_a_day(status: str, ended: date | None, on: date, expected: Stand) -> None:
    assert stand(status=status, start=GOOD.start, due=GOOD.due, ended_on=ended, on=on) is expected


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DAYS, st.integers(0, 90), st.integers(-30, 120))
def test_it_has_ended_from_its_last_word_on_and_never_before(start: date, length: int, offset: int) -> None:
    due, ended = start + timedelta(length), start + timedelta(length // 2)
    on = start + timedelta(offset)
    found = stand(status="done", start=start, due=due, ended_on=ended, on=on)
    assert (found in OPEN) == (on < ended)
    assert 0 <= time_over(start, due, on) <= 100
    assert time_over(start, due, due) == 100
    assert time_over(start, due, start - timedelta(1)) == 0
