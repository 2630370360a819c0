"""Cycles, alignment, cadence and drafts: what holds of each, and what is said of bad ones."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals.domain import alignment, cadence, cycles, drafts, steps
from apps.goals.domain.cycles import Stand
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.kernel.period import Calendar

D = Decimal
Q4 = (date(2026, 10, 1), date(2026, 12, 31))
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def test_a_cycle_runs_on_its_first_and_on_its_last_day() -> None:
    def on(day: date, closed: bool = False) -> Stand:
        return cycles.stand(start=Q4[0], due=Q4[1], closed=closed, on=day)

    assert on(date(2026, 9, 30)) is Stand.PLANNED
    assert on(Q4[0]) is on(Q4[1]) is Stand.RUNNING
    assert on(date(2027, 1, 1)) is Stand.OVER
    assert on(date(2027, 1, 1), closed=True) is Stand.CLOSED
    assert cycles.elapsed(*Q4, date(2026, 9, 30)) == 0
    assert cycles.elapsed(*Q4, date(2026, 11, 15)) == Fraction(1, 2)
    assert cycles.elapsed(*Q4, date(2027, 3, 1)) == 1


def test_a_kind_gives_the_days_of_the_companys_own_calendar() -> None:
    calendar = Calendar("Asia/Shanghai")
    assert cycles.days_of("quarter", calendar, date(2026, 11, 29)) == Q4
    assert cycles.days_of("quarter", calendar, date(2026, 11, 29), 1) == (date(2027, 1, 1), date(2027, 3, 31))
    fiscal = Calendar("Asia/Shanghai", fiscal_year_start=4)
    assert cycles.days_of("year", fiscal, date(2026, 11, 29)) == (date(2026, 4, 1), date(2027, 3, 31))


def test_everything_wrong_with_a_cycle_is_said_at_once() -> None:
    assert not list(cycles.issues("Q4 2026", *Q4))
    assert [each.where for each in cycles.issues(" ", None, None)] == ["name", "start", "due"]
    assert [each.where for each in cycles.issues("x" * 61, Q4[1], Q4[0])] == ["name", "due"]
    long = [each.message for each in cycles.issues("Long", date(2026, 1, 1), date(2030, 1, 1))]
    assert long == ["That is more than three years. Make shorter cycles."]


@given(every=st.sampled_from([1, 2, 4]), weekday=st.integers(0, 6), since=DAYS, first=DAYS, days=st.integers(0, 120))
def test_a_cadence_is_even(every: int, weekday: int, since: date, first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = list(cadence.due_days(every=every, weekday=weekday, since=since, first=first, last=last))
    assert all(day.weekday() == weekday and max(first, since) <= day <= last for day in found)
    assert {(b - a).days for a, b in pairwise(found)} <= {7 * every}
    longest = list(cadence.due_days(every=every, weekday=weekday, since=since, first=since, last=last))
    assert found == [day for day in longest if day >= first]


def test_a_quarter_has_13_fridays() -> None:
    assert len(list(cadence.due_days(every=1, weekday=4, since=Q4[0], first=Q4[0], last=Q4[1]))) == 13
    with pytest.raises(ValueError, match="no cadence"):
        list(cadence.due_days(every=0, weekday=4, since=Q4[0], first=Q4[0], last=Q4[1]))


# --- alignment ------------------------------------------------------------------------------------------------------


def _said(parents: dict[object, object | None] | None = None, **other: object) -> list[str]:
    told: dict[str, object] = {
        "objective": "a", "parent": "b", "parents": parents or {}, "days": Q4, "parent_days": Q4, "contributes": True,
        "private": False, "parent_private": False, **other,
    }  # fmt: skip
    return [each.where for each in alignment.issues(**told)]


def test_alignment_never_goes_round() -> None:
    chain = {"c": "b", "b": "a", "a": None}
    assert alignment.above("c", chain) == ["b", "a"]
    assert not alignment.goes_round("c", "a", chain)
    assert alignment.goes_round("a", "c", chain)
    assert alignment.goes_round("a", "a", chain)
    assert not alignment.goes_round("a", None, chain)
    assert alignment.above("x", {"x": "y", "y": "x"}) == ["y"]
    assert _said() == []
    assert _said(parents={"b": "a"}) == ["parent"]
    assert _said(objective=None, parents={"b": "a"}) == []


def test_alignment_is_within_the_same_time_and_keeps_what_is_private() -> None:
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert _said(parent_days=year) == []
    assert _said(parent_days=(date(2027, 1, 1), date(2027, 3, 31))) == ["parent"]
    assert _said(private=True) == ["alignment"]
    assert _said(private=True, contributes=False) == []
    assert _said(parent_private=True) == ["parent"]
    assert _said(parent=None, private=True) == []


# --- drafts ---------------------------------------------------------------------------------------------------------

REACH = KeyResultDraft("MAU", start=D(8000), goal=D(10000))


def test_good_drafts_have_no_issue() -> None:
    good = [
        REACH,
        KeyResultDraft("CSAT", Kind.ABOVE, low=D("4.5")),
        KeyResultDraft("Cost", Kind.BELOW, high=D(0)),
        KeyResultDraft("Stock", Kind.RANGE, low=D(4), high=D(5), tolerance=D(1), rule=RangeRule.DISTANCE),
        KeyResultDraft("Audit passed", Kind.BINARY),
        KeyResultDraft("Roll-out", Kind.MILESTONES, steps=(StepDraft("Pilot"), StepDraft("All", D(3)))),
        KeyResultDraft("Wait", Kind.OPEN_BASELINE, start=D(3), goal=D(3)),  # figures of other kinds do not matter
    ]
    draft = ObjectiveDraft("Grow", owner_id=uuid4(), key_results=tuple(good))
    assert list(drafts.issues(draft)) == []


@pytest.mark.parametrize(
    ("draft", "where", "words"),
    [
        (KeyResultDraft("", start=D(1), goal=D(2)), "title", "Say what is measured"),
        (KeyResultDraft("x" * 161, Kind.BINARY), "title", "At most"),
        (KeyResultDraft("A", start=D(5), goal=D(5)), "goal", "Start and target are the same: there is no way to go"),
        (KeyResultDraft("A", goal=D(5)), "start", "Say from which value it starts"),
        (KeyResultDraft("A", start=D(5)), "goal", "Say which value is to be reached"),
        (KeyResultDraft("A", Kind.ABOVE), "low", "Say what it is not to fall below"),
        (KeyResultDraft("A", Kind.BELOW), "high", "Say what it is not to rise above"),
        (KeyResultDraft("A", Kind.RANGE, high=D(5), rule=RangeRule.BINARY), "low", "Say where the range begins"),
        (KeyResultDraft("A", Kind.RANGE, low=D(5), rule=RangeRule.BINARY), "high", "Say where the range ends"),
        (KeyResultDraft("A", Kind.RANGE, low=D(5), high=D(4), rule=RangeRule.BINARY), "high", "ends below its"),
        (KeyResultDraft("A", Kind.RANGE, low=D(4), high=D(5)), "rule", "Say how it counts"),
        (KeyResultDraft("A", Kind.RANGE, low=D(4), high=D(5), rule=RangeRule.DISTANCE), "tolerance", "Say how far"),
        (KeyResultDraft("A", Kind.MILESTONES), "steps", "Name the steps, one a line"),
        (KeyResultDraft("A", Kind.MILESTONES, steps=(StepDraft(""),)), "steps", "wants a name"),
        (KeyResultDraft("A", Kind.MILESTONES, steps=(StepDraft("a", D(0)),)), "steps", "wants a weight above 0"),
        (KeyResultDraft("A", Kind.MILESTONES, steps=(StepDraft("a"),) * 31), "steps", "steps."),
        (KeyResultDraft("A", Kind.BINARY, metric="mau"), "metric", "A metric cannot say whether this is done"),
        (KeyResultDraft("A", Kind.BINARY, weight=D(101)), "weight", "A weight lies between 0 and 100 %"),
        (KeyResultDraft("A", Kind.BINARY, weight=D("1.23456")), "weight", "four digits after the point"),
        (KeyResultDraft("A", Kind.BINARY, unit="x" * 21), "unit", "At most"),
        (KeyResultDraft("A", start=D(0), goal=D(10) ** 21), "goal", "This figure is too long"),
    ],
)  # fmt: skip
def test_every_way_to_go_wrong_says_where_and_what(draft: KeyResultDraft, where: str, words: str) -> None:
    found = list(drafts.key_result_issues(draft))
    assert [each.where for each in found] == [where]
    assert words in found[0].message


def test_everything_wrong_with_an_objective_is_said_at_once() -> None:
    bad = ObjectiveDraft(" ", level="team", why="x" * 2001, private=True, weight=D(-1), key_results=(
        KeyResultDraft("A", Kind.BINARY), KeyResultDraft("a ", Kind.ABOVE),
    ))  # fmt: skip
    assert [each.where for each in drafts.issues(bad)] == [
        "title", "why", "team", "private", "weight", "kr.1.low", "kr.0.title", "kr.1.title",
    ]  # fmt: skip
    assert [each.where for each in drafts.issues(ObjectiveDraft("x" * 161))] == ["title", "owner"]
    many = ObjectiveDraft(
        "A", owner_id=uuid4(), key_results=tuple(KeyResultDraft(f"{n}", Kind.BINARY) for n in range(13))
    )
    assert [each.message for each in drafts.issues(many)] == [
        "At most %(most)s key results. More than five are seldom kept in mind."
    ]


def test_steps_are_read_as_they_are_written() -> None:
    one = uuid4()
    text = "Contract signed\n\n  Pilot | 3\nAll stores｜2.5｜2026-12-15\n"
    read, found = steps.read(text, [("pilot", one)])
    assert found == []
    assert read == (
        StepDraft("Contract signed"), StepDraft("Pilot", D(3), None, one),
        StepDraft("All stores", D("2.5"), date(2026, 12, 15)),
    )  # fmt: skip
    assert steps.read(steps.write(read), [("Pilot", one)])[0] == read
    _read, wrong = steps.read("A | soon\nB | 2026-02-30")
    assert [(each.where, each.params["number"]) for each in wrong] == [("steps", 1), ("steps", 2)]
    assert "is neither a weight nor a day" in wrong[0].message
