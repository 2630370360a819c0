"""Scopes, secrets and cursors: what is pure of the API."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.domain.roles import PERMISSIONS, Actor, Role
from apps.api.domain import cursors, tokens
from apps.api.domain.scopes import ALWAYS, NEEDED, SCOPES, ScopedActor, opens, widened
from apps.kernel.issue import Forbidden, Refusal

roles = st.frozensets(st.sampled_from(list(Role)), min_size=1)
scopes = st.frozensets(st.sampled_from(list(SCOPES)))
parts = st.lists(st.one_of(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=99),
                           st.integers(-(2**62), 2**62)), max_size=4)  # fmt: skip


def test_scopes_speak_of_permissions_there_are() -> None:
    assert set(NEEDED) | ALWAYS <= set(PERMISSIONS)
    assert set(NEEDED.values()) == set(SCOPES)


@given(roles, scopes, st.sampled_from(list(PERMISSIONS)))
def test_a_key_never_allows_what_its_owner_may_not(held: frozenset[Role], given_: frozenset[str], name: str) -> None:
    person = Actor(uuid4(), "Ada", held)
    key = ScopedActor(person.id, "Ada (API)", held, scopes=given_)
    assert key.may(name) == (person.may(name) and opens(name, given_))
    if not key.may(name):
        with pytest.raises(Forbidden):
            key.must(name)


@pytest.mark.parametrize("name", ["people.manage", "company.settings", "audit.view", "api.keys", "api.manage"])
def test_people_settings_and_keys_are_out_of_reach_of_keys(name: str) -> None:
    assert not opens(name, frozenset(SCOPES))


def test_who_writes_may_read() -> None:
    assert widened({"data:write"}) == {"data:write", "data:read"}
    assert widened({"rows:read"}) == {"rows:read"}


def test_secrets_differ_and_are_read_again() -> None:
    made = {tokens.new_token() for _ in range(50)}
    assert len({token.text for token in made}) == len({token.prefix for token in made}) == 50
    for token in made:
        assert tokens.read_token(token.text) == token
        assert token.matches(token.digest)
        assert not token.matches("0" * 64)
        assert token.text[17:] not in token.digest


@pytest.mark.parametrize("text", ["", "lsk_", "lsk_short_x", "LSK_aaaaaaaaaaaa_" + "A" * 43, "é" * 60, "\n"])
def test_what_is_no_secret_is_none(text: str) -> None:
    assert tokens.read_token(text) is None


@given(parts)
def test_a_cursor_is_read_as_it_was_written(values: list) -> None:
    assert cursors.read_cursor(cursors.write_cursor(values), [type(value) for value in values]) == values


@given(st.text(max_size=200))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        cursors.read_cursor(text, [str, int, str, int, str])
    assert str(refused.value) == "The request cannot be read like this."
    assert refused.value.issues[0].where == "cursor"
    assert refused.value.issues[0].message == "Take “next” of the page before as it is, with the same filters."


@pytest.mark.parametrize("values", [["a\x00"], [2**70], [True], [None], [1.5], [["a"]]])
def test_values_no_database_compares_with_are_refused(values: list) -> None:
    with pytest.raises(Refusal):
        cursors.read_cursor(cursors.write_cursor(values), [type(values[0])] if type(values[0]) in (str, int) else [str])
