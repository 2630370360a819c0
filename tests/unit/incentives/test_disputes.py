"""Disputes: the whole table of act, state and side, written by hand."""

from __future__ import annotations

from datetime import date

import pytest

from apps.incentives.domain.disputes import (
    DISPUTE_RULES,
    DisputeAct,
    DisputeState,
    Side,
    dispute_acts,
    dispute_issues,
    raise_issues,
    sides_of,
)
from tests.unit.incentives.messages import known

ALLOWED = {
    ("open", "own"): {"say"},
    ("open", "pay"): {"answer", "accept", "refuse"},
    ("answered", "own"): {"say", "close"},
    ("answered", "pay"): {"answer", "accept", "refuse", "close"},
    ("accepted", "own"): {"close"},
    ("accepted", "pay"): {"close"},
    ("refused", "own"): {"close"},
    ("refused", "pay"): {"close"},
    ("closed", "own"): set(),
    ("closed", "pay"): set(),
}
DAY = date(2026, 10, 20)


@pytest.mark.parametrize("state", DisputeState)
@pytest.mark.parametrize("side", Side)
def test_every_act_in_every_state_by_either_side(state, side):
    found = set(map(str, dispute_acts(state, frozenset({side}))))
    assert found == ALLOWED[str(state), str(side)]
    assert set(dispute_acts(state, frozenset())) == set()


def test_nobody_decides_their_own_dispute():
    assert sides_of(own=True, looks_after_pay=True) == {Side.OWN}
    assert sides_of(own=False, looks_after_pay=True) == {Side.PAY}
    assert sides_of(own=False, looks_after_pay=False) == frozenset()


def test_what_is_done_takes_words():
    for act, rule in DISPUTE_RULES.items():
        issues = dispute_issues(act, DisputeState.ANSWERED, frozenset(rule.sides), "  ")
        assert [each.where for each in issues] == (["text"] if act is not DisputeAct.CLOSE else [])


@pytest.mark.parametrize(
    ("today", "more", "places"),
    [
        (DAY, {}, []),
        (date(2026, 10, 21), {}, [""]),
        (DAY, {"superseded": True}, [""]),
        (DAY, {"live": True}, [""]),
        (DAY, {"text": " "}, ["text"]),
        (date(2026, 10, 21), {"live": True, "superseded": True, "text": ""}, ["", "", "", "text"]),
    ],
)
def test_when_a_statement_can_be_disputed(today, more, places):
    given = {"superseded": False, "live": False, "text": "The count of May is wrong.", **more}
    found = raise_issues(today, DAY, **given)
    assert [each.where for each in found] == places
    assert all(known(each.message) for each in found)


def test_what_is_refused_is_said_in_words():
    found = dispute_issues(DisputeAct.ANSWER, DisputeState.CLOSED, frozenset({Side.OWN}), "")
    assert [each.where for each in found] == ["", "", "text"]
    assert all(known(each.message) for each in found)
    told = [
        "This is for the other side of the dispute to do.",
        "The dispute does not stand where this is possible. Load the page again.",
        "Write something. It is kept with the dispute.",
    ]
    assert [each.in_words() for each in found] == told
    said = raise_issues(date(2026, 10, 21), DAY, superseded=True, live=True, text="")
    assert [each.in_words() for each in said] == [
        "This statement is superseded. Look at the one that replaces it.",
        "The time to dispute this statement is over. Write to whoever looks after pay.",
        "You already dispute this statement. Add to what you wrote there.",
        "Say what you hold to be wrong.",
    ]
