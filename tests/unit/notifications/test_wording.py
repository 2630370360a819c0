"""What stands in a notice, and which ways it takes."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.domain import kinds, wording
from apps.notifications.domain.kinds import APP, MAIL, Kind, UnknownKind, announces, kind_of, ways


def test_names_numbers_and_days_are_filled_in_by_the_reader() -> None:
    kept = wording.pack({"who": "Mia", "count": 3, "on": date(2026, 3, 1)})
    assert kept == {"who": "Mia", "count": 3, "on": {"day": "2026-03-01"}}
    told = wording.said("%(who)s: %(count)s by %(on)s", kept, lambda day: f"{day.day}.{day.month}.")
    assert told == "Mia: 3 by 1.3."


@pytest.mark.parametrize("value", [Decimal("9200.50"), 0.5, True, None, ["a"]])
def test_an_amount_cannot_be_put_into_a_notice(value: object) -> None:
    with pytest.raises(TypeError, match="a notice takes names, whole numbers and days"):
        wording.pack({"value": value})  # type: ignore[dict-item]


def test_a_message_whose_parts_have_changed_with_a_release_is_shown_bare() -> None:
    assert wording.said("%(who)s and %(whom)s", {"who": "Mia"}, str) == "%(who)s and %(whom)s"


@given(st.text())
def test_the_head_of_a_mail_is_one_line(text: str) -> None:
    line = wording.one_line(f"Goal {text}\r\nBcc: everybody@example.org")
    assert "\n" not in line
    assert "\r" not in line
    assert line.isprintable()


@pytest.mark.parametrize("url", ["https://evil.example", "//evil.example/x", "goals/", "", "/\\evil.example", "/a\nb"])
def test_a_notice_leads_nowhere_else(url: str) -> None:
    assert not wording.is_own_path(url)
    assert wording.is_own_path("/goals/7/?tab=2#note")


def test_ways_are_what_was_chosen_else_as_usual() -> None:
    kind = Kind("a.b", "A", "B", frozenset({APP, MAIL}))
    assert ways(kind, {}) == {APP, MAIL}
    assert ways(kind, {"a.b": [MAIL]}) == {MAIL}
    assert ways(kind, {"a.b": []}) == frozenset()
    assert ways(kind, {"a.b": ["pigeon"]}) == frozenset()


def test_a_kind_is_announced_once_and_by_known_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})
    first = announces("a.b", title="A", group="B")
    assert announces("a.b", title="A", group="B") is not None
    assert (kind_of("a.b"), kinds.kinds()) == (first, (first,))
    with pytest.raises(ValueError, match=r"Two kinds of notices are called a\.b"):
        announces("a.b", title="Something else", group="B")
    with pytest.raises(ValueError, match="There is no way"):
        announces("a.c", title="C", group="B", usual=["pigeon"])
    with pytest.raises(UnknownKind):
        kind_of("a.d")
